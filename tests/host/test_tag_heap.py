"""The shipped firmware on the 32-bit runtime: how much heap it lives in.

Here two things lie in the heap that a frozen image has in flash: the names of modules, functions and attributes, some 37 kB
(`micropython.qstr_info()`, asked below), and of each of some 1100 functions 41 of its 69 bytes, 45 kB (measured by loading files of
a hundred and of two hundred functions). So 158 kB here are some 75 kB on a board with frozen firmware, and as much as here on one
that reads it from files. A link over a broker with TLS takes 11 kB more; what mbedtls takes is not in this heap, see
docs/network.md. The fatigue indicator takes 22 kB more, on a belt or trunk 25, on a helmet 27; with a heart-rate sensor 7.9 kB more
than that.
Who asks over the cable takes 8.4 kB more; with less than 16 kB free nobody is answered.
LoRaWAN takes 58 kB more, 5.7 kB of them the joined MAC (tests/device/test_lorawan_heap.py).
A survey takes 10 kB on a tag with LoRaWAN and place, the answerer's 8.4 kB among them.
"""

import json
import math
import re
from pathlib import Path
from typing import Any

import pytest
from certificates import Authority
from lora_life import LoraLife
from mqtt_life import MqttLife
from tag_life import Life
from test_tag_heart import solder

from davy import roots, runtime
from davy.sim.motion import Wearer
from davy.sim.scenario import Motion
from davy.sim.stored import stored_samples
from davy.vtag.skin import Skin
from tag import events

from codec import hdlc  # isort: skip
from tag.console import kinds  # isort: skip

HEAP = "158k"
HEAP_CONSOLE = "168k"
HEAP_MQTT = "169k"
HEAP_FATIGUE = "180k"
HEAP_HELMET = "185k"
HEAP_HEART = "188k"
HEAP_LORA = "224k"
HEAP_SURVEY = "238k"  # 2 kB above the least at which who asks is answered there
NAMES_B = 40_000


def has_mp32() -> bool:
    try:
        runtime.find("mp32")
    except runtime.Unavailable:
        return False
    return True


@pytest.mark.skipif(not has_mp32(), reason="the 32-bit runtime cannot be had here")
def test_the_whole_app_lives_in_158_kB_on_the_32_bit_runtime() -> None:
    with Life("mp32", HEAP) as life:
        life.board.world.gas_source = lambda name, t_us: 1.3 if name == "ch4" and 15e6 < t_us < 40e6 else 0.0
        life.live(310)
        assert b"MemoryError" not in life.printed
        assert life.tag.boots == 1
        assert life.said("crash") == []
        assert life.said("fault") == []
        assert events.ALARM_GAS_HIGH in {alarm for alarm, *_ in life.said("alarm")}
        free_b = [int(beat[2]) for beat in life.said("heartbeat")]
        assert len(free_b) == 5
        assert min(free_b) > 5_000
        assert free_b[-1] >= free_b[1] - 500  # it does not leak
        life.tag.type(b"\x03", life.bench.now_us)
        life.bench.run_for(3_000_000)
        for key in b"import micropython\rmicropython.qstr_info()\r":
            life.tag.type(bytes([key]), life.bench.now_us)
            life.bench.run_for(50_000)
        life.bench.run_for(1_000_000)
        names = re.findall(rb"n_total_bytes=(\d+)", bytes(life.printed))
        assert 30_000 < int(names[0]) < NAMES_B


