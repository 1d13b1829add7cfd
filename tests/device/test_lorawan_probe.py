"""How well the network hears is asked in a frame that goes soon; every end that this can come to."""

from lorawan_rig import Rig

from lora_airtime import airtime_ms
from lorawan.mac import LISTEN, SEND
from lorawan.probe import ANSWERED, ASKING, DEAF, FULL, LATE, OTHER, UNHEARD, UNJOINED, WAITING, Probe
from ticks import add, diff

ANSWER = b"\x02\x14\x03"


def test_an_answer_says_how_both_hear():
    rig = Rig().join()
    probe = Probe(rig.mac, 30000, 0, rig.t_ms)
    assert not probe.over(rig.t_ms) and probe.state == ASKING
    begun_ms = rig.t_ms
    confirmed, _, options, port, payload = rig.go()
    assert (confirmed, options, port, payload) == (False, b"\x02", -1, b"")
    assert 900 <= rig.sent[-1][0] - begun_ms <= 3100
    assert not probe.over(rig.t_ms)
    rig.answer(options=ANSWER)
    assert probe.over(rig.t_ms) and probe.state == ANSWERED
    assert (probe.margin_db, probe.gateways, probe.rssi_dbm, probe.snr_db) == (20, 3, -90, 5)
    assert probe.sf == rig.sent[-1][3] == rig.mac.sender.sf and probe.dbm == rig.mac.sender.power_dbm
    rig.mac.heard(b"", 0, 0, 0, rig.t_ms)
    assert probe.over(rig.t_ms) and probe.state == ANSWERED


def test_a_frame_of_the_application_takes_it_along():
    rig = Rig().join()
    probe = Probe(rig.mac, 30000, 0, rig.t_ms)
    probe.over(rig.t_ms)
    assert rig.send()[2] == b"\x02"
    rig.answer(options=ANSWER)
    assert probe.over(rig.t_ms) and probe.state == ANSWERED
    assert rig.until((SEND,), 10000) is False


def test_no_answer_is_told_when_the_exchange_is_over_and_the_question_ends():
    rig = Rig().join()
    probe = Probe(rig.mac, 30000, 0, rig.t_ms)
    probe.over(rig.t_ms)
    rig.go()
    assert rig.until((LISTEN,)) == LISTEN and not probe.over(rig.t_ms)
    rig.silence()
    assert probe.over(rig.t_ms) and probe.state == UNHEARD and probe.sf == rig.sent[-1][3]
    assert rig.send()[2] == b""


def test_it_waits_for_what_is_under_way():
    rig = Rig().join()
    rig.send()
    probe = Probe(rig.mac, 30000, 0, rig.t_ms)
    assert not probe.over(rig.t_ms) and probe.state == WAITING
    rig.silence()
    assert not probe.over(rig.t_ms) and probe.state == ASKING
    assert rig.go()[2] == b"\x02"


def test_without_airtime_or_a_session_or_in_time():
    rig = Rig().join()
    while rig.mac.room(False, rig.t_ms):
        rig.send(b"x" * rig.mac.room(False, rig.t_ms))
        rig.silence()
        rig.until((), 5000)
    probe = Probe(rig.mac, 30000, 0, rig.t_ms)
    for _ in range(100):
        if probe.over(rig.t_ms):
            break
        assert rig.until((SEND,), 100) is False
    assert probe.state == FULL
    rig = Rig()
    probe = Probe(rig.mac, 30000, 0, rig.t_ms)
    assert probe.over(rig.t_ms) and probe.state == UNJOINED
    rig = Rig().join()
    probe = Probe(rig.mac, 30000, 0, rig.t_ms)
    assert not probe.over(rig.t_ms)
    assert not probe.over(add(rig.t_ms, 29999))
    assert probe.over(add(rig.t_ms, 30000)) and probe.state == LATE
    assert not rig.mac.stack.commands.asked_link


def begun(rig):
    probe = Probe(rig.mac, 30000, 0, rig.t_ms)
    assert not probe.over(rig.t_ms) and probe.state == ASKING
    return probe


def test_a_frame_without_room_for_the_question_is_no_silence():
    rig = Rig().join()
    probe = begun(rig)
    n = rig.mac.room(True, rig.t_ms)
    assert rig.send(b"x" * n, urgent=True)[2] == b""
    rig.silence()
    assert not probe.over(rig.t_ms) and probe.state == ASKING
    assert rig.go()[2] == b"\x02"
    rig.answer(options=ANSWER)
    assert probe.over(rig.t_ms) and probe.state == ANSWERED


