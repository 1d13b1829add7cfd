"""What is kept around a hit: the right samples, only measured ones, oldest first, and none of it at the cost of the heap."""

import struct
from array import array

import micropython
from tag.motion.snapshot import Snapshot

BEFORE = 10  # chunks
PARTS = 10


class Path:
    """A motion path whose samples are numbered: x counts samples, y and z are told by x."""

    def __init__(self):
        self.chunk = array("h", (0,) * 30)
        self.first = True
        self.chunks = 0

    def advance(self):
        for i in range(10):
            x = (self.chunks * 10 + i) % 10000
            self.chunk[3 * i] = x - 5000
            self.chunk[3 * i + 1] = -x
            self.chunk[3 * i + 2] = 1000 + x % 7
        self.chunks += 1


def run(chunks, events=(), gaps=(), snapshot=None):
    """[(chunk, t_ms, part, samples)] while `events` {chunk: (t_ms, age, urgent)} come."""
    snapshot = snapshot or Snapshot()
    path = Path()
    found = []
    for at in range(chunks):
        path.first = at == 0 or at in gaps
        path.advance()
        snapshot.push(path)
        if at in events:
            snapshot.want(*events[at])
        if snapshot.part():
            data = snapshot.data()
            assert len(data) == 120
            rows = [struct.unpack("<hhh", data[i : i + 6]) for i in range(0, 120, 6)]
            found.append((at, snapshot.t_ms, snapshot.n, rows))
    return found


def numbers(found):
    """The numbers of the samples, after a check that y and z belong to them."""
    out = []
    for _, _, _, rows in found:
        for x, y, z in rows:
            assert y == -(x + 5000) and z == 1000 + (x + 5000) % 7
            out.append(x + 5000)
    return out


def test_two_seconds_before_and_after_whenever_it_is_told():
    for age in range(22):
        hit = 40
        found = run(120, {hit + age: (777, age, True)})
        assert [row[2] for row in found] == list(range(PARTS)), age
        assert numbers(found) == list(range((hit - BEFORE) * 10, (hit + BEFORE) * 10)), age
        assert all([row[1] == 777 for row in found])
        # one a chunk, none before its samples are there, the last at once when they are
        chunks = [row[0] for row in found]
        assert chunks == sorted(set(chunks)) and chunks[0] == hit + age
        assert chunks[-1] == max(hit + 9, hit + age + 9), age


def test_what_was_not_measured_is_missing():
    # the tag had just started
    found = run(60, {6: (5, 2, True)})
    assert [row[2] for row in found] == [3, 4, 5, 6, 7, 8, 9] and numbers(found) == list(range(140))
    # the sensor failed 1 s before
    found = run(120, {42: (5, 2, True)}, gaps=(35,))
    assert [row[2] for row in found] == [3, 4, 5, 6, 7, 8, 9] and numbers(found) == list(range(360, 500))
    # or after: time is not known across a gap
    found = run(120, {42: (5, 2, True)}, gaps=(45,))
    assert [row[2] for row in found] == [0, 1, 2] and numbers(found) == list(range(300, 360))


def test_a_gap_between_hit_and_event_leaves_nothing_to_keep():
    for urgent in (False, True):
        for age, parts in ((7, 0), (5, 0), (4, 5)):
            assert len(run(120, {85: (5, age, urgent)}, gaps=(81,))) == parts, (urgent, age)


def test_a_near_miss_told_too_late_leaves_the_samples_to_the_next():
    for age, told in ((21, 60), (22, 200)):
        found = run(300, {60: (60, age, False), 200: (200, 20, False)})
        assert [(row[1], row[2]) for row in found] == [(told, part) for part in range(PARTS)], age


def test_a_hit_too_long_ago_gives_what_is_left():
    found = run(120, {80: (5, 30, True)})
    assert [row[2] for row in found] == [5, 6, 7, 8, 9] and numbers(found) == list(range(500, 600))


def test_a_near_miss_gives_way_and_nothing_else_does():
    # the parts that the near miss still had are given up
    found = run(200, {60: (1, 20, False), 63: (2, 5, True)})
    assert [row[1] for row in found] == [1] * 3 + [2] * 10
    assert numbers(found[3:]) == list(range(480, 680))
    # a drop while the samples of a fall are handed out, and a near miss
    found = run(200, {60: (1, 5, True), 62: (2, 0, True), 64: (3, 20, False)})
    assert [row[1] for row in found] == [1] * 10


def test_near_misses_have_samples_once_in_ten_minutes():
    events = {}
    for at in range(100, 7000, 100):
        events[at] = (at, 20, False)
    found = run(7000, events)
    assert sorted({row[1] for row in found}) == [100, 3100, 6100] and len(found) == 30
    # they do not hold back the samples of a fall
    found = run(400, {100: (1, 20, False), 200: (2, 10, True)})
    assert [row[1] for row in found] == [1] * 10 + [2] * 10


def test_how_long_a_hit_lasted():
    for n in (1, 3, 17, 30):
        for start in (0, 7, 285, 318):  # also across the end of the ring
            snapshot = Snapshot()
            path = Path()
            path.chunks = 0
            sample = 0
            first = 330 + start
            while sample < first + 100:
                for i in range(10):
                    loud = first <= sample < first + n
                    path.chunk[3 * i] = 0
                    # a softer and longer shaking before is not part of it
                    path.chunk[3 * i + 1] = 1800 if first - 40 <= sample < first - 20 else 0
                    # and neither is a softer one after
                    if sample in (first + n + 3, first + n + 4):
                        path.chunk[3 * i + 1] = 2300
                    path.chunk[3 * i + 2] = (7000 if sample == first + n // 2 else 2500) if loud else 1000
                    sample += 1
                path.first = sample == 10
                snapshot.push(path)
                if (first + n // 2) // 10 == sample // 10 - 6:
                    assert snapshot.duration_ms(5) == n * 20, (n, start)
                    break


def test_duration_without_anything_above_2_g():
    snapshot = Snapshot()
    assert snapshot.duration_ms(5) == 0


def test_keeping_allocates_nothing():
    snapshot = Snapshot()
    path = Path()
    path.advance()
    n = 0
    micropython.heap_lock()
    for i in range(200):
        path.first = i == 0
        snapshot.push(path)
        if i == 100:
            snapshot.want(5, 3, True)
        if snapshot.part():
            n += 1
        snapshot.duration_ms(5)
    micropython.heap_unlock()
    assert n == PARTS
