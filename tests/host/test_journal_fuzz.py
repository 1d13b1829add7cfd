"""Journals and records made of arbitrary damage: reading and opening never raise, and never give out a number again."""

import random
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from codec.fields import FieldError
from davy import roots as roots
from journal.log import Journal
from tag import events
from tag.reporting import records
from tag.reporting.outbox import Outbox, unresolved
from tag.reporting.recall import Recall


def event(chance: random.Random) -> tuple[int | str, ...]:
    kind = chance.choice(list(events.SCHEMA))
    values = [{"s": "fault text", "x": b"bytes"}.get(t, chance.randrange(100)) for t in events.SCHEMA[kind][2]]
    return (kind, chance.randrange(1 << 30), *values)


def lived(folder: Path, chance: random.Random, n: int) -> dict[int, tuple[int | str, ...]]:
    """A journal with a history of a few boots; seq -> event of all that was flushed."""
    kept = {}
    while n > 0:
        journal = Journal(str(folder), segment_bytes=2048, max_segments=8)
        assert journal.open()
        outbox = Outbox(journal, str(folder / "outbox"), chance.getrandbits)
        outbox.uplink()
        outbox.open(0)
        for _ in range(chance.randrange(1, 120)):
            e = event(chance)
            kept[outbox.put(e, 0)] = e
            n -= 1
        outbox.close(0)
    return kept


def test_damaged_files_never_raise_and_never_repeat_a_number(tmp_path: Path):
    chance = random.Random(77)
    lost = 0
    for round_ in range(60):
        folder = tmp_path / str(round_)
        kept = lived(folder, chance, 300)
        for _ in range(chance.randrange(1, 6)):
            victim = chance.choice(sorted(folder.iterdir()))
            data = bytearray(victim.read_bytes())
            i = chance.randrange(len(data))
            match chance.randrange(5):
                case 0:
                    data[i] ^= 1 << chance.randrange(8)
                case 1:
                    del data[i:]
                case 2:
                    data[i : i + 64] = chance.randbytes(len(data[i : i + 64]))
                case 3:
                    data += chance.randbytes(100)
                case _:
                    data[i : i + 300] = b"\xff" * len(data[i : i + 300])
            victim.write_bytes(data)
        journal = Journal(str(folder), segment_bytes=2048, max_segments=8)
        assert journal.open()
        outbox = Outbox(journal, str(folder / "outbox"), chance.getrandbits)
        outbox.uplink()
        outbox.open(0)
        unresolved(journal)
        last = 0
        found = 0
        for seq, record in journal.read():
            assert seq > last
            last = seq
            found += 1
            kind, _, _, t_ms, values = records.decode(record)
            assert (kind, t_ms, *(values or ())) == kept[seq]
        lost += len([seq for seq in kept if seq >= journal.firsts[0]]) - found
        seq = outbox.put((events.STILL, 0, 1), 0)
        assert seq > last
        outbox.close(0)
        assert list(journal.read(seq))[-1][0] == seq
    assert lost > 0


@given(st.binary(max_size=200))
@settings(max_examples=500)
def test_any_bytes_are_a_record_or_a_named_error(data: bytes):
    try:
        kind, *_, values = records.decode(data)
        assert kind == data[0] and (values is not None) == (kind in events.SCHEMA)
    except FieldError:
        assert len(data) < 11 or data[0] in events.SCHEMA


@given(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 255), st.integers(0, 255), st.integers(-32768, 32767))))
def test_alarms_packed_and_unpacked_are_the_same(rows: list[tuple[int, int, int, int]]):
    one = Recall()
    for row in rows:
        one.note(*row)
    two = Recall()
    two.unpack(one.packed())
    assert one.unresolved() == two.unresolved()
