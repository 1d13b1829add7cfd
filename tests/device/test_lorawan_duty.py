"""The account of airtime: never more than the hour has, a share for what is urgent, and nothing forgotten over a reset."""

from lorawan_rig import T0, lcg

from lorawan.duty import SLOTS, Duty
from ticks import add, diff

BANDS = ((868000000, 868600000, 10), (869400000, 869650000, 100))
HOUR = 3600000
SLOT = 300000


def test_what_was_not_begun_does_not_count():
    duty = Duty(BANDS, 25, T0)
    room = duty.room_ms(0, True)
    duty.charge(0, 5000)
    duty.undo()
    duty.undo()
    assert duty.room_ms(0, True) == room
    duty.charge(0, 5000)
    duty.ended()
    duty.undo()
    assert duty.room_ms(0, True) == room - 5000


def kept(duty):
    buf = bytearray(duty.size + 3)
    duty.save(buf, 3, -1, 0)
    duty.kept()
    return buf


def test_what_is_sent_comes_back_after_an_hour_and_not_before():
    duty = Duty(BANDS, 0, T0)
    duty.charge(0, 36000)
    duty.ended()
    assert duty.room_ms(0, True) == 0 and duty.open(1, True) == 2
    assert duty.room_ms(1, True) == 360000
    duty.roll(add(T0, HOUR))
    assert duty.room_ms(0, True) == 0
    wait = duty.wait_ms(0, 1, True, add(T0, HOUR))
    assert 0 < wait <= SLOT
    duty.roll(add(T0, HOUR + wait - 1))
    assert duty.room_ms(0, True) == 0
    duty.roll(add(T0, HOUR + wait))
    assert duty.room_ms(0, True) == 36000


def test_a_share_is_left_for_what_is_urgent():
    duty = Duty(BANDS, 25, T0)
    duty.charge(0, 26000)
    duty.ended()
    assert duty.open(1000, False) == 3 and duty.open(1001, False) == 2
    assert duty.open(10000, True) == 3 and duty.open(10001, True) == 2
    assert duty.wait_ms(0, 27001, False, T0) == -1 and duty.wait_ms(0, 36001, True, T0) == -1
    assert duty.wait_ms(0, 36000, True, T0) > HOUR - SLOT


def test_a_frame_counts_in_the_slot_in_which_it_ended():
    duty = Duty(BANDS, 0, T0)
    duty.roll(add(T0, SLOT - 1))
    duty.charge(0, 36000)
    late = add(T0, SLOT + 2000)
    duty.roll(late)
    duty.ended()
    for t in (HOUR + SLOT, HOUR + 2 * SLOT - 1):
        duty.roll(add(T0, t))
        assert duty.room_ms(0, True) == 0, t
    duty.roll(add(T0, HOUR + 2 * SLOT))
    assert duty.room_ms(0, True) == 36000


def test_days_pass_at_once():
    duty = Duty(BANDS, 0, T0)
    duty.charge(0, 100)
    duty.ended()
    duty.roll(add(T0, 5 * 24 * HOUR))
    assert duty.room_ms(0, True) == 36000
    assert diff(duty._next_ms, add(T0, 5 * 24 * HOUR)) > 0


def test_no_hour_holds_more_than_its_share():
    below = lcg(5)
    for share in (0, 25):
        duty = Duty(BANDS, share, T0)
        log = []  # (end, ms, urgent)
        t = 0
        for _ in range(3000):
            t += below(40000)
            now = add(T0, t)
            duty.roll(now)
            ms = 50 + below(2500)
            urgent = below(5) == 0
            if duty.open(ms, urgent) & 1:
                duty.charge(0, ms)
                t += ms
                duty.roll(add(T0, t))
                duty.ended()
                log.append((t, ms, urgent))
        first = 0
        total = 0
        for end, ms, _ in log:  # every window of an hour that ends with a frame's end
            total += ms
            while log[first][0] <= end - HOUR:
                total -= log[first][1]
                first += 1
            part = max(0, log[first][1] - (log[first][0] - (end - HOUR))) if first else 0
            assert total - part <= 36000, (total, end)
        assert len(log) > 300


def test_the_wait_is_what_it_takes():
    below = lcg(9)
    duty = Duty(BANDS, 0, T0)
    t = 0
    for _ in range(300):
        t += below(100000)
        duty.roll(add(T0, t))
        ms = 500 + below(3000)
        wait = duty.wait_ms(0, ms, True, add(T0, t))
        if wait:
            duty.roll(add(T0, t + wait - 1))
            assert not duty.open(ms, True) & 1
            t += wait
            duty.roll(add(T0, t))
        assert duty.open(ms, True) & 1
        duty.charge(0, ms)
        duty.ended()


