"""`davy calibrate` against a whole virtual tag over its serial port: what a person does, and what can go wrong meanwhile."""

import io
import json
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from calibration_rig import SPEED, Rig
from cli_here import Done, davy

from davy import calibration, tagport
from davy.cli import calibrate
from davy.vtag import flashimage
from davy.vtag.flash import BLOCK
from journal.log import Journal
from tag import calibration_store, events, settings
from tag.calibrations import due
from tag.gas.calibration import CLEAN, GAS, RISE, SETTLE
from tag.reporting.records import decode

WHO = ("--lot", "A1", "--who", "Ada", "--yes")
Hook = Callable[[calibration.Progress], None]


@pytest.fixture
def hook(monkeypatch: pytest.MonkeyPatch) -> Callable[[Hook], None]:
    """Call something with every line of progress that the wizard shows."""
    show = calibrate._Live.show

    def set_hook(act: Hook) -> None:
        def both(live: calibrate._Live, progress: calibration.Progress) -> None:
            show(live, progress)
            act(progress)

        monkeypatch.setattr(calibrate._Live, "show", both)

    return set_hook


def once(state: int, action: Callable[[], None]) -> Hook:
    """Do it when the act first shows that state."""
    seen: list[int] = []

    def act(progress: calibration.Progress) -> None:
        if progress.state == state and not seen:
            seen.append(1)
            action()

    return act


def walk(rig: Rig, act: str, *words: str) -> Done:
    return davy("calibrate", act, "--port", rig.port, *WHO, *words)


def files(rig: Rig) -> dict[str, bytes]:
    return flashimage.read(bytes(rig.board.flash.data))


def stored(rig: Rig) -> dict[str, bytes]:
    return {name: data for name, data in files(rig).items() if name in calibration_store.FILES}


def row(rig: Rig) -> tuple[Any, ...]:
    """The store's row of methane, with all that is wrong with the store raised."""
    whole = [data for data in stored(rig).values() if data]  # empty: cut when it was first made
    assert [calibration_store.problem_with(data) for data in whole] == [""] * len(whole)
    return calibration_store.row_of(max(whole, key=calibration_store.generation, default=b""), events.CH4)


def records(rig: Rig, folder: Path) -> list[tuple[Any, ...]]:
    """Every CALIBRATION record in the tag's journal."""
    for path, data in files(rig).items():
        if path.startswith("records/"):
            folder.mkdir(exist_ok=True)
            (folder / path.removeprefix("records/")).write_bytes(data)
    journal = Journal(str(folder))
    journal.open()
    found = [decode(data) for _, data in journal.read(1)]
    return [values for kind, _, _, _, values in found if kind == events.CALIBRATION]


@pytest.fixture(scope="module")
def whole_rig() -> Iterator[Rig]:
    with Rig() as rig:
        yield rig


@pytest.fixture
def rig(whole_rig: Rig) -> Iterator[Rig]:
    """One tag for all that must not change its constants; in clean air and without faults."""
    whole_rig.air(0.0)
    yield whole_rig
    whole_rig.board.chips["winsen-ndir"].faults.clear()
    assert row(whole_rig)[4:] == (0, 4096, 0, 0, 0)


