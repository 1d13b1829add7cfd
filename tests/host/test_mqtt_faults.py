"""Whole tags and brokers, access points and certificates that fail: nothing lost, nothing doubled, no storm, the fault told."""

import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from certificates import Authority
from mqtt_life import TAG, MqttLife
from test_mqtt_tag import methane_at

from tag import events


def all_delivered_once(life: MqttLife) -> None:
    """Every alarm that the tag has told is held, every record once."""
    seqs = [record.seq for record in life.held]
    assert len(seqs) == len(set(seqs))
    told = [(int(alarm), int(state)) for alarm, state, _, _ in life.said("alarm")]
    held = [record for record in sorted(life.held, key=lambda r: r.seq) if record.kind == events.ALARM]
    assert [(record.fields["alarm"], record.fields["state"]) for record in held] == told
    assert life.said("crash") == [] and b"MemoryError" not in life.printed


def test_a_broker_that_is_away_for_long_is_asked_with_pauses_and_gets_every_alarm_once() -> None:
    with MqttLife() as life:
        starts_s = [60.0 + 290 * n for n in range(5)]
        life.board.world.gas_source = methane_at(starts_s, 30.0)
        assert life.live_until(lambda: life.up, 10)
        life.live(20)
        life.port.refuse = True
        life.port.reset(life.bench.now_us)
        away_us = life.bench.now_us
        held = len(life.held)
        life.live(1500)
        assert len(life.held) == held
        tries = [t_us for t_us in life.port.dialled if t_us > away_us]
        assert 45 <= len(tries) <= 145, len(tries)  # pauses of 15 to 30 s
        assert sum(1 for t_us in tries if t_us - away_us < 60e6) <= 12
        life.port.refuse = False
        back_us = life.bench.now_us
        told = len(life.said("alarm"))
        assert told >= 10
        assert life.live_until(lambda: sum(r.kind == events.ALARM for r in life.held) >= told, 60)
        first_us = min(t_us for t_us in life.published() if t_us > back_us)
        assert first_us - back_us <= 45e6
        life.live(150)
        all_delivered_once(life)
        assert life.said("fault") == []


def test_an_access_point_that_comes_and_goes_loses_nothing_and_meets_no_storm() -> None:
    dice = random.Random(3)
    with MqttLife(reading_s=2) as life:
        life.board.world.gas_source = methane_at([30.0 * n for n in range(1, 40)], 10.0)
        for _ in range(16):
            life.network.up = True
            life.live(5 + 30 * dice.random())
            life.network.up = False
            life.live(0.5 + 20 * dice.random())
        life.network.up = True
        life.live(120)
        all_delivered_once(life)
        assert len(life.said("alarm")) > 20
        assert len(life.broker.connects) <= 24 and life.broker.violations == []
        assert life.tag.boots == 1


def mended(life: MqttLife, mend: Callable[[], None]) -> None:
    """After a person has mended it the tag connects by itself, and the fault goes."""
    mend()
    assert life.live_until(lambda: life.up, 90)
    life.live(12)
    assert life.last_fault(events.FAULT_LINK) is not None and life.last_fault(events.FAULT_LINK)[1] == 0  # type: ignore[index]
    life.live(60)
    all_delivered_once(life)


@pytest.mark.parametrize(
    ("signer", "wrong", "code", "interpreter"),
    [
        ("site CA", {"name": "other.mine"}, events.CODE_UNSIGNED, "mp64"),
        ("another CA", {}, events.CODE_UNSIGNED, "mp64"),
        ("another CA", {}, events.CODE_UNSIGNED, "mp32"),
        ("site CA", {"first_day": -300, "last_day": -2}, events.CODE_STALE, "mp64"),
        ("site CA", {"first_day": 5}, events.CODE_STALE, "mp32"),
    ],
    ids=["wrong name", "wrong CA", "wrong CA, mp32", "expired", "not valid yet, mp32"],
)
def test_a_certificate_that_does_not_hold_is_never_spoken_to_and_told_once(
    signer: str, wrong: dict[str, Any], code: int, interpreter: str, tmp_path: Path
) -> None:
    site = Authority("site CA")
    signs = site if signer == "site CA" else Authority(signer)
    bad, good = signs.server(tmp_path / "bad.pem", **wrong), site.server(tmp_path / "good.pem")
    with MqttLife(site, bad, interpreter=interpreter) as life:
        life.live(100)
        assert life.broker.connects == [] and life.broker.seen == []
        faults = [(int(c), int(p)) for source, c, p in life.said("fault") if source == events.FAULT_LINK]
        assert faults == [(code, 1)]
        assert 5 <= len(life.port.dialled) <= 14  # pauses from 1 s to 30 s
        assert life.alarm(events.ALARM_FAULT) == events.OFF  # a record, not an alarm for the wearer
        assert life.said("crash") == []

        def mend() -> None:
            from davy.vtag import tls

            life.port.accept = tls.secured(good, life.broker.accept)

        mended(life, mend)


