"""Gas modules that talk in frames of nine bytes over a serial line (9600 baud, 8N1): FF, seven bytes, checksum.

    request  FF 01 CC dd dd dd dd dd CS     CC: the command
    answer   FF CC dd dd dd dd dd dd CS     CS: minus the sum of bytes 1..7, mod 256

Winsen's MH series and DFRobot's SEN0465..SEN0476 use it. The checksum is a sum: it finds every single broken bit, but no
two bytes that have changed places. Who reads a frame has to check what its bytes can be, too.

How a driver uses it, with `line = SerialFrames(uart)` made once:

    line.ask(REQUEST)      drops what is left of a late answer, sends; the answer must carry the request's command
    line.answered()        from `poll`, as often as it likes; True once: the answer is whole and right, in `line.frame`
    line.heard             any byte has come since `ask`
    line.errors            wrong checksums so far; the driver counts its own faults into it with `line.miss()`

No call waits, none allocates. A line that babbles is read 64 bytes a call. A failing port raises OSError.
"""

from drivers import tally
from micropython import const

SIZE = const(9)
_CHUNK = const(16)
_CHUNKS = const(4)  # most taken in one call
_DRAIN = const(20)  # the same before a request: more than a port's buffer holds


def checksum(frame) -> int:
    """What byte 8 of a frame has to be."""
    total = 0
    for i in range(1, SIZE - 1):
        total += frame[i]
    return -total & 0xFF


class SerialFrames:
    """One module's serial line."""

    def __init__(self, uart) -> None:
        self._uart = uart
        self._chunk = bytearray(_CHUNK)
        self._n = 0
        self._command = 0
        self.frame = bytearray(SIZE)
        self.heard = False
        self.errors = 0

    def miss(self) -> None:
        """Count a fault."""
        self.errors = tally.more(self.errors)

    def ask(self, request: bytes) -> None:
        """Send a request."""
        for _ in range(_DRAIN):
            if self._take() == 0:
                break
        self._n = 0
        self._command = request[2]
        self.heard = False
        self._uart.write(request)

    def answered(self) -> bool:
        """Go on by what has come; True when it completed the answer."""
        for _ in range(_CHUNKS):
            n = self._take()
            if n == 0:
                return False
            for i in range(n):
                if self._byte(self._chunk[i]):
                    return True
        return False

    def _take(self) -> int:
        """Bytes moved into the chunk; never waits."""
        n = min(self._uart.any(), _CHUNK)
        if n > 0:
            n = self._uart.readinto(self._chunk, n) or 0
            if n:
                self.heard = True
        return n

    def _byte(self, byte: int) -> bool:
        """Add a byte to the frame; True when that completes a good one."""
        self.frame[self._n] = byte
        self._n += 1
        if self._n == SIZE:
            if checksum(self.frame) == byte:  # its first two bytes have been right since they came
                self._n = 0
                return True
            self.miss()
            self._resync()
        elif self.frame[0] != 0xFF or (self._n > 1 and self.frame[1] != self._command):
            self._resync()
        return False

    def _resync(self) -> None:
        """Drop bytes from the front until what is left could begin a frame."""
        start = 1
        while start < self._n:
            if self.frame[start] == 0xFF and (start + 1 == self._n or self.frame[start + 1] == self._command):
                break
            start += 1
        self._n -= start
        for i in range(self._n):
            self.frame[i] = self.frame[start + i]
