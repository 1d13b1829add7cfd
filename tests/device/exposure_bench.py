"""What the exposure tests share: series of minutes, and the figures by their definition in numbers of any length.

A minute is a list of 1, 2, 4, 8 or 16 readings, so that its mean in counts * 16 is a whole number; or empty: missing.
"""

from tag.gas.exposure import Exposure

FULL = 32767


def feed(exposure, readings):
    """One minute."""
    for value in readings:
        exposure.add(value)
    exposure.minute()


def mean_q4(readings):
    """Exact; 0 for a missing minute."""
    return sum([max(0, min(FULL, v)) for v in readings]) * 16 // len(readings) if readings else 0


def figures(exposure):
    """All that an exposure tells."""
    e = exposure
    return (e.mean_q4, e.stel_q4, e.twa_q4, e.shift_q4, e.stel_max_q4, e.twa_max_q4, e.peak, e.minutes, e.missing)


def saved(exposure, at=0):
    """As `save` leaves it in a buffer, with foreign bytes around it."""
    buf = bytearray(b"\xaa" * (at + exposure.SIZE + 5))
    exposure.save(buf, at)
    assert buf[:at] == b"\xaa" * at and buf[at + exposure.SIZE :] == b"\xaa" * 5
    return buf


def loaded(exposure, at=0):
    """Another one that goes on from what this one has saved."""
    other = Exposure()
    assert other.load(saved(exposure, at), at)
    return other


class Noise:
    """Numbers that are the same on every interpreter."""

    def __init__(self, seed):
        self.s = seed

    def below(self, n):
        """0 .. n - 1, for n up to 65536; no step reaches 2^30."""
        self.s = (self.s * 1021 + 12345) % 1048576
        return self.s // 16 % n


def series(minutes, seed, top=FULL):
    """Quiet stretches, gas that comes and goes, peaks, readings below zero and missing minutes: one minute after another."""
    noise = Noise(seed)
    level = left = 0
    for _ in range(minutes):
        if left == 0:
            level = (0, 10, 300, 2500, level, top)[noise.below(6)]
            left = 1 + noise.below(40)
        left -= 1
        if noise.below(12) == 0:
            yield ()
            continue
        n = 1 << noise.below(5)
        yield [min(top, level + noise.below(2 + level // 2)) - noise.below(5) for _ in range(n)]


def chain(*parts):
    """The minutes of each part in turn."""
    for part in parts:
        for readings in part:
            yield readings
