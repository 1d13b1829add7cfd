"""A core with one gas whose whole state can be taken and put back: so every state it can be in is found, by all that can happen.

One thing that can happen ("move") is a reading, of some value and quality, then perhaps a press, then some time in which the
sensor says the same once a second.
"""

from array import array

from gas_bench import Reading

import quality
from tag.alarms.patterns import PATTERNS
from tag.core import Core
from tag.events import ALARM, ALARM_FAULT, ALARM_GAS_HIGH, ALARM_GAS_LOW, ALARM_WARNING, OFF, PRE
from tag.settings import DEFAULTS
from ticks import add, diff

START = (1 << 30) - 3000  # ticks just before they wrap
WATCHED = (ALARM_FAULT, ALARM_GAS_LOW, ALARM_GAS_HIGH, ALARM_WARNING)
TIMES_MS = (
    1000,
    2000,
    5000,
)  # all whole seconds, so that there are few states; 2 s is a delay, 5 s the silence after a press
UNUSABLE = (quality.WARMING, quality.UNDER, quality.OVER, quality.STALE, quality.FAILED, 99)


def copied(value):
    if isinstance(value, (bytearray, list)):
        return value[:]
    if isinstance(value, array):
        return array("i", value)
    return value


def plain(value):
    return isinstance(value, (int, bool, bytearray, array)) or (isinstance(value, list) and isinstance(value[0], int))


class System:
    """The core, one sensor, the clock."""

    def __init__(self, profile, gas):
        self.t_ms = START
        self.core = Core(DEFAULTS, START, profile)
        self.reading = Reading(gas)
        self.sense(0, quality.WARMING)
        self.channel = self.core.gases.channel(gas, 0)
        core = self.core
        self.parts = (
            self.channel,
            core.alarms,
            core.faults,
            core.gases,
            core.gases.shift,
            core.wearer.button,
            core.alarms,
        )
        self.names = [[name for name in part.__dict__ if plain(getattr(part, name))] for part in self.parts]
        self.said = []

    def take(self):
        """All that can change, as a list."""
        state = [self.t_ms, self.reading.value, self.reading.quality]
        for part, names in zip(self.parts, self.names):
            for name in names:
                state.append(copied(getattr(part, name)))
        return state

    def put(self, state):
        self.t_ms, self.reading.value, self.reading.quality = state[:3]
        i = 3
        for part, names in zip(self.parts, self.names):
            for name in names:
                setattr(part, name, copied(state[i]))
                i += 1

    def sense(self, value, q):
        self.reading.value = value
        self.reading.quality = q
        return self.core.gas([self.reading], self.t_ms)

    def wait(self, ms):
        found = []
        while ms > 0:
            part = min(ms, 1000)
            ms -= part
            self.t_ms = add(self.t_ms, part)
            found.extend(self.core.gas([self.reading], self.t_ms))
            found.extend(self.core.tick(self.t_ms))
        return found

    def move(self, value, q, press, ms):
        """What was said."""
        found = list(self.sense(value, q))
        if press:
            found.extend(self.core.button(1, self.t_ms))
            found.extend(self.core.button(0, self.t_ms))
        found.extend(self.core.tick(self.t_ms))
        found.extend(self.wait(ms))
        return found

    def states(self):
        return tuple([self.core.alarms.state(alarm) for alarm in WATCHED])

    def levels(self):
        return bytes([self.channel._kept[3 * i + 1] for i in range(len(self.channel))])

    def key(self):
        """What tells two states apart: times count by what is left of them."""
        channel = self.channel
        engine = self.core.alarms
        hush = max(0, diff(engine._until_ms[ALARM_GAS_HIGH], self.t_ms)) // 1000 if engine.state(3) == 3 else 0
        key = [channel.life, channel._doubt, hush, self.core.faults.mask & 255]
        kept = self.levels()
        for i in range(len(channel)):
            key.append(kept[i] | (min(3000, diff(self.t_ms, channel._note[i])) // 1000 << 4 if kept[i] == 1 else 0))
        for alarm in WATCHED:
            causes = engine._causes[alarm]
            key.append(engine.state(alarm) | (0x80 if causes else 0))
            assert causes < 1 << 10 and engine.state(alarm) != PRE
        return bytes(key)

    def sounds(self):
        shown = self.core.alarms.pattern(self.t_ms)
        return any([step[2] for step in PATTERNS[shown][0]])


def ended(found):
    """The alarms that went off."""
    return [event[2] for event in found if event[0] == ALARM and event[3] == OFF]


def moves(values, times_ms):
    for press in (0, 1):
        for ms in times_ms:
            for value in values:
                yield value, quality.OK, press, ms
            yield values[0], quality.CAL_DUE, press, ms
            for q in UNUSABLE:
                yield 0, q, press, ms


def closure(system, values, times_ms, check, most=2000):
    """Every state that can come, each move checked in each; {key: state}."""
    seen = {system.key(): system.take()}
    todo = list(seen)
    n = 0
    while todo:
        key = todo.pop()
        start = seen[key]
        for move in moves(values, times_ms):
            system.put(start)
            before = system.states()
            levels = system.levels()
            found = system.move(*move)
            n += 1
            check(system, before, levels, move, found)
            after = system.key()
            if after not in seen:
                seen[after] = system.take()
                todo.append(after)
                assert len(seen) < most, "no end"
    return seen, n
