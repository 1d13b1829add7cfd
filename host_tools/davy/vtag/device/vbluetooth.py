"""The tag's `bluetooth`: advertising, and scanning for what the host's beacons say."""

import vport
import wire

_IRQ_SCAN_RESULT = 5
_IRQ_SCAN_DONE = 6


class BLE:
    """The controller. What a scan hears reaches the handler whenever the tag has slept."""

    def __init__(self) -> None:
        self._irq = None
        self._scanning = False

    def active(self, on=None) -> bool:
        """Radio on, off, or ask."""
        return vport.call(wire.BLE_ACTIVE, -1 if on is None else int(bool(on))) == 1

    def irq(self, handler) -> None:
        """`handler(event, data)` for scan results."""
        self._irq = handler

    def gap_advertise(self, interval_us, adv_data=None, *, resp_data=None, connectable: bool = True) -> None:
        """Advertise every `interval_us`, or stop (None)."""
        vport.call(wire.BLE_ADVERTISE, interval_us or 0, 0, bytes(adv_data or b""))

    def gap_scan(self, duration_ms=0, interval_us: int = 1280000, window_us: int = 11250, active: bool = False) -> None:
        """Listen for `duration_ms`; None stops."""
        vport.call(wire.BLE_SCAN, -1 if duration_ms is None else duration_ms)
        self._scanning = duration_ms is not None
        vport.on_wake = self._deliver if self._scanning else None

    def _deliver(self) -> None:
        buf = bytearray(64)
        while self._scanning:
            try:
                left = vport.call(wire.BLE_NEXT, 0, 0, None, -1, buf)
            except OSError:
                return
            if left < 0:
                self._scanning = False
                vport.on_wake = None
                if self._irq:
                    self._irq(_IRQ_SCAN_DONE, ())
                return
            n = vport.received()
            rssi = buf[8] - 256 if buf[8] > 127 else buf[8]
            if self._irq:
                self._irq(_IRQ_SCAN_RESULT, (buf[0], bytes(buf[1:7]), buf[7], rssi, bytes(buf[9:n])))
