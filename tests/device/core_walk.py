"""A random life of the whole core, a step at a time: readings of any value and quality, presses, orders, faults, resets, minutes.

After each step what must hold is checked against an oracle that knows the limits by itself, not by tag/gas. A seed gives the
same life on every interpreter; a failure names seed and step.
"""

import sys

from gas_bench import Reading, profile, row

import quality
from tag.alarms import patterns
from tag.core import Core
from tag.events import (
    ALARM,
    ALARM_COUNT,
    ALARM_FAULT,
    ALARM_GAS_HIGH,
    ALARM_GAS_LOW,
    ALARM_SOS,
    ALARM_WARNING,
    CH4,
    CO,
    EXPOSURE,
    LEVEL,
    MSG_ALL_CLEAR,
    MSG_DRILL_START,
    MSG_DRILL_STOP,
    MSG_EVACUATE,
    MSG_HELP,
    MSG_SHIFT_END,
    MSG_TEXT,
    NO2,
    O2,
    OFF,
)
from tag.settings import DEFAULTS
from ticks import add, diff

LOW, HIGH = ALARM_GAS_LOW, ALARM_GAS_HIGH
GASES = (CH4, CO, NO2, O2)
# gas -> (level, clear, alarm, falling, latching) of the levels without delay
LEVELS = (
    ((50, 40, LOW, 0, 0), (100, 50, HIGH, 0, 1)),
    ((350, 310, LOW, 0, 1), (700, 630, HIGH, 0, 0)),
    ((600, 540, HIGH, 0, 1),),
    ((1950, 1970, HIGH, 1, 1), (2350, 2330, HIGH, 0, 1)),
)
VALUES = (
    (0, 20, 39, 40, 49, 50, 60, 99, 100, 150, 500, -26, -30),
    (0, 5, 150, 309, 310, 349, 350, 500, 699, 700, 3000, 32767, -9, -200),
    (0, 0, 20, 90, 200, 299, 300, 539, 540, 600, 2000),
    (2090, 2090, 2090, 1951, 1950, 1949, 1970, 1971, 1800, 2350, 2330, 2329),
)
CLEAN = (0, 0, 0, 2090)
QUALITIES = (0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 6, 1, 2, 3, 4, 5)
TIMES_MS = (20, 100, 250, 250, 1000, 1000, 4000, 12000)
ROWS = (
    row(CH4, "low", 50, 40, LOW, told=1),
    row(CH4, "high", 100, 50, HIGH, latching=1, told=2),
    row(CH4, "rise", 60, 50, ALARM_WARNING, delay_s=10, told=3),
    row(CH4, "drift", -25, -20, ALARM_FAULT, falling=1, told=4),
    row(CH4, "ahead", 100, 90, ALARM_WARNING, delay_s=300, told=5),
    row(CO, "low", 350, 310, LOW, latching=1, told=1),
    row(CO, "high", 700, 630, HIGH, told=2),
    row(CO, "stel", 600, 500, HIGH, told=3),
    row(CO, "twa", 90, 80, LOW, told=4),
    row(CO, "shift", 100, 100, LOW, latching=1, told=5),
    row(CO, "step", 170, 170, LOW, delay_s=3600, rest_min=120, told=6),
    row(CO, "step", 430, 430, HIGH, delay_s=1800, rest_min=120, told=7),
    row(NO2, "low", 300, 270, LOW, delay_s=2, latching=1, told=1),
    row(NO2, "ceiling", 600, 540, HIGH, latching=1, told=2),
    row(O2, "low", 1950, 1970, HIGH, falling=1, latching=1, told=1),
    row(O2, "high", 2350, 2330, HIGH, latching=1, told=2),
)


def limits(basis):
    """All those and a mixture of what the flags say."""
    mixture = (
        row(gas, "mixture", level, level, LOW, group=1, told=8, basis=basis) for gas, level in ((CO, 200), (NO2, 100))
    )
    return profile(*(ROWS + tuple(mixture)))


ORDERS = (MSG_EVACUATE, MSG_ALL_CLEAR, MSG_ALL_CLEAR, MSG_HELP, MSG_HELP, MSG_SHIFT_END)
ORDERS += (MSG_TEXT, MSG_DRILL_START, MSG_DRILL_STOP, MSG_ALL_CLEAR)
PROFILES = (limits(0), limits(4), limits(8), limits(4))
SOUNDS = [any([step[2] for step in steps]) for steps, _ in patterns.PATTERNS]


