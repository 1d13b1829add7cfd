"""The tag's `machine`: pins, buses, watchdog and resets of the virtual board, with the API of the ESP32 port.

Every object is a thin handle; what it does happens in the host's chip models.
"""

import sys

import vport
import wire
from micropython import const
from vbuses import I2C, UART, SoftI2C  # noqa: F401 - part of `machine`
from vpins import ADC, PWM, Pin  # noqa: F401 - part of `machine`

if sys.implementation.name != "cpython":
    import machine as _machine

    Signal = _machine.Signal


def __getattr__(name: str):
    """SPI and SoftSPI: loaded by the tags that use them, because heap is counted."""
    return getattr(__import__("vspi"), name)


_EPOCH_2000 = const(946684800)  # the Unix port counts from 1970

PWRON_RESET = 1
HARD_RESET = 2
WDT_RESET = 3
DEEPSLEEP_RESET = 4
SOFT_RESET = 5


class WDT:
    """The watchdog: resets the tag unless fed in time. A second object changes the timeout, as on ESP32."""

    def __init__(self, id: int = 0, timeout: int = 5000) -> None:
        vport.call(wire.WDT_START, timeout)

    def feed(self) -> None:
        """Start the time anew."""
        vport.call(wire.WDT_FEED)


class RTC:
    """The clock domain that stays powered through resets, not through a power cut."""

    def memory(self, data=None):
        """The 2048 bytes of retained memory, or set them."""
        if data is not None:
            vport.call(wire.RTC_SET, 0, 0, data)
            return None
        buf = bytearray(2048)
        vport.call(wire.RTC_GET, 0, 0, None, -1, buf)
        return bytes(buf[: vport.received()])

    def datetime(self, value=None):
        """(year, month, day, weekday, hour, minute, second, microsecond), or set it."""
        import time

        if value is not None:
            y, mo, d, _, h, mi, s, _ = value
            vport.call(wire.SET_EPOCH, _days(y, mo, d) * 86400 + h * 3600 + mi * 60 + s)
            return None
        y, mo, d, h, mi, s, wd, _ = time.gmtime(vport.call(wire.EPOCH) + _EPOCH_2000)[:8]
        return (y, mo, d, wd, h, mi, s, 0)


def _days(year: int, month: int, day: int) -> int:
    """Days since 2000-01-01 (Fliegel and Van Flandern's integer form)."""
    a = (14 - month) // 12
    y = year + 4800 - a
    return day + (153 * (month + 12 * a - 3) + 2) // 5 + 365 * y + y // 4 - y // 100 + y // 400 - 2483590


def reset() -> None:
    """Restart the tag; never returns."""
    vport.call(wire.RESET, HARD_RESET)


def soft_reset() -> None:
    """Restart the interpreter."""
    vport.call(wire.RESET, SOFT_RESET)


def deepsleep(time_ms: int = 0) -> None:
    """Sleep with everything off but the RTC, then restart."""
    vport.call(wire.RESET, DEEPSLEEP_RESET, time_ms)


def lightsleep(time_ms: int = 0) -> None:
    """Sleep and go on."""
    vport.sleep(time_ms)


def reset_cause() -> int:
    """Why the tag started."""
    return vport.call(wire.RESET_CAUSE)


def unique_id() -> bytes:
    """The chip's own number."""
    buf = bytearray(6)
    vport.call(wire.UNIQUE_ID, 0, 0, None, -1, buf)
    return bytes(buf)


def freq(hz: int = 0) -> int:
    """Processor clock."""
    return 240000000


def idle() -> None:
    """Give the processor away for a moment."""
    vport.sleep(1)


def disable_irq() -> int:
    """Handlers run between operations only: nothing to do."""
    return 0


def enable_irq(state: int) -> None:
    """See `disable_irq`."""
