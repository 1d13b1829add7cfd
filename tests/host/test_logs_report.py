"""The report of a shift: the facts that a shift doctor asks first are right, and nothing breaks out of the page."""

import itertools
import re
import struct
import time
from html.parser import HTMLParser
from pathlib import Path
from zoneinfo import ZoneInfo

import logs_made
import pytest
from cli_here import davy, said_in_one_line
from logs_made import record

from davy.logs import chain, export, plot, report, shift

START_MS = (logs_made.EPOCH_S + 946_684_800 + 6 * 3600) * 1000
VOID = {"meta", "br", "path", "rect", "circle"}


def checked(records: object = None) -> chain.Checked:
    return chain.check(logs_made.journal(records or logs_made.shift()), [logs_made.KEY])  # pyright: ignore[reportArgumentType]


def hours(at_ms: int) -> float:
    return (at_ms - START_MS) / 3_600_000


@pytest.fixture(scope="module")
def facts() -> shift.Facts:
    return shift.gather(export.table(checked()))


def test_alarms_with_what_became_of_them(facts: shift.Facts) -> None:
    told = [(one.name, one.cause, hours(one.start_ms), hours(one.end_ms or 0), one.peak) for one in facts.alarms]
    assert told == [
        ("gas high", "ch4", 2.7, 3.3, 1.2),
        ("man down", "fall", 4.5 + 10 / 3_600_000, 4.5 + 700 / 3600, None),
    ]
    assert [state for _, state in facts.alarms[1].states] == ["countdown", "on", "help knows", "off"]


def test_when_nobody_watched(facts: shift.Facts) -> None:
    assert [(round(hours(gap.start_ms), 3), round(hours(gap.end_ms), 3), gap.why) for gap in facts.gaps] == [
        (6.5, 6.833, "start: power on")
    ]
    [(start_ms, end_ms, quality)] = facts.gases["co"].blind
    assert (round(hours(start_ms), 2), round(hours(end_ms), 2), quality) == (5.0, 5.6, "failed")
    [fault] = facts.faults
    assert (fault.name, fault.cause, hours(fault.start_ms), hours(fault.end_ms or 0)) == ("gas", "failed", 5, 5.6)


def test_exposure_and_calibration(facts: shift.Facts) -> None:
    [one] = facts.shifts
    assert (one.gas, one.minutes, one.missing, one.closed) == ("ch4", 480, 21, True)
    assert (one.peak, one.stel_max, one.twa_shift) == (1.42, 1.31, 0.48)
    [(at_ms, values)] = facts.calibrations
    assert (hours(at_ms), values["act"], values["result"], values["text"]) == (1 / 60, "bump", "passed", "lot 7, Vera")


def test_a_part_of_the_time(facts: shift.Facts) -> None:
    part = shift.gather(export.table(checked()), START_MS + 4 * 3_600_000, START_MS + 5 * 3_600_000)
    assert [one.name for one in part.alarms] == ["man down"] and round(part.hours, 2) == 1
    assert part.rows < facts.rows


def test_two_shifts_of_a_gas_are_told_apart() -> None:
    rows = [record(18, 0, b"\x00\x00\x00\x40\x00\x00\x02")]
    for t_s, minutes, closed in ((600, 10, 0), (1200, 20, 0), (1800, 5, 0), (2400, 15, 1)):
        body = minutes.to_bytes(2, "little") + bytes(2) + b"\x01\x00" * 4 + bytes([closed])
        rows.append(record(16, t_s * 1000, b"\x02" + body))
    found = shift.gather(export.table(checked([(1, row) for row in rows])))
    assert [(one.minutes, one.closed) for one in found.shifts] == [(20, False), (15, True)]


