"""Sets of small numbers as bits of bytes, lowest first."""


def has(bits, i: int) -> bool:
    """Whether `i` is in the set."""
    return bits[i >> 3] >> (i & 7) & 1 == 1


def put(bits, i: int, on: bool) -> None:
    """Put `i` into the set or take it out."""
    if on:
        bits[i >> 3] |= 1 << (i & 7)
    else:
        bits[i >> 3] &= ~(1 << (i & 7)) & 0xFF
