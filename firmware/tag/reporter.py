"""The reporting task: heartbeats, what the outbox has to do now and then, records to the gateway by Wi-Fi, orders from it."""

import ticks
from micropython import const
from tag.hal import system

_TIME_MS = const(10000)


class Reporter:
    """`wifi` is tag/frame_link.py's, `clock` tag/clock.py's, `ntp` asks a time server or is None. `step` does a round and returns
    the orders that have come."""

    def __init__(self, core, memory, wifi, clock, ntp, t_ms: int) -> None:
        self._core = core
        self._memory = memory
        self._wifi = wifi
        self._clock = clock
        self._ntp = ntp
        self._start_ms = t_ms
        self.uptime_s = 0
        self._time_ms = t_ms
        self.battery_mv = -1

    def step(self, t_ms: int):
        """One round; the time between two is at most a few seconds."""
        self._count(t_ms)
        now_s = 0
        if ticks.diff(t_ms, self._time_ms) >= 0:
            self._time_ms = ticks.add(t_ms, _TIME_MS)
            now_s = self._clock.now_s(t_ms)
        self._memory.tick(t_ms, now_s)
        if self._core.heartbeat_due(t_ms):
            pending = self._memory.outbox.pending()
            beat = self._core.heartbeat(self.uptime_s, self.battery_mv, system.free_bytes(), pending, t_ms)
            self._memory.keep(beat)
        orders = self._wifi.step(t_ms)
        if self._ntp:
            self._ask(t_ms)
        return orders

    @property
    def fault(self) -> int:
        """What keeps the link down until somebody mends it: a CODE_, 0 for nothing."""
        return self._wifi.carrier.fault

    def alone(self, t_ms: int) -> bool:
        """Whether nobody at the other end of Wi-Fi has confirmed anything lately."""
        return not self._wifi.alive(t_ms)

    def close(self, t_ms: int) -> None:
        """The tag goes to service."""
        self._wifi.carrier.close(t_ms)

    def _count(self, t_ms: int) -> None:
        """Uptime goes on where ticks wrap."""
        passed_s = ticks.diff(t_ms, self._start_ms) // 1000
        if passed_s > 0:
            self._start_ms = ticks.add(self._start_ms, passed_s * 1000)
            self.uptime_s += passed_s

    def _ask(self, t_ms: int) -> None:
        found = self._ntp.step(self._wifi.carrier.wifi.up, t_ms)
        if found:
            event = self._clock.asked(found[0], found[1], t_ms)
            if event:
                self._memory.keep(event)
