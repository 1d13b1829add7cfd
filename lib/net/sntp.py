"""The time from a server, by SNTP (RFC 4330): one datagram there, one back.

An answer counts when it comes from a server that is itself synchronised and repeats the 8 random bytes that were sent as the
client's time: nobody answers who has not heard the question. The time in it is that at which it left; half of the way there and
back is added. Seconds are since 2000-01-01; the protocol's own, since 1900 modulo 2^32, are taken for 2000 to 2135.
"""

from codec.fields import get_u16
from micropython import const

SIZE = const(48)
_ASK = const(0x23)  # version 4, client
_SERVER = const(4)
_STRATUM = const(1)
_ORIGINATE = const(24)
_TRANSMIT = const(40)
_MOST_STRATUM = const(15)
_MOST_MS = const(2000)  # there and back: what took longer says nothing to the second
_EPOCH = 3155673600  # 2000-01-01 in seconds since 1900


def question(buf, nonce) -> None:
    """Put a request into buf[:SIZE]; `nonce` are 8 random bytes."""
    for i in range(SIZE):
        buf[i] = 0
    buf[0] = _ASK
    buf[_TRANSMIT : _TRANSMIT + 8] = nonce


def answer(buf, n: int, nonce, took_ms: int):
    """(seconds since 2000, milliseconds) now, from a datagram in buf[:n] that came `took_ms` after the question; None: it is
    none. Never raises."""
    if n < SIZE or n > len(buf) or buf[0] & 7 != _SERVER or buf[0] >> 6 == 3 or not 0 <= took_ms <= _MOST_MS:
        return None
    if not 0 < buf[_STRATUM] <= _MOST_STRATUM:
        return None
    for i in range(8):
        if buf[_ORIGINATE + i] != nonce[i]:
            return None
    high = buf[_TRANSMIT] << 8 | buf[_TRANSMIT + 1]
    low = buf[_TRANSMIT + 2] << 8 | buf[_TRANSMIT + 3]
    if not high and not low:
        return None
    seconds = ((high << 16 | low) - _EPOCH) % (1 << 32)
    fraction = get_u16(buf, _TRANSMIT + 4)
    fraction = (fraction & 255) << 8 | fraction >> 8  # big endian; 16 bits are enough for milliseconds
    ms = (fraction * 1000 >> 16) + took_ms // 2
    return seconds + ms // 1000, ms % 1000
