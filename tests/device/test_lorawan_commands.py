"""Every MAC command: what it changes, what is answered, and that nothing is changed by halves. TS001-1.0.4 section 5."""

from lorawan_rig import Rig, lcg

from lorawan.commands import TABLE


def hz3(hz):
    units = hz // 100
    return bytes((units & 255, units >> 8 & 255, units >> 16))


def ask(rig, *commands):
    """Send these with the next downlink; the answers in the uplink that follows by itself."""
    options = b"".join(commands)
    rig.send()
    if len(options) > 15:
        assert rig.answer(0, options) == 0
    else:
        assert rig.answer(options=options) == 0
    _, _, found, port, payload = rig.go()
    rig.silence()
    return found or (payload if port == 0 else b"")


def adr(dr, power, mask, control=0, nb=1):
    return bytes((3, dr << 4 | power, mask & 255, mask >> 8, control << 4 | nb))


def test_link_adr_sets_rate_power_channels_and_repetitions():
    rig = Rig().join()
    assert ask(rig, adr(3, 2, 0b101, nb=2)) == b"\x03\x07"
    terms = rig.mac.stack.terms
    assert (terms.dr, terms.power, terms.nb_trans) == (3, 2, 2)
    used = set()
    for _ in range(4):
        rig.until((), 10000)
        rig.send()
        rig.silence()
        used.add(rig.sent[-1][2])
        assert rig.sent[-1][3] == 9 and rig.mac.power_dbm == 12
        rig.until((), 10000)
        used.add(rig.sent[-1][2])
        assert rig.sent[-1][1] == rig.sent[-2][1]  # twice, the same frame
    assert used == {868100000, 868500000}


def test_link_adr_keeps_what_it_is_told_to_keep():
    rig = Rig().join()
    ask(rig, adr(4, 3, 7))
    assert ask(rig, adr(15, 15, 3, nb=0)) == b"\x03\x07"
    terms = rig.mac.stack.terms
    assert (terms.dr, terms.power, terms.nb_trans) == (4, 3, 1)
    assert rig.mac.stack.channels.mask == b"\x03\x00"


def test_link_adr_changes_nothing_when_any_part_is_bad():
    rig = Rig().join()
    before = (rig.mac.stack.terms.dr, rig.mac.stack.terms.power, bytes(rig.mac.stack.channels.mask))
    for command, status in (
        (adr(3, 2, 0b1111), 6),  # channel 3 is not there
        (adr(3, 2, 0), 4),  # no channel at all, so none carries the rate
        (adr(3, 2, 7, control=5), 6),
        (adr(7, 2, 7), 5),  # FSK
        (adr(6, 2, 7), 5),  # no channel has DR6
        (adr(9, 2, 7), 5),
        (adr(3, 8, 7), 3),
        (adr(7, 9, 0b1000), 0),
    ):
        assert ask(rig, command) == bytes((3, status)), (command, status)
        terms = rig.mac.stack.terms
        assert (terms.dr, terms.power, bytes(rig.mac.stack.channels.mask)) == before


def test_a_block_of_link_adr_is_one_command():
    rig = Rig("US915").join()
    # all 125 kHz off, then sub-band 2 and channel 65 on: RP002 section 2.5.5
    block = (adr(2, 1, 2, control=7), adr(0, 0, 0xFF00, control=0), adr(3, 4, 0, control=1))
    assert ask(rig, *block) == b"\x03\x07\x03\x07\x03\x07"
    assert rig.mac.stack.channels.mask == b"\x00\xff\x00\x00\x00\x00\x00\x00\x02"
    assert (rig.mac.stack.terms.dr, rig.mac.stack.terms.power) == (3, 4)
    # one bad mask spoils all of it
    block = (adr(2, 1, 0xFFFF, control=0), adr(2, 1, 0x0100, control=4))
    assert ask(rig, *block) == b"\x03\x06\x03\x06"
    assert rig.mac.stack.channels.mask == b"\x00\xff\x00\x00\x00\x00\x00\x00\x02"
    # another command between makes two blocks
    assert ask(rig, adr(2, 1, 0xFF, control=0), b"\x06", adr(9, 1, 0, control=0)) == b"\x03\x07\x06\xff\x05\x03\x05"


