"""Packets of MQTT 3.1.1 as a client sends them (OASIS standard, sections 2 and 3).

packet    first byte: kind << 4 | flags, remaining length (1..4 bytes, 7 bits each, lowest first), the rest
text      length u16 big endian, UTF-8 bytes
"""

from micropython import const

CONNACK = const(0x20)
PUBLISH = const(0x30)
PUBACK = const(0x40)
SUBACK = const(0x90)
PINGRESP = const(0xD0)

KIND = const(0xF0)
DUP = const(0x08)
QOS = const(0x06)
QOS_1 = const(0x02)
RETAIN = const(0x01)


def length_bytes(n: int) -> int:
    """How many bytes a remaining length of `n` takes."""
    return 1 if n < 0x80 else 2 if n < 0x4000 else 3 if n < 0x200000 else 4


def put_length(buf, at: int, n: int) -> int:
    """A remaining length into buf[at:]; returns the offset after it."""
    while n > 127:
        buf[at] = n & 127 | 128
        n >>= 7
        at += 1
    buf[at] = n
    return at + 1


def put_u16(buf, at: int, value: int) -> int:
    """A number of two bytes, big endian as all in MQTT; returns the offset after it."""
    buf[at] = value >> 8
    buf[at + 1] = value & 255
    return at + 2


def get_u16(buf, at: int) -> int:
    """The number in buf[at:at + 2]."""
    return buf[at] << 8 | buf[at + 1]


def put_text(buf, at: int, text) -> int:
    """Bytes with their length before them; returns the offset after them."""
    at = put_u16(buf, at, len(text))
    buf[at : at + len(text)] = text
    return at + len(text)


def _packet(first: int, size: int) -> tuple:
    """(buffer of a whole packet, offset of what follows its length)."""
    buf = bytearray(1 + length_bytes(size) + size)
    buf[0] = first
    return buf, put_length(buf, 1, size)


def connect(client: bytes, keep_alive_s: int, user: bytes, password: bytes, will_topic: bytes, will: bytes):
    """CONNECT with a clean session and a retained last will of QoS 1. No user: neither user nor password is said."""
    flags = 0x02 | 0x04 | 0x08 | 0x20  # clean session, will, will QoS 1, will retain
    size = 10 + 2 + len(client) + 2 + len(will_topic) + 2 + len(will)
    if user:
        flags |= 0x80
        size += 2 + len(user)
        if password:
            flags |= 0x40
            size += 2 + len(password)
    buf, at = _packet(0x10, size)
    at = put_text(buf, at, b"MQTT")
    buf[at] = 4  # protocol level of 3.1.1
    buf[at + 1] = flags
    at = put_u16(buf, at + 2, keep_alive_s)
    at = put_text(buf, at, client)
    at = put_text(buf, at, will_topic)
    at = put_text(buf, at, will)
    if user:
        at = put_text(buf, at, user)
        if password:
            put_text(buf, at, password)
    return buf


def subscribe(ident: int, topic: bytes):
    """SUBSCRIBE to one topic with QoS 1."""
    buf, at = _packet(0x82, 2 + 2 + len(topic) + 1)
    at = put_text(buf, put_u16(buf, at, ident), topic)
    buf[at] = 1
    return buf