def test_zero_and_span_mend_a_drifted_sensor(hook: Callable[[Hook], None], tmp_path: Path) -> None:
    """The module reads 0.15 %vol too much, and only 0.8 of the gas."""
    with Rig() as rig:
        rig.board.chips["winsen-ndir"].faults.set("drift", 0.15)
        done = walk(rig, "zero", "--temp", "21")
        assert done.returncode == 0, done.stderr
        assert done.stdout == "ch4 zero passed: clean air read 0.15 %vol; zero was 0.00 %vol, is 0.15 %vol; in force\n"
        hook(once(GAS, lambda: rig.gas(0.8 * 2.5)))
        done = walk(rig, "span", "--conc", "2.5", "--json")
        assert done.returncode == 0, done.stderr
        told = json.loads(done.stdout)
        assert (told["act"], told["gas"], told["outcome"], told["applied"]) == ("span", "ch4", "passed", 2.5)
        assert told["response"] == pytest.approx(2.0, abs=0.02) and told["gain"] == pytest.approx(1.25, abs=0.013)
        # What the tag makes of it from now on: the true gas.
        rig.air(0.0)
        hook(once(GAS, lambda: rig.gas(0.8 * 2.5)))
        done = walk(rig, "bump", "--ppm", "25000", "--percent", "98")
        assert done.returncode == 0, done.stdout + done.stderr
        assert done.stdout.startswith("ch4 bump passed: 2.50 %vol read 2.4")
        assert rig.back_on_duty()
        rig.stop()
        assert row(rig)[:5] == (events.CH4, 0, 3, 1, 15)
        kept = records(rig, tmp_path / "records")
        assert [(one[0], one[1], one[2], one[3], one[5]) for one in kept] == [
            (1, 1, 1, 0, 15),
            (1, 2, 1, 250, 15),
            (1, 3, 1, 250, 15),
        ]
        assert [one[8] for one in kept] == [21, -128, -128]
        assert {one[9] for one in kept} == {"lot A1, Ada"}
        assert all(one[7] > 789_004_800 for one in kept)


def test_the_running_tag_then_reads_right(hook: Callable[[Hook], None]) -> None:
    with Rig() as rig:
        rig.board.chips["winsen-ndir"].faults.set("drift", 0.15)
        assert walk(rig, "zero").returncode == 0
        hook(once(GAS, lambda: rig.gas(0.8 * 2.5)))
        assert walk(rig, "span", "--conc", "2.5").returncode == 0
        rig.stop()
        rig.printed.clear()
        rig.air(0.8 * 0.35)
        rig.bench.pace(None)
        rig.bench.run_for(60_000_000)
        said = [line.split("(")[1] for line in rig.printed.decode().splitlines() if " reading (" in line]
        last = [int(number) for number in said[-1].rstrip(")").split(",")]
        assert last[0] == events.CH4 and abs(last[2] - 35) <= 1


def test_a_weak_sensor_fails_its_bump_test(hook: Callable[[Hook], None], tmp_path: Path) -> None:
    with Rig() as rig:
        hook(once(GAS, lambda: rig.gas(0.4 * 2.5)))
        done = walk(rig, "bump", "--conc", "2.5")
        assert done.returncode == 2
        assert done.stdout.startswith("ch4 bump failed: 2.50 %vol read 1.00 %vol in the time allowed")
        rig.stop()
        found = row(rig)
        assert found[1:6] == (1 << 3, 3, 2, 0, 4096) and found[6:] == (0, 0, 0)
        assert due(found, 900_000_000, {**settings.DEFAULTS, "calibration_days": 0, "bump_days": 0}) == 1
        assert [one[2] for one in records(rig, tmp_path / "records")] == [2]


def test_gas_that_never_comes(rig: Rig) -> None:
    done = walk(rig, "bump", "--conc", "2.5")
    assert done.returncode == 2
    assert done.stdout.startswith("ch4 bump timed out: waited in vain at 0.00 %vol")
    assert "open the gas now" in done.stderr


def test_a_sensor_that_shows_gas_before_it_comes_is_not_believed(rig: Rig) -> None:
    rig.board.chips["winsen-ndir"].faults.set("drift", 2.5)
    done = walk(rig, "bump", "--conc", "2.5")
    assert done.returncode == 2
    assert done.stdout.startswith("ch4 bump timed out: waited in vain at 2.50 %vol; first clean air")


