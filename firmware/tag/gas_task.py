"""The gas task: gas sensors to the core; now and then the battery, the air, and what the tag keeps of its gases."""

import quality
import ticks
from micropython import const
from tag.events import CODE_FAILED, FAULT_AIR

_READINGS_MS = const(1000)
_SLOW_MS = const(10000)


class GasTask:
    """`parts` as in tag/hal/parts.py, `gas_memory` tag/gas_memory.py's; `on_battery(mv)` hears what the battery has."""

    def __init__(self, core, memory, parts, gas_memory, on_battery, t_ms: int) -> None:
        self._core = core
        self._memory = memory
        self._parts = parts
        self._gas_memory = gas_memory
        self._on_battery = on_battery
        self._readings_ms = self._slow_ms = t_ms

    def step(self, t_ms: int) -> None:
        """A round, 5 times a second."""
        sensors = self._parts.gas
        refreshed = False
        for sensor in sensors:
            refreshed = sensor.poll(t_ms) or refreshed
        if refreshed or ticks.diff(t_ms, self._readings_ms) >= _READINGS_MS:
            self._readings_ms = t_ms
            self._memory.keep_all(self._core.gas(sensors, t_ms))
        if self._parts.air:
            self._parts.air.poll(t_ms)
        if ticks.diff(t_ms, self._slow_ms) >= 0:
            self._slow_ms = ticks.add(t_ms, _SLOW_MS)
            self._slowly(t_ms)

    def _slowly(self, t_ms: int) -> None:
        parts = self._parts
        if parts.battery:
            mv = parts.battery.read_mv()
            self._on_battery(mv)
            self._memory.keep_all(self._core.battery(mv, t_ms))
        if parts.air:
            self._memory.keep_all(self._core.fault(FAULT_AIR, CODE_FAILED, parts.air.quality > quality.WARMING, t_ms))
            if parts.air.quality == quality.OK:
                for sensor in parts.gas:
                    if hasattr(sensor, "air"):
                        sensor.air(parts.air.temp_c100, parts.air.press_pa)
        self._gas_memory.tick(t_ms)

    def close(self, t_ms: int) -> None:
        """The tag goes to service."""
        self._gas_memory.close(t_ms)
