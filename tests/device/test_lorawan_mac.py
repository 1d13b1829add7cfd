"""An exchange of a device: uplinks, what answers them, what is believed of it, and what reaches the application."""

from lorawan_rig import NAMES, Rig

from lorawan.frame import REFUSALS
from lorawan.mac import ACKED, DONE, KEEP, LISTEN, NONE, NOT_ACKED, SEND, STOP

FREQS = (868100000, 868300000, 868500000)


def test_an_unconfirmed_frame_is_done_when_the_windows_are_over():
    rig = Rig().join()
    rig.send(b"one")
    assert rig.mac.take_outcome() == NONE and rig.mac.state != 0
    assert not rig.mac.send(1, b"two", 3, False, True, rig.t_ms)
    rig.silence()
    assert rig.mac.take_outcome() == DONE and rig.mac.take_outcome() == NONE
    rig.settle()
    assert rig.orders[-1] == STOP
    assert [NAMES[order] for order in rig.orders[-4:]] == ["SEND", "LISTEN", "LISTEN", "STOP"]
    rig.send(b"two")
    assert rig.answer() == 0
    assert rig.mac.take_outcome() == DONE
    assert [NAMES[order] for order in rig.orders[-4:]] == ["SEND", "LISTEN", "KEEP", "STOP"]  # no second window


def test_a_confirmed_frame_is_acked_or_not():
    rig = Rig().join()
    assert rig.send(confirmed=True)[0]
    assert rig.answer(ack=True) == 0
    assert rig.mac.take_outcome() == ACKED
    rig.send(confirmed=True)
    assert rig.answer() == 0  # a downlink, but no acknowledgement
    assert rig.mac.take_outcome() == NOT_ACKED and rig.mac.room(True, rig.t_ms) == 0
    rig.until((), 4000)
    rig.send(confirmed=True)
    rig.silence()
    assert rig.mac.take_outcome() == NOT_ACKED
    # RETRANSMIT_TIMEOUT: nothing for 1 to 3 s, not even an alarm
    assert rig.mac.room(True, rig.t_ms) == 0 and 0 < rig.mac.wait_ms(5, True, rig.t_ms) <= 3000
    rig.until((), 3000)
    assert rig.mac.room(True, rig.t_ms) > 0


def test_an_ack_outside_a_confirmed_exchange_means_nothing():
    rig = Rig(class_c=True).join()
    rig.send()
    rig.silence()
    rig.mac.take_outcome()
    rig.settle()
    assert rig.hear(rig.side.down(ack=True)) == 0
    assert rig.mac.take_outcome() == NONE


def test_frames_are_repeated_on_other_channels_until_one_is_answered():
    for confirmed in (False, True):
        rig = Rig().join()
        rig.mac.stack.terms.nb_trans = 3
        rig.send(confirmed=confirmed)
        rig.silence()
        assert rig.mac.take_outcome() == NONE
        rig.until((SEND,))
        rig.silence()
        rig.until((SEND,))
        assert rig.sent[-1][1] == rig.sent[-2][1] == rig.sent[-3][1]
        assert len({sent[2] for sent in rig.sent[-3:]}) == 3
        rig.silence()
        assert rig.mac.state == 0 and rig.mac.take_outcome() == (NOT_ACKED if confirmed else DONE)
        assert rig.mac.stack.session.up == 1
        rig.until((), 5000)
        rig.send(confirmed=confirmed)
        assert rig.answer(ack=confirmed) == 0
        count = len(rig.sent)
        rig.until((), 20000)
        assert len(rig.sent) == count


def test_an_alarm_does_not_wait_for_repetitions():
    rig = Rig().join()
    rig.mac.stack.terms.nb_trans = 15
    rig.send(b"reading")
    rig.silence()
    assert rig.mac.state == 7 and rig.mac.room(False, rig.t_ms) == 0
    assert rig.mac.room(True, rig.t_ms) > 0
    _, _, _, port, payload = rig.send(b"alarm", 9, True, True)
    assert (port, payload) == (9, b"alarm") and rig.mac.take_outcome() == DONE
    # one that cannot be sent leaves the repetitions alone
    rig = Rig().join()
    rig.mac.stack.terms.nb_trans = 15
    rig.send(b"reading")
    rig.silence()
    frame = rig.sent[-1][1]
    assert not rig.mac.send(9, bytes(250), 250, True, True, rig.t_ms)
    rig.until((SEND,))
    assert rig.sent[-1][1] == frame


def test_a_payload_reaches_the_application_when_it_is_kept():
    rig = Rig().join()
    rig.send()
    rig.until((LISTEN,))
    frame = rig.side.down(5, b"evacuate", confirmed=True)
    assert rig.hear(frame) == 0
    assert rig.mac.down_port == -1  # not yet
    stored = len(rig.stored)
    assert rig.step() == KEEP and len(rig.stored) == stored + 1
    assert rig.mac.down_port == 5 and bytes(rig.mac.payload[: rig.mac.down_length]) == b"evacuate"
    rig.mac.taken()
    assert rig.mac.down_port == -1
    sent = rig.go(4000)  # the acknowledgement goes by itself
    assert sent[1] & 0x20 and sent[3] == -1
    rig.silence()
    assert rig.send()[1] & 0x20 == 0


