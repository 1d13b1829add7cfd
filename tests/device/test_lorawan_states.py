"""The MAC's state table, exhaustively: the table itself, and a device in each of its states under everything that can happen."""

from lorawan_rig import Rig, join_accept

from lorawan import states
from lorawan.mac import KEEP, LISTEN, NOTHING, SEND, STOP
from lorawan.states import AGAIN, FIRST, IDLE, PAUSE_1, PAUSE_2, READY, SECOND, SENDING, TABLE
from ticks import add, diff

ALL = (IDLE, READY, SENDING, PAUSE_1, FIRST, PAUSE_2, SECOND, AGAIN)


HOMEWARD = {
    READY: states.GO,
    SENDING: states.SENT,
    PAUSE_1: states.DUE,
    FIRST: states.CLOSED,
    PAUSE_2: states.DUE,
    SECOND: states.CLOSED,
    AGAIN: states.DROP,
}


def test_the_table_is_whole_and_every_state_comes_home():
    assert len(TABLE) == 8
    for row in TABLE:
        assert len(row) == 9
        for state in row:
            assert state in ALL
    seen = {IDLE}
    todo = [IDLE]
    while todo:
        for after in TABLE[todo.pop()]:
            if after not in seen:
                seen.add(after)
                todo.append(after)
    assert seen == set(ALL)
    for state in ALL:  # the way home is never longer than the exchange
        steps = 0
        while state != IDLE:
            state = TABLE[state][HOMEWARD[state]]
            steps += 1
            assert steps <= 6


def place(state, class_c=False, joining=False):
    """A device in that state, its tick in `rig.t_ms`, nothing answered that it has ordered."""
    rig = Rig(class_c=class_c)
    mac = rig.mac
    if not joining:
        rig.join()
        mac.stack.terms.nb_trans = 2
        mac.stack.duty.reserve[1] = 30000
        mac.stack.up_bound = 1000
        if state == IDLE:
            return rig
        assert mac.send(1, b"x", 1, True, False, rig.t_ms)
    elif state == IDLE:
        return rig
    elif state in (READY, AGAIN):
        return None  # a join request is built and handed over in one step, and not repeated
    if state == READY:
        return rig
    while mac.step(rig.t_ms) != SEND:
        mac.was_kept(True, rig.t_ms)
        rig.t_ms = add(rig.t_ms, max(0, diff(mac.due_ms, rig.t_ms)))
    if state == SENDING:
        return rig
    rig.t_ms = add(rig.t_ms, mac.sender.air_ms)
    mac.sent(rig.t_ms)
    for _ in range(9):
        if mac.state == state:
            return rig
        mac.step(rig.t_ms)
        if mac.state == state:
            return rig
        if mac.state in (FIRST, SECOND) and not mac.continuous:
            rig.t_ms = mac.close_ms
            mac.silent(rig.t_ms)
        else:
            rig.t_ms = add(rig.t_ms, max(1, diff(mac.due_ms, rig.t_ms)))
    raise AssertionError(state)


def good_frame(rig):
    """A frame that is genuine for the device as it is."""
    if rig.side is None:
        return join_accept(1)
    return rig.side.down(5, b"go", ack=True)


# What can happen, by name.
INPUTS = {
    "now": lambda rig: rig.mac.step(rig.t_ms),
    "due": lambda rig: (rig.mac.step(rig.t_ms), later(rig, diff(rig.mac.due_ms, rig.t_ms)), rig.mac.step(rig.t_ms)),
    "hour": lambda rig: (later(rig, 3600000), rig.mac.step(rig.t_ms)),
    "sent": lambda rig: rig.mac.sent(rig.t_ms),
    "failed": lambda rig: rig.mac.failed(rig.t_ms),
    "silent": lambda rig: rig.mac.silent(rig.t_ms),
    "hearing": lambda rig: rig.mac.hearing(rig.t_ms),
    "noise": lambda rig: rig.mac.heard(b"\x60" + bytes(20), 21, -120, -20, rig.t_ms),
    "empty": lambda rig: rig.mac.heard(b"", 0, -120, -20, rig.t_ms),
    "good": lambda rig: (lambda frame: rig.mac.heard(frame, len(frame), -80, 5, rig.t_ms))(good_frame(rig)),
    "kept": lambda rig: rig.mac.was_kept(True, rig.t_ms),
    "not kept": lambda rig: rig.mac.was_kept(False, rig.t_ms),
    "send": lambda rig: rig.mac.send(2, b"y", 1, False, False, rig.t_ms),
    "alarm": lambda rig: rig.mac.send(2, b"z", 1, False, True, rig.t_ms),
    "rejoin": lambda rig: rig.mac.rejoin(rig.t_ms),
}

