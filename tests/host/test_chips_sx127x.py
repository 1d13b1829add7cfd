"""The SX127x model against its datasheet (rev 7), as a driver meets it: registers, modes, FIFO, interrupts, and the air."""

import pytest
from chips_lora_wires import MS, LoraWires

SLEEP, STANDBY, TX, RX_CONTINUOUS, RX_SINGLE = 0x80, 0x81, 0x83, 0x85, 0x86


def started(**part: object) -> LoraWires:
    """In LoRa standby at 868 MHz, SF7, 125 kHz, both images calibrated, 14 dBm by PA_BOOST, errata seen to, sync word 34h."""
    chip = LoraWires("sx1276", **part)  # type: ignore[arg-type]
    chip.write(0x3B, 0xC2)
    chip.wait(10)
    chip.write(0x06, 0xD9, 0x00, 0x00)
    chip.write(0x3B, 0xC2)
    chip.wait(10)
    chip.write(0x01, 0x00)
    chip.write(0x01, SLEEP)
    chip.write(0x09, 0xFC, 0x09, 0x2B)
    chip.write(0x1D, 0x72, 0x74, 0x64, 0, 8, 4)
    chip.write(0x26, 0x04)
    chip.write(0x2F, 0x40, 0x00)
    chip.write(0x31, 0x43)
    chip.write(0x39, 0x34)
    chip.write(0x0E, 0x00)
    chip.write(0x01, STANDBY)
    return chip


def flags(chip: LoraWires) -> int:
    return chip.read(0x12)[0]


def edge_us(chip: LoraWires, key: str = "dio0", most_ms: int = 5000) -> int:
    for _ in range(most_ms * 100):
        if chip.level(key):
            return chip.t_us
        chip.t_us += 10
    raise AssertionError("no edge")


def test_after_a_reset():
    """Tables 41 and 85; FSK, standby, 434 MHz."""
    chip = LoraWires("sx1276")
    assert chip.read(0x42) == b"\x12" and chip.read(0x01) == b"\x09"
    assert chip.read(0x06, 7) == bytes((0x6C, 0x80, 0x00, 0x4F, 0x09, 0x2B, 0x20))
    assert chip.read(0x4D) == b"\x84" and chip.read(0x4B) == b"\x09"
    chip.write(0x01, 0x00)
    chip.write(0x01, SLEEP)
    assert chip.read(0x1D, 6) == bytes((0x72, 0x70, 0x64, 0x00, 0x08, 0x01))
    assert chip.read(0x0E, 2) == b"\x80\x00" and chip.read(0x39) == b"\x12"
    assert chip.read(0x31) == b"\xc3" and chip.read(0x37) == b"\x0a"
    assert chip.read(0x33) == b"\x27" and chip.read(0x3B) == b"\x1d"


def test_the_first_five_milliseconds():
    chip = LoraWires("sx1276")
    chip.t_us = 4 * MS
    assert chip.read(0x42) == b"\xff" and chip.chip.complaints
    chip.chip.hold(0, chip.t_us)
    chip.wait(10)
    assert chip.read(0x42) == b"\xff"
    chip.chip.hold(1, chip.t_us)
    chip.wait(5)
    assert chip.read(0x42) == b"\x12"


def test_the_lora_bit_changes_in_sleep_only():
    chip = LoraWires("sx1276")
    chip.write(0x01, STANDBY)
    assert chip.read(0x01)[0] & 0x80 == 0 and len(chip.chip.complaints) == 1
    chip.write(0x01, 0x00)
    chip.write(0x01, STANDBY)
    assert chip.read(0x01)[0] & 0x80
    chip.write(0x01, 0x01)
    assert chip.read(0x01)[0] & 0x80 and len(chip.chip.complaints) == 2


def test_two_pages():
    chip = LoraWires("sx1276")
    chip.write(0x01, 0x00)
    chip.write(0x39, 0x77)
    chip.write(0x01, SLEEP)
    assert chip.read(0x39) == b"\x12"
    chip.write(0x01, 0x00)
    assert chip.read(0x39) == b"\x77"


def test_image_calibration_takes_ten_milliseconds():
    """Bit 6 of RegImageCal starts it, bit 5 says that it runs."""
    chip = LoraWires("sx1276")
    chip.write(0x3B, 0xC2)
    assert chip.read(0x3B)[0] & 0x60 == 0x20
    chip.wait(9.9)
    assert chip.read(0x3B)[0] & 0x20
    chip.wait(0.2)
    assert not chip.read(0x3B)[0] & 0x20 and chip.chip.calibrated == {True}


