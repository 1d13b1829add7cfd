"""The minutes of a shift: late ticks, gaps, wraps, records, the shift's end, and what outlives a reset."""

from core_bench import of
from gas_bench import Reading, profile, row

import quality
from tag.core import Core
from tag.events import (
    ALARM,
    ALARM_GAS_HIGH,
    ALARM_GAS_LOW,
    CH4,
    CO,
    DONE,
    DOWNLINK,
    EXPOSURE,
    FAULT,
    FAULT_DUE,
    FAULT_OVERDUE,
    H2S,
    LEVEL,
    MSG_SHIFT_END,
    NO2,
    O2,
    OFF,
    ON,
)
from tag.settings import DEFAULTS
from ticks import add

START = (1 << 30) - 100000  # ticks wrap in the second minute
LOW, HIGH = ALARM_GAS_LOW, ALARM_GAS_HIGH
LIMITS = profile(
    row(CO, "high", 7000, 6300, HIGH),
    row(CO, "stel", 2000, 1800, LOW, told=3),
    row(CO, "shift", 100, 100, LOW, latching=1, told=4),
    row(CO, "step", 1000, 1000, HIGH, delay_s=1800, rest_min=120, told=5),
    row(H2S, "high", 200, 180, HIGH),
)


class Bench:
    """A core that is fed once in ten seconds, and what it said."""

    def __init__(self, limits=LIMITS, gases=((CO, 0), (CH4, 0)), **settings):
        self.t_ms = START
        self.settings = dict(DEFAULTS)
        self.settings.update(settings)
        self.limits = limits
        self.readings = [Reading(gas, value) for gas, value in gases]
        self.core = Core(self.settings, START, limits)

    def live(self, seconds, value=None, q=quality.OK):
        if value is not None:
            self.readings[0].value = value
            self.readings[0].quality = q
        found = []
        for _ in range(seconds // 5):
            found.extend(self.core.gas(self.readings, self.t_ms))
            self.t_ms = add(self.t_ms, 5000)
            found.extend(self.core.tick(self.t_ms))
        return found

    def minutes(self, n, value=None, q=quality.OK):
        return self.live(60 * n, value, q)

    def exposure(self, gas=CO):
        return self.core.gases.channel(gas, 0).exposure

    def again(self, gap_min=0):
        """A reset: the core forgets all but what is saved; whether that was believed."""
        buf = bytearray(self.core.exposure_size())
        assert self.core.exposure_save(buf) == len(buf)
        self.core = Core(self.settings, self.t_ms, self.limits)
        return self.core.exposure_load(buf, gap_min, self.t_ms)


def test_who_has_an_exposure():
    gases = ((CO, 0), (CH4, 0), (O2, 2090), (NO2, 0))
    bench = Bench(gases=gases)
    bench.live(5)
    assert [bench.exposure(gas) is not None for gas, _ in gases] == [True, False, False, True]
    # unless a level of another gas is judged by minutes, too
    bench = Bench(profile(row(CH4, "stel", 50, 40, LOW)), ((CH4, 0),))
    bench.live(5)
    assert bench.exposure(CH4) is not None


def test_minutes_pass_and_figures_follow():
    bench = Bench()
    bench.minutes(2, 150)
    e = bench.exposure()
    assert (e.minutes, e.missing, e.mean_q4) == (2, 0, 2400) and bench.t_ms < START
    bench.minutes(1, 0, quality.STALE)
    assert (e.minutes, e.missing, e.stel_q4) == (3, 1, 320)


def test_late_ticks_are_several_minutes_of_which_all_but_the_first_are_missing():
    for late_ms, minutes in ((60000, 2), (119999, 2), (180000, 4), (3600000 * 5, 301), ((1 << 29) - 200000, 8945)):
        bench = Bench()
        bench.live(30, 150)
        bench.t_ms = add(bench.t_ms, late_ms)
        bench.core.tick(bench.t_ms)
        e = bench.exposure()
        if minutes > 720:  # the shift was over long ago
            assert e.minutes == 0
        else:
            assert e.minutes - (late_ms + 30000) // 60000 == 0 and e.missing == e.minutes - 1, late_ms
    # further than ticks can tell: a minute is over, and all goes on
    bench = Bench()
    bench.live(30, 150)
    bench.t_ms = add(add(bench.t_ms, 1 << 29), 60000)
    bench.core.tick(bench.t_ms)
    assert bench.exposure().minutes == 1
    bench.minutes(2)
    assert bench.exposure().minutes == 3


def test_a_reading_after_the_minute_is_of_the_next_one():
    bench = Bench()
    bench.core.gas([Reading(CO, 100)], bench.t_ms)
    bench.core.gas([Reading(CO, 900)], add(bench.t_ms, 60000))
    assert bench.exposure().minutes == 1 and bench.exposure().mean_q4 == 1600


def test_a_stel_alarms_and_is_told_and_ends_by_a_measured_minute():
    bench = Bench()
    found = bench.minutes(14, 2100)
    assert of(ALARM, found) == []
    found = bench.minutes(1)
    assert of(ALARM, found) == [(LOW, ON, CO, 2100)] and of(LEVEL, found) == [(CO, 4, 1, 2100, 0x0203, 3)]
    # clean air takes its minutes, a broken sensor takes nothing away
    assert of(ALARM, bench.minutes(30, 0, quality.FAILED))[-1][0] != LOW
    assert bench.core.alarms.state(LOW) == ON
    found = bench.minutes(1, 0)
    assert (LOW, OFF, CO, 0) in of(ALARM, found)


def test_the_shift_adds_up_and_only_its_end_ends_it():
    bench = Bench(exposure_s=600)
    found = bench.minutes(31, 1600)
    assert (CO, 6, 1, 100, 0x0203, 4) in of(LEVEL, found) and bench.core.alarms.state(LOW) == ON
    bench.minutes(60, 0)
    bench.core.button(1, bench.t_ms)
    bench.core.button(0, bench.t_ms)
    bench.minutes(60, 0)
    assert bench.core.alarms.state(LOW) != OFF
    found = bench.core.downlink((MSG_SHIFT_END, 7, 0), bench.t_ms)
    assert of(EXPOSURE, found) == [(CO, 151, 0, 1600, 103, 103, 1600, 1)]
    assert of(LEVEL, found) == [(CO, 6, 0, 0, 0x0203, 4)] and (LOW, OFF, CO, 0) in of(ALARM, found)
    assert of(DOWNLINK, found) == [(MSG_SHIFT_END, 7, DONE)]
    # the same again closes what came since: nothing
    assert of(EXPOSURE, bench.core.downlink((MSG_SHIFT_END, 7, 0), bench.t_ms)) == []
    assert bench.exposure().minutes == 0


def test_the_shift_ends_by_itself():
    for shift_h, minutes in ((4, 240), (12, 720), (0, None)):
        bench = Bench(shift_h=shift_h)
        closed = []
        for _ in range(75):
            closed.extend([row for row in of(EXPOSURE, bench.minutes(10, 20)) if row[7]])
        if minutes:
            assert [row[1] for row in closed] == [minutes] * (750 // minutes)
        else:
            assert closed == [] and bench.exposure().minutes == 750


def test_exposure_is_recorded_in_its_time_of_what_was_breathed():
    bench = Bench(gases=((CO, 0), (H2S, 0)), exposure_s=300)
    assert of(EXPOSURE, bench.minutes(20)) == []
    found = of(EXPOSURE, bench.minutes(10, 60))
    assert [row[:2] for row in found] == [(CO, 25), (CO, 30)]
    assert found[1] == (CO, 30, 0, 40, 1, 1, 60, 0)


def test_it_outlives_a_reset():
    bench = Bench()
    bench.minutes(40, 1200)
    bench.live(30)
    e = bench.exposure()
    before = (e.minutes, e.stel_q4, e.twa_q4, e.shift_q4, e.peak, e.stel_max_q4)
    assert bench.core.alarms.state(HIGH) == ON and bench.core.gases.channel(CO, 0).steps.used == 1
    assert bench.again()
    e = bench.exposure()
    assert (e.minutes, e.stel_q4, e.twa_q4, e.shift_q4, e.peak, e.stel_max_q4) == before
    # it is judged at once: the shift's level is above its limit
    found = bench.core.tick(bench.t_ms)
    assert of(ALARM, found)[0][:3] == (LOW, ON, CO) and of(LEVEL, found) == [(CO, 6, 1, 100, 0x0203, 4)]
    # and with the first reading above the lowest step the allowance is still used up
    assert (HIGH, ON, CO, 1200) in of(ALARM, bench.live(5))


def test_the_time_without_the_tag_is_missing():
    bench = Bench()
    bench.minutes(10, 1500)
    assert bench.again(gap_min=12)
    e = bench.exposure()
    assert (e.minutes, e.missing, e.stel_q4) == (22, 12, 1500 * 16 * 3 // 15)
    # who comes back after the end of the shift begins a new one
    bench.live(5)
    bench.again(gap_min=720)
    found = bench.minutes(1)
    assert [row[7] for row in of(EXPOSURE, found)] == [1] and bench.exposure().minutes == 0


def test_a_sensor_that_is_gone_after_the_reset_is_a_fault_when_its_gas_was_breathed():
    bench = Bench()
    bench.minutes(10, 0)
    bench.again()
    bench.readings = bench.readings[1:]
    assert of(FAULT, bench.live(60)) == []
    bench = Bench()
    bench.minutes(10, 30)
    bench.again()
    bench.readings = bench.readings[1:]
    assert of(FAULT, bench.live(60)) != []
    buf = bytearray(bench.core.exposure_size())
    assert bench.core.exposure_save(buf) == len(buf), "it is carried on all the same"
    bench = Bench()
    bench.minutes(40, 1600)
    bench.again()
    bench.readings = bench.readings[1:]
    assert of(FAULT, bench.live(60)) != []


def test_what_is_broken_is_left_out_gas_by_gas():
    bench = Bench(gases=((CO, 100), (NO2, 50)))
    bench.minutes(20)
    buf = bytearray(bench.core.exposure_size())
    bench.core.exposure_save(buf)

    def load(changed, limits=LIMITS):
        core = Core(bench.settings, bench.t_ms, limits)
        taken = core.exposure_load(changed, 0, bench.t_ms)
        figures = []
        for gas in (CO, NO2):
            channel = core.gases._by_gas.get(gas)
            figures.append(channel.exposure.minutes if channel else 0)
        return taken, figures

    assert load(buf) == (True, [20, 20])
    for at in range(0, len(buf), 37):
        changed = bytearray(buf)
        changed[at] ^= 0x41
        taken, figures = load(changed)
        assert not taken and 0 in figures, at
    for n in (0, 1, 2, 4, 300, len(buf) // 2, len(buf) - 1):
        assert load(buf[:n])[0] is False, n
    # another profile has other steps: those begin anew, what was breathed does not
    other = profile(row(CO, "step", 900, 900, HIGH, delay_s=1800, rest_min=120))
    assert load(buf, other) == (False, [20, 20])
    assert load(buf, profile(row(CO, "high", 900, 800, HIGH))) == (True, [20, 20])


def test_what_is_due_is_a_record_and_what_is_overdue_a_fault_alarm():
    bench = Bench()
    bench.live(5)
    assert of(FAULT, bench.core.due(CO, 1, bench.t_ms)) == [(FAULT_DUE, 11, 1)]
    assert bench.core.due(CO, 1, bench.t_ms) == ()
    assert bench.live(5)[0][3] == quality.CAL_DUE
    found = bench.core.due(CO, 2, bench.t_ms)
    assert of(FAULT, found) == [(FAULT_DUE, 11, 0), (FAULT_OVERDUE, 11, 1)] and of(ALARM, found)[0][:2] == (1, ON)
    assert of(FAULT, bench.core.due(CO, 0, bench.t_ms)) == [(FAULT_OVERDUE, 11, 0)]
    assert bench.core.correct(CO, 5, 4096) and not bench.core.correct(CO, 5, 0) and not bench.core.correct(77, 0, 4096)
