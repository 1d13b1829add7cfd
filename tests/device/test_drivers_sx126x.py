"""The SX126x driver over a model of the chip's commands: frames, windows, power, and the bytes on the bus."""

import time

import lora_checks as checks
import machine
from lora_rig import FREQ_HZ, PINS_126X, Rig, dead, now, pin, poll, sent, spi, sx126x, sx127x

from drivers import sx126x_tables as tables
from drivers.lora_radio import READY, SENT
from drivers.sx126x import SX126x

rig = Rig("sx1262", PINS_126X, sx126x)


def test_frames_go_out_as_ordered():
    checks.frames_go_out_as_ordered(rig)


def test_what_cannot_be_sent_is_not_begun():
    checks.what_cannot_be_sent_is_not_begun(rig)


def test_a_frame_is_never_cut_by_an_order():
    checks.a_frame_is_never_cut_by_an_order(rig)


def test_frames_are_heard():
    checks.frames_are_heard(rig)


def test_the_lower_band():
    checks.the_lower_band(rig)


def test_a_window_opens_and_closes():
    checks.a_window_opens_and_closes(rig)


def test_what_is_not_meant_is_not_heard():
    checks.what_is_not_meant_is_not_heard(rig)


def test_frames_with_a_wrong_crc_are_dropped():
    checks.frames_with_a_wrong_crc_are_dropped(rig)


def test_it_listens_without_end():
    checks.it_listens_without_end(rig)


def test_a_frame_that_comes_in_is_told():
    checks.a_frame_that_comes_in_is_told(rig)


def test_sleep_keeps_the_settings():
    checks.sleep_keeps_the_settings(rig)


def test_ticks_may_wrap():
    checks.ticks_may_wrap(rig)


def test_polls_without_news_allocate_nothing():
    checks.polls_without_news_allocate_nothing(rig)


def test_asking_takes_no_frame_from_the_heap():
    checks.asking_takes_no_frame_from_the_heap(rig, "_chip")


def test_the_driver_keeps_little():
    checks.the_driver_keeps_little(rig)


class Recorder:
    """The bus with a record of what went over it, a line for each select."""

    def __init__(self):
        self._spi = spi()
        self._cs = machine.Pin(5, machine.Pin.OUT, value=1)
        self.said = []

    def __call__(self, level):
        if level == 0:
            self.said.append("")
        self._cs(level)

    def write_readinto(self, tx, rx):
        self.said[-1] += "".join(["%02x" % byte for byte in tx])
        self._spi.write_readinto(tx, rx)

    def write(self, buf):
        self.said[-1] += "".join(["%02x" % byte for byte in buf])
        self._spi.write(buf)

    def readinto(self, buf):
        self._spi.readinto(buf)


def recorded(**options):
    rig.open().sleep()
    bus = Recorder()
    line = machine.Pin(12, machine.Pin.OUT, value=1)
    return bus, SX126x(bus, bus, pin(13), line, pin(14), now, time.sleep_us, **options)


def test_the_start_on_the_bus():
    """By the datasheet: 13.1 (modes), 13.3.6 table 13-35 (TCXO: 1.8 V is 02h; 5 ms are 320 steps of 15.625 us, 0140h), table 9-2
    (863..870 MHz: D7h DBh), table 13-29 (interrupts: bits 0, 1, 4, 5, 6, 9; on DIO1 0, 1, 9), 12.1 (sync word), 15.2."""
    bus, radio = recorded(tcxo=(1800, 5), dio2=True)
    assert bus.said == [
        "8000",
        "12000000",
        "1d07400000",
        "9601",
        "9d01",
        "9702000140",
        "070000",
        "897f",
        "17000000",
        "98d7db",
        "8a01",
        "9320",
        "8f0000",
        "080273020300000000",
        "0d07403444",
        "1d08d80000",
        "0d08d8de",  # C8h after a reset
    ], bus.said
    assert radio.start_ms == 6
    bus, radio = recorded(tcxo=(1800, 5), mhz=915)
    assert bus.said[9] == "98e1e9"
    assert radio.begin_send(b"x", 1, 902300000, 10, 125000, 14, now()) and "98e1e9" not in bus.said[17:]
    bus, radio = recorded(tcxo=(1800, 5), mhz=169)
    assert bus.said[9] == "8a01"  # Semtech names no image calibration there
    bus, radio = recorded(tcxo=(1800, 20), dcdc=False, chip="sx1261")
    assert bus.said[3:6] == ["9600", "9d00", "9702000500"]  # 1280 steps
    assert bus.said[-1] == "0d07403444" and radio.start_ms == 21  # 15.2 is about the SX1262 only


def test_an_order_to_send_on_the_bus():
    """868.1 MHz * 2^25 / 32 MHz is 910268825.6, 3641999Ah; 20 bytes at SF7 take 56.6 ms: limit 6 + 57 + 100 ms, 28C0h steps."""
    bus, radio = recorded(tcxo=(1800, 5), dio2=True)
    del bus.said[:]
    assert radio.begin_send(bytes(range(20)), 20, 868100000, 7, 125000, 14, now())
    assert bus.said == [
        "1d0740000000",
        "863641999a",
        "8b07040100",
        "8c000800140100",
        "1d07360000",
        "0d07360d",
        "02ffff",
        "9502020001",
        "0d08e738",
        "8e1604",
        "1d08890000",
        "0d088905",
        "0e00000102030405060708090a0b0c0d0e0f10111213",
        "830028c0",
    ], bus.said
    del bus.said[:]
    assert poll(radio) == SENT
    assert bus.said == ["12000000", "020001"]
    # Inverted IQ and 500 kHz: 15.4 and 15.1 take bit 2 away.
    del bus.said[:]
    assert radio.begin_send(b"x", 1, 902300000, 12, 500000, -30, now(), True, 12, False)
    assert bus.said[1:9] == [
        "98e1e9",
        "863864cccd",
        "8b0c0601" + "00",
        "8c000c00010001",
        "1d07360000",
        "0d073609",
        "02ffff",
        "9502020001",
    ], bus.said
    assert bus.said[10] == "8ef704" and bus.said[12] == "0d088901"  # -9 dBm is as low as it goes
    assert poll(radio) == SENT