@pytest.mark.skipif(not has_mp32(), reason="the 32-bit runtime cannot be had here")
@pytest.mark.parametrize(("heap", "answers"), [(HEAP, False), (HEAP_CONSOLE, True)])
def test_who_asks_over_the_cable_never_takes_the_memory_that_alarms_need(heap: str, answers: bool) -> None:
    with Life("mp32", heap) as life:
        life.live(15)
        receiver = hdlc.Receiver()
        for kind, body in (
            (kinds.HELLO, b""),
            (kinds.WATCH, b"\x01"),
            (kinds.SETTINGS, b""),
            (kinds.SET, b"\0still_s=50"),
        ):
            start = len(life.printed)
            data, frame = bytearray([kind, 1, *body, 0, 0, 0, 0]), bytearray(hdlc.ROOM)
            life.tag.type(bytes(frame[: hdlc.seal(data, 2 + len(body), frame, hdlc.TO_TAG)]), life.bench.now_us)
            life.live(3)
            came = {receiver.buf[0] for byte in life.printed[start:] if receiver.take(byte)}
            if answers:
                assert (kinds.STATE if kind == kinds.WATCH else kind | kinds.ANSWER) in came, kind
            else:
                assert came == {kinds.REFUSED}
        life.live(60)
        assert b"MemoryError" not in life.printed and life.tag.boots == 1
        assert life.said("crash") == [] and life.said("fault") == []
        assert min(int(beat[2]) for beat in life.said("heartbeat")) > 5_000


@pytest.mark.skipif(not has_mp32(), reason="the 32-bit runtime cannot be had here")
def test_a_fall_a_drop_and_their_samples_fit_in_too_and_are_on_flash() -> None:
    recordings = roots.CHECKOUT / "tests" / "recordings"
    falls = Wearer([Motion(15.0, recordings / "fall.csv"), Motion(40.0, recordings / "device_drop.csv")])
    with Life("mp32", HEAP) as life:
        life.board.world.accel_source = falls.accel_mg
        life.live(65)
        assert b"MemoryError" not in life.printed
        assert life.said("crash") == []
        assert len(life.said("fall")) == len(life.said("drop")) == 1
        life.tag.power_cut(life.bench.now_us)
        kept = stored_samples(bytes(life.board.flash.data))
        assert [len(rows) for rows in kept.values()] == [200, 200]
        for rows, (least_mg, most_mg) in zip(kept.values(), ((8_000, 12_000), (12_000, 17_000)), strict=True):
            hit = max(rows, key=lambda row: row[1] ** 2 + row[2] ** 2 + row[3] ** 2)
            assert 0.0 <= hit[0] < 0.2
            assert least_mg < math.sqrt(hit[1] ** 2 + hit[2] ** 2 + hit[3] ** 2) < most_mg
        assert [int(beat[2]) > 6_000 for beat in life.said("heartbeat")] == [True]


@pytest.mark.skipif(not has_mp32(), reason="the 32-bit runtime cannot be had here")
def test_with_lorawan_and_calls_between_tags_the_whole_app_lives_in_60_kB_more() -> None:
    site: dict[str, Any] = {"shout": 1, "site_key": "42" * 16}
    with LoraLife(interpreter="mp32", heap=HEAP_LORA, **site) as life:
        life.board.world.gas_source = lambda name, t_us: 1.3 if name == "ch4" and 15e6 < t_us < 40e6 else 0.0
        life.live(250)
        assert b"MemoryError" not in life.printed and life.tag.boots == 1
        assert life.said("crash") == [] and life.said("fault") == [] and len(life.held) > 20
        free_b = [int(beat[2]) for beat in life.said("heartbeat")]
        assert min(free_b) > 5_000 and free_b[-1] >= free_b[1] - 500


