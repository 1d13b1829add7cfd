"""Topics and payloads in the order of ChirpStack v4, so that one subscriber serves LoRaWAN and Wi-Fi.

    application/APP/device/DEVICE/event/up       {"deviceInfo":{"devEui":"DEVICE"},"fPort":PORT,"data":"BASE64"}
    application/APP/device/DEVICE/command/down   {"devEui":"DEVICE","fPort":PORT,"data":"BASE64"}
    application/APP/device/DEVICE/state/conn     online | offline, retained

A command may have spaces between its parts, its keys in any order, and further keys whose value is a text, a number, true, false or
null. Anything else is refused: escapes, nested values, a key twice, another device or port, base64 that is not exact.
"""

import binascii

from micropython import const

PORT = const(201)  # fPort of a frame of tag/reporting/link.py; LoRaWAN brings bare records on 1 and 2

_CHUNK = const(64)  # base64 letters turned at a time: 48 bytes
_QUOTE = const(0x22)
_BACKSLASH = const(0x5C)
_DEVICE = const(1)
_PORT = const(2)
_DATA = const(4)
_KEYS = {b"devEui": _DEVICE, b"fPort": _PORT, b"data": _DATA}


def topic(application: str, device: str, what: str) -> bytes:
    """`what` as event/up, command/down, state/conn."""
    return ("application/%s/device/%s/%s" % (application, device, what)).encode()


class Envelope:
    """Of one device; `device` is its EUI, hexadecimal in small letters."""

    def __init__(self, device: str) -> None:
        self._device = device.encode()
        self._head = b'{"deviceInfo":{"devEui":"' + self._device + b'"},"fPort":' + str(PORT).encode() + b',"data":"'

    def size(self, n: int) -> int:
        """Bytes of an event with `n` bytes of data."""
        return len(self._head) + (n + 2) // 3 * 4 + 2

    def put(self, frame, n: int, buf, at: int) -> None:
        """The event with frame[:n] into buf[at:], which has room."""
        end = at + len(self._head)
        buf[at:end] = self._head
        frame = memoryview(frame)
        for start in range(0, n, _CHUNK // 4 * 3):
            stop = min(start + _CHUNK // 4 * 3, n)
            letters = binascii.b2a_base64(frame[start:stop])  # pyright: ignore[reportArgumentType]
            buf[end : end + len(letters) - 1] = memoryview(letters)[:-1]  # without the end of line
            end += len(letters) - 1
        buf[end : end + 2] = b'"}'

    def take(self, buf, at: int, end: int) -> int:
        """Length of the data in the command in buf[at:end], moved to the front of `buf`; 0 when refused."""
        found = self._fields(buf, at, end)
        return _decode(buf, found[0], found[1]) if found else 0

    def _fields(self, buf, at: int, end: int):
        """(start, end) of the data's letters; None when it is no command for this device."""
        seen = 0
        data = None
        at = _blank(buf, at, end)
        if at >= end or buf[at] != 0x7B:  # {
            return None
        while True:
            at = _blank(buf, at + 1, end)
            start = at + 1
            at = _text(buf, at, end)
            if at < 0:
                return None
            key = _KEYS.get(bytes(memoryview(buf)[start:at]), 0) if at - start <= 6 else 0
            at = _blank(buf, at + 1, end)
            if seen & key or at >= end or buf[at] != 0x3A:  # :
                return None
            seen |= key
            start = _blank(buf, at + 1, end)
            quoted = start < end and buf[start] == _QUOTE
            at = _text(buf, start, end) + 1 if quoted else _word(buf, start, end)
            if at <= start or (quoted != (key in (_DEVICE, _DATA)) and key):
                return None
            if key == _DEVICE and bytes(memoryview(buf)[start + 1 : at - 1]).lower() != self._device:
                return None
            if key == _PORT and bytes(memoryview(buf)[start:at]) != b"201":
                return None
            if key == _DATA:
                data = (start + 1, at - 1)
            at = _blank(buf, at, end)
            if at >= end or buf[at] not in (0x2C, 0x7D):  # , }
                return None
            if buf[at] == 0x7D:
                return data if seen == _DEVICE | _PORT | _DATA and _blank(buf, at + 1, end) == end else None


def _blank(buf, at: int, end: int) -> int:
    """Offset of the first byte that is no white space."""
    while at < end and buf[at] in b" \t\r\n":
        at += 1
    return at


def _text(buf, at: int, end: int) -> int:
    """Offset of the quote that closes the text which begins at `at`; -1 when there is none, or an escape or control letter."""
    if at >= end or buf[at] != _QUOTE:
        return -1
    at += 1
    while at < end:
        byte = buf[at]
        if byte == _QUOTE:
            return at
        if byte == _BACKSLASH or byte < 0x20:
            return -1
        at += 1
    return -1


def _word(buf, at: int, end: int) -> int:
    """Offset after the number, true, false or null at `at`."""
    while at < end and (buf[at] in b"+-." or 0x30 <= buf[at] <= 0x39 or 0x61 <= buf[at] <= 0x7A or buf[at] == 0x45):
        at += 1
    return at


def _decode(buf, start: int, end: int) -> int:
    """Bytes of the base64 letters in buf[start:end], written to the front of `buf`; 0 when they are not exact base64."""
    if (end - start) % 4 or start == end:
        return 0
    pad = 2 if buf[end - 2] == 0x3D else 1 if buf[end - 1] == 0x3D else 0  # =
    if pad == 2 and buf[end - 1] != 0x3D:
        return 0
    view = memoryview(buf)
    n = 0
    for at in range(start, end, _CHUNK):
        stop = min(at + _CHUNK, end)
        try:
            data = binascii.a2b_base64(view[at:stop])  # pyright: ignore[reportArgumentType]
        except ValueError:
            return 0
        # The converter passes over letters that are none: then there are too few bytes.
        if len(data) != (stop - at) // 4 * 3 - (pad if stop == end else 0):
            return 0
        buf[n : n + len(data)] = data
        n += len(data)
    return n
