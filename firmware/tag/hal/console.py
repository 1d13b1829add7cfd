"""The USB console as bytes: UART, USB-CDC or USB-JTAG, whichever MicroPython calls stdin and stdout. Nothing here waits.

A byte is read only when there is one: `stdin.buffer` waits for all that it is asked for. Ctrl-C never arrives here, it stops the
program. The port of a UART waits for room while it writes: 128 bytes take 11 ms at 115200 baud.
"""

import select
import sys

_FLAGS = select.POLLIN, select.POLLOUT


class Console:
    """Others print on it, too."""

    def __init__(self) -> None:
        self._in = sys.stdin.buffer
        self._out = sys.stdout.buffer
        self._has = select.poll()
        self._has.register(sys.stdin, _FLAGS[0])
        self._takes = select.poll()
        self._takes.register(sys.stdout, _FLAGS[1])
        self._byte = bytearray(1)

    def get(self) -> int:
        """The next byte that has come; -1 when there is none."""
        for _ in self._has.ipoll(0):
            if self._in.readinto(self._byte):
                return self._byte[0]
        return -1

    def put(self, view) -> bool:
        """Write all of it; False when nobody takes it."""
        for _ in self._takes.ipoll(0):
            self._out.write(view)
            return True
        return False
