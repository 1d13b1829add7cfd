"""All gases of the tag: which readings are worth a record, which causes came or went, are the sensors to be believed.

A reading is recorded every `reading_s`, and at once when its quality changes or an alarm's cause comes or goes. A gas
that was heard once and then falls silent for 10 s is STALE: a task that hangs must not look like clean air.
"""

import quality
from micropython import const
from tag.events import ALARM_GAS_HIGH, ALARM_GAS_LOW, CODE_RANGE, GASES, READING
from tag.gas.levels import Channel
from ticks import add, diff

SILENT_MS = const(10000)


class GasWatch:
    """Calls `say(event)` for records; `alarms.raised` and `.cleared(alarm, gas, value, t_ms)` when a cause comes or goes."""

    def __init__(self, reading_s: int, say, alarms) -> None:
        self._period_ms = reading_s * 1000
        self._say = say
        self._alarms = alarms
        self._doubt = 0
        self._channels = []
        self._by_gas = {}
        self._strange = 0

    @property
    def fault(self) -> int:
        """Code of the first fault among the gases, 0: none."""
        for channel in self._channels:
            if channel.fault:
                return channel.fault
        return self._strange

    @property
    def ready(self) -> bool:
        """Whether every gas heard so far has a reading: none is warming up or broken."""
        ready = True
        for channel in self._channels:
            if channel.quality == quality.WARMING or channel.fault:
                ready = False
        return ready

    def update(self, reading, t_ms: int) -> None:
        """Take one reading: an object with `.gas .value .quality`."""
        gas = reading.gas
        if gas not in GASES:
            self._strange = CODE_RANGE
            return
        self._take(self._channel(gas, t_ms), reading.value, reading.quality, t_ms)

    def tick(self, t_ms: int) -> None:
        """Notice the gases that have fallen silent."""
        for channel in self._channels:
            self._listen(channel, t_ms)

    def _listen(self, channel, t_ms: int) -> None:
        if diff(t_ms, channel.t_ms) >= SILENT_MS:
            self._take(channel, 0, quality.STALE, t_ms)

    def restore(self, alarm: int, gas: int, t_ms: int) -> None:
        """At boot: this gas was a cause of that alarm, the last of perhaps several.

        So every gas is suspected of it until it has shown a usable reading: which others there were, nobody knows.
        """
        self._doubt |= 1 << alarm
        if gas in GASES:
            self._channel(gas, t_ms)

    def _channel(self, gas: int, t_ms: int):
        if gas not in self._by_gas:
            channel = Channel(gas, t_ms)
            self._by_gas[gas] = channel
            self._channels.append(channel)
        return self._suspect(self._by_gas[gas])

    def _suspect(self, channel):
        if self._doubt and not channel.seen:
            for alarm in (ALARM_GAS_LOW, ALARM_GAS_HIGH):
                if self._doubt & 1 << alarm:
                    if self._alarms.suspected(alarm, channel.gas):
                        channel.restore(alarm)
                    else:
                        self._doubt ^= 1 << alarm
        return channel

    def _take(self, channel, value: int, q: int, t_ms: int) -> None:
        before = channel.quality
        causes = channel.causes
        channel.update(value, q, t_ms)
        if channel.quality != before or channel.causes != causes or diff(t_ms, channel.due_ms) >= 0:
            channel.due_ms = add(t_ms, self._period_ms)
            self._say((READING, t_ms, channel.gas, channel.quality, channel.value))
        if channel.causes != causes:
            for alarm in (ALARM_GAS_LOW, ALARM_GAS_HIGH):
                bit = 1 << alarm
                if (channel.causes ^ causes) & bit:
                    change = self._alarms.raised if channel.causes & bit else self._alarms.cleared
                    change(alarm, channel.gas, channel.value, t_ms)
