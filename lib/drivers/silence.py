"""How long a source has said nothing, judged by the time that is handed in.

    age of the last sign of life     judgement
    below stale_ms                   OK
    stale_ms to failed_ms            STALE
    failed_ms and more               FAILED

The age is not let grow past failed_ms, so that ticks may wrap any number of times during a long silence.
"""

import quality
import ticks


class Silence:
    """Watches one source; its age counts from the first call of `judge` or `heard`."""

    def __init__(self, stale_ms: int, failed_ms: int) -> None:
        self._stale_ms = stale_ms
        self._failed_ms = failed_ms
        self._last_ms = -1

    def heard(self, t_ms: int) -> None:
        """A sign of life at `t_ms`."""
        self._last_ms = t_ms

    def judge(self, t_ms: int) -> int:
        """OK, STALE or FAILED at `t_ms`."""
        if self._last_ms < 0:
            self._last_ms = t_ms
        age_ms = ticks.diff(t_ms, self._last_ms)
        if age_ms >= self._failed_ms:
            self._last_ms = ticks.add(t_ms, -self._failed_ms)
            return quality.FAILED
        return quality.STALE if age_ms >= self._stale_ms else quality.OK
