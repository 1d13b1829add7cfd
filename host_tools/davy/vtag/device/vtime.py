"""The tag's `time`: the host's clock. Ticks wrap at 2^30 ms as on ESP32, whatever the interpreter's word size."""

import time as _time

import vport
import wire
from micropython import const

_MASK = const(0x3FFFFFFF)
_HALF = const(0x20000000)

gmtime = _time.gmtime
localtime = _time.gmtime
mktime = getattr(_time, "mktime", None)
ticks_ms = vport.ticks_ms
ticks_us = vport.ticks_us
ticks_cpu = vport.ticks_us


def ticks_add(ticks: int, delta: int) -> int:
    """`ticks` moved by `delta`, modulo 2^30."""
    return ((ticks - _HALF + delta) & _MASK) ^ _HALF


def ticks_diff(later: int, earlier: int) -> int:
    """Signed difference, right while the two are less than 2^29 apart."""
    d = (later - earlier) & _MASK
    return d - _HALF - _HALF if d >= _HALF else d


def sleep_ms(ms: int) -> None:
    """Wait; other than the event loop's wait this one is not ended by an event."""
    end = ticks_add(ticks_ms(), ms if ms > 0 else 0)
    left = ms
    while left > 0:
        vport.sleep(left)
        left = ticks_diff(end, ticks_ms())


def sleep_us(us: int) -> None:
    """Wait a few microseconds."""
    vport.sleep(0, us)


def sleep(seconds: float) -> None:
    """Wait."""
    sleep_ms(int(seconds * 1000))


def time() -> int:
    """Seconds since 2000-01-01, as on ESP32; near 0 after a power cut until somebody sets the clock."""
    return vport.call(wire.EPOCH)


def time_ns() -> int:
    """Nanoseconds since 2000-01-01, to the second."""
    return time() * 1000000000