def test_the_fifo_and_its_pointer():
    chip = started()
    chip.write(0x0D, 0xFE)
    chip.write(0x00, 1, 2, 3, 4)
    assert chip.read(0x0D) == b"\x02"
    chip.write(0x0D, 0xFE)
    assert chip.read(0x00, 4) == b"\x01\x02\x03\x04"
    chip.write(0x01, SLEEP)
    assert chip.read(0x00) == b"\x00" and len(chip.chip.complaints) == 1
    chip.write(0x01, STANDBY)
    chip.write(0x0D, 0xFE)
    assert chip.read(0x00, 2) == b"\x00\x00"  # lost in sleep


def test_a_burst_wraps_from_the_last_register_to_the_first():
    chip = started()
    assert len(chip.read(0x7E, 4)) == 4


def test_a_transmission():
    chip = started()
    chip.write(0x40, 0x40)
    chip.write(0x0D, 0)
    chip.write(0x00, *b"ping")
    chip.write(0x01, TX)
    (sent,) = chip.ether.log
    assert sent.payload == b"ping" and sent.freq_hz == 868e6 and sent.sync == 0x34 and sent.crc and not sent.inverted
    assert sent.power_dbm == 14 and sent.modulation.sf == 7 and sent.preamble == 8
    assert sent.end_us - sent.start_us == 30_976 and 0 < sent.start_us - chip.t_us < 300
    assert 0 <= edge_us(chip) - sent.end_us < 20
    assert flags(chip) == 0x08 and chip.read(0x01)[0] == STANDBY
    chip.write(0x12, 0x40)  # another flag
    assert flags(chip) == 0x08
    chip.write(0x12, 0x08)
    assert flags(chip) == 0 and chip.level("dio0") == 0 and chip.chip.complaints == []


@pytest.mark.parametrize(
    ("config", "dac", "dbm"), [(0x80, 0x84, 2), (0x8F, 0x84, 17), (0x8F, 0x87, 20), (0x85, 0x87, 10)]
)
def test_power_of_pa_boost(config: int, dac: int, dbm: float):
    """5.4.2 and 5.4.3."""
    chip = started()
    chip.write(0x09, config, 0x09, 0x31)
    chip.write(0x4D, dac)
    chip.write(0x01, TX)
    assert chip.ether.log[-1].power_dbm == dbm and chip.chip.complaints == []


@pytest.mark.parametrize(("config", "dbm"), [(0x7E, 14), (0x70, 0), (0x4F, 13.2), (0x00, -4.2)])
def test_power_of_rfo(config: int, dbm: float):
    """10.8 + 0.6 * MaxPower - (15 - OutputPower)."""
    chip = started(pa_boost=False)
    chip.write(0x09, config)
    chip.write(0x01, TX)
    assert chip.ether.log[-1].power_dbm == pytest.approx(dbm) and chip.chip.complaints == []


def test_complaints():
    for change, what in (
        ((0x4D, 0x87), "current limit"),
        ((0x09, 0x7E), "the other power amplifier"),
        ((0x3B, 0x19), "RegInvertIQ2"),
        ((0x31, 0xC3), "errata"),
        ((0x2F, 0x20), "errata"),
        ((0x1D, 0x92), "errata"),
        ((0x1D, 0x73), "implicit"),
        ((0x4B, 0x19), "RegTcxo"),
    ):
        chip = started()
        chip.write(0x09, 0xFF)
        chip.write(*change)
        chip.write(0x01, TX)
        assert [what in text for text in chip.chip.complaints] == [True], (what, chip.chip.complaints)
    chip = LoraWires("sx1276")
    chip.write(0x01, 0x00)
    chip.write(0x01, SLEEP)
    chip.write(0x01, RX_CONTINUOUS)
    assert "image calibration" in chip.chip.complaints[0]


def test_inverted_iq_by_direction():
    chip = started()
    chip.write(0x33, 0x26)
    chip.write(0x3B, 0x19)
    chip.write(0x01, TX)
    assert chip.ether.log[-1].inverted and chip.chip.complaints == []
    chip.wait(100)
    chip.write(0x33, 0x67)
    chip.write(0x01, RX_CONTINUOUS)
    for inverted, heard in ((False, 0), (True, 0x50)):
        chip.write(0x12, 0xFF)
        chip.ether.transmit(chip.t_us + 10 * MS, b"hello", 868e6, 7, inverted=inverted)
        chip.wait(100)
        assert flags(chip) == heard


