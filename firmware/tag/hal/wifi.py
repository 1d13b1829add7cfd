"""The Wi-Fi link: one connection that tries for ever, and datagrams to the gateway while it stands.

| state   | event                              | next                                                        |
|---------|------------------------------------|-------------------------------------------------------------|
| IDLE    | time to try                        | radio off and on, connect -> JOINING; never without a host  |
| JOINING | connected                          | socket open -> UP, pause back to the shortest               |
| JOINING | 15 s over, or the radio refuses    | radio off, pause doubled (2 s .. 60 s) -> IDLE              |
| UP      | connection gone, or sending fails  | radio off, shortest pause -> IDLE                           |

Nothing here blocks: `gateway_host` is a numeric address, because looking up a name would hold all tasks. A radio
that was told to connect twice sticks; it is switched off before every try.
"""

import socket

import network

import ticks
from micropython import const

IDLE = const(0)
JOINING = const(1)
UP = const(2)

_JOIN_MS = const(15000)
_PAUSE_MS = const(2000)
_PAUSE_MOST_MS = const(60000)
_CHECK_MS = const(1000)
# Longest datagram taken: a receipt for all records of one frame. What is longer is cut, and its MAC refuses it.
_DATAGRAM_BYTES = const(512)


class WifiLink:
    """The link of a tag whose settings name an access point and a gateway."""

    def __init__(self, settings, t_ms: int) -> None:
        self._ssid = settings["wifi_ssid"] if settings["gateway_host"] else ""  # nobody to report to: no radio
        self._password = settings["wifi_password"]
        self._gateway = (settings["gateway_host"], settings["gateway_port"])
        self._wlan = None  # made at the first try: it takes the radio's memory, and raises when there is not enough
        self._socket = None
        self._pause_ms = _PAUSE_MS
        self._due_ms = t_ms
        self.state = IDLE
        self.errors = 0
        self.frame = bytearray(_DATAGRAM_BYTES)  # holds what `receive` has taken, until the next call

    @property
    def up(self) -> bool:
        """Whether datagrams can be sent."""
        return self.state == UP

    def step(self, t_ms: int) -> None:
        """Drive the connection; call several times a second."""
        if self.state == IDLE:
            if self._ssid and ticks.diff(t_ms, self._due_ms) >= 0:
                self._try(t_ms)
        elif self.state == JOINING:
            if self._wlan.isconnected():
                self._open(t_ms)
            elif ticks.diff(t_ms, self._due_ms) >= 0:
                self._drop(t_ms, min(self._pause_ms * 2, _PAUSE_MOST_MS))
        elif ticks.diff(t_ms, self._due_ms) >= 0:
            self._due_ms = ticks.add(t_ms, _CHECK_MS)
            if not self._wlan.isconnected():
                self._drop(t_ms, _PAUSE_MS)

    def _try(self, t_ms: int) -> None:
        self.state = JOINING
        self._due_ms = ticks.add(t_ms, _JOIN_MS)
        try:
            self._wlan = self._wlan or network.WLAN(network.STA_IF)
            self._wlan.active(False)
            self._wlan.active(True)
            self._wlan.connect(self._ssid, self._password)
        except OSError:
            self._drop(t_ms, min(self._pause_ms * 2, _PAUSE_MOST_MS))

    def _open(self, t_ms: int) -> None:
        try:
            self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            self._socket.setblocking(False)
            self._socket.connect(self._gateway)
        except OSError:
            self._drop(t_ms, _PAUSE_MS)
            return
        self.state = UP
        self._pause_ms = _PAUSE_MS
        self._due_ms = ticks.add(t_ms, _CHECK_MS)

    def _drop(self, t_ms: int, pause_ms: int) -> None:
        self.errors = min(self.errors + 1, 65535)
        if self._socket is not None:
            self._socket.close()
            self._socket = None
        try:
            if self._wlan:
                self._wlan.active(False)
        except OSError:
            self.errors = min(self.errors + 1, 65535)
        self.state = IDLE
        self._pause_ms = pause_ms
        self._due_ms = ticks.add(t_ms, pause_ms)

    def send(self, frame, t_ms: int) -> bool:
        """One datagram to the gateway; False when it could not be handed to the radio."""
        if self.state != UP:
            return False
        try:
            self._socket.send(frame)
            return True
        except OSError:
            self._drop(t_ms, _PAUSE_MS)
            return False

    def receive(self) -> int:
        """Bytes of one datagram, now in `frame`; 0 for none. Anybody may have sent it: the frame's own key decides."""
        if self.state != UP:
            return 0
        try:
            return self._socket.readinto(self.frame) or 0
        except OSError:
            return 0
