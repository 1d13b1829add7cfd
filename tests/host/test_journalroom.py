"""How long a board remembers: worked out anew, and lived through by the journal itself."""

import os
from pathlib import Path

import pytest

from davy import journalroom
from journal import capacity
from journal.log import Journal
from tag import events
from tag.reporting.records import encode


def test_days_of_the_usual_flash_sizes() -> None:
    # (MiB of flash, kB of a segment): (flash - 2 MiB - 384 kB) / 32 segments, in whole blocks of 4 kB
    for flash_mb, segment_kb in ((4, 52), (8, 180), (16, 436)):
        room = journalroom.of_flash(flash_mb)
        assert (room.segment_bytes, room.segments) == (segment_kb * 1024, 32)
        most = 31 * segment_kb * 1024
        # a reading is 15 bytes and 7 of its frame, six in a run 22 and 7; a day has 8640 and 1440 of them
        assert 0.95 * most / (22 * 8640) < room.reading_days < most / (22 * 8640)
        assert 0.95 * most / (29 * 1440) < room.run_days < most / (29 * 1440)
    assert [journalroom.of_flash(mb).promise for mb in (4, 8, 16)] == ["no", "as runs", "as runs"]


def test_gases_share_the_days() -> None:
    parts = [{"role": "buzzer"}, *({"role": "gas", "gas": gas} for gas in ("ch4", "co", "h2s"))]
    one, three = journalroom.of_flash(16), journalroom.of_board({"flash_mb": 16, "parts": parts})
    assert three.gases == 3 and three.segment_bytes == one.segment_bytes
    assert three.reading_days == pytest.approx(one.reading_days / 3)
    assert three.run_days == pytest.approx(one.run_days / 3)
    assert 109 < three.run_days < 111 and three.promise == "as runs"  # 330 days by docs/journal.md
    assert journalroom.of_flash(16, 4).promise == "no"
    assert journalroom.of_board({"flash_mb": 16, "parts": parts[:1]}) == one


def test_a_journal_holds_what_is_promised(tmp_path: Path) -> None:
    room = journalroom.of_flash(4)
    journal = Journal(str(tmp_path), room.segment_bytes, room.segments)
    assert journal.open()
    record = bytearray(32)
    n = encode((events.READING, 0, events.CH4, 0, 0), 0, 0, record)
    least = 0
    while journal.discarded < 5000:
        before = journal.next_seq - 1 - journal.discarded
        given_up = journal.discarded
        assert journal.append(record, n, 0)
        if journal.discarded > given_up:
            least = min(least, before) or before
    kept = room.records(n)
    assert kept <= least < 1.06 * kept
    assert sum(path.stat().st_size for path in tmp_path.glob("*.jnl")) <= room.segments * room.segment_bytes


@pytest.mark.parametrize("free", [0, 40, 300])
def test_the_partition_decides_unless_other_files_have_taken_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, free: int
) -> None:
    blocks = 512

    def statvfs(path: str) -> tuple[int, ...]:
        own = sum(-(-file.stat().st_size // 4096) for file in tmp_path.glob("*.jnl"))
        return (4096, 4096, blocks, max(free - own, 0), 0, 0, 0, 0, 0, 255)

    monkeypatch.setattr(os, "statvfs", statvfs)
    journal = Journal(str(tmp_path), reserve=262144)
    assert journal.open()
    room = max(262144, (blocks - free) * 4096 + 65536)
    assert (journal.segment_bytes, journal.max_segments) == capacity.plan(blocks * 4096, (blocks - free) * 4096)
    assert journal.max_segments == 2 or journal.segment_bytes * journal.max_segments <= blocks * 4096 - room
    again = Journal(str(tmp_path), reserve=262144)
    monkeypatch.setattr(os, "statvfs", None)  # a boot does not ask again
    assert again.open() and again.segment_bytes == journal.segment_bytes
