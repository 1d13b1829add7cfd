"""What `romloader` needs to know of chips and of its line: what esptool tells chips by, SLIP frames, the protocol's checksum."""

import struct
from dataclasses import dataclass


@dataclass(frozen=True)
class Chip:
    """What esptool can tell a chip by. Addresses: Espressif's technical reference manuals, chapters SPI and eFuse."""

    ident: int | None  # in the security information; None: the ROM has no such command
    magic: int  # at 0x40001000
    spi: int  # registers of SPI 1: base, and offsets of USR1, USR2, W0
    usr1: int
    usr2: int
    w0: int
    mac: tuple[int, int]  # registers of the factory's address: low, high

    @property
    def command(self) -> int:
        """The register that starts a flash command."""
        return self.spi


CHIPS = {
    "esp32": Chip(None, 0x00F01D83, 0x3FF42000, 0x20, 0x24, 0x80, (0x3FF5A004, 0x3FF5A008)),
    "esp32s3": Chip(9, 0x9, 0x60002000, 0x1C, 0x20, 0x58, (0x60007044, 0x60007048)),
    "esp32c3": Chip(5, 0x1B31506F, 0x60002000, 0x1C, 0x20, 0x58, (0x60008844, 0x60008848)),
}


def framed(data: bytes) -> bytes:
    """As a SLIP frame (RFC 1055)."""
    return b"\xc0" + data.replace(b"\xdb", b"\xdb\xdd").replace(b"\xc0", b"\xdb\xdc") + b"\xc0"


def next_frame(buffer: bytearray) -> bytes | None:
    """Take the next whole SLIP frame out of a buffer; None: not there yet. What stands outside frames is passed over."""
    while True:
        start = buffer.find(b"\xc0")
        if start < 0:
            buffer.clear()
            return None
        end = buffer.find(b"\xc0", start + 1)
        if end < 0:
            del buffer[:start]
            return None
        frame = bytes(buffer[start + 1 : end])
        if not frame:  # two ends in a row: the second one begins a frame
            del buffer[: start + 1]
            continue
        del buffer[: end + 1]
        return frame.replace(b"\xdb\xdc", b"\xc0").replace(b"\xdb\xdd", b"\xdb")


def checksum(data: bytes) -> int:
    """The protocol's checksum: exclusive or of all bytes, begun with 0xEF."""
    folded = len(data) // 8 * 8
    state = 0
    for (word,) in struct.iter_unpack("<Q", data[:folded]):
        state ^= word
    for shift in (32, 16, 8):
        state ^= state >> shift
    state = state & 0xFF ^ 0xEF
    for byte in data[folded:]:
        state ^= byte
    return state
