"""Windows of gait: each feature as it was made, what is too little is unknown, drift follows from a walk that changes."""

from array import array

from dsp_bench import noise, raises

import micropython
from dsp.gait import Gait
from tag.fatigue.index import HIGH, NONE, RESTED, FatigueIndex
from tag.fatigue.watch import DriftWatch
from tag.fatigue.window import FEATURES, FLOORS, GaitWindow

# One step's rise and fall of |a|, mg from 1 g, 24 samples of 20 ms
# fmt: off
STEP = (0, 78, 150, 212, 260, 290, 300, 290, 260, 212, 150, 78, 0, -78, -150, -212, -260, -290, -300, -290, -260, -212, -150, -78)
# fmt: on


def walk(period, scale, seconds, seed=0):
    """|a| - 1 g at 50 Hz: steps of `period` samples, `scale` percent high, every one a little different."""
    shake = noise(seconds * 3, seed)
    found = []
    i = 0
    while len(found) < seconds * 50:
        step = period + (shake[i] >> 13)
        for k in range(step):
            found.append(STEP[24 * k // step] * scale // 100)
        i += 1
    return found[: seconds * 50]


def windows(mg, window, gait):
    """[(values, known)] of the windows that |a| - 1 g in mg completes."""
    found = []
    chunk = array("h", bytes(60))
    for at in range(0, len(mg) // 10 * 10, 10):
        for i in range(10):
            chunk[3 * i + 2] = 1000 + mg[at + i]
        if gait.take(chunk) and window.second(gait):
            found.append((list(window.values), window.known))
    return found


def test_the_features_of_a_walk():
    [(values, known)] = windows(STEP * 140, GaitWindow(60), Gait(10))
    assert known == 224  # five seconds of learning the rhythm: too little walking in one minute
    [(values, known)] = windows(STEP * 270, GaitWindow(120), Gait(10))
    assert known == 255
    got = {}
    for name, value in zip(FEATURES, values):
        got[name] = value
    assert abs(got["step_time"] - 24 * 256) <= 64
    assert got["change"] <= 8 * 16
    assert got["regular"] > 990 and got["even"] > 990
    assert 100 * 16 < got["swing"] < 200 * 16
    # of a sine of 300 mg: 2 / pi of it, and 4 * 300 mg / 480 ms * 40 ms
    assert abs(got["effort"] - 191 * 16) <= 8 * 16
    assert abs(got["jerk"] - 100 * 16) <= 6 * 16
    assert got["unsteady"] < 25


def test_what_is_too_little_is_unknown():
    [(_, known)] = windows([0] * 6000, GaitWindow(120), Gait(10))
    assert known == 0
    shake = [v // 40 for v in noise(6000, 5)]
    [(_, known)] = windows(shake, GaitWindow(120), Gait(10))
    assert known == 224  # active, without a gait
    # 50 s of a walk, then rest
    [(_, known)] = windows(list(STEP * 104) + [0] * 3504, GaitWindow(120), Gait(10))
    assert known == 0


class Told:
    """As a gait that says the same each second."""

    def __init__(self, changes):
        self.state = 2
        self.norm = array("h", (900, 1100) * 12 + (900,))
        self.size_mg = 150
        self.period_q4 = 400
        self.regular_q10 = 900
        self.even_q10 = 800
        self.changes = changes
        self.change_sum_q4 = 20 * changes


def test_variability_takes_thirty_strides_that_follow_one_another():
    for changes, known in ((0, 253), (1, 255)):
        window = GaitWindow(60)
        done = [window.second(Told(changes)) for _ in range(60)]
        assert done[-1] and sum(done) == 1 and window.known == known
        assert list(window.values)[:5] == [6400, 320 * changes, 900, 800, 2400]
    window = GaitWindow(60)
    for i in range(60):
        window.second(Told(1 if i < 29 else 0))
    assert window.known == 253


def test_steadiness_is_told():
    even = windows(walk(24, 100, 130), GaitWindow(120), Gait(10))[0][0][7]
    odd = []
    for i in range(13):
        odd += walk(24, 60 if i % 2 else 140, 10, i)
    assert windows(odd, GaitWindow(120), Gait(10))[0][0][7] > even + 200


def test_the_limits():
    window = GaitWindow(300)
    gait = Gait(10)
    loud = array("h", (18900, 18900, 18900) * 5 + (-5, 0, 0) * 5)
    still = array("h", (18900, 18900, 18900) * 10)
    done = 0
    for i in range(1510):
        if gait.take(loud if i % 3 else still) and window.second(gait):
            done += 1
    assert done == 1 and min(window.values) >= 0
    assert max(window._sums) < 1 << 30 and min(window._sums) > -(1 << 30)


def test_a_window_without_samples_ends_too():
    window = GaitWindow(60)
    gait = Gait(10)
    windows(STEP * 100, window, gait)
    assert 40 < window.walked_s < 48  # too little to be known
    found = [window.pause() for _ in range(72)]
    assert sum(found) == 2 and not any(found[:10]) and found[-1]
    assert window.known == 0 and window.walked_s == 0


def test_sizes_that_cannot_be_are_refused():
    assert raises(GaitWindow, 59) and raises(GaitWindow, 301)


def test_a_walk_that_slows_drifts_and_one_that_stays_does_not():
    for slower, level in ((0, RESTED), (1, HIGH)):
        gait = Gait(10)
        window = GaitWindow(60)
        watch = DriftWatch(FLOORS)
        index = FatigueIndex()
        for part in range(26):
            tired = slower and part > 8
            mg = walk(26 if tired else 24, 80 if tired else 100, 60, part)
            for values, known in windows(mg, window, gait):
                if known == 255 or part > 1:
                    watch.take(values, known, index)
                    index.judge()
        assert index.index != NONE and index.level == level, (slower, index.index)


def test_nothing_allocates():
    gait = Gait(10)
    window = GaitWindow(60)
    chunks = [
        array("h", [v for i in range(10) for v in (0, 0, 1000 + STEP[(at + i) % 24])]) for at in range(0, 120, 10)
    ]
    micropython.heap_lock()
    done = 0
    for i in range(320):
        if gait.take(chunks[i % 12]) and window.second(gait):
            done += 1
    window.pause()
    micropython.heap_unlock()
    assert done == 1
