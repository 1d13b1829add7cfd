"""One gas against its levels: every row of the built-in profile, delays, steps, rises, what each quality means, corrections."""

from gas_bench import profile, row

import quality
from tag.events import (
    ALARM_FAULT,
    ALARM_GAS_HIGH,
    ALARM_GAS_LOW,
    ALARM_WARNING,
    CH4,
    CO,
    CODE_DRIFT,
    CODE_FAILED,
    CODE_LATE,
    CODE_RANGE,
    CODE_STALE,
    GASES,
    H2S,
    O2,
)
from tag.gas import table
from tag.gas.channel import Channel
from tag.gas.exposure import Exposure
from tag.gas.limits import BUILT_IN, ROW
from tag.gas.timesteps import TimeSteps
from ticks import add

WRAP = (1 << 30) - 700  # ticks just before they wrap
LOW = 1 << ALARM_GAS_LOW
HIGH = 1 << ALARM_GAS_HIGH
WARNING = 1 << ALARM_WARNING
UNUSABLE = (quality.WARMING, quality.UNDER, quality.OVER, quality.STALE, quality.FAILED)


def one(*args, **terms):
    """A channel with this level alone."""
    return Channel(args[0], WRAP, row(*args, **terms))


def built_in():
    return [BUILT_IN[at : at + ROW] for at in range(0, len(BUILT_IN), ROW)]


def press(channel, alarms, t_ms):
    for held in (table.PENDING, table.HELD):
        channel.press(alarms, held, t_ms)


def state(channel, i=0):
    return channel._kept[3 * i + 1]


def test_every_built_in_row_of_a_reading_raises_at_its_level_and_holds_to_its_clear_level():
    n = 0
    for rows in built_in():
        gas, kind, alarm = rows[0], rows[1], rows[3]
        if kind > table.CEILING and kind != table.DRIFT:
            continue
        level, clear = table.word(rows, 4), table.word(rows, 6)
        turn = -1 if table.falls(rows, 0) else 1
        assert (level - clear) * turn > 0 and not table.pair(rows, 8)
        channel = Channel(gas, WRAP, rows)
        for value, expected in (
            (level - turn, 0),
            (level, 1),
            (level + turn, 1),
            (level - turn, 1),
            (clear, 1),
            (clear - turn, 0),
            (clear, 0),
            (level - turn, 0),
            (level, 1),
            (clear - turn, 0),
        ):
            channel.update(value, quality.OK, WRAP)
            held = state(channel) == table.HELD
            assert (channel.causes >> alarm & 1 and not held) == expected, (gas, kind, value)
            assert held == (expected == 0 and alarm == ALARM_GAS_HIGH and state(channel) != table.CLEAR)
            press(channel, 1 << alarm, WRAP)
            channel.conclude()
        n += 1
    assert n >= 2 * len(GASES)


def test_unknown_is_never_clean_air():
    for gas in GASES:
        for q in UNUSABLE:
            channel = Channel(gas, WRAP)
            channel.restore(ALARM_GAS_LOW)
            channel.restore(ALARM_GAS_HIGH)
            for _ in range(3):
                channel.update(0, q, WRAP)
                press(channel, LOW | HIGH, WRAP)
                channel.conclude()
                assert channel.causes & (LOW | HIGH) == LOW | HIGH, (gas, q)


def test_over_range_is_at_once_every_rising_level_and_a_high_alarm_that_latches():
    rows = row(CH4, "low", 50, 40, ALARM_GAS_LOW, delay_s=60) + row(CH4, "drift", -9, -8, ALARM_FAULT, falling=1)
    for gas in GASES:
        channel = Channel(gas, WRAP, rows)
        channel.update(0, quality.OVER, WRAP)
        assert channel.causes == (HIGH | LOW if gas == CH4 else HIGH) and channel.fault == 0, gas
        channel.update(0, quality.FAILED, WRAP)
        assert channel.causes & HIGH
        channel.update(2090 if gas == O2 else 0, quality.OK, WRAP)
        assert channel.causes == HIGH, "it latches"
        press(channel, HIGH, WRAP)
        channel.conclude()
        assert channel.causes == 0


def test_under_range_is_a_fault_and_for_falling_gases_danger():
    for gas in GASES:
        channel = Channel(gas, WRAP)
        channel.update(0, quality.UNDER, WRAP)
        assert channel.causes == (LOW | HIGH if gas == O2 else 0) and channel.fault == CODE_RANGE, gas
    falling = one(CH4, "high", 50, 60, ALARM_GAS_HIGH, falling=1)
    falling.update(0, quality.UNDER, WRAP)
    assert falling.causes == HIGH
    # and what is below its range is not over it
    channel = Channel(O2, WRAP)
    channel.update(0, quality.UNDER, WRAP)
    assert state(channel, 1) == table.CLEAR and state(channel, 0) == table.BEYOND


