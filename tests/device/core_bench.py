"""What the core tests share: a core with a clock that wraps, a wearer to move, and what was said."""

from array import array

from gas_bench import Reading

import quality
from tag.core import Core
from tag.events import ALARM
from tag.settings import DEFAULTS
from ticks import add

START = (1 << 30) - 3000  # ticks just before they wrap
RATE_HZ = 100


class Block:
    """0.25 s of rest, or of motion."""

    def __init__(self):
        self.rest = array("h", (0, 0, 1000) * 25)
        # steps at 2 Hz, each with its sway; and what an engine does to a seat
        self.walk = array("h", (900, 0, 1400) * 12 + (-900, 0, 600) * 13)
        self.engine = array("h", (600, 0, 1400, -600, 0, 600) * 12 + (0, 0, 1000))
        # a tag in free fall, and what ends it
        self.free = array("h", (0, 40, 20) * 25)
        self.hit = array("h", (0, 40, 20) * 5 + (3000, 2000, 14000) * 3 + (0, 0, 1000) * 17)
        self.mg = self.rest
        self.n = 25
        self.odr_hz = RATE_HZ
        self.quality = quality.OK


class Wearer:
    """A core fed every 250 ms with motion, gas and time."""

    def __init__(self, start=START, gases=(), **settings):
        chosen = dict(DEFAULTS)
        chosen.update(settings)
        self.t_ms = start
        self.core = Core(chosen, start)
        self.block = Block()
        self.gases = [Reading(gas, value) for gas, value in gases]
        self.said = []

    def live(self, seconds, moving=True, motion=True):
        """Let time pass; what was said, also kept in `said`."""
        found = []
        core = self.core
        self.block.mg = self.block.walk if moving else self.block.rest
        for _ in range(int(seconds * 4)):
            self.t_ms = add(self.t_ms, 250)
            if motion:
                found.extend(core.motion(self.block, self.t_ms))
            if self.gases:
                found.extend(core.gas(self.gases, self.t_ms))
            found.extend(core.tick(self.t_ms))
        self.said.extend(found)
        return found

    def feel(self, *parts):
        """A quarter of a second each of what Block has; what was said."""
        found = []
        for mg in parts:
            self.t_ms = add(self.t_ms, 250)
            self.block.mg = mg
            found.extend(self.core.motion(self.block, self.t_ms))
            found.extend(self.core.tick(self.t_ms))
        self.said.extend(found)
        return found

    def press(self, ms=200):
        """Press the button for so long, lying or walking as before; what was said."""
        found = list(self.core.button(1, self.t_ms))
        while ms > 0:
            step = min(ms, 250)
            self.t_ms = add(self.t_ms, step)
            ms -= step
            found.extend(self.core.motion(self.block, self.t_ms))
            found.extend(self.core.tick(self.t_ms))
        found.extend(self.core.button(0, self.t_ms))
        self.said.extend(found)
        return found

    def order(self, *message):
        found = self.core.downlink(message, self.t_ms)
        self.said.extend(found)
        return found

    def gas(self, value, q=quality.OK, index=0):
        """What the sensor says from now on."""
        self.gases[index].value = value
        self.gases[index].quality = q

    def shows(self):
        return self.core.alarms.pattern(self.t_ms)


def alarms(found):
    """[(alarm, state)] among events."""
    return [(event[2], event[3]) for event in found if event[0] == ALARM]


def of(kind, found):
    """Events of a kind, without kind and time."""
    return [tuple(event[2:]) for event in found if event[0] == kind]
