"""Whole tags over a broker that serves them well: alarms in time, orders, status, whose word counts, resets."""

import base64
import json
import random
from pathlib import Path

import pytest
from certificates import Authority
from mqtt_life import DOWN, STATUS, UP, MqttLife, near_a_level

from davy.gateway.core import Order
from tag import events


def methane_at(starts_s: list[float], for_s: float = 8.0):
    """A source of methane above the high level for some seconds from each of these times."""
    return lambda name, t_us: 1.3 if name == "ch4" and any(s <= t_us / 1e6 < s + for_s for s in starts_s) else 0.0


@pytest.mark.parametrize("interpreter", ["mp64", "mp32"])
def test_an_alarm_leaves_within_a_second_of_its_event_at_twenty_random_moments(
    interpreter: str, tmp_path: Path
) -> None:
    site, dice = Authority(), random.Random(5)
    with MqttLife(site, site.server(tmp_path / "server.pem"), interpreter=interpreter, reading_s=1) as life:
        starts_s, at_s = [], 12.0
        for _ in range(20):
            starts_s.append(at_s)
            at_s += 20 + 10 * dice.random()
        life.board.world.gas_source = methane_at(starts_s)
        life.live(at_s + 5)
        alarms = [record for record in life.held if record.kind == events.ALARM and record.fields["state"] == events.ON]
        late_ms = [record.at_s * 1000 - record.t_ms for record in alarms]
        assert len(late_ms) >= 20, life.held
        assert max(late_ms) <= 1000, late_ms
        print(f"alarm to broker, ms: median {sorted(late_ms)[len(late_ms) // 2]:.0f}, longest {max(late_ms):.0f}")
        assert len(life.broker.connects) == 1 and life.broker.violations == []


def test_each_record_is_delivered_once_and_the_payload_is_chirpstacks() -> None:
    with MqttLife() as life:
        life.board.world.gas_source = near_a_level
        life.live(70)
        assert [record.seq for record in life.held] == sorted({record.seq for record in life.held})
        assert len(life.held) >= 8
        for _, topic, payload in life.broker.seen:
            if topic == UP:
                said = json.loads(payload)
                assert said["deviceInfo"] == {"devEui": "00112233445566aa"} and said["fPort"] == 201
                assert base64.b64decode(said["data"], validate=True)[0] == 0xD1
        assert life.said("fault") == [] and life.said("crash") == []


def test_orders_reach_the_tag_and_a_recorded_one_is_refused() -> None:
    with MqttLife() as life:
        assert life.live_until(lambda: life.up, 10)
        life.live(2)
        for frame in life.gateway.order("00112233445566aa", Order(events.MSG_EVACUATE), life.bench.now_us / 1e6):
            life.uplinks.send("00112233445566aa", frame)
        life.live(2)
        assert life.alarm(events.ALARM_EVACUATION) == events.ON
        evacuate = [payload for _, topic, payload in life.broker.seen if topic == DOWN][-1]
        for frame in life.gateway.order("00112233445566aa", Order(events.MSG_ALL_CLEAR), life.bench.now_us / 1e6):
            life.uplinks.send("00112233445566aa", frame)
        life.live(5)
        assert life.alarm(events.ALARM_EVACUATION) == events.OFF
        for hostile in (evacuate, evacuate[:-9] + b'AAAAAAA"}', b"{}", bytes(70000), b"\xff" * 300):
            life.broker.publish(DOWN, hostile, life.bench.now_us)
        life.live(10)
        assert life.alarm(events.ALARM_EVACUATION) == events.OFF
        assert life.up and len(life.broker.connects) == 1 and life.broker.violations == []


def test_status_is_online_offline_by_will_when_the_power_goes_and_offline_at_once_for_service() -> None:
    with MqttLife() as life:
        assert life.live_until(lambda: life.up, 10)
        life.live(20)
        life.tag.power_cut(life.bench.now_us)
        cut_us = life.bench.now_us
        life.bench.run_for(60_000_000)
        assert life.broker.retained[STATUS] == b"offline"
        told_us = [t_us for t_us, topic, payload in life.broker.seen if (topic, payload) == (STATUS, b"offline")]
        assert 20e6 < told_us[0] - cut_us <= 46e6  # one and a half keep-alive times of 30 s
        life.tag.power_on(life.bench.now_us)
        assert life.live_until(lambda: life.up, 10)
        life.live(5)
        life.tag.type(b"\x03", life.bench.now_us)
        life.bench.run_for(3_000_000)
        assert b"stopped for service" in life.printed
        assert life.broker.retained[STATUS] == b"offline"


def test_a_tag_that_resets_in_the_middle_takes_over_its_own_session_and_loses_nothing() -> None:
    with MqttLife(reading_s=1) as life:
        life.board.world.gas_source = methane_at([15.0, 45.0, 75.0], 12.0)
        for _ in range(4):
            life.live(20.3)
            life.tag.power_cut(life.bench.now_us)
            life.tag.power_on(life.bench.now_us)
        life.live(30)
        assert len(life.broker.connects) == 5
        seqs = [record.seq for record in life.held]
        assert len(seqs) == len(set(seqs))
        printed = sum(1 for _ in life.said("alarm"))
        assert len([record for record in life.held if record.kind == events.ALARM]) == printed
        assert life.up


FLUSHED = 36  # a reading a second waits in memory for up to 30 others: so many are pending while all goes well


def pending(life: MqttLife) -> int:
    """Records not delivered yet, by the newest heartbeat."""
    return int(life.said("heartbeat")[-1][4])


def test_with_the_brokers_word_records_are_delivered_without_a_gateway_and_not_before_it() -> None:
    with MqttLife(gateway=False, mqtt_confirm="broker", heartbeat_s=10, reading_s=1) as life:
        life.board.world.gas_source = near_a_level
        life.live(100)
        assert pending(life) <= FLUSHED
        frames = len(life.published())
        life.live(60)
        assert len(life.published()) - frames <= 8  # nothing is said twice
        life.broker.faults.drop_pubacks = 1000
        life.live(100)
        assert pending(life) > 80
        life.broker.faults.drop_pubacks = 0
        life.live(60)
        assert pending(life) <= FLUSHED


def test_with_the_gateways_word_the_brokers_is_not_enough() -> None:
    with MqttLife(gateway=False, heartbeat_s=10, reading_s=1) as life:
        life.board.world.gas_source = near_a_level
        life.live(100)
        assert pending(life) > 80
        life.broker.listen("application/+/device/+/event/up", life._event)
        life.live(130)
        assert pending(life) <= FLUSHED


def test_two_carriers_in_turn_deliver_to_one_gateway_once() -> None:
    with MqttLife(reading_s=1) as life:
        life.board.world.gas_source = near_a_level
        life.live(20)
        before = len(life.held)
        life.tag.power_cut(life.bench.now_us)
        life.network.attach(
            "10.0.0.1", 1700, lambda data, who, t_us: list(life.gateway.receive(data, t_us / 1e6).datagrams)
        )

        def change(files: dict[str, bytes]) -> None:
            from tag_life import CONFIG

            from davy import tagconfig

            files["config.a"] = tagconfig.build(
                {**CONFIG, "gateway_host": "10.0.0.1", "gateway_port": 1700, "reading_s": 1}
            )

        life.flash(change)
        life.tag.power_on(life.bench.now_us)
        life.live(40)
        seqs = [record.seq for record in life.held]
        assert len(seqs) > before + 20 and len(seqs) == len(set(seqs))
