"""How one record stands in a segment file: `length u8 | record | link 4 | crc u16`, and how a gap does.

A record begins `kind u8 | seq u32 | boot u16 | t_ms u32` (little endian); the journal stamps seq and boot and reads no more of it.
`link` chains it to the record before (journal/chain.py); `crc` is CRC-16/CCITT of all before it in the frame, and says without any
key whether the bytes are whole.

A gap stands where records were given up: `0xF1 | first u32 | last u32 | records u32 | known u8 | link 4 | mac 4 | crc u16`. Numbers
first to last are not here any more; `records` of them were when they went; `link` is that of the last one, so that the record after
the gap can still be checked (`known` 0: it could not be read). `mac` proves that the journal's owner said so.

Lengths of records are 11 to 240, so neither erased (0xFF) nor zeroed flash looks like a frame. 240 bytes is also what the largest
LoRaWAN payload carries.
"""

from codec.fields import get_u16, get_u32, put_u16
from codec.native import copy, crc16
from micropython import const

HEADER = const(11)
SEQ_AT = const(1)
BOOT_AT = const(5)
MAX_RECORD = const(240)
LINK = const(4)  # bytes
OVERHEAD = const(7)  # length, link, crc
SMALLEST = const(18)  # HEADER + OVERHEAD
LARGEST = const(247)  # MAX_RECORD + OVERHEAD
SEQ_MAX = const(0x3FFFFFFF)  # a sequence number is a small integer on every board: 34 years at one record a second

GAP = const(0xF1)
GAP_BYTES = const(24)
GAP_FIRST = const(1)
GAP_LAST = const(5)
GAP_RECORDS = const(9)
GAP_KNOWN = const(13)
GAP_LINK = const(14)
GAP_MAC = const(18)


def seal(buf, at: int, n: int, link) -> int:
    """Frame the record of `n` bytes that stands at buf[at + 1]; returns the offset after the frame."""
    buf[at] = n
    end = at + 1 + n
    copy(link, 0, buf, end, LINK)
    put_u16(buf, end + LINK, crc16(buf, at, end + LINK))
    return end + LINK + 2


def length(buf, at: int) -> int:
    """Bytes of the frame that begins at `at`; 0 when none can begin so."""
    n = buf[at]
    if n == GAP:
        return GAP_BYTES
    if n < HEADER or n > MAX_RECORD:
        return 0
    return n + OVERHEAD


def check(buf, at: int, end: int) -> int:
    """Offset after the good frame at `at`; 0 when it would end after `end`; -1 when no good frame begins here."""
    if at >= end:
        return 0
    n = length(buf, at)
    if n == 0:
        return -1
    after = at + n
    if after > end:
        return 0
    if get_u16(buf, after - 2) != crc16(buf, at, after - 2):
        return -1
    return after


def seq_of(buf, at: int) -> int:
    """Sequence number of the record framed at `at`; of a gap the last number in it."""
    return get_u32(buf, at + (GAP_LAST if buf[at] == GAP else 1 + SEQ_AT))


def boot_of(buf, at: int) -> int:
    """Boot counter of the record framed at `at`."""
    return get_u16(buf, at + 1 + BOOT_AT)


def link_at(buf, at: int) -> int:
    """Where the link of the frame at `at` stands: of a record its own, of a gap that of the last record given up."""
    return at + (GAP_LINK if buf[at] == GAP else 1 + buf[at])
