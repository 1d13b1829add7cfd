"""All gases together: records, causes, levels told, silence, readiness, presses, what a reset leaves."""

from gas_bench import Reading, profile, row

import quality
from tag.events import (
    ALARM_GAS_HIGH,
    ALARM_GAS_LOW,
    CH4,
    CO,
    CODE_FAILED,
    CODE_RANGE,
    CODE_STALE,
    LEVEL,
    NO2,
    O2,
    READING,
    READINGS,
)
from tag.gas.watch import SILENT_MS, GasWatch
from tag.names import LEVELS
from tag.settings import DEFAULTS
from ticks import add

START = (1 << 30) - 2500  # ticks just before they wrap
LOW, HIGH = ALARM_GAS_LOW, ALARM_GAS_HIGH
PLAIN = profile(
    row(CH4, "low", 50, 40, LOW, told=2),
    row(CH4, "high", 100, 50, HIGH, told=3),
    row(CO, "low", 350, 310, LOW),
    row(CO, "high", 700, 630, HIGH),
    row(CO, "ceiling", 900, 800, HIGH, latching=1),
    row(O2, "low", 1950, 1970, LOW, falling=1),
)


class Bench:
    """A watch and what it said."""

    def __init__(self, limits=PLAIN):
        self.said = []
        self.alarm_on = True
        self.watch = GasWatch(DEFAULTS, self.say, self, START, limits)
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
        self.watch.take([Reading(gas, value, q)], self.t_ms)
        return list(self.said)

    def reading(self, gas, value, q=quality.OK):
        return (READING, self.t_ms, gas, q, value)

    def level(self, gas, kind, present, value, told=0):
        return (LEVEL, self.t_ms, gas, LEVELS.index(kind), present, value, 0x0203, told)

    def press(self, *alarms):
        self.said.clear()
        self.watch.press(sum([1 << alarm for alarm in alarms]), self.t_ms)
        return list(self.said)


