"""A byte stream to a server: TCP, and TLS on it. Nothing blocks; TLS's handshake goes step by step inside `write`.

| state    | event                                                      | next                       |
|----------|------------------------------------------------------------|----------------------------|
| CLOSED   | open                                                       | DIALLING                   |
| CLOSED   | open, but there is no usable CA certificate or name        | CLOSED, `fault`            |
| DIALLING | connected                                                  | OPEN                       |
| DIALLING | refused, or 5 s over                                       | CLOSED                     |
| OPEN     | the server ends it, any error                              | CLOSED                     |
| OPEN     | its certificate is not of our CA, or another name's        | CLOSED, `fault` UNSIGNED   |
| OPEN     | its certificate has expired, or is not valid yet           | CLOSED, `fault` STALE      |

Bytes taken by `write` prove that the handshake is done and the certificate good: TLS sends none before. It must be repeated with
the same bytes until they are taken, as mbedtls asks. A server is named by `name`, whatever its address; without a name mbedtls
would compare none, so none is refused. Dates are judged by the chip's clock, which a chip without a battery begins in 2000.
"""

import errno
import os
import select
import socket

import ticks
from micropython import const
from tag.events import CODE_CORRUPT, CODE_MISSING, CODE_STALE, CODE_UNSIGNED

CLOSED = const(0)
DIALLING = const(1)
OPEN = const(2)

DIAL_MS = const(5000)
_CA_MOST_B = const(4096)
_IPPROTO_TCP = const(6)
_TCP_NODELAY = const(1)
_VERIFY_FAILED = const(-0x2700)  # mbedtls: MBEDTLS_ERR_X509_CERT_VERIFY_FAILED


class Stream:
    """To (host, port); TLS when `ca`, the path of a CA certificate in DER, is not empty. Made once, opened often."""

    def __init__(self, host: str, port: int, name: str, ca: str) -> None:
        self._address = (host, port)
        self._name = name
        self._ca = ca
        self._context = None
        self._socket = None
        self._file = None  # what is read and written: the socket, or TLS on it
        self._poll = None
        self._due_ms = 0
        self._again = 0  # bytes of a write that TLS wants to see again
        self.state = CLOSED
        self.fault = 0  # why the last try failed, when a person must mend it: a CODE_ of tag.events

    def open(self, t_ms: int) -> None:
        """Begin to connect."""
        self.fault = 0
        if self._ca and self._context is None and not self._trust():
            return
        try:
            self._socket = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
            self._socket.setblocking(False)
            # An alarm must not wait until the far end has acknowledged the frame before it.
            self._socket.setsockopt(_IPPROTO_TCP, _TCP_NODELAY, 1)
            self._poll = select.poll()
            self._poll.register(self._socket, select.POLLOUT)
            self._dial()
        except OSError:
            self.close()
            return
        self.state = DIALLING
        self._due_ms = ticks.add(t_ms, DIAL_MS)

    def _dial(self) -> None:
        try:
            self._socket.connect(socket.getaddrinfo(self._address[0], self._address[1])[0][-1])
        except OSError as error:
            if error.args[0] not in (errno.EINPROGRESS, errno.EALREADY, errno.EAGAIN):
                raise

    def _trust(self) -> bool:
        """Read the CA certificate; False with the fault told."""
        import tls

        self.fault = CODE_MISSING
        if not self._name:
            return False
        try:
            if os.stat(self._ca)[6] > _CA_MOST_B:
                self.fault = CODE_CORRUPT
                return False
            with open(self._ca, "rb") as file:
                data = file.read()
        except OSError:
            return False
        self.fault = CODE_CORRUPT
        try:
            context = tls.SSLContext(tls.PROTOCOL_TLS_CLIENT)
            context.verify_mode = tls.CERT_REQUIRED  # pyright: ignore[reportAttributeAccessIssue]  # the stubs lack it
            context.load_verify_locations(data)
        except (ValueError, OSError):
            return False
        self._context = context
        self.fault = 0
        return True

    def step(self, t_ms: int) -> None:
        """See whether the connection has come about; call several times a second."""
        if self.state != DIALLING:
            return
        flags = 0
        for found in self._poll.poll(0):
            flags = found[1]
        if flags & (select.POLLERR | select.POLLHUP):
            self.close()
        elif flags & select.POLLOUT:
            self._connected()
        elif ticks.diff(t_ms, self._due_ms) >= 0:
            self.close()

    def _connected(self) -> None:
        self._poll = None
        self._again = 0
        self._file = self._socket
        self.state = OPEN
        if self._context is None:
            return
        try:
            self._file = self._context.wrap_socket(
                self._socket, server_hostname=self._name, do_handshake_on_connect=False
            )
        except (OSError, ValueError, MemoryError):  # no room for TLS's buffers, for one
            self.close()

    def write(self, buf, at: int, end: int) -> int:
        """How many bytes of buf[at:end] were taken; 0: try again with the same bytes."""
        if self.state != OPEN:
            return 0
        n = self._again or end - at
        try:
            taken = self._file.write(memoryview(buf)[at : at + n])
        except (OSError, ValueError) as error:
            self._failed(error)
            return 0
        self._again = 0 if taken else n
        return taken or 0

    def read(self, buf, at: int, n: int) -> int:
        """Bytes read into buf[at:at + n]; 0: nothing has come, or the end, which `state` says."""
        if self.state != OPEN:
            return 0
        try:
            got = self._file.readinto(memoryview(buf)[at : at + n])
        except (OSError, ValueError) as error:
            self._failed(error)
            return 0
        if got == 0:
            self.close()
        return got or 0

    def _failed(self, error) -> None:
        """MicroPython tells a bad certificate as ValueError, with mbedtls's reasons as text."""
        if isinstance(error, ValueError):
            self.fault = CODE_STALE if "validity" in str(error) else CODE_UNSIGNED
        elif error.args and error.args[0] == _VERIFY_FAILED:
            self.fault = CODE_UNSIGNED
        self.close()

    def close(self) -> None:
        """Give everything back."""
        for file in (self._file, self._socket):  # TLS closes the socket beneath it; twice is nothing
            if file is not None:
                try:
                    file.close()
                except OSError:
                    self._again = 0  # the peer has gone before us
        self._file = self._socket = self._poll = None
        self.state = CLOSED
