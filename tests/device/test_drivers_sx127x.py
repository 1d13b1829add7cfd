"""The SX127x driver over a model of the chip's registers: frames, windows, power, and the bytes on the bus."""

import time

import lora_checks as checks
import machine
from lora_rig import FREQ_HZ, PINS_127X, Rig, dead, now, pin, poll, sent, spi, sx126x, sx127x

from drivers.lora_radio import READY, SENT
from drivers.sx127x import SX127x

rig = Rig("sx1276", PINS_127X, sx127x)


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
    checks.asking_takes_no_frame_from_the_heap(rig, "registers")


def test_the_driver_keeps_little():
    checks.the_driver_keeps_little(rig)


class Recorder:
    """The bus with a record of what went over it, a line for each select: the address, then what was written."""

    def __init__(self):
        self._spi = spi()
        self._cs = machine.Pin(5, machine.Pin.OUT, value=1)
        self.said = []

    def __call__(self, level):
        if level == 0:
            self.said.append("")
        self._cs(level)

    def write(self, buf):
        self.said[-1] += "".join(["%02x" % byte for byte in buf])
        self._spi.write(buf)

    def readinto(self, buf):
        self._spi.readinto(buf)

    def written(self):
        """What was written since; reads are left out."""
        said = [line for line in self.said if int(line[:2], 16) & 0x80]
        del self.said[:]
        return said


def recorded(**options):
    rig.open().sleep()
    bus = Recorder()
    line = machine.Pin(12, machine.Pin.OUT, value=1)
    return bus, SX127x(bus, bus, line, pin(13), pin(14), now, time.sleep_us, **options)


def test_the_start_on_the_bus():
    """Bit 7 of the address writes. By the datasheet: 6.2 (image calibration: bit 6 of 3Bh in FSK standby), 868 MHz = D90000h, 4.1.6
    (LoRa in sleep), 6.4 (sync word of LoRaWAN: 34h; gain; masks 1 what is not wanted: bits 0 to 2 of 11h)."""
    bus, radio = recorded()
    assert bus.written() == [
        "cb09",
        "8900",
        "bbc2",  # 82h after a reset
        "86d90000",
        "bbc2",
        "8100",
        "8180",
        "b934",
        "8c23",
        "9107",
        "8181",
    ]
    bus, radio = recorded(tcxo=True)
    assert bus.written()[0] == "cb19" and radio.start_ms == 1


def test_an_order_to_send_on_the_bus():
    """868.1 MHz / 61.03515625 Hz = 14222950.4, D90666h; 14 dBm by PA_BOOST: FCh; SF7 125 kHz 4/5: 72h, with CRC 74h."""
    bus, radio = recorded()
    bus.written()
    assert radio.begin_send(bytes(range(12)), 12, 868100000, 7, 125000, 14, now())
    assert bus.written() == [
        "86d9066600092b",
        "9d727404" + "00080c",
        "a604",
        "b603",
        "b143",  # C3h after a reset
        "af4000",
        "89fc092b",
        "cd84",
        "b327",
        "bb1d",
        "c040",
        "8d000000",
        "92ff",
        "80000102030405060708090a0b",
        "8183",
    ]
    assert poll(radio) == SENT
    assert bus.written() == ["9208"]
    # 902.3 MHz is E19333h; inverted, SF12 at 500 kHz: 92h, C0h, errata 2.1 and 2.3; 20 dBm: RegPaDac 87h, 140 mA: 31h
    assert radio.begin_send(b"x", 1, 902300000, 12, 500000, 22, now(), True, 12, False)
    said = bus.written()
    assert said[:6] == ["86e1933300092b", "9d92c004000c01", "a604", "b602", "ba64", "b1c3"], said
    assert said[6:10] == ["89ff0931", "cd87", "b326", "bb19"], said
    assert poll(radio) == SENT


def test_an_order_to_listen_on_the_bus():
    """100 ms are 97.7 symbols of 1.024 ms, so 98, 62h; 300 ms 10 of 32.768 ms; RXSINGLE is 6, RXCONTINUOUS 5."""
    bus, radio = recorded()
    bus.written()
    assert radio.begin_receive(868000000, 7, 125000, 100, now())
    assert bus.written() == [
        "86d9000000092b",
        "9d72706200" + "08ff",
        "a604",
        "b603",
        "b143",
        "af4000",
        "b367",
        "bb19",
        "c000",
        "8d000000",
        "92ff",
        "8186",
    ]
    assert radio.begin_receive(868000000, 12, 125000, 300, now())
    said = bus.written()
    assert said[0] == "8181" and said[2:4] == ["9d72c00a0008ff", "a60c"] and said[-1] == "8186", said
    assert radio.begin_receive(
        433175000, 7, 125000, 1047, now(), inverted=False
    )  # 6C4B33h; 1023 symbols, all there are
    said = bus.written()
    assert said[1:3] == ["866c4b3300092b", "9d7273ff0008ff"] and said[7:9] == ["b327", "bb1d"] and said[-1] == "818e", (
        said
    )
    assert radio.begin_receive(868000000, 7, 125000, 1049, now()) and bus.written()[-1] == "8185"
    assert radio.begin_receive(868000000, 7, 125000, 0, now()) and bus.written()[-1] == "8185"
    radio.sleep()
    assert bus.written() == ["8181", "8180"]


def test_power():
    """5.4.2, 5.4.3: PA_BOOST gives 2 to 17 dBm, 20 with RegPaDac; RFO 10.8 + 0.6 * MaxPower - 15 + OutputPower."""
    radio = rig.open()
    for asked, dbm in ((30, 20), (20, 20), (19, 19), (18, 18), (17, 17), (14, 14), (2, 2), (-5, 2)):
        assert radio.begin_send(b"x", 1, FREQ_HZ, 7, 125000, asked, now()) and poll(radio) == SENT
        assert sent()["dbm"] == dbm, (asked, sent())
    checks.good(rig, radio)
    other = Rig("sx1276", {"dio0": 13, "dio1": 14, "pa_boost": False}, sx127x)
    try:
        radio = other.open()
        for asked, dbm in ((20, 14), (14, 14), (7, 7), (1, 1), (0, -0.2), (-4, -4.2), (-9, -4.2)):
            assert radio.begin_send(b"x", 1, FREQ_HZ, 7, 125000, asked, now()) and poll(radio) == SENT
            assert sent()["dbm"] == dbm, (asked, sent())
        checks.good(other, radio)
    finally:
        rig.fit()


def test_a_chip_that_is_not_there():
    for fault in ("absent", "wrong_id"):
        rig.open()
        rig.fault(fault)
        refused(fault)
    for level in (0x00, 0xFF):
        rig.open()
        dead(level)
        refused(level)
    assert rig.open().state == READY


def refused(what):
    begun = now()
    try:
        sx127x(rig.part, {})
        raise AssertionError(what)
    except OSError:
        pass
    assert now() - begun < 150, (what, now() - begun)


def test_another_clock_mode_finds_nobody():
    rig.open()
    line, cs = machine.Pin(12, machine.Pin.OUT, value=1), machine.Pin(5, machine.Pin.OUT, value=1)
    try:
        SX127x(spi(3), cs, line, pin(13), pin(14), now, time.sleep_us)
        raise AssertionError("mode 3")
    except OSError:
        pass


def test_two_radios_talk():
    pins = {"spi": 2, "cs": 6, "reset": 32}
    pins.update({"busy": 33, "dio1": 34, "tcxo_mv": 1800, "dio2_rf_switch": True})
    checks.two_radios_talk(rig, Rig("sx1262", pins, sx126x))
