"""Free an I2C bus whose SDA a chip holds low, as after a reset of the tag in the middle of a read.

Nine clocks let the chip shift out the rest of its byte and see a missing acknowledge; a STOP then ends its transfer
(I2C-bus specification UM10204, 3.1.16). Takes at most 0.35 ms, and 0.1 ms where nobody stretches the clock.
"""

from micropython import const

_CLOCKS = const(9)
_HALF_US = const(5)  # half a clock at 100 kHz
_STRETCH = const(5)  # half clocks that a chip may hold SCL


def recover(scl, sda, sleep_us) -> bool:
    """Clock and STOP by hand; True when both lines are high afterwards.

    `scl` and `sda` are open-drain outputs with pull-ups: writing 1 releases the line. Open the I2C bus anew afterwards.
    """
    try:
        sda.value(1)
        for _ in range(_CLOCKS):
            scl.value(0)
            sleep_us(_HALF_US)
            _release(scl, sleep_us)
        # STOP: SDA rises while SCL is high.
        scl.value(0)
        sda.value(0)
        sleep_us(_HALF_US)
        _release(scl, sleep_us)
        sda.value(1)
        sleep_us(_HALF_US)
        return bool(scl.value()) and bool(sda.value())
    except OSError:
        return False


def _release(scl, sleep_us) -> None:
    """Let SCL rise, and wait a little for a chip that stretches it."""
    scl.value(1)
    for _ in range(_STRETCH + 1):
        sleep_us(_HALF_US)
        if scl.value():
            return
