"""How well the network hears is asked in a frame that goes soon; every end that this can come to."""

from lorawan_rig import Rig

from lorawan.mac import LISTEN, SEND
from lorawan.probe import ANSWERED, ASKING, FULL, LATE, UNHEARD, UNJOINED, WAITING, Probe
from ticks import add

ANSWER = b"\x02\x14\x03"


def test_an_answer_says_how_both_hear():
    rig = Rig().join()
    probe = Probe(rig.mac, 30000, rig.t_ms)
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
    probe = Probe(rig.mac, 30000, rig.t_ms)
    probe.over(rig.t_ms)
    assert rig.send()[2] == b"\x02"
    rig.answer(options=ANSWER)
    assert probe.over(rig.t_ms) and probe.state == ANSWERED
    assert rig.until((SEND,), 10000) is False


def test_no_answer_is_told_when_the_exchange_is_over_and_the_question_ends():
    rig = Rig().join()
    probe = Probe(rig.mac, 30000, rig.t_ms)
    probe.over(rig.t_ms)
    rig.go()
    assert rig.until((LISTEN,)) == LISTEN and not probe.over(rig.t_ms)
    rig.silence()
    assert probe.over(rig.t_ms) and probe.state == UNHEARD and probe.sf == rig.sent[-1][3]
    assert rig.send()[2] == b""


def test_it_waits_for_what_is_under_way():
    rig = Rig().join()
    rig.send()
    probe = Probe(rig.mac, 30000, rig.t_ms)
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
    probe = Probe(rig.mac, 30000, rig.t_ms)
    for _ in range(100):
        if probe.over(rig.t_ms):
            break
        assert rig.until((SEND,), 100) is False
    assert probe.state == FULL
    rig = Rig()
    probe = Probe(rig.mac, 30000, rig.t_ms)
    assert probe.over(rig.t_ms) and probe.state == UNJOINED
    rig = Rig().join()
    probe = Probe(rig.mac, 30000, rig.t_ms)
    assert not probe.over(rig.t_ms)
    assert not probe.over(add(rig.t_ms, 29999))
    assert probe.over(add(rig.t_ms, 30000)) and probe.state == LATE
    assert not rig.mac.stack.commands.asked_link