def test_what_the_shifts_asked_of_the_body_is_told_where_the_tag_watches_it() -> None:
    rows = [record(18, 0, b"\x00\x00\x00\x40\x00\x00\x02")]
    for t_s, minutes, steps, closed in ((600, 60, 100, 0), (1200, 120, 250, 1), (1800, 30, 70, 0)):
        work = struct.pack("<HHIHHIHHHHHBH", minutes, 0, steps, 20, 30, 9, 4, 50, 6, 70, 387, closed, 25)
        rows.append(record(25, t_s * 1000, work))
    for t_s, level in ((700, 2), (1300, 1)):
        rows.append(
            record(
                24,
                t_s * 1000,
                struct.pack("<BBbBbbbBHBbBBB", 1, level, 44, 80, 44, -1, -1, 1, 0, 0, 15, 1, 60 + level, 90),
            )
        )
    made = checked([(1, row) for row in rows])
    facts = shift.gather(export.table(made))
    assert [(v["step_count"], v["closed"]) for _, v in facts.worked] == [(250, True), (70, False)]
    page = report.Page(facts, made, {}).html()
    sound(page)
    card = page[page.index("What did the shift ask of the body?") :].split("</section>")[0]
    assert "watch at most" in card and "4 of 50 min" in card and "0.39 m/s²" in card and "<td>250</td>" in card
    assert "Heart rate in calm: 61 to 62 bpm, known in 2 of 2 records" in card
    assert "<td>25 min</td>" in card and "Nods of the head in an hour: 1 at most" in card
    assert "ask of the body" not in report.Page(shift.gather(export.table(checked())), checked(), {}).html()


@pytest.mark.parametrize(
    ("level", "a8_mms2", "measured_s", "css"),
    [
        (1, 387, 70, "good"),
        (2, 387, 70, "warn"),
        (0, 387, 70, "warn"),
        (3, 0, 0, "bad"),
        (1, 500, 70, "warn"),
        (1, 900, 0, "good"),
    ],
)
def test_a_hard_shift_does_not_look_well(level: int, a8_mms2: int, measured_s: int, css: str) -> None:
    work = struct.pack("<HHIHHIHHHHHBH", 60, 0, 9, 20, 30, 9, 4, 50, 6, measured_s, a8_mms2, 0, 25)
    tired = struct.pack("<BBbBbbbBHBbBBB", 1, level, 44, 80, 44, -1, -1, 1, 0, 0, 15, 1, 60, 90)
    rows = [record(18, 0, b"\x00\x00\x00\x40\x00\x00\x02"), record(25, 600_000, work), record(24, 700_000, tired)]
    made = checked([(1, row) for row in rows])
    page = report.Page(shift.gather(export.table(made)), made, {}).html()
    assert f"<section class='card {css}'><h2>What did the shift ask of the body?" in page


