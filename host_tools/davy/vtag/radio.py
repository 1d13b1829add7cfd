"""The virtual air: a Wi-Fi access point with hosts behind it, and Bluetooth beacons.

Datagrams are carried to Python handlers (a gateway under test) after `latency_us`; a handler's answers come back the
same way. Connections are in `streams`.
"""

import errno
import random
from collections import deque
from collections.abc import Callable

from davy.vtag.streams import Accept, Port, Stream
from davy.vtag.wires import WireError

STAT_IDLE, STAT_CONNECTING, STAT_GOT_IP, STAT_NO_AP_FOUND, STAT_WRONG_PASSWORD = 1000, 1001, 1010, 201, 202

# A host on the network: (datagram, name of the sender, world time) -> datagrams to send back.
Handler = Callable[[bytes, str, int], list[bytes]]


class Network:
    """What is reachable by Wi-Fi. `up` False: the access point is gone; `loss` is the share of datagrams lost either
    way."""

    def __init__(self, seed: int = 1) -> None:
        self.up = True
        self.ssid = "davy"
        self.password = "davydavy"
        self.join_us = 800_000
        self.latency_us = 20_000
        self.loss = 0.0
        self.rssi = -58
        self.hosts: dict[tuple[str, int], Handler] = {}
        self.ports: dict[tuple[str, int], Port] = {}
        self._random = random.Random(seed)

    def attach(self, host: str, port: int, handler: Handler) -> None:
        """Put a host on the network."""
        self.hosts[(host, port)] = handler

    def listen(self, host: str, port: int, accept: Accept) -> Port:
        """Put a server on the network: `accept` makes its end of each connection."""
        self.ports[(host, port)] = Port(accept)
        return self.ports[(host, port)]

    def lost(self) -> bool:
        """Whether the next datagram is lost."""
        return self.loss > 0 and self._random.random() < self.loss


class Wifi:
    """One tag's station and its sockets."""

    def __init__(self, network: Network, name: str) -> None:
        self.network = network
        self.name = name
        self.wake: Callable[[int], None] = lambda t_us: None
        self._streams: dict[int, Stream] = {}
        self.reset()

    def reset(self) -> None:
        """Power-up state: radio off, no sockets."""
        self.active = False
        self._join_at: int | None = None
        self._refused = 0
        self._inbox: dict[int, deque[tuple[int, tuple[str, int], bytes]]] = {}
        self._peers: dict[int, tuple[str, int]] = {}
        self._next = 1
        self._abort()
        self._streams.clear()

    def set_active(self, on: int) -> int:
        """-1 asks, 0 and 1 set."""
        if on >= 0:
            self.active = bool(on)
            if not on:
                self.leave()
        return int(self.active)

    def connect(self, payload: bytes, t_us: int) -> None:
        """Begin to join `ssid NUL password`."""
        if not self.active:
            raise WireError(errno.EPERM)
        ssid, _, password = payload.partition(b"\0")
        self._refused = 0
        if ssid.decode() != self.network.ssid:
            self._refused = STAT_NO_AP_FOUND
        elif password.decode() != self.network.password:
            self._refused = STAT_WRONG_PASSWORD
        self._join_at = t_us + self.network.join_us

    def scan(self) -> tuple[int, bytes]:
        """dBm and name of the access point; no name while it is gone or the station is deaf."""
        if not self.active:
            raise WireError(errno.EPERM)
        return (self.network.rssi, self.network.ssid.encode()) if self.network.up else (0, b"")

    def leave(self) -> None:
        """Forget the access point: no connection outlives that."""
        self._join_at = None
        self._abort()

    def _abort(self) -> None:
        for stream in self._streams.values():
            stream.abort()

    def status(self, t_us: int) -> int:
        """As `network.WLAN.status()`."""
        if not self.active or self._join_at is None:
            return STAT_IDLE
        if not self.network.up or self._refused == STAT_NO_AP_FOUND:
            if self.network.up is False and t_us >= self._join_at:
                # An access point that comes back does not take the station back by itself: the tag must connect anew.
                self._refused = STAT_NO_AP_FOUND
            return STAT_NO_AP_FOUND if t_us >= self._join_at else STAT_CONNECTING
        if t_us < self._join_at:
            return STAT_CONNECTING
        return self._refused or STAT_GOT_IP

    def open(self) -> int:
        """A new socket's handle."""
        handle = self._next
        self._next += 1
        self._inbox[handle] = deque()
        return handle

    def connect_socket(self, handle: int, host: str, port: int) -> None:
        """Fix a socket's far end."""
        self._peers[handle] = (host, port)

    def peer(self, handle: int) -> tuple[str, int]:
        """A connected socket's far end."""
        if handle not in self._peers:
            raise WireError(errno.ENOTCONN)
        return self._peers[handle]

    def close(self, handle: int) -> None:
        """Give it back."""
        self._peers.pop(handle, None)
        self._inbox.pop(handle, None)

    def send(self, handle: int, port: int, payload: bytes, t_us: int) -> None:
        """One datagram; answers are queued with their time of arrival."""
        if handle not in self._inbox:
            raise WireError(errno.EBADF)
        if self.status(t_us) != STAT_GOT_IP:
            raise WireError(errno.EHOSTUNREACH)
        end = 1 + payload[0]
        address = (payload[1:end].decode(), port)
        handler = self.network.hosts.get(address)
        if handler is None or self.network.lost():
            return
        arrives = t_us + self.network.latency_us
        for answer in handler(payload[end:], self.name, arrives):
            self.deliver(handle, address, answer, arrives + self.network.latency_us)

    def open_stream(self) -> int:
        """A new connection's handle."""
        handle = self._next
        self._next += 1
        self._streams[handle] = Stream(self._carries, self.network.latency_us, self.network.lost)
        return handle

    def _carries(self, t_us: int) -> bool:
        """Whether anything gets through now. The station notices a loss only when somebody asks for its status."""
        joined = self.active and self._join_at is not None and t_us >= self._join_at and not self._refused
        return joined and self.network.up

    def connect_stream(self, handle: int, host: str, port: int, t_us: int) -> None:
        """Begin to connect to a port of the network."""
        known = any(host == name for name, _ in (*self.network.ports, *self.network.hosts))
        self.stream(handle).connect(self.network.ports.get((host, port)), known, t_us)

    def stream(self, handle: int) -> Stream:
        """An open handle's connection."""
        if handle not in self._streams:
            raise WireError(errno.EBADF)
        return self._streams[handle]

    def close_stream(self, handle: int, t_us: int) -> None:
        """Give it back; closing twice is nothing."""
        stream = self._streams.pop(handle, None)
        if stream:
            stream.close(t_us)

    def deliver(self, handle: int, address: tuple[str, int], data: bytes, at_us: int) -> None:
        """Queue a datagram for the tag."""
        if self._peers.get(handle, address) != address:
            return
        if handle in self._inbox and self.network.up and not self.network.lost():
            self._inbox[handle].append((at_us, address, data))
            self.wake(at_us)

    def push(self, host: str, port: int, data: bytes, t_us: int) -> None:
        """A datagram that a host sends by itself, to the tag's newest socket."""
        if self._inbox:
            self.deliver(max(self._inbox), (host, port), data, t_us + self.network.latency_us)

    def ready(self, handle: int, t_us: int) -> int:
        """1 when a datagram has arrived."""
        inbox = self._inbox.get(handle)
        return int(bool(inbox) and inbox[0][0] <= t_us)

    def receive(self, handle: int, n: int, t_us: int) -> tuple[int, bytes]:
        """Port and `length host data`; EAGAIN when nothing has arrived."""
        if not self.ready(handle, t_us):
            raise WireError(errno.EAGAIN)
        _, (host, port), data = self._inbox[handle].popleft()
        name = host.encode()
        return port, bytes([len(name)]) + name + data[:n]


