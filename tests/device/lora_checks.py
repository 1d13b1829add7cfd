"""What every driver of a LoRa radio has to deliver; a test file calls these with a rig for each chip."""

import gc
import sys
import time

from lora_rig import FREQ_HZ, NOTHING, control, gateway, now, poll, sent

import micropython
import ticks
from drivers.lora_radio import LISTENING, READY, RECEIVED, SENDING, SENT, SILENT

MEASURED = hasattr(micropython, "mem_total")


def good(rig, radio):
    """Nothing went wrong, and nothing was done that a datasheet forbids."""
    assert rig.complaints() == []
    counts = (radio.errors, radio.resets, radio.timeouts, radio.crc_errors, radio.lost_irqs)
    assert counts == (0, 0, 0, 0, 0), counts


def frames_go_out_as_ordered(rig):
    radio = rig.open()
    # ... -> ms on the air. Semtech's calculator for the SX1261 (figures in micropython-lib's tests)
    # has the rows with 1, 64 and 192 bytes; the first three are reckoned by hand from the datasheet.
    rows = (
        (12, 868100000, 7, 125000, 14, False, 8, True, 41.216),
        (12, 868300000, 9, 125000, 14, False, 8, True, 144.384),
        (12, 869525000, 12, 125000, 10, True, 8, False, 991.232),
        (1, 902300000, 12, 500000, 20, False, 8, True, 206.848),
        (64, 923200000, 12, 500000, 17, False, 12, True, 649.216),
        (192, 902300000, 12, 500000, 14, False, 8, True, 1476.608),
        (255, 433175000, 10, 250000, 14, True, 8, False, None),
        (3, 433175000, 7, 500000, 14, False, 8, True, None),
    )
    band = 8
    for n, freq_hz, sf, bw_hz, dbm, inverted, preamble, crc, air_ms in rows:
        at_once_ms = 5 + n // 64 + (0 if band == freq_hz // 100000000 else 12)  # another band is calibrated for
        band = freq_hz // 100000000
        data = bytes([i * 7 & 0xFF for i in range(n)])
        begun = now()
        assert radio.begin_send(data + b"more", n, freq_hz, sf, bw_hz, dbm, begun, inverted, preamble, crc)
        assert radio.state == SENDING and poll(radio) == SENT and radio.state == READY
        air = sent()
        assert air["payload"] == "".join(["%02x" % byte for byte in data])
        assert abs(air["freq_hz"] - freq_hz) <= 31, air["freq_hz"]  # half a step of the SX127x
        assert (air["sf"], air["bw_hz"], air["dbm"], air["preamble"]) == (sf, bw_hz, dbm, preamble)
        assert (air["inverted"], air["crc"], air["sync"]) == (inverted, crc, 0x34)
        assert air["low_rate"] == (sf == 12 and bw_hz == 125000)
        if air_ms is not None:
            assert abs(air["end_ms"] - air["start_ms"] - air_ms) < 0.01, air
        assert 0 <= ticks.diff(radio.done_ms, int(air["end_ms"])) <= 1, (radio.done_ms, air)
        assert -1 < air["start_ms"] - begun - radio.start_ms <= at_once_ms, (air["start_ms"], begun)
    good(rig, radio)


def what_cannot_be_sent_is_not_begun(rig):
    radio = rig.open()
    before = sent()["n"]
    t_ms = now()
    for n, freq_hz, sf, bw_hz, preamble in (
        (0, FREQ_HZ, 7, 125000, 8),
        (256, FREQ_HZ, 7, 125000, 8),
        (1, 100000000, 7, 125000, 8),
        (1, 1030000000, 7, 125000, 8),
        (1, FREQ_HZ, 6, 125000, 8),
        (1, FREQ_HZ, 13, 125000, 8),
        (1, FREQ_HZ, 7, 125001, 8),
        (1, FREQ_HZ, 7, 0, 8),
        (1, FREQ_HZ, 7, 125000, 5),
        (1, FREQ_HZ, 7, 125000, 5000),
    ):
        assert not radio.begin_send(bytes(300), n, freq_hz, sf, bw_hz, 14, t_ms, False, preamble)
        assert n != 1 or not radio.begin_receive(freq_hz, sf, bw_hz, 100, t_ms, True, False, preamble)
    assert not radio.begin_receive(FREQ_HZ, 7, 125000, -1, t_ms)
    assert not radio.begin_receive(FREQ_HZ, 7, 125000, 200001, t_ms)
    assert radio.state == READY and sent()["n"] == before
    good(rig, radio)


