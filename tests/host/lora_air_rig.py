"""A LoRaWAN device without a tag around it: the shipped MAC on CPython, a modem on the virtual air, a bench's calendar."""

from math import ceil
from typing import Any

from davy.vtag.bench import Bench
from davy.vtag.chips.lora_modem import LoraModem
from davy.vtag.ether import PUBLIC, Ear, Ether, Transmission
from davy.vtag.loratime import Modulation
from lorawan.mac import KEEP, LISTEN, NONE, NOTHING, SEND, STOP, Mac
from lorawan.regions.names import find
from lorawan.session import Otaa

EUI, JOIN, KEY = bytes(range(1, 9)), bytes(range(9, 17)), bytes(range(16))
S = 1_000_000
_TICKS = (1 << 30) - 1


class Endpoint:
    """One device; `downs`, `outcomes` and `times` are what its application was told."""

    def __init__(
        self,
        bench: Bench,
        ether: Ether,
        region: str = "EU868",
        *,
        name: str = "tag",
        who: Otaa | None = None,
        tick0: int = (1 << 30) - 20_000,
        seed: int = 7,
        **settings: Any,
    ) -> None:
        ether.at = bench.at
        ether.radios.append(self)
        self.bench, self.ether, self.name = bench, ether, name
        self.modem = LoraModem(ether, name)
        self._tick0 = tick0
        self.mac = Mac(find(region), who or Otaa(EUI, JOIN, KEY), self.tick(bench.now_us), seed, **settings)
        self.downs: list[tuple[int, bytes]] = []
        self.outcomes: list[int] = []
        self.times: list[tuple[int, int, int]] = []  # GPS seconds, 1/256, world time in microseconds that it belongs to
        self._close_us: int | None = None
        self._wake_us: int | None = None
        self._wake(bench.now_us)

    def tick(self, t_us: int) -> int:
        """The device's tick at a world time."""
        return (self._tick0 + t_us // 1000) & _TICKS

    def send(self, port: int, payload: bytes, *, confirmed: bool = False, urgent: bool = False) -> bool:
        """An uplink, if the MAC takes it."""
        now_us = self.bench.now_us
        taken = self.mac.send(port, payload, len(payload), confirmed, urgent, self.tick(now_us))
        self.settle(now_us)
        return taken

    def exchange(self, port: int, payload: bytes, **more: Any) -> int:
        """An uplink as soon as it may go, until its outcome is there."""
        for _ in range(1000):
            if self.send(port, payload, **more):
                break
            self.bench.run_for(S)
        before = len(self.outcomes)
        self.bench.run_for(600 * S, until=lambda: len(self.outcomes) > before)
        return self.outcomes[-1]

    def join(self) -> None:
        """Until there is a session."""
        self.bench.run_for(7200 * S, until=lambda: self.mac.joined)
        assert self.mac.joined

    def settle(self, t_us: int) -> None:
        """World time has come so far: the radio's news to the MAC, its orders to the radio."""
        mac = self.mac
        for at_us, what, got in self.modem.advance(t_us):
            if what == "sent":
                mac.sent(self.tick(at_us))
            elif what == "timeout":
                mac.silent(self.tick(at_us))
            elif what == "frame" and got and got.crc is not False:
                mac.heard(
                    got.payload, len(got.payload), round(got.rssi_dbm), min(20, round(got.snr_db)), self.tick(at_us)
                )
        while (order := mac.step(self.tick(t_us))) != NOTHING:
            self._do(order, t_us)
        self._tell(t_us)
        self._wake(max(t_us + 1000, self._world_us(mac.due_ms, t_us)))

    def _do(self, order: int, t_us: int) -> None:
        mac = self.mac
        if order == KEEP:
            mac.was_kept(True, self.tick(t_us))
            return
        if order == STOP:
            self.modem.stop(t_us)
            return
        how = Modulation(mac.sf, mac.bw_hz)
        if order == SEND:
            frame = bytes(mac.frame[: mac.length])
            self.modem.send(
                Transmission(self.name, frame, mac.freq_hz, how, t_us, sync=PUBLIC, power_dbm=mac.power_dbm), t_us
            )
        elif order == LISTEN:
            ear = Ear(mac.freq_hz, how)
            if mac.continuous:
                self.modem.listen(ear, t_us, single=False)
                return
            open_us = max(t_us, self._world_us(mac.open_ms, t_us))
            span_us = self._world_us(mac.close_ms, t_us) - open_us
            ends = self.modem.listen(ear, open_us, single=True, symbols=ceil(span_us / how.symbol_us))
            self.bench.at(ends[0], self.settle)

    def _tell(self, t_us: int) -> None:
        mac, commands = self.mac, self.mac.stack.commands
        outcome = mac.take_outcome()
        if outcome != NONE:
            self.outcomes.append(outcome)
        if mac.down_port >= 0:
            self.downs.append((mac.down_port, bytes(mac.payload[: mac.down_length])))
            mac.taken()
        if commands.time_answered:
            commands.time_answered = False
            self.times.append((commands.gps_s, commands.gps_256, self._world_us(mac.gps_ms, t_us)))

    def _world_us(self, tick: int, near_us: int) -> int:
        ahead = (tick - self.tick(near_us)) & _TICKS
        return (near_us // 1000 + (ahead if ahead <= _TICKS // 2 else ahead - _TICKS - 1)) * 1000

    def _wake(self, t_us: int) -> None:
        if self._wake_us is None or t_us < self._wake_us:
            self._wake_us = t_us
            self.bench.at(t_us, self._woken)

    def _woken(self, t_us: int) -> None:
        if self._wake_us is not None and t_us >= self._wake_us:
            self._wake_us = None
            self.settle(t_us)