def nothing(t_ms):
    pass


class Life:
    """One seed's."""

    def __init__(self, seed):
        self.seed = self.state = seed
        self.steps = 0
        self.t_ms = (1 << 30) - 200000
        self.settings = dict(DEFAULTS)
        self.settings["shift_h"] = 4
        self.settings["exposure_s"] = 300
        self.readings = [Reading(gas) for gas in GASES]
        self.round = [[reading] for reading in self.readings]
        self.journal = [OFF] * ALARM_COUNT  # states as the records have them
        self.last = [None] * ALARM_COUNT  # (alarm, state, cause, value)
        self.present = {}  # levels as the records have them
        self.pressed = self.releasing = False
        self.hushed_ms = self.t_ms
        self.high = [
            0
        ] * 4  # oracle: bit a level of the high alarm that is beyond, with hysteresis; 128 over or under range
        self.was_high = [False] * 4  # oracle: since the last press that could have released it
        self.was_low = False  # the same of the low level of CO, which latches
        self.needs = [0] * 4  # oracle: bits of the alarms that this reading demands
        self.measured = [False] * 4
        self.heard_ms = [self.t_ms] * 4
        self.minute_ms = add(self.t_ms, 60000)
        self.sum = self.n = 0  # oracle of the CO exposure
        self.means = []
        self.shift = self.peak = 0
        self.begin()
        self.warm_up()

    def dice(self, n):
        self.state = (self.state * 1664525 + 1013904223) & 0xFFFFFFFF
        return (self.state >> 16) % n

    # -- what goes in ------------------------------------------------------------------------------------------------

    def begin(self):
        core = self.core = Core(self.settings, self.t_ms, PROFILES[self.seed & 3])
        core.motions.rate_hz = 100  # else it is never ready
        core.motions.tick = nothing
        self.down = False
        self.minute_ms = add(self.t_ms, 60000)

    def sense(self, g):
        reading = self.readings[g]
        self.clock()
        found = self.core.gas(self.round[g], self.t_ms)
        self.heard_ms[g] = self.t_ms
        self.foretell(g, reading.value, reading.quality)
        if found:
            self.keep(found)

    def tick(self):
        self.clock()
        for g in range(4):
            if diff(self.t_ms, self.heard_ms[g]) >= 10000:
                self.heard_ms[g] = self.t_ms
                self.readings[g].quality = quality.STALE
                self.needs[g] = 0
        found = self.core.tick(self.t_ms)
        if found:
            self.keep(found)

    def reset(self):
        """Power fails: a new core is told what the journal and the exposure file know. Then every sensor warms up."""
        buf = bytearray(self.core.exposure_size())
        assert self.core.exposure_save(buf) == len(buf)
        self.begin()
        self.present.clear()
        for last in self.last:
            if last and last[1] != OFF:
                assert self.core.restore(last[0], last[1], last[2], last[3], self.t_ms) == ()
        assert self.core.exposure_load(buf, 0, self.t_ms)
        self.warm_up()

    def warm_up(self):
        for g in range(4):
            self.measured[g] = False
            self.readings[g].quality = quality.WARMING
            self.sense(g)

    def step(self):
        dice = self.dice
        self.steps += 1
        self.pressed = False
        what = dice(64)
        if what < 24:
            g = dice(4)
            reading = self.readings[g]
            values = VALUES[g]
            reading.value = values[dice(len(values))]
            reading.quality = QUALITIES[dice(16)]
            self.sense(g)
        elif what < 55:
            self.t_ms = add(self.t_ms, TIMES_MS[dice(8)])
        elif what < 60:
            self.press(60)
        else:
            self.rarely(what, dice(16))
        self.tick()
        self.check()

    def press(self, ms):
        self.pressed = True
        self.keep(self.core.button(1, self.t_ms))
        self.t_ms = add(self.t_ms, ms)
        self.tick()
        self.releasing = True
        self.keep(self.core.button(0, self.t_ms))
        self.releasing = False
        for g in range(4):
            if quality.usable(self.readings[g].quality) and not self.high[g]:
                self.was_high[g] = False
        if quality.usable(self.readings[1].quality) and self.readings[1].value < 310:
            self.was_low = False

    def rarely(self, what, which):
        core = self.core
        if what == 60:
            kind = ORDERS[which % 10]
            arg = "words" if kind == MSG_TEXT else (2, 3, 8, 1)[which % 4]
            found = core.downlink((kind, which, arg), self.t_ms)
            if kind == MSG_SHIFT_END:
                self.closed()
            self.keep(found)
        elif what == 61:
            self.t_ms = add(self.t_ms, (60000, 61000, 180000, 30000)[which % 4])
        elif what == 62 and which == 0:
            self.press(3500)  # SOS, and perhaps its end
        elif what == 62 and which < 3:
            self.reset()
        elif what == 62 and which == 3:
            self.t_ms = add(self.t_ms, 3600000 * 5)
        elif what == 63 and which < 4:
            self.keep(core.fault(which, 1 + which, self.dice(2), self.t_ms))
        elif what == 63 and which < 6:
            self.keep(core.due(CO, self.dice(3), self.t_ms))

    # -- the oracle --------------------------------------------------------------------------------------------------

    def foretell(self, g, value, q):
        needs = 0
        if q == 0 or q == 6:
            self.measured[g] = True
            high = self.high[g] & 127
            bit = 1
            for level, clear, alarm, falling, _ in LEVELS[g]:
                if falling:
                    at, safe = value <= level, value > clear
                else:
                    at, safe = value >= level, value < clear
                if at:
                    needs |= 1 << alarm
                    if alarm == HIGH:
                        high |= bit
                elif safe:
                    high &= ~bit
                bit <<= 1
            self.high[g] = high
            if g == 1:
                self.breathe(value)
        elif q == quality.OVER or (q == quality.UNDER and g == 3):
            needs = 1 << HIGH
            self.high[g] |= 128
            if g == 1:
                self.breathe(max(value, 700))
        self.needs[g] = needs
        if self.high[g]:
            self.was_high[g] = True
        if g == 1 and (needs >> LOW & 1 or q == quality.OVER):
            self.was_low = True

    def breathe(self, value):
        value = max(0, value)
        self.peak = max(self.peak, value)
        self.sum += value
        self.n += 1

    def clock(self):
        """The minutes that end before what comes now is heard."""
        late = diff(self.t_ms, self.minute_ms)
        while late >= 0:
            mean = -(-self.sum * 16 // self.n) if self.n else 0
            self.sum = self.n = 0
            self.means.append(mean)
            self.shift += mean
            if len(self.means) > 960:
                self.means = self.means[-480:]
            self.minute_ms = add(self.minute_ms, 60000)
            late -= 60000

    def closed(self):
        self.sum = self.n = self.shift = self.peak = 0
        self.means = []

    def begun(self):
        """The shift ended by its length: the windows go on, and the peak is at least what they hold, at most a count above."""
        self.shift = 0
        least = max(max(self.means[-15:]), -(-sum(self.means[-480:]) // 480))
        self.peak = self.core.gases._by_gas[CO].exposure.peak
        assert 0 <= self.peak - -(-least // 16) <= 1, (self.peak, least)

    def keep(self, found):
        for event in found:
            kind = event[0]
            if kind == ALARM:
                alarm, state = event[2:4]
                assert self.journal[alarm] != state, "a transition changes the state"
                self.journal[alarm] = state
                self.last[alarm] = event[2:]
                if alarm == HIGH and state == OFF:
                    assert not max(self.high), "a high alarm never ends while gas is present or not known to be gone"
                    assert self.pressed, "nor without a press"
                    for g in range(4):
                        usable = quality.usable(self.readings[g].quality)
                        assert usable or not self.was_high[g], "nor by one while the air of its gas is not known"
                elif alarm == LOW and state == OFF and self.releasing:
                    no2 = self.readings[2]
                    assert no2.value < 300 or not quality.usable(no2.quality), "no press ends it at a level that waits"
                elif alarm == LOW and state == OFF and not self.pressed:
                    assert not self.was_low, "what latches ends by a press alone"
            elif kind == LEVEL:
                _, _, gas, level, present, value, ident, told = event
                assert ident == 0x0203 and -32768 <= value <= 32767
                key = gas << 16 | level << 8 | told
                assert present != self.present.get(key), ("a level comes and goes by turns", event)
                self.present[key] = present
            elif kind == EXPOSURE and event[2] == CO and event[9] and self.means:
                self.begun()  # by order there are no means any more

    # -- what must hold ------------------------------------------------------------------------------------------------

    def check(self):
        core = self.core
        alarms = core.alarms
        shown = alarms.pattern(self.t_ms)
        if SOUNDS[shown]:
            self.hushed_ms = self.t_ms
        needs = 0
        for g in range(4):
            needs |= self.needs[g]
            q = self.readings[g].quality
            if q and q != 6:
                assert shown != patterns.OK, "unknown quality never looks like clean air"
                if q == quality.STALE or q >= quality.FAILED or (q == quality.WARMING and self.measured[g]):
                    assert alarms.state(ALARM_FAULT) != OFF, "a sensor that cannot be believed is a fault"
        if needs:
            for alarm in (LOW, HIGH):
                if needs >> alarm & 1:
                    assert alarms.state(alarm) != OFF, "no reading at a level without its alarm"
            assert SOUNDS[shown] or diff(self.t_ms, self.hushed_ms) <= 12000, "nor silent"
        if max(self.high):
            assert alarms.state(HIGH) != OFF
        if shown == patterns.OK:
            assert not core.faults.mask and not alarms.highest()
        if not self.steps & 7:
            self.check_all()

    def check_all(self):
        core = self.core
        alarms = core.alarms
        for alarm in range(1, ALARM_COUNT):
            assert alarms.state(alarm) == self.journal[alarm], "journal and tag agree"
        causes = [0] * ALARM_COUNT
        for gas in GASES:
            channel = core.gases._by_gas.get(gas)
            if channel:
                for alarm in (LOW, HIGH, ALARM_WARNING):
                    causes[alarm] |= (channel.causes >> alarm & 1) << gas
        for alarm in (LOW, HIGH, ALARM_WARNING):
            assert alarms._causes[alarm] == causes[alarm], "an alarm has the causes that its gases have, and no other"
        channel = core.gases._by_gas.get(CO)
        if channel:
            e = channel.exposure
            stel = sum(self.means[-15:])
            assert e.stel_q4 == -(-stel // 15) and e.peak == self.peak, (e.stel_q4, stel, e.peak, self.peak)
            assert e.shift_q4 == -(-self.shift // 480), (e.shift_q4, self.shift)

    def calm(self):
        """Clean air, a press or two, an order: everything is over."""
        self.keep(self.core.downlink((MSG_ALL_CLEAR, 1, 0), self.t_ms))
        for source in range(4):
            self.keep(self.core.fault(source, 0, 0, self.t_ms))
        self.keep(self.core.due(CO, 0, self.t_ms))
        self.closed()
        self.keep(self.core.shift_end(self.t_ms))
        for _ in range(8):
            self.breathe_clean(80, 1000)
            self.press(3500 if self.core.alarms.state(ALARM_SOS) != OFF else 60)
        # The early warning remembers for hours how much the air has wandered.
        while self.core.alarms.highest() == ALARM_WARNING and self.steps < 1 << 30:
            self.breathe_clean(400, 9000)
            self.steps += 1 << 26
        self.tick()
        assert self.core.alarms.highest() == 0, [i for i in range(ALARM_COUNT) if self.core.alarms.state(i)]
        assert self.core.alarms.pattern(self.t_ms) == patterns.OK

    def breathe_clean(self, times, ms):
        for _ in range(times):
            self.t_ms = add(self.t_ms, ms)
            for g in range(4):
                self.readings[g].value = CLEAN[g]
                self.readings[g].quality = quality.OK
                self.sense(g)
            self.tick()


def live(seed, steps):
    """A life of so many steps, to its calm end."""
    life = Life(seed)
    try:
        for _ in range(steps):
            life.step()
        life.check_all()
        life.calm()
    except Exception:
        print("core_walk: seed", seed, "step", life.steps)
        raise
    return life


def many(steps):
    """So many steps in all on the 64-bit MicroPython, a tenth of it elsewhere: it is the same life."""
    fast = sys.implementation.name == "micropython" and sys.maxsize > 1 << 32
    return steps if fast else steps // 10
