"""A LoRaWAN gateway with its network server on the virtual air, for whole tags.

It hears uplinks on every channel of a region, hands them to the test network (davy/lorawan/network.py), and sends what that answers
at its time: inverted IQ, no CRC. One transmitter: while it sends it hears nothing, and a downlink for which it is not free is
dropped and counted, as by a real gateway. All times are the bench's.

    station = LoRaStation(world.ether, "EU868", seed=1)
    peer = station.add(dev_eui, join_eui, app_key)
    station.on_uplink = lambda peer, data: print(data.fcnt, data.port, data.payload)
    station.send(peer, 1, b"...")      after its next uplink
    station.push(peer, 1, b"...")      class C: as soon as it listens and the transmitter is free
    station.deaf = True                the gateway is away: what is heard is lost, and so are downlinks that are due now

An answer that the application gives in `on_uplink` waits for the next uplink: the frame for this one's windows is made already.
"""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from davy.errors import DavyError
from davy.lorawan.network import Downlink, Network
from davy.lorawan.peer import Peer
from davy.lorawan.wire import Data
from davy.vtag.ether import Ether, Reception, Transmission
from davy.vtag.loratime import Modulation

LEAD_US = 50_000  # a frame is given to the radio so long before it must be on the air
_SECOND_US = 1_000_000
_LISTENS_US = 2 * _SECOND_US  # after the second window has opened, a class C device is done with it
_STEP_HZ = 100  # channels are multiples of it; a radio's synthesiser is off by less than half
_GPS_BEGAN = datetime(1980, 1, 6, tzinfo=UTC)
_LEAP_S = 18  # GPS time is ahead of UTC since 2017
BEGAN = datetime(2026, 2, 1, 6, tzinfo=UTC)


def gps_us(when: datetime) -> int:
    """GPS time in microseconds; right for times since 2017."""
    return round(((when - _GPS_BEGAN).total_seconds() + _LEAP_S) * _SECOND_US)


@dataclass(frozen=True)
class Aired:
    """An uplink that was on the air, heard or not; what an accountant of airtime asks for."""

    sender: str
    freq_hz: int
    sf: int
    start_us: int
    air_us: int
    heard: bool

    @property
    def end_us(self) -> int:
        """When its sender was silent again."""
        return self.start_us + self.air_us


