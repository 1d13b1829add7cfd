"""All gases together: records, causes, silence, readiness."""

from gas_bench import Reading

import quality
from tag.events import ALARM_GAS_HIGH, ALARM_GAS_LOW, CH4, CO, CODE_FAILED, CODE_RANGE, CODE_STALE, O2, READING
from tag.gas.watch import SILENT_MS, GasWatch
from ticks import add

START = (1 << 30) - 2500  # ticks just before they wrap


class Bench:
    """A watch and what it said."""

    def __init__(self, reading_s=10):
        self.said = []
        self.alarm_on = True
        self.watch = GasWatch(reading_s, self.say, self)
        self.t_ms = START

    def say(self, event):
        self.said.append(event)

    def raised(self, alarm, gas, value, t_ms):
        self.said.append(("raised", alarm, gas, value))

    def suspected(self, alarm, gas):
        return self.alarm_on

    def cleared(self, alarm, gas, value, t_ms):
        self.said.append(("cleared", alarm, gas, value))

    def give(self, gas, value, q=quality.OK, after_ms=0):
        """One reading; what was said."""
        self.t_ms = add(self.t_ms, after_ms)
        self.said.clear()
        self.watch.update(Reading(gas, value, q), self.t_ms)
        return list(self.said)

    def reading(self, gas, value, q=quality.OK):
        return (READING, self.t_ms, gas, q, value)


def test_readings_are_recorded_in_their_time_and_at_once_when_something_changes():
    bench = Bench()
    assert bench.give(CH4, 10) == [bench.reading(CH4, 10)]
    for _ in range(9):
        assert bench.give(CH4, 11, after_ms=1000) == []
    assert bench.give(CH4, 12, after_ms=1000) == [bench.reading(CH4, 12)]
    assert bench.give(CH4, 12, quality.CAL_DUE, 1000) == [bench.reading(CH4, 12, quality.CAL_DUE)]
    # the period starts anew
    assert bench.give(CH4, 12, quality.CAL_DUE, 9999) == []
    assert bench.give(CH4, 12, quality.CAL_DUE, 1) != []


def test_causes_come_and_go_with_the_reading_that_made_them():
    bench = Bench()
    bench.give(CH4, 0)
    assert bench.give(CH4, 60, after_ms=100) == [bench.reading(CH4, 60), ("raised", ALARM_GAS_LOW, CH4, 60)]
    assert bench.give(CH4, 61, after_ms=100) == []
    assert bench.give(CH4, 100, after_ms=100) == [bench.reading(CH4, 100), ("raised", ALARM_GAS_HIGH, CH4, 100)]
    assert bench.give(CH4, 20, after_ms=100) == [
        bench.reading(CH4, 20),
        ("cleared", ALARM_GAS_LOW, CH4, 20),
        ("cleared", ALARM_GAS_HIGH, CH4, 20),
    ]
    assert bench.give(CO, 900) == [
        bench.reading(CO, 900),
        ("raised", ALARM_GAS_LOW, CO, 900),
        ("raised", ALARM_GAS_HIGH, CO, 900),
    ]


def test_a_silent_sensor_is_stale_and_takes_no_cause_away():
    bench = Bench()
    bench.give(CH4, 120)
    bench.said.clear()
    bench.t_ms = add(bench.t_ms, SILENT_MS - 1)
    bench.watch.tick(bench.t_ms)
    assert bench.said == [] and bench.watch.fault == 0
    bench.t_ms = add(bench.t_ms, 1)
    bench.watch.tick(bench.t_ms)
    assert bench.said == [bench.reading(CH4, 0, quality.STALE)] and bench.watch.fault == CODE_STALE
    # it says so again in its time, and no more often
    for _ in range(100):
        bench.t_ms = add(bench.t_ms, 250)
        bench.watch.tick(bench.t_ms)
    assert len(bench.said) == 3 and not any([event[0] == "cleared" for event in bench.said])
    assert bench.give(CH4, 10)[1][0] == "cleared" and bench.watch.fault == 0


def test_ready_means_that_every_sensor_measures():
    bench = Bench()
    assert bench.watch.ready  # no sensor, nothing to wait for
    bench.give(CH4, 0, quality.WARMING)
    bench.give(O2, 2090)
    assert not bench.watch.ready and bench.watch.fault == 0
    bench.give(CH4, 0)
    assert bench.watch.ready
    bench.give(O2, 0, quality.FAILED)
    assert not bench.watch.ready and bench.watch.fault == CODE_FAILED
    bench.give(O2, 2090, quality.CAL_DUE)
    assert bench.watch.ready and bench.watch.fault == 0


def test_a_gas_nobody_knows_is_a_fault_not_a_crash():
    bench = Bench()
    assert bench.give(99, 5) == []
    assert bench.watch.fault == CODE_RANGE and bench.watch.tick(bench.t_ms) is None


def test_after_a_reset_every_gas_is_suspected_until_it_has_shown_itself():
    bench = Bench()
    bench.watch.restore(ALARM_GAS_HIGH, CH4, bench.t_ms)
    bench.give(CO, 0, quality.WARMING)
    assert bench.give(CH4, 10)[1:] == [("cleared", ALARM_GAS_HIGH, CH4, 10)]
    assert bench.give(CO, 0)[1:] == [("cleared", ALARM_GAS_HIGH, CO, 0)]
    # who has shown itself is judged by its levels again: between clear and level nothing comes
    assert bench.give(CO, 650, after_ms=100)[1:] == [("raised", ALARM_GAS_LOW, CO, 650)]
    # once the alarm is over nobody is suspected any more
    bench.alarm_on = False
    bench.give(O2, 0, quality.WARMING)
    bench.alarm_on = True
    assert bench.give(O2, 2090)[1:] == []


def test_a_warming_sensor_never_says_clean():
    bench = Bench()
    bench.watch.restore(ALARM_GAS_HIGH, CH4, bench.t_ms)
    bench.watch.restore(ALARM_GAS_HIGH, 99, bench.t_ms)  # a gas that this tag does not have
    assert bench.give(CH4, 0, quality.WARMING) != []
    assert not any([event[0] == "cleared" for event in bench.said])
    assert bench.give(CH4, 0) == [bench.reading(CH4, 0), ("cleared", ALARM_GAS_HIGH, CH4, 0)]
