"""Rows of integers and a text, packed by a string of types, one letter a value; little endian, no padding.

Types: B u8, b i8, H u16, h i16, I u32; `s` is UTF-8 text and `x` are bytes, both to the row's end, so they come last. Every
integer saturates: a value out of range is stored as the nearest one in range, because `struct` on MicroPython wraps without a
word. Packing integers does not allocate. A row may be longer than its types say: a newer writer has added fields at its end, and
what is known is still read.
"""

from micropython import const

TEXT_MAX = const(120)

# type -> (bytes, lowest, highest)
_TYPES = {
    "B": (1, 0, 0xFF),
    "b": (1, -0x80, 0x7F),
    "H": (2, 0, 0xFFFF),
    "h": (2, -0x8000, 0x7FFF),
    "I": (4, 0, 0xFFFFFFFF),
}


class FieldError(ValueError):
    """The bytes end before the row does, or a row has not the number of values its table says."""


def size(fields) -> int:
    """Bytes of a row without its text or bytes at the end."""
    n = 0
    for kind in fields:
        if kind in _TYPES:
            n += _TYPES[kind][0]
    return n


def pack(fields, values, buf, offset: int, first: int = 0) -> int:
    """Store values[first:] as a row at `offset`; returns the offset after it. Text and bytes are cut to what there is room for."""
    if len(values) - first != len(fields):
        raise FieldError("row needs %d values, got %d" % (len(fields), len(values) - first))
    i = first
    for kind in fields:
        value = values[i]
        i += 1
        if kind == "s":
            return pack_text(value, buf, offset)
        if kind == "x":
            n = min(len(value), TEXT_MAX, len(buf) - offset)
            buf[offset : offset + n] = value[:n]
            return offset + n
        width, low, high = _TYPES[kind]
        if value < low:
            value = low
        elif value > high:
            value = high
        for _ in range(width):
            buf[offset] = value & 0xFF
            value >>= 8
            offset += 1
    return offset


def pack_text(text, buf, offset: int) -> int:
    """Store text (str, or bytes already in UTF-8), never cutting a character in two; returns the offset after it."""
    data = text if isinstance(text, (bytes, bytearray)) else text.encode()
    n = min(len(data), TEXT_MAX, len(buf) - offset)
    if n < len(data):
        while n > 0 and data[n] & 0xC0 == 0x80:  # the first byte left out continues a character: leave all of it out
            n -= 1
    for i in range(n):
        buf[offset + i] = data[i]
    return offset + n


def unpack(fields, buf, offset: int, end: int) -> tuple:
    """The values of a row in buf[offset:end]; bytes after its last known field are ignored.

    Raises FieldError when it is cut short."""
    if end > len(buf):
        raise FieldError("row ends outside the buffer")
    values = []
    for kind in fields:
        if kind == "s":
            values.append(text_of(buf, offset, end))
            break
        if kind == "x":
            values.append(bytes(memoryview(buf)[offset:end]))
            break
        width, low, _ = _TYPES[kind]
        if offset + width > end:
            raise FieldError("row cut short at value %d" % len(values))
        value = 0
        for i in range(width - 1, -1, -1):
            value = value << 8 | buf[offset + i]
        if low < 0 and value >= -low:
            value += low + low
        values.append(value)
        offset += width
    return tuple(values)


def text_of(buf, start: int, end: int) -> str:
    """Text in buf[start:end]; bytes that are no UTF-8 show as '?' rather than spoil the row."""
    data = bytes(memoryview(buf)[start:end])
    try:
        return data.decode()
    except UnicodeError:
        return "".join([chr(b) if b < 0x80 else "?" for b in data])


def put_u16(buf, at: int, value: int) -> None:
    """Store the low 16 bits of a number."""
    buf[at] = value & 0xFF
    buf[at + 1] = value >> 8 & 0xFF


def put_u32(buf, at: int, value: int) -> None:
    """Store the low 32 bits of a number."""
    for i in range(4):
        buf[at + i] = value & 0xFF
        value >>= 8


def get_u16(buf, at: int) -> int:
    """Two bytes as a number."""
    return buf[at] | buf[at + 1] << 8


def get_u32(buf, at: int) -> int:
    """Four bytes as a number; allocates on a 32-bit board when it is 2^30 or more."""
    return buf[at] | buf[at + 1] << 8 | buf[at + 2] << 16 | buf[at + 3] << 24