class Ble:
    """One tag's Bluetooth: what it advertises, and the beacons around it: (address, advertising data, rssi)."""

    def __init__(self) -> None:
        self.beacons: Callable[[int], list[tuple[bytes, bytes, int]]] = lambda t_us: []
        self.listened_us = 0
        self.reset()

    def set_active(self, on: int) -> int:
        """-1 asks, 0 and 1 set. A receiver that has gone deaf (a fault that tests switch on) hears again after off and on."""
        if on >= 0:
            self.active = bool(on)
            if not on:
                self.deaf = False
                self.advertise(0, b"")
                self._until, self._heard = None, []
        return int(self.active)

    def reset(self) -> None:
        """Radio off."""
        self.active = False
        self.advertising: bytes | None = None
        self.interval_us = 0
        self._until: int | None = None
        self.deaf = False
        self._heard: list[tuple[bytes, bytes, int]] = []

    def advertise(self, interval_us: int, data: bytes) -> None:
        """Start, or stop with interval 0."""
        self.interval_us = interval_us
        self.advertising = data if interval_us else None

    def scan(self, duration_ms: int, t_us: int) -> None:
        """Listen; -1 stops, 0 listens for ever."""
        if not self.active:
            raise WireError(errno.EPERM)
        self._until = None if duration_ms < 0 else t_us + (duration_ms or 1 << 40) * 1000
        self.listened_us += max(0, duration_ms) * 1000
        self._heard = self._hear(t_us) if duration_ms >= 0 else []

    def _hear(self, t_us: int) -> list[tuple[bytes, bytes, int]]:
        return [] if self.deaf else list(self.beacons(t_us))

    def next(self, t_us: int) -> tuple[int, bytes]:
        """One advertisement; value -1 when the scan is over, ENOENT when nothing new was heard yet."""
        if self._heard:
            address, data, rssi = self._heard.pop(0)
            return 0, b"\0" + address + b"\0" + (rssi & 0xFF).to_bytes(1, "little") + data
        if self._until is None or t_us >= self._until:
            self._until = None
            return -1, b""
        self._heard = self._hear(t_us)
        raise WireError(errno.ENOENT)