def a_frame_is_never_cut_by_an_order(rig):
    radio = rig.open()
    assert radio.begin_send(bytes(20), 20, FREQ_HZ, 9, 125000, 14, now())
    assert not radio.begin_send(bytes(20), 20, FREQ_HZ, 9, 125000, 14, now())
    assert not radio.begin_receive(FREQ_HZ, 9, 125000, 100, now())
    assert radio.state == SENDING and poll(radio) == SENT
    air = sent()
    assert air["end_ms"] - air["start_ms"] > 180
    assert radio.begin_receive(FREQ_HZ, 9, 125000, 0, now())
    assert radio.begin_send(bytes(20), 20, FREQ_HZ, 9, 125000, 14, now())  # but it ends listening
    assert poll(radio) == SENT and radio.begin_send(bytes(20), 20, FREQ_HZ, 9, 125000, 14, now())
    time.sleep_ms(50)
    radio.standby()  # which somebody may want
    air = sent()
    assert radio.state == READY and air["end_ms"] - air["start_ms"] < 60
    good(rig, radio)


def frames_are_heard(rig):
    radio = rig.open()
    for loss_db, rssi, snr in ((60, -46, None), (120, -106, 11.0), (138, -124, -7.0)):
        control("radio_path", loss_db=loss_db)
        gateway("00112233445566778899aabbccddeeff", in_ms=30)
        begun = now()
        assert radio.begin_receive(FREQ_HZ, 7, 125000, 100, begun)
        assert radio.state == LISTENING and poll(radio) == RECEIVED and radio.state == READY
        assert radio.length == 16 and bytes(radio.frame[:16]) == bytes([17 * i for i in range(16)])
        assert abs(radio.rssi_dbm - rssi) <= 1, radio.rssi_dbm
        assert snr is None or abs(radio.snr_db4 - 4 * snr) <= 1, radio.snr_db4
        # 16 bytes without CRC at SF7: 8 + 5 * ceil((128 - 28 + 28) / 28) = 33 and 12.25 symbols are 46.3 ms
        assert 0 <= ticks.diff(radio.done_ms, begun) - 30 - 46 <= 1, (radio.done_ms, begun)
    gateway("aa" * 255, in_ms=30)
    assert radio.begin_receive(FREQ_HZ, 7, 125000, 100, now()) and poll(radio) == RECEIVED
    assert radio.length == 255 and bytes(radio.frame) == b"\xaa" * 255
    good(rig, radio)


def the_lower_band(rig):
    radio = rig.open()
    control("radio_path", loss_db=120)
    gateway("c0ffee", freq_hz=433175000)
    assert radio.begin_receive(433175000, 7, 125000, 100, now()) and poll(radio) == RECEIVED
    assert abs(radio.rssi_dbm + 106) <= 1, radio.rssi_dbm
    good(rig, radio)


