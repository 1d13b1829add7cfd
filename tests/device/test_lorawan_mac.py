"""The MAC as its shell and its application see it: windows, repetitions, acknowledgements, alarms, adaptive data rate, class C."""

from lorawan_rig import APP_KEY, DEV_EUI, JOIN_EUI, NAMES, NET_ID, T0, Rig, Side, join_accept, lcg

from lora_airtime import airtime_ms
from lorawan.channels import Channels
from lorawan.crypto import Key
from lorawan.frame import REFUSALS
from lorawan.join import Pace
from lorawan.mac import ACKED, DONE, KEEP, LISTEN, LOST, NONE, NOT_ACKED, NOTHING, SEND, STOP, Mac
from lorawan.regions.names import find
from lorawan.session import Abp, Otaa, session_keys, turned
from ticks import add, diff

FREQS = (868100000, 868300000, 868500000)


def test_it_joins_by_itself_and_keeps_before_it_sends():
    rig = Rig()
    assert rig.until((SEND,)) == SEND
    assert [NAMES[order] for order in rig.orders] == ["KEEP", "SEND"]
    t_ms, frame, hz, sf, bw_hz = rig.sent[0]
    assert (
        frame[0] == 0 and frame[1:9] == turned(JOIN_EUI) and frame[9:17] == turned(DEV_EUI) and frame[17:19] == b"\0\0"
    )
    assert hz in FREQS and (sf, bw_hz) == (7, 125000)
    assert rig.until((LISTEN,)) == LISTEN
    assert diff(rig.mac.open_ms, rig.t_ms) > 0 and rig.mac.freq_hz == hz
    assert diff(rig.mac.open_ms, add(t_ms, 62 + 5000)) == -25
    assert diff(rig.mac.close_ms, add(t_ms, 62 + 5000)) == 25 + 9
    rig.t_ms = rig.mac.close_ms
    rig.mac.silent(rig.t_ms)
    assert rig.until((LISTEN,)) == LISTEN and (rig.mac.freq_hz, rig.mac.sf) == (869525000, 12)
    assert diff(rig.mac.open_ms, add(t_ms, 62 + 6000)) == -25
    assert diff(rig.mac.close_ms, add(t_ms, 62 + 6000)) == 25 + 263
    assert rig.hear(join_accept(1)) == 0 and rig.mac.joined


def test_attempts_differ_and_stand_apart():
    rig = Rig()
    for _ in range(13):
        assert rig.until((SEND,), 3600000) == SEND
    nonces = [frame[17] | frame[18] << 8 for _, frame, _, _, _ in rig.sent]
    assert nonces == list(range(13))
    assert [sf for _, _, _, sf, _ in rig.sent] == [7, 8, 9, 10, 11, 12] * 2 + [7]
    gaps = [diff(rig.sent[i + 1][0], rig.sent[i][0]) for i in range(12)]
    assert min(gaps) > 8000 and max(gaps[:6]) < 16500 and len(set(gaps)) == 12


def test_attempts_become_rare_but_never_regular():
    pace = Pace(T0)
    for attempt in range(1, 10):
        pace.sent(60)
        pauses = [pace.pause_ms(60, random) for random in range(0, 1 << 16, 97)]
        low, high = min(pauses), max(pauses)
        assert 0 < low and low * 2 < high, attempt
    assert 2900 <= low <= 3100 and 8700 <= high <= 9100  # 1 % of the time on average: 6 s


def test_us915_takes_turns_between_narrow_and_wide_channels_of_its_sub_band():
    rig = Rig(mac=Mac(find("US915", sub_band=2), Rig().mac.stack.who, T0, 5))
    for _ in range(16):
        assert rig.until((SEND,), 3600000) == SEND
    for i in range(16):
        _, _, hz, sf, bw_hz = rig.sent[i]
        if i % 2:
            assert (hz, sf, bw_hz) == (904600000, 8, 500000)
        else:
            assert (sf, bw_hz) == (10, 125000) and 903900000 <= hz <= 905300000
    assert len({sent[2] for sent in rig.sent[::2]}) == 8  # each once before any again


