"""Buses of the virtual chip. Transfers with buffers handed in allocate nothing."""

import vpins
import vport
import wire


class I2C:
    """A hardware I2C bus."""

    def __init__(self, id: int, *, scl, sda, freq: int = 400000, timeout: int = 50000) -> None:
        self._bus = id
        vport.call(wire.I2C_INIT, id, vpins.number(scl) | vpins.number(sda) << 8)

    def scan(self) -> list:
        """Addresses that acknowledge."""
        found = bytearray(128)
        vport.call(wire.I2C_SCAN, self._bus, 0, None, -1, found)
        return list(found[: vport.received()])

    def writeto(self, addr: int, buf, stop: bool = True) -> int:
        """Write; ENODEV when nobody acknowledges."""
        return vport.call(wire.I2C_WRITE, self._bus, addr, buf)

    def readfrom_into(self, addr: int, buf, stop: bool = True) -> None:
        """Fill `buf`."""
        vport.call(wire.I2C_READ, self._bus, addr | len(buf) << 8, None, -1, buf)

    def readfrom(self, addr: int, nbytes: int, stop: bool = True) -> bytes:
        """Read `nbytes`."""
        buf = bytearray(nbytes)
        self.readfrom_into(addr, buf)
        return bytes(buf)

    def readfrom_mem_into(self, addr: int, memaddr: int, buf, *, addrsize: int = 8) -> None:
        """Write the register's address, then fill `buf` after a repeated start."""
        a = self._bus | memaddr << 8 | (addrsize // 8) << 24
        vport.call(wire.I2C_MEM_READ, a, addr | len(buf) << 8, None, -1, buf)

    def readfrom_mem(self, addr: int, memaddr: int, nbytes: int, *, addrsize: int = 8) -> bytes:
        """Read `nbytes` from a register on."""
        buf = bytearray(nbytes)
        self.readfrom_mem_into(addr, memaddr, buf, addrsize=addrsize)
        return bytes(buf)

    def writeto_mem(self, addr: int, memaddr: int, buf, *, addrsize: int = 8) -> None:
        """Write from a register on."""
        vport.call(wire.I2C_MEM_WRITE, self._bus | memaddr << 8 | (addrsize // 8) << 24, addr, buf)


class SoftI2C(I2C):
    """The bit-banged bus: the same wires here."""

    def __init__(self, scl, sda, *, freq: int = 400000, timeout: int = 50000) -> None:
        self._bus = vport.call(wire.I2C_INIT, -1, vpins.number(scl) | vpins.number(sda) << 8)


class UART:
    """A serial line."""

    def __init__(self, id: int, baudrate: int = 9600, *, tx=None, rx=None, **kwargs) -> None:
        self._id = id
        vport.call(wire.UART_INIT, id, baudrate)

    def any(self) -> int:
        """Bytes that wait."""
        return vport.call(wire.UART_ANY, self._id)

    def write(self, buf) -> int:
        """Send; returns the count."""
        return vport.call(wire.UART_WRITE, self._id, 0, buf)

    def readinto(self, buf, nbytes: int = -1):
        """What has come, at most `nbytes`; None when nothing has."""
        vport.call(wire.UART_READ, self._id, len(buf) if nbytes < 0 else nbytes, None, -1, buf)
        return vport.received() or None

    def read(self, nbytes: int = 256):
        """What has come, at most `nbytes`; None when nothing has."""
        buf = bytearray(nbytes)
        n = self.readinto(buf)
        return bytes(buf[:n]) if n else None
