"""The SX127x driver when chip, bus or interrupts fail: each fault ends in a bounded time, with a driver that is of use again."""

import time

import lora_fault_checks as checks
from lora_rig import NOTHING, PINS_127X, Rig, gateway, now, poll, sx127x

from drivers.lora_chip import BOOTING, READY
from drivers.lora_radio import FAULT, RECEIVED, SILENT

rig = Rig("sx1276", PINS_127X, sx127x)


def test_lost_interrupts_cost_a_moment():
    checks.lost_interrupts_cost_a_moment(rig)


def test_a_transmission_without_end_is_ended():
    checks.a_transmission_without_end_is_ended(rig)


def test_repeated_failure_is_told_each_time():
    checks.repeated_failure_is_told_each_time(rig)


def test_a_brown_out():
    checks.a_brown_out(rig)


def test_dead_wires():
    checks.dead_wires(rig)


def test_a_chip_that_stays_away_is_tried_at_a_bounded_rate():
    checks.a_chip_that_stays_away_is_tried_at_a_bounded_rate(rig)


def test_a_reset_by_the_caller():
    checks.a_reset_by_the_caller(rig)


def test_counters_stop_at_their_end():
    checks.counters_stop_at_their_end(rig)


class Liar:
    """Registers of a chip that tells one mode and one set of flags, whatever happens."""

    def __init__(self, mode, flags):
        self._mode = mode
        self._flags = flags

    def read(self, register, view):
        view[0] = self._mode
        view[0x11] = self._flags


def test_answers_that_cannot_be():
    """FSK, bits that are always 0, flags that are masked, each with RxDone: no frame comes of them."""
    for mode, flags in ((0x05, 0x40), (0xC5, 0x40), (0xA5, 0x40), (0xFF, 0xFF), (0x85, 0x41), (0x85, 0x47)):
        radio = rig.open()
        assert checks.listen(radio, 0)
        radio.registers = Liar(mode, flags)
        time.sleep_ms(100)
        assert radio.poll(now()) == FAULT, (mode, flags)
        assert radio.crc_errors == radio.lost_irqs == radio.length == 0


def test_a_sync_word_that_is_lost():
    radio = rig.open()
    radio.registers.set(0x39, 0x12)
    assert not checks.listen(radio) and radio.state == BOOTING
    checks.soon(radio)
    checks.still_good(rig, radio)


def test_without_the_second_interrupt():
    """DIO1 tells of the end of a window; a board may lack that line, and the driver asks."""
    other = Rig("sx1276", {"dio0": 13}, sx127x)
    try:
        radio = other.open()
        begun = now()
        assert checks.listen(radio) and poll(radio) == SILENT
        assert radio.lost_irqs == 1 and now() - begun < 100 + 120
        checks.still_good(other, radio)
    finally:
        rig.fit()


def test_a_window_that_a_destroyed_header_leaves_open():
    """RXSINGLE does not end by itself once it has seen a preamble: the driver's deadline does, and starts the chip anew."""
    radio = rig.open()
    gateway("00" * 20, 20)
    gateway("ff" * 20, 28, sender="other")
    begun = now()
    assert checks.listen(radio) and poll(radio) == FAULT
    assert 100 + 21 + 200 <= now() - begun < 500, now() - begun
    assert radio.timeouts == 1 and radio.state == BOOTING
    checks.soon(radio)
    checks.still_good(rig, radio)


def test_a_late_frame_after_a_destroyed_header():
    radio = rig.open()
    gateway("00" * 20, 20)
    gateway("ff" * 20, 28, sender="other")
    gateway("c0ffee", 90)
    assert checks.listen(radio, 150) and poll(radio) == RECEIVED
    assert rig.complaints() == []


def test_a_long_window_is_ended_by_the_driver():
    """1023 symbols of SF7 are 1.05 s; what is longer, the chip cannot count."""
    radio = rig.open()
    begun = now()
    assert checks.listen(radio, 2000) and poll(radio) == SILENT and radio.state == READY
    assert 2000 <= now() - begun <= 2000 + 22 + 320 and radio.timeouts == 0
    gateway("c0ffee", 1900)
    assert checks.listen(radio, 2000) and poll(radio) == RECEIVED and radio.state == READY
    gateway("c0ffee", 50)
    assert poll(radio, 500) == NOTHING
    checks.still_good(rig, radio)
    assert radio.errors == 0
