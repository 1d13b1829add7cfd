"""Which version starts: the state machine walked from every state, through every event, and its bytes damaged in every bit."""

import struct

from slotstate import (
    CONFIRMED,
    FELL_BACK,
    PLAIN,
    ROLLED_BACK,
    STEADY,
    TAKEN_UP,
    TRIAL,
    TRIES,
    A,
    B,
    State,
    decode,
    encode,
)

WHOLES = [(a, b) for a in (False, True) for b in (False, True)]  # is app.a whole, is app.b


def states():
    """Every state that can be written, but for texts and numbers that nothing depends on."""
    for phase in (STEADY, TRIAL):
        for slot in (PLAIN, A, B):
            for back in (PLAIN, A, B):
                for tries in range(TRIES + 1):
                    for news in range(FELL_BACK + 1):
                        state = State()
                        state.phase, state.slot, state.back = phase, slot, back
                        state.tries, state.news, state.generation = tries, news, 7
                        if decode(encode(state)):
                            yield state


def copy(state):
    return decode(encode(state))


def key(state):
    return (state.phase, state.slot, state.back, state.tries, state.news)


def oracle(state, whole):
    """The head's table, row by row, written down once more."""
    phase, slot, back, tries, news = key(state)
    good = {PLAIN: True, A: whole[0], B: whole[1]}
    if phase == TRIAL:
        if tries and good[slot]:
            return (TRIAL, slot, back, tries - 1, news)
        slot, back, tries, phase, news = back, PLAIN, 0, STEADY, ROLLED_BACK
    if good[slot]:
        return (phase, slot, back, tries, news)
    return (STEADY, back if back != slot and good[back] else PLAIN, PLAIN, tries, FELL_BACK)


def test_every_start_from_every_state_is_the_tables():
    seen = 0
    for state in states():
        for whole in WHOLES:
            now = copy(state)
            changed = now.started(lambda slot, whole=whole: whole[slot - 1])
            want = oracle(state, whole)
            assert key(now) == want, (key(state), whole, key(now), want)
            assert changed == (want != key(state)), (key(state), whole)
            assert now.slot == PLAIN or whole[now.slot - 1], "a damaged slot would start"
            assert now.phase == STEADY or (now.back != now.slot), "nothing to go back to"
            seen += 1
    assert seen > 500


def test_whatever_happens_a_trial_ends_after_its_tries_and_the_version_that_proved_itself_stays():
    """Breadth first through all states that a life can reach from a tag with plain files and from nothing."""
    edges = 0
    first = State()
    first.generation = 1
    todo = [(first, (False, False))]
    known = {}
    while todo:
        state, whole = todo.pop()
        if (key(state), whole) in known:
            continue
        known[key(state), whole] = True
        nexts = []
        free = state.free
        assert free != state.base and free in (A, B), "an update would overwrite the version to go back to"
        taken = tuple(True if slot == free else whole[slot - 1] for slot in (A, B))
        new = copy(state)
        new.installed(free, 2, 60)
        assert key(new) == (TRIAL, free, state.base, TRIES, TAKEN_UP)
        nexts += [(new, taken), (copy(state), taken)]  # a cut between the rename and the state
        start = copy(state)
        start.started(lambda slot, whole=whole: whole[slot - 1])
        nexts.append((start, whole))
        if state.phase == TRIAL:
            base = state.base
            good = copy(state)
            good.confirmed()
            assert key(good) == (STEADY, state.slot, base, 0, CONFIRMED)
            bad = copy(state)
            bad.rolled_back("x")
            assert key(bad) == (STEADY, base, PLAIN, 0, ROLLED_BACK)
            nexts += [(good, whole), (bad, whole)]
        told = copy(state)
        told.news = 0
        nexts.append((told, whole))
        for slot in (A, B):  # damaged later
            nexts.append((copy(state), tuple(whole[at - 1] and at != slot for at in (A, B))))
        for state, whole in nexts:
            assert decode(encode(state)), key(state)
            edges += 1
            todo.append((state, whole))
    assert len(known) > 60 and edges > 400, (len(known), edges)


def test_a_trial_that_only_ever_starts_is_given_up_at_the_fourth_start():
    state = State()
    state.installed(A, 0x0102, 60)
    for left in (2, 1, 0):
        assert state.started(lambda slot: True) and (state.phase, state.slot, state.tries) == (TRIAL, A, left)
    assert state.started(lambda slot: True)
    assert key(state) == (STEADY, PLAIN, PLAIN, 0, ROLLED_BACK) and state.text == "not healthy in time"
    assert state.version == 0x0102 and not state.started(lambda slot: True)


def made():
    state = State()
    state.installed(B, 0x0102, 75)
    state.back, state.generation, state.text = A, 0x12345678, "why: ä"
    return state


def test_the_bytes_are_those_of_the_head():
    data = encode(made())
    assert len(data) == 72
    assert data[:20] == b"DVBT\x01\x01\x02\x01\x03\x01\x02\x01" + struct.pack("<HHI", 75, 0xFFFF, 0x12345678)
    assert data[20:68] == "why: ä".encode() + bytes(41)
    # zlib.crc32 of CPython over the 68 bytes before
    assert struct.unpack_from("<I", data, 68)[0] == 0xB8F0E8C9
    again = decode(data)
    assert key(again) == key(made()) and again.text == "why: ä"
    assert (again.version, again.healthy_s, again.faults, again.generation) == (0x0102, 75, 0xFFFF, 0x12345678)


def test_no_damage_of_one_bit_or_of_the_length_passes():
    data = encode(made())
    for i in range(len(data)):
        for bit in range(8):
            bad = bytearray(data)
            bad[i] ^= 1 << bit
            assert decode(bytes(bad)) is None, (i, bit)
    for n in range(len(data)):
        assert decode(data[:n]) is None
    assert decode(data + b"\0") is None


def test_a_text_is_cut_and_half_a_letter_costs_the_text_alone():
    state = made()
    state.text = "x" * 47 + "ä"
    again = decode(encode(state))
    assert key(again) == key(state) and again.text in ("", "x" * 47 + "\xc3")
    state.text = "y" * 90
    assert decode(encode(state)).text == "y" * 48
