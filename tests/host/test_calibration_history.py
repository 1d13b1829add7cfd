"""What the host makes of a tag's calibrations: the trend against NumPy, broken files, ports that are none."""

import datetime
import json
import os
import random
import threading
from dataclasses import replace
from pathlib import Path

import numpy
import pytest
from cli_here import davy, said_in_one_line

from davy import calibration, tagport
from davy.calibration_history import EPOCH, read_store, trend
from tag import calibration_store, events

START = datetime.datetime(2026, 1, 1, tzinfo=datetime.UTC)
DAY = datetime.timedelta(days=1)


def test_the_trend_is_that_of_numpy() -> None:
    dice = random.Random(4)
    ends = 0
    for _ in range(200):
        n = dice.randrange(3, 13)
        days = sorted(dice.uniform(0, 900) for _ in range(n))
        slope, first = dice.uniform(-0.0005, 0.003), dice.uniform(0.8, 1.3)
        gains = [first + slope * day + dice.gauss(0, 0.02) for day in days]
        found = trend([(START + day * DAY, gain) for day, gain in zip(days, gains, strict=True)])
        line = numpy.polyfit(days, gains, 1)
        assert found.per_year == pytest.approx(line[0] * 365.25, rel=1e-6, abs=1e-7)
        meets_day = (2.0 - line[1]) / line[0]
        if line[0] > 0 and meets_day < days[-1] + 3649:
            ends += 1
            assert found.end is not None
            assert abs((found.end - START) / DAY - meets_day) < 0.01
            assert found.text == f"{found.end:%Y-%m-%d}"
        elif line[0] <= 0 or meets_day > days[-1] + 3651:
            assert found.end is None
    assert ends > 50


def test_a_trend_needs_three_dated_spans() -> None:
    dated = [(START + 100 * i * DAY, 1.0 + 0.1 * i) for i in range(3)]
    assert trend(dated).end is not None
    assert trend(dated[:2]).text.startswith("unknown")
    assert trend([]).text.startswith("unknown")
    assert trend([*dated[:2], (EPOCH + DAY, 1.3)]).text.startswith("unknown")  # a tag that did not know the date
    assert trend([dated[0]] * 5).text.startswith("unknown")
    assert trend([(moment, 2.0 - gain) for moment, gain in dated]).text.startswith("none in sight")
    assert trend([(moment, 1.0 + gain / 1e4) for moment, gain in dated]).text == "not within 10 years"
    assert trend([(moment, 1.0) for moment, _ in dated]).end is None


def store(*gains: int, gas: int = events.CO) -> bytes:
    data = b""
    for i, gain in enumerate(gains):
        now_s = calibration.epoch_s(START + 180 * i * DAY)
        data = calibration_store.noted(data, calibration.acts.SPAN, calibration.acts.PASSED, gas, 3, gain, now_s)
    return data


def test_a_store_is_shown(tmp_path: Path) -> None:
    data = store(4096, 4505, 4915)  # 0.1 more every half a year: gain 2 in four and a half years
    data = calibration_store.noted(data, 3, 2, events.CO, 3, 4915, calibration.epoch_s(START))
    file = tmp_path / "calibration.b"
    file.write_bytes(data)
    (told,) = json.loads(davy("calibrate", "history", "--file", str(file), "--json").stdout)
    assert (told["gas"], told["zero"], told["failed"]) == ("co", 0.3, ["bump"])
    assert told["last"] == {"act": "bump", "outcome": "failed"}
    assert told["end_of_life"] == f"{START + 1800 * DAY:%Y-%m-%d}"
    assert told["gain_per_year"] == pytest.approx(0.2029, abs=0.001)
    shown = davy("calibrate", "history", "--file", str(file)).stdout
    assert "2030-12-06" in shown and "83 %" in shown


def test_files_that_are_none(tmp_path: Path) -> None:
    good, bad = tmp_path / "calibration.a", tmp_path / "calibration.b"
    assert "there is no calibration.a" in davy("calibrate", "history", "--file", str(tmp_path)).stderr
    assert said_in_one_line(davy("calibrate", "history", "--file", str(tmp_path / "none")))
    bad.write_bytes(b"\xff" * 50)
    done = davy("calibrate", "history", "--file", str(tmp_path))
    assert done.returncode == 1 and "no calibration: not used" in done.stderr and "factory values" in done.stderr
    good.write_bytes(store(4096))
    done = davy("calibrate", "history", "--file", str(tmp_path))
    assert done.returncode == 0 and "calibration.b" in done.stderr and "co" in done.stdout
    assert said_in_one_line(davy("calibrate", "history"))
    assert said_in_one_line(davy("calibrate", "history", "--port", "x", "--file", str(good)))