def test_gas_that_does_not_stand_still(rig: Rig, hook: Callable[[Hook], None]) -> None:
    def swinging() -> None:
        rig.world.gas_source = lambda name, t_us: 2.5 + 0.3 * (t_us // 10_000_000 % 2)

    def act(progress: calibration.Progress) -> None:
        gas(progress)
        settle(progress)

    gas, settle = once(GAS, swinging), once(SETTLE, lambda: rig.hurry(200.0))
    hook(act)
    done = walk(rig, "span", "--conc", "2.5")
    rig.hurry(SPEED)
    assert done.returncode == 2
    assert done.stdout.startswith("ch4 span unstable: the reading did not stand still")


@pytest.mark.parametrize("fault", ["garbage", "over_range"])
def test_a_sensor_that_fails_in_the_middle(rig: Rig, hook: Callable[[Hook], None], fault: str) -> None:
    rig.gas(0.0)

    def broken() -> None:
        rig.board.chips["winsen-ndir"].faults.set(fault)

    def act(progress: calibration.Progress) -> None:
        gas(progress)
        settle(progress)

    gas, settle = once(GAS, lambda: rig.gas(2.5)), once(SETTLE, broken)
    hook(act)
    done = walk(rig, "span", "--conc", "2.5")
    assert done.returncode == 2
    assert done.stdout.startswith("ch4 span failed: the sensor said '")


@pytest.mark.parametrize("state", [CLEAN, RISE])
def test_ctrl_c_changes_nothing(hook: Callable[[Hook], None], state: int) -> None:
    with Rig() as rig:
        rig.air(0.5 if state == CLEAN else 0.0)

        def cancel() -> None:
            raise KeyboardInterrupt

        def act(progress: calibration.Progress) -> None:
            if progress.state == GAS and state == RISE:
                gas(progress)
            stop(progress)

        gas, stop = once(GAS, lambda: rig.gas(1.0, t90_s=30)), once(state, cancel)
        hook(act)
        done = walk(rig, "bump", "--conc", "2.5")
        assert (done.returncode, done.stdout) == (130, "")
        said = "davy: cancelled: nothing was changed, and the tag is back on duty"
        assert done.stderr.splitlines()[-1] == said and b'"outcome": 5' in rig.printed
        assert rig.back_on_duty()
        rig.stop()
        assert not stored(rig)


def test_a_cable_that_is_pulled_changes_nothing(hook: Callable[[Hook], None]) -> None:
    with Rig() as rig:
        rig.world.gas_source = lambda name, t_us: 0.0
        hook(once(GAS, rig.unplug))
        done = walk(rig, "bump", "--conc", "2.5")
        assert (done.returncode, done.stdout) == (1, "")
        assert "the connection is lost: put the cable in again" in done.stderr.splitlines()[-1]
        assert not stored(rig)


def test_a_tag_whose_person_has_gone_is_back_on_duty_by_itself() -> None:
    with Rig() as rig:
        tag = calibration.Session(rig.port)
        tag.run(calibration.acts.ZERO, events.CH4, 0)
        boots = rig.tag.boots
        rig.stop()
        rig.bench.pace(None)
        rig.bench.run_for(61_000_000)  # nobody says keep
        assert rig.tag.boots == boots + 1
        assert not stored(rig)


def test_a_power_cut_while_keeping_leaves_a_tag_that_starts(monkeypatch: pytest.MonkeyPatch) -> None:
    for cut in (0, 4):
        with Rig() as rig:
            with calibration.Session(rig.port) as tag, monkeypatch.context() as patch:
                tag.run(calibration.acts.ZERO, events.CH4, 0)
                rig.board.flash.cut_at = cut
                patch.setattr(tagport, "SILENT_S", 3.0)  # not earlier: a busy computer takes longer to load the service
                try:
                    tag.keep(None, "cut")
                except calibration.DavyError as error:
                    assert "while the result was stored: see davy calibrate history" in error.message
            rig.stop()
            rig.board.flash.cut_at = None
            rig.tag.power_cut(rig.bench.now_us)
            rig.printed.clear()
            rig.tag.power_on(rig.bench.now_us)
            rig.bench.pace(None)
            rig.bench.run_for(3_000_000)
            assert b" boot (" in rig.printed
            assert row(rig)[:6] in ((events.CH4, 0, 0, 0, 0, 4096), (events.CH4, 0, 1, 1, 0, 4096))


def test_the_clock_is_set_and_outlives_a_power_cut() -> None:
    with Rig() as rig:
        assert rig.board.epoch_at_us[0] == 0
        assert walk(rig, "zero").returncode == 0
        rig.stop()
        set_s = rig.board.epoch_at_us[0]
        assert set_s > 789_004_800
        assert set_s <= row(rig)[6] < set_s + 600
        kept = max(int.from_bytes(files(rig)[name][:4], "little") for name in ("clock.a", "clock.b"))
        assert kept == row(rig)[6]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["span", "--gas", "co", "--conc", "100", *WHO], "this tag has no sensor for 'co': it has ch4"),
        (["bump", "--ppm", "60000", *WHO], "6.00 %vol is beyond the range of the sensor, 5.00 %vol"),
        (["span", "--conc", "nan", *WHO], "nan is no concentration"),
        (["bump", "--conc", "0.5", *WHO], "too near to clean air; take gas with 1.00 %vol or more"),
        (["span", "--conc", "2.5", "--who", "Ada", "--yes"], "--lot is missing"),
        (["span", "--conc", "2.5", "--lot", "x" * 130, "--who", "Ada", "--yes"], "more than the 120 bytes of a record"),
    ],
    ids=lambda value: " ".join(value)[:40] if isinstance(value, list) else "",
)
def test_what_cannot_be_done_is_said_in_one_line(rig: Rig, words: list[str], said: str) -> None:
    before = stored(rig)
    done = davy("calibrate", *words, "--port", rig.port)
    assert (done.returncode, done.stdout) == (1, "")
    assert said in done.stderr and done.stderr.startswith("davy: ") and done.stderr.count("\n") == 1, done.stderr
    assert stored(rig) == before


