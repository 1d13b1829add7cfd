"""What the dsp tests share: noise that is the same on every interpreter, and a digest of a result."""

from array import array


def noise(n, seed=12345):
    """`n` numbers in -16384..16383."""
    out = array("h", bytes(2 * n))
    s = seed
    for i in range(n):
        s = (s * 1103 + 12345) % 1048576
        out[i] = s // 32 - 16384
    return out


def corners(n):
    """`n` samples that walk through all corners of the int16 range: worse than any sensor gives."""
    out = array("h", bytes(6 * n))
    for i in range(3 * n):
        out[i] = 32767 if (i * 7 // 3 + i // 9) % 2 else -32768
    return out


def digest(numbers, start=0):
    """A number that changes with any of `numbers` and with their order; below 2^20."""
    d = start
    for v in numbers:
        d = (d * 31 + v + 65536) % 1048573
    return d


def raises(call, *arguments):
    """Whether the call raises ValueError."""
    try:
        call(*arguments)
    except ValueError:
        return True
    return False