def test_a_join_accept_is_taken_once_and_brings_its_terms():
    cflist = b"".join([bytes((hz & 255, hz >> 8 & 255, hz >> 16)) for hz in (8671000, 8673000, 8675000, 0, 0)]) + b"\0"
    rig = Rig().join(nonce=5, settings=0x13, delay=3, cflist=cflist)
    stack = rig.mac.stack
    assert (stack.terms.rx1_offset, stack.terms.rx2_dr, stack.terms.delay_s, stack.terms.dr) == (1, 3, 3, 5)
    assert [stack.channels.hz(i) for i in range(6)] == [
        868100000,
        868300000,
        868500000,
        867100000,
        867300000,
        867500000,
    ]
    assert stack.channels.mask == b"\x3f\x00" and stack.join_nonce == 5
    sent = rig.send()
    assert sent[3:] == (1, b"hello") and sent[1] == 0x80 and rig.mac.stack.session.up == 1
    assert rig.until((LISTEN,)) == LISTEN and rig.mac.sf == 8 and diff(rig.mac.open_ms, rig.t_ms) <= 60
    assert diff(rig.t_ms, rig.sent[-1][0]) > 2900
    rig.t_ms = rig.mac.close_ms
    rig.mac.silent(rig.t_ms)
    assert rig.until((LISTEN,)) == LISTEN and (rig.mac.sf, rig.mac.freq_hz) == (9, 869525000)
    rig.hear(join_accept(6))
    assert REFUSALS[rig.mac.refusal] == "unasked"


def test_an_old_join_accept_is_refused():
    rig = Rig().join(nonce=7)
    assert rig.mac.rejoin(rig.t_ms)
    assert not rig.mac.joined
    for nonce in (7, 6, 0):
        rig.until((LISTEN,))
        rig.hear(join_accept(nonce))
        assert REFUSALS[rig.mac.refusal] == "join nonce" and not rig.mac.joined
    rig.until((LISTEN,))
    assert rig.hear(join_accept(8)) == 0 and rig.mac.joined


def test_an_accept_of_another_network_is_refused():
    rig = Rig()
    rig.until((LISTEN,))
    rig.hear(join_accept(1, key=bytes(16)))
    assert REFUSALS[rig.mac.refusal] == "mic" and not rig.mac.joined
    rig.until((LISTEN,))  # the second window of the same request
    rig.hear(join_accept(1)[:-1])
    assert REFUSALS[rig.mac.refusal] == "size" and not rig.mac.joined


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


def test_nobody_answers_and_the_device_becomes_louder():
    rig = Rig().join()
    terms = rig.mac.stack.terms
    terms.dr, terms.power, terms.nb_trans = 2, 4, 1
    rig.mac.stack.channels.mask[0] = 1
    seen = []
    for _ in range(232):
        rig.mac.stack.duty.__init__(rig.mac.stack.region.bands, 0, rig.t_ms)
        rig.mac.stack.duty.reserve[2] = 30000
        before = (terms.dr, terms.power, rig.mac.stack.channels.mask[0])
        control = rig.send()[1]
        seen.append((control & 0x40 != 0,) + before)
        rig.silence()
    quiet, asks = False, True
    assert seen[0] == seen[63] == (quiet, 2, 4, 1)
    assert seen[64] == seen[95] == (asks, 2, 4, 1)
    assert seen[96] == seen[127] == (asks, 2, 0, 1)
    assert seen[128] == seen[159] == (asks, 1, 0, 1)
    assert seen[160] == seen[191] == (asks, 0, 0, 1)
    assert seen[192] == seen[231] == (asks, 0, 0, 7)
    rig.send()
    assert rig.answer() == 0
    rig.until((), 9000)
    assert rig.send()[1] & 0x40 == 0


def test_the_lowest_rate_is_reached_though_no_channel_was_made_for_it():
    rig = Rig().join()
    stack = rig.mac.stack
    stack.channels.add(3, 867100000, 0x54)  # data rates 4 and 5
    stack.channels.mask[0] = 8
    stack.terms.dr, stack.terms.power, stack.terms.nb_trans = 5, 0, 3
    stack.adr.count = 95
    stack.adr.sent()
    assert (stack.terms.dr, stack.terms.nb_trans, stack.channels.mask[0]) == (4, 3, 8)
    stack.adr.count = 127
    stack.adr.sent()
    assert (stack.terms.dr, stack.terms.nb_trans, stack.channels.mask[0]) == (0, 1, 15)


