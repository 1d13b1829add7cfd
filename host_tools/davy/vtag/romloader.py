"""The loader in a chip's ROM, on a pseudo-terminal: to esptool it is a board that was reset into download mode.

It speaks Espressif's serial protocol (esptool's documentation, "Serial Protocol") over SLIP: a request is

    0xC0 | 0x00 | command u8 | length u16 | checksum u32 | data | 0xC0        (0xC0 as 0xDB 0xDC, 0xDB as 0xDB 0xDD)

and an answer 0x01 | command | length | value u32 | data | status. The ROM's status has four bytes, two of them reserved. When
esptool loads its stub into RAM and starts it, what answers from then on is what the stub would: status of two bytes, MD5 as 16
bytes, erase and fast read. Flash is NOR flash: erase sets ones, a write clears bits, and its size is that of its JEDEC id.

Faults: `cut_after` data blocks the cable is pulled; `stuck` is the address of a bit that cannot be cleared; `deaf` never answers;
`locked` is a chip in secure download mode.
"""

import contextlib
import hashlib
import os
import pty
import select
import struct
import threading
import tty
import zlib
from collections.abc import Callable
from pathlib import Path

from davy.errors import DavyError
from davy.vtag.romchips import CHIPS, checksum, framed, next_frame

SECTOR = 4096
_READ_SLOW = 64
_HEAD = struct.Struct("<BBHI")
_ERROR = b"\x01\x05\x00\x00"  # failed: invalid message
_BAD_SUM = b"\x01\x07\x00\x00"
_SPI_USR = 1 << 18


