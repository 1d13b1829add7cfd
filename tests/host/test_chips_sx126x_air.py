"""The SX126x model on the air: what it sends, what it hears, its timers and interrupts."""

from chips_lora_wires import MS, LoraWires
from test_chips_sx126x import RX, STBY_RC, TX, irq, mode, tuned

TX_DONE, RX_DONE, HEADER, HEADER_ERR, CRC_ERR, TIMEOUT = 0x01, 0x02, 0x10, 0x20, 0x40, 0x200


def edge_us(chip: LoraWires, most_ms: int = 5000) -> int:
    """World time of the next rising edge of DIO1, to 10 us; the clock is left there."""
    for _ in range(most_ms * 100):
        if chip.level("dio1"):
            return chip.t_us
        chip.t_us += 10
    raise AssertionError("no edge")


def listening(ticks: int = 0xFFFFFF, **part: object) -> LoraWires:
    chip = tuned(**part)  # type: ignore[arg-type]
    chip.send(0x82, *ticks.to_bytes(3, "big"))
    return chip


def test_a_transmission():
    chip = tuned()
    chip.send(0x0D, 0x07, 0x40, 0x34, 0x44)
    chip.send(0x83, 0, 0, 0)
    (sent,) = chip.ether.log
    assert sent.payload == b"ping" and abs(sent.freq_hz - 868e6) < 1 and sent.sync == 0x34 and sent.crc
    assert (sent.modulation.sf, sent.modulation.bw_hz, sent.inverted, sent.preamble) == (7, 125_000, False, 8)
    assert sent.start_us == chip.t_us + 126
    # 12.25 + 8 + 5 * ceil((32 - 28 + 28 + 16) / 28) symbols of 1.024 ms
    assert sent.end_us - sent.start_us == 30_976
    assert mode(chip) == TX
    assert 0 <= edge_us(chip) - sent.end_us < 20
    assert irq(chip) == TX_DONE and mode(chip) == STBY_RC
    chip.send(0x02, 0, TX_DONE)
    assert chip.level("dio1") == 0 and chip.chip.complaints == []


def test_the_payload_is_taken_from_its_base():
    chip = tuned()
    chip.send(0x8F, 0xFE, 0x80)
    chip.send(0x0E, 0xFE, *b"pong")
    chip.send(0x83, 0, 0, 0)
    assert chip.ether.log[-1].payload == b"pong"


def test_the_limit_of_a_transmission():
    chip = tuned()
    chip.send(0x83, 0, 0x02, 0x80)  # 10 ms
    sent = chip.ether.log[-1]
    assert abs(edge_us(chip) - sent.start_us - 10 * MS) < 20
    assert irq(chip) == TIMEOUT and mode(chip) == STBY_RC
    assert abs(sent.end_us - sent.start_us - 10 * MS) < 20  # cut


def test_standby_and_a_reset_cut_it():
    for end in (lambda chip: chip.send(0x80, 0), lambda chip: chip.chip.hold(0, chip.t_us)):
        chip = tuned()
        chip.send(0x83, 0, 0, 0)
        chip.wait(5)
        end(chip)
        assert abs(chip.ether.log[-1].end_us - chip.t_us) < 10


def test_a_frame_and_its_strength():
    chip = listening()
    chip.send(0x0D, 0x07, 0x40, 0x34, 0x44)
    chip.send(0x82, 0xFF, 0xFF, 0xFF)
    chip.ether.loss_db = lambda sender, receiver, t_us: 134.0
    sent = chip.ether.transmit(chip.t_us + 10 * MS, b"hello", 868_000_100, 7, inverted=False, crc=True)
    assert 0 <= edge_us(chip) - sent.header_us < 20 and irq(chip) == HEADER
    chip.send(0x02, 0, HEADER)
    assert 0 <= edge_us(chip) - sent.end_us < 20 and irq(chip) == RX_DONE
    assert chip.send(0x13, 0, 0, 0)[2:] == b"\x05\x00"
    assert chip.send(0x1E, 0, 0, *bytes(5))[3:] == b"hello"
    # 14 - 134 = -120 dBm; noise in 125 kHz with a figure of 6 dB: -117.03 dBm
    assert chip.send(0x14, 0, 0, 0, 0)[2:] == bytes((240, round(-2.97 * 4) & 0xFF, 240))
    assert mode(chip) == RX  # it goes on
    chip.send(0x02, 0x02, 0x73)
    chip.ether.transmit(chip.t_us + 10 * MS, b"again", 868_000_000, 7, inverted=False)
    chip.wait(60)
    assert irq(chip) == HEADER | RX_DONE and chip.send(0x13, 0, 0, 0)[2:] == b"\x05\x05"


