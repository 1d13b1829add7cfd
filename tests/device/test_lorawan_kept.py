"""What outlives a power cut: no counter is used twice, whatever is cut or damaged, and the account of airtime is never too low."""

from lorawan_rig import APP_KEY, DEV_EUI, JOIN_EUI, T0, Rig, Side, join_accept, lcg

from lorawan import kept
from lorawan.crypto import Key
from lorawan.mac import KEEP, LISTEN, NOTHING, SEND, Mac
from lorawan.regions.names import NAMES, find
from lorawan.session import Abp, Otaa, session_keys
from lorawan.stack import FRESH, GOOD, LOST, SALVAGED

KEYS = bytes(range(32))


def otaa(copies, t_ms, region="EU868", key=APP_KEY, **settings):
    return Mac(find(region), Otaa(DEV_EUI, JOIN_EUI, key), t_ms, 3, copies, **settings)


def abp(copies, t_ms, **settings):
    return Mac(find("EU868"), Abp(b"\x44\x33\x22\x11", KEYS[:16], KEYS[16:]), t_ms, 3, copies, **settings)


def test_a_session_goes_on_after_a_reset():
    for region in NAMES:
        rig = Rig(region).join(settings=0x08 if region == "US915" else 0x12)
        for _ in range(3):
            rig.send()
            rig.until((), 9000)
        rig.send()
        assert rig.answer(5, b"x", b"\x08\x04") == 0
        rig.until((), 9000)
        before = rig.mac.stack
        state = rig.stored[-1]
        mac = otaa((state,), 500, region)
        after = mac.stack
        assert after.found == GOOD and mac.joined
        for name in ("addr", "keys", "net_id", "down"):
            assert getattr(after.session, name) == getattr(before.session, name), name
        assert after.session.up == before.up_bound >= before.session.up
        for name in (
            "dr",
            "power",
            "nb_trans",
            "rx1_offset",
            "rx2_dr",
            "rx2_hz",
            "delay_s",
            "max_duty",
            "eirp",
            "up_dwell",
        ):
            assert getattr(after.terms, name) == getattr(before.terms, name), (region, name)
        assert bytes(after.channels.mask) == bytes(before.channels.mask)
        assert after.join_nonce == 1 and after.nonce == before.nonce
        again = Rig(region, mac=mac, t_ms=500)
        again.side = rig.side
        assert again.send()[3:] == (1, b"hello")
        assert again.answer(6, b"y") == 0


def test_answers_that_wait_go_on_after_a_reset():
    rig = Rig().join()
    rig.send()
    assert rig.answer(options=b"\x06\x08\x04\x06") == 0
    mac = otaa((rig.stored[-1],), 500, "EU868")
    again = Rig(mac=mac, t_ms=500)
    again.side = rig.side
    assert again.send()[2] == b"\x06\xff\x05\x08\x06\xff\x05"


def test_replays_are_refused_after_a_reset():
    rig = Rig().join()
    frame = rig.side.down(5, b"all clear")
    rig.send()
    rig.until((LISTEN,))
    assert rig.hear(frame) == 0
    rig.settle()
    again = Rig(mac=otaa((rig.stored[-1],), 9), t_ms=9)
    again.side = rig.side
    again.send()
    again.until((LISTEN,))
    assert again.hear(frame) == 5


def test_a_cut_between_hearing_and_keeping_has_told_nobody():
    rig = Rig().join()
    frame = rig.side.down(5, b"evacuate")
    rig.send()
    rig.until((LISTEN,))
    rig.hear(frame)
    assert rig.mac.down_port == -1
    again = Rig(mac=otaa((rig.stored[-1],), 9), t_ms=9)  # so it may come again
    again.side = rig.side
    again.send()
    again.until((LISTEN,))
    assert again.hear(frame) == 0


