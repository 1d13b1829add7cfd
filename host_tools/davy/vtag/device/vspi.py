"""SPI of the virtual chip, loaded by the tags that use it. Transfers with buffers handed in allocate nothing.

The chip on the bus is chosen by its select pin, which the driver moves.
"""

import vpins
import vport
import wire


class SPI:
    """A hardware SPI bus: 8 bits, the highest first; `options` are polarity, phase and the pins sck, mosi, miso.

    The names of the options are not written here but where somebody uses them: on a chip they are in its firmware, here they would
    be in the heap of the tag.
    """

    def __init__(self, id: int, baudrate: int = 1000000, **options) -> None:
        pins = bytearray((255, 255, 255))
        mode = 0
        for name in options:
            value = options[name]
            if name[0] == "p":
                mode |= value << 1 if name[1] == "o" else value
            elif name[0] in "sm":
                pins[0 if name[0] == "s" else 1 if name[1] == "o" else 2] = vpins.number(value)
            else:
                raise TypeError(name)
        self._bus = vport.call(wire.SPI_INIT, (id & 0xFF) | mode << 8, baudrate, pins)

    def write_readinto(self, tx, rx) -> None:
        """Exchange as many bytes."""
        if len(tx) != len(rx):
            raise ValueError("buffers must be the same length")
        vport.call(wire.SPI_TRANSFER, self._bus, 0, tx, -1, rx)

    def write(self, buf) -> None:
        """Send only."""
        vport.call(wire.SPI_TRANSFER, self._bus, 0, buf)

    def readinto(self, buf, write: int = 0) -> None:
        """Receive, while `write` is sent again and again."""
        vport.call(wire.SPI_TRANSFER, self._bus, len(buf) | write << 16, None, -1, buf)

    def read(self, nbytes: int, write: int = 0) -> bytes:
        """Receive `nbytes`."""
        buf = bytearray(nbytes)
        self.readinto(buf, write)
        return bytes(buf)


class SoftSPI(SPI):
    """The bit-banged bus: the same wires here."""

    def __init__(self, baudrate: int = 500000, **options) -> None:
        super().__init__(255, baudrate, **options)
