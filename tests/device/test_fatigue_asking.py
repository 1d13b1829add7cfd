"""Asking for a reaction test: the table walked, what ends it and how that is told, over the wrap of the ticks; no memory."""

import micropython
from tag.fatigue.asking import (
    ALARM,
    ASK,
    ASKED,
    BROKEN,
    DUE,
    FINISHED,
    NOTHING,
    OVER,
    PRESS,
    QUIET,
    TABLE,
    TESTING,
    UNANSWERED,
    Asking,
)
from tag.fatigue.reaction import IDLE
from ticks import add

START = (1 << 30) - 3000


def at(state):
    """A fresh one in a state, and the time."""
    asking = Asking()
    if state != QUIET:
        assert asking.ask(False, START)
    if state == TESTING:
        assert asking.press(False, 7, START)
    assert asking.state == state
    return asking, START


def finished(asking, t_ms):
    """Five answers of 300 ms; the time of the last one."""
    for _ in range(5):
        t_ms = asking.reaction.due_ms
        assert asking.tick(False, t_ms) == NOTHING and asking.lit
        t_ms = add(t_ms, 300)
        assert asking.press(False, 7, t_ms) and not asking.lit
    return t_ms


def give(asking, symbol, t_ms):
    """The input; what `tick` said of it."""
    if symbol == ASK:
        asking.ask(False, t_ms)
    elif symbol == PRESS:
        asking.press(False, 7, t_ms)
    elif symbol == ALARM:
        return asking.tick(True, t_ms)
    elif symbol == DUE:
        # A test is over by itself long before: only its deadline is left.
        asking.reaction.due_ms = add(t_ms, 200000)
        return asking.tick(False, add(t_ms, 90000 if asking.state == TESTING else 60000))
    elif asking.state == TESTING:
        return asking.tick(False, finished(asking, t_ms))
    return NOTHING


def test_every_state_with_every_input():
    told = {
        (ASKED, ALARM): BROKEN,
        (ASKED, DUE): UNANSWERED,
        (TESTING, ALARM): BROKEN,
        (TESTING, DUE): BROKEN,
        (TESTING, OVER): FINISHED,
    }
    for state in (QUIET, ASKED, TESTING):
        for symbol in (ASK, PRESS, OVER, ALARM, DUE):
            asking, t_ms = at(state)
            found = give(asking, symbol, t_ms)
            assert asking.state == TABLE[state][symbol], (state, symbol)
            assert found == told.get((state, symbol), NOTHING), (state, symbol)
            assert not asking.lit
            if symbol == ALARM:
                assert asking.reaction.state == IDLE


def test_the_table_is_on_the_safe_side():
    for row in TABLE:
        assert len(row) == 5
        assert row[ALARM] == QUIET, "no test while an alarm is on"
        assert row[DUE] == QUIET, "nothing waits for ever"
    assert TABLE[QUIET][PRESS] == QUIET, "a press that nobody asked for begins no test"


def test_while_an_alarm_is_on_nothing_is_asked_and_no_press_is_taken():
    for state in (QUIET, ASKED, TESTING):
        asking, t_ms = at(state)
        assert not asking.ask(True, t_ms) and not asking.press(True, 7, t_ms)
        assert asking.state == state
        assert asking.reaction.early == 0, "the press was for the alarm"


def test_a_test_gives_its_median_and_takes_its_presses():
    asking, t_ms = at(TESTING)
    t_ms = finished(asking, t_ms)
    assert asking.tick(False, add(t_ms, 20)) == FINISHED
    assert asking.reaction.median_ms == 300 and asking.state == QUIET
    assert not asking.press(False, 7, add(t_ms, 40))


def test_who_presses_at_random_and_who_does_not_press_at_all():
    asking, t_ms = at(TESTING)
    for i in range(4):
        assert asking.press(False, 7, add(t_ms, 100 * i))
    assert asking.tick(False, add(t_ms, 400)) == BROKEN and asking.state == QUIET
    asking, t_ms = at(TESTING)
    found = NOTHING
    passed = 0
    while not found:
        passed += 100
        found = asking.tick(False, add(t_ms, passed))
    assert found == FINISHED and asking.reaction.misses == 5
    assert 20000 <= passed <= 41000


def test_the_longest_test_ends_within_its_deadline():
    asking, t_ms = at(TESTING)
    early = passed = 0
    while asking.state == TESTING:
        passed += 100
        now = add(t_ms, passed)
        # as late as can be in the dark, three times, and then no answer ever
        if early < 3 and 0 <= (asking.reaction.due_ms - now) & 0x3FFFFFFF <= 100:
            asking.press(False, 7, now)
            early += 1
        found = asking.tick(False, now)
    assert found == FINISHED and early == 3 and passed < 90000


def test_a_deadline_that_ticks_cannot_tell_any_more_has_passed():
    for state, outcome in ((ASKED, UNANSWERED), (TESTING, BROKEN)):
        asking, t_ms = at(state)
        asking.reaction.due_ms = add(t_ms, 1 << 29)
        assert asking.tick(False, add(t_ms, (1 << 29) + 90000)) == outcome


def test_nothing_allocates():
    asking = Asking()
    micropython.heap_lock()
    asking.ask(False, START)
    asking.press(False, 7, START)
    found = NOTHING
    passed = 0
    while not found:
        passed += 100
        found = asking.tick(False, add(START, passed))
    micropython.heap_unlock()
    assert found == FINISHED