def test_what_is_a_fault_and_what_has_a_value():
    for q, fault, value in (
        (quality.OK, 0, 77),
        (quality.CAL_DUE, 0, 77),
        (quality.WARMING, 0, 0),
        (quality.UNDER, CODE_RANGE, 77),
        (quality.OVER, 0, 77),
        (quality.STALE, CODE_STALE, 0),
        (quality.FAILED, CODE_FAILED, 0),
        (7, CODE_FAILED, 0),
        (-1, CODE_FAILED, 0),
    ):
        channel = Channel(CO, WRAP)
        channel.update(77, q, WRAP)
        assert (channel.fault, channel.value) == (fault, value), q


def test_values_fit_the_record():
    channel = Channel(CO, WRAP)
    for value, expected in ((40000, 32767), (-40000, -32768), (-3, -3)):
        channel.update(value, quality.OK, WRAP)
        assert channel.value == expected
    channel.update(40000, quality.OK, WRAP)
    assert channel.causes & (LOW | HIGH) == LOW | HIGH


def test_a_sensor_that_warms_up_again_is_a_fault_and_so_is_one_that_never_ends_it():
    channel = Channel(CO, WRAP)
    channel.begin(0, WRAP)
    for s in range(0, 600, 7):
        channel.update(0, quality.WARMING, add(WRAP, s * 1000))
        assert channel.fault == 0, s
    channel.update(0, quality.WARMING, add(WRAP, 600000))
    assert channel.fault == CODE_LATE
    channel.update(3, quality.OK, add(WRAP, 601000))
    assert channel.fault == 0
    channel.update(0, quality.WARMING, add(WRAP, 602000))
    assert channel.fault == CODE_STALE
    channel.update(3, quality.OK, add(WRAP, 603000))
    assert channel.fault == 0


def test_a_delay_counts_only_readings_at_the_level():
    channel = one(CH4, "high", 100, 50, ALARM_GAS_HIGH, delay_s=2)
    for ms, value, q, expected in (
        (0, 100, 0, table.PENDING),
        (1000, 120, 0, table.PENDING),
        (1500, 99, 0, table.CLEAR),
        (1600, 100, 0, table.PENDING),
        (3500, 0, quality.STALE, table.PENDING),
        (3599, 100, 0, table.PENDING),
        (3600, 100, 0, table.BEYOND),
        (3700, 60, 0, table.BEYOND),
        (3800, 49, 0, table.HELD),
        (3900, 60, 0, table.HELD),
        (4000, 100, 0, table.BEYOND),
    ):
        channel.update(value, q, add(WRAP, ms))
        assert state(channel) == expected, ms
    # a press while it waits: the cause is there
    channel = one(CH4, "high", 100, 50, ALARM_GAS_HIGH, delay_s=60)
    channel.update(100, 0, WRAP)
    press(channel, LOW, WRAP)
    assert state(channel) == table.PENDING
    press(channel, HIGH, WRAP)
    assert state(channel) == table.BEYOND


def test_a_drift_is_a_fault_until_it_is_gone():
    channel = one(CO, "drift", -175, -158, ALARM_FAULT, falling=1)
    for value, fault in ((0, 0), (-174, 0), (-175, CODE_DRIFT), (-158, CODE_DRIFT), (-157, 0)):
        channel.update(value, quality.OK, WRAP)
        assert channel.fault == fault, value
    channel.update(-200, quality.OK, WRAP)
    for q, fault in ((quality.FAILED, CODE_FAILED), (quality.OVER, CODE_DRIFT), (quality.OK, 0)):
        channel.update(0, q, WRAP)
        assert channel.fault == fault, q


def test_a_rise_is_told_and_ends():
    channel = one(CH4, "rise", 25, 23, ALARM_WARNING, delay_s=60)
    t_ms = WRAP
    channel.update(10, 0, t_ms)
    for ms, value, expected in ((20000, 34, 0), (40000, 35, WARNING), (60000, 35, WARNING), (90000, 35, 0)):
        channel.update(value, 0, add(t_ms, ms))
        assert channel.causes == expected, ms
    assert channel.amount(0) == 0
    falling = one(O2, "rise", 50, 40, ALARM_WARNING, delay_s=60, falling=1)
    for ms, value, expected in ((0, 2090, 0), (1000, 2041, 0), (2000, 2040, WARNING), (3000, 2090, 0)):
        falling.update(value, 0, add(t_ms, ms))
        assert falling.causes == expected, ms


