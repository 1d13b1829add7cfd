"""The fall detector's table: every state, every input."""

from tag.motion import fall

STATES = (fall.WATCH, fall.IMPACT, fall.JUDGE, fall.FALLEN, fall.DROPPED)
INPUTS = (fall.HIT, fall.RIPE, fall.FALL, fall.DROP, fall.IDLE, fall.OVER)


def test_every_entry_is_a_state():
    assert len(fall.TABLE) == len(STATES)
    for row in fall.TABLE:
        assert len(row) == len(INPUTS)
        for state in row:
            assert state in STATES


def test_only_a_judged_fall_is_a_fall():
    for state in STATES:
        for symbol in INPUTS:
            if fall.TABLE[state][symbol] == fall.FALLEN and state != fall.FALLEN:
                assert state == fall.JUDGE and symbol == fall.FALL


def test_a_drop_is_believed_in_every_state():
    for state in STATES:
        assert fall.TABLE[state][fall.DROP] == fall.DROPPED


def test_hold_ends_by_time_alone():
    for state in (fall.FALLEN, fall.DROPPED):
        for symbol in (fall.HIT, fall.RIPE, fall.FALL, fall.IDLE):
            assert fall.TABLE[state][symbol] == state
        assert fall.TABLE[state][fall.OVER] == fall.WATCH


def test_nothing_for_3_s_leads_back_to_watch():
    for state in (fall.WATCH, fall.IMPACT, fall.JUDGE):
        assert fall.TABLE[state][fall.IDLE] == fall.WATCH
        assert fall.TABLE[state][fall.HIT] == fall.IMPACT
        assert fall.TABLE[state][fall.RIPE] == fall.JUDGE


def test_every_state_is_reachable_and_can_be_left():
    seen = {fall.WATCH}
    for _ in STATES:
        for state in list(seen):
            seen.update(fall.TABLE[state])
    assert seen == set(STATES)
    for state in STATES:
        assert any([fall.TABLE[state][symbol] != state for symbol in INPUTS])