@pytest.mark.parametrize(("freq", "frf", "offset"), [(868e6, (0xD9, 0, 0), 157), (434e6, (0x6C, 0x80, 0), 164)])
def test_a_frame_and_its_strength(freq: float, frf: tuple[int, ...], offset: int):
    """5.5.5: -157 dBm and -164 dBm; 16 / 15 with SNR >= 0, + SNR below. Noise in 125 kHz with 6 dB: -117.03 dBm."""
    for loss_db, rssi, snr in (
        (100, (offset - 86) * 15 / 16, 124),
        (120, (offset - 106) * 15 / 16, 44),
        (136, offset - 122 + 5, -20),
    ):
        chip = started()
        chip.write(0x06, *frf)
        chip.ether.loss_db = lambda sender, receiver, t_us, loss_db=loss_db: loss_db
        chip.write(0x01, RX_SINGLE)
        chip.ether.transmit(chip.t_us + 10 * MS, b"hello", freq, 7, inverted=False, crc=True)
        edge_us(chip)
        assert flags(chip) == 0x50 and chip.read(0x01)[0] == STANDBY and chip.read(0x13) == b"\x05"
        chip.write(0x0D, *chip.read(0x10))
        assert chip.read(0x00, 5) == b"hello" and chip.read(0x1C)[0] == 0x40
        assert chip.read(0x19)[0] == snr & 0xFF and abs(chip.read(0x1A)[0] - rssi) <= 1


def test_frames_follow_each_other_in_the_fifo():
    chip = started()
    chip.write(0x0F, 0xF8)
    chip.write(0x01, RX_CONTINUOUS)
    for i, at in enumerate((0xF8, 0xFD, 0x02)):
        chip.ether.transmit(chip.t_us + 10 * MS, bytes((i,)) * 5, 868e6, 7, inverted=False)
        chip.wait(100)
        assert chip.read(0x10)[0] == at and chip.read(0x13)[0] == 5
        chip.write(0x0D, at)
        assert chip.read(0x00, 5) == bytes((i,)) * 5
        assert chip.read(0x01)[0] == RX_CONTINUOUS
        chip.write(0x12, 0xFF)


def test_symbols_without_a_preamble_end_rxsingle():
    for symbols in (4, 100, 1023):
        chip = started()
        chip.write(0x1E, 0x74 | symbols >> 8, symbols & 0xFF)
        chip.write(0x01, RX_SINGLE)
        begun_us = chip.t_us
        assert abs(edge_us(chip, "dio1") - begun_us - symbols * 1024) < 300
        assert flags(chip) == 0x80 and chip.read(0x01)[0] == STANDBY and chip.level("dio0") == 0
    chip = started()
    chip.write(0x1E, 0x74, 3)
    chip.write(0x01, RX_SINGLE)
    assert chip.chip.complaints == ["a window of less than 4 symbols"]


def test_a_destroyed_header_leaves_rxsingle_open():
    chip = started()
    chip.write(0x01, RX_SINGLE)
    for ms in (10, 15):
        chip.ether.transmit(chip.t_us + ms * MS, bytes(20), 868e6, 7, inverted=False, sender=str(ms))
    chip.wait(5000)
    assert flags(chip) == 0 and chip.read(0x01)[0] == RX_SINGLE


def test_crc_errors_and_the_mask():
    chip = started()
    chip.write(0x01, RX_CONTINUOUS)
    for ms in (10, 50):
        chip.ether.transmit(chip.t_us + ms * MS, bytes(40), 868e6, 7, inverted=False, crc=True, sender=str(ms))
    chip.wait(300)
    assert flags(chip) == 0x70
    chip.write(0x12, 0xFF)
    chip.write(0x11, 0x10)
    chip.chip.faults.set("corrupt")
    chip.ether.transmit(chip.t_us + 10 * MS, bytes(4), 868e6, 7, inverted=False, crc=True)
    chip.wait(100)
    assert flags(chip) == 0x60
    chip.chip.faults.set("no_irq")
    assert chip.level("dio0") == 0


def test_faults():
    chip = started()
    chip.chip.faults.set("wrong_id")
    assert chip.read(0x42) == b"\x22"
    chip.chip.faults.clear()
    chip.chip.faults.set("absent")
    assert chip.read(0x42) == b"\xff"
    chip.chip.faults.clear()
    chip.chip.faults.set("endless_tx")
    chip.write(0x01, TX)
    chip.wait(5000)
    assert chip.read(0x01)[0] == TX and flags(chip) == 0
    chip.chip.faults.clear()
    chip.chip.faults.set("lost_config")
    chip.read(0x01)
    chip.wait(5)
    assert chip.read(0x01) == b"\x09" and "lost_config" not in chip.chip.faults
