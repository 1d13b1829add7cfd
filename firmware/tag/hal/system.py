"""The chip itself: clock, reset cause, watchdog, memory, randomness, the service window."""

import gc
import os
import time

import machine

ticks_ms = time.ticks_ms

# The supervisor feeds every second; a tag that computes for longer than this has hung.
WATCHDOG_MS = 8000
# How long a tag stays in the REPL for service before the watchdog puts it back on duty.
SERVICE_MS = 15 * 60 * 1000
# How long firmware that could not start waits for somebody to mend it, before it tries again.
RETRY_MS = 60 * 1000


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