def test_banks_and_all_channels_of_us915():
    rig = Rig("US915").join()
    assert ask(rig, adr(0, 0, 0b10000001, control=5)) == b"\x03\x07"
    assert rig.mac.stack.channels.mask == b"\xff\x00\x00\x00\x00\x00\x00\xff\x81"
    assert ask(rig, adr(0, 0, 0, control=6)) == b"\x03\x07"
    assert rig.mac.stack.channels.mask == b"\xff" * 8 + b"\x00"
    assert ask(rig, adr(0, 0, 1, control=7)) == b"\x03\x05"  # DR0 needs 125 kHz
    assert ask(rig, adr(4, 0, 1, control=7)) == b"\x03\x07"
    assert rig.mac.stack.channels.mask == bytes(8) + b"\x01"
    rig.send()
    assert rig.sent[-1][2:] == (903000000, 8, 500000)
    rig.silence()
    assert ask(rig, adr(0, 0, 1, control=0)) == b"\x03\x06"  # one channel is too few to hop between


def test_all_defined_channels_of_eu868():
    rig = Rig().join()
    ask(rig, bytes((7, 3)) + hz3(867100000) + b"\x50", adr(5, 0, 1))
    assert rig.mac.stack.channels.mask == b"\x01\x00"
    assert ask(rig, adr(5, 0, 0, control=6)) == b"\x03\x07"
    assert rig.mac.stack.channels.mask == b"\x0f\x00"


def test_without_adr_only_the_channels_are_the_networks():
    rig = Rig(adr=False).join()
    dr = rig.mac.stack.terms.dr
    assert ask(rig, adr(1, 3, 1, nb=4)) == b"\x03\x07"
    terms = rig.mac.stack.terms
    assert (terms.dr, terms.power, terms.nb_trans) == (dr, 0, 1) and rig.mac.stack.channels.mask == b"\x01\x00"
    _, control, _, _, _ = rig.send()
    assert control & 0x80 == 0


def test_duty_cycle_makes_a_silence_after_each_frame():
    rig = Rig().join()
    assert ask(rig, b"\x04\x07") == b"\x04"
    rig.until((), 60000)
    rig.send()
    air_ms = rig.mac.sender.air_ms
    rig.silence()
    assert rig.mac.room(True, rig.t_ms) == 0
    wait = rig.mac.wait_ms(5, False, rig.t_ms)
    assert 0 < wait <= air_ms * 127
    rig.until((), wait - 10)
    assert not rig.mac.send(1, b"x", 1, False, False, rig.t_ms)
    rig.until((), 20)
    assert rig.mac.send(1, b"x", 1, False, False, rig.t_ms)


def test_rx_param_setup_is_answered_until_it_was_heard():
    rig = Rig().join()
    command = b"\x05\x23" + hz3(868800000)
    assert ask(rig, command) == b"\x05\x07"
    terms = rig.mac.stack.terms
    assert (terms.rx1_offset, terms.rx2_dr, terms.rx2_hz) == (2, 3, 868800000)
    for _ in range(3):
        assert rig.send()[2] == b"\x05\x07"
        rig.silence()
    rig.send()
    assert rig.answer() == 0
    assert rig.send()[2] == b""
    rig.silence()
    for command, status in (
        (b"\x05\x07" + hz3(868800000), 5),
        (b"\x05\x60" + hz3(868800000), 3),
        (b"\x05\x00" + hz3(915000000), 6),
        (b"\x05\x67" + hz3(100), 0),
    ):
        assert ask(rig, command) == bytes((5, status)), command
        assert (terms.rx1_offset, terms.rx2_dr, terms.rx2_hz) == (2, 3, 868800000)


def test_dev_status_tells_battery_and_margin():
    rig = Rig().join()
    rig.mac.stack.commands.battery = 200
    rig.send()
    rig.until((3,))
    rig.hear(rig.side.down(options=b"\x06"), snr=-7)
    assert rig.go()[2] == bytes((6, 200, 64 - 7))
    rig.silence()
    for snr, told in ((40, 31), (-50, 32), (0, 0)):
        rig.send()
        rig.until((3,))
        rig.hear(rig.side.down(options=b"\x06"), snr=snr)
        assert rig.go()[2] == bytes((6, 200, told))
        rig.silence()


