"""Which data rate and channel a frame takes, how much may go in it, and what ADR makes of silence."""

from lorawan_rig import APP_KEY, DEV_EUI, JOIN_EUI, T0, Rig, lcg

from lorawan.channels import Channels
from lorawan.mac import Mac
from lorawan.regions.names import find
from lorawan.session import Otaa

FREQS = (868100000, 868300000, 868500000)


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
