"""The SX126x driver when chip, bus or interrupts fail: each fault ends in a bounded time, with a driver that is of use again."""

import time

import lora_fault_checks as checks
from lora_rig import NOTHING, PINS_126X, Rig, control, gateway, now, poll, sx126x

from drivers.lora_chip import BOOTING, BROKEN, LISTENING, READY, SENDING
from drivers.lora_radio import FAULT, RECEIVED, SILENT

rig = Rig("sx1262", PINS_126X, sx126x)


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
    """Commands of a chip that tells one status and one set of interrupts, whatever happens."""

    def __init__(self, status, irq):
        self._answer = (status, irq >> 8, irq & 0xFF)

    def exchange(self, buf):
        for i in range(len(buf) - 1):
            buf[1 + i] = self._answer[i]


def test_answers_that_cannot_be():
    """Modes that are none, with RxDone; RxDone beside interrupts that are masked or do not exist: no frame comes of them."""
    for status, irq in ((0x02, 2), (0x12, 2), (0x72, 2), (0x52, 0x8002), (0x52, 0x0006), (0x52, 0x0402)):
        radio = rig.open()
        assert checks.listen(radio, 0)
        radio._chip = Liar(status, irq)
        time.sleep_ms(100)
        assert radio.poll(now()) == FAULT, (status, irq)
        assert radio.crc_errors == radio.lost_irqs == radio.length == 0


def stuck(order):
    """BUSY stays high from after `order` on; the time that each call took, until the driver gives up for the first time."""
    radio = rig.open()
    order(radio)
    rig.fault("stuck_busy")
    longest = 0
    for _ in range(200):
        begun = now()
        if radio.state < SENDING:
            checks.send(radio)
        said = radio.poll(now())
        longest = max(longest, now() - begun)
        if radio.state == BROKEN:
            break
        time.sleep_ms(20)
    assert said == FAULT and radio.state == BROKEN
    rig.clear()
    checks.soon(radio, 1200)
    checks.still_good(rig, radio)
    return longest, radio


def test_a_busy_that_does_not_end():
    for order in (
        lambda radio: None,
        lambda radio: radio.sleep(),
        lambda radio: checks.send(radio),
        lambda radio: checks.listen(radio),
        lambda radio: checks.listen(radio, 0),
    ):
        longest, radio = stuck(order)
        assert longest <= 20, longest  # 2 ms and the TCXO's 6 are allowed for a command, and sleep_us is not exact
        assert radio.resets <= 3 and radio.errors <= 3, (radio.resets, radio.errors)


def test_busy_for_a_moment_is_no_fault():
    """Orders that follow each other at once find BUSY high while the TCXO starts."""
    radio = rig.open()
    for _ in range(5):
        assert checks.listen(radio, 0) and checks.listen(radio, 50) and checks.send(radio)
        radio.standby()
    assert radio.errors == 0 and radio.state == READY
    assert rig.complaints() == []


def test_a_clock_that_dies():
    radio = rig.open()
    rig.fault("dead_tcxo")
    assert checks.send(radio)  # the chip takes the order, and cannot carry it out
    assert poll(radio, 400) == FAULT and radio.state == BOOTING
    assert poll(radio, 400) == FAULT and radio.state == BROKEN
    rig.clear()
    checks.soon(radio, 1500)
    checks.still_good(rig, radio)


def test_a_destroyed_header():
    """Two gateways at once from the preamble on; the timer ends the window, or another frame comes."""
    radio = rig.open()
    gateway("00" * 20, 20)
    gateway("ff" * 20, 28, sender="other")
    assert checks.listen(radio) and poll(radio) == SILENT and radio.crc_errors == 1
    assert checks.listen(radio, 0)
    gateway("00" * 20, 20)
    gateway("ff" * 20, 28, sender="other")
    assert poll(radio, 300) == NOTHING and radio.crc_errors == 2 and radio.state == LISTENING
    gateway("c0ffee", 20)
    assert poll(radio) == RECEIVED
    assert radio.errors == 0 and rig.complaints() == []


def test_a_late_frame_after_a_destroyed_header():
    radio = rig.open()
    gateway("00" * 20, 20)
    gateway("ff" * 20, 28, sender="other")
    gateway("c0ffee", 90)
    assert checks.listen(radio, 150) and poll(radio) == RECEIVED and radio.crc_errors == 1
    assert control("complaints", chip="sx1262") == []
