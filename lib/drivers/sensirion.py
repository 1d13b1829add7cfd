"""Commands and words of Sensirion's I2C sensors: 16-bit commands, 16-bit words, each word with a CRC-8.

    write    CC CC, or CC CC WW WW crc          command, and its word where it has one; high byte first
    read     WW WW crc, for each word           after the command's execution time; before it the chip does not acknowledge

CRC-8: polynomial 31h, start value FFh, not reflected, nothing added at the end; the CRC of BE EF is 92h.
Source: SCD4x datasheet 1.3, 3.2, 3.3 and 3.11. Nothing here waits or allocates after construction; bus faults are OSError.
After 10 of them in a row `free` is called before the next command: somebody may hold SDA.
"""

from micropython import const

_FAULTS = const(10)


def crc8(data, start: int) -> int:
    """CRC of the word at `start` of `data`."""
    crc = 0xFF
    for i in range(start, start + 2):
        crc ^= data[i]
        for _ in range(8):
            crc = (crc << 1 ^ 0x31) & 0xFF if crc & 0x80 else crc << 1
    return crc


class Words:
    """The sensor at `address`; `data` holds the bytes of the last answer."""

    def __init__(self, i2c, address: int, most: int, free=None) -> None:
        self._i2c = i2c
        self._address = address
        self._free = free
        self._faults = 0  # in a row
        self._out = memoryview(bytearray(5))
        self._bare = self._out[:2]
        self.data = bytearray(3 * most)
        self._first = memoryview(self.data)[:3]

    def send(self, command: int, word: int = -1) -> None:
        """A command, with its word unless that is negative."""
        if self._faults >= _FAULTS and self._free:
            self._faults = 0
            self._free()
        self._faults += 1  # unless it works
        out = self._out
        out[0] = command >> 8
        out[1] = command & 0xFF
        if word < 0:
            self._i2c.writeto(self._address, self._bare)
        else:
            out[2] = word >> 8
            out[3] = word & 0xFF
            out[4] = crc8(out, 2)
            self._i2c.writeto(self._address, out)
        self._faults = 0

    def read(self, words: int) -> bool:
        """Fetch an answer of one word or of `most`; True when each CRC is right."""
        self._i2c.readfrom_into(self._address, self._first if words == 1 else self.data)
        for at in range(0, 3 * words, 3):
            if crc8(self.data, at) != self.data[at + 2]:
                return False
        return True

    def word(self, index: int) -> int:
        """A word of the last answer."""
        return self.data[3 * index] << 8 | self.data[3 * index + 1]
