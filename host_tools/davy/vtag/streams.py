"""TCP on the virtual air: connections in world time, between a tag's socket and a server that is a Python object.

Bytes take `latency_us` each way and arrive in order. While the access point is out of reach, or the port is `stalled`, they wait as
in a sender's buffer, which is small; when it is back they go on, if the tag has not switched its radio off meanwhile. A tag that
loses power, or its radio, says nothing to the server: for that one the connection stays half open until it notices by itself.
"""

import errno
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

from davy.vtag.wires import WireError

SEND_BUFFER = 5760  # lwIP's TCP_SND_BUF as ESP-IDF sets it
RESEND_US = 400_000  # a lost segment comes so much later
POLLIN, POLLOUT, POLLERR, POLLHUP = 1, 4, 8, 16


class Far(Protocol):
    """A server's end of one connection: told what comes; it answers through its `Near`."""

    def received(self, data: bytes, t_us: int) -> None:
        """Bytes have come."""
        ...

    def lost(self, t_us: int) -> None:
        """The tag has closed or reset the connection."""
        ...


class Near(Protocol):
    """What a server answers through."""

    def send(self, data: bytes, t_us: int) -> None:
        """Bytes to the tag."""
        ...

    def finish(self, t_us: int) -> None:
        """Close."""
        ...

    def reset(self, t_us: int) -> None:
        """Break off."""
        ...


Accept = Callable[[Near, int], Far]


@dataclass
class Port:
    """A listening port, and what may be wrong with it."""

    accept: Accept
    refuse: bool = False  # nobody listens: a connection is refused
    silent: bool = False  # a connection is never answered
    stalled: bool = False  # established connections carry nothing either way
    piece: int = 0  # bytes arrive in pieces of so many, 0: as they were sent ...
    gap_us: int = 0  # ... so far apart
    dialled: list[int] = field(default_factory=list)  # world times at which somebody tried
    streams: list["Stream"] = field(default_factory=list)  # open ones

    def reset(self, t_us: int) -> None:
        """All connections break, as when the server's machine restarts."""
        for stream in list(self.streams):
            stream.reset(t_us)


class Stream:
    """One connection. `reach(t_us)` tells whether the tag's radio carries anything."""

    def __init__(self, reach: Callable[[int], bool], latency_us: int, lost: Callable[[], bool]) -> None:
        self._reach = reach
        self._latency_us = latency_us
        self._lost = lost
        self._port: Port | None = None
        self._far: Far | None = None
        self._open_at: int | None = None
        self._error = 0
        self._held = bytearray()  # the tag's bytes that could not leave yet
        self._up_at = self._down_at = 0
        self._inbox: deque[tuple[int, bytes | int]] = deque()  # bytes; an errno; b"" for the end

    # -- the tag's end -----------------------------------------------------------------------------------------------

    def connect(self, port: Port | None, known_host: bool, t_us: int) -> None:
        """Begin to connect; `poll` tells when it has come to something."""
        if not self._reach(t_us):
            raise WireError(errno.EHOSTUNREACH)
        if self._open_at is not None:
            raise WireError(errno.EALREADY)
        self._port = port
        self._open_at = t_us + 2 * self._latency_us
        if port:
            port.dialled.append(t_us)
        elif not known_host:
            self._open_at = 1 << 62  # there is no such host: nobody answers

    def poll(self, t_us: int) -> int:
        """POLLIN, POLLOUT, POLLERR, POLLHUP."""
        self._advance(t_us)
        if self._error:
            return POLLIN | POLLOUT | POLLERR | POLLHUP
        if self._far is None:
            return 0
        flags = POLLOUT if len(self._held) < SEND_BUFFER else 0
        if self._carries(t_us) and self._inbox and self._inbox[0][0] <= t_us:
            flags |= POLLIN
        return flags

    def write(self, data: bytes, t_us: int) -> int:
        """How many of these bytes were taken; EAGAIN for none."""
        self._usable(t_us)
        taken = min(len(data), SEND_BUFFER - len(self._held))
        if taken <= 0:
            raise WireError(errno.EAGAIN)
        self._held += data[:taken]
        self._flush(t_us)
        return taken

    def read(self, most: int, t_us: int) -> bytes:
        """What has come; EAGAIN for nothing, b"" for the end."""
        self._usable(t_us)
        if not self._carries(t_us) or not self._inbox or self._inbox[0][0] > t_us:
            raise WireError(errno.EAGAIN)
        at_us, what = self._inbox[0]
        if isinstance(what, int):
            self._die(what)
            raise WireError(what)
        if len(what) > most:
            self._inbox[0] = (at_us, what[most:])
        elif what:
            self._inbox.popleft()
        return what[:most]

    def close(self, t_us: int) -> None:
        """The tag closes: the server learns of it, if it can."""
        far, reached = self._far, self._reach(t_us) and not (self._port and self._port.stalled)
        if far and reached:
            self._flush(t_us)
        self._die(errno.EBADF)
        if far and reached:
            far.lost(t_us + self._latency_us)

    def abort(self) -> None:
        """The radio went off, or the power: nobody is told."""
        self._die(errno.ECONNABORTED)

    # -- the server's end --------------------------------------------------------------------------------------------

    def send(self, data: bytes, t_us: int) -> None:
        """Bytes to the tag."""
        size = (self._port.piece if self._port else 0) or len(data)
        for start in range(0, len(data), size):
            self._put(data[start : start + size], t_us)

    def finish(self, t_us: int) -> None:
        """The server closes."""
        self._put(b"", t_us)

    def reset(self, t_us: int) -> None:
        """The server breaks the connection off."""
        self._put(errno.ECONNRESET, t_us)

    # -- what lies between -------------------------------------------------------------------------------------------

    def _put(self, what: bytes | int, t_us: int) -> None:
        if self._error:
            return
        late_us = RESEND_US if self._lost() else 0
        gap_us = self._port.gap_us if self._port else 0
        self._down_at = max(self._down_at + gap_us, t_us + self._latency_us + late_us)
        self._inbox.append((self._down_at, what))

    def _carries(self, t_us: int) -> bool:
        return self._reach(t_us) and not (self._port and self._port.stalled)

    def _advance(self, t_us: int) -> None:
        """Let what was due happen."""
        if self._error or self._open_at is None or not self._reach(t_us):
            return
        if self._far is None and t_us >= self._open_at and not (self._port and self._port.silent):
            if self._port is None or self._port.refuse:
                self._die(errno.ECONNREFUSED)
                return
            self._far = self._port.accept(self, self._open_at)
            self._port.streams.append(self)
        self._flush(t_us)

    def _usable(self, t_us: int) -> None:
        self._advance(t_us)
        if self._error:
            raise WireError(self._error)
        if self._far is None:
            raise WireError(errno.ENOTCONN if self._open_at is None else errno.EAGAIN)

    def _flush(self, t_us: int) -> None:
        while self._held and self._far and self._carries(t_us):
            size = (self._port.piece if self._port else 0) or len(self._held)
            piece = bytes(self._held[:size])
            del self._held[:size]
            late_us = RESEND_US if self._lost() else 0
            gap_us = self._port.gap_us if self._port else 0
            self._up_at = max(self._up_at + gap_us, t_us + self._latency_us + late_us)
            self._far.received(piece, self._up_at)

    def _die(self, error: int) -> None:
        self._error = self._error or error
        self._far = None
        self._held.clear()
        if self._port and self in self._port.streams:
            self._port.streams.remove(self)