class LoRaStation:
    """One gateway. `began`: UTC at the bench's time 0, told to devices that ask. `network` is there for what is not repeated here:
    MAC commands (`network.request`), what it refused, in which window a peer is answered (`peer.window`)."""

    def __init__(
        self,
        ether: Ether,
        region: str = "EU868",
        seed: int = 1,
        *,
        began: datetime = BEGAN,
        name: str = "gateway",
        power_dbm: float = 14.0,
    ) -> None:
        self.network = Network(region, seed, gps_us=gps_us(began))
        self.on_uplink: Callable[[Peer, Data], None] = lambda peer, data: None
        self.deaf = False
        self.missed: Counter[str] = Counter()  # frames in either direction that came to nothing here, by reason
        self._ether = ether
        self._name = name
        self._power_dbm = power_dbm
        self._heard: set[int] = set()  # places in the ether's log
        self._planned: list[tuple[int, int]] = []  # start and end of what was, is and will be sent, in order
        self._windows_us: dict[bytes, int] = {}  # DevEUI -> until when its windows may be open
        ether.listen(self._hear, name)

    # -- for the application

    def add(self, dev_eui: bytes, join_eui: bytes, app_key: bytes) -> Peer:
        """Know a device that joins over the air."""
        return self.network.add(dev_eui, join_eui, app_key)

    def send(self, peer: Peer, port: int, payload: bytes, confirmed: bool = False) -> None:
        """Class A: after its next uplink."""
        self.network.queue(peer, port, payload, confirmed)

    def push(self, peer: Peer, port: int, payload: bytes, confirmed: bool = False) -> None:
        """Class C: in order behind what waits already. What cannot be sent (deaf, not joined) goes after the next uplink."""
        if self._ether.at is None:
            raise DavyError("the air is on no bench yet: nobody keeps its time")
        self.send(peer, port, payload, confirmed)
        self._ether.call_at(0, lambda t_us: self._push(peer, t_us))

    def aired(self, sender: str | None = None) -> list[Aired]:
        """Every uplink that was on the air so far, in order; of one device by its name on the ether, or of all."""
        return [
            Aired(
                sent.sender,
                channel_hz(sent.freq_hz),
                sent.modulation.sf,
                sent.start_us,
                sent.end_us - sent.start_us,
                number in self._heard,
            )
            for number, sent in enumerate(self._ether.log)
            if not sent.inverted and sender in (None, sent.sender)
        ]

    # -- up

    def _hear(self, got: Reception) -> None:
        sent = got.sent
        hz = channel_hz(sent.freq_hz)
        if self.deaf:
            self.missed["deaf"] += 1
        elif not got.crc:
            self.missed["no CRC"] += 1
        elif hz not in self._channels():
            self.missed["no channel"] += 1
        else:
            self._heard.add(self._place(sent))
            self._uplink(got, hz)

    def _uplink(self, got: Reception, hz: int) -> None:
        how, end_us = got.sent.modulation, got.sent.end_us
        known = {eui: len(peer.uplinks) for eui, peer in self.network.peers.items()}
        downs = self.network.uplink(
            got.payload, hz, how.sf, how.bw_hz, end_us, round(got.rssi_dbm), max(-20, min(20, round(got.snr_db)))
        )
        for down in downs:
            self._plan(down)
        for eui, peer in self.network.peers.items():
            if peer.last_phy == got.payload:
                self._windows_us[eui] = end_us + (peer.delay_s + 1) * _SECOND_US + _LISTENS_US
            for data in peer.uplinks[known[eui] :]:
                if data.port > 0:
                    self.on_uplink(peer, data)

    def _channels(self) -> set[int]:
        plan = self.network.plan
        found = {*plan.channels.values(), *plan.extra}
        for peer in self.network.peers.values():
            found.update(peer.channels.values())
        return found

    def _place(self, sent: Transmission) -> int:
        """Where in the ether's log a frame is: among the last ones, as it has just ended."""
        log = self._ether.log
        return next(number for number in range(len(log) - 1, -1, -1) if log[number] is sent)

    # -- down

    def _plan(self, down: Downlink) -> None:
        """Send it at its time, if the transmitter is free then."""
        sent = self._transmission(down)
        if any(start < sent.end_us and sent.start_us < end for start, end in self._planned):
            self.missed["transmitter busy"] += 1
            return
        self._planned = [one for one in self._planned if one[1] > sent.start_us - 30 * _SECOND_US]
        self._planned.append((sent.start_us, sent.end_us))
        self._ether.call_at(sent.start_us - LEAD_US, lambda t_us: self._transmit(sent))

    def _transmit(self, sent: Transmission) -> None:
        if self.deaf:
            self.missed["deaf"] += 1
        else:
            self._ether.send(sent)

    def _push(self, peer: Peer, t_us: int) -> None:
        """Now, or when the transmitter is free and the device has closed its windows. Only then is the frame made, so that counters
        rise in the order of the air."""
        free_us = max([self._windows_us.get(peer.dev_eui, 0), *(end for _, end in self._planned)])
        if free_us > t_us + LEAD_US:
            self._ether.call_at(free_us - LEAD_US, lambda at_us: self._push(peer, at_us))
        elif not self.deaf:
            for down in self.network.push(peer, t_us + LEAD_US):
                self._plan(down)

    def _transmission(self, down: Downlink) -> Transmission:
        return Transmission(
            self._name,
            down.phy,
            down.freq_hz,
            Modulation(down.sf, down.bw_hz),
            down.t_us,
            inverted=True,
            power_dbm=self._power_dbm,
            crc=False,
        )


def channel_hz(freq_hz: float) -> int:
    """The channel that a radio's synthesiser means."""
    return round(freq_hz / _STEP_HZ) * _STEP_HZ