def test_a_single_reception_falls_back():
    for fallback, after in ((0x20, STBY_RC), (0x30, 3), (0x40, 4)):
        chip = tuned()
        chip.send(0x0D, 0x07, 0x40, 0x34, 0x44)
        chip.send(0x93, fallback)
        chip.send(0x82, 0, 0, 0)
        chip.ether.transmit(chip.t_us + 500 * MS, b"hello", 868_000_000, 7, inverted=False)
        chip.wait(600)
        assert irq(chip) == HEADER | RX_DONE and mode(chip) == after


def test_the_timer_ends_a_silence():
    chip = listening(ticks=6400)  # 100 ms
    begun_us = chip.t_us + 83
    assert 0 <= edge_us(chip) - begun_us - 100 * MS < 20
    assert irq(chip) == TIMEOUT and mode(chip) == STBY_RC


def test_the_timer_stops_at_a_header_and_not_at_a_preamble():
    for begin_ms, heard in ((70, True), (79, True), (80, False), (90, False)):
        chip = tuned()
        chip.send(0x0D, 0x07, 0x40, 0x34, 0x44)
        chip.send(0x82, 0, 0x19, 0x00)  # 100 ms and 83 us from here; a header takes 20.7 ms
        chip.ether.transmit(chip.t_us + begin_ms * MS, b"hello", 868_000_000, 7, inverted=False)
        chip.wait(200)
        assert irq(chip) == (HEADER | RX_DONE if heard else TIMEOUT), begin_ms


def test_symbols_without_a_preamble_end_it():
    chip = tuned()
    chip.send(0xA0, 20)
    chip.send(0x82, 0, 0, 0)
    begun_us = chip.t_us + 83
    assert abs(edge_us(chip) - begun_us - 20 * 1024) < 20 and irq(chip) == TIMEOUT


def test_crc_and_header_errors():
    chip = listening()
    chip.send(0x0D, 0x07, 0x40, 0x34, 0x44)
    chip.send(0x82, 0xFF, 0xFF, 0xFF)
    for late_ms, flags in ((40, HEADER | RX_DONE | CRC_ERR), (5, HEADER_ERR)):
        chip.ether.transmit(chip.t_us + 10 * MS, bytes(40), 868_000_000, 7, inverted=False, crc=True)
        chip.ether.transmit(chip.t_us + (10 + late_ms) * MS, bytes(20), 868_000_000, 7, inverted=False, sender="b")
        chip.wait(300)
        assert irq(chip) == flags
        chip.send(0x02, 0x02, 0x73)
    chip.chip.faults.set("corrupt")
    chip.ether.transmit(chip.t_us + 10 * MS, bytes(4), 868_000_000, 7, inverted=False)
    chip.wait(100)
    assert irq(chip) & CRC_ERR


def test_only_what_is_unmasked_is_told():
    chip = tuned()
    chip.send(0x08, 0x02, 0x72, 0x02, 0x73, 0, 0, 0, 0)
    chip.send(0x83, 0, 0, 0)
    chip.wait(100)
    assert irq(chip) == 0 and chip.level("dio1") == 0 and mode(chip) == STBY_RC
    chip.send(0x08, 0x02, 0x73, 0x02, 0x72, 0, 0, 0, 0)
    chip.send(0x83, 0, 0, 0)
    chip.wait(100)
    assert irq(chip) == TX_DONE and chip.level("dio1") == 0
    chip.send(0x08, 0x02, 0x73, 0x02, 0x73, 0, 0, 0, 0)
    assert chip.level("dio1") == 1
    chip.chip.faults.set("no_irq")
    assert chip.level("dio1") == 0 and irq(chip) == TX_DONE


def test_a_transmission_that_does_not_end():
    chip = tuned()
    chip.chip.faults.set("endless_tx")
    chip.send(0x83, 0, 0x10, 0)
    chip.wait(5000)
    assert mode(chip) == TX and irq(chip) == 0


def test_private_networks_and_ours_do_not_mix():
    chip = listening()  # 1424h, as after a reset: 12h
    chip.ether.transmit(chip.t_us + 10 * MS, b"hello", 868_000_000, 7, inverted=False)
    chip.wait(100)
    assert irq(chip) == 0
    chip.ether.transmit(chip.t_us + 10 * MS, b"hello", 868_000_000, 7, inverted=False, sync=0x12)
    chip.wait(100)
    assert irq(chip) == HEADER | RX_DONE
