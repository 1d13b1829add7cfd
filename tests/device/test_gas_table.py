"""The table of an action level, exhaustively: every state, every input, latching or not."""

from gas_bench import row

from tag.events import ALARM_GAS_HIGH, ALARM_GAS_LOW, CH4, O2
from tag.gas import table
from tag.names import LEVELS

STATES = (table.CLEAR, table.PENDING, table.BEYOND, table.HELD)
INPUTS = (table.AT, table.LASTED, table.BETWEEN, table.INSIDE, table.UNKNOWN, table.PRESS)


def walk():
    """All (state, input, latching, next state)."""
    for state in STATES:
        for symbol in INPUTS:
            for latches in (0, table.LATCHES):
                yield state, symbol, latches, table.step(state, symbol, latches)


def test_the_table_is_whole():
    assert len(table.TABLE) == len(STATES)
    for line in table.TABLE:
        assert len(line) == len(INPUTS)
    for _, _, _, after in walk():
        assert after in STATES


def test_unknown_changes_nothing_at_all():
    for state, symbol, _, after in walk():
        assert symbol != table.UNKNOWN or after == state


def test_what_has_lasted_at_the_level_is_always_a_cause():
    for state, symbol, _, after in walk():
        if symbol == table.LASTED:
            assert after == table.BEYOND
        # and at the level a cause never goes, nor a running delay
        if symbol == table.AT:
            assert after == (table.BEYOND if state in (table.BEYOND, table.HELD) else table.PENDING)


def test_a_cause_goes_only_past_the_clear_level_and_a_latched_one_only_by_a_press_after_that():
    for state, symbol, latches, after in walk():
        if state == table.BEYOND and after != table.BEYOND:
            assert symbol == table.INSIDE and after == (table.HELD if latches else table.CLEAR)
        if state == table.HELD and after not in (table.HELD, table.BEYOND):
            assert symbol == table.PRESS and after == table.CLEAR
        if after == table.HELD and state != table.HELD:
            assert latches and state == table.BEYOND


def test_a_press_releases_and_ends_a_delay():
    for state, symbol, _, after in walk():
        if symbol == table.PRESS:
            assert after == {table.HELD: table.CLEAR, table.PENDING: table.BEYOND}.get(state, state)


def test_every_state_is_reached_and_left():
    for latches in (0, table.LATCHES):
        seen = {table.CLEAR}
        for _ in STATES:
            seen |= {table.step(state, symbol, latches) for state in seen for symbol in INPUTS}
        assert seen == ({0, 1, 2, 3} if latches else {0, 1, 2})
        for state in seen:
            gone = table.step(table.step(state, table.INSIDE, latches), table.PRESS, latches)
            assert gone == table.CLEAR


def test_kinds_are_those_that_people_are_told():
    kinds = ("low", "high", "ceiling", "stel", "twa", "shift", "step", "mixture", "rise", "drift", "ahead", "over")
    assert LEVELS[1:] == kinds
    names = ("CEILING", "STEL", "TWA", "SHIFT", "STEP", "MIXTURE", "RISE", "DRIFT", "AHEAD", "OVER")
    for i in range(len(names)):
        assert getattr(table, names[i]) == i + 3


def test_a_reading_against_its_level():
    rising = row(CH4, "high", 100, 50, ALARM_GAS_HIGH)
    falling = row(O2, "low", 1950, 1970, ALARM_GAS_LOW, falling=1)
    drift = row(CH4, "drift", -25, -20, 1, delay_s=1)
    side = (table.USABLE, table.ABOVE, table.BELOW, table.NOTHING)
    for value, found in ((101, 1), (100, 1), (99, 2), (50, 2), (49, 3), (-32768, 3), (32767, 1)):
        assert table.reading(rising, 0, side[0], value) == found, value
    for value, found in ((1949, 1), (1950, 1), (1951, 2), (1970, 2), (1971, 3), (-32768, 1), (32767, 3)):
        assert table.reading(falling, 0, side[0], value) == found, value
    for value, found in ((-25, 0), (-26, 0), (-24, 2), (-20, 2), (-19, 3)):
        assert table.reading(drift, 0, side[0], value) == found, value
    for bytes_, founds in ((rising, (1, 4, 4)), (falling, (4, 1, 4)), (drift, (4, 1, 4))):
        assert tuple([table.reading(bytes_, 0, side[i], 0) for i in (1, 2, 3)]) == founds


def test_rows_are_read_wherever_they_begin():
    rows = row(CH4, "low", -2, -300, 0) + row(CH4, "step", 30000, 29000, 0, delay_s=60000)
    assert table.word(rows, 4) == -2 and table.word(rows, 6) == -300
    assert table.word(rows, 20) == 30000 and table.pair(rows, 24) == 60000
    assert table.compare(rows, 16, 30000) == table.LASTED and table.compare(rows, 16, 29999) == table.BETWEEN
    assert table.compare(rows, 16, 28999) == table.INSIDE
    assert table.steps(rows, CH4) == [16] and table.steps(rows, O2) == []
    assert table.needs_minutes(rows, CH4) and not table.needs_minutes(rows, O2)
