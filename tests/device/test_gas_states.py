"""Every state that one gas and its alarms can be in, each with every input: reading, quality, press, time.

What is proved of each move, from each state, with levels of every kind that a reading is compared with:

    no reading at or beyond a level is silent, but for the 5 s after a press in a high alarm
    a latched alarm never ends while gas is present, nor without a press; no alarm ends at a reading beyond its level
    what is not a usable reading ends no gas alarm that has a cause, and never looks like clean air
    in the end, with clean air and a press, every alarm is over and the tag says that all is well
"""

from gas_bench import profile, row
from gas_closure import START, System, closure, ended

import quality
from tag.alarms import patterns
from tag.events import (
    ACKED,
    ALARM_FAULT,
    ALARM_GAS_HIGH,
    ALARM_GAS_LOW,
    CH4,
    CO2,
    FAULT_MOTION,
    MSG_HELP,
    O2,
    OFF,
)
from tag.gas import table
from ticks import diff

DELAY_S = 2
# Whole seconds, so that there are few states: one, the delay where there is any, the silence after a press in a high alarm.
TIMES_MS = (1000, 2000, 5000)
LOW, HIGH = ALARM_GAS_LOW, ALARM_GAS_HIGH


class Proof:
    """Rows of one gas, and what must hold whatever happens. A row here: (kind, level, clear, alarm, delay_s, falling, latching)."""

    def __init__(self, gas, clean, values, rows):
        self.rows = rows
        self.clean = clean
        made = [row(gas, k, a, c, alarm, d, f, latching) for k, a, c, alarm, d, f, latching in rows]
        self.system = System(profile(*made), gas)
        self.values = values

    def side(self, a_row, value):
        """2 at the level or beyond, 1 between, 0 past the clear level."""
        _, level, clear, _, _, falling, _ = a_row
        sign = -1 if falling else 1
        return 2 if value * sign >= level * sign else 1 if value * sign >= clear * sign else 0

    def check(self, system, before, levels, move, found):
        value, q, press, ms = move
        core = system.core
        usable = quality.usable(q)
        shown = core.alarms.pattern(system.t_ms)
        hushed = core.alarms.state(HIGH) == ACKED
        causes = 0
        for i in range(len(levels)):
            if levels[i] >= table.BEYOND:
                causes |= 1 << system.channel.alarm(i)
        for i in range(len(self.rows)):
            a_row = self.rows[i]
            _, _, _, alarm, delay_s, _, latching = a_row
            if usable and self.side(a_row, value) == 2 and ms >= delay_s * 1000:
                assert core.alarms.state(alarm) != OFF, (a_row, move)
                assert system.sounds() or hushed or alarm == ALARM_FAULT, (a_row, move)
            if alarm in ended(found) and (alarm != ALARM_FAULT or levels[i] >= table.BEYOND):
                assert usable and self.side(a_row, value) != 2, (a_row, move)
                assert press or not latching or levels[i] < table.BEYOND, (a_row, move)
        if hushed:
            assert diff(core.alarms._until_ms[HIGH], system.t_ms) > 0, "hushed for longer than 5 s"
        if HIGH in ended(found):
            assert press and usable, move
        if q == quality.OVER:
            assert core.alarms.state(HIGH) != OFF and (system.sounds() or hushed), move
        if not usable:
            assert shown != patterns.OK and (q == quality.OVER or not core.gases.ready), move
            for alarm in (LOW, HIGH):
                if causes >> alarm & 1:
                    assert core.alarms.state(alarm) != OFF, move
        if q in (quality.UNDER, quality.STALE, quality.FAILED, 99):
            assert core.alarms.state(ALARM_FAULT) != OFF, move
        if q == quality.WARMING and system.channel.life == 4:
            assert core.alarms.state(ALARM_FAULT) != OFF, move
        if shown == patterns.OK:
            assert core.alarms.highest() == 0

    def prove(self):
        system = self.system
        core = system.core
        core.motions.rate_hz = 100  # else it is never ready
        core.motions.tick = lambda t_ms: None
        waits = any([a_row[4] for a_row in self.rows])
        seen, n = closure(system, self.values, TIMES_MS if waits else (1000, 5000), self.check)
        levels = [set() for _ in range(len(system.channel))]
        alarms = {alarm: set() for alarm in (ALARM_FAULT, LOW, HIGH)}
        for key, state in seen.items():
            system.put(state)
            for i in range(len(levels)):
                levels[i].add(system.levels()[i])
            for i in range(3):
                alarms[i + 1].add(system.states()[i])
            # the end of every story
            for press in (0, 1, 1, 1):
                system.move(self.clean, quality.OK, press, 6000)
            assert system.states() == (OFF, OFF, OFF, OFF) and max(system.levels()) == 0, key
            assert core.alarms.pattern(system.t_ms) == patterns.OK and core.faults.mask == 0, key
        return seen, n, levels, alarms


