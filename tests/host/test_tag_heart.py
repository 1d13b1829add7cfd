"""The shipped firmware on a virtual tag with a heart-rate sensor: measured in windows, dark in between, and its faults."""

import json
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from tag_life import Life

from davy import words
from davy.sim.motion import Wearer
from davy.sim.runner import Runner
from davy.sim.scenario import Happening, Motion, Scenario
from davy.vtag import flashimage
from davy.vtag.board import Board
from davy.vtag.chips.max30102 import Max30102
from davy.vtag.flash import BLOCK
from davy.vtag.skin import Skin
from tag import events

PART: dict[str, Any] = {"role": "heart", "chip": "max30102", "i2c": 0, "address": 0x57}


def solder(board: Board, part: dict[str, Any] = PART) -> Max30102:
    """The sensor onto a board, and its entry into the tag's board file."""
    board.fit({"parts": [PART]})
    files = flashimage.read(bytes(board.flash.data))
    for name in ("board.json", "board.bak.json"):
        data = json.loads(files[name])
        data["parts"].append(part)
        files[name] = json.dumps(data).encode()
    board.flash.load(flashimage.build(files, len(board.flash.data) // BLOCK))
    chip = board.chips["max30102"]
    assert isinstance(chip, Max30102)
    return chip


def lit(life: Life, chip: Max30102, seconds: float) -> list[float]:
    """mA of the LEDs each half second."""
    found = []
    for _ in range(int(seconds * 2)):
        life.live(0.5)
        found.append(chip.led_ma)
    return found


def well(life: Life) -> bool:
    return life.said("crash") == [] and life.tag.boots == 1 and life.alarm(events.ALARM_FAULT) == events.OFF


def test_it_shines_for_twenty_seconds_and_rests_for_two_minutes() -> None:
    with Life(fatigue=1) as life:
        chip = solder(life.board)
        life.board.world.light_source = Skin(bpm=72).light
        ma = lit(life, chip, 180)
        on = [i for i, value in enumerate(ma) if value]
        begins = [i for i in on if not ma[i - 1]]
        assert len(begins) == 2 and begins[0] < 30
        assert all(2 * 138 <= after - before <= 2 * 145 for before, after in pairwise(begins))
        assert 2 * 36 <= len(on) <= 2 * 44
        assert max(ma) < 16  # what this skin needs: 200 nA a mA
        assert life.last_fault(events.FAULT_HEART) is None and well(life)


@pytest.mark.parametrize("fatigue", [0, 1])
def test_without_the_setting_or_the_sensor_nothing_of_it_runs(fatigue: int) -> None:
    with Life(fatigue=fatigue) as life:
        if not fatigue:
            chip = solder(life.board)
            assert lit(life, chip, 40) == [0.0] * 80
        else:
            life.live(40)
        assert life.last_fault(events.FAULT_HEART) is None and well(life)
        life.tag.type(b"\x03", life.bench.now_us)
        life.live(3)
        for key in b"import sys\rprint([m for m in sys.modules if 'heart' in m or 'pulse' in m or 'max30' in m])\r":
            life.tag.type(bytes([key]), life.bench.now_us)
            life.bench.run_for(20_000)
        life.live(1)
        assert life.printed.rstrip().endswith(b"[]\r\n>>>") or b"\r\n[]\r\n" in life.printed


def test_who_walks_is_not_measured_and_the_light_stays_off() -> None:
    with Life(fatigue=1) as life:
        chip = solder(life.board)
        life.board.world.light_source = Skin(bpm=72, shake=0.01).light
        life.board.world.accel_source = Wearer([Motion(2.0, activity="walking")]).accel_mg
        ma = lit(life, chip, 60)
        assert sum(value > 0 for value in ma) < 12  # until the first step is seen
        assert life.last_fault(events.FAULT_HEART) is None and well(life)


@pytest.mark.parametrize("name", ["nak", "stuck_fifo", "frozen"])
def test_a_dead_sensor_is_a_fault_and_no_alarm_and_heals(name: str) -> None:
    with Life(fatigue=1) as life:
        chip = solder(life.board)
        life.board.world.light_source = Skin(bpm=72).light
        chip.faults.set(name)
        life.live(70)
        assert life.last_fault(events.FAULT_HEART) == (events.CODE_FAILED, 1)
        chip.faults.clear()
        life.live(45)
        assert life.last_fault(events.FAULT_HEART) == (events.CODE_FAILED, 0)
        assert len(life.said("fault")) == 2 and well(life)


def test_one_that_dies_in_a_measurement_is_found_and_put_out_when_it_is_back() -> None:
    with Life(fatigue=1) as life:
        chip = solder(life.board)
        life.board.world.light_source = Skin(bpm=72).light
        assert life.live_until(lambda: chip.led_ma > 0, 40)
        chip.faults.set("nak")
        life.live(45)
        assert life.last_fault(events.FAULT_HEART) == (events.CODE_FAILED, 1) and chip.led_ma > 0
        chip.faults.clear()
        life.live(11)
        assert life.last_fault(events.FAULT_HEART) == (events.CODE_FAILED, 0)
        assert well(life)


def test_a_brown_out_costs_one_measurement_and_is_no_fault() -> None:
    with Life(fatigue=1) as life:
        chip = solder(life.board)
        life.board.world.light_source = Skin(bpm=72).light
        assert life.live_until(lambda: chip.led_ma > 0, 40)
        chip.faults.set("lost_config")
        life.live(15)
        assert life.live_until(lambda: chip.led_ma > 0, 20)
        life.live(30)
        assert life.said("fault") == [] and well(life)


def test_a_board_file_that_cannot_be_is_told() -> None:
    with Life(fatigue=1) as life:
        solder(life.board, {**PART, "i2c": 5})
        life.live(20)
        assert life.last_fault(events.FAULT_HEART) == (events.CODE_MISSING, 1)
        assert [text for _, text in life.said("config") if str(text).startswith("heart: ")]
        assert well(life)


@pytest.mark.parametrize("worn", ["on the skin", "off the skin", "dead"])
def test_the_gateway_hears_the_rate_or_that_it_is_unknown(worn: str) -> None:
    story: dict[str, Any] = {
        "file": Path("-"),
        "name": "heart",
        "about": "",
        "speed": None,
        "afterwards": "",
        "tag_name": "A. Kim",
        "board": "virtual",
        "motions": [],
        "gases": {},
        "battery": [],
        "expectations": [],
        "duration_s": 80.0,
        "happenings": [Happening(70.0, "downlink", {"message": "shift end"})],  # which is told at once
        "settings": {"fatigue": 1},
    }
    runner = Runner(Scenario(**story))
    chip = solder(runner.tag.board)
    skin = Skin(bpm=64, seed=4, worn=worn != "off the skin")
    runner.world.light_source = skin.light
    if worn == "dead":
        chip.faults.set("nak")
    runner.run()
    told = [record.fields for record in runner.records if record.kind == events.FATIGUE][-1]
    faults = [record.fields["source"] for record in runner.records if record.kind == events.FAULT]
    assert faults == ([events.FAULT_HEART] if worn == "dead" else [])
    alarms = [record.fields["alarm"] for record in runner.records if record.kind == events.ALARM]
    assert events.ALARM_FAULT not in alarms
    if worn == "on the skin":
        assert told["heart_bpm"] == pytest.approx(skin.rate_bpm(10, 25), abs=2) and told["heart_quality"] > 70
        assert f"heart {told['heart_bpm']} bpm" in words.readable(events.FATIGUE, told)
    else:
        assert (told["heart_bpm"], told["heart_quality"]) == (0, 0)
        assert "heart" not in words.readable(events.FATIGUE, told)


def test_service_leaves_it_dark() -> None:
    with Life(fatigue=1) as life:
        chip = solder(life.board)
        life.board.world.light_source = Skin(bpm=72).light
        assert life.live_until(lambda: chip.led_ma > 0, 40)
        life.tag.type(b"\x03", life.bench.now_us)
        life.live(3)
        assert b"stopped for service" in life.printed and chip.led_ma == 0
