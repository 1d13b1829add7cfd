"""Times in which nothing may be sent: after some frames, and while one is coming in."""

import ticks


class Silence:
    """Ends by itself."""

    def __init__(self, t_ms: int) -> None:
        self._hushed = False
        self._hush_ms = t_ms
        self._hearing = False
        self._hearing_ms = t_ms

    def hush(self, t_ms: int, ms: int) -> None:
        """Nothing for so long from now; a longer time that was set before stays."""
        until = ticks.add(t_ms, ms)
        if not self._hushed or ticks.diff(until, self._hush_ms) > 0:
            self._hushed = True
            self._hush_ms = until

    def hear(self, t_ms: int, ms: int) -> None:
        """A frame has begun that may last so long."""
        self._hearing = True
        self._hearing_ms = ticks.add(t_ms, ms)

    def heard(self) -> None:
        """It has ended."""
        self._hearing = False

    def hears(self, t_ms: int) -> bool:
        """Whether a frame may still be coming in."""
        if self._hearing and ticks.diff(t_ms, self._hearing_ms) >= 0:
            self._hearing = False
        return self._hearing

    def holds(self, t_ms: int) -> bool:
        """Whether nothing may be sent now."""
        if self._hushed and ticks.diff(t_ms, self._hush_ms) >= 0:
            self._hushed = False
        return self._hushed or self.hears(t_ms)

    def end_ms(self, t_ms: int) -> int:
        """When something may be sent, as far as is known now."""
        end = self._hush_ms if self._hushed else t_ms
        if self._hearing and ticks.diff(self._hearing_ms, end) > 0:
            end = self._hearing_ms
        return end
