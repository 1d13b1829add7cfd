"""What the tag knows of its gases beyond readings: calibrations and what is due, exposure over a reset, the time for both."""

from tag.calibrations import Calibrations
from tag.exposure_file import ExposureFile


class GasMemory:
    """Made at boot, after the alarms were restored; `gases` are those with a sensor, `clock` is tag/clock.py's."""

    def __init__(self, core, memory, settings, gases, clock, t_ms: int) -> None:
        self._core = core
        self._memory = memory
        self._clock = clock
        self._calibrations = Calibrations(settings, gases)
        self._exposure = ExposureFile(core, self._clock, t_ms)
        memory.keep_all(self._calibrations.apply(core, t_ms))
        memory.keep_all(self._exposure.load(t_ms))
        self.tick(t_ms)

    def tick(self, t_ms: int) -> None:
        """Any period of seconds."""
        self._clock.tick(t_ms)
        self._memory.keep_all(self._calibrations.check(self._core, self._clock.now_s(t_ms), t_ms))
        self._memory.keep_all(self._exposure.tick(t_ms))

    def close(self, t_ms: int) -> None:
        """The tag stops."""
        self._exposure.save(t_ms)
        self._clock.keep()
