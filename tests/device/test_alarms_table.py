"""The alarm table, exhaustively: every alarm, state, input, with and without a cause."""

from tag.alarms import table
from tag.events import (
    ACKED,
    ALARM_EVACUATION,
    ALARM_FAULT,
    ALARM_GAS_HIGH,
    ALARM_GAS_LOW,
    ALARM_MAN_DOWN,
    ALARM_MESSAGE,
    ALARM_PEER,
    ALARM_SOS,
    ALARM_WARNING,
    ALARM_WEAR,
    ESCALATED,
    HELP,
    OFF,
    ON,
    PRE,
)

STATES = (OFF, PRE, ON, ACKED, HELP, ESCALATED)
INPUTS = tuple(range(7))
COUNTDOWN, LATCHES, ACK, ENDS_BY, HELPS, LATE = range(6)
# values of ENDS_BY, and of LATE
CAUSE, SEQUENCE, GATEWAY = range(3)
STEADY, LOUDER = range(2)
HELPLESS = (ALARM_EVACUATION, ALARM_WEAR, ALARM_WARNING, ALARM_MESSAGE, ALARM_PEER)


def follow(alarm, state, present, symbol):
    """(state, cause present) after an input, as the engine keeps them; inputs that cannot happen change nothing."""
    if symbol == table.RAISE:
        present = True
    elif symbol == table.CLEAR:
        if not present or table.KINDS[alarm][ENDS_BY] != CAUSE:
            return state, present
        present = False
    elif symbol == table.TIMEOUT and not table.timed(alarm, state):
        return state, present
    after = table.step(alarm, state, symbol, present)
    return after, present and after != OFF


def reachable(alarm, start=(OFF, False)):
    seen = {start}
    todo = [start]
    while todo:
        state, present = todo.pop()
        for symbol in INPUTS:
            after = follow(alarm, state, present, symbol)
            if after not in seen:
                seen.add(after)
                todo.append(after)
    return seen


def walk():
    """All (alarm, state, present, input, next state, present then) that can happen."""
    for alarm in table.KINDS:
        for state, present in reachable(alarm):
            for symbol in INPUTS:
                after, then = follow(alarm, state, present, symbol)
                yield alarm, state, present, symbol, after, then


def test_the_table_is_whole():
    assert len(table.TABLE) == len(STATES)
    for row in table.TABLE:
        assert len(row) == len(INPUTS)
    for alarm in table.KINDS:
        for state in STATES:
            for symbol in INPUTS:
                for present in (False, True):
                    assert table.step(alarm, state, symbol, present) in STATES


def test_a_cause_is_never_off_unless_the_wearer_cancelled_a_countdown():
    for alarm, state, present, symbol, after, then in walk():
        assert not (after == OFF and then)
        if after == OFF and state != OFF and present:
            kind = table.KINDS[alarm]
            assert (
                symbol == table.CLEAR
                or (state == PRE and symbol == table.PRESS)
                or (symbol == table.CANCEL and kind[ENDS_BY] == SEQUENCE)
                or (symbol == table.ALL_CLEAR and kind[ENDS_BY] == GATEWAY)
            ), (alarm, state, symbol)


def test_a_new_cause_is_always_told():
    for alarm in table.KINDS:
        for state in STATES:
            after = table.step(alarm, state, table.RAISE, True)
            if state == OFF:
                assert after == (PRE if alarm in (ALARM_MAN_DOWN, ALARM_WEAR) else ON)
            else:
                assert after == (state if state in (PRE, ESCALATED) else ON)


def test_a_latched_alarm_outlives_its_cause_until_a_press():
    for alarm, state, present, symbol, after, _ in walk():
        kind = table.KINDS[alarm]
        if not kind[LATCHES] or state not in (ON, HELP, ESCALATED) or after != OFF:
            continue
        if kind[ENDS_BY] == CAUSE:
            assert symbol == table.PRESS and not present, (alarm, state, symbol)
        else:
            assert symbol == (table.CANCEL if kind[ENDS_BY] == SEQUENCE else table.ALL_CLEAR)


def test_an_early_acknowledgement_of_high_gas_releases_nothing():
    assert table.step(ALARM_GAS_HIGH, ON, table.PRESS, True) == ACKED
    assert table.step(ALARM_GAS_HIGH, ACKED, table.TIMEOUT, True) == ON
    assert table.step(ALARM_GAS_HIGH, ACKED, table.CLEAR, False) == ON
    assert table.step(ALARM_GAS_HIGH, ON, table.PRESS, False) == OFF
    for state, present in reachable(ALARM_GAS_HIGH):
        if present:
            for symbol in INPUTS:
                assert follow(ALARM_GAS_HIGH, state, present, symbol)[0] != OFF


def test_what_does_not_latch_ends_with_its_cause():
    for alarm in (ALARM_FAULT, ALARM_GAS_LOW, ALARM_WARNING, ALARM_PEER):
        for state in (ON, ACKED, HELP):
            assert table.step(alarm, state, table.CLEAR, False) == OFF