def test_looking_ahead_only_ever_warns():
    channel = one(CH4, "ahead", 100, 90, ALARM_GAS_HIGH, delay_s=180, latching=1)
    channel.begin(30, WRAP)
    t_ms = WRAP
    warned = 0
    for s in range(1500):
        t_ms = add(t_ms, 1000)
        channel.update(min(90, s // 15), 0, t_ms)
        assert channel.causes in (0, WARNING)
        warned += channel.causes != 0
    assert 100 < warned < 1500
    for _ in range(4 * 3600):
        t_ms = add(t_ms, 1000)
        channel.update(0, 0, t_ms)
    assert channel.causes == 0


def steps(*rows):
    return Channel(CO, WRAP, b"".join(rows), Exposure(), TimeSteps(b"".join(rows), table.steps(b"".join(rows), CO)))


def test_an_allowance_that_is_used_up_forbids_more_until_there_was_rest():
    channel = steps(
        row(CO, "high", 5000, 4000, ALARM_GAS_HIGH),
        row(CO, "step", 170, 170, ALARM_GAS_LOW, delay_s=3600, rest_min=120),
        row(CO, "step", 430, 430, ALARM_GAS_HIGH, delay_s=1800, rest_min=120),
    )

    def minutes(n, value):
        for _ in range(n):
            channel.update(value, 0, WRAP)
            channel.minute(WRAP)

    minutes(29, 500)
    assert channel.causes == 0
    minutes(1, 500)
    assert channel.causes == HIGH
    channel.update(171, 0, WRAP)
    assert channel.causes == HIGH, "above the lowest step"
    channel.update(169, 0, WRAP)
    press(channel, HIGH, WRAP)
    channel.conclude()
    assert channel.causes == 0
    minutes(30, 171)
    assert channel.causes == HIGH | LOW
    minutes(119, 10)
    press(channel, HIGH, WRAP)
    minutes(1, 10)
    assert channel.causes == 0
    minutes(59, 171)
    assert channel.causes == 0
    minutes(1, 171)
    assert channel.causes == LOW


def test_figures_are_judged_by_the_minute_and_missing_minutes_take_nothing_away():
    channel = Channel(CO, WRAP, row(CO, "stel", 100, 90, ALARM_GAS_LOW), Exposure())
    for minute in range(15):
        assert channel.causes == 0
        channel.update(100 if minute else 107, 0, WRAP)
        channel.minute(WRAP)
    assert channel.causes == LOW and channel.amount(1) == 100
    for _ in range(30):
        channel.update(0, quality.FAILED, WRAP)
        channel.minute(WRAP)
    assert channel.exposure.stel_q4 == 0 and channel.causes == LOW
    channel.update(0, 0, WRAP)
    channel.minute(WRAP)
    assert channel.causes == 0


def test_over_range_counts_in_the_exposure_as_the_highest_level_at_least():
    rows = row(CO, "high", 700, 630, ALARM_GAS_HIGH) + row(CO, "stel", 2000, 1800, ALARM_GAS_LOW)
    for value, expected in ((0, 2000), (5000, 5000)):
        channel = Channel(CO, WRAP, rows, Exposure())
        channel.update(value, quality.OVER, WRAP)
        channel.minute(WRAP)
        assert channel.exposure.mean_q4 == expected * 16


def test_correction_and_what_is_due():
    channel = Channel(H2S, WRAP)
    for zero, gain_q12, value, expected in (
        (0, 4096, 77, 77),
        (7, 4096, 77, 70),
        (-3, 8192, 10, 26),
        (0, 1024, 10, 3),
        (0, 1024, 9, 2),
        (32767, 16384, -32768, -32768),
        (-32768, 16384, 32767, 32767),
    ):
        channel.zero, channel.gain_q12 = zero, gain_q12
        channel.update(value, quality.OK, WRAP)
        assert channel.value == expected, (zero, gain_q12, value)
    channel.zero, channel.gain_q12, channel.due = 0, 4096, 1
    channel.update(5, quality.OK, WRAP)
    assert channel.quality == quality.CAL_DUE and channel.fault == 0
    channel.update(5, quality.STALE, WRAP)
    assert channel.quality == quality.STALE


def test_a_restored_alarm_that_no_level_raises_is_kept_until_a_usable_reading():
    channel = one(CH4, "low", 50, 40, ALARM_GAS_LOW)
    channel.restore(ALARM_GAS_HIGH)
    channel.update(0, quality.STALE, WRAP)
    assert channel.causes == HIGH
    channel.update(45, quality.OK, WRAP)
    assert channel.causes == 0


def test_a_restored_cause_goes_only_by_a_usable_reading_past_the_clear_level():
    rows = profile(row(CH4, "low", 50, 40, ALARM_GAS_LOW), row(CH4, "high", 100, 50, ALARM_GAS_HIGH)).rows
    channel = Channel(CH4, WRAP, rows)
    channel.restore(ALARM_GAS_HIGH)
    for value, q, expected in (
        (0, quality.WARMING, table.BEYOND),
        (60, quality.OK, table.BEYOND),
        (0, quality.STALE, table.BEYOND),
        (49, quality.OK, table.HELD),
    ):
        channel.update(value, q, WRAP)
        assert state(channel, 1) == expected, (value, q)


def test_what_no_profile_should_have_still_alarms():
    for alarm in (4, 5, 6, 7, 9, 255):
        channel = one(CH4, "low", 50, 40, alarm)
        channel.update(50, 0, WRAP)
        assert channel.causes == HIGH, alarm
    assert one(CH4, "low", 50, 40, 0).causes == 0
