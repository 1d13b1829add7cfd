"""Runs on MicroPython: what the journal costs, over the real littlefs on a flash in memory that counts.

remember.py append N     nanoseconds and heap bytes (in thousandths) of an append, and of a flush of 30 for each record
remember.py board N      append N records, flushed every 30, on the virtual board's flash: to be timed from outside
remember.py day N        N days of a tag on a 2 MiB partition whose journal is full: what is programmed and erased
remember.py boot M       boot over a full journal on a partition of M MiB: reads of the flash and microseconds
"""

import gc
import sys
import time

import vfs

from journal.log import Journal
from tag import events
from tag.reporting.outbox import Outbox
from tag.reporting.records import encode

BLOCK = 4096
KEY = b"0123456789abcdef"
DAY_S = 86400


class Flash:
    """NOR flash that counts; erases by block."""

    def __init__(self, blocks: int) -> None:
        self._mv = memoryview(bytearray(blocks * BLOCK))
        self._blank = b"\xff" * BLOCK
        for block in range(blocks):
            self._mv[block * BLOCK : block * BLOCK + BLOCK] = self._blank
        self.blocks = blocks
        self.erases = [0] * blocks
        self.reads = self.programmed = 0

    def readblocks(self, block, buf, offset=0):
        """Block device."""
        self.reads += 1
        at = block * BLOCK + offset
        buf[:] = self._mv[at : at + len(buf)]

    def writeblocks(self, block, buf, offset=0):
        """Block device."""
        self.programmed += len(buf)
        at = block * BLOCK + offset
        self._mv[at : at + len(buf)] = buf

    def ioctl(self, op, arg):
        """Block device."""
        if op == 4:
            return self.blocks
        if op == 5:
            return BLOCK
        if op == 6:
            self.erases[arg] += 1
            self._mv[arg * BLOCK : arg * BLOCK + BLOCK] = self._blank
        return 0


def mounted(flash):
    """The flash, formatted, as /j."""
    vfs.VfsLfs2.mkfs(flash)
    vfs.mount(vfs.VfsLfs2(flash), "/j")
    return flash


def reading(buf, value: int) -> int:
    """A record of kind READING; its length."""
    return encode((events.READING, 0, events.CH4, 0, value), 0, 0, buf)


def append(n: int) -> None:
    """Microseconds and bytes."""
    mounted(Flash(256))
    journal = Journal("/j/records", key=KEY, flush_count=1000, flush_ms=1 << 28)
    journal.open()
    record = bytearray(32)
    size = reading(record, 1)
    took_us = flush_us = 0
    bytes_append = bytes_flush = 0
    for _ in range(n // 30):
        gc.collect()
        gc.disable()
        free = gc.mem_free()
        t = time.ticks_us()
        for _ in range(30):
            journal.append(record, size, 0)
        took_us += time.ticks_diff(time.ticks_us(), t)
        bytes_append += free - gc.mem_free()
        free = gc.mem_free()
        t = time.ticks_us()
        journal.flush(0)
        flush_us += time.ticks_diff(time.ticks_us(), t)
        bytes_flush += free - gc.mem_free()
        gc.enable()
    n = n // 30 * 30
    print(took_us * 1000 // n, flush_us * 1000 // n, bytes_append * 1000 // n, bytes_flush * 1000 // n)


def board(n: int) -> None:
    """On the virtual board."""
    import vflash  # pyright: ignore[reportMissingImports]

    flash = vflash.Flash()
    vfs.VfsLfs2.mkfs(flash)
    vfs.mount(vfs.VfsLfs2(flash), "/j")
    journal = Journal("/j/records", key=KEY, max_segments=8)
    journal.open()
    record = bytearray(32)
    size = reading(record, 1)
    for i in range(n):
        if not journal.append(record, size, i * 10):
            raise OSError(journal.fault)
    journal.close(0)


class Tag:
    """A tag that lives a day as the shell would let it."""

    def __init__(self) -> None:
        self.journal = Journal("/j/records", key=KEY, reserve=393216)
        self.journal.open()
        self.outbox = Outbox(self.journal, "/j/outbox", lambda bits: 0)
        self.uplink = self.outbox.uplink()
        self.outbox.open(0)
        self.buf = bytearray(512)
        self.stored = 0

    def put(self, event, t_ms: int) -> None:
        """Into the outbox."""
        seq = self.outbox.put(event, t_ms)
        if not seq:
            raise OSError(self.journal.fault)
        self.stored += encode(event, 0, 0, self.buf)

    def day(self) -> None:
        """A reading every 10 s, a heartbeat every minute, exposure every 10, an alarm every hour; the gateway confirms all."""
        for s in range(0, DAY_S, 10):
            t_ms = s * 1000
            self.put((events.READING, t_ms, events.CH4, 0, s % 100), t_ms)
            if s % 60 == 0:
                self.put((events.HEARTBEAT, t_ms, 1, 3700, 60000, 0, 0, 0), t_ms)
            if s % 600 == 0:
                self.put((events.EXPOSURE, t_ms, events.CH4, 1, 0, 0, 0, 0, 0, 0), t_ms)
            if s % 3600 == 0:
                self.put((events.ALARM, t_ms, events.ALARM_GAS_LOW, events.ON, events.CH4, 100), t_ms)
                self.put((events.ALARM, t_ms, events.ALARM_GAS_LOW, events.OFF, events.CH4, 50), t_ms)
            self.outbox.tick(t_ms)
            n = self.uplink.next_batch(self.buf, 0, 500, t_ms)
            seqs = []
            at = 0
            while at < n:
                seqs.append(self.buf[at + 2] | self.buf[at + 3] << 8 | self.buf[at + 4] << 16 | self.buf[at + 5] << 24)
                at += 1 + self.buf[at]
            self.outbox.ack(self.uplink, seqs, t_ms)


def fill() -> None:
    """Make the journal full, in large flushes."""
    journal = Journal("/j/records", key=KEY, flush_count=40, reserve=393216)
    journal.open()
    record = bytearray(32)
    i = 0
    while journal.discarded == 0:
        journal.append(record, reading(record, i & 0x3FFF), 0)
        i += 1
    journal.close(0)


def day(days: int) -> None:
    """Bytes stored, programmed, blocks erased, erased most, blocks."""
    flash = mounted(Flash(512))
    fill()
    flash.erases = [0] * flash.blocks
    flash.programmed = 0
    tag = Tag()
    for _ in range(days):
        tag.day()
    print(tag.stored, flash.programmed, sum(flash.erases), max(flash.erases), flash.blocks)


def boot(mib: int) -> None:
    """Reads and microseconds: to mount and open the journal, then for outbox and first flush too."""
    flash = mounted(Flash(mib * 256))
    fill()
    Tag().day()
    vfs.umount("/j")
    gc.collect()
    flash.reads = 0
    t = time.ticks_us()
    vfs.mount(vfs.VfsLfs2(flash), "/j")  # pyright: ignore[reportArgumentType]
    journal = Journal("/j/records", key=KEY, reserve=393216)
    journal.open()
    print(flash.reads, time.ticks_diff(time.ticks_us(), t))
    outbox = Outbox(journal, "/j/outbox", lambda bits: 0)
    outbox.uplink()
    outbox.open(0)
    outbox.put((events.BOOT, 0, 1, 1, 1, 1, 1), 0)
    journal.flush(0)
    print(flash.reads, time.ticks_diff(time.ticks_us(), t))


{"append": append, "board": board, "day": day, "boot": boot}[sys.argv[1]](int(sys.argv[2]))
