"""The fall detector's table: every state, every input."""

from tag.motion.fall import TABLE
from tag.names import FALL_STATES

STATES = range(6)
WATCH, IMPACT, JUDGE, FLOWN, FALLEN, DROPPED = STATES
INPUTS = range(7)
HIT, RIPE, FLIGHT, FALL, DROP, IDLE, OVER = INPUTS


def test_every_entry_is_a_state_with_a_name():
    assert len(TABLE) == len(STATES) == len(FALL_STATES)
    for row in TABLE:
        assert len(row) == len(INPUTS)
        for state in row:
            assert state in STATES


def test_only_a_judged_hit_is_a_fall():
    for state in STATES:
        for symbol in INPUTS:
            if TABLE[state][symbol] == FALLEN and state != FALLEN:
                assert state in (JUDGE, FLOWN) and symbol == FALL


def test_only_a_tag_that_flew_is_dropped():
    for state in STATES:
        for symbol in INPUTS:
            if TABLE[state][symbol] == DROPPED and state != DROPPED:
                assert state == FLOWN and symbol == DROP


def test_a_flight_is_remembered_until_it_is_judged_or_forgotten():
    for state in (WATCH, IMPACT, JUDGE):
        assert TABLE[state][FLIGHT] == FLOWN
    for symbol in (HIT, RIPE):
        assert TABLE[FLOWN][symbol] == FLOWN


def test_hold_ends_by_time_alone():
    for state in (FALLEN, DROPPED):
        for symbol in INPUTS:
            assert TABLE[state][symbol] == (WATCH if symbol == OVER else state)


def test_nothing_for_3_s_leads_back_to_watch():
    for state in (WATCH, IMPACT, JUDGE, FLOWN):
        assert TABLE[state][IDLE] == WATCH
    for state in (WATCH, IMPACT, JUDGE):
        assert TABLE[state][HIT] == IMPACT
        assert TABLE[state][RIPE] == JUDGE


def test_an_input_that_cannot_occur_changes_nothing():
    for state, symbol in ((WATCH, FALL), (WATCH, DROP), (IMPACT, FALL), (IMPACT, DROP), (JUDGE, DROP), (FLOWN, OVER)):
        assert TABLE[state][symbol] == state


def test_every_state_is_reachable_and_can_be_left():
    seen = {WATCH}
    for _ in STATES:
        for state in list(seen):
            seen.update(TABLE[state])
    assert seen == set(STATES)
    for state in STATES:
        assert any([TABLE[state][symbol] != state for symbol in INPUTS])