def test_a_reset_forgets_nothing_and_makes_nothing_younger():
    duty = Duty(BANDS, 0, T0)
    for i in range(6):
        duty.roll(add(T0, i * SLOT))
        duty.charge(0, 1000 + i)
        duty.ended()
    state = kept(duty)
    after = Duty(BANDS, 0, 77)
    after.load(state, 3)
    assert 36000 - 6015 - 8 * 6 <= after.room_ms(0, True) <= 36000 - 6015
    after.roll(77 + (SLOTS - 5) * SLOT)
    assert after.room_ms(0, True) > 36000 - 6015  # the oldest is gone
    after.roll(77 + (SLOTS - 1) * SLOT)
    assert after.room_ms(0, True) < 36000
    after.roll(77 + SLOTS * SLOT)
    assert after.room_ms(0, True) == 36000


def test_what_was_not_kept_is_covered_by_the_reserve():
    duty = Duty(BANDS, 0, T0)
    assert not duty.covers(0, 1)
    buf = bytearray(duty.size)
    duty.save(buf, 0, 0, 62)
    assert not duty.covers(0, 62)  # not before it is safe
    duty.kept()
    assert duty.covers(0, 62) and not duty.covers(1, 1)
    spent = 0
    while duty.covers(0, 62):
        duty.charge(0, 62)
        duty.ended()
        spent += 62
    assert spent >= 1000
    after = Duty(BANDS, 0, 0)
    after.load(buf, 0)
    assert 36000 - after.room_ms(0, True) >= spent
    assert after.room_ms(1, True) == 360000
    assert not after.covers(0, 1)  # the reserve is used up with the reset


def test_a_long_frame_gets_the_reserve_it_needs():
    duty = Duty(BANDS, 0, T0)
    buf = bytearray(duty.size)
    duty.save(buf, 0, 0, 2794)
    duty.kept()
    assert duty.covers(0, 2794) and not duty.covers(0, 2795)


def test_resets_over_and_over_never_win_airtime():
    below = lcg(3)
    state = None
    log = []
    t = 0
    duty = Duty(BANDS, 0, T0)
    for _ in range(4000):
        t += below(30000)
        if below(60) == 0:  # reset
            duty = Duty(BANDS, 0, add(T0, t))
            if state:
                duty.load(state, 3)
        duty.roll(add(T0, t))
        if duty.stale():
            state = kept(duty)
        ms = 60 + below(1500)
        if not duty.open(ms, True) & 1:
            continue
        if not duty.covers(0, ms):
            buf = bytearray(duty.size + 3)
            duty.save(buf, 3, 0, ms)
            if below(20) == 0:
                continue  # the cut comes first: not kept
            state = buf
            duty.kept()
        duty.charge(0, ms)
        t += ms
        duty.roll(add(T0, t))
        duty.ended()
        log.append((t, ms))
    total = first = 0
    for end, ms in log:
        total += ms
        while log[first][0] <= end - HOUR:
            total -= log[first][1]
            first += 1
        assert total <= 36000 + log[first][1]
    assert len(log) > 200


def test_a_kept_account_grows_stale_while_something_is_counted():
    duty = Duty(BANDS, 0, T0)
    duty.roll(add(T0, 4 * SLOT))
    assert not duty.stale()
    duty.charge(1, 10)
    duty.ended()
    assert duty.stale()
    kept(duty)
    assert not duty.stale()
    duty.roll(add(T0, 5 * SLOT))
    assert not duty.stale()
    duty.roll(add(T0, 6 * SLOT))
    assert duty.stale()


def test_a_device_that_resets_every_half_hour_sees_its_account_grow_old():
    duty = Duty(BANDS, 0, T0)
    duty.charge(0, 36000)
    duty.ended()
    state = kept(duty)
    t = 0
    for _ in range(3):
        duty = Duty(BANDS, 0, add(T0, t))
        duty.load(state, 3)
        for _ in range(6):
            t += SLOT
            duty.roll(add(T0, t))
            if duty.stale():
                state = kept(duty)
        t += SLOT
    assert duty.room_ms(0, True) == 36000


def test_a_full_account_is_silent_for_an_hour():
    duty = Duty(BANDS, 25, T0)
    duty.fill()
    assert duty.open(1, True) == 0
    duty.roll(add(T0, HOUR))
    assert duty.open(1, True) == 0
    duty.roll(add(T0, HOUR + SLOT))
    assert duty.open(1, True) == 3


def test_without_bands_everything_may_go():
    duty = Duty((), 25, T0)
    assert duty.open(400, False) == 1 and duty.covers(0, 400) and duty.wait_ms(0, 400, False, T0) == 0
    duty.charge(0, 400)
    duty.ended()
    assert not duty.stale() and duty.size == 0
    duty.fill()
    assert duty.open(400, False) == 1
