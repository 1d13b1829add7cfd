"""A random life: readings, qualities, presses, orders, faults and resets in any order, and what must hold after each."""

import struct

from core_bench import Block, Reading

import quality
from tag.alarms import patterns
from tag.core import Core
from tag.events import (
    ALARM,
    ALARM_COUNT,
    ALARM_EVACUATION,
    ALARM_FAULT,
    ALARM_GAS_HIGH,
    ALARM_GAS_LOW,
    ALARM_SOS,
    CH4,
    FAULT_COUNT,
    MSG_ALL_CLEAR,
    MSG_DRILL_START,
    MSG_DRILL_STOP,
    MSG_EVACUATE,
    MSG_HELP,
    MSG_TEXT,
    O2,
    OFF,
    ON,
    SCHEMA,
)
from tag.settings import DEFAULTS
from ticks import add, diff

HUSH_MS = 5000
# (gas, 1 rising or -1 falling, level, clear level, alarm): the readings' levels of the built-in profile
LEVELS = (
    (CH4, 1, 50, 40, ALARM_GAS_LOW),
    (CH4, 1, 100, 50, ALARM_GAS_HIGH),
    (O2, -1, 1950, 1970, ALARM_GAS_LOW),
    (O2, 1, 2350, 2330, ALARM_GAS_HIGH),
)


class Life:
    """A core, the world it sees, and the journal's view of its alarms."""

    def __init__(self, seed):
        self.seed = seed
        self.t_ms = (1 << 30) - 200000
        self.settings = dict(DEFAULTS)
        self.settings["still_s"] = 20
        self.core = Core(self.settings, self.t_ms)
        self.gases = [Reading(CH4, 0), Reading(O2, 2090)]
        self.block = Block()
        self.states = {}  # alarm -> (state, cause, value), as the journal has them
        self.down = 0
        self.hushed_ms = self.t_ms
        self.high = set()
        self.extreme = set()

    def dice(self, n):
        self.seed = (self.seed * 1103 + 12345) % 1048576
        return self.seed // 16 % n

    def keep(self, events):
        for event in events:
            _, _, fields = SCHEMA[event[0]]
            assert len(event) == 2 + len(fields) and 0 <= event[1] < 1 << 30, event
            for i in range(len(fields)):
                if fields[i] == "x":
                    assert isinstance(event[2 + i], bytes)
                    continue
                kind = "<" + fields[i]
                # what struct cuts off silently on the tag would come back different
                assert struct.unpack(kind, struct.pack(kind, event[2 + i]))[0] == event[2 + i], event
            if event[0] == ALARM:
                _, _, alarm, state, cause, value = event
                assert self.states.get(alarm, (OFF,))[0] != state, "a transition changes the state"
                self.states[alarm] = (state, cause, value)
                if alarm == ALARM_GAS_HIGH and state == OFF:
                    assert not self.high and not self.extreme, "a latched alarm never ends while gas is present"
        return events

    def sense(self):
        """The readings reach the core. `high` is the oracle: the gases that are a cause of the high alarm."""
        for reading in self.gases:
            for gas, direction, level, clear, alarm in LEVELS:
                if alarm == ALARM_GAS_HIGH and gas == reading.gas:
                    if quality.usable(reading.quality):
                        self.extreme.discard(gas)
                        if reading.value * direction >= level * direction:
                            self.high.add(gas)
                        elif reading.value * direction < clear * direction:
                            self.high.discard(gas)
                    elif reading.quality == quality.OVER:
                        self.high.add(gas)
                    elif reading.quality == quality.UNDER and gas == O2:
                        self.extreme.add(gas)
        self.keep(self.core.gas(self.gases, self.t_ms))

    def act(self):
        core, dice = self.core, self.dice
        what = dice(21)
        if what < 6:
            reading = self.gases[dice(2)]
            if reading.gas == CH4:
                reading.value = (0, 20, 39, 40, 45, 49, 50, 60, 99, 100, 150, 500)[dice(12)]
            else:
                reading.value = (2090, 1950, 1949, 1960, 1971, 1800, 2350, 2340, 2320)[dice(9)]
            reading.quality = (0, 0, 0, 0, 6, 1, 2, 3, 4, 5)[dice(10)]
            self.sense()
        elif what < 10:
            self.down = 1 - self.down
            if not self.down and self.dice(2):
                self.pass_time(200)
            self.keep(core.button(self.down, self.t_ms))
        elif what == 10:
            kind = (MSG_EVACUATE, MSG_EVACUATE, MSG_TEXT, MSG_DRILL_START)[dice(4)]
            self.keep(core.downlink((kind, dice(3), "words"), self.t_ms))
        elif what == 11:
            self.keep(core.downlink((MSG_ALL_CLEAR if dice(4) else MSG_DRILL_STOP, dice(9), 0), self.t_ms))
        elif what == 12 and dice(2):
            self.keep(core.peers((0, 1 << 4, 1 << 5, 1 << 4 | 1 << 3)[dice(4)], self.t_ms))
        elif what == 12:
            self.keep(core.downlink((MSG_HELP, 1, dice(9)), self.t_ms))
        elif what == 13:
            self.keep(core.fault(dice(FAULT_COUNT), dice(10), dice(2), self.t_ms))
        elif what == 14:
            self.keep(core.battery((-1, 3300, 3550, 4000)[dice(4)], self.t_ms))
        elif what == 15 and dice(4) == 0:
            self.reset()
        elif what == 16 and dice(3) == 0:
            self.lie()
        elif what == 16:
            self.block.quality = (0, 0, 0, 1, 4, 5)[dice(6)]
            self.block.mg = self.block.walk if dice(2) else self.block.rest
            self.keep(core.motion(self.block, self.t_ms))
        elif what == 17:
            self.drop()
            if dice(4) == 0:
                self.pass_time((20000, 65000)[dice(2)])  # nobody answers
        else:
            self.pass_time((10, 250, 1000, 3000, 7000, 40000)[dice(6)])

    def lie(self):
        """Rest for still_s, told by a sensor of 10 Hz."""
        self.block.quality = quality.OK
        self.block.mg = self.block.rest
        self.block.odr_hz = 10
        for _ in range(9):
            self.t_ms = add(self.t_ms, 2500)
            self.keep(self.core.motion(self.block, self.t_ms))
            self.keep(self.core.tick(self.t_ms))
        self.block.odr_hz = 100

    def drop(self):
        """The tag falls from a hand: half a second of free fall, then a hard hit."""
        self.block.quality = quality.OK
        for mg in (self.block.rest, self.block.free, self.block.free, self.block.hit, self.block.rest):
            self.block.mg = mg
            self.t_ms = add(self.t_ms, 250)
            self.keep(self.core.motion(self.block, self.t_ms))
            self.keep(self.core.tick(self.t_ms))

    def pass_time(self, ms):
        while ms > 0:
            step = min(ms, 250)
            ms -= step
            self.t_ms = add(self.t_ms, step)
            self.keep(self.core.tick(self.t_ms))
            if self.dice(16) == 0:
                self.sense()

    def reset(self):
        """Power cut: a new core, told what the journal knows."""
        self.core = Core(self.settings, self.t_ms)
        self.down = 0
        for alarm in sorted(self.states):
            state, cause, value = self.states[alarm]
            if state != OFF:
                assert self.core.restore(alarm, state, cause, value, self.t_ms) == ()
        self.sense()

    def check(self):
        core = self.core
        self.keep(core.tick(self.t_ms))
        for alarm in range(1, ALARM_COUNT):
            assert core.alarms.state(alarm) == self.states.get(alarm, (OFF,))[0], "journal and tag agree"
        shown = core.alarms.pattern(self.t_ms)
        sounds = any([step[2] for step in patterns.PATTERNS[shown][0]])
        if sounds:
            self.hushed_ms = self.t_ms
        fault = False
        for reading in self.gases:
            for gas, direction, level, _, alarm in LEVELS:
                if (
                    gas == reading.gas
                    and quality.usable(reading.quality)
                    and reading.value * direction >= level * direction
                ):
                    assert core.alarms.state(alarm) != OFF, "no reading at or beyond a level without its alarm"
                    assert sounds or diff(self.t_ms, self.hushed_ms) <= HUSH_MS + 250, "nor silent"
            fault = fault or reading.quality in (quality.UNDER, quality.STALE, quality.FAILED)
            if reading.quality == quality.OVER:
                assert core.alarms.state(ALARM_GAS_HIGH) != OFF
            if not quality.usable(reading.quality):
                assert shown != patterns.OK, "unknown quality never looks like clean air"
        if fault:
            assert core.alarms.state(ALARM_FAULT) != OFF
        if shown == patterns.OK:
            assert core.faults.mask == 0 and core.alarms.highest() == 0


