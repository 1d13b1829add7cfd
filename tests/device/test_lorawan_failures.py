"""A MAC whose radio or store fails, says nothing or says too much, and weeks that pass between two calls."""

from lorawan_rig import APP_KEY, NET_ID, T0, Rig, Side, join_accept, lcg

from lora_airtime import airtime_ms
from lorawan.crypto import Key
from lorawan.frame import REFUSALS
from lorawan.mac import DONE, KEEP, LISTEN, LOST, NONE, NOT_ACKED, NOTHING, SEND, STOP, Mac
from lorawan.regions.names import find
from lorawan.session import Abp, session_keys
from ticks import add, diff

FREQS = (868100000, 868300000, 868500000)


def test_a_radio_that_takes_nothing_costs_no_airtime():
    rig = Rig().join()
    duty = rig.mac.stack.duty
    left = [duty.room_ms(band, True) for band in range(6)]
    for _ in range(500):
        while not rig.mac.send(1, bytes(40), 40, True, True, rig.t_ms):
            rig.t_ms = add(rig.t_ms, 100)
        while rig.mac.step(rig.t_ms) != SEND:
            rig.mac.was_kept(True, rig.t_ms)
        rig.mac.refused(rig.t_ms)
        assert rig.mac.take_outcome() == LOST and rig.mac.state == 0
        rig.t_ms = add(rig.t_ms, 100)
    assert [duty.room_ms(band, True) for band in range(6)] == left
    # nor does it use up the time for joins
    rig = Rig()
    asked = 0
    for _ in range(3000):
        order = rig.mac.step(rig.t_ms)
        if order == KEEP:
            rig.mac.was_kept(True, rig.t_ms)
        elif order == SEND:
            asked += 1
            rig.mac.refused(rig.t_ms)
        else:
            rig.t_ms = add(rig.t_ms, max(1, min(1000, diff(rig.mac.due_ms, rig.t_ms))))
    assert asked > 40 and max(rig.mac.stack.duty.room_ms(0, True), 1) > 0
    rig.t_ms = add(rig.t_ms, 120000)
    assert rig.until((SEND,), 240000) == SEND


def test_a_radio_that_fails_is_told_of_and_tried_again():
    rig = Rig().join()
    assert rig.mac.send(1, b"x", 1, True, False, rig.t_ms)
    while rig.mac.step(rig.t_ms) != SEND:
        rig.mac.was_kept(True, rig.t_ms)
    rig.mac.failed(rig.t_ms)
    assert rig.mac.take_outcome() == LOST and rig.mac.state == 0
    assert rig.send()[4] == b"hello"
    rig.silence()
    assert rig.mac.send(1, b"x", 1, True, False, rig.t_ms)
    assert rig.mac.step(rig.t_ms) == SEND  # and the radio says nothing
    rig.t_ms = rig.mac.due_ms
    assert rig.mac.step(rig.t_ms) == STOP
    assert rig.mac.take_outcome() == LOST


def test_a_store_that_fails_stops_what_is_not_covered():
    rig = Rig().join()
    rig.send()
    rig.silence()
    rig.store = False
    sent = 0
    while rig.mac.send(1, b"x", 1, False, False, rig.t_ms) and rig.go() and sent < 100:
        rig.silence()
        sent += 1
        if rig.mac.stack.session.up >= rig.mac.stack.up_bound or not rig.mac.stack.duty.covers(2, 52):
            break
    assert 0 < sent < 32
    assert rig.mac.send(1, b"x", 1, False, False, rig.t_ms)
    rig.settle()
    assert rig.mac.take_outcome() == LOST and rig.mac.keep_failures > 0
    assert len(rig.sent) == sent + 2
    rig.store = True
    rig.until((), 120000)
    assert rig.send()[4] == b"hello"


def test_a_repetition_that_is_not_covered_does_not_go():
    rig = Rig().join()
    rig.mac.stack.terms.nb_trans = 2
    rig.send(confirmed=True)
    count = len(rig.sent)
    rig.store = False
    rig.mac.stack.duty.reserve[2] = 0
    rig.until((), 10000)
    assert len(rig.sent) == count and rig.mac.take_outcome() == NOT_ACKED and rig.mac.state == 0


def test_a_repetition_that_finds_no_room_is_given_up():
    rig = Rig().join()
    rig.mac.stack.terms.nb_trans = 2
    rig.send(confirmed=True)
    count = len(rig.sent)
    rig.mac.stack.duty.fill()
    rig.until((), 8000)
    assert rig.mac.state == 7 and rig.mac.take_outcome() == NONE
    rig.until((), 120000)
    assert rig.mac.state == 0 and rig.mac.take_outcome() == NOT_ACKED and len(rig.sent) == count


def test_a_new_session_is_kept_before_it_is_used():
    rig = Rig().join()
    rig.send()
    assert rig.answer(7, b"x", confirmed=True) == 0
    rig.mac.taken()
    rig.mac.rejoin(rig.t_ms)
    assert rig.until((SEND,)) == SEND and rig.sent[-1][1][0] == 0
    nonce = rig.mac.stack.nonce - 1
    assert rig.until((LISTEN,)) == LISTEN
    rig.store = False
    assert rig.hear(join_accept(2)) == 0 and rig.mac.joined
    rig.settle()
    rig.mac.stack.duty.reserve[2] = 36000  # the airtime is covered: what is not is the counter
    assert not rig.mac.send(1, b"x", 1, False, True, rig.t_ms)  # not kept, and not yet to be tried again
    rig.store = True
    rig.until((), 120000)
    rig.side = Side(session_keys(Key(APP_KEY), b"\x02\x00\x00" + NET_ID, nonce))
    assert rig.send()[1] & 0x20 == 0  # what the old session owed is not the new one's