def proved(gas, clean, values, *rows):
    proof = Proof(gas, clean, values, rows)
    seen, n, levels, alarms = proof.prove()
    print(len(seen), "states,", n, "moves")
    for i in range(len(rows)):
        _, _, _, alarm, delay_s, _, latching = rows[i]
        expected = {table.CLEAR, table.BEYOND}
        if delay_s:
            expected.add(table.PENDING)
        if latching or alarm == HIGH:
            expected.add(table.HELD)
        assert expected == levels[i], (rows[i], levels[i])
        assert alarms[alarm] >= {OFF, 2, ACKED}
    assert levels[len(rows)] == {table.CLEAR, table.BEYOND, table.HELD}, "over"
    return seen


def test_a_low_and_a_high_level():
    values = (0, 39, 40, 49, 50, 51, 99, 100, 30000, -50)
    proved(CH4, 0, values, ("low", 50, 40, LOW, 0, 0, 0), ("high", 100, 50, HIGH, 0, 0, 1))


def test_levels_that_latch_and_levels_that_wait():
    values = (0, 40, 49, 50, 70, 99, 100, -9)
    proved(CO2, 0, values, ("low", 50, 40, LOW, DELAY_S, 0, 1), ("ceiling", 100, 70, HIGH, DELAY_S, 0, 0))


def test_several_levels_of_one_alarm():
    values = (0, 49, 50, 60, 70, 90, 100)
    rows = (("low", 50, 50, LOW, 0, 0, 0), ("ceiling", 70, 60, LOW, DELAY_S, 0, 1), ("high", 100, 90, HIGH, 0, 0, 0))
    proved(CH4, 0, values, *rows)


def test_oxygen_both_ways():
    values = (2090, 1970, 1969, 1951, 1950, 1949, 0, 2330, 2329, 2350, 2500)
    rows = (("low", 1950, 1970, HIGH, 0, 1, 1), ("high", 2350, 2330, HIGH, 0, 0, 1))
    proved(O2, 2090, values, *rows)


def test_a_drift_that_is_a_fault():
    values = (0, -19, -20, -24, -25, -26, 100, 60)
    proved(CH4, 0, values, ("drift", -25, -20, ALARM_FAULT, 0, 1, 0), ("high", 100, 50, HIGH, 0, 0, 1))


def test_help_that_knows_ends_nothing():
    system = System(profile(row(CH4, "high", 100, 50, HIGH, latching=1)), CH4)
    for value, q in ((120, quality.OK), (0, quality.OVER)):
        system.move(value, q, 0, 200)
        system.core.downlink((MSG_HELP, 1, HIGH), system.t_ms)
        for press in (0, 1, 1):
            system.move(value, q, press, 5300)
            assert system.core.alarms.state(HIGH) != OFF and system.sounds()
    assert system.t_ms < START and system.core.faults.code(FAULT_MOTION) == 0