def test_readings_are_recorded_in_their_time_and_at_once_when_something_changes():
    bench = Bench()
    assert bench.give(CH4, 10) == [bench.reading(CH4, 10)]
    for i in range(59):
        assert bench.give(CH4, 11 + i // 10, after_ms=1000) == []
    # those of every tenth second, in one record
    run = (READINGS, add(bench.t_ms, 1000), CH4, 0, 10, 11, bytes((1, 1, 1, 1, 237)))
    assert bench.give(CH4, -4, after_ms=1000) == [run]
    assert bench.give(CH4, 12, after_ms=10000) == bench.give(CH4, 13, after_ms=9999) == []
    # what changes ends a run, and the period starts anew
    at_ms = add(bench.t_ms, -9999)
    due = bench.reading(CH4, 13, quality.CAL_DUE)
    assert bench.give(CH4, 13, quality.CAL_DUE) == [(READING, at_ms, CH4, 0, 12), due]
    assert bench.give(CH4, 12, quality.CAL_DUE, 9999) == []
    for _ in range(5):
        assert bench.give(CH4, 12, quality.CAL_DUE, 9999) == []
    assert bench.give(CH4, 12, quality.CAL_DUE, 6) != []


def test_a_reading_between_clear_level_and_level_is_told_each_time():
    bench = Bench()
    bench.give(CH4, 0)
    bench.give(CH4, 39, after_ms=10000)
    assert len(bench.give(CH4, 45, after_ms=10000)) == 1  # with the one that waited
    for value in (46, 41):
        assert bench.give(CH4, value, after_ms=10000) == [bench.reading(CH4, value)]
    assert bench.give(CH4, 39, after_ms=10000) == []


def test_runs_are_told_when_the_tag_stops_and_beat_on_when_readings_come_late():
    bench = Bench()
    bench.give(CH4, 0)
    for late_ms in (300, 900, 0, 40):
        bench.give(CH4, 5, after_ms=10000 + late_ms)
    bench.give(CH4, 5, after_ms=8761)
    bench.watch.stop()
    assert bench.said == [(READINGS, bench.t_ms, CH4, 0, 10, 5, bytes(4))]
    bench.said.clear()
    bench.watch.stop()
    assert bench.said == []


def test_causes_come_and_go_with_the_reading_that_made_them_the_alarm_before_its_level():
    bench = Bench()
    bench.give(CH4, 0)
    assert bench.give(CH4, 60, after_ms=100) == [
        bench.reading(CH4, 60),
        ("raised", LOW, CH4, 60),
        bench.level(CH4, "low", 1, 60, 2),
    ]
    assert bench.give(CH4, 61, after_ms=100) == []
    assert bench.give(CH4, 100, after_ms=100)[1:] == [("raised", HIGH, CH4, 100), bench.level(CH4, "high", 1, 100, 3)]
    assert bench.give(CH4, 20, after_ms=100) == [
        bench.reading(CH4, 20),
        ("cleared", LOW, CH4, 20),
        bench.level(CH4, "low", 0, 20, 2),
        bench.level(CH4, "high", 0, 20, 3),
    ]
    # the high alarm's cause is held by its latch
    assert bench.press(LOW) == [] and bench.press(HIGH) == [("cleared", HIGH, CH4, 20)]


def test_each_level_that_is_reached_is_told_anew_and_none_ends_what_another_holds():
    bench = Bench()
    bench.give(CO, 0)
    said = bench.give(CO, 750, after_ms=100)
    assert [event for event in said if event[0] == "raised"] == [("raised", LOW, CO, 750), ("raised", HIGH, CO, 750)]
    # the ceiling feeds the same alarm: who was calm about it must hear
    assert bench.give(CO, 900, after_ms=100)[1:] == [("raised", HIGH, CO, 900), bench.level(CO, "ceiling", 1, 900)]
    # past the clear level of the one, not of the other
    assert bench.give(CO, 799, after_ms=100)[1:] == [bench.level(CO, "ceiling", 0, 799)]
    assert bench.press(HIGH, LOW) == []
    assert ("cleared", HIGH, CO, 0) not in bench.give(CO, 0, after_ms=100)
    assert bench.press(HIGH) == [("cleared", HIGH, CO, 0)]


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
    for _ in range(240):
        bench.t_ms = add(bench.t_ms, 250)
        bench.watch.tick(bench.t_ms)
    assert bench.said[1:] == [(READINGS, bench.t_ms, CH4, quality.STALE, 10, 0, bytes(5))] and not any(
        [event[0] == "cleared" for event in bench.said]
    )
    assert bench.press(HIGH, LOW) == []
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
    assert bench.watch.channel(99, 0) is None and not bench.watch.correct(99, 0, 4096)


def test_after_a_reset_every_gas_is_suspected_until_it_has_shown_itself():
    bench = Bench()
    bench.watch.restore(LOW, CH4, bench.t_ms)
    bench.give(CO, 0, quality.WARMING)
    assert bench.give(CH4, 10)[1:] == [("cleared", LOW, CH4, 10), bench.level(CH4, "low", 0, 10, 2)]
    assert bench.give(CO, 0)[1:] == [("cleared", LOW, CO, 0), bench.level(CO, "low", 0, 0)]
    # who has shown itself is judged by its levels again: between clear and level nothing comes
    assert bench.give(CO, 340, after_ms=100) == []
    # once the alarm is over nobody is suspected any more
    bench.alarm_on = False
    bench.give(O2, 0, quality.WARMING)
    bench.alarm_on = True
    assert bench.give(O2, 2090)[1:] == []


def test_a_restored_sensor_that_stays_away_is_missed():
    bench = Bench()
    bench.watch.restore(HIGH, CH4, bench.t_ms)
    bench.watch.restore(HIGH, 99, bench.t_ms)  # a gas that this tag does not have
    bench.watch.tick(add(bench.t_ms, SILENT_MS))
    assert bench.watch.fault == CODE_STALE
    assert not any([event[0] == "cleared" for event in bench.said])


def test_a_warming_sensor_never_says_clean():
    bench = Bench()
    bench.watch.restore(HIGH, CH4, bench.t_ms)
    assert bench.give(CH4, 0, quality.WARMING) == [bench.reading(CH4, 0, quality.WARMING)]
    assert bench.press(HIGH) == []
    bench.give(CH4, 0)
    assert bench.press(HIGH) == [("cleared", HIGH, CH4, 0)]


def test_corrections_and_dues_may_come_before_the_first_reading_and_are_no_sensor():
    bench = Bench()
    assert bench.watch.correct(CO, 10, 8192)
    bench.watch.owe(NO2, 2, bench.t_ms)
    assert bench.watch.owes(2) and not bench.watch.owes(1) and bench.watch.ready
    bench.watch.tick(add(bench.t_ms, 60000))
    assert bench.watch.fault == 0 and bench.said == []
    bench.t_ms = add(bench.t_ms, 60000)
    assert bench.give(CO, 20) == [bench.reading(CO, 20)]
    for zero, gain_q12 in ((40000, 4096), (-40000, 4096), (0, 1023), (0, 16385)):
        assert not bench.watch.correct(CO, zero, gain_q12)
    bench.give(CO, 21, after_ms=10000)
    bench.watch.stop()
    assert bench.said == [bench.reading(CO, 22)]
    assert bench.give(NO2, 3)[0][3] == quality.CAL_DUE
    bench.watch.owe(NO2, 0, bench.t_ms)
    assert bench.give(NO2, 3)[0][3] == quality.OK and not bench.watch.owes(2)


def mixture(basis):
    return profile(
        row(CO, "high", 9000, 8000, HIGH),
        row(CO, "mixture", 200, 200, LOW, group=1, basis=basis),
        row(NO2, "mixture", 100, 100, LOW, group=1, basis=basis),
        row(NO2, "high", 9000, 8000, HIGH),
    )


def test_a_mixture_is_the_sum_of_shares():
    bench = Bench(mixture(0))
    bench.give(CO, 100)
    assert bench.give(NO2, 49) == [bench.reading(NO2, 49)]
    # each that has a share is told, as an amount of its own
    said = bench.give(NO2, 50, after_ms=100)
    assert said[0] == ("raised", LOW, CO, 200) and said[2] == ("raised", LOW, NO2, 100)
    assert said[1] == bench.level(CO, "mixture", 1, 200) and said[3] == bench.level(NO2, "mixture", 1, 100)
    # what is not known takes nothing away, and what is known may be enough alone
    assert bench.give(NO2, 0, quality.FAILED, 100)[1:] == []
    assert bench.give(CO, 0, after_ms=100) == []
    said = bench.give(NO2, 10, after_ms=100)
    assert sorted([event[:3] for event in said if event[0] == "cleared"]) == [
        ("cleared", LOW, CO),
        ("cleared", LOW, NO2),
    ]
    bench.give(NO2, 0, quality.STALE)
    assert ("raised", LOW, CO, 200) in bench.give(CO, 200, after_ms=100)
    # over range is enough alone
    bench = Bench(mixture(0))
    bench.give(CO, 10)
    assert ("raised", LOW, NO2, 799) in bench.give(NO2, 0, quality.OVER)


def test_a_mixture_of_means_is_judged_by_the_minute():
    # CO 140 of 200 and NO2 40 of 100 make 1.1 of the limit: reached after 14 of 15 minutes, 437 of 480
    for basis, minutes in ((4, 14), (8, 437)):
        bench = Bench(mixture(basis))
        seen = []
        while not seen:
            seen = bench.give(CO, 140, after_ms=60000) + bench.give(NO2, 40)
            seen = [event[2] for event in seen if event[0] == "raised"]
        assert bench.watch.channel(CO, 0).exposure.minutes == minutes, basis
        assert seen == [CO, NO2]