def lived(seed, steps):
    life = Life(seed)
    life.sense()
    seen = set()
    for _ in range(steps):
        life.act()
        # the readings as they are now have reached the core
        life.sense()
        life.check()
        for alarm in range(1, ALARM_COUNT):
            seen.add((alarm, life.core.alarms.state(alarm)))
    return life, seen


def test_nothing_breaks_the_invariants():
    seen = set()
    for seed in range(16):
        seen.update(lived(seed + 1, 400)[1])
    # fault, gas low, gas high: off, on, acked, help; man-down with countdown and escalated; SOS escalated, without acked;
    # evacuation without help; the question to a dropped tag; the gas warning without help; the message off and on;
    # the neighbour without help
    assert len(seen) == 3 * 4 + 6 + 4 + 3 + 3 + 3 + 2 + 3, sorted(seen)


def walk(life, seconds):
    for _ in range(seconds * 4):
        life.t_ms = add(life.t_ms, 250)
        life.keep(life.core.motion(life.block, life.t_ms))
        life.sense()
        life.keep(life.core.tick(life.t_ms))


def test_in_the_end_everything_can_be_calm_again():
    for seed in range(4):
        life, _ = lived(seed + 100, 150)
        core = life.core
        for reading in life.gases:
            reading.quality = quality.OK
        life.gases[0].value, life.gases[1].value = 0, 2090
        for source in range(FAULT_COUNT):
            life.keep(core.fault(source, 0, 0, life.t_ms))
        life.keep(core.battery(4000, life.t_ms))
        life.keep(core.peers(0, life.t_ms))
        life.keep(core.button(0, life.t_ms))
        life.keep(core.downlink((MSG_ALL_CLEAR, 1, 0), life.t_ms))
        assert core.alarms.state(ALARM_EVACUATION) == OFF
        life.block.quality = quality.OK
        life.block.mg = life.block.walk
        for _ in range(4):
            walk(life, 6)
            if core.alarms.state(ALARM_SOS) != OFF:
                life.keep(core.button(1, life.t_ms))
                walk(life, 4)
                life.keep(core.button(0, life.t_ms))
            life.keep(core.button(1, life.t_ms))
            life.keep(core.button(0, life.t_ms))
        walk(life, 1)
        life.check()
        assert core.alarms.highest() == 0, (seed, life.states)
        assert core.alarms.pattern(life.t_ms) == patterns.OK, seed


def test_low_gas_is_not_high_gas():
    life = Life(1)
    life.gases[0].value = 99
    life.sense()
    assert life.core.alarms.state(ALARM_GAS_LOW) == ON and life.core.alarms.state(ALARM_GAS_HIGH) == OFF