def test_a_radio_that_cannot_send_or_not_listen_is_no_silence():
    for order in (SEND, LISTEN):
        for window in (1, 2):
            rig = Rig().join()
            probe = begun(rig)
            while rig.mac.step(rig.t_ms) != SEND:
                rig.mac.was_kept(True, rig.t_ms)
                rig.t_ms = add(rig.t_ms, 100)
            if order == SEND:
                rig.mac.refused(rig.t_ms)
            else:
                rig.mac.sent(rig.t_ms)
                for n in range(1, 3):
                    while rig.mac.step(rig.t_ms) != LISTEN:
                        rig.t_ms = rig.mac.due_ms
                    if n == window:
                        rig.mac.failed(rig.t_ms)
                    else:
                        rig.t_ms = rig.mac.close_ms
                        rig.mac.silent(rig.t_ms)
            assert probe.over(rig.t_ms) and probe.state == DEAF, (order, window, probe.state)


def test_a_radio_that_says_nothing_and_a_shell_that_comes_too_late_are_no_silence():
    for late in (False, True):
        rig = Rig().join()
        probe = begun(rig)
        rig.go()
        if late:
            rig.t_ms = add(rig.t_ms, 1500)
            assert rig.until((LISTEN,)) == LISTEN  # the second one
            rig.silence()
        else:
            assert rig.until((LISTEN,)) == LISTEN
            rig.window = False  # whatever is ordered, not a word
            for _ in range(40):
                rig.mac.step(rig.t_ms)
                rig.t_ms = add(rig.t_ms, 500)
        assert probe.over(rig.t_ms) and probe.state == DEAF, (late, probe.state)


def test_class_c_waits_for_an_answer_that_has_begun_in_the_second_window():
    rig = Rig(class_c=True).join()
    probe = begun(rig)
    rig.go()
    sent_ms = rig.t_ms
    while not (rig.mac.state == 0 and diff(rig.t_ms, sent_ms) > 2000):
        rig.until((), 20)
        assert not probe.over(rig.t_ms)
    frame = rig.side.down(options=ANSWER)
    rig.t_ms = add(sent_ms, 2000 + airtime_ms(len(frame), 12, 125000, False))
    assert not probe.over(rig.t_ms)
    rig.mac.heard(frame, len(frame), -90, 5, rig.t_ms)
    assert rig.mac.refusal == 0 and probe.over(rig.t_ms) and probe.state == ANSWERED
    probe = begun(rig)
    rig.go()
    rig.until((), 8000)
    assert probe.over(rig.t_ms) and probe.state == UNHEARD


def test_what_alarms_need_of_the_hour_is_left():
    rig = Rig().join()
    mac = rig.mac
    mac.stack.terms.dr = 0
    asked = 0
    while True:
        left_ms = 16 * mac.lasts_ms(21)
        probe = Probe(mac, 30000, left_ms, rig.t_ms)
        if probe.over(rig.t_ms):
            break
        rig.go()
        rig.silence()
        assert probe.over(rig.t_ms)
        asked += 1
    assert probe.state == FULL and 3 < asked < 12, asked
    assert mac.beyond_ms(left_ms, rig.t_ms) >= 0


def test_what_nobody_wants_to_know_any_more_is_not_asked():
    rig = Rig().join()
    probe = begun(rig)
    probe.drop()
    assert probe.over(rig.t_ms) and probe.state == LATE
    assert rig.until((SEND,), 10000) is False
    assert rig.send()[2] == b""
    rig.answer(confirmed=True)
    probe = begun(rig)
    probe.drop()
    assert rig.go()[1] & 0x20  # the acknowledgement goes all the same


def test_a_network_that_was_heard_is_not_silent():
    for downlink in ({"options": b"\x06"}, {"port": 1, "payload": b"x"}):
        rig = Rig().join()
        probe = begun(rig)
        rig.go()
        rig.answer(**downlink)
        assert probe.over(rig.t_ms) and probe.state == OTHER
        assert not rig.mac.stack.commands.asked_link


def test_an_answer_to_nobody_is_none():
    rig = Rig().join()
    rig.send()
    rig.answer(options=ANSWER)
    probe = begun(rig)
    rig.go()
    rig.silence()
    assert probe.over(rig.t_ms) and probe.state == UNHEARD


def test_repetitions_slow_rates_other_regions_and_a_session_that_is_lost():
    rig = Rig().join()
    rig.mac.stack.terms.nb_trans = 3
    probe = begun(rig)
    for _ in range(2):
        assert rig.go()[2] == b"\x02"
        rig.silence()
        assert not probe.over(rig.t_ms)
    rig.go()
    rig.answer(options=ANSWER)
    assert probe.over(rig.t_ms) and probe.state == ANSWERED
    for region, dr in (("EU868", 0), ("US915", 0), ("AS923-1", 2)):
        rig = Rig(region).join()
        rig.mac.stack.terms.dr = dr
        probe = begun(rig)
        rig.go()
        rig.answer(options=ANSWER)
        assert probe.over(rig.t_ms) and probe.state == ANSWERED and probe.sf == rig.sent[-1][3] >= 10, region
    probe = begun(rig)
    assert rig.mac.rejoin(rig.t_ms)
    assert probe.over(rig.t_ms) and probe.state == UNJOINED
    rig.join(nonce=2)
    assert rig.send()[2] == b""
