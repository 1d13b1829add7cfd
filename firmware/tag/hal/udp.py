"""The carrier of link frames to a gateway of our own: one datagram a frame, while Wi-Fi is up.

`gateway_host` is a numeric address, because looking up a name would hold all tasks. A datagram may be lost, or answered by
anybody: the frame's key and the outbox see to both.
"""

import socket

from micropython import const
from tag.hal.wifi import Wifi

# Longest datagram taken: a receipt for all records of one frame. What is longer is cut, and its MAC refuses it.
_DATAGRAM_BYTES = const(512)
_MISSES_MOST = const(5)


class UdpLink:
    """The carrier of a tag whose settings name an access point and a gateway."""

    fault = 0  # nothing here is a person's to mend
    confirms = False  # see `mqtt`: only the gateway's receipt counts

    def __init__(self, settings, t_ms: int) -> None:
        # Nobody to report to: no radio.
        self.wifi = Wifi(settings["wifi_ssid"] if settings["gateway_host"] else "", settings["wifi_password"], t_ms)
        self._gateway = (settings["gateway_host"], settings["gateway_port"])
        self._socket = None
        self._misses = 0  # datagrams in a row that the radio did not take: it may lack memory for a moment
        self.last_id = 0
        self.frame = bytearray(_DATAGRAM_BYTES)  # holds what `receive` has taken, until the next call

    @property
    def up(self) -> bool:
        """Whether datagrams can be sent."""
        return self._socket is not None

    @property
    def ready(self) -> bool:
        """Whether to send what can wait."""
        return self.up

    @property
    def room(self) -> bool:
        """Whether an alarm can go."""
        return self.up

    def step(self, t_ms: int) -> None:
        """Drive the connection; call several times a second."""
        self.wifi.step(t_ms)
        if self.wifi.up != self.up:
            if self.wifi.up:
                self._open()
            else:
                self._close()

    def _open(self) -> None:
        try:
            self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            self._socket.setblocking(False)
            self._socket.connect(self._gateway)
        except OSError:
            self._failed()

    def _close(self) -> None:
        if self._socket is not None:
            self._socket.close()
            self._socket = None

    def _failed(self) -> None:
        self._close()
        self.wifi.complain()

    def send(self, frame, t_ms: int) -> bool:
        """One datagram to the gateway; False when it could not be handed to the radio."""
        if self._socket is None:
            return False
        try:
            self._socket.send(frame)
            self._misses = 0
            return True
        except OSError:
            self._misses += 1
            if self._misses >= _MISSES_MOST:
                self._misses = 0
                self._failed()
            return False

    def receive(self) -> int:
        """Bytes of one datagram, now in `frame`; 0 for none. Anybody may have sent it: the frame's own key decides."""
        if self._socket is None:
            return 0
        try:
            return self._socket.readinto(self.frame) or 0
        except OSError:
            return 0

    def confirmed(self) -> int:
        """Datagrams are not confirmed by themselves."""
        return 0

    def close(self, t_ms: int) -> None:
        """The tag goes to service."""
        self._close()
