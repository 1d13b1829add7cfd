"""Class C: it listens all the time, but while it sends, and believes no more than class A."""

from lorawan_rig import Rig

from lorawan.frame import REFUSALS
from lorawan.mac import DONE, LISTEN, SEND, STOP
from ticks import add

FREQS = (868100000, 868300000, 868500000)


def test_class_c_listens_but_while_it_sends():
    rig = Rig(class_c=True).join()
    mac = rig.mac
    assert mac.continuous and (mac.freq_hz, mac.sf) == (869525000, 12) and rig.orders[-1] == LISTEN
    rig.send()
    rig.settle()
    assert rig.orders[-2:] == [SEND, LISTEN] and mac.continuous  # before the first window
    rig.until((LISTEN,))
    assert not mac.continuous and mac.sf == 7
    rig.t_ms = mac.close_ms
    mac.silent(rig.t_ms)
    assert rig.until((LISTEN,)) == LISTEN and mac.continuous and mac.sf == 12
    rig.until((), 5000)
    assert mac.state == 0 and mac.take_outcome() == DONE and LISTEN == rig.orders[-1] and STOP not in rig.orders[3:]
    assert rig.hear(rig.side.down(7, b"all clear", confirmed=True)) == 0
    rig.settle()
    assert mac.down_port == 7
    sent = rig.go(4000)
    assert sent[1] & 0x20


def test_class_c_takes_no_commands_outside_the_windows():
    rig = Rig(class_c=True).join()
    rig.hear(rig.side.down(options=b"\x06"))
    assert REFUSALS[rig.mac.refusal] == "class C commands" and rig.mac.stack.session.down == -1
    rig.hear(rig.side.down(0, b"\x06"))
    assert REFUSALS[rig.mac.refusal] == "class C commands"
    rig.send()
    rig.until((LISTEN,))
    while rig.mac.state != 6:
        rig.until((LISTEN,), 10)
    rig.t_ms = rig.mac._windows.close_ms
    frame = rig.side.down(options=b"\x06")
    rig.t_ms = add(rig.t_ms, 900)
    rig.mac.heard(frame, len(frame), -90, 5, rig.t_ms)  # began in the second window: of class A
    assert rig.mac.refusal == 0
    assert rig.go(4000)[2] == b"\x06\xff\x05"


def test_an_acknowledgement_of_class_c_is_soon_or_never():
    rig = Rig(class_c=True).join()
    rig.mac.stack.duty.fill()
    assert rig.hear(rig.side.down(7, b"x", confirmed=True)) == 0
    rig.settle()
    rig.mac.taken()
    rig.until((), 9000)
    rig.mac.stack.duty = type(rig.mac.stack.duty)(rig.mac.stack.region.bands, 25, rig.t_ms)
    assert rig.send()[1] & 0x20 == 0


def test_class_c_does_not_talk_into_what_it_hears():
    rig = Rig(class_c=True).join()
    rig.mac.hearing(rig.t_ms)
    assert rig.mac.room(False, rig.t_ms) == 0 and 0 < rig.mac.wait_ms(5, True, rig.t_ms) < 3000
    assert rig.hear(rig.side.down(7, b"x")) == 0
    assert rig.mac.room(False, rig.t_ms) > 0
    rig.mac.hearing(rig.t_ms)
    rig.until((), 4000)
    assert rig.mac.room(False, rig.t_ms) > 0  # it never came


def test_a_changed_second_window_is_listened_to():
    rig = Rig(class_c=True).join()
    rig.send()
    rig.until((LISTEN,))
    if rig.mac.continuous:
        rig.until((LISTEN,))
    assert not rig.mac.continuous
    assert rig.hear(rig.side.down(options=b"\x05\x03\xd2\xad\x84")) == 0  # DR3 at 869.525 MHz
    rig.until((), 100)
    assert rig.mac.continuous and (rig.mac.sf, rig.mac.freq_hz) == (9, 869525000)


def test_class_c_listens_again_inside_the_second_window():
    rig = Rig(class_c=True).join()
    rig.send(confirmed=True)
    while rig.mac.state != 6:
        rig.until((), 10)
    assert rig.mac.continuous
    rig.t_ms = add(rig.t_ms, 10)
    rig.mac.failed(rig.t_ms)  # the radio has stopped listening: the window is over
    rig.until((LISTEN,), 3000)
    assert rig.mac.continuous and rig.mac.state in (0, 6)