def a_window_opens_and_closes(rig):
    """A preamble has to begin in it; 5 of its 8 symbols (1.024 ms) lock the receiver."""
    radio = rig.open()
    for in_ms, heard in ((0, False), (20, True), (90, True), (160, False)):
        gateway("c0ffee", in_ms)
        begun = now()
        time.sleep_ms(15)  # opens here
        assert radio.begin_receive(FREQ_HZ, 7, 125000, 80, now())
        said = poll(radio)
        assert said == (RECEIVED if heard else SILENT), (in_ms, said)
        if not heard:  # 80 ms, and at most 21 ms in which a header could have come
            assert 80 <= ticks.diff(radio.done_ms, begun) - 15 - radio.start_ms <= 106, (radio.done_ms, begun)
        time.sleep_ms(200)
    for sf, ms in ((12, 300), (10, 200), (7, 40)):  # in whole symbols
        begun = now()
        assert radio.begin_receive(FREQ_HZ, sf, 125000, ms, begun) and poll(radio) == SILENT
        header_ms = ((1 << sf) * 81 // 4 + 124) // 125
        assert ms <= ticks.diff(radio.done_ms, begun) - radio.start_ms <= ms + header_ms + 5, (sf, radio.done_ms)
    good(rig, radio)


def what_is_not_meant_is_not_heard(rig):
    radio = rig.open()
    for other in (
        {"inverted": False},
        {"sync": 0x12},
        {"sf": 8},
        {"bw_hz": 250000},
        {"freq_hz": FREQ_HZ + 200000},
        {"power_dbm": -30},
    ):
        gateway("c0ffee", **other)
        assert radio.begin_receive(FREQ_HZ, 7, 125000, 100, now())
        assert poll(radio) == SILENT, other
    gateway("c0ffee", inverted=False)
    assert radio.begin_receive(FREQ_HZ, 7, 125000, 100, now(), inverted=False)
    assert poll(radio) == RECEIVED
    good(rig, radio)


def frames_with_a_wrong_crc_are_dropped(rig):
    radio = rig.open()
    rig.fault("corrupt")
    gateway("c0ffee", crc=True)
    assert radio.begin_receive(FREQ_HZ, 7, 125000, 100, now())
    assert poll(radio) == SILENT and radio.state == READY
    assert radio.crc_errors == 1 and radio.length == 0
    assert radio.begin_receive(FREQ_HZ, 7, 125000, 0, now())
    for i in range(3):
        gateway("c0ffee", crc=True)
        assert poll(radio, 200) == NOTHING and radio.crc_errors == 2 + i
    rig.clear()
    gateway("c0ffee", crc=True)
    assert poll(radio) == RECEIVED and radio.crc_errors == 4
    # Two gateways at once: the payload of both is destroyed, and the CRC says so.
    gateway("00" * 20, 20, crc=True)
    gateway("ff" * 20, 50, crc=True, sender="other")
    assert poll(radio, 300) == NOTHING and radio.crc_errors == 5
    assert radio.errors == 0 and rig.complaints() == []


def it_listens_without_end(rig):
    radio = rig.open()
    assert radio.begin_receive(FREQ_HZ, 7, 125000, 0, now())
    for i in range(40):  # more than one turn of the chip's buffer
        gateway("%02x" % i * (10 + i % 5))
        assert poll(radio) == RECEIVED and radio.state == LISTENING
        assert radio.length == 10 + i % 5 and bytes(radio.frame[: radio.length]) == bytes((i,)) * radio.length
    assert poll(radio, 5000) == NOTHING
    radio.standby()
    gateway("c0ffee")
    assert poll(radio, 300) == NOTHING and radio.state == READY
    good(rig, radio)


def a_frame_that_comes_in_is_told(rig):
    """A second window must not cut a frame that the first one has found."""
    radio = rig.open()
    assert not radio.hearing()
    gateway("00" * 40, 20, sf=10)
    assert radio.begin_receive(FREQ_HZ, 10, 125000, 60, now())
    told = []
    for _ in range(60):
        told.append(radio.hearing())
        time.sleep_ms(10)
    # header at 20 + 20.25 * 8.192 = 186 ms, end at 20 + 12.25 + 8 + 5 * ceil((320 - 40 + 28) / 40) symbols = 513 ms; then it waits
    assert told.index(True) in (18, 19) and told[25:] == [True] * 35, told
    assert poll(radio) == RECEIVED and not radio.hearing()
    good(rig, radio)


def sleep_keeps_the_settings(rig):
    radio = rig.open()
    radio.sleep()
    assert poll(radio, 1000) == NOTHING
    assert radio.begin_send(b"awake", 5, FREQ_HZ, 7, 125000, 14, now()) and poll(radio) == SENT
    radio.sleep()
    radio.sleep()
    radio.standby()
    radio.sleep()
    gateway("c0ffee")
    assert radio.begin_receive(FREQ_HZ, 7, 125000, 100, now()) and poll(radio) == RECEIVED
    assert radio.begin_receive(FREQ_HZ, 7, 125000, 0, now())
    radio.sleep()  # from listening, too
    assert radio.begin_send(b"awake", 5, FREQ_HZ, 7, 125000, 14, now()) and poll(radio) == SENT
    good(rig, radio)


def two_radios_talk(rig, other_rig):
    """The chip under test and one of the other family, in both directions."""
    radio, other = rig.open(), other_rig.open()
    data = bytes(range(51))
    for sf, bw_hz, inverted, crc in ((7, 125000, False, True), (12, 125000, True, False), (9, 500000, False, True)):
        for one, two in ((radio, other), (other, radio)):
            assert two.begin_receive(FREQ_HZ, sf, bw_hz, 200, now(), inverted, crc)
            time.sleep_ms(two.start_ms)
            assert one.begin_send(data, 51, FREQ_HZ, sf, bw_hz, 14, now(), inverted, crc=crc)
            assert poll(two) == RECEIVED and two.length == 51 and bytes(two.frame[:51]) == data
            assert poll(one) == SENT and ticks.diff(one.done_ms, two.done_ms) in (-1, 0, 1)
    good(rig, radio)
    good(other_rig, other)


def ticks_may_wrap(rig):
    """Orders begun just before the wrap end as others do; the chip's own clock does not matter here."""
    radio = rig.open()
    shift = (1 << 30) - now() - 30
    radio._stamp = lambda: ticks.add(now(), shift)

    def later():
        for _ in range(100):
            said = radio.poll(ticks.add(now(), shift))
            if said != NOTHING:
                return said
            time.sleep_ms(20)

    begun = ticks.add(now(), shift)
    assert begun > (1 << 30) - 40
    assert radio.begin_send(bytes(20), 20, FREQ_HZ, 7, 125000, 14, begun)
    assert later() == SENT and 40 < ticks.diff(radio.done_ms, begun) < 80 and radio.done_ms < 100
    good(rig, radio)


def polls_without_news_allocate_nothing(rig):
    radio = rig.open()

    def watched(n):
        heard = NOTHING
        for _ in range(n):
            t_ms = now()
            micropython.heap_lock()
            try:
                heard = radio.poll(t_ms)
            finally:
                micropython.heap_unlock()
            assert heard == NOTHING
            time.sleep_ms(20)

    watched(10)
    assert radio.begin_receive(FREQ_HZ, 7, 125000, 0, now())
    watched(50)
    assert radio.begin_receive(FREQ_HZ, 12, 125000, 1000, now())
    watched(40)
    radio.standby()
    assert radio.begin_send(bytes(20), 20, FREQ_HZ, 12, 125000, 14, now())
    watched(40)
    radio.standby()
    if not MEASURED:
        return
    # Counted by `mem_total` too: a frame too large for the stack passes under `heap_lock`. The bus is left out: it is virtual.
    total = micropython.mem_total
    none = total()
    none = total() - none
    for order in (lambda: True, lambda: radio.begin_receive(FREQ_HZ, 7, 125000, 0, now())):
        assert order()
        t_ms = now()
        before = total()
        radio.poll(t_ms)
        spent = total() - before - none
        assert spent == 0, spent


class Quiet:
    """A bus and a pin on which nothing happens, so that memory can be counted: the chip's last answer stays as it is."""

    def __call__(self, level=0):
        return 0

    def write_readinto(self, tx, rx):
        rx[1], rx[2], rx[3] = 0x52, 0, 0

    def write(self, buf):
        pass

    def readinto(self, buf):
        buf[0], buf[0x11] = 0x85, 0


def asking_takes_no_frame_from_the_heap(rig, name_of_bus):
    """Counted by `mem_total`: a frame too large for the stack passes under `heap_lock`."""
    if not MEASURED:
        return
    radio = rig.open()
    assert radio.begin_receive(FREQ_HZ, 7, 125000, 0, now())
    bus = getattr(radio, name_of_bus)
    quiet = Quiet()
    for name in ("_spi", "_bus", "_select", "_busy"):
        if hasattr(bus, name):
            setattr(bus, name, quiet)
    total = micropython.mem_total
    none = total()
    none = total() - none
    before = total()
    seen = radio._ask()
    spent = total() - before - none
    assert seen == 0 and spent == 0, (seen, spent)


def the_driver_keeps_little(rig):
    """A second driver beside the first one, with its pins and bus: its buffers are nearly all of it."""
    if not MEASURED:
        return
    first = rig.open()
    gc.collect()
    before = gc.mem_alloc()
    second = rig.open()
    gc.collect()
    kept = gc.mem_alloc() - before
    print("bytes kept:", kept)
    assert kept <= (1024 if sys.maxsize < 1 << 32 else 2048), kept
    assert first is not second