def test_new_channels_come_and_go():
    rig = Rig().join()
    channels = rig.mac.stack.channels
    assert ask(rig, bytes((7, 3)) + hz3(867100000) + b"\x50") == b"\x07\x03"
    assert channels.hz(3) == 867100000 and channels.carries(3, 5) and not channels.carries(3, 6)
    assert ask(rig, bytes((7, 4)) + hz3(867300000) + b"\x66") == b"\x07\x03"
    assert channels.carries(4, 6) and not channels.carries(4, 5)
    for index, hz, rates, status in (
        (0, 867100000, 0x50, 0),  # a default channel
        (2, 0, 0x50, 0),
        (16, 867100000, 0x50, 0),
        (5, 867500000, 0x77, 1),  # FSK
        (5, 867500000, 0x05, 1),  # the lowest above the highest
        (5, 868650000, 0x50, 2),  # between the bands
        (5, 869425000, 0x50, 2),  # its edge leaves the band
        (5, 100000000, 0x77, 0),
    ):
        assert ask(rig, bytes((7, index)) + hz3(hz) + bytes((rates,))) == bytes((7, status)), (index, hz, rates)
        assert channels.hz(5) == 0 and channels.hz(0) == 868100000
    assert ask(rig, bytes((7, 3)) + hz3(0) + b"\x50") == b"\x07\x03"
    assert channels.hz(3) == 0 and not channels.carries(3, 5)


def test_the_last_channel_cannot_be_taken_away():
    rig = Rig().join()
    ask(rig, bytes((7, 3)) + hz3(867100000) + b"\x50")
    ask(rig, adr(5, 0, 0b1000))
    assert ask(rig, bytes((7, 3)) + hz3(0) + b"\x50") == b"\x07\x03"
    assert rig.mac.stack.channels.mask == b"\x07\x00"


def test_rx_timing_is_answered_until_it_was_heard():
    rig = Rig().join()
    assert ask(rig, b"\x08\x05") == b"\x08"
    assert rig.mac.stack.terms.delay_s == 5
    assert rig.send()[2] == b"\x08"
    sent_ms = rig.t_ms
    assert rig.answer() == 0
    assert (rig.t_ms - sent_ms) & 0x3FFFFFFF >= 4900
    assert ask(rig, b"\x08\x00") == b"\x08" and rig.mac.stack.terms.delay_s == 1


def test_tx_param_setup_is_for_as923():
    rig = Rig("AS923-1").join()
    terms = rig.mac.stack.terms
    assert terms.up_dwell and rig.mac.stack.terms.lowest_dr() == 2
    assert ask(rig, b"\x09\x05") == b"\x09"
    assert not terms.up_dwell and not terms.down_dwell and terms.lowest_dr() == 0
    assert ask(rig, adr(0, 0, 3)) == b"\x09\x03\x07" or terms.dr == 0
    assert ask(rig, b"\x09\x32") == b"\x09"
    assert terms.up_dwell and terms.down_dwell and terms.dr == 2
    rig.send()
    assert rig.mac.power_dbm == 12  # EIRP 2 is 12 dBm
    rig.silence()
    assert rig.send()[2] == b"\x09"
    rig.silence()
    rig = Rig().join()
    assert ask(rig, b"\x09\x00", b"\x06")[:1] == b"\x06"  # unknown in EU868: passed over, and the next is carried out


def test_a_law_that_limits_uplinks_is_not_lifted():
    from lorawan_rig import APP_KEY, DEV_EUI, JOIN_EUI, T0

    from lorawan.mac import Mac
    from lorawan.regions.names import find
    from lorawan.session import Otaa

    rig = Rig(mac=Mac(find("AS923-1", True), Otaa(DEV_EUI, JOIN_EUI, APP_KEY), T0, 3)).join()
    assert ask(rig, b"\x09\x05") == b"\x09"
    assert rig.mac.stack.terms.up_dwell