def test_cut_at_every_step_no_number_is_used_twice():
    below = lcg(11)
    nonces = set()
    counters = set()
    states = ()
    t_ms = T0
    accepts = 0
    for _ in range(700):
        rig = Rig(mac=otaa(states, t_ms, "IN865"), t_ms=t_ms)
        cut = below(12) if below(3) else below(120)
        for _ in range(cut):
            order = rig.mac.step(rig.t_ms)
            if order == KEEP:
                if below(4) == 0:
                    if below(2):
                        states = (bytes(rig.mac.kept()),)  # stored, and nobody told
                    break
                states = (bytes(rig.mac.kept()),)
                rig.mac.was_kept(True, rig.t_ms)
            elif order == SEND:
                frame = bytes(rig.mac.frame[: rig.mac.length])
                if frame[0] == 0:
                    assert frame[17:19] not in nonces
                    nonces.add(frame[17:19])
                else:
                    number = bytes(frame[1:5]) + bytes((accepts & 255,)) + bytes(frame[6:8])
                    assert number not in counters or rig.mac._copies, number
                    counters.add(number)
                if below(9) == 0:
                    break  # cut while it is on the air
                rig.t_ms = (rig.t_ms + rig.mac.sender.air_ms) & 0x3FFFFFFF
                rig.mac.sent(rig.t_ms)
            elif order == LISTEN:
                rig.t_ms = rig.mac.close_ms
                if not rig.mac.joined and below(3) == 0:
                    accepts += 1
                    accept = join_accept(accepts)
                    rig.mac.heard(accept, len(accept), -90, 5, rig.t_ms)
                    assert rig.mac.joined
                else:
                    rig.mac.silent(rig.t_ms)
            elif rig.mac.joined and below(12) == 0:
                rig.mac.rejoin(rig.t_ms)
            elif rig.mac.joined and below(3):
                rig.mac.send(1, b"x", 1, False, False, rig.t_ms)
            else:
                rig.t_ms = (rig.t_ms + 5000) & 0x3FFFFFFF
        t_ms = (rig.t_ms + 700000) & 0x3FFFFFFF
    assert len(nonces) > 100 and len(counters) > 400 and accepts > 30, (len(nonces), len(counters), accepts)


def test_the_newer_of_two_whole_copies_is_taken():
    rig = Rig().join()
    for _ in range(3):
        rig.send()
        assert rig.answer() == 0
    old, new = rig.stored[-2], rig.stored[-1]
    for copies in ((old, new), (new, old), (new, b""), (b"", new), (new, new[:-1]), (old[:50] + b"\0" + old[51:], new)):
        mac = otaa(copies, 0)
        assert mac.stack.found == GOOD and mac.stack.session.down == rig.mac.stack.session.down
    assert otaa((old,), 0).stack.session.down < rig.mac.stack.session.down


def test_the_serial_wraps():
    rig = Rig().join()
    rig.mac.stack.buf[2] = rig.mac.stack.buf[3] = 0xFF
    states = []
    for _ in range(2):
        rig.send()
        assert rig.answer() == 0
        states.append(rig.stored[-1])
    assert otaa(states, 0).stack.session.down == otaa(states[::-1], 0).stack.session.down == rig.mac.stack.session.down


def test_nothing_stored_is_a_new_device():
    for copies in ((), (b"",), (b"", b"")):
        mac = otaa(copies, 0)
        assert mac.stack.found == FRESH and mac.stack.nonce == 0 and not mac.lost and not mac.joined
        assert mac.stack.duty.room_ms(1, True) == 36000


