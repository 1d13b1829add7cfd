"""How a device joins: attempts, their pace and places, and which accept is taken."""

from lorawan_rig import DEV_EUI, JOIN_EUI, NAMES, T0, Rig, join_accept

from lorawan.frame import REFUSALS
from lorawan.join import Pace
from lorawan.mac import LISTEN, SEND, Mac
from lorawan.regions.names import find
from lorawan.session import turned
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