class RomLoader:
    """One chip in download mode. A context: inside it answers on `port`, in a thread of its own."""

    def __init__(
        self,
        chip: str = "esp32s3",
        flash_mb: int = 4,
        mac: int = 0x34851800DA70,
        image: bytes = b"",
        cut_after: int | None = None,
        stuck: int | None = None,
        deaf: bool = False,
        locked: bool = False,
    ) -> None:
        if chip not in CHIPS:
            raise DavyError(f"no loader of '{chip}': there are {', '.join(CHIPS)}")
        self.chip = CHIPS[chip]
        self.flash = bytearray(image.ljust(flash_mb << 20, b"\xff"))
        self.erased: list[tuple[int, int]] = []
        self.blocks = 0
        self.starts = 0  # how often the flashed program was started
        self._cut_after, self._stuck, self._deaf, self._locked = cut_after, stuck, deaf, locked
        jedec = 0x40EF | (flash_mb << 20).bit_length() - 1 << 16  # Winbond; the third byte is the power of two
        low, high = self.chip.mac
        self._jedec = jedec
        self._registers = {0x40001000: self.chip.magic, low: mac & 0xFFFFFFFF, high: mac >> 32}
        self._stub = False
        self._at = self._end = self._sequence = 0
        self._inflate: zlib._Decompress | None = None
        self._near, self._far = pty.openpty()
        tty.setraw(self._far)
        self.port = os.ttyname(self._far)
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self.run, daemon=True)
        self._in = bytearray()

    def __enter__(self) -> "RomLoader":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join(5)
        self._unplug()

    def reset(self) -> None:
        """As the reset button: the ROM answers again."""
        self._stub = False

    def run(self) -> None:
        """Answer until the context ends, or the cable is pulled."""
        while not self._stop.is_set() and self._near >= 0:
            ready, _, _ = select.select([self._near], [], [], 0.05)
            if ready:
                try:
                    self._in += os.read(self._near, 65536)
                except OSError:
                    return
                while self._near >= 0 and (frame := next_frame(self._in)) is not None:
                    self._answer(frame)

    def _unplug(self) -> None:
        for fd in (self._near, self._far):
            if fd >= 0:
                with contextlib.suppress(OSError):
                    os.close(fd)
        self._near = self._far = -1

    def _send(self, data: bytes) -> None:
        frame = framed(data)
        at = 0
        while at < len(frame) and not self._stop.is_set():
            _, ready, _ = select.select([], [self._near], [], 0.2)
            if ready:
                at += os.write(self._near, frame[at : at + 2048])

    def _say(self, op: int, value: int = 0, data: bytes = b"", status: bytes = bytes(4)) -> None:
        data += status[:2] if self._stub else status
        self._send(_HEAD.pack(1, op, len(data), value) + data)

    def _answer(self, frame: bytes) -> None:
        if self._deaf or len(frame) < _HEAD.size:
            return
        _, op, length, check = _HEAD.unpack_from(frame)
        data = frame[_HEAD.size :]
        handler = self._handlers().get(op)
        if handler is None or len(data) != length:
            self._say(op, status=_ERROR)
        else:
            handler(op, data, check)

    def _handlers(self) -> dict[int, Callable[[int, bytes, int], None]]:
        known = {
            0x02: self._begin,
            0x03: self._data,
            0x04: self._finish,
            0x05: self._good,  # MEM_BEGIN
            0x06: self._start_stub,
            0x07: self._load,
            0x08: self._sync,
            0x09: self._write_register,
            0x0A: self._read_register,
            0x0B: self._good,  # SPI_SET_PARAMS
            0x0D: self._good,  # SPI_ATTACH
            0x0F: self._good,  # CHANGE_BAUDRATE: a pseudo-terminal has none
            0x10: self._begin,
            0x11: self._data,
            0x12: self._finish,
            0x13: self._md5,
        }
        if self._stub:
            return {**known, 0xD0: self._erase_all, 0xD1: self._erase_region, 0xD2: self._read_fast}
        known[0x0E] = self._read_slow
        if self.chip.ident is not None:
            known[0x14] = self._security
        return known

    def _good(self, op: int, data: bytes, check: int) -> None:
        self._say(op)

    def _sync(self, op: int, data: bytes, check: int) -> None:
        for _ in range(8):
            self._say(op, 0 if self._stub else 0x20120707)

    def _security(self, op: int, data: bytes, check: int) -> None:
        self._say(op, data=struct.pack("<IB7sII", 4 if self._locked else 0, 0, bytes(7), self.chip.ident, 0))

    def _read_register(self, op: int, data: bytes, check: int) -> None:
        self._say(op, self._registers.get(struct.unpack_from("<I", data)[0], 0))

    def _write_register(self, op: int, data: bytes, check: int) -> None:
        address, value, mask, _ = struct.unpack_from("<IIII", data)
        self._registers[address] = self._registers.get(address, 0) & ~mask | value & mask
        if address == self.chip.command and value & _SPI_USR:
            self._flash_command()
        self._say(op)

    def _flash_command(self) -> None:
        """What the flash chip says to a command that is sent through the SPI registers."""
        chip = self.chip
        code = self._registers.get(chip.spi + chip.usr2, 0) & 0xFF
        address = self._registers.get(chip.spi + 4, 0) >> 8
        said = {0x9F: self._jedec, 0x5A: 0x50444653 if address == 0 else 0xEF}.get(code, 0)
        self._registers[chip.spi + chip.w0] = said
        self._registers[chip.command] &= ~_SPI_USR

    def _load(self, op: int, data: bytes, check: int) -> None:
        self._say(op, status=bytes(4) if checksum(data[16:]) == check & 0xFF else _BAD_SUM)

    def _start_stub(self, op: int, data: bytes, check: int) -> None:
        self._say(op)
        stays, entry = struct.unpack_from("<II", data)
        if entry and not stays:
            self._stub = True
            self._send(b"OHAI")

    def _begin(self, op: int, data: bytes, check: int) -> None:
        size, _, _, offset = struct.unpack_from("<IIII", data)
        if offset + size > len(self.flash):
            self._say(op, status=_ERROR)
            return
        self._at, self._end, self._sequence = offset, offset + size, 0
        self._inflate = zlib.decompressobj() if op == 0x10 else None
        if size:
            self._erase(offset, size)
        self._say(op)

    def _data(self, op: int, data: bytes, check: int) -> None:
        length, sequence, _, _ = struct.unpack_from("<IIII", data)
        block = data[16:]
        self.blocks += 1
        if self._cut_after is not None and self.blocks > self._cut_after:
            self._unplug()
            return
        if length != len(block) or checksum(block) != check & 0xFF:
            self._say(op, status=_BAD_SUM)
            return
        if sequence == self._sequence:  # else a block that comes again, because its answer was lost
            self._sequence += 1
            self._program(self._inflate.decompress(block) if self._inflate else block)
        self._say(op)

    def _finish(self, op: int, data: bytes, check: int) -> None:
        self._say(op)
        if data[:4] == bytes(4):
            self.starts += 1
            self._stub = False

    def _md5(self, op: int, data: bytes, check: int) -> None:
        offset, size = struct.unpack_from("<II", data)
        digest = hashlib.md5(self.flash[offset : offset + size])
        self._say(op, data=digest.digest() if self._stub else digest.hexdigest().encode())

    def _read_slow(self, op: int, data: bytes, check: int) -> None:
        offset, size = struct.unpack_from("<II", data)
        self._say(op, data=bytes(self.flash[offset : offset + min(size, _READ_SLOW)]).ljust(_READ_SLOW, b"\0"))

    def _read_fast(self, op: int, data: bytes, check: int) -> None:
        offset, size, block, ahead = struct.unpack_from("<IIII", data)
        self._say(op)
        sent = acknowledged = 0
        while acknowledged < size and not self._stop.is_set():
            while sent < size and sent - acknowledged < min(ahead, 4) * block:
                n = min(block, size - sent)
                self._send(bytes(self.flash[offset + sent : offset + sent + n]))
                sent += n
            ready, _, _ = select.select([self._near], [], [], 2)
            if not ready:
                return  # whoever reads has gone
            self._in += os.read(self._near, 65536)
            while (frame := next_frame(self._in)) is not None:
                acknowledged = int.from_bytes(frame[:4], "little")
        self._send(hashlib.md5(self.flash[offset : offset + size]).digest())

    def _erase_all(self, op: int, data: bytes, check: int) -> None:
        self._erase(0, len(self.flash))
        self._say(op)

    def _erase_region(self, op: int, data: bytes, check: int) -> None:
        self._erase(*struct.unpack_from("<II", data))
        self._say(op)

    def _erase(self, offset: int, size: int) -> None:
        first, after = offset // SECTOR * SECTOR, -(-(offset + size) // SECTOR) * SECTOR
        self.flash[first:after] = b"\xff" * (min(after, len(self.flash)) - first)
        self.erased.append((first, after))

    def _program(self, block: bytes) -> None:
        """A write clears bits: what was not erased shows."""
        block = block[: max(self._end - self._at, 0)]
        old = int.from_bytes(self.flash[self._at : self._at + len(block)], "little")
        new = (old & int.from_bytes(block, "little")).to_bytes(len(block), "little")
        self.flash[self._at : self._at + len(block)] = new
        if self._stuck is not None and self._at <= self._stuck < self._at + len(block):
            self.flash[self._stuck] |= 1
        self._at += len(block)

    def save(self, path: Path) -> None:
        """The flash, as `esptool read-flash 0 ALL` would give it."""
        path.write_bytes(self.flash)