# state -> input -> the states it may lead to, when others than the same. A join request differs where it says (joining, joined).
NEXT = {
    IDLE: {"send": (READY,), "alarm": (READY,), "due": (IDLE, READY), "hour": (IDLE, READY)},
    READY: {"now": (SENDING,), "due": (IDLE,), "hour": (SENDING,)},
    SENDING: {"sent": (PAUSE_1,), "failed": (IDLE,), "due": (IDLE, SENDING), "hour": (IDLE, SENDING)},
    PAUSE_1: {"due": (FIRST,), "hour": (AGAIN, IDLE, SENDING)},
    FIRST: {
        "good": (IDLE,),
        "noise": (PAUSE_2,),
        "empty": (PAUSE_2,),
        "silent": (PAUSE_2,),
        "failed": (PAUSE_2,),
        "due": (PAUSE_2, SECOND, AGAIN, IDLE),
        "hour": (PAUSE_2, SECOND, AGAIN, IDLE, SENDING),
    },
    PAUSE_2: {"due": (SECOND,), "hour": (AGAIN, IDLE, SENDING)},
    SECOND: {
        "good": (IDLE, SECOND),
        "noise": (AGAIN, IDLE, SECOND),
        "empty": (AGAIN, IDLE, SECOND),
        "silent": (AGAIN, IDLE, SECOND),
        "failed": (AGAIN, IDLE),
        "due": (AGAIN, IDLE, SECOND),
        "hour": (AGAIN, IDLE, SENDING),
    },
    AGAIN: {"due": (AGAIN, SENDING), "hour": (SENDING, IDLE), "alarm": (READY,), "rejoin": (IDLE,)},
}


def later(rig, ms):
    rig.t_ms = add(rig.t_ms, max(0, ms))


def test_whatever_happens_the_table_is_followed():
    walked = 0
    for joining in (False, True):
        for class_c in (False, True):
            for state in ALL:
                for name in INPUTS:
                    rig = place(state, class_c, joining)
                    if rig is None:
                        continue
                    assert rig.mac.state == state
                    INPUTS[name](rig)
                    walked += 1
                    after = rig.mac.state
                    expected = NEXT[state].get(name, (state,))
                    assert after in expected or (after == state and state in (IDLE, SECOND)), (
                        joining,
                        class_c,
                        state,
                        name,
                        after,
                    )
                    if name in NEXT[state] and state not in (IDLE, SECOND, AGAIN, SENDING, PAUSE_1, PAUSE_2):
                        assert after != state or (joining and class_c), (joining, class_c, state, name)
                    rig.mac.step(rig.t_ms)
    assert walked == 15 * (8 + 8 + 6 + 6)


def test_a_dead_radio_and_a_dead_store_end_in_idle():
    for joining in (False, True):
        for class_c in (False, True):
            for state in ALL:
                rig = place(state, class_c, joining)
                if rig is None:
                    continue
                rig.mac.stack.duty.reserve[1] = 0
                home = False
                for _ in range(400):  # only time passes: no order is carried out
                    rig.mac.step(rig.t_ms)
                    later(rig, max(1, diff(rig.mac.due_ms, rig.t_ms)))
                    home = home or rig.mac.state == IDLE
                assert home, (joining, class_c, state)


def test_two_inputs_in_a_row_never_raise():
    for class_c in (False, True):
        for state in ALL:
            for first in INPUTS:
                for second in INPUTS:
                    rig = place(state, class_c)
                    INPUTS[first](rig)
                    INPUTS[second](rig)
                    assert rig.mac.step(rig.t_ms) in (NOTHING, KEEP, SEND, LISTEN, STOP)
                    assert rig.mac.state in ALL


def test_asking_again_changes_nothing():
    for class_c in (False, True):
        for state in ALL:
            rig = place(state, class_c)
            while rig.step() != NOTHING:
                pass
            before = rig.mac.state
            for _ in range(3):
                assert rig.mac.step(rig.t_ms) == NOTHING and rig.mac.state == before
