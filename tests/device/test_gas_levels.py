"""One gas against its levels: every state of a level with every kind of reading, on every row of the table."""

import quality
from tag.events import ALARM_GAS_HIGH, ALARM_GAS_LOW, CH4, CO, CODE_FAILED, CODE_RANGE, CODE_STALE, GASES, H2S, O2
from tag.gas.levels import BEYOND, CLEAR, PENDING, Channel
from tag.gas.limits import FALLING, LEVELS, RISING

WRAP = (1 << 30) - 700  # ticks just before they wrap
LOW = 1 << ALARM_GAS_LOW
HIGH = 1 << ALARM_GAS_HIGH
UNUSABLE = (quality.WARMING, quality.UNDER, quality.OVER, quality.STALE, quality.FAILED)


def one(gas, direction, level, clear, alarm, delay_ms):
    """A channel with this level alone."""
    return Channel(gas, WRAP, ((gas, direction, level, clear, alarm, delay_ms),))


def test_the_table_makes_sense():
    for gas, direction, level, clear, alarm, delay_ms in LEVELS:
        assert gas in GASES and alarm in (ALARM_GAS_LOW, ALARM_GAS_HIGH)
        assert (level - clear) * direction > 0, "the clear level lies on the safe side"
        assert 0 <= delay_ms < 60000 and -32768 < clear < 32767 and -32768 < level < 32767
    for gas in GASES:
        rising = [row for row in LEVELS if row[0] == gas and row[1] == RISING]
        assert rising and rising[-1][4] == ALARM_GAS_HIGH, "every gas has a high alarm"


def test_defaults_are_those_of_the_sources():
    rows = [(gas, direction, level, alarm) for gas, direction, level, _, alarm, _ in LEVELS]
    for row in (
        (CH4, RISING, 50, ALARM_GAS_LOW),  # 0.50 %vol, 30 CFR 57 subpart T
        (CH4, RISING, 100, ALARM_GAS_HIGH),
        (CO, RISING, 350, ALARM_GAS_LOW),
        (CO, RISING, 700, ALARM_GAS_HIGH),
        (H2S, RISING, 100, ALARM_GAS_LOW),
        (H2S, RISING, 200, ALARM_GAS_HIGH),
        (O2, FALLING, 1950, ALARM_GAS_LOW),
        (O2, RISING, 2350, ALARM_GAS_HIGH),
    ):
        assert row in rows, row


def test_every_row_raises_at_its_level_and_holds_to_its_clear_level():
    for gas, direction, level, clear, alarm, delay_ms in LEVELS:
        channel = one(gas, direction, level, clear, alarm, delay_ms)
        for value, expected in (
            (level - direction, 0),
            (level, 1 << alarm),
            (level + direction, 1 << alarm),
            (level - direction, 1 << alarm),
            (clear, 1 << alarm),
            (clear - direction, 0),
            (clear, 0),
            (level - direction, 0),
        ):
            channel.update(value, quality.OK, WRAP)
            assert channel.causes == expected, (gas, alarm, value)


def put(state, direction):
    """A channel whose one level (100, clear 90, in the direction) is in that state; delay 1000 ms."""
    channel = one(CH4, direction, 100 * direction, 90 * direction, ALARM_GAS_HIGH, 1000)
    if state != CLEAR:
        channel.update(100 * direction, quality.OK, WRAP)
    if state == BEYOND:
        channel.update(100 * direction, quality.OK, (WRAP + 1000) & 0x3FFFFFFF)
    assert channel._state[0] == state
    return channel


def test_every_state_with_every_kind_of_reading():
    later = (WRAP + 1100) & 0x3FFFFFFF
    sooner = WRAP + 500
    for direction in (RISING, FALLING):
        beyond = quality.OVER if direction == RISING else quality.UNDER
        other = quality.UNDER if direction == RISING else quality.OVER
        for state in (CLEAR, PENDING, BEYOND):
            rows = [
                (100, quality.OK, PENDING if state == CLEAR else BEYOND),
                (101, quality.CAL_DUE, PENDING if state == CLEAR else BEYOND),
                (0, beyond, PENDING if state == CLEAR else BEYOND),
                (95, quality.OK, BEYOND if state == BEYOND else CLEAR),
                (90, quality.OK, BEYOND if state == BEYOND else CLEAR),
                (89, quality.OK, CLEAR),
                (89, quality.CAL_DUE, CLEAR),
                (0, other, state),
                (0, quality.WARMING, state),
                (0, quality.STALE, state),
                (0, quality.FAILED, state),
                (0, 99, state),
                (0, -1, state),
            ]
            for value, q, expected in rows:
                channel = put(state, direction)
                channel.update(value * direction, q, later)
                assert channel._state[0] == expected, (direction, state, value, q)
        channel = put(PENDING, direction)
        channel.update(100 * direction, quality.OK, sooner)
        assert channel._state[0] == PENDING
        channel = put(CLEAR, direction)


def test_unknown_is_never_clean_air():
    for gas in GASES:
        for q in UNUSABLE:
            channel = Channel(gas, WRAP)
            channel.restore(ALARM_GAS_LOW)
            channel.restore(ALARM_GAS_HIGH)
            for _ in range(3):
                channel.update(0, q, WRAP)
                assert channel.causes & (LOW | HIGH) == LOW | HIGH, (gas, q)


def test_over_range_is_a_high_alarm_and_under_range_of_oxygen_too():
    for gas in GASES:
        channel = Channel(gas, WRAP)
        channel.update(0, quality.OVER, WRAP)
        assert channel.causes & HIGH and channel.fault == 0, gas
        channel = Channel(gas, WRAP)
        channel.update(0, quality.UNDER, WRAP)
        assert (channel.causes & HIGH != 0) == (gas == O2) and channel.fault == CODE_RANGE, gas
    channel = Channel(O2, WRAP)
    channel.update(0, quality.UNDER, WRAP)
    assert channel.causes == LOW | HIGH
    channel.update(2090, quality.OK, WRAP)
    assert channel.causes == 0


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
    assert channel.causes == LOW | HIGH


def test_a_gas_without_a_high_level_can_still_be_restored_as_over_range():
    channel = Channel(CH4, WRAP, ((CH4, RISING, 50, 40, ALARM_GAS_LOW, 0),))
    channel.restore(ALARM_GAS_HIGH)
    channel.update(0, quality.STALE, WRAP)
    assert channel.causes == HIGH
    channel.update(45, quality.OK, WRAP)
    assert channel.causes == 0


def test_a_restored_cause_goes_only_by_a_usable_reading_past_the_clear_level():
    channel = Channel(CH4, WRAP)
    channel.restore(ALARM_GAS_HIGH)
    for value, q, expected in (
        (0, quality.WARMING, HIGH),
        (60, quality.OK, HIGH | LOW),
        (0, quality.STALE, HIGH | LOW),
        (49, quality.OK, LOW),
        (39, quality.OK, 0),
    ):
        channel.update(value, q, WRAP)
        assert channel.causes == expected, (value, q)
