"""The module's end of a serial line with frames of nine bytes: FF, seven bytes, checksum, at 9600 baud, 8N1.

Bytes take their time: a byte of ten bits is 1042 us long, in both directions.
"""

from collections import deque
from collections.abc import Callable

BYTE_US = 1_000_000 * 10 // 9600 + 1
FRAME = 9


def checksum(frame: bytes | bytearray) -> int:
    """Two's complement of the sum of bytes 1..7."""
    return -sum(frame[1:8]) & 0xFF


def framed(*data: int) -> bytes:
    """A frame with these bytes after the FF, filled up with zeros."""
    frame = bytes((0xFF, *data)).ljust(FRAME - 1, b"\0")
    return frame + bytes((checksum(frame),))


class SerialEnd:
    """Calls `command` with each whole request and the time of its last bit; sends bytes one after the other."""

    def __init__(self, command: Callable[[bytes, int], None]) -> None:
        self._command = command
        self._heard = bytearray()
        self._line: deque[tuple[int, int]] = deque()  # (when the byte is complete, byte)

    def receive(self, data: bytes, t_us: int) -> None:
        """Bytes from the tag, the first of which starts now."""
        for byte in data:
            t_us += BYTE_US
            self._heard.append(byte)
            if self._heard[0] != 0xFF:
                del self._heard[0]
            if len(self._heard) == FRAME:
                request = bytes(self._heard)
                self._heard.clear()
                if checksum(request) == request[8]:
                    self._command(request, t_us)

    def send(self, data: bytes, t_us: int) -> None:
        """Say something from `t_us` on."""
        done_us = max(t_us, self._line[-1][0] if self._line else t_us)
        for byte in data:
            done_us += BYTE_US
            self._line.append((done_us, byte))

    def transmit(self, t_us: int) -> bytes:
        """All bytes that have arrived whole at the tag since the last call."""
        arrived = bytearray()
        while self._line and self._line[0][0] <= t_us:
            arrived.append(self._line.popleft()[1])
        return bytes(arrived)