def test_the_wizard_asks_what_is_missing(
    hook: Callable[[Hook], None], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    with Rig() as rig:
        hook(once(GAS, lambda: rig.gas(2.5)))
        monkeypatch.setattr(sys, "stdin", io.StringIO("2,5\nB7\nŁukasz\n\n"))
        done = davy("calibrate", "span", "--port", rig.port)
        assert done.returncode == 0, done.stderr
        assert (
            "Concentration of the ch4 in %vol" in done.stderr and "Put the cap of the ch4 2.50 %vol on" in done.stderr
        )
        order = [
            "does not watch over its wearer",
            "the sensor warms up",
            "open the gas now",
            "leave the gas on",
            "Close the gas",
        ]
        assert sorted(order, key=done.stderr.index) == order
        rig.stop()
        assert records(rig, tmp_path / "records")[-1][9] == "lot B7, Łukasz"


@pytest.mark.parametrize(
    ("service", "said"),
    [
        ("raise ImportError('no module')", "(deploy the firmware of this davy first)"),
        (
            "class Service:\n    def __getattr__(self, name):\n        return lambda *a: print('{\"a\": 1}')",
            "does not know",
        ),
        ("class Service:\n    def __getattr__(self, name):\n        return lambda *a: print('[]x')", "does not know"),
        ("class Service:\n    pass", "AttributeError"),
    ],
    ids=["none", "strange", "noise", "other"],
)
def test_firmware_of_another_version_is_said(service: str, said: str) -> None:
    rig = Rig()
    found = files(rig)
    found.pop("tag/service.mpy")
    found["tag/service.py"] = service.encode()
    rig.board.flash.load(flashimage.build(found, len(rig.board.flash.data) // BLOCK))
    with rig:
        done = walk(rig, "zero")
        assert (done.returncode, done.stdout) == (1, "")
        assert said in done.stderr and done.stderr.count("\n") == 1, done.stderr


def test_history_of_a_tag_and_of_its_files(hook: Callable[[Hook], None], tmp_path: Path) -> None:
    with Rig() as rig:
        hook(once(GAS, lambda: rig.gas(2.0)))
        assert walk(rig, "span", "--conc", "2.5").returncode == 0
        told = json.loads(davy("calibrate", "history", "--port", rig.port, "--json").stdout)
        assert told[0]["gas"] == "ch4" and told[0]["gain"] == pytest.approx(1.25, abs=0.02)
        assert told[0]["forecast"] == "unknown: it takes 3 spans with dates" and len(told[0]["spans"]) == 1
        shown = davy("calibrate", "history", "--port", rig.port).stdout
        assert "never" in shown and "80 %" in shown
        rig.stop()
        for name, data in files(rig).items():
            if name in calibration_store.FILES:
                (tmp_path / name).write_bytes(data)
    assert json.loads(davy("calibrate", "history", "--file", str(tmp_path), "--json").stdout) == told
