"""TCP sockets of the tag: streams that never block. MicroPython's own `tls` wraps one as it wraps a real socket."""

import io
import sys

import vport
import wire
from micropython import const

_EINVAL = const(22)
_EAGAIN = const(11)
_EINPROGRESS = const(115)
_POLL = const(3)  # requests of MicroPython's stream protocol
_CLOSE = const(4)
_READ_MOST = const(4096)  # a reply's payload

# CPython's IOBase closes what it forgets; there a plain class will do, because nothing wraps it.
_Base = object if sys.implementation.name == "cpython" else io.IOBase


class StreamSocket(_Base):
    """One connection to a server on the virtual network."""

    def __init__(self) -> None:
        self._handle = vport.call(wire.STREAM_OPEN)

    def setblocking(self, flag: bool) -> None:
        """Only False is served."""
        if flag:
            raise OSError(_EINVAL)

    def setsockopt(self, level: int, option: int, value: int) -> None:
        """Nothing here depends on one."""

    def connect(self, address) -> None:
        """Begin to connect to (host, port); raises EINPROGRESS as a socket that does not block."""
        vport.call(wire.STREAM_CONNECT, self._handle, address[1], address[0].encode())
        raise OSError(_EINPROGRESS)

    def flags(self) -> int:
        """What `select.poll` would tell."""
        return vport.call(wire.STREAM_POLL, self._handle)

    def ready(self) -> bool:
        """Whether there is something to read."""
        return self.flags() & 1 == 1

    def write(self, data):
        """Bytes taken; None when none could be."""
        try:
            return vport.call(wire.STREAM_WRITE, self._handle, 0, data)
        except OSError as error:
            if error.args[0] == _EAGAIN:
                return None
            raise

    send = write

    def readinto(self, buf, n: int = _READ_MOST):
        """Bytes read into `buf`; None when nothing has come, 0 at the end."""
        try:
            vport.call(wire.STREAM_READ, self._handle, min(n, len(buf), _READ_MOST), None, -1, buf)
        except OSError as error:
            if error.args[0] == _EAGAIN:
                return None
            raise
        return vport.received()

    def ioctl(self, request: int, argument: int) -> int:
        """For streams that wrap this one."""
        if request == _POLL:
            return self.flags() & argument
        if request == _CLOSE:
            self.close()
        return 0

    def close(self) -> None:
        """Give the handle back."""
        vport.call(wire.STREAM_CLOSE, self._handle)
