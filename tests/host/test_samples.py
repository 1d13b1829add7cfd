"""Samples kept with an event, on the host: put together again, named, and good enough to be replayed."""

import struct
from pathlib import Path

from davy import recordings, samples, words

from tag import events  # isort: skip


def record(part: int, event_ms: int = 5000, boot: int = 1) -> tuple[int, int, tuple[int, int, bytes]]:
    rows = [(part * 20 + i, -i, 1000) for i in range(20)]
    return events.SAMPLES, boot, (event_ms, part, b"".join(struct.pack("<hhh", *row) for row in rows))


def test_parts_in_any_order_and_of_several_events() -> None:
    other = [record(0, 9000), record(0, 5000, 2), (events.STILL, 1, (60,))]
    found = samples.gather([record(9), *other, record(0), record(0)])
    assert set(found) == {(1, 5000), (1, 9000), (2, 5000)}
    rows = found[1, 5000]
    assert len(rows) == 40
    assert rows[0] == (-2.0, 0, 0, 1000)
    assert rows[19] == (-1.62, 19, -19, 1000)
    assert rows[20] == (1.6, 180, 0, 1000)  # what lies between was not measured
    assert rows[-1] == (1.98, 199, -19, 1000)


def test_named_for_json_and_in_words() -> None:
    kind, _, values = record(3)
    named = words.named(kind, values)
    assert named["part"] == 3
    assert named["mg"][1] == [61, -1, 1000]
    assert words.word(kind, "mg", named) == "20 samples"
    assert words.readable(kind, named) == "part 4 of 10 of what surrounds the hit told at 5000 ms"
    # a part cut short is read as far as it goes
    assert words.named(kind, (1, 0, b"\x01\x00\x02\x00\x03\x00\x04"))["mg"] == [[1, 2, 3]]


def test_what_a_tag_says_of_hits() -> None:
    assert words.readable(events.DROP, {"peak_mg": 14800, "flight_ms": 640, "age_ms": 1000}) == (
        "the tag alone: 14.8 g after 640 ms of free fall"
    )
    impact = {"peak_mg": 7250, "duration_ms": 60, "hits": 1}
    assert words.readable(events.IMPACT, impact) == "7.2 g, above 2 g for 60 ms"
    assert words.readable(events.IMPACT, {**impact, "hits": 4}) == "7.2 g, above 2 g for 60 ms, hardest of 4"


def test_the_csv_is_a_recording(tmp_path: Path) -> None:
    file = tmp_path / "event.csv"
    file.write_text(samples.csv(samples.gather([record(part) for part in range(10)])[1, 5000]))
    recording = recordings.load(file)
    assert len(recording.t_s) == 200
    assert list(recording.mg[:3]) == [0, 0, 1000]
