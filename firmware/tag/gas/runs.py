"""Readings of one gas in a row, told as one record: a tenth of the flash and airtime that a record each would take.

A run is the first reading and the steps from each to the next, -128..127 counts. It ends, and another begins, where a step is
larger, the quality changes, or the period was not kept to within half of it: so that the time of each reading follows from that
of the last one. What is not told yet is lost with the power, a minute at most; whatever matters, and a reading between the clear
level and the level, is told at once and ends it.

A run is a bytearray, as there is one for each gas, little endian; `most` readings take 12 + most bytes:

    count u8 | quality u8 | period_s u16 | first i16 | last i16 | t_ms u32 of the last one | steps
"""

from codec.fields import get_u16, get_u32, put_u16, put_u32
from micropython import const
from tag.events import READING, READINGS
from ticks import diff

_STEPS = const(12)


def new(period_s: int, most: int) -> bytearray:
    """An empty run."""
    run = bytearray(_STEPS + most)
    put_u16(run, 2, period_s)
    return run


def full(run) -> bool:
    """Whether it takes no more."""
    return run[0] >= len(run) - _STEPS


def add(run, value: int, q: int, t_ms: int) -> bool:
    """Take a reading; False when it does not follow on the last one. Allocates nothing."""
    if not run[0]:
        run[1] = q
        put_u16(run, 4, value)
    elif not _follows(run, value - _signed(get_u16(run, 6)), q, t_ms):
        return False
    put_u16(run, 6, value)
    put_u32(run, 8, t_ms)
    run[0] += 1
    return True


def _follows(run, step: int, q: int, t_ms: int) -> bool:
    if full(run) or q != run[1] or not -128 <= step <= 127:
        return False
    half_ms = get_u16(run, 2) * 500
    if not half_ms <= diff(t_ms, get_u32(run, 8)) <= 3 * half_ms:
        return False
    run[_STEPS + run[0] - 1] = step & 255
    return True


def take(run, gas: int) -> tuple:
    """The event that tells it; it is empty then. One reading is told as what it is."""
    n = run[0]
    run[0] = 0
    first = _signed(get_u16(run, 4))
    t_ms = get_u32(run, 8)
    if n == 1:
        return (READING, t_ms, gas, run[1], first)
    return (READINGS, t_ms, gas, run[1], get_u16(run, 2), first, bytes(run[_STEPS : _STEPS + n - 1]))


def _signed(value: int) -> int:
    return value - 65536 if value > 32767 else value