@pytest.mark.skipif(not has_mp32(), reason="the 32-bit runtime cannot be had here")
def test_a_survey_of_both_radios_never_takes_the_memory_that_alarms_need() -> None:
    beacon = bytes.fromhex("02011a1aff4c000215e2c56db5dffb48d2b060d0f5a71096e000010001c5")
    with LoraLife(interpreter="mp32", heap=HEAP_SURVEY, place=1, shout=1, site_key="42" * 16) as life:
        life.board.ble.beacons = lambda t_us: [(bytes(6), beacon, -60)]
        life.board.world.gas_source = lambda name, t_us: 1.3 if name == "ch4" and 75e6 < t_us < 100e6 else 0.0
        life.live(60)
        receiver = hdlc.Receiver()
        for ident in (1, 2, 3):
            start = len(life.printed)
            data, frame = bytearray([kinds.SURVEY, ident, 8, 1, 0, 0, 0, 0]), bytearray(hdlc.ROOM)
            life.tag.type(bytes(frame[: hdlc.seal(data, 4, frame, hdlc.TO_TAG)]), life.bench.now_us)
            life.live(15)
            came = [bytes(receiver.buf[: receiver.n]) for byte in life.printed[start:] if receiver.take(byte)]
            ours = [body for body in came if body[:2] == bytes([kinds.SURVEY | kinds.ANSWER, ident])]
            told = json.loads(ours[-1][3:])
            # A window of 0.5 s begins up to 0.05 s after the last one: 15 or 16 of them, by their phase.
            assert len(ours) > 10 and told["listened_ms"] in (7500, 8000), told
        life.live(60)
        assert b"MemoryError" not in life.printed and life.tag.boots == 1
        assert life.said("crash") == [] and life.said("fault") == []
        assert events.ALARM_GAS_HIGH in {event[2] for event in life.events(events.ALARM)}
        assert min(int(beat[2]) for beat in life.said("heartbeat")) > 5_000


def on_a_helmet(files: dict[str, bytes]) -> None:
    files["board.json"] = json.dumps({**json.loads(files["board.json"]), "worn": "helmet"}).encode()


@pytest.mark.skipif(not has_mp32(), reason="the 32-bit runtime cannot be had here")
@pytest.mark.parametrize(("heap", "board"), [(HEAP_FATIGUE, lambda files: None), (HEAP_HELMET, on_a_helmet)])
def test_with_fatigue_the_whole_app_lives_in_22_kB_more_on_a_helmet_in_27(heap: str, board: Any) -> None:
    with Life("mp32", heap, fatigue=2) as life:
        life.flash(board)
        walk = Wearer([Motion(2.0, activity="walking")])
        life.board.world.accel_source = walk.accel_mg
        life.live(190)
        assert b"MemoryError" not in life.printed and life.tag.boots == 1
        assert life.said("crash") == [] and life.said("fault") == []
        free_b = [int(beat[2]) for beat in life.said("heartbeat")]
        assert len(free_b) == 3 and min(free_b) > 5_000 and free_b[-1] >= free_b[0] - 500


@pytest.mark.skipif(not has_mp32(), reason="the 32-bit runtime cannot be had here")
def test_with_a_heart_rate_sensor_the_whole_app_lives_in_9_kB_more_than_with_fatigue() -> None:
    with Life("mp32", HEAP_HEART, fatigue=1) as life:
        solder(life.board)
        life.board.world.light_source = Skin(bpm=72).light
        life.live(190)
        assert b"MemoryError" not in life.printed and life.tag.boots == 1
        assert life.said("crash") == [] and life.said("fault") == []
        free_b = [int(beat[2]) for beat in life.said("heartbeat")]
        assert len(free_b) == 3 and min(free_b) > 5_000 and free_b[-1] >= free_b[0] - 500, free_b


@pytest.mark.skipif(not has_mp32(), reason="the 32-bit runtime cannot be had here")
def test_with_a_broker_and_tls_the_whole_app_lives_in_11_kB_more(tmp_path: Path) -> None:
    site = Authority()
    with MqttLife(site, site.server(tmp_path / "server.pem"), interpreter="mp32", heap=HEAP_MQTT) as life:
        life.board.world.gas_source = lambda name, t_us: 1.3 if name == "ch4" and 15e6 < t_us < 40e6 else 0.0
        life.live(100)
        life.port.reset(life.bench.now_us)  # and a second connection finds room
        life.live(210)
        assert b"MemoryError" not in life.printed and life.tag.boots == 1
        assert life.said("crash") == [] and life.said("fault") == []
        assert len(life.broker.connects) == 2 and len(life.held) > 30
        free_b = [int(beat[2]) for beat in life.said("heartbeat")]
        assert min(free_b) > 6_000
        assert free_b[-1] >= free_b[1] - 500
