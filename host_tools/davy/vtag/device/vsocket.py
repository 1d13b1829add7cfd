"""The tag's `socket`: UDP and TCP over the virtual Wi-Fi. What a tag that sends datagrams alone never needs is in `vstream`."""

import vport
import wire
from micropython import const

AF_INET = 2
SOCK_STREAM = 1
SOCK_DGRAM = 2
_EINVAL = const(22)
_EAGAIN = const(11)


def getaddrinfo(host, port, *_):
    """No name server on the virtual air: a host's name is its address."""
    return [(AF_INET, SOCK_DGRAM, 0, "", (host, port))]


def socket(af: int = AF_INET, type: int = SOCK_STREAM, proto: int = 0):
    """A socket that never blocks."""
    if type == SOCK_DGRAM:
        return DatagramSocket()
    import vstream

    return vstream.StreamSocket()


class DatagramSocket:
    """UDP."""

    def __init__(self) -> None:
        self._handle = vport.call(wire.SOCKET_OPEN)

    def setblocking(self, flag: bool) -> None:
        """Datagrams are taken when they are there; only False is served."""
        if flag:
            raise OSError(_EINVAL)

    def ready(self) -> bool:
        """Whether a datagram waits."""
        return vport.call(wire.SOCKET_READY, self._handle) == 1

    def connect(self, address) -> None:
        """Send to (host, port) from now on, and hear nobody else."""
        vport.call(wire.SOCKET_CONNECT, self._handle, address[1], address[0].encode())

    def send(self, data) -> int:
        """One datagram to the host connected to; nothing is copied."""
        vport.call(wire.SOCKET_WRITE, self._handle, 0, data)
        return len(data)

    def readinto(self, buf):
        """One datagram into `buf`, cut to its size; None when none waits. Allocates nothing but that None's error."""
        try:
            vport.call(wire.SOCKET_READ, self._handle, len(buf), None, -1, buf)
        except OSError as error:
            if error.args[0] == _EAGAIN:
                return None
            raise
        return vport.received()

    def sendto(self, data, address) -> int:
        """Send one datagram to (host, port)."""
        host = address[0].encode()
        vport.call(wire.SOCKET_SEND, self._handle, address[1], bytes([len(host)]) + host + data)
        return len(data)

    def recvfrom(self, n: int):
        """One datagram and its sender; EAGAIN when none waits."""
        buf = bytearray(n + 256)
        port = vport.call(wire.SOCKET_RECV, self._handle, n, None, -1, buf)
        end = 1 + buf[0]
        return bytes(buf[end : vport.received()]), (bytes(buf[1:end]).decode(), port)

    def close(self) -> None:
        """Give the handle back."""
        vport.call(wire.SOCKET_CLOSE, self._handle)
