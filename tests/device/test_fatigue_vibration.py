"""Vibration: exposure of made sines at any axis, what is not counted, the weighting's limits, equal on every interpreter."""

from array import array

from dsp_bench import corners, digest, noise, raises

import micropython
from dsp.weighting import WD_100, WK_100, WK_200, Weighting
from tag.fatigue.vibration import MEASURING, RESTING, SETTLING, Vibration

# a sine of 20 samples, 141.42 mg high: 100 mg rms, 5 Hz at 100 Hz
SINE = (0, 44, 83, 114, 134, 141, 134, 114, 83, 44, 0, -44, -83, -114, -134, -141, -134, -114, -83, -44)
# published third-octave weights at 5 Hz: Wk 1.039, Wd 0.409 (ISO 2631-1, table 3)
ALONG, ACROSS = 1039, 409 * 14 // 10


def ride(vibration, seconds, axis, up=1, rate=100, counts=True, scale=1):
    """5 Hz along an axis, gravity along another."""
    block = array("h", bytes(60))
    step = 100 * 20 // rate  # of the sine, in hundredths of a twentieth
    at = 0
    for _ in range(seconds * rate // 10):
        for i in range(10):
            for k in range(3):
                block[3 * i + k] = (960 if k == up else 100) + (SINE[at // 20 % 20] * scale if k == axis else 0)
            at += step
        vibration.take(block, 10, counts)


def expected(weight, seconds):
    """mm/s2 of 100 mg rms."""
    return int(980.665 * weight / 1000 * (seconds / 28800) ** 0.5)


def test_each_axis_has_its_weighting():
    for up in range(3):
        for axis in range(3):
            vibration = Vibration(100)
            ride(vibration, 120, axis, up)
            assert (vibration.ridden.seconds, vibration.ridden.measured) == (120, 28)
            want = expected(ALONG if axis == up else ACROSS, 120)
            assert abs(vibration.ridden.a8_mms2 - want) <= 2, (up, axis, vibration.ridden.a8_mms2, want)
            assert vibration.ridden.axis_mms2(0) == (vibration.ridden.a8_mms2 if axis == up else 0)


def test_at_200_hertz():
    vibration = Vibration(200)
    ride(vibration, 60, 2, 2, 200)
    assert vibration.ridden.measured == 14 and abs(vibration.ridden.a8_mms2 - expected(ALONG, 60)) <= 2


def test_the_states_take_turns():
    vibration = Vibration(100)
    found = []
    for _ in range(121):
        found.append(vibration.state)
        ride(vibration, 1, 1)
    assert found == ([RESTING] * 40 + [SETTLING] * 6 + [MEASURING] * 14) * 2 + [RESTING]


def test_of_a_head_seconds_are_counted_and_nothing_is_measured():
    vibration = Vibration(100)
    vibration.weighs = False
    ride(vibration, 130, 2)
    assert (vibration.ridden.seconds, vibration.ridden.measured, vibration.ridden.a8_mms2) == (
        130,
        0,
        0,
    ) and vibration.idle


def test_only_what_counts_is_added():
    vibration = Vibration(100)
    assert vibration.ridden.a8_mms2 == 0
    ride(vibration, 60, 1)
    before = vibration.ridden.a8_mms2
    ride(vibration, 60, 1, counts=False, scale=3)
    assert (vibration.ridden.a8_mms2, vibration.ridden.seconds, vibration.ridden.measured) == (before, 60, 14)
    ride(vibration, 60, 1)
    assert vibration.ridden.seconds == 120 and abs(vibration.ridden.a8_mms2 - expected(ALONG, 120)) <= 2


def test_a_gap_or_another_mounting_begins_anew_and_keeps_what_was():
    for state, after in ((RESTING, 5), (SETTLING, 43), (MEASURING, 50)):
        vibration = Vibration(100)
        ride(vibration, 60 + after, 1)
        assert vibration.state == state
        measured = vibration.ridden.measured
        vibration.lost()
        assert vibration.state == RESTING and vibration.ridden.measured == measured
        ride(vibration, after, 1)
        assert vibration.state == state
        ride(vibration, 2, 1, up=2)  # turned: in the second of the two another axis leads
        assert vibration.state == RESTING
        ride(vibration, 44, 1, up=2)
        assert vibration.state == SETTLING and vibration.ridden.a8_mms2 > 0


def test_rest_is_no_vibration():
    vibration = Vibration(100)
    ride(vibration, 60, 0, scale=0)
    assert vibration.ridden.a8_mms2 == 0 and vibration.ridden.measured == 14


def test_a_shift_of_the_hardest_is_no_overflow():
    vibration = Vibration(100)
    ridden = vibration.ridden
    for i in range(6):
        ridden._energy[i] = 0x7FFFF
    ridden.seconds = 86399
    ridden.measured = 20159
    hard = array("h", [18900 if v > 0 else -18900 for v in corners(40)])
    for _ in range(200):
        vibration.take(hard, 40, True)
    assert ridden._energy[0] == 0x7FFFF and ridden.seconds == 86400 and 0 < ridden.a8_mms2 < 1 << 30
    ridden.measured = 1
    assert 0 < ridden.a8_mms2 < 1 << 30


def test_what_cannot_be_is_refused():
    assert raises(Vibration, 50) and raises(Vibration, 0)
    assert (
        raises(Weighting, ((1, 13) * 4,))
        and raises(Weighting, ((16384, 13) * 5,))
        and raises(Weighting, ((1, 12) * 5,))
    )
    assert raises(Weighting(WK_100, 10).run, array("h", bytes(66)), 11, 0, 0)


def test_every_interpreter_gives_the_same_bits():
    d = 0
    for sections in (WK_100, WK_200, WD_100):
        weighting = Weighting(sections)
        for seed in range(20):
            weighting.run(noise(120, seed), 40, seed % 3, 0)
            d = digest(weighting.out, d)
        for _ in range(10):
            weighting.run(corners(40), 40, 1, -32768)
            d = digest(weighting.out, d)
        d = digest(weighting._memory, d)
    assert d == 261374, d  # by CPython


def test_nothing_allocates():
    vibration = Vibration(100)
    block = array("h", (0, 0, 1000) * 10)
    micropython.heap_lock()
    for i in range(620):
        block[3 * (i % 10) + 2] = 900 + 7 * (i % 30)
        vibration.take(block, 10, True)
    told = vibration.ridden.a8_mms2 + vibration.ridden.seconds
    vibration.lost()
    vibration.take(block, 10, True)
    micropython.heap_unlock()
    assert told > 62