def test_a_site_keeps_its_sub_band():
    rig = Rig(mac=Mac(find("US915", sub_band=2), Otaa(DEV_EUI, JOIN_EUI, APP_KEY), T0, 7)).join()
    stack = rig.mac.stack
    there = bytes(stack.channels.mask)
    assert there == b"\x00\xff" + bytes(6) + b"\x02"
    stack.channels.mask[1] = 1
    stack.terms.dr, stack.terms.power, stack.adr.count = 0, 0, 95
    stack.adr.sent()
    assert bytes(stack.channels.mask) == there


def test_every_channel_has_its_turn():
    channels = Channels(find("EU868"))
    for i in range(3, 8):
        channels.add(i, 867100000 + 200000 * (i - 3), 0x50)
    below = lcg(4)
    for _ in range(20):
        assert {channels.pick(5, 0xFF, below(1 << 16)) for _ in range(8)} == set(range(8))


def test_repetitions_do_not_count_twice_for_adr():
    rig = Rig().join()
    rig.mac.stack.terms.nb_trans = 3
    rig.send()
    rig.until((), 15000)
    assert len(rig.sent) == 4 and rig.mac.stack.adr.count == 1


def test_room_follows_the_data_rate_and_the_answers_that_wait():
    rig = Rig().join()
    for dr, n in ((0, 51), (2, 51), (3, 115), (5, 242)):
        rig.mac.stack.terms.dr = dr
        assert rig.mac.room(False, rig.t_ms) == n
    assert rig.mac.wait_ms(242, False, rig.t_ms) == 0 and rig.mac.wait_ms(243, False, rig.t_ms) == -1
    rig.mac.stack.terms.dr = 3
    rig.mac.ask_time()
    assert rig.mac.room(False, rig.t_ms) == 114 and rig.mac.room(True, rig.t_ms) == 115
    sent = rig.send(bytes(115), urgent=True)
    assert sent[2] == b"" and len(sent[4]) == 115
    rig.silence()
    assert rig.send(bytes(114))[2] == b"\x0d"
    assert rig.sent[-1][3] == 9
    rig.silence()
    assert rig.send(bytes(115))[2] == b"\x0d" and rig.sent[-1][3] == 8


def test_a_longer_frame_takes_a_higher_data_rate():
    rig = Rig("US915").join()
    assert rig.mac.stack.terms.dr == 0 and rig.mac.room(False, rig.t_ms) == 11
    for n, sf in ((11, 10), (12, 9), (53, 9), (54, 8), (125, 8), (126, 7), (242, 7)):
        rig.send(bytes(n))
        assert rig.sent[-1][3] == sf, n
        rig.silence()
    assert not rig.mac.send(1, bytes(243), 243, False, True, rig.t_ms)
    assert rig.mac.wait_ms(243, True, rig.t_ms) == -1
    rig = Rig("AS923-1", least=24).join()
    rig.mac.stack.terms.dr = 2
    assert rig.mac.room(False, rig.t_ms) == 53
    rig.send(b"x")
    assert rig.sent[-1][3] == 9


def test_an_alarm_has_its_share_and_finds_what_fits():
    rig = Rig().join()
    stack = rig.mac.stack
    stack.terms.dr = 0
    duty = stack.duty
    duty.charge(2, 26000)
    duty.ended()
    duty.reserve[2] = 36000
    assert rig.mac.room(False, rig.t_ms) == 0 and rig.mac.room(True, rig.t_ms) == 51
    assert not rig.mac.send(1, bytes(20), 20, False, False, rig.t_ms)
    assert rig.mac.wait_ms(20, False, rig.t_ms) > 3000000 and rig.mac.wait_ms(20, True, rig.t_ms) == 0
    rig.send(bytes(20), urgent=True)
    assert rig.sent[-1][3] == 12
    rig.silence()
    duty.charge(2, 7700)  # 500 ms and some are left: not enough for SF12
    duty.ended()
    rig.send(bytes(20), urgent=True)
    assert rig.sent[-1][3] < 11
    rig.silence()
    # a channel in a band of its own takes it
    duty.charge(2, duty.room_ms(2, True))
    duty.ended()
    assert rig.mac.room(True, rig.t_ms) == 0
    assert stack.channels.add(3, 869525000, 0x50) == 3
    rig.send(bytes(20), urgent=True)
    assert rig.sent[-1][2:4] == (869525000, 12)


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
