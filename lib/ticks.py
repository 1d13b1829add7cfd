"""Millisecond tick arithmetic modulo 2^30, without a clock and without allocation.

`time.ticks_ms()` wraps at 2^30 ms (12.4 days) on every port that matters here. Code that is handed the time as an argument
uses these two functions instead of `time.ticks_diff`, so that it runs the same on a PC, in a replay and on the tag.
"""

from micropython import const

_MASK = const(0x3FFFFFFF)
_HALF = const(0x20000000)


def diff(later_ms: int, earlier_ms: int) -> int:
    """Signed milliseconds from `earlier_ms` to `later_ms`; right while they are less than 2^29 ms (6.2 days) apart."""
    d = (later_ms - earlier_ms) & _MASK
    # Two steps of 2^29, because 2^30 itself is no small integer on a 32-bit board: the subtraction would allocate.
    return d - _HALF - _HALF if d >= _HALF else d


def add(t_ms: int, delta_ms: int) -> int:
    """The tick `delta_ms` after `t_ms`; `delta_ms` may be negative, |delta_ms| <= 2^29."""
    # t + delta may pass 2^30 - 1; t - 2^29 + delta cannot, and adding 2^29 again modulo 2^30 is flipping its bit.
    return ((t_ms - _HALF + delta_ms) & _MASK) ^ _HALF