class Balanced(HTMLParser):
    """Every element is closed where it was opened; no script, nothing from elsewhere."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.seen: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.add(tag)
        for name, value in attrs:
            assert not name.startswith("on") and not (name in ("src", "href") and not (value or "").startswith("#"))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag not in VOID:
            assert self.open.pop() == tag


def sound(text: str) -> Balanced:
    parser = Balanced()
    parser.feed(text)
    assert parser.open == [] and "script" not in parser.seen
    assert not re.search(r"https?://|@import|url\(", text)
    return parser


def test_the_page_is_whole_and_says_it_first() -> None:
    text = report.page(checked(), {"name": "miner 7", "tag_id": "da771"}, ZoneInfo("Europe/Minsk"))
    assert "svg" in sound(text).seen
    titles = re.findall(r"<h2>(.*?)</h2>", text)
    assert titles[:5] == [
        "May it be believed?",
        "Did anybody need help?",
        "What was breathed?",
        "When did nobody watch?",
        "Are the sensors good?",
    ]
    assert "2027-01-01 13:30:00" in text  # the fall, in Minsk
    assert "<td>man down</td><td>fall</td><td>11 min 40 s</td><td>1 min 30 s</td>" in text


def test_an_altered_journal_says_so_on_top() -> None:
    made = logs_made.journal(logs_made.shift())
    data = bytearray(made[1])
    data[500] ^= 1
    found = chain.check({**made, 1: bytes(data)}, [logs_made.KEY])
    text = report.page(found, {}, ZoneInfo("UTC"))
    sound(text)
    assert text.index("card altered") < text.index("Did anybody need help") and "NOT as the tag wrote it" in text


def test_hostile_text_stays_text() -> None:
    evil = b"</td></table><script>alert(1)</script><img src=x onerror=alert(1)>"
    rows = [record(18, 0, b"\x00\x00\x00\x40\x00\x00\x02"), record(10, 1000, b"\x01" + evil)]
    rows.append(record(17, 2000, bytes([1, 3, 1]) + bytes(13) + evil))
    text = report.page(checked([(1, row) for row in rows]), {"name": "<b>&", "notes": [evil.decode()]}, ZoneInfo("UTC"))
    sound(text)
    assert "&lt;script&gt;" in text


def test_nothing_and_next_to_nothing() -> None:
    for records in ([], [(1, record(2, 5, bytes(11)))], [(1, record(18, 5, b"\x00\x00\x00\x40\x00\x00\x02"))]):
        found = checked(records) if records else chain.check({1: b""}, [])
        sound(report.page(found, {}, ZoneInfo("UTC")))


def test_a_peak_is_not_lost_however_many_points() -> None:
    axis = plot.Axis(0, 100_000_000, lambda ms, form: "")
    points = [(t, 5.0 if t == 50_000_000 else 1.0) for t in range(0, 100_000_000, 10_000)]
    [piece] = plot.columns(points, axis, 300_000)
    assert max(high for _, _, high in piece) == 5.0 and len(piece) <= plot.COLUMNS + 1
    apart = [(t, 1.0) for t in (*range(0, 10_000_000, 100_000), *range(60_000_000, 70_000_000, 100_000))]
    assert len(plot.columns(apart, axis, 300_000)) == 2


@pytest.mark.parametrize(("low", "high"), [(0, 1.42), (0, 0), (3.7, 4.2), (-20, 350), (0, 0.001), (0, 41_000)])
def test_marks_of_an_axis_hold_its_range(low: float, high: float) -> None:
    marks = plot.scale(low, high)
    assert marks[0] <= low <= high <= marks[-1] and marks[0] < marks[-1] and 2 <= len(marks) <= 7
    step = marks[1] - marks[0]
    assert f"{step:.0e}"[0] in "125" and all(abs(b - a - step) < 1e-9 for a, b in itertools.pairwise(marks))


def test_the_command(tmp_path: Path) -> None:
    logs_made.write(tmp_path / "pulled", logs_made.journal(logs_made.shift()))
    (tmp_path / "tag.toml").write_text(f'name = "miner 7"\nkey = "{logs_made.KEY.hex()}"\n')
    words = (
        "logs",
        "report",
        str(tmp_path / "pulled"),
        "--tag",
        str(tmp_path / "tag.toml"),
        "-o",
        str(tmp_path / "r.html"),
    )
    done = davy(*words, "--from", "2027-01-01T13:00", "--to", "2027-01-01T14:00", "--zone", "Europe/Minsk")
    assert done.returncode == 0 and "whole" in done.stdout, done
    text = (tmp_path / "r.html").read_text(encoding="utf-8")
    assert "man down" in text and "gas high" not in text
    for more, why in (
        (("--zone", "Mine/7"), "no time zone"),
        (("--from", "noon"), "is no time"),
        (("--zone", ""), "no time zone"),
    ):
        done = davy(*words, *more)
        assert said_in_one_line(done) and why in done.stderr


def test_it_takes_seconds_for_a_month() -> None:
    made = logs_made.journal(logs_made.working(60_000))
    start_s = time.process_time()
    text = report.page(chain.check(made, [logs_made.KEY]), {}, ZoneInfo("UTC"))
    assert len(text) < 1_000_000 and time.process_time() - start_s < 10