def test_a_payload_that_cannot_be_kept_is_given_all_the_same():
    rig = Rig().join()
    rig.send()
    rig.until((LISTEN,))
    rig.store = False
    assert rig.hear(rig.side.down(5, b"evacuate")) == 0
    rig.settle()
    assert rig.mac.down_port == 5 and rig.mac.keep_failures == 1
    rig.mac.taken()
    rig.until((KEEP,))
    rig.store = True
    rig.until((KEEP,))
    rig.until((), 120000)
    assert rig.mac.keep_failures == 2 and not rig.mac._must_keep


def test_what_is_not_taken_is_not_lost_by_the_next():
    rig = Rig().join()
    rig.send()
    assert rig.answer(5, b"first") == 0
    rig.send()
    assert REFUSALS[rig.answer(6, b"second", confirmed=True)] == "busy"
    assert bytes(rig.mac.payload[: rig.mac.down_length]) == b"first"
    rig.until((), 9000)
    assert not rig.send()[1] & 0x20  # so the network says it again
    assert rig.answer(ack=True) == 0  # without a payload it is welcome
    rig.mac.taken()
    rig.until((), 9000)
    rig.send()
    assert rig.answer(6, b"second") == 0 and rig.mac.down_port == 6


def test_replays_and_reordered_frames_are_refused():
    rig = Rig().join()
    frames = [rig.side.down(5, b"%d" % i) for i in range(6)]
    for index, name in ((1, "accepted"), (1, "replay"), (0, "replay"), (4, "accepted"), (3, "replay"), (5, "accepted")):
        rig.send()
        rig.until((LISTEN,))
        rig.hear(frames[index])
        assert REFUSALS[rig.mac.refusal] == name, index
        rig.mac.receiver.port = -1
        rig.until((), 9000)
    assert rig.mac.stats[REFUSALS.index("replay")] == 3


def test_counters_go_on_over_16_bits():
    rig = Rig().join()
    rig.mac.stack.session.down = 0x1FFFE
    for counter, name in (
        (0x1FFFF, "accepted"),
        (0x20000, "accepted"),
        (0x20000, "replay"),
        (0x2FFFF, "accepted"),
        (0x3FFFF, "accepted"),
    ):
        rig.send()
        rig.until((LISTEN,))
        rig.hear(rig.side.down(counter=counter))
        assert REFUSALS[rig.mac.refusal] == name, counter
        rig.until((), 9000)
    assert rig.mac.stack.session.down == 0x3FFFF
    rig.mac.stack.session.up = rig.mac.stack.up_bound = 0x1FFFF
    assert rig.send()[3:] == (1, b"hello")
    rig.until((), 9000)
    assert rig.send()[3:] == (1, b"hello") and rig.mac.stack.session.up == 0x20001


def test_frames_that_break_the_rules_are_refused_though_genuine():
    rig = Rig().join()
    for named in ({"port": 0, "payload": b"\x06", "options": b"\x06"}, {"port": 224}, {"port": 255, "payload": b"x"}):
        down = rig.mac.stack.session.down
        rig.send()
        rig.until((LISTEN,))
        rig.hear(rig.side.down(**named))
        assert REFUSALS[rig.mac.refusal] == "body" and rig.mac.stack.session.down == down
        rig.until((), 9000)
    rig.send()
    rig.until((LISTEN,))
    frame = bytearray(rig.side.down(options=b"\x06"))
    frame[5] = 15  # FOpts longer than the frame
    mic = rig.side._mic(1, frame[:-4], rig.side.counter - 1)
    rig.hear(bytes(frame[:-4] + mic))
    assert REFUSALS[rig.mac.refusal] == "body"


def test_a_frame_longer_than_the_data_rate_allows_is_refused():
    rig = Rig().join()
    rig.mac.stack.terms.dr = 0
    rig.send()
    rig.until((LISTEN,))
    assert rig.mac.sf == 12
    rig.hear(rig.side.down(1, bytes(52)))
    assert REFUSALS[rig.mac.refusal] == "size"
    rig.until((), 9000)
    rig.send()
    rig.until((LISTEN,))
    rig.hear(rig.side.down(1, bytes(51)))
    assert rig.mac.refusal == 0 and rig.mac.down_length == 51


def test_pending_data_is_fetched():
    rig = Rig().join()
    rig.send()
    assert rig.answer(pending=True) == 0
    sent = rig.go(4000)
    assert sent[3] == -1 and sent[2] == b"" and (rig.mac.rssi, rig.mac.snr) == (-90, 5)
    rig.silence()
    count = len(rig.sent)
    rig.until((), 60000)
    assert len(rig.sent) == count


def test_what_cannot_go_and_need_not_is_left_to_the_next_frame():
    rig = Rig().join()
    rig.send()
    assert rig.answer(options=b"\x06", pending=True) == 0
    duty = rig.mac.stack.duty
    rig.mac.stack.duty = full = type(duty)(rig.mac.stack.region.bands, 25, rig.t_ms)
    full.fill()
    rig.until((), 4000)
    rig.mac.stack.duty = duty
    count = len(rig.sent)
    rig.until((), 200000)
    assert len(rig.sent) == count
    assert rig.send()[2] == b"\x06\xff\x05"


def test_without_a_channel_nothing_is_built():
    rig = Rig().join()
    rig.mac.stack.channels.mask[0] = 0
    assert not rig.mac.sender.reply() and not rig.mac.send(1, b"x", 1, False, True, rig.t_ms)
    assert rig.mac.wait_ms(1, True, rig.t_ms) == -1 and rig.mac.room(True, rig.t_ms) == 0