def test_dl_channel_moves_the_first_window():
    rig = Rig().join()
    ask(rig, adr(5, 0, 1))
    assert ask(rig, b"\x0a\x00" + hz3(869525000)) == b"\x0a\x03"
    assert rig.send()[2] == b"\x0a\x03"
    assert rig.until((3,)) == 3 and rig.mac.freq_hz == 869525000
    assert rig.hear(rig.side.down()) == 0
    rig.settle()
    assert ask(rig, b"\x0a\x09" + hz3(869525000)) == b"\x0a\x01"
    assert ask(rig, b"\x0a\x00" + hz3(915000000)) == b"\x0a\x02"


def test_a_fixed_plan_knows_no_new_channels():
    rig = Rig("US915").join()
    assert ask(rig, bytes((7, 3)) + hz3(903000000) + b"\x30", b"\x0a\x00" + hz3(923300000), b"\x06") == b"\x06\xff\x05"


def test_time_and_link_are_asked_for_until_they_come():
    rig = Rig().join()
    rig.mac.ask_time()
    rig.mac.ask_link(rig.t_ms)
    assert rig.send()[2] == b"\x02\x0d"
    rig.silence()
    assert rig.send()[2] == b"\x02\x0d"
    sent_ms = rig.t_ms
    assert rig.answer(options=b"\x02\x14\x03\x0d\x01\x02\x03\x44\x80") == 0
    commands = rig.mac.stack.commands
    assert commands.time_answered and commands.gps_s == 0x44030201 and commands.gps_256 == 128
    assert rig.mac.gps_ms == sent_ms
    assert commands.link_answered and (commands.margin_db, commands.gateways) == (20, 3)
    rig.until((), 5000)
    assert rig.send()[2] == b""
    assert rig.answer(options=b"\x0d\xff\xff\xff\x7f\xff") == 0  # nobody has asked
    assert commands.gps_s == 0x44030201


def test_many_answers_go_on_port_0():
    rig = Rig().join()
    rig.send()
    assert rig.answer(0, b"\x06" * 7) == 0
    confirmed, _, options, port, payload = rig.go()
    assert not confirmed and options == b"" and port == 0 and payload == b"\x06\xff\x05" * 7
    rig.silence()
    assert rig.send()[2] == b""


def test_an_alarm_goes_before_many_answers():
    rig = Rig().join()
    rig.send()
    assert rig.answer(0, b"\x06" * 7) == 0
    assert rig.mac.room(False, rig.t_ms) == 0 and not rig.mac.send(1, b"x", 1, False, False, rig.t_ms)
    _, _, options, port, payload = rig.send(b"alarm", 9, urgent=True)
    assert (options, port, payload) == (b"\x06\xff\x05" * 5, 9, b"alarm")


def test_a_list_ends_at_what_is_unknown_or_cut_short():
    rig = Rig().join()
    assert ask(rig, b"\x06\x7f\x06") == b"\x06\xff\x05"
    assert ask(rig, b"\x06", adr(3, 0, 7)[:-1]) == b"\x06\xff\x05"
    assert rig.mac.stack.terms.dr == 5
    assert ask(rig, b"\x08\x03", b"\x03") == b"\x08"


def test_any_list_of_commands_is_survived():
    below = lcg(21)
    for region in ("EU868", "US915", "AS923-2", "IN865"):
        rig = Rig(region).join()
        stack = rig.mac.stack
        cids = sorted(TABLE)
        for _ in range(400):
            options = b""
            for _ in range(1 + below(6)):
                cid = cids[below(len(cids))]
                options += bytes((cid,)) + bytes([below(256) if below(3) else below(8) for _ in range(TABLE[cid][0])])
            stack.commands.asked_time = stack.commands.asked_link = True
            stack.commands.run(options, 0, len(options), below(100) - 50)
            assert stack.commands.n <= 128
            assert 0 <= stack.terms.dr <= stack.region.top_dr and 1 <= stack.terms.nb_trans <= 15
            assert 1 <= stack.terms.delay_s <= 15
            assert stack.region.hears(stack.terms.rx2_hz) and stack.terms.second_window(stack.terms.rx2_dr)
            stack.terms.max_duty = 0
            dr = rig.mac.sender.first_dr()
            if dr >= 0:
                assert stack.channels.carry(dr) and stack.terms.capacity(dr) > 0
            rig.mac.send(1, b"x", 1, False, True, rig.t_ms)
            if rig.mac.state == 1:
                rig.mac._finish(0, 2)
        assert stack.save(0, -1, 0)
