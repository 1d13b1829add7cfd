"""The chip itself: clock, reset cause, watchdog, memory, randomness, the service window.

Times of day are seconds since 2000-01-01 00:00 UTC. From 2034 on they are no small integers of a 32-bit board any more and cost a
few bytes of heap each; a u32 holds them until 2136.
"""

import gc
import os
import time

import machine

from micropython import const

ticks_ms = time.ticks_ms
sleep_ms = time.sleep_ms

# The supervisor feeds every second; a tag that computes for longer than this has hung.
WATCHDOG_MS = 8000
# How long a tag stays in the REPL for service before the watchdog puts it back on duty.
SERVICE_MS = 15 * 60 * 1000
# How long firmware that could not start waits for somebody to mend it, before it tries again.
RETRY_MS = 60 * 1000
# A clock that says less was never set: chips start in 2000 or 1970.
_FIRST_YEAR = const(2025)
_DAY_S = const(86400)


class Watchdog:
    """The hardware watchdog, started at once: a boot that hangs must end too."""

    def __init__(self) -> None:
        self._wdt = machine.WDT(timeout=WATCHDOG_MS)

    def feed(self) -> None:
        """All tasks have reported."""
        self._wdt.feed()

    def service(self) -> None:
        """Somebody took the REPL: one long period, so that a forgotten tag restarts by itself."""
        self._restart_in(SERVICE_MS)

    def retry(self) -> None:
        """The firmware could not start: a short period in the REPL."""
        self._restart_in(RETRY_MS)

    def _restart_in(self, ms: int) -> None:
        self._wdt = machine.WDT(timeout=ms)  # on ESP32 a second object changes the period of the one watchdog
        self._wdt.feed()


def reset_cause() -> int:
    """As `machine.reset_cause()`."""
    return machine.reset_cause()


def reset() -> None:
    """Start anew."""
    machine.reset()


def nonce() -> int:
    """Random number of 30 bits from the chip's generator: names this boot in every frame."""
    b = os.urandom(4)
    return b[0] | b[1] << 8 | b[2] << 16 | (b[3] & 0x3F) << 24


def random_bits(n: int) -> int:
    """`n` random bits (at most 30) from the chip's generator, for jitter."""
    return nonce() >> (30 - n)


def free_bytes() -> int:
    """Free heap after a collection."""
    gc.collect()
    return gc.mem_free()


def epoch_s() -> int:
    """The clock; 0 when it was never set."""
    year, month, day, _, hour, minute, second, _ = machine.RTC().datetime()
    if year < _FIRST_YEAR:
        return 0
    return _days(year, month, day) * _DAY_S + hour * 3600 + minute * 60 + second


def set_epoch_s(now_s: int) -> None:
    """Set the clock; years 2000 to 2099."""
    days, second = divmod(now_s, _DAY_S)
    year, month = 2000, 1
    while _days(year + 1, 1, 1) <= days:
        year += 1
    while month < 12 and _days(year, month + 1, 1) <= days:
        month += 1
    day = days - _days(year, month, 1) + 1
    # 2000-01-01 was a Saturday; Monday is 0.
    clock = (year, month, day, (days + 5) % 7, second // 3600, second // 60 % 60, second % 60, 0)
    machine.RTC().datetime(clock)


def _days(year: int, month: int, day: int) -> int:
    """Days since 2000-01-01, right until 2099. A year that begins in March has its leap day at its end, and its months begin
    (153 * m + 2) // 5 days into it."""
    if month < 3:
        year -= 1
        month += 12
    return (year - 2000) * 365 + (year - 2000) // 4 + (153 * (month - 3) + 2) // 5 + day + 59
