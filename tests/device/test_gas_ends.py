"""Alarms that must end: with a share that no sensor gives, and a warning of what falls."""

from gas_bench import Reading, profile, row

from tag.core import Core
from tag.events import ALARM_GAS_HIGH, ALARM_WARNING, NO2, O2, OFF, SO2
from tag.settings import DEFAULTS


def fed(core, gas, values, t_ms=0):
    """One reading a second."""
    reading = Reading(gas)
    for value in values:
        t_ms += 1000
        reading.value = value
        core.gas((reading,), t_ms)
        core.tick(t_ms)
    return t_ms


def test_a_gas_that_has_a_constant_but_no_sensor_has_no_share_in_a_mixture():
    rows = [row(gas, "mixture", 300, 300, ALARM_GAS_HIGH, group=1) for gas in (NO2, SO2)]
    core = Core(DEFAULTS, 0, profile(*rows))
    core.correct(SO2, 0, 4096)
    t_ms = fed(core, NO2, [350] * 5)
    assert core.alarms.state(ALARM_GAS_HIGH) != OFF
    t_ms = fed(core, NO2, [0] * 5, t_ms)
    core.button(1, t_ms + 100)
    core.button(0, t_ms + 200)
    assert core.alarms.state(ALARM_GAS_HIGH) == OFF


def test_a_warning_of_oxygen_that_falls_ends_above_its_clear_level():
    core = Core(DEFAULTS, 0, profile(row(O2, "ahead", 1950, 2050, ALARM_WARNING, delay_s=600, falling=1)))
    t_ms = fed(core, O2, [2090] * 600)
    t_ms = fed(core, O2, [2090 - i // 6 for i in range(720)], t_ms)
    assert core.alarms.state(ALARM_WARNING) != OFF
    t_ms = fed(core, O2, [2040] * 60, t_ms)
    assert core.alarms.state(ALARM_WARNING) != OFF
    fed(core, O2, [2090] * 5, t_ms)
    assert core.alarms.state(ALARM_WARNING) == OFF
