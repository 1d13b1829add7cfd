"""What six gases cost: heap once, none in twelve hours, none at a reading, a minute or a tick without an event."""

import gc

from gas_bench import Reading, profile, row

import micropython
from tag.core import Core
from tag.events import ALARM_FAULT, ALARM_GAS_HIGH, ALARM_GAS_LOW, ALARM_WARNING, CH4, CO, CO2, H2S, NO2, O2, READING
from tag.gas.limits import Profile
from tag.settings import DEFAULTS
from ticks import add

INTERPRETERS = ("mp64", "mp32")
GASES = (CH4, CO, H2S, O2, NO2, CO2)
TARGET = 6000


def all_kinds():
    """A profile with a level of every kind, steps for CO and a mixture of the reading among them."""
    rows = [row(CH4, "low", 50, 40, ALARM_GAS_LOW), row(O2, "low", 1950, 1970, ALARM_GAS_HIGH, falling=1, latching=1)]
    for gas in (CO, H2S, NO2, CO2):
        rows.append(row(gas, "low", 300, 270, ALARM_GAS_LOW, delay_s=5))
        rows.append(row(gas, "high", 600, 540, ALARM_GAS_HIGH, latching=1))
        for kind in ("stel", "twa", "shift"):
            rows.append(row(gas, kind, 250, 225, ALARM_GAS_LOW))
        rows.append(row(gas, "drift", -100, -90, ALARM_FAULT, falling=1))
        rows.append(row(gas, "mixture", 300, 300, ALARM_GAS_LOW, group=1, basis=0 if gas == CO else 4))
    rows.append(row(CO, "step", 170, 170, ALARM_GAS_LOW, delay_s=3600, rest_min=120))
    rows.append(row(CO, "ahead", 600, 540, ALARM_WARNING, delay_s=120))
    rows.append(row(CO, "rise", 200, 180, ALARM_WARNING, delay_s=60))
    return profile(*rows)


def sensors():
    return [Reading(gas, {O2: 2090, CO2: 40}.get(gas, 3)) for gas in GASES]


def used():
    gc.collect()
    return gc.mem_alloc()


def cost(limits):
    """Bytes that six gases take."""
    readings = sensors()
    core = Core(DEFAULTS, 0, limits)
    before = used()
    core.gas(readings, 10)
    after = used()
    assert len(core.gases._channels) == 6
    return after - before


def test_six_gases_fit():
    for limits in (Profile(), all_kinds()):
        found = cost(limits)
        print("6 gases:", found, "bytes")
        assert found <= (TARGET if micropython.mem_total() and is_32_bit() else 2 * TARGET), found


def is_32_bit():
    import sys

    return sys.maxsize < 1 << 32


def spent(limits, seconds, step_ms):
    """(bytes taken by calls without an event, how many of those, events)"""
    readings = sensors()
    core = Core(DEFAULTS, 0, limits)
    t_ms = (1 << 30) - 100000
    core.gas(readings, t_ms)
    core.tick(t_ms)
    total = micropython.mem_total
    none = total()
    none = total() - none
    taken = calls = events = 0
    for i in range(seconds * 1000 // step_ms):
        t_ms = add(t_ms, step_ms)
        readings[1].value = 3 + (i & 15)
        before = total()
        said = core.gas(readings, t_ms)
        more = core.tick(t_ms)
        after = total()
        if said or more:
            events += len(said) + len(more)
        else:
            taken += after - before - none
            calls += 1
    return taken, calls, events


def test_readings_minutes_and_ticks_without_an_event_cost_nothing():
    for limits in (Profile(), all_kinds()):
        taken, calls, events = spent(limits, 900, 700)
        # the minutes are not all told apart: some fall on a reading's record
        assert taken == 0 and calls > 1000 and events > 80, (taken, calls, events)


def test_nothing_grows_in_twelve_hours():
    readings = sensors()
    core = Core(DEFAULTS, 0, all_kinds())
    t_ms = (1 << 30) - 3600000
    sizes = [0] * 13
    seen = set()
    for hour in range(13):
        for i in range(720):
            t_ms = add(t_ms, 5000)
            readings[1].value = 3 + i if i & 64 else 3
            readings[4].quality = 5 if i & 63 == 62 else 0
            for event in core.gas(readings, t_ms):
                seen.add(event[0])
            for event in core.tick(t_ms):
                seen.add(event[0])
            if not i % 100:
                core.button(1, t_ms)
                core.button(0, t_ms)
        sizes[hour] = used()
    del sizes[0]
    assert max(sizes) == min(sizes), sizes
    assert {READING, 4, 15, 16} <= seen
