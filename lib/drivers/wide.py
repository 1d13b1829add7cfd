"""Products and ratios of large integers on a build whose small integers have 31 bits: nothing here passes 2^30 or allocates.

A wider intermediate is right on every build of MicroPython, but on a 32-bit one it takes memory from the heap each time.
"""


def mul(a: int, b: int, shift: int) -> int:
    """The floor of a * b / 2^shift, exactly, for |a| and |b| < 2^28 and shift >= 14; the result must be < 2^30 in size.

    Both are split at bit 14, a = A 2^14 + a0 and so on, so that a b = A B 2^28 + (A b0 + B a0) 2^14 + a0 b0. With
    |A|, |B| <= 2^14 and a0, b0 < 2^14 no product passes 2^28, nor the sum in the middle 2^29 + 2^14. What is cut off below
    bit 14 and again below `shift` changes nothing: the floor of a floor is the floor.
    """
    low = a & 0x3FFF
    a >>= 14
    middle = b & 0x3FFF
    b >>= 14
    middle = a * middle + b * low + (low * middle >> 14)
    if shift <= 28:
        return (a * b << (28 - shift)) + (middle >> (shift - 14))
    return (a * b + (middle >> 14)) >> (shift - 28)


def ratio(n: int, d: int) -> int:
    """The floor of 2^24 n / d for 0 <= n < d < 2^27, three bits at a time: the rest stays below d, so 8 times it below 2^30."""
    q = 0
    for _ in range(8):
        n <<= 3
        q = (q << 3) + n // d
        n %= d
    return q
