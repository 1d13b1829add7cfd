"""A LoRa radio on the bench: does it hear out a window, does a frame get out, does it hear another tag. Loaded by the self-test.

The frame is FRAME, at the lowest power that the chip has, on the region's first channel of its own at SF7: 46 ms, less than a
hundredth of what any region allows in an hour. It is no LoRaWAN frame (its first byte is a proprietary one's): no network
takes it.
"""

import time

import ticks
from drivers.lora_radio import FAULT, NOTHING, RECEIVED, SENT, SILENT
from lora_airtime import airtime_ms
from lorawan.regions.names import find
from micropython import const
from tag.hal import lora

FRAME = b"\xe0davy selftest"
WINDOW_MS = const(500)
_SF = const(7)
_BW_HZ = const(125000)
_LEAST_DBM = const(-20)  # the drivers take the nearest that the chip has
_ROUND_MS = const(5)
_MARGIN_MS = const(3000)
_HERE_HZ = const(868100000)  # to listen on where no region is set


class RadioTest:
    """`parts` of board.json; `region` is the setting, the empty text: none, then nothing is sent. What the constructor's chip
    refuses with comes out as OSError or ValueError."""

    def __init__(self, part, buses, region: str, sub_band: int) -> None:
        self._hz = 0
        if region:
            plan = find(region, None, sub_band)
            self._hz = plan.default_hz[0] if plan.default_hz else plan.low_hz + 300000
        self._radio = lora.open_radio(part, buses, (self._hz or _HERE_HZ) // 1000000)
        self.rssi_dbm = 0

    @property
    def may_send(self) -> bool:
        """Whether it is known what may be sent here."""
        return self._hz > 0

    @property
    def lost_irqs(self) -> int:
        """Ends that no interrupt told of."""
        return self._radio.lost_irqs

    @property
    def air_ms(self) -> int:
        """How long the frame is on the air."""
        return airtime_ms(len(FRAME), _SF, _BW_HZ)

    def listen(self) -> int:
        """A window without a sender: ms until the radio says that it is over, -1: it fails."""
        begun_ms = time.ticks_ms()
        if not self._radio.begin_receive(self._hz or _HERE_HZ, _SF, _BW_HZ, WINDOW_MS, begun_ms):
            return -1
        return self._until((SILENT, RECEIVED), begun_ms)

    def send(self) -> int:
        """The frame: ms until it was out, -1: it never was."""
        begun_ms = time.ticks_ms()
        if not self._hz or not self._radio.begin_send(FRAME, len(FRAME), self._hz, _SF, _BW_HZ, _LEAST_DBM, begun_ms):
            return -1
        return self._until((SENT,), begun_ms)

    def hear(self, within_ms: int):
        """Wait for the frame of another tag: dBm, or None."""
        radio = self._radio
        begun_ms = time.ticks_ms()
        if not self._hz or not radio.begin_receive(self._hz, _SF, _BW_HZ, 0, begun_ms, False):
            return None
        while ticks.diff(time.ticks_ms(), begun_ms) < within_ms:
            said = radio.poll(time.ticks_ms())
            if said == FAULT:
                return None
            if said == RECEIVED and bytes(radio.frame[: radio.length]) == FRAME:
                return radio.rssi_dbm
            time.sleep_ms(_ROUND_MS)
        return None

    def close(self) -> None:
        """The radio sleeps."""
        self._radio.sleep()

    def _until(self, wanted, begun_ms: int) -> int:
        while True:
            t_ms = time.ticks_ms()
            said = self._radio.poll(t_ms)
            if said in wanted:
                return ticks.diff(t_ms, begun_ms)
            if said != NOTHING or ticks.diff(t_ms, begun_ms) > _MARGIN_MS:
                return -1
            time.sleep_ms(_ROUND_MS)