def test_a_store_that_says_nothing_has_failed():
    rig = Rig().join()
    rig.send()
    rig.until((LISTEN,))
    assert rig.hear(rig.side.down(5, b"x")) == 0
    assert rig.mac.step(rig.t_ms) == KEEP
    assert rig.mac.step(rig.t_ms) == NOTHING and rig.mac.down_port == -1
    rig.t_ms = rig.mac.due_ms
    rig.mac.step(rig.t_ms)
    assert rig.mac.keep_failures == 1 and rig.mac.down_port == 5


def test_a_downlink_that_comes_while_another_state_is_stored_is_kept_too():
    rig = Rig(class_c=True).join()
    assert rig.hear(rig.side.down(5, b"one")) == 0
    assert rig.mac.step(rig.t_ms) == KEEP
    rig.mac.taken()
    rig.mac.receiver.port = -1
    assert rig.hear(rig.side.down(5, b"two")) == 0
    rig.mac.was_kept(True, rig.t_ms)
    assert rig.mac.down_port == -1  # the state that was stored does not know of it
    assert rig.mac.step(rig.t_ms) == KEEP
    rig.mac.was_kept(True, rig.t_ms)
    assert rig.mac.down_port == 5


def test_a_device_that_was_given_its_session():
    keys = bytes(range(32))
    from lorawan_rig import Side

    mac = Mac(find("EU868"), Abp(b"\x44\x33\x22\x11", keys[:16], keys[16:]), T0, 3)
    rig = Rig(mac=mac)
    rig.side = Side(keys)
    assert mac.joined
    assert rig.send()[3:] == (1, b"hello") and rig.sent[-1][3] == 12  # the lowest data rate
    assert rig.answer(5, b"x") == 0
    assert not mac.rejoin(rig.t_ms)


def test_any_noise_from_the_radio_is_survived():
    below = lcg(77)
    rig = Rig(class_c=True).join()
    for _ in range(3000):
        what = below(8)
        t_ms = rig.t_ms
        if what == 0:
            rig.mac.sent(t_ms)
        elif what == 1:
            rig.mac.silent(t_ms)
        elif what == 2:
            rig.mac.failed(t_ms)
        elif what == 3:
            frame = bytes([below(256) for _ in range(below(40))])
            rig.mac.heard(frame, below(50) - 2, -90, 0, t_ms)
        elif what == 4:
            rig.mac.send(below(300) - 20, bytes(below(260)), below(300) - 10, below(2) == 1, below(2) == 1, t_ms)
        elif what == 5:
            rig.mac.was_kept(below(2) == 1, t_ms)
        elif what == 6:
            rig.t_ms = add(t_ms, below(3000))
        assert rig.mac.step(rig.t_ms) in (NOTHING, KEEP, SEND, LISTEN, STOP)


def test_a_radio_that_cannot_listen_is_not_asked_all_the_time():
    rig = Rig(class_c=True).join()
    for _ in range(3):
        assert rig.mac.continuous
        rig.mac.failed(rig.t_ms)
        assert rig.mac.step(rig.t_ms) == NOTHING and diff(rig.mac.due_ms, rig.t_ms) <= 1000
        assert rig.mac.step(add(rig.t_ms, 999)) == NOTHING
        rig.t_ms = add(rig.t_ms, 1000)
        assert rig.mac.step(rig.t_ms) == LISTEN


def test_weeks_without_a_frame_leave_no_time_behind():
    for day in (5, 7, 9, 12, 13):
        rig = Rig().join()
        rig.send(confirmed=True)
        rig.silence()
        rig.store = False
        rig.send_ms = rig.t_ms
        for _ in range(day * 24):
            rig.t_ms = add(rig.t_ms, 3600000)
            rig.mac.step(rig.t_ms)
            rig.mac.was_kept(True, rig.t_ms)
        rig.store = True
        rig.settle()
        assert rig.mac.room(False, rig.t_ms) == 242 and rig.mac.wait_ms(5, False, rig.t_ms) == 0, day
        assert rig.send()[4] == b"hello"


def test_a_window_does_not_come_again_with_the_ticks():
    rig = Rig(class_c=True).join()
    rig.send()
    rig.silence()
    around = add(rig.mac._windows.second_ms(), airtime_ms(13, 12, 125000, False) - 30)
    for _ in range(3):
        rig.until((), 1 << 28)
    rig.until((), diff(around, rig.t_ms))
    rig.hear(rig.side.down(options=b"\x06"))
    assert rig.mac._windows.second_began(13, rig.t_ms)  # it is that time again
    assert REFUSALS[rig.mac.refusal] == "class C commands"


def test_a_window_that_has_passed_is_left_out():
    rig = Rig().join()
    rig.send()
    rig.t_ms = add(rig.t_ms, 1500)  # the shell was busy
    assert rig.until((LISTEN,)) == LISTEN and (rig.mac.sf, rig.mac.state) == (12, 6)
    rig.until((), 9000)
    rig.send()
    rig.t_ms = add(rig.t_ms, 5000)
    count = len(rig.orders)
    rig.until((), 100)
    assert rig.mac.state == 0 and LISTEN not in rig.orders[count:] and rig.mac.take_outcome() == DONE


def test_a_given_session_begins_where_the_region_lets_it():
    keys = bytes(range(32))
    mac = Mac(find("AS923-1"), Abp(b"\x44\x33\x22\x11", keys[:16], keys[16:]), T0, 3)
    assert mac.stack.terms.dr == 2 and mac.room(False, T0) == 11
