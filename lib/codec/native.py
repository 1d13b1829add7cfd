"""The two inner loops over bytes, compiled to machine code on the tag: CRC-16 and copy. Neither allocates.

CRC-16/CCITT-FALSE: polynomial x^16 + x^12 + x^5 + 1, start 0xFFFF, not reflected; check value of b"123456789" is 0x29B1.
Chosen over CRC-32 for three reasons: a 32-bit result is no small integer on a 32-bit board, so every check would allocate;
`binascii.crc32` takes a whole object, so every check would slice; and two bytes less a record matter on flash. It finds
every error of up to 3 bits in 4095 bytes and every burst of up to 16 bits; where a journal searches for the next good
record after damage, the sequence number in the record is checked too.

On CPython the same functions come from the standard library (`binascii.crc_hqx` is this very polynomial).
"""

import sys

if sys.implementation.name == "micropython":
    import micropython

    @micropython.viper
    def crc16(buf, start: int, end: int) -> int:
        """CRC-16/CCITT-FALSE of buf[start:end]; the caller keeps the range inside the buffer."""
        p = ptr8(buf)  # noqa: F821
        crc = 0xFFFF
        i = int(start)
        while i < int(end):
            # A byte at a time without a table: x folds the byte in, the three terms are the polynomial. All below 2^24.
            x = ((crc >> 8) ^ p[i]) & 0xFF
            x ^= x >> 4
            crc = ((crc << 8) ^ (x << 12) ^ (x << 5) ^ x) & 0xFFFF
            i += 1
        return crc

    @micropython.viper
    def copy(source, source_at: int, target, target_at: int, n: int):
        """target[target_at:][:n] = source[source_at:][:n]; the caller keeps both ranges inside the buffers."""
        s = ptr8(source)  # noqa: F821
        t = ptr8(target)  # noqa: F821
        i = 0
        while i < int(n):
            t[int(target_at) + i] = s[int(source_at) + i]
            i += 1

else:
    import binascii

    def crc16(buf, start: int, end: int) -> int:
        """CRC-16/CCITT-FALSE of buf[start:end]."""
        return binascii.crc_hqx(memoryview(buf)[start:end], 0xFFFF)  # pyright: ignore[reportAttributeAccessIssue]

    def copy(source, source_at: int, target, target_at: int, n: int) -> None:
        """target[target_at:][:n] = source[source_at:][:n]."""
        target[target_at : target_at + n] = memoryview(source)[source_at : source_at + n]
