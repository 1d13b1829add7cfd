"""The air between a device and a test network: carries frames, loses some, keeps time. The device's shell is played here too.

Time is in milliseconds of the air, from 0; the device's ticks run beside it from `tick0`, so that a run may begin just before they
wrap. A downlink is heard when a window with its frequency, spreading factor and bandwidth is open when its preamble begins.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from math import ceil
from typing import Any, Literal

from davy.lorawan.device import KEEP, LISTEN, SEND, Device
from davy.lorawan.network import Downlink, Network

_TICKS = (1 << 30) - 1
Direction = Literal["up", "down"]


@dataclass(frozen=True)
class OnAir:
    """A frame on the air; `lost`: nobody heard it."""

    t_ms: int
    direction: Direction
    phy: bytes
    freq_hz: int
    sf: int
    bw_hz: int
    power_dbm: int | None
    lost: bool
    down: Downlink | None = None


def airtime_us(sf: int, bw_hz: int, n: int, *, crc: bool = True) -> int:
    """Time on air of a LoRa frame, by the formula of the SX1276 datasheet in real numbers."""
    symbol_us = 2**sf * 1e6 / bw_hz
    low = 1 if symbol_us > 16_000 else 0
    symbols = 8 + max(ceil((8 * n - 4 * sf + 28 + 16 * crc) / (4 * (sf - 2 * low))) * 5, 0)
    return round((12.25 + symbols) * symbol_us)


@dataclass
class Air:
    """One device and its network. `loses(frame number, direction)` says which frames nobody hears."""

    device: Device
    network: Network
    tick0: int = 0
    loses: Callable[[int, Direction], bool] = lambda number, direction: False
    store: Callable[[bytes], bool] = lambda state: True  # KEEP: whether it could be stored
    t_ms: int = 0
    frames: list[OnAir] = field(default_factory=list)
    kept: bytes = b""

    def __post_init__(self) -> None:
        self._window: dict[str, Any] | None = None
        self._downlinks: list[Downlink] = []
        self.ups = self.downs = 0  # frames so far in each direction

    def tick(self, t_ms: int) -> int:
        """The device's tick at a time of the air."""
        return (self.tick0 + t_ms) & _TICKS

    def call(self, name: str, *args: Any) -> dict[str, Any]:
        """A call of the device that ends with the time."""
        return self.device.call(name, *args, self.tick(self.t_ms))

    def start(self, **settings: Any) -> None:
        """Power on."""
        self._window = None
        self.device.call("new", settings, self.tick(self.t_ms))

    def run(self, ms: int, until: Callable[[], bool] = lambda: False) -> bool:
        """Let time pass; True as soon as `until` says so."""
        end = self.t_ms + ms
        while True:
            self._orders()
            if until():
                return True
            if self.t_ms >= end:
                return False
            self._wait(end)

    def push(self, downlinks: list[Downlink]) -> None:
        """A gateway is given these to send."""
        self._downlinks += downlinks

    def _orders(self) -> None:
        while order := self.call("step")["order"]:
            said = self.device.said
            if order == KEEP:
                self.kept = bytes.fromhex(said["kept"])
                self.call("kept", self.store(self.kept))
            elif order == SEND:
                self._send(said)
            else:
                self._window = said if order == LISTEN else None

    def _send(self, said: dict[str, Any]) -> None:
        self._window = None
        phy = bytes.fromhex(said["frame"])
        freq_hz, sf, bw_hz = said["freq_hz"], said["sf"], said["bw_hz"]
        self.ups += 1
        lost = self.loses(self.ups, "up")
        self.frames.append(OnAir(self.t_ms, "up", phy, freq_hz, sf, bw_hz, said["power_dbm"], lost))
        self.t_ms += ceil(airtime_us(sf, bw_hz, len(phy)) / 1000)
        self.call("sent")
        if not lost:
            self._downlinks += self.network.uplink(phy, freq_hz, sf, bw_hz, self.t_ms * 1000)

    def _wait(self, end: int) -> None:
        """To the next thing that happens: the end of a window, a downlink, or the time the device has named."""
        next_ms = min(end, max(self.t_ms + 1, self._at(self.device.said["due_ms"])))
        window = self._window
        closing = window is not None and not window["continuous"] and self._at(window["close_ms"]) <= next_ms
        if closing:
            assert window
            next_ms = self._at(window["close_ms"])
        self._downlinks.sort(key=lambda down: down.t_us)
        if self._downlinks and self._downlinks[0].t_us <= next_ms * 1000:
            self._hear(self._downlinks.pop(0))
            return
        self.t_ms = next_ms
        if closing:
            self._window = None
            self.call("silent")

    def _at(self, tick: int) -> int:
        """The air's time of a tick of the device that is near."""
        ahead = (tick - self.tick(self.t_ms)) & _TICKS
        return self.t_ms + (ahead if ahead <= _TICKS // 2 else ahead - _TICKS - 1)

    def _hear(self, down: Downlink) -> None:
        began = ceil(down.t_us / 1000)
        self.t_ms = max(self.t_ms, began)
        self._orders()  # a window that opens just now
        window = self._window
        self.downs += 1
        opened = window is not None and (window["continuous"] or self._at(window["open_ms"]) <= self.t_ms)
        fits = window is not None and (window["freq_hz"], window["sf"], window["bw_hz"]) == (
            down.freq_hz,
            down.sf,
            down.bw_hz,
        )
        lost = self.loses(self.downs, "down") or not (opened and fits)
        self.frames.append(OnAir(began, "down", down.phy, down.freq_hz, down.sf, down.bw_hz, None, lost, down))
        if lost:
            return
        assert window
        self.t_ms += ceil(airtime_us(down.sf, down.bw_hz, len(down.phy), crc=False) / 1000)
        if not window["continuous"]:
            self._window = None
        self.call("heard", down.phy.hex(), -70, 8)