ANY = calibration.Gas(events.CH4, 30, 500, 0, 4096, 0)


@pytest.mark.parametrize(
    ("act", "gas", "counts", "said"),
    [
        (1, events.CH4, 100, "1.00 %vol is no use for a zero of ch4: a zero needs air without the gas; say 0"),
        (1, events.CO2, 100, "say 0 or 0.040 %vol"),
        (1, events.O2, 2090, "a zero needs air without the gas; say 0"),
        (2, events.CH4, 99, "too near to clean air; take gas with 1.00 %vol or more"),
        (2, events.CH4, 501, "5.01 %vol is beyond the range of the sensor, 5.00 %vol"),
        (2, events.CH4, 40000, "no concentration"),
        (2, events.O2, 2000, "take gas with 2.00 %vol less than air, 20.90 %vol, or fresh air"),
        (3, events.O2, 2090, "take gas with 2.00 %vol less than air, 20.90 %vol"),
        (3, events.CO, 100, "take gas with 20.0 ppm or more"),
        (3, events.CO2, 100, "take gas with 0.240 %vol or more"),
    ],
)
def test_a_gas_of_no_use_is_said_with_one_that_is(act: int, gas: int, counts: int, said: str) -> None:
    assert said in calibration.refusal(act, replace(ANY, gas=gas), counts)
    assert calibration.refusal(act, replace(ANY, gas=gas), counts).count(";") <= 1


def test_what_is_useful_is_not_refused() -> None:
    for act, gas, counts in ((1, 1, 0), (2, 1, 100), (2, 1, 500), (3, events.O2, 1890), (2, events.O2, 2090)):
        assert calibration.refusal(act, replace(ANY, gas=gas, full=0 if gas != 1 else 500), counts) == ""


def test_amounts_become_counts() -> None:
    assert [calibration.counts(events.CH4, 2.5), calibration.counts(events.CH4, 25000, ppm=True)] == [250, 250]
    assert [calibration.counts(events.CO, 100), calibration.counts(events.CO, 100, ppm=True)] == [1000, 1000]
    assert [calibration.counts(events.CO2, 0.5), calibration.counts(events.SO2, 5.25)] == [500, 525]


def test_the_newest_file_counts() -> None:
    old, new = store(4096), store(4096, 4200)
    found, problems = read_store({"calibration.a": new, "calibration.b": old})
    assert (found[0].gain_q12, problems) == (4200, [])
    found, problems = read_store({"calibration.a": new[:-1], "calibration.b": old})
    assert (found[0].gain_q12, len(problems)) == (4096, 1)
    assert read_store({}) == ([], [])


@pytest.mark.parametrize("port", ["/dev/nonesuch", "/", "/dev/null", ""])
def test_a_port_that_is_none(port: str) -> None:
    for words in (["zero", "--who", "A", "--yes"], ["history"]):
        done = davy("calibrate", *words, "--port", port)
        assert said_in_one_line(done), done


@pytest.mark.parametrize("noise", [b"", b"garbage\r\n", b"\x00\xff" * 40, b"raw REPL; CTRL-B to exit\r\n>"])
def test_something_that_is_no_tag(monkeypatch: pytest.MonkeyPatch, noise: bytes) -> None:
    monkeypatch.setattr(tagport, "TRIES", 1)
    monkeypatch.setattr(tagport, "ENTER_S", 1)
    monkeypatch.setattr(tagport, "READ_S", 0.2)
    outside, inside = os.openpty()
    end = threading.Event()

    def babble() -> None:
        while not end.wait(0.02):
            if noise:
                os.write(outside, noise)

    thread = threading.Thread(target=babble)
    thread.start()
    try:
        done = davy("calibrate", "zero", "--who", "A", "--yes", "--port", os.ttyname(inside))
    finally:
        end.set()
        thread.join()
        os.close(outside)
        os.close(inside)
    assert said_in_one_line(done), done


def test_lines_are_found_among_noise_and_silence_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    heard: list[tagport.Line] = []
    lines = tagport._Lines("port", heard.append, 60.0)
    for byte in b'davy 5 boot (1,)\r\n{"a": 1}\r\n{"broken\n[1]\n\xff\xfe\n' + b"[" * 3000 + b'\n{"b": {}}\n':
        lines.take(bytes((byte,)))
    assert heard == lines.found == [{"a": 1}, {"b": {}}]
    monkeypatch.setattr(tagport, "SILENT_S", -1.0)
    with pytest.raises(calibration.DavyError, match="says nothing that davy understands"):
        lines.take(b"x")
