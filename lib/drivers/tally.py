"""Counters that stop instead of wrapping: a tag may run for months, and 65535 still says "very many"."""

from micropython import const

MAX = const(65535)


def more(count: int) -> int:
    """`count` + 1, at most MAX."""
    return count + 1 if count < MAX else MAX
