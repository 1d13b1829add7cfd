"""The Wi-Fi station, as `net.association` says: radio off and on between tries, an endless first connect, nothing blocks.

Carriers (`udp`, `mqtt`) bring their connections up while `up` holds, and complain when nothing goes through.
"""

import network

from micropython import const
from net.association import FIRST_MS, JOIN, LEAVE, MOST_MS, UP, Association
from net.backoff import Backoff
from tag.hal import system

_ERRORS_MOST = const(65535)


class Wifi:
    """One access point. Without a name of one the radio stays off."""

    def __init__(self, ssid: str, password: str, t_ms: int) -> None:
        self._ssid = ssid
        self._password = password
        self._wlan = None  # made at the first try: it takes the radio's memory, and raises when there is not enough
        self._association = Association(Backoff(FIRST_MS, MOST_MS, system.random_bits), t_ms)
        self.errors = 0  # times that the radio refused what it was told

    @property
    def up(self) -> bool:
        """Whether there is a way to other hosts."""
        return self._association.state == UP

    @property
    def drops(self) -> int:
        """Tries that came to nothing, and connections that ended."""
        return self._association.drops

    def step(self, t_ms: int) -> None:
        """Drive the radio; call several times a second."""
        if not self._ssid:
            return
        action = self._association.step(self._connected(), t_ms)
        if action == JOIN and not self._join():
            action = self._association.refused(t_ms)
        if action == LEAVE:
            self._leave()

    def complain(self) -> None:
        """A carrier gets nothing through: begin anew with the radio off."""
        self._association.complain()

    def _connected(self) -> bool:
        try:
            return self._wlan is not None and self._wlan.isconnected()
        except OSError:
            self._failed()
            return False

    def _join(self) -> bool:
        try:
            self._wlan = self._wlan or network.WLAN(network.STA_IF)
            self._wlan.active(False)
            self._wlan.active(True)
            self._wlan.connect(self._ssid, self._password)
            return True
        except OSError:
            self._failed()
            return False

    def _leave(self) -> None:
        try:
            if self._wlan:
                self._wlan.active(False)
        except OSError:
            self._failed()

    def _failed(self) -> None:
        self.errors = min(self.errors + 1, _ERRORS_MOST)