def test_every_alarm_can_end_from_every_state():
    for alarm in table.KINDS:
        for start in reachable(alarm):
            assert (OFF, False) in reachable(alarm, start), (alarm, start)


def test_help_changes_only_what_is_raised():
    for alarm, state, _, symbol, after, _ in walk():
        if symbol == table.HELP_KNOWS:
            if state in (ON, ACKED, ESCALATED) and alarm not in HELPLESS:
                assert after == HELP
            else:
                assert after == state


def test_man_down_counts_down_and_must_be_moved_and_acknowledged():
    step = table.step
    assert step(ALARM_MAN_DOWN, PRE, table.TIMEOUT, True) == ON
    assert step(ALARM_MAN_DOWN, PRE, table.PRESS, True) == OFF
    assert step(ALARM_MAN_DOWN, PRE, table.CLEAR, False) == OFF
    assert step(ALARM_MAN_DOWN, ON, table.CLEAR, False) == ON
    assert step(ALARM_MAN_DOWN, ON, table.PRESS, True) == ACKED
    assert step(ALARM_MAN_DOWN, ON, table.PRESS, False) == OFF
    assert step(ALARM_MAN_DOWN, ACKED, table.CLEAR, False) == OFF
    assert table.countdown(ALARM_MAN_DOWN) == "prealarm_s"


def test_sos_ends_by_its_sequence_alone():
    for state in (ON, HELP, ESCALATED):
        for symbol in INPUTS:
            after = table.step(ALARM_SOS, state, symbol, True)
            assert (after == OFF) == (symbol == table.CANCEL), (state, symbol)


def test_evacuation_ends_by_all_clear_alone():
    for state in (ON, ACKED):
        for symbol in INPUTS:
            after = table.step(ALARM_EVACUATION, state, symbol, True)
            assert (after == OFF) == (symbol == table.ALL_CLEAR), (state, symbol)
    assert table.step(ALARM_EVACUATION, ON, table.PRESS, True) == ACKED


def test_nothing_but_a_cause_leaves_off():
    for alarm in table.KINDS:
        for symbol in INPUTS:
            if symbol != table.RAISE:
                assert table.step(alarm, OFF, symbol, False) == OFF


def test_a_question_is_ended_by_any_answer_and_stands_without_one():
    assert table.step(ALARM_WEAR, PRE, table.TIMEOUT, True) == ON
    assert table.step(ALARM_WEAR, ON, table.CLEAR, False) == OFF
    for symbol in (table.CLEAR, table.PRESS):
        assert table.step(ALARM_WEAR, PRE, symbol, symbol != table.CLEAR) == OFF
    for symbol in (table.RAISE, table.HELP_KNOWS, table.CANCEL, table.ALL_CLEAR):
        assert table.step(ALARM_WEAR, PRE, symbol, True) == PRE
    assert table.countdown(ALARM_WEAR) == "wear_question_s"


def test_only_an_unanswered_call_for_help_escalates_and_any_answer_ends_that():
    for alarm in table.KINDS:
        for state, present in reachable(alarm):
            after = table.step(alarm, state, table.TIMEOUT, present)
            if after == ESCALATED and state != ESCALATED:
                assert state == ON and alarm in (ALARM_MAN_DOWN, ALARM_SOS)
        assert table.timed(alarm, ON) == (alarm in (ALARM_MAN_DOWN, ALARM_SOS))
        assert not table.timed(alarm, ESCALATED) and not table.timed(alarm, HELP)
    assert table.step(ALARM_MAN_DOWN, ESCALATED, table.PRESS, True) == ACKED
    assert table.step(ALARM_MAN_DOWN, ESCALATED, table.PRESS, False) == OFF
    assert table.step(ALARM_MAN_DOWN, ESCALATED, table.CLEAR, False) == ESCALATED
    assert table.step(ALARM_SOS, ESCALATED, table.PRESS, True) == ESCALATED
    assert table.step(ALARM_SOS, ESCALATED, table.HELP_KNOWS, True) == HELP


def test_what_is_restored_is_a_state_of_its_kind():
    for alarm in table.KINDS:
        states = [state for state, _ in reachable(alarm)]
        for state in STATES[1:]:
            after = table.restore(alarm, state)
            assert after != OFF and (after == state or state not in states), (alarm, state)
            if state in (PRE, ON, ESCALATED):
                assert after in states, (alarm, state)


def test_each_alarm_has_the_states_it_should():
    for alarm in table.KINDS:
        states = {state for state, _ in reachable(alarm)}
        expected = {OFF, ON, ACKED, HELP}
        if alarm == ALARM_MAN_DOWN:
            expected.add(PRE)
        if alarm in (ALARM_MAN_DOWN, ALARM_SOS):
            expected.add(ESCALATED)
        if alarm == ALARM_SOS:
            expected.remove(ACKED)
        if alarm in HELPLESS:
            expected.remove(HELP)
        if alarm == ALARM_WEAR:
            expected = {OFF, PRE, ON, ACKED}
        assert states == expected, (alarm, states)
