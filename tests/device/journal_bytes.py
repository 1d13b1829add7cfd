"""Segments as bytes, for tests that tamper with them: split into frames, put together, checked.

Written from docs/journal.md, not from the journal's own code.
"""

from journal.verify import Verifier

GAP = 0xF1


def crc16(data):
    """CRC-16/CCITT-FALSE, bit by bit."""
    crc = 0xFFFF
    for byte in data:
        crc ^= byte << 8
        for _ in range(8):
            crc = (crc << 1 ^ 0x1021) & 0xFFFF if crc & 0x8000 else crc << 1
    return crc


def split(data):
    """[head, frame, frame, ...] of a segment's bytes."""
    parts = [data[: data[3]]]
    at = data[3]
    while at < len(data):
        n = 24 if data[at] == GAP else data[at] + 7
        parts.append(data[at : at + n])
        at += n
    return parts


def joined(parts):
    """A segment's bytes."""
    data = b""
    for part in parts:
        data += bytes(part)
    return data


def number(frame):
    """The number of the record in a frame; 0 for a gap."""
    return 0 if frame[0] == GAP else frame[2] | frame[3] << 8 | frame[4] << 16 | frame[5] << 24


def mended(frame):
    """A frame or head whose checksum fits what stands in it."""
    crc = crc16(frame[:-2])
    return bytes(frame[:-2]) + bytes((crc & 0xFF, crc >> 8))


def changed(part, at, mask, mend):
    """With one byte of it changed, and the checksum made to fit if told so."""
    new = bytearray(part)
    new[at] ^= mask
    return mended(new) if mend else bytes(new)


def with_parts(segments, first, parts):
    """The same segments, this one put together anew."""
    new = dict(segments)
    new[first] = joined(parts)
    return new


def read_all(disk):
    """{first: bytes} of all segments."""
    return {int(name[:8], 16): disk.get(name) for name in disk.segments()}


class Held:
    """Segments in memory, for the verifier."""

    def __init__(self, segments):
        self._segments = segments

    def read(self, first, offset, into):
        data = self._segments[first][offset : offset + len(into)]
        into[: len(data)] = data
        return len(data)


def findings(segments, keys):
    """[(kind, first, last), ...] that the verifier has of {first: bytes}."""
    found = []
    verifier = Verifier(keys, lambda kind, first, last: found.append((kind, first, last)))
    firsts = sorted(segments)
    for i in range(len(firsts)):
        verifier.segment(Held(segments), firsts[i], firsts[i + 1] if i + 1 < len(firsts) else -1)
    verifier.end()
    return sorted(found)
