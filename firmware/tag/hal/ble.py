"""Bluetooth LE: listening in bounded windows, and advertising. Loaded by tags that ask for their place, and by no other.

The interrupt handler only copies an advertisement into a ring made at the start; what has no room is counted in `lost`. A window
that does not end by itself, and windows that hear nothing for `_QUIET_MS`, end in radio off and on: scans of real controllers fall
silent. A window that the controller refuses is over at once, and has heard nothing. Legacy advertisements have 31 bytes at most; of
longer ones the first 31 are kept.
"""

import bluetooth

import ticks
from micropython import const

_SCAN_RESULT = const(5)
_SCAN_DONE = const(6)
_SLOTS = const(48)
_SLOT = const(33)  # length, -dBm, 31 bytes
_LATE_MS = const(500)
_QUIET_MS = const(60000)
_SCAN_US = const(30000)  # interval and window: within a window of ours the radio always listens
_LOUDEST_DBM = const(20)  # 127 is "not available": Core Specification, vol. 4 part E, 7.7.65.2
_MOST = const(65535)


class Ble:
    """`begin` a window, `step` until `listening` is False, `take` what was heard."""

    def __init__(self, t_ms: int) -> None:
        self._ring = bytearray(_SLOTS * _SLOT)
        self._head = 0
        self._tail = 0
        self._done = True
        self._end_ms = t_ms
        self._heard_ms = t_ms
        self._advertised = (0, None, 0)
        self.listening = False
        self.heard = 0  # advertisements so far, modulo 65536
        self.lost = 0
        self.restarts = 0
        self.errors = 0
        self.listened_ms = 0  # so far, modulo 2^30
        self.dbm = 0  # of what was taken last
        self._before = 0
        self._ble = bluetooth.BLE()
        self._restart()
        self.restarts = 0

    def _restart(self) -> None:
        self.restarts = min(_MOST, self.restarts + 1)
        self.listening = False
        self._done = True
        try:
            self._ble.active(False)
            self._ble.active(True)
            self._ble.irq(self._on_event)
        except OSError:
            self.errors = min(_MOST, self.errors + 1)

    def _on_event(self, event: int, data) -> None:
        if event == _SCAN_RESULT:
            if data[3] > _LOUDEST_DBM:
                return
            head = self._head
            after = (head + 1) % _SLOTS
            if after == self._tail:
                self.lost = (self.lost + 1) & _MOST
                return
            ring = self._ring
            payload = data[4]
            n = min(31, len(payload))
            at = head * _SLOT
            ring[at] = n
            ring[at + 1] = max(0, min(127, -data[3]))
            at += 2
            i = 0
            while i < n:
                ring[at + i] = payload[i]
                i += 1
            self._head = after
            self.heard = (self.heard + 1) & _MOST
        elif event == _SCAN_DONE:
            self._done = True

    def begin(self, window_ms: int, t_ms: int) -> bool:
        """Listen for so long. False: the radio refuses."""
        if ticks.diff(t_ms, self._heard_ms) >= _QUIET_MS:
            self._heard_ms = t_ms
            self.again()
        self._end_ms = ticks.add(t_ms, window_ms + _LATE_MS)
        self._done = False
        self.listening = True
        self._before = self.heard
        try:
            self._ble.gap_scan(window_ms, _SCAN_US, _SCAN_US)
            self.listened_ms = (self.listened_ms + window_ms) & 0x3FFFFFFF
        except OSError:
            self.errors = min(_MOST, self.errors + 1)
            self.again()
            self.listening = True  # `_done` already
            return False
        return True

    def step(self, t_ms: int) -> bool:
        """True when the window is over; a scan that does not end is ended."""
        if not self.listening:
            return False
        if not self._done:
            if ticks.diff(t_ms, self._end_ms) < 0:
                return False
            self.again()
        self.listening = False
        if self.heard != self._before:
            self._heard_ms = t_ms
        return True

    def again(self) -> bool:
        """Radio off and on; what was advertised is advertised again. False: it is refused."""
        self._restart()
        return not self._advertised[0] or self.advertise(*self._advertised)

    def take(self, advert) -> bool:
        """Let `advert` (tag/place/adverts.py) read the oldest that was not taken, `dbm` strong; False: there is none."""
        if self._tail == self._head:
            return False
        at = self._tail * _SLOT
        advert.read(self._ring, at + 2, self._ring[at])
        self.dbm = -self._ring[at + 1]
        self._tail = (self._tail + 1) % _SLOTS
        return True

    def advertise(self, interval_ms: int, buf, n: int) -> bool:
        """Say buf[:n] so often, not connectable; 0: stop. False: the radio refuses."""
        self._advertised = (interval_ms, buf, n)
        try:
            if interval_ms:
                self._ble.gap_advertise(interval_ms * 1000, memoryview(buf)[:n], connectable=False)
            else:
                self._ble.gap_advertise(None)  # pyright: ignore[reportArgumentType] - the stubs know no None
        except OSError:
            self.errors = min(_MOST, self.errors + 1)
            return False
        return True

    def close(self) -> None:
        """The tag goes to service."""
        try:
            self._ble.gap_advertise(None)  # pyright: ignore[reportArgumentType] - the stubs know no None
            self._ble.active(False)
        except OSError:
            self.errors = min(_MOST, self.errors + 1)
