"""What the self-tests of accelerometers share: sums of some samples at rest, and again with the chip's own force on."""

from micropython import const

_TRY_MS = const(5)
_TRIES = const(30)  # of 5 ms for a sample that is due in 20 at the most


def sums(registers, sleep_ms, ready, out: int, samples: int, order: int = 0):
    """Sums of `samples` x, y, z words from register `out`, or None when data stay away.

    `ready`: the register that tells of new data, and its bit. `order` is 1 where the high byte of a word comes first.
    One sample more is taken and dropped: it may be from before.
    """
    sample = bytearray(6)
    total = [0, 0, 0]
    for i in range(samples + 1):
        tries = _TRIES
        while not registers.get(ready[0]) & ready[1]:
            tries -= 1
            if tries == 0:
                return None
            sleep_ms(_TRY_MS)
        registers.read(out, sample)
        if i:
            for axis in range(3):
                word = sample[2 * axis + order] | sample[2 * axis + 1 - order] << 8
                total[axis] += (word ^ 0x8000) - 0x8000
    return total
