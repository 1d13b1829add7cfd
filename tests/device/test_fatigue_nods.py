"""Nods of half an hour in the index, of an hour in the record; unknown where nobody could watch; over a reset."""

from fatigue_rig import Worker, fatigue
from test_fatigue_head import DROOP, HELD, JERK, QUIET, turned

from tag.fatigue.head import RESTLESS
from tag.fatigue.index import ADVISE_BREAK, HIGH, NODS, UNKNOWN, WATCH, FatigueIndex
from tag.fatigue.keeping import Keeping
from tag.fatigue.nods import Nods
from tag.fatigue.upright import Upright


def helmet():
    """Nods of a head whose way up is known, and an index."""
    upright = Upright()
    for _ in range(60):
        upright.second(True, turned(0))
    return Nods(upright), FatigueIndex()


def nod(nods):
    for degrees in QUIET + DROOP + HELD + JERK:
        nods.chunk(turned(degrees), False)


def test_so_many_nods_are_so_many_points_and_grow_old():
    nods, index = helmet()
    points = []
    for _ in range(7):
        nod(nods)
        nods.minute(1, index)
        points.append(index.part(NODS))
    assert points == [15, 30, 45, 57, 70, 70, 70] and nods.count == 7
    assert index.confidence == 30
    nods.minute(13, index)
    assert index.part(NODS) == 70
    nods.minute(10, index)
    assert index.part(NODS) == -1 and nods.count == 7, "half an hour later they say nothing, and are told still"
    nods.minute(30, index)
    assert nods.count == 0


def minutes(nods, index, n, walks=False, moves=True):
    for _ in range(n):
        for i in range(300):
            nods.chunk(turned(2 if moves and i % 50 == 0 else 0), walks)
        nods.minute(1, index)


def test_none_is_nothing_known_unless_the_head_was_watched():
    nods, index = helmet()
    minutes(nods, index, 9)
    assert index.part(NODS) == -1, "nine minutes are too few"
    minutes(nods, index, 2)
    assert index.part(NODS) == 0
    index.judge()
    assert index.level == UNKNOWN, "and that makes nobody rested"
    minutes(nods, index, 30, walks=True)
    assert index.part(NODS) == -1, "who walks is not watched"
    minutes(nods, index, 30, moves=False)
    assert index.part(NODS) == -1, "nor is a helmet on a table"


def test_counts_are_bounded_and_a_long_time_off_empties_them():
    nods, index = helmet()
    for _ in range(260):
        nod(nods)
    nods.minute(10, index)
    for _ in range(3):
        nod(nods)
    assert nods.count == 255
    nods.minute(65535, index)
    assert nods.count == 0 and index.part(NODS) == -1


def test_they_outlive_a_reset():
    nods, index = helmet()
    for _ in range(3):
        nod(nods)
    nods.minute(4, index)
    counting = Keeping(b"", True)
    nods.keep(counting)
    data = bytearray(counting.at)
    nods.keep(Keeping(data, True))
    other, index = helmet()
    reading = Keeping(data, False)
    other.keep(reading)
    other.minute(5, index)
    assert not reading.bad and other.count == 3 and index.part(NODS) == 45


SINKS = ((993, 122), (970, 242), (934, 358), (883, 469), (829, 559), (766, 643))


def nodding(worker, times):
    """A worker who sits and nods, once in 25 s."""
    found = []
    for _ in range(times):
        worker.lean = (1000, 0)
        found.extend(worker.live(20))
        for way in SINKS:
            worker.lean = way
            found.extend(worker.live(0.5))
        worker.lean = (1000, 0)
        found.extend(worker.live(2))
    return found


def test_who_nods_under_a_helmet_is_told_and_under_a_belt_nobody_knows():
    for worn in ("helmet", "belt", None):
        worker = Worker(window_s=0)
        worker.monitor.wear(worn)
        worker.live(90, 500)
        rows = fatigue(nodding(worker, 3) + worker.live(40))
        if worn != "helmet":
            assert rows == [] and worker.monitor.index.part(NODS) == -1
            continue
        assert [row["level"] for row in rows] == [WATCH] and rows[0]["nods"] == rows[0]["index"] == 45
        assert rows[0]["nod_count"] == 3 and rows[0]["confidence"] == 30 and rows[0]["advice"] == ADVISE_BREAK
        rows = fatigue(nodding(worker, 3) + worker.live(40))
        assert [row["level"] for row in rows] == [HIGH] and rows[0]["advice"] == 3
        assert worker.core.alarms.highest() in (0, 4), "none of it is an alarm; a still wearer is man-down as ever"
        data = bytearray(1024)
        worker.monitor.keep(Keeping(data, True))
        again = Worker(window_s=0)
        again.monitor.wear("helmet")
        again.monitor.keep(Keeping(data, False))
        assert again.monitor.nods.count == worker.monitor.nods.count == 6
        assert again.monitor.nods.head.state == RESTLESS != worker.monitor.nods.head.state
        again.core.was_off(45, again.t_ms)
        assert again.monitor.nods.count == 6 and again.monitor.index.part(NODS) == -1, "they have grown old meanwhile"
        sleep = worker.monitor.sleep.actigraph
        worker.live(0.5)
        worker.monitor.lost()
        assert worker.monitor.nods.head.state == RESTLESS and sleep._fresh and not sleep._n, "samples are missing"
        worker.core.shift_end(worker.t_ms)
        assert worker.monitor.nods.count == 0 and worker.monitor.index.level == UNKNOWN
