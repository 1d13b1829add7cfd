"""Whole tags on the modelled air: they join, report and take orders by LoRaWAN, with the files that ship."""

import random
import re
from typing import Any

import pytest
from lora_life import BEGAN_S, TAG, LoraLife
from tag_life import CONFIG

from davy.gateway.core import Order
from davy.vtag.assembly import make_tag
from davy.vtag.world import World
from tag import events

JOIN = 0  # a join request's first byte


def joins(life: LoraLife) -> int:
    """Join requests on the air so far."""
    return sum(not sent.inverted and sent.payload[0] == JOIN for sent in life.board.world.ether.log)


@pytest.mark.parametrize("interpreter", ["mp64", "mp32"])
@pytest.mark.parametrize("board", ["virtual-lora", "virtual-lora-sx127x"])
def test_a_tag_joins_reports_and_learns_the_time(board: str, interpreter: str) -> None:
    with LoraLife(board=board, interpreter=interpreter) as life:
        life.live_joined()
        life.live(60)
        assert joins(life) == 1 and life.said("fault") == [] and life.said("crash") == []
        (time,) = life.events(events.TIME)
        assert time[4] == events.FROM_LORAWAN
        assert abs((time[2] - BEGAN_S) * 1000 + time[3] - time[1]) <= 100, time
        assert [event[0] for event in life.events(events.BOOT)] == [events.BOOT]
        account = life.gateway.tags[TAG]
        assert account.repeated == 0 and account.conflicts == []
        assert life.station.network.refused == {} and life.station.missed == {}


def alarms_at(starts_s: list[float], for_s: float = 8.0):
    """A source of methane above the high level for some seconds from each of these times."""
    return lambda name, t_us: 1.3 if name == "ch4" and any(s <= t_us / 1e6 < s + for_s for s in starts_s) else 0.0


def latencies_ms(life: LoraLife) -> list[int]:
    """From each alarm that came on to the first frame that began afterwards, by the records that came."""
    frames = [sent.start_us / 1000 for sent in life.station.aired()]
    found = []
    for event in life.events(events.ALARM):
        if event[3] == events.ON:
            found.append(round(min(at for at in frames if at >= event[1]) - event[1]))
    return found


def test_an_alarm_is_on_the_air_within_two_seconds_at_twenty_random_moments() -> None:
    dice = random.Random(5)
    with LoraLife() as life:
        life.live_joined()
        starts_s, at_s = [], life.bench.now_us / 1e6 + 5
        for _ in range(20):
            starts_s.append(at_s)
            at_s += 25 + 10 * dice.random()
        life.board.world.gas_source = alarms_at(starts_s)
        life.live(at_s - life.bench.now_us / 1e6 + 10)
        late_ms = latencies_ms(life)
        assert len(late_ms) >= 20
        print(f"alarm to air, ms: median {sorted(late_ms)[len(late_ms) // 2]}, longest {max(late_ms)}")
        assert max(late_ms) <= 2000, late_ms


def test_orders_reach_the_wearer_and_receipts_come_up() -> None:
    with LoraLife() as life:
        life.live_joined()
        life.tell(events.MSG_TEXT, 7, "come up")
        life.live(5)
        assert life.alarm(events.ALARM_MESSAGE) == events.ON
        life.tell(events.MSG_EVACUATE, 8)
        life.tell(events.MSG_EVACUATE, 8)
        life.live(5)
        assert life.alarm(events.ALARM_EVACUATION) == events.ON
        life.live(20)  # the gateway, which sends twice, does not hear while it does
        receipts = [event[2:] for event in life.events(events.DOWNLINK)]
        for message in (events.MSG_TEXT, 7), (events.MSG_EVACUATE, 8):
            assert [result for *what, result in receipts if tuple(what) == message] == [events.DONE, events.SHOWN]


def test_the_gateways_orders_go_by_lora_until_they_are_answered() -> None:
    with LoraLife() as life:
        life.live_joined()
        life.link.order(TAG, Order(events.MSG_TEXT, ("come up",)))
        life.live(60)
        assert life.alarm(events.ALARM_MESSAGE) == events.ON and life.gateway.tags[TAG].pending == {}
        assert [event[4] for event in life.events(events.DOWNLINK)] == [events.DONE, events.SHOWN]


def test_a_session_outlives_a_power_cut() -> None:
    with LoraLife() as life:
        life.live_joined()
        for _ in range(3):
            life.tag.power_cut(life.bench.now_us)
            life.bench.run_for(2_000_000)
            life.tag.power_on(life.bench.now_us)
            life.live(20)
        assert joins(life) == 1 and len(life.events(events.BOOT)) == 4
        assert life.station.network.refused == {}


def test_a_long_record_goes_in_parts_and_whole_to_the_gateway() -> None:
    text = "still_s=40\nname=" + "x" * 30 + "\nwifi_ssid=" + "y" * 30
    with LoraLife() as life:
        life.live_joined()
        life.station.network.request(
            life.peer, bytes([0x03, 0x00, 0x07, 0x00, 0x01])
        )  # LinkADRReq: DR0, 51 bytes a frame
        life.station.send(life.peer, 1, bytes([events.MSG_CONFIG, 9, 0]) + text.encode())
        life.live(150)
        (config,) = life.events(events.CONFIG)
        assert config[3].endswith(text), config
        assert {up.port for up in life.peer.uplinks} >= {1, 2}


