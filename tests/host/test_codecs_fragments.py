"""Records put together from fragments: any order, repetition, loss, tries at several data rates, bounds in time and number."""

import random

from davy.codecs.fragments import Assembler, Fragment, read_fragment
from tag.reporting import fragments


def record(seq: int = 66051, n: int = 136) -> bytes:
    """Bytes that look like a record of a kind that nobody knows."""
    return bytes([200]) + seq.to_bytes(4, "little") + random.Random(seq).randbytes(n - 5)


def parts(data: bytes, room: int) -> list[Fragment]:
    """What the tag sends of a record in payloads of `room` bytes."""
    found = []
    count = fragments.count(len(data), room)
    for index in range(count):
        buf = bytearray(250)
        end = fragments.put(data, 0, len(data), index, count, buf, 0)
        part, wrong = read_fragment(bytes(buf[:end]))
        assert part and not wrong
        found.append(part)
    return found


def test_any_order_with_repetitions():
    chance = random.Random(1)
    for seq in range(300):
        data = record(seq, chance.randrange(12, 241))
        sent = parts(data, chance.choice((20, 51, 53, 115, 242)))
        order = sent[:-1] * 2
        chance.shuffle(order)
        assembler = Assembler()
        assert [assembler.add("tag", part, 0.0) for part in order] == [None] * len(order)
        assert assembler.add("tag", sent[-1], 0.0) == data
        assert (assembler.waiting(), assembler.refused, assembler.given_up) == (0, 0, 0)


def test_a_lost_part_comes_with_a_later_try():
    sent = parts(record(), 51)
    assembler = Assembler()
    for part in (sent[0], sent[2], sent[0]):
        assert assembler.add("tag", part, 0.0) is None
    assert assembler.add("tag", sent[1], 3600.0) == record()


def test_tries_at_several_data_rates_never_mix():
    assembler = Assembler()
    slow, fast = parts(record(), 20), parts(record(), 115)
    assert len(slow) != len(fast)
    for part in (*slow[:-1], *fast[:-1]):
        assert assembler.add("tag", part, 0.0) is None
    assert assembler.add("tag", fast[-1], 0.0) == record()
    assert assembler.add("tag", slow[-1], 0.0) == record()


def test_tags_never_mix():
    assembler = Assembler()
    one, other = parts(record(n=130), 115), parts(record(n=150), 115)
    assert assembler.add("one", one[0], 0.0) is None and assembler.add("other", other[0], 0.0) is None
    assert assembler.add("other", other[1], 0.0) == record(n=150)
    assert assembler.add("one", one[1], 0.0) == record(n=130)


def test_parts_that_contradict_each_other_give_no_record():
    assembler = Assembler()
    first, last = parts(record(), 115)
    wrong = Fragment(first.seq, 0, 2, bytes(len(first.data)))
    for part in (wrong, first, wrong):
        assert assembler.add("tag", part, 0.0) is None
    assert assembler.refused == 2
    assert assembler.add("tag", last, 0.0) is None  # whole, and no record: its number is another
    assert assembler.refused == 3 and assembler.waiting() == 0
    assert assembler.add("tag", first, 0.0) is None and assembler.add("tag", last, 0.0) == record()


def test_parts_of_another_record_with_the_same_number_are_forgotten():
    new = parts(record(), 51)
    old = [Fragment(part.seq, part.index, part.count, bytes(byte ^ 1 for byte in part.data)) for part in new]
    assembler = Assembler()
    for part in (old[1], old[2], new[1], new[0]):  # the tag was emptied in between, and counts from the start again
        assert assembler.add("tag", part, 0.0) is None
    assert assembler.add("tag", new[2], 0.0) == record()


def test_what_is_cut_unevenly_or_is_no_record_is_refused():
    data = record()
    for pieces in (
        (data[:60], data[60:]),  # not the halves
        (data[:5], data[5:10]),  # shorter than a header
        (data + bytes(53), bytes(189)),  # longer than the journal takes
    ):
        assembler = Assembler()
        assert [assembler.add("tag", Fragment(515, i, 2, pieces[i]), 0.0) for i in (0, 1)] == [None, None]
        assert (assembler.waiting(), assembler.refused) == (0, 1)
    assembler = Assembler()
    assert assembler.add("tag", Fragment(516, 0, 1, data), 0.0) is None and assembler.refused == 1
    assert assembler.add("tag", Fragment(515, 0, 1, data), 0.0) == data


def test_what_waits_too_long_is_given_up():
    assembler = Assembler(idle_s=100.0)
    first, last = parts(record(), 115)
    assert assembler.add("tag", first, 0.0) is None
    assert assembler.add("tag", last, 100.1) is None
    assert assembler.given_up == 1 and assembler.waiting() == 1
    assert assembler.add("tag", first, 200.0) == record()  # each part heard begins the time anew


def test_bounded_in_records_of_a_tag_and_in_tags():
    assembler = Assembler(per_device=3, devices=2)
    for seq in range(5):
        assembler.add("tag", parts(record(seq), 115)[0], float(seq))
    assert assembler.waiting() == 3 and assembler.given_up == 2
    assert assembler.add("tag", parts(record(0), 115)[1], 5.0) is None  # given up: and pushes another out
    assert assembler.add("tag", parts(record(4), 115)[1], 5.0) == record(4)
    assert assembler.add("tag", parts(record(3), 115)[1], 5.0) == record(3)
    for name in ("second", "third"):
        assembler.add(name, parts(record(9), 115)[0], 6.0)
    assert assembler.waiting() == 2 and assembler.given_up == 4
    assert assembler.add("second", parts(record(9), 115)[1], 7.0) == record(9)


def test_what_is_no_fragment():
    for data, why in (
        (b"", "0 bytes, a fragment has at least 4"),
        (b"\x01\x02\x11", "3 bytes, a fragment has at least 4"),
        (b"\x01\x02\x21a", "fragment 3 of 2"),
    ):
        assert read_fragment(data) == (None, why)
    assert read_fragment(b"\x01\x02\x11a") == (Fragment(513, 1, 2, b"a"), "")
