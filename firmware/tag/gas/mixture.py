"""Gases that act alike count together: the sum of each one's share of its own limit, which reaches 1 when it is too much.

Sum of C_i / limit_i <= 1: R 2.2.755-99, 29 CFR 1910.1000(d)(2), ACGIH's additive formula. In q12: 4096 is the whole limit. Each
share is rounded up, so the sum is never below the exact one, above it by less than a 4096th a gas; it saturates at 32767,
eight times the limit, which fits a record's field.
"""

from micropython import const

ONE = const(4096)
_FULL = const(32767)
_TOP = const((1 << 21) - 1)  # counts * 16: times 256 below 2^29


def add(total_q12: int, figure_q4: int, level: int) -> int:
    """The sum with one more gas: its figure in counts * 16 (below 0 counts as 0), its limit in counts.

    A limit that is none (0 or less) makes the sum full: what is wrong alarms.
    """
    if level <= 0:
        return _FULL
    if figure_q4 > 0:
        total_q12 += (min(figure_q4, _TOP) * 256 + level - 1) // level
    return min(total_q12, _FULL)