def test_an_order_to_listen_on_the_bus():
    """100 ms and 20.25 symbols of 1.024 ms, 121 ms, are 7744 steps, 1E40h; FFFFFFh listens without end. SF12 asks for low data rate
    optimisation; 300 ms and 20.25 symbols of 32.768 ms, 964 ms, are 61696 steps, F100h."""
    bus, radio = recorded(tcxo=(1800, 5), dio2=True)
    del bus.said[:]
    assert radio.begin_receive(868000000, 7, 125000, 100, now())
    assert bus.said == [
        "1d0740000000",
        "8636400000",
        "8b07040100",
        "8c000800ff0001",
        "1d07360000",
        "0d073609",
        "02ffff",
        "0d08ac96",
        "82001e40",
    ], bus.said
    del bus.said[:]
    assert radio.begin_receive(868000000, 12, 125000, 300, now())
    assert bus.said[0] == "8000" and bus.said[3] == "8b0c040101" and bus.said[-1] == "8200f100", bus.said
    assert radio.begin_receive(868000000, 12, 125000, 0, now(), inverted=False)
    assert bus.said[-1] == "82ffffff" and bus.said[-4] == "0d07360d", bus.said
    radio.sleep()
    assert bus.said[-1] == "8404"


def test_power():
    """Table 13-21, and what lies between its rows; `dbm` is what the model makes of it, by its own copy of the table."""
    radio = rig.open()
    for asked, dbm in (
        (30, 22),
        (22, 22),
        (21, 21),
        (20, 20),
        (18, 18),
        (17, 17),
        (15, 15),
        (14, 14),
        (2, 2),
        (-17, -17),
        (-40, -17),
    ):
        assert radio.begin_send(b"x", 1, FREQ_HZ, 7, 125000, asked, now()) and poll(radio) == SENT
        assert sent()["dbm"] == dbm, (asked, sent())
    assert tables.power("sx1262", 22, FREQ_HZ) == (b"\x04\x07\x00\x01", 22)
    assert tables.power("sx1262", 20, FREQ_HZ) == (b"\x03\x05\x00\x01", 22)
    assert tables.power("sx1262", 17, FREQ_HZ) == (b"\x02\x03\x00\x01", 22)
    assert tables.power("sx1262", 14, FREQ_HZ) == (b"\x02\x02\x00\x01", 22)
    assert tables.power("sx1261", 15, FREQ_HZ) == (b"\x06\x00\x01\x01", 14)
    assert tables.power("sx1261", 14, FREQ_HZ) == (b"\x04\x00\x01\x01", 14)
    assert tables.power("sx1261", 10, FREQ_HZ) == (b"\x01\x00\x01\x01", 13)
    assert tables.power("sx1261", 15, 169000000) == (b"\x04\x00\x01\x01", 14)
    assert tables.power("sx1261", -30, FREQ_HZ) == (b"\x01\x00\x01\x01", -17)
    checks.good(rig, radio)


def test_bands_of_the_image_calibration():
    for mhz, band in ((433, (0x6B, 0x6F)), (490, (0x75, 0x81)), (780, (0xC1, 0xC5)), (915, (0xE1, 0xE9)), (600, None)):
        assert tables.band(mhz * 1000000 + 999999) == band


def test_an_sx1261_with_a_crystal():
    other = Rig("sx1261", {"busy": 13, "dio1": 14}, sx126x)
    try:
        radio = other.open()
        assert radio.start_ms == 1
        assert radio.begin_send(b"x", 1, FREQ_HZ, 7, 125000, 22, now()) and poll(radio) == SENT
        assert sent()["dbm"] == 15 and radio.state == READY
        checks.good(other, radio)
    finally:
        rig.fit()


def test_a_chip_that_is_not_there():
    for fault in ("absent", "foreign", "stuck_busy", "dead_tcxo"):
        rig.open()
        rig.fault(fault)
        refused(fault)
    for level in (0x00, 0xFF):
        rig.open()
        dead(level)
        refused(level)
    rig.open()
    refused("no TCXO told", tcxo=None)
    refused("another voltage", tcxo=(3300, 5))
    refused("too short", tcxo=(1800, 1))
    try:
        rig.open(tcxo=(1900, 5))
        raise AssertionError("no such voltage")
    except ValueError:
        pass
    assert rig.open().state == READY


def refused(what, **options):
    begun = now()
    try:
        sx126x(rig.part, options)
        raise AssertionError(what)
    except OSError:
        pass
    assert now() - begun < 150, (what, now() - begun)


def test_another_clock_mode_finds_nobody():
    rig.open()
    line, cs = machine.Pin(12, machine.Pin.OUT, value=1), machine.Pin(5, machine.Pin.OUT, value=1)
    try:
        SX126x(spi(3), cs, pin(13), line, pin(14), now, time.sleep_us, tcxo=(1800, 5))
        raise AssertionError("mode 3")
    except OSError:
        pass


def test_two_radios_talk():
    other = Rig("sx1276", {"dio0": 33, "dio1": 34, "spi": 2, "cs": 6, "reset": 32}, sx127x)
    checks.two_radios_talk(rig, other)
