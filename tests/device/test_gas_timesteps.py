"""Higher concentrations for a limited time: the CO limits of GOST 12.1.005-88 walked through, and every short history of a
small set of rows against the definition."""

import struct

from exposure_bench import Noise

import micropython
from tag.events import ALARM_GAS_HIGH, CO
from tag.gas.timesteps import TimeSteps

STEP = 7  # names.LEVELS
REST = 120
# CO at 20 C in ppm * 10, rounded down: 20, 50, 100 and 200 mg/m3. tests/host/test_gasunits.py computes them.
MG20, MG50, MG100, MG200 = 171, 429, 859, 1718
CO_STEPS = ((MG20, 3600), (MG50, 1800), (MG100, 900))
BACKWARDS = ((MG100, 900), (MG50, 1800), (MG20, 3600))


def steps(*rows, rest=REST):
    """Rows of (level, allowed s), with another kind of row before and between them."""
    other = struct.pack("<BBBBhhHHBBxx", CO, 1, 0, 2, 1, 1, 1, 1, 0, 0)
    data = b""
    starts = []
    for level, allowed_s in rows:
        starts.append(len(data) + 16)
        data += other + struct.pack("<BBBBhhHHBBxx", CO, STEP, 0, ALARM_GAS_HIGH, level, level, allowed_s, rest, 0, 5)
    return TimeSteps(data, starts)


def stay(times, minutes, counts):
    """So many minutes at this concentration; whether `used` was 0 until the last of them."""
    early = 0
    for _ in range(minutes):
        early |= times.used
        times.minute(counts * 16)
    return early == 0


def test_each_step_of_co_for_as_long_as_it_is_allowed():
    for counts, allowed, used in (
        (MG20 + 1, 60, 1),
        (MG50, 60, 1),  # up to 50 mg/m3, 50 itself included
        (MG50 + 1, 30, 2),
        (MG100, 30, 2),
        (MG100 + 1, 15, 4),
        (MG200, 15, 4),
        (32767, 15, 4),  # above 200 a ceiling row alarms at once; here it is no worse than 200
    ):
        times = steps(*CO_STEPS)
        assert stay(times, allowed, counts) and times.used == used, counts
    times = steps(*CO_STEPS)
    assert stay(times, 3000, MG20) and times.used == 0, "20 mg/m3 for any time"


def test_above_is_above_by_the_smallest_part_of_a_count():
    times = steps(*CO_STEPS)
    for _ in range(1000):
        times.minute(MG20 * 16)
    assert times.used == 0
    for _ in range(60):
        assert times.used == 0
        times.minute(MG20 * 16 + 1)
    assert times.used == 1


def test_only_two_hours_without_give_it_back():
    for counts in (MG50, MG100, MG200):
        times = steps(*CO_STEPS)
        while not times.used:
            times.minute(counts * 16)
        used = times.used
        for _ in range(119):
            times.minute(MG20 * 16)
            assert times.used == used
        times.minute(MG20 * 16 + 1)  # one minute above: the rest begins anew
        for _ in range(119):
            times.minute(0)
            assert times.used
        times.minute(0)
        assert times.used == 0
        assert not stay(times, 61, MG50) and times.used == 1, "and it can be used up again, from the first minute"


def test_pieces_of_a_shift_are_added_up():
    times = steps(*CO_STEPS)
    for _ in range(14):
        assert stay(times, 1, MG200) and stay(times, 119, MG20) and times.used == 0
    assert stay(times, 1, MG200) and times.used == 4, "14 + 1 minutes with less than two hours between"
    times = steps(*CO_STEPS)
    assert stay(times, 14, MG200) and stay(times, 15, MG100) and times.used == 0
    assert stay(times, 1, MG100) and times.used == 2, "minutes above 100 are minutes above 50, too"
    assert stay(times, 30, MG50) is False and times.used == 3


def test_a_minute_without_a_reading_is_neither_gas_nor_rest():
    times = steps(*CO_STEPS)
    assert stay(times, 15, MG200)
    for _ in range(500):
        times.minute(-1)
        assert times.used == 4
    assert not stay(times, 119, 0) and times.used == 4
    times.minute(-1)
    assert times.used == 4
    times.minute(0)
    assert times.used == 0
    assert stay(times, 14, MG200)
    times.minute(-1)
    assert times.used == 0 and stay(times, 1, MG200) and times.used == 4


def test_the_shift_ends():
    times = steps(*CO_STEPS)
    stay(times, 70, MG200)
    assert times.used == 7
    times.close()
    assert times.used == 0 and stay(times, 15, MG200) and times.used == 4