@pytest.mark.parametrize(
    ("board", "settings", "code"),
    [
        ("virtual", {}, events.CODE_MISSING),
        ("virtual-lora", {"lora_app_key": ""}, events.CODE_MISSING),
    ],
)
def test_what_keeps_it_from_working_is_told(board: str, settings: dict[str, str], code: int) -> None:
    with LoraLife(board=board, **settings) as life:
        life.live(3)
        assert life.last_fault(events.FAULT_LINK) == (code, 1)
        assert any("lora" in str(event[1]) for event in life.said("config"))


def test_a_radio_that_dies_is_a_fault_and_its_return_the_end_of_it() -> None:
    with LoraLife() as life:
        life.live_joined()
        life.board.chips["sx1262"].faults.set("absent")
        life.live(30)
        assert life.last_fault(events.FAULT_LINK) == (events.CODE_FAILED, 1)
        life.board.chips["sx1262"].faults.clear("absent")
        life.live(90)
        fault = life.last_fault(events.FAULT_LINK)
        assert fault and fault[1] == 0


def test_a_state_that_is_damaged_is_a_fault_and_nothing_is_sent() -> None:
    with LoraLife() as life:
        life.flash(lambda files: files.update({"lorawan.a": b"rubbish" * 9, "lorawan.b": b"\0" * 300}))
        life.live(20)
        assert life.last_fault(events.FAULT_LINK) == (events.CODE_CORRUPT, 1)
        assert life.station.aired() == []


class Neighbour:
    """Another tag of the site on the same air."""

    def __init__(self, life: LoraLife, tag_id: str, **settings: Any) -> None:
        world = World()
        world.ether = life.board.world.ether
        self.said = bytearray()
        config = {**CONFIG, "wifi_ssid": "", "lora_region": "EU868", "lora_app_key": "11" * 16, "tag_id": tag_id}
        self.tag = make_tag(
            life.bench, name=tag_id, board="virtual-lora", world=world, console=False, config={**config, **settings}
        )
        self.tag.console.on_output = self.said.extend
        self.tag.power_on(life.bench.now_us)

    def alarms(self, alarm: int) -> list[int]:
        """States of an alarm so far."""
        return [int(state) for state in re.findall(rb"alarm \(%d, (\d)" % alarm, bytes(self.said))]


SITE: dict[str, Any] = {"shout": 1, "site_key": "42" * 16}


def hold_button(life: LoraLife, for_s: float) -> None:
    start_us = life.bench.now_us
    life.board.world.button_source = lambda t_us: start_us <= t_us < start_us + for_s * 1e6


def callers(life: LoraLife, hops: int = 0) -> set[str]:
    """Who has sent calls that had gone so many hops."""
    sent = [sent for sent in life.board.world.ether.log if sent.payload[0] == 0xE0 and sent.payload[1] & 15 == hops]
    return {one.sender for one in sent}


@pytest.mark.parametrize("lora_class", ["A", "C"])
def test_where_no_gateway_hears_neighbours_do(lora_class: str) -> None:
    with LoraLife(lora_class=lora_class, **SITE) as life:
        life.station.deaf = True
        near = Neighbour(life, "00112233445566bb", lora_class=lora_class, **SITE)
        stranger = Neighbour(life, "00112233445566cc", lora_class=lora_class, shout=1, site_key="43" * 16)
        silent = Neighbour(life, "00112233445566dd", lora_class=lora_class)
        life.live(20)
        hold_button(life, 4)
        # A call is lost where the neighbour joins just then: it comes again, and is passed on when the MAC has time.
        assert life.live_until(lambda: near.alarms(events.ALARM_PEER), 300), bytes(near.said)
        assert life.alarm(events.ALARM_SOS) >= events.ON and near.alarms(events.ALARM_PEER) == [events.ON]
        assert re.search(rb"peer \(\d+, [45], 2, -\d+, 0\)", bytes(near.said))
        assert life.live_until(lambda: "00112233445566bb" in callers(life, 1), 200), callers(life, 1)
        assert stranger.alarms(events.ALARM_PEER) == [] and silent.alarms(events.ALARM_PEER) == []
        for tag in (near, stranger, silent):
            assert b"crash" not in tag.said, bytes(tag.said)
        assert "00112233445566cc" not in callers(life, 1) and "00112233445566dd" not in callers(life)


def test_who_is_heard_by_a_gateway_calls_nobody() -> None:
    with LoraLife(**SITE) as life:
        near = Neighbour(life, "00112233445566bb", **SITE)
        life.live_joined()
        hold_button(life, 4)
        life.live(60)
        assert life.alarm(events.ALARM_SOS) >= events.ON and near.alarms(events.ALARM_PEER) == []
        assert callers(life) == set()
