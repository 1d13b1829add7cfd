"""All gases of the tag: which readings are worth a record, which causes came or went, are the sensors to be believed.

A reading is recorded every `reading_s`, in clean air a minute of them in one record (runs.py), and at once when its quality
changes or an alarm's cause comes or goes. A gas that was heard once and then falls silent for 10 s is STALE: a task that
hangs must not look like clean air. A level that is reached or left is told after the alarm that follows from it. What was
breathed, minute by minute: shift.py.
"""

import quality
from micropython import const
from tag.events import ALARM_GAS_HIGH, ALARM_GAS_LOW, ALARM_WARNING, CH4, CODE_RANGE, GASES, LEVEL, O2, READING
from tag.gas import runs, table
from tag.gas.channel import MEASURED, NEW, Channel
from tag.gas.exposure import Exposure
from tag.gas.groups import mix, mixed
from tag.gas.limits import Profile
from tag.gas.shift import Shift
from tag.gas.timesteps import TimeSteps
from ticks import add, diff

SILENT_MS = const(10000)
_RUN_S = const(60)
_ALARMS = (ALARM_GAS_LOW, ALARM_GAS_HIGH, ALARM_WARNING)


class GasWatch:
    """Calls `say(event)` for records; `alarms.raised` and `.cleared(alarm, gas, value, t_ms)` when a cause comes or goes."""

    def __init__(self, settings, say, alarms, t_ms: int, profile=None) -> None:
        self._period_s = settings["reading_s"]
        self._say = say
        self._alarms = alarms
        self._profile = profile or Profile()
        self._doubt = 0
        self._channels = []
        self._by_gas = {}
        self._strange = 0
        self._mixed = mixed(self._profile.rows)  # any that is judged at every reading
        self.shift = Shift(self._channels, settings, say, t_ms)

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
            if channel.life and (channel.quality == quality.WARMING or channel.fault):
                ready = False
        return ready

    def now(self) -> list:
        """[gas, quality, value] of every gas that was heard, for people who look."""
        return [[channel.gas, channel.quality, channel.value] for channel in self._channels if channel.life]

    # -- what comes in -----------------------------------------------------------------------------------------------

    def take(self, readings, t_ms: int) -> None:
        """A round of readings."""
        self.clock(t_ms)
        for i in range(len(readings)):
            self.update(readings[i], t_ms)
        if self._mixed:
            self._mix(True, t_ms)

    def update(self, reading, t_ms: int) -> None:
        """Take one reading: an object with `.gas .value .quality`, and perhaps `.t90_s`."""
        gas = reading.gas
        if gas not in GASES:
            self._strange = CODE_RANGE
            return
        channel = self.channel(gas, t_ms)
        if channel.life < NEW:
            channel.begin(getattr(reading, "t90_s", 0), t_ms)
        self._take(channel, reading.value, reading.quality, t_ms)

    def tick(self, t_ms: int) -> None:
        """Let time pass: silent gases, minutes."""
        self.clock(t_ms)
        for i in range(len(self._channels)):
            self._listen(self._channels[i], t_ms)

    def _listen(self, channel, t_ms: int) -> None:
        if channel.life and diff(t_ms, channel.t_ms) >= SILENT_MS:
            self._take(channel, 0, quality.STALE, t_ms)

    def clock(self, t_ms: int) -> None:
        """End the minutes that are over; call it before the readings of a round."""
        minutes = self.shift.over(t_ms)
        if minutes:
            for i in range(len(self._channels)):
                if self._channels[i].exposure:
                    self._minute(self._channels[i], minutes, t_ms)
            self._mix(False, t_ms)
            if self.shift.tell(t_ms):
                self.end_shift(t_ms, False)

    def _minute(self, channel, minutes: int, t_ms: int) -> None:
        before = channel.causes
        channel.minute(t_ms)
        self._tell(channel, before, t_ms)
        channel.exposure.skip(minutes - 1)

    def end_shift(self, t_ms: int, ordered=True) -> None:
        """The wearer's shift is over: by order, or only because it has lasted so long."""
        self.shift.close(ordered, t_ms)
        for channel in self._channels:
            before = channel.causes
            channel.end_shift()
            channel.conclude()
            self._tell(channel, before, t_ms)

    def press(self, alarms: int, t_ms: int) -> None:
        """The wearer pressed, meaning these alarms (bits): what only the latch holds is released."""
        for state in (table.PENDING, table.HELD):
            for channel in self._channels:
                before = channel.causes
                channel.press(alarms, state, t_ms)
                channel.conclude()
                self._tell(channel, before, t_ms)

    # -- what is known beside readings ---------------------------------------------------------------------------------

    def channel(self, gas: int, t_ms: int):
        """The channel of a gas, made where there is none; None for a gas that is none."""
        return self._by_gas.get(gas) or self._made(gas, t_ms)

    def _made(self, gas: int, t_ms: int):
        if gas not in GASES:
            return None
        rows = self._profile.rows
        exposure = Exposure() if (gas != CH4 and gas != O2) or table.needs_minutes(rows, gas) else None
        starts = table.steps(rows, gas)
        channel = Channel(gas, t_ms, rows, exposure, TimeSteps(rows, starts) if starts else None)
        channel.run = runs.new(self._period_s, max(1, _RUN_S // self._period_s))
        self._by_gas[gas] = channel
        self._channels.append(channel)
        for alarm in _ALARMS:
            if self._doubt >> alarm & 1:
                self._suspect(channel, alarm)
        return channel

    def restore(self, alarm: int, gas: int, t_ms: int) -> None:
        """At boot: this gas was a cause of that alarm, the last of perhaps several.

        So every gas is suspected of it until it has shown a usable reading: which others there were, nobody knows.
        """
        self._doubt |= 1 << alarm
        for channel in self._channels:
            self._suspect(channel, alarm)
        channel = self.channel(gas, t_ms)
        if channel:
            channel.expect(t_ms)

    def load(self, buf, gap_min: int, t_ms: int) -> bool:
        """At boot: what was breathed before the reset; it is judged at once."""
        whole = self.shift.load(buf, gap_min, lambda gas: self.channel(gas, t_ms), t_ms)
        for channel in self._channels:
            if channel.exposure:
                before = channel.causes
                channel.weigh(t_ms)
                channel.conclude()
                if channel.causes or channel.exposure.peak:
                    channel.expect(t_ms)
                self._tell(channel, before, t_ms)
        self._mix(False, t_ms)
        return whole

    def correct(self, gas: int, zero: int, gain_q12: int) -> bool:
        """The sensor's zero, counts, and gain, 1024..16384: a quarter to four times."""
        if not (-32768 <= zero <= 32767 and 1024 <= gain_q12 <= 16384):
            return False
        channel = self.channel(gas, 0)
        if channel:
            channel.zero = zero
            channel.gain_q12 = gain_q12
        return channel is not None

    def owe(self, gas: int, due: int, t_ms: int) -> None:
        """A calibration or bump test of this gas is due, see `owes`; 0: none. It shows from the next reading on."""
        channel = self.channel(gas, t_ms)
        if channel:
            channel.due = due

    def owes(self, due: int) -> bool:
        """Whether a gas has this due: 1 a calibration or bump test, 2 one without which nobody works."""
        for channel in self._channels:
            if channel.due == due:
                return True
        return False

    # -- inside --------------------------------------------------------------------------------------------------------

    def _suspect(self, channel, alarm: int) -> None:
        if channel.life != MEASURED:
            if self._alarms.suspected(alarm, channel.gas):
                channel.restore(alarm)
            else:
                self._doubt &= ~(1 << alarm)

    def _take(self, channel, value: int, q: int, t_ms: int) -> None:
        before = channel.causes << 3 | channel.quality
        channel.update(value, q, t_ms)
        if channel.moved or channel.quality != before & 7:
            self._record_now(channel, t_ms)
            self._tell(channel, before >> 3, t_ms)
        elif diff(t_ms, channel.due_ms) >= 0:
            self._record(channel, t_ms)

    def _record_now(self, channel, t_ms: int) -> None:
        self._end_run(channel)
        channel.due_ms = add(t_ms, self._period_s * 1000)
        self._say((READING, t_ms, channel.gas, channel.quality, channel.value))

    def _record(self, channel, t_ms: int) -> None:
        # The next is due on the same beat, so that what is late does not add up.
        period_ms = self._period_s * 1000
        if diff(t_ms, channel.due_ms) >= period_ms:
            channel.due_ms = t_ms
        channel.due_ms = add(channel.due_ms, period_ms)
        if not runs.add(channel.run, channel.value, channel.quality, t_ms):
            self._end_run(channel)
            runs.add(channel.run, channel.value, channel.quality, t_ms)
        if runs.full(channel.run) or (quality.usable(channel.quality) and not channel.calm()):
            self._end_run(channel)

    def _end_run(self, channel) -> None:
        if channel.run[0]:
            self._say(runs.take(channel.run, channel.gas))

    def stop(self) -> None:
        """The tag stops: tell the readings that wait."""
        for channel in self._channels:
            self._end_run(channel)

    def _mix(self, now, t_ms: int) -> None:
        for i in range(len(self._channels)):
            self._mix_one(self._channels[i], now, t_ms)

    def _mix_one(self, channel, now, t_ms: int) -> None:
        before = channel.causes
        mix(self._channels, channel, now)
        channel.conclude()
        self._tell(channel, before, t_ms)

    def _tell(self, channel, before: int, t_ms: int) -> None:
        if channel.moved:
            channel.moved = False
            self._alarm(channel, before & ~channel.causes, t_ms)
            self._levels(channel, t_ms)

    def _levels(self, channel, t_ms: int) -> None:
        for i in range(len(channel)):
            present = channel.news(i)
            if present >= 0:
                channel.told(i)
                self._say_level(channel, i, present, t_ms)

    def _alarm(self, channel, gone: int, t_ms: int) -> None:
        """Each level that was reached is told anew: whoever was calm about another is not about this one."""
        for alarm in _ALARMS:
            for i in range(len(channel)):
                if channel.news(i) > 0 and channel.alarm(i) == alarm:
                    self._alarms.raised(alarm, channel.gas, channel.amount(i), t_ms)
            if gone >> alarm & 1:
                self._alarms.cleared(alarm, channel.gas, channel.value, t_ms)

    def _say_level(self, channel, i: int, present: int, t_ms: int) -> None:
        kind = channel.get(i, table.KIND)
        told = channel.get(i, table.INSTRUCTION)
        self._say((LEVEL, t_ms, channel.gas, kind, present, channel.amount(i), self._profile.ident, told))
