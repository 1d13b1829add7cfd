"""Calls for help from tag to tag: when one is sent and ends, what of what is heard is believed, and how far it is passed on."""

import micropython
from tag.events import (
    ALARM_GAS_HIGH,
    ALARM_GAS_LOW,
    ALARM_MAN_DOWN,
    ALARM_SOS,
    ESCALATED,
    OFF,
    ON,
    PEER,
    PRE,
)
from tag.reporting.shout import LENGTH, Shout
from ticks import add, diff

START = (1 << 30) - 30000  # ticks wrap inside
KEY = bytes(range(16))
MAN = 1 << ALARM_MAN_DOWN


def numbered(n):
    return bytes((1, 2, 3, 4, 0, 0, 1, n))


class Dice:
    def __init__(self, seed):
        self.state = seed

    def __call__(self, bits):
        self.state = (self.state * 1664525 + 1013904223) & 0xFFFFFFFF
        return self.state >> (32 - bits)


def tag(n=1, key=KEY):
    return Shout(key, numbered(n), Dice(n))


def called(one, seconds, since_ms=START, step_ms=500):
    """[(ms after `since_ms`, frame), ...] of what a tag broadcasts."""
    found = []
    for i in range(seconds * 1000 // step_ms):
        t_ms = add(since_ms, i * step_ms)
        if one.next(t_ms):
            found.append((i * step_ms, bytes(one.frame)))
    return found


def a_call(n=1, alarm=ALARM_MAN_DOWN, state=ON, seq=5, minute=0, key=KEY):
    one = tag(n, key)
    one.minute = minute
    one.alarm(alarm, ON, seq, START)
    frames = called(one, 20)
    if state != ON:
        one.alarm(alarm, state, seq + 1, add(START, 20000))
        frames = called(one, 30, add(START, 20000))
    return frames[0][1]


# -- own calls ---------------------------------------------------------------------------------------------------------


def test_a_call_goes_out_when_no_link_has_told_it_and_then_less_and_less_often():
    one = tag()
    one.alarm(ALARM_MAN_DOWN, ON, 5, START)
    found = called(one, 900)
    times = [ms for ms, _ in found]
    assert times[0] == 15000 and len(times) < 12
    for i in range(1, len(times)):
        least = min(20000 << (i - 1), 160000)
        assert least <= times[i] - times[i - 1] <= least * 5 // 4 + 500, times
    assert all([len(frame) == LENGTH and frame[0] == 0xE0 for _, frame in found])


def test_what_a_link_has_delivered_is_not_called():
    one = tag()
    one.alarm(ALARM_MAN_DOWN, ON, 5, START)
    one.delivered(4)
    one.delivered(6)
    assert len(called(one, 20)) == 1
    one.delivered(5)
    assert called(one, 600) == []
    for alarm in (ALARM_GAS_LOW, 1, 6, 9):
        one.alarm(alarm, ON, 7, START)
    one.alarm(ALARM_SOS, PRE, 7, START)
    assert called(one, 600) == []


def test_an_end_is_said_three_times_to_who_has_heard_the_beginning():
    one = tag()
    one.alarm(ALARM_SOS, ON, 5, START)
    one.alarm(ALARM_SOS, OFF, 6, add(START, 14000))
    assert called(one, 600) == []
    one.alarm(ALARM_SOS, ON, 7, START)
    assert len(called(one, 30)) == 1
    one.alarm(ALARM_SOS, OFF, 8, add(START, 30000))
    found = called(one, 600, add(START, 30000))
    assert [frame[11] for _, frame in found] == [OFF] * 3 and found[0][0] == 0
    assert found[2][0] - found[0][0] >= 40000


def test_an_alarm_that_changes_all_the_time_is_not_put_off_and_not_said_more_often():
    one = tag()
    frames = 0
    for second in range(300):
        t_ms = add(START, second * 1000)
        if second % 5 == 0:
            one.alarm(ALARM_GAS_HIGH, (ON, ESCALATED)[second // 5 % 2], 5 + second, t_ms)
        if one.next(t_ms):
            frames += 1
            assert second >= 15 and one.frame[6] == (5 + second // 5 * 5) & 255
    assert 3 <= frames <= 6


# -- those of others ---------------------------------------------------------------------------------------------------


def test_a_call_is_shown_once_and_lives_while_it_is_repeated():
    other = tag(2)
    call = a_call()
    peer = int.from_bytes(numbered(1)[4:], "little")
    assert other.heard(call, LENGTH, -90, START) == (PEER, START, peer, ALARM_MAN_DOWN, ON, -90, 0)
    assert other.heard(call, LENGTH, -80, add(START, 500000)) is None and other.calls(add(START, 500000)) == MAN
    assert other.calls(add(START, 1099999)) == MAN and other.calls(add(START, 1100000)) == 0


def test_the_end_of_a_call_ends_it_and_one_alarm_of_a_peer_does_not_hide_another():
    other = tag(2)
    other.heard(a_call(seq=5), LENGTH, -90, START)
    other.heard(a_call(alarm=ALARM_SOS, seq=9), LENGTH, -90, START)
    assert other.calls(START) == MAN | 1 << ALARM_SOS
    assert other.heard(a_call(alarm=ALARM_SOS, state=OFF, seq=9), LENGTH, -90, START)[4] == OFF
    assert other.calls(START) == MAN
    assert other.heard(a_call(seq=5), LENGTH, -90, START) is None and other.calls(START) == MAN


def test_replays_are_refused():
    other = tag(2)
    old, new = a_call(seq=5), a_call(state=OFF, seq=6)
    assert other.heard(old, LENGTH, -90, START) and other.heard(new, LENGTH, -90, START)
    for _ in range(3):
        assert other.heard(old, LENGTH, -90, START) is None and other.calls(START) == 0
    assert other.refused == 3
    # of another day, to a tag that has just started
    for minute, ours, believed in ((1000, 1003, 1), (1000, 1004, 0), (2, 65535, 1), (0, 500, 1), (500, 0, 1)):
        other = tag(3)
        other.minute = ours
        found = other.heard(a_call(minute=minute), LENGTH, -90, START)
        assert (found is not None) == bool(believed), (minute, ours)


def test_nobody_without_the_sites_key_calls_and_nobody_hears_oneself():
    other = tag(2)
    assert other.heard(a_call(key=bytes(16)), LENGTH, -90, START) is None and other.refused == 1
    assert tag(1).heard(a_call(1), LENGTH, -90, START) is None
    for wrong in (a_call()[:21], a_call() + b"x", b"", b"\xe0" * LENGTH):
        assert other.heard(wrong, len(wrong), -90, START) is None
    assert other.heard(b"\xe0\x10", LENGTH, -90, START) is None  # says more than there is
    assert other.calls(START) == 0


def test_every_single_bit_counts():
    call = bytearray(a_call(minute=77))
    for bit in range(8 * LENGTH):
        other = tag(2)
        call[bit >> 3] ^= 1 << (bit & 7)
        assert other.heard(call, LENGTH, -90, START) is None and other.calls(START) == 0, bit
        call[bit >> 3] ^= 1 << (bit & 7)
    assert tag(2).heard(call, LENGTH, -90, START)


def test_mutated_frames_never_raise():
    dice = Dice(7)
    call = a_call()
    other = tag(2)
    for _ in range(3000):
        frame = bytearray(call)
        for _ in range(1 + dice(2)):
            frame[dice(8) % LENGTH] = dice(8)
        n = (LENGTH, LENGTH, LENGTH, dice(6))[dice(2)]
        found = other.heard(frame, n, -dice(7), add(START, dice(20)))
        assert found is None or bytes(frame) == call


# -- on its way --------------------------------------------------------------------------------------------------------


class Gallery:
    """Tags in a row, each of which hears only its neighbours; a share of all frames is lost."""

    def __init__(self, n, seed, lost_256=0):
        self.tags = [tag(i + 1) for i in range(n)]
        self.dice = Dice(seed)
        self.lost = lost_256
        self.sent = [0] * n
        self.events = [[] for _ in range(n)]

    def live(self, seconds, since_ms=START):
        for i in range(seconds * 2):
            t_ms = add(since_ms, i * 500)
            for k in range(len(self.tags)):
                n = self.tags[k].next(t_ms)
                if n:
                    self.sent[k] += 1
                    frame = bytes(self.tags[k].frame)
                    for near in (k - 1, k + 1):
                        if 0 <= near < len(self.tags) and self.dice(8) >= self.lost:
                            event = self.tags[near].heard(frame, n, -100, t_ms)
                            if event:
                                self.events[near].append(event)


def test_a_call_travels_two_hops_and_no_further():
    row = Gallery(6, 1)
    row.tags[0].alarm(ALARM_MAN_DOWN, ON, 5, START)
    row.live(60)
    assert [len(events) for events in row.events] == [0, 1, 1, 1, 0, 0]
    assert [events[0][6] for events in row.events[1:4]] == [0, 1, 2]
    assert row.sent[1] == row.sent[2] == 1 and row.sent[3] == 0


def test_with_half_of_all_frames_lost_the_neighbours_still_hear_it():
    for seed in range(1, 9):
        row = Gallery(3, seed, 128)
        row.tags[0].alarm(ALARM_SOS, ON, 5, START)
        row.live(900)
        assert row.events[1] and row.sent[0] < 12 and row.sent[1] <= 1, (seed, row.sent)


def test_many_callers_do_not_make_a_tag_shout_without_end():
    middle = tag(99)
    sent = []
    for second in range(120):
        t_ms = add(START, second * 1000)
        for n in range(3):
            middle.heard(a_call(1 + (second * 3 + n) % 90, seq=5 + second), LENGTH, -90, t_ms)
        if middle.next(t_ms):
            sent.append(t_ms)
    for i in range(10, len(sent)):
        assert diff(sent[i], sent[i - 10]) >= 60000
    assert 10 <= len(sent) <= 30


def test_a_call_heard_twice_was_passed_on_by_another():
    other = tag(2)
    call = a_call()
    other.heard(call, LENGTH, -90, START)
    other.heard(call, LENGTH, -90, add(START, 400))
    assert called(other, 60) == []


def test_what_waits_is_what_next_gives():
    dice = Dice(5)
    for seed in range(1, 6):
        one = tag(seed)
        t_ms = START
        said = 0
        for i in range(4000):
            t_ms = add(t_ms, 100 + dice(9))
            what = dice(7)
            if what < 4:
                one.alarm((ALARM_MAN_DOWN, ALARM_SOS)[what & 1], (ON, OFF, PRE)[dice(4) % 3], 5 + i, t_ms)
            elif what < 8:
                one.heard(a_call(20 + dice(2), seq=5 + i), LENGTH, -90, t_ms)
            elif what == 8:
                one.delivered(one._own.get(ALARM_SOS, (0,))[0])
            waits = one.waits(t_ms)
            assert waits == one.waits(t_ms)  # asking changes nothing
            if dice(2):
                n = one.next(t_ms)
                assert n == (LENGTH if waits else 0), (seed, i)
                said += waits
        assert said > 100


def test_asking_takes_nothing_from_the_heap():
    one = tag()
    one.alarm(ALARM_MAN_DOWN, ON, 5, START)
    one.heard(a_call(2), LENGTH, -90, START)
    foreign = bytearray(b"\x60" + bytes(21))
    t_ms = add(START, 100)
    one.waits(t_ms)
    if hasattr(micropython, "heap_lock"):
        micropython.heap_lock()
    try:
        waits = one.waits(t_ms)
        found = one.heard(foreign, LENGTH, -90, t_ms)
        calls = one.calls(t_ms)
    finally:
        if hasattr(micropython, "heap_unlock"):
            micropython.heap_unlock()
    assert not waits and found is None and calls == MAN


def test_a_call_that_went_silent_does_not_call_again_when_the_ticks_come_round():
    other = tag(2)
    call = a_call()
    assert other.heard(call, LENGTH, -90, START)
    t_ms = START
    shown = 0
    for _ in range(3600):  # twelve days and a half, as long as ticks last
        shown += other.calls(t_ms) != 0
        t_ms = add(t_ms, 300000)
    assert shown == 2
    assert other.heard(call, LENGTH, -90, t_ms) is None and other.calls(t_ms) == MAN  # it is heard again: it lives on


def test_a_call_is_passed_on_soon_or_not_at_all():
    for wait_ms, passed in ((3000, 1), (60000, 1), (63000, 0), (1 << 29, 0)):
        other = tag(2)
        other.heard(a_call(), LENGTH, -90, START)
        t_ms = add(START, wait_ms)
        assert other.waits(t_ms) == bool(passed), wait_ms
        assert (other.next(t_ms) > 0) == bool(passed)
        if wait_ms < 1 << 29:
            assert not other.waits(add(t_ms, 100))
            assert not other.waits(add(add(t_ms, 1 << 29), 1 << 29))


def test_ten_calls_a_minute_are_passed_on_and_none_is_asked_for_in_vain():
    middle = tag(99)
    said = 0
    for i in range(600):
        t_ms = add(START, i * 100)
        middle.heard(a_call(1 + i % 90, seq=5 + i), LENGTH, -90, t_ms)
        if middle.waits(t_ms):
            said += 1
            assert middle.next(t_ms) == LENGTH, i
    assert said == 10


def test_each_hop_is_signed_anew_and_counts():
    frames = [a_call()]
    for n in (2, 3):
        other = tag(n)
        assert other.heard(frames[-1], LENGTH, -90, START)[6] == n - 2
        frames.append(called(other, 10)[0][1])
    assert [frame[1] & 15 for frame in frames] == [0, 1, 2]
    assert frames[0][2:14] == frames[1][2:14] == frames[2][2:14] and len({frame[14:] for frame in frames}) == 3
    last = tag(4)
    assert last.heard(frames[2], LENGTH, -90, START)[6] == 2 and called(last, 30) == []
    again = bytearray(frames[2])
    again[1] -= 1  # a hop taken off by somebody without the key
    assert tag(5).heard(again, LENGTH, -90, START) is None
