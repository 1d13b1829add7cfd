"""What the test network knows of a device: keys, counters, how it listens, what waits to be said to it and what it has
answered."""

from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from davy.lorawan.plans import Plan

if TYPE_CHECKING:
    from davy.lorawan.network import Network
    from davy.lorawan.wire import Data, Keys

# CID -> bytes that follow it, from a device (TS001-1.0.4 section 5)
ANSWERS = {0x02: 0, 0x03: 1, 0x04: 0, 0x05: 1, 0x06: 2, 0x07: 1, 0x08: 0, 0x09: 0, 0x0A: 1, 0x0D: 0}
# ... and to one
REQUESTS = {0x02: 2, 0x03: 4, 0x04: 1, 0x05: 4, 0x06: 0, 0x07: 5, 0x08: 1, 0x09: 1, 0x0A: 4, 0x0D: 5}


@dataclass(frozen=True)
class Queued:
    """A payload for the device."""

    port: int
    payload: bytes
    confirmed: bool


@dataclass
class Peer:
    """One device."""

    dev_eui: bytes
    join_eui: bytes
    app_key: bytes
    plan: Plan
    window: int = 1  # in which it is answered
    keys: "Keys | None" = None
    dev_nonce: int = -1
    join_nonce: int = 0
    last_up: int = -1
    last_down: int = -1
    last_phy: bytes = b""
    awaits_ack: bool = False
    acknowledged: int = 0
    queue: deque[Queued] = field(default_factory=deque)
    requests: list[bytes] = field(default_factory=list)
    uplinks: "list[Data]" = field(default_factory=list)
    answers: list[tuple[int, bytes]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.rx2_hz, self.rx2_dr = self.plan.rx2
        self.delay_s = 1
        self.offset = 0
        self.dwell = False
        self.channels = dict(self.plan.channels)
        self.moved: dict[int, int] = {}  # uplink Hz -> Hz of the first window
        self._asked: list[bytes] = []  # requests on their way, oldest first

    def begin(self, keys: "Keys", network: "Network") -> None:
        """A new session."""
        self.__post_init__()
        self.keys = keys
        self.last_up = self.last_down = -1
        self.awaits_ack = False
        self.requests.clear()
        self.delay_s = network.rx1_delay_s
        self.offset = network.rx1_offset
        if network.rx2_dr is not None:
            self.rx2_dr = network.rx2_dr
        if len(network.cflist) == 16 and network.cflist[15] == 0:
            first = len(self.channels)
            for i in range(5):
                hz = int.from_bytes(network.cflist[3 * i : 3 * i + 3], "little") * 100
                if hz:
                    self.channels[first + i] = hz

    def rx1_dr(self, dr: int) -> int:
        """Data rate of its first window after an uplink at `dr`."""
        return self.plan.rx1_dr(dr, self.offset, self.dwell)

    def rx1_hz(self, up_hz: int) -> int:
        """Frequency of its first window."""
        return self.moved.get(up_hz) or self.plan.rx1_hz(up_hz)

    def asked(self, commands: bytes) -> None:
        """These were sent to it: what they change counts from when it has answered."""
        self._asked = []
        at = 0
        while at < len(commands) and commands[at] in REQUESTS:
            length = 1 + REQUESTS[commands[at]]
            self._asked.append(commands[at : at + length])
            at += length

    def answered(self, cid: int, body: bytes) -> None:
        """It has answered a request."""
        self.answers.append((cid, body))
        request = next((one for one in self._asked if one[0] == cid), None)
        if request is None:
            return  # a repetition
        self._asked.remove(request)
        hz = int.from_bytes(request[2:5], "little") * 100
        if cid == 0x05 and body == b"\x07":
            self.offset, self.rx2_dr, self.rx2_hz = request[1] >> 4 & 7, request[1] & 15, hz
        elif cid == 0x07 and body == b"\x03":
            self.channels[request[1]] = hz
            self.moved.pop(hz, None)
        elif cid == 0x08:
            self.delay_s = max(1, request[1] & 15)
        elif cid == 0x09:
            self.dwell = bool(request[1] & 0x20)
        elif cid == 0x0A and body == b"\x03":
            self.moved[self.channels[request[1]]] = hz