def test_the_lowest_level_whatever_the_order():
    for rows in (CO_STEPS, BACKWARDS, (CO_STEPS[1], CO_STEPS[0], CO_STEPS[2])):
        times = steps(*rows)
        assert times.lowest == MG20
        stay(times, 30, MG100)
        assert times.used == 1 << rows.index(CO_STEPS[1])


# -- every history of up to five minutes, against the definition -----------------------------------------------------------

SMALL = ((10, 180), (20, 120), (30, 60))  # three, two minutes and one
SMALL_REST = 2
INPUTS = (-1, 0, 10 * 16, 10 * 16 + 1, 20 * 16 + 1, 31 * 16)


def defined(history):
    """`used`, from the whole history: minutes above each level since the last rest, unless a minute is unknown."""
    known = [mean for mean in history if mean >= 0]
    begin = calm = 0
    for i in range(len(known)):
        calm = 0 if known[i] > 10 * 16 else calm + 1
        if calm >= SMALL_REST:
            begin = i + 1
    used = 0
    for i in range(3):
        level, allowed_s = SMALL[i]
        above = len([mean for mean in known[begin:] if mean > level * 16])
        if above * 60 >= allowed_s:
            used |= 1 << i
    return used


def test_every_short_history():
    seen = set()
    count = 0
    for length in range(1, 6):
        for number in range(len(INPUTS) ** length):
            times = steps(*SMALL, rest=SMALL_REST)
            history = []
            for _ in range(length):
                history.append(INPUTS[number % len(INPUTS)])
                number //= len(INPUTS)
                times.minute(history[-1])
            assert times.used == defined(history), history
            seen.add(times.used)
            count += 1
    assert count == 9330 and len(seen) == 8


def test_a_reset_at_any_moment_changes_nothing():
    noise = Noise(4)
    kept = steps(*CO_STEPS)
    reset = steps(*CO_STEPS)
    met = left = mean = 0
    for _ in range(5000):
        if left == 0:
            mean = (-16, 0, MG20 * 16, 300 * 16, 600 * 16, 900 * 16)[noise.below(6)]
            left = 1 + noise.below(25 if mean > MG20 * 16 else 200)
        left -= 1
        for times in (kept, reset):
            times.minute(mean)
        if noise.below(5) == 0:
            at = noise.below(7)
            buf = bytearray(at + reset.size + 3)
            reset.save(buf, at)
            reset = steps(*CO_STEPS)
            assert reset.load(buf, at)
        assert kept.used == reset.used
        met |= 1 << kept.used
    assert met == 0b11011111, met  # every set of used rows but one


def test_damage_and_other_rows_are_refused_and_nothing_taken():
    times = steps(*CO_STEPS)
    stay(times, 40, MG100)
    buf = bytearray(times.size)
    times.save(buf, 0)
    other = steps(*CO_STEPS)
    stay(other, 7, MG200)
    kept = bytearray(other.size)
    other.save(kept, 0)
    for i in range(len(buf)):
        for flip in (0x01, 0x80, 0xFF):
            buf[i] ^= flip
            assert not other.load(buf, 0), (i, flip)
            buf[i] ^= flip
    assert not other.load(buf[:-1], 0) and not other.load(buf, 1) and not other.load(b"", 0)
    for rows, rest in (
        (CO_STEPS[:2] + ((MG100, 901),), REST),
        (CO_STEPS[:2] + ((MG100 + 1, 900),), REST),
        (CO_STEPS, REST + 1),
        (BACKWARDS, REST),
        (CO_STEPS[:2], REST),
    ):
        assert not steps(*rows, rest=rest).load(buf, 0), rows
    after = bytearray(other.size)
    other.save(after, 0)
    assert after == kept and other.used == 0
    stay(other, 90, MG200)
    assert other.used == 7 and other.load(buf, 0) and other.used == 2


def test_counters_saturate():
    times = steps((10, 65535), rest=65535)
    assert stay(times, 1093, 20) and times.used == 1, "65535 s are 1092.25 minutes"
    stay(times, 66000, 20)
    assert times.used == 1
    stay(times, 65534, 0)
    assert times.used == 1
    times.minute(0)
    assert times.used == 0


def test_an_allowance_of_nothing_is_used_up_by_the_first_minute():
    times = steps((10, 600), (20, 0))
    stay(times, 5, 20)
    assert times.used == 0
    buf = bytearray(times.size)
    times.save(buf, 0)
    assert times.load(buf, 0) and times.used == 0
    assert stay(times, 1, 21) and times.used == 2


def test_nothing_allocates():
    times = steps(*CO_STEPS)
    micropython.heap_lock()
    for minute in range(500):
        times.minute(minute * 16 * 7 % 20000 - 16)
        if minute % 100 == 99:
            for _ in range(120):
                times.minute(0)
    for _ in range(200):
        times.minute(32767 * 16)
    micropython.heap_unlock()
    assert times.used == 7