def test_a_guard_gives_the_counters_of_a_damaged_state():
    rig = Rig().join()
    rig.mac.stack.nonce = rig.mac.stack.nonce_bound = 300
    rig.send()
    assert rig.answer() == 0
    state = bytearray(rig.stored[-1])
    size = len(state)
    for hole in (range(size // 2 - 4, size // 2), range(4, 22), range(size - 20, size - 2), range(size // 2, size)):
        damaged = bytearray(state)
        for i in hole:
            damaged[i] ^= 0x5A
        for cut in (size, size - 1) if hole[0] > 4 and hole[0] < size - 20 else (size,):
            mac = otaa((bytes(damaged[:cut]),), 0)
            assert mac.stack.found == SALVAGED, hole
            assert mac.stack.nonce == 300 and mac.stack.join_nonce == 1 and not mac.joined
            assert mac.stack.duty.room_ms(2, True) == 0  # who knows what was sent
    rig = Rig(mac=mac, t_ms=0)
    assert rig.until((SEND,), 3000000) is False
    assert rig.until((SEND,), 3600000) == SEND and rig.sent[0][1][17] | rig.sent[0][1][18] << 8 == 300


def test_a_lost_state_is_silent_until_it_is_told_a_floor():
    for damaged in (b"\0", b"\xff" * 391, bytes(391), bytes(20), bytes(range(200))):
        mac = otaa((damaged,), 0)
        assert mac.stack.found == LOST and mac.lost, damaged
        rig = Rig(mac=mac, t_ms=0)
        assert rig.until((SEND, LISTEN, KEEP), 20000000) is False
        mac = otaa((damaged,), 0, floor=40000)
        assert mac.stack.found == SALVAGED and not mac.lost and mac.stack.nonce == 40000
        mac = abp((damaged,), 0)
        assert mac.lost and not mac.joined and mac.room(True, 0) == 0
        assert not mac.send(1, b"x", 1, False, True, 0)
        mac = abp((damaged,), 0, floor=5000)
        assert mac.joined and mac.stack.session.up == 5000


def test_a_floor_never_lowers_what_is_known():
    rig = Rig().join()
    nonce = rig.mac.stack.nonce_bound
    assert otaa((rig.stored[-1],), 0, floor=0).stack.nonce == nonce
    assert otaa((rig.stored[-1],), 0, floor=70).stack.nonce == 70


def test_every_damaged_byte_is_noticed():
    rig = Rig("US915").join()
    state = rig.stored[-1]
    for i in range(len(state)):
        damaged = bytearray(state)
        damaged[i] ^= 1 << (i & 7)
        mac = otaa((bytes(damaged),), 0, "US915")
        assert mac.stack.found == SALVAGED and mac.stack.nonce == rig.mac.stack.nonce_bound, i
        assert otaa((state[:i],), 0, "US915").stack.found != GOOD


def test_any_bytes_are_survived():
    below = lcg(8)
    rig = Rig().join()
    state = rig.stored[-1]
    for _ in range(300):
        junk = bytearray(state)
        for _ in range(1 + below(30)):
            junk[below(len(junk))] = below(256)
        if below(2):  # with a good checksum, as if somebody had made it
            kept.put_u16(junk, len(junk) - 2, kept.crc16(junk, 0, len(junk) - 2))
        mac = otaa((bytes(junk),), 0)
        stack = mac.stack
        assert 0 <= stack.terms.dr <= stack.region.top_dr and stack.region.hears(stack.terms.rx2_hz)
        for _ in range(5):
            mac.step(0)
            mac.was_kept(True, 0)
        mac.send(1, b"x", 1, False, False, 0)


def test_other_keys_start_anew_but_for_nonce_and_airtime():
    rig = Rig().join()
    rig.mac.stack.nonce = rig.mac.stack.nonce_bound = 12
    rig.send()
    assert rig.answer() == 0
    mac = otaa((rig.stored[-1],), 0, key=bytes(16))
    assert not mac.joined and mac.stack.nonce == 12 and mac.stack.join_nonce == -1 and not mac.lost
    assert 0 < mac.stack.duty.room_ms(2, True) < 36000


def test_another_region_starts_anew_but_for_nonce():
    rig = Rig().join()
    mac = otaa((rig.stored[-1],), 0, "RU864")
    assert mac.stack.found == SALVAGED and not mac.joined and mac.stack.nonce == 1
    assert mac.stack.duty.room_ms(2, True) == 0


def test_a_given_session_never_repeats_its_counter():
    used = -1
    states = ()
    for boot in range(20):
        mac = abp(states, 0)
        rig = Rig(mac=mac, t_ms=0)
        rig.side = Side(KEYS)
        assert mac.stack.session.up > used
        for _ in range(boot % 5):
            if rig.mac.room(False, rig.t_ms) >= 5:
                rig.send()
                used = mac.stack.session.up - 1
                rig.until((), 9000)
        if rig.stored:
            states = (rig.stored[-1],)


def test_the_last_nonce_ends_it():
    rig = Rig()
    rig.mac.stack.nonce = rig.mac.stack.nonce_bound = 0xFFFE
    assert rig.until((SEND,)) == SEND
    assert rig.until((SEND,), 7200000) is False and rig.mac.lost


def test_session_keys_are_those_of_the_request_that_was_answered():
    rig = Rig()
    rig.until((SEND,))
    rig.until((SEND,), 100000)
    rig.until((LISTEN,))
    rig.hear(join_accept(3))
    keys = session_keys(Key(APP_KEY), b"\x03\0\0\x13\0\0", 1)
    assert rig.mac.joined and bytes(rig.mac.stack.session.keys) == keys
    assert rig.step() == KEEP and rig.step() != KEEP and rig.step() == NOTHING
