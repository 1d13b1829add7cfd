"""How one record stands in a segment file: `length u8 | record | crc u16` (CRC-16/CCITT of length and record).

A record begins `kind u8 | seq u32 | boot u16 | t_ms u32` (little endian); the journal stamps seq and boot and reads no more of it.
Length 0 and lengths above 240 are never written, so neither erased (0xFF) nor zeroed flash looks like a frame. 240 bytes is also
what the largest LoRaWAN payload carries.
"""

from codec.fields import get_u16, get_u32, put_u16
from codec.native import crc16
from micropython import const

HEADER = const(11)
SEQ_AT = const(1)
BOOT_AT = const(5)
MAX_RECORD = const(240)
OVERHEAD = const(3)
SMALLEST = const(14)  # HEADER + OVERHEAD
LARGEST = const(243)  # MAX_RECORD + OVERHEAD
SEQ_MAX = const(0x3FFFFFFF)  # a sequence number is a small integer on every board: 34 years at one record a second


def seal(buf, at: int, n: int) -> int:
    """Frame the record of `n` bytes that stands at buf[at + 1]; returns the offset after the frame."""
    buf[at] = n
    end = at + 1 + n
    put_u16(buf, end, crc16(buf, at, end))
    return end + 2


def check(buf, at: int, end: int) -> int:
    """Offset after the good frame at `at`; 0 when it would end after `end`; -1 when no good frame begins here."""
    if at >= end:
        return 0
    n = buf[at]
    if n < HEADER or n > MAX_RECORD:
        return -1
    after = at + n + OVERHEAD
    if after > end:
        return 0
    if get_u16(buf, after - 2) != crc16(buf, at, after - 2):
        return -1
    return after


def seq_of(buf, at: int) -> int:
    """Sequence number of the record framed at `at`."""
    return get_u32(buf, at + 1 + SEQ_AT)


def boot_of(buf, at: int) -> int:
    """Boot counter of the record framed at `at`."""
    return get_u16(buf, at + 1 + BOOT_AT)