@pytest.mark.parametrize(
    ("files", "settings", "code"),
    [
        ({}, {}, events.CODE_MISSING),
        ({"ca.der": b"no certificate"}, {}, events.CODE_CORRUPT),
        ({"ca.der": b""}, {}, events.CODE_CORRUPT),
        ({"ca.der": bytes(5000)}, {}, events.CODE_CORRUPT),
        ({"good": b""}, {"mqtt_name": ""}, events.CODE_MISSING),
    ],
    ids=["no CA", "no certificate in it", "empty", "too long", "no name"],
)
def test_without_a_usable_ca_and_a_name_nobody_is_called(
    files: dict[str, bytes], settings: dict[str, Any], code: int, tmp_path: Path
) -> None:
    site = Authority()
    with MqttLife(certificate=site.server(tmp_path / "server.pem"), **{"mqtt_tls": 1, **settings}) as life:
        if "good" in files:
            files = {"ca.der": site.der}
        life.flash(lambda flash: flash.update(files))
        life.live(60)
        assert life.port.dialled == [] and life.last_fault(events.FAULT_LINK) == (code, 1)
        assert life.tag.boots == 1 and life.said("crash") == []


def test_a_wrong_password_is_a_fault_until_it_is_right() -> None:
    users = {"tag7": "right"}
    with MqttLife(users={"tag7": "other"}, mqtt_user="tag7", mqtt_password="right") as life:
        life.live(100)
        assert not life.up and life.published() == []
        assert life.last_fault(events.FAULT_LINK) == (events.CODE_FAILED, 1)
        assert 5 <= len(life.broker.connects) <= 14
        mended(life, lambda: life.broker.users.update(users))  # type: ignore[union-attr]


def test_a_refused_subscription_is_a_fault_until_it_is_granted() -> None:
    with MqttLife() as life:
        life.broker.faults.refuse_subscriptions = True
        life.live(100)
        faults = [(int(c), int(p)) for source, c, p in life.said("fault") if source == events.FAULT_LINK]
        assert faults == [(events.CODE_FAILED, 1)]
        mended(life, lambda: setattr(life.broker.faults, "refuse_subscriptions", False))


def unavailable(life: MqttLife) -> None:
    life.broker.faults.connack_code = 3


def silent(life: MqttLife) -> None:
    life.broker.faults.no_connack = True


def black_hole(life: MqttLife) -> None:
    life.port.silent = True


def garbage(life: MqttLife) -> None:
    life.broker.faults.garbage = bytes(range(256))


def cut(life: MqttLife) -> None:
    life.broker.faults.cut_after_bytes = 60


@pytest.mark.parametrize("what", [unavailable, silent, black_hole, garbage, cut])
def test_a_broker_that_does_not_serve_is_tried_for_ever_with_pauses_and_is_no_fault(
    what: Callable[[MqttLife], None],
) -> None:
    with MqttLife(mqtt_tls=0) as life:
        what(life)
        life.live(120)
        tries = len(life.port.dialled)
        assert (4 if what is not garbage else 1) <= tries <= 16, tries
        assert life.said("fault") == []
        life.broker.faults.no_connack = life.port.silent = False
        life.broker.faults.connack_code, life.broker.faults.cut_after_bytes = 0, -1
        assert life.live_until(lambda: life.up, 60)
        life.live(60)
        all_delivered_once(life)


def test_a_lost_puback_costs_a_connection_and_no_record() -> None:
    with MqttLife(reading_s=1) as life:
        life.board.world.gas_source = methane_at([20.0, 50.0, 80.0, 110.0], 10.0)
        assert life.live_until(lambda: life.up, 10)
        life.broker.faults.drop_pubacks = 3
        life.live(60)
        assert 2 <= len(life.broker.connects) <= 4
        life.broker.faults.drop_pubacks, life.broker.faults.lose_messages = 0, 3
        life.live(120)
        all_delivered_once(life)


def test_a_connection_that_stalls_half_open_is_left_and_the_will_is_told() -> None:
    with MqttLife() as life:
        assert life.live_until(lambda: life.up, 10)
        life.live(5)
        life.port.stalled = True
        life.live(40)
        stalled_tries = len(life.port.dialled)
        assert 2 <= stalled_tries <= 8  # left within 10 s of the first frame without an answer
        life.port.stalled = False
        assert life.live_until(lambda: len(life.broker.connects) > 1 and life.up, 60)
        life.live(60)
        all_delivered_once(life)


def test_bytes_that_drip_one_by_one_are_the_same_bytes(tmp_path: Path) -> None:
    site = Authority()
    with MqttLife(site, site.server(tmp_path / "server.pem")) as life:
        life.port.piece, life.port.gap_us = 1, 1000
        assert life.live_until(lambda: life.up, 30)
        life.live(60)
        assert len(life.broker.connects) == 1 and life.broker.violations == []
        all_delivered_once(life)


def test_loss_on_the_air_delays_and_loses_nothing() -> None:
    with MqttLife(reading_s=2) as life:
        life.network.loss = 0.3
        life.board.world.gas_source = methane_at([20.0, 60.0, 100.0], 10.0)
        life.live(150)
        life.network.loss = 0.0
        life.live(60)
        all_delivered_once(life)
        assert life.broker.violations == []


def test_another_client_with_the_same_name_does_not_become_a_storm() -> None:
    with MqttLife() as life:
        assert life.live_until(lambda: life.up, 10)
        began_us = life.bench.now_us

        def kick(t_us: int) -> None:
            session = life.broker.sessions.get(TAG)
            if session and session.connection:
                session.connection._stream.finish(t_us)
                session.connection.end(t_us)
            life.bench.at(t_us + 500_000, kick)

        kick(began_us)
        life.live(300)
        assert len(life.broker.connects) <= 30, len(life.broker.connects)
