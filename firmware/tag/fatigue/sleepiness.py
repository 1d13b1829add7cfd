"""The index's ALERTNESS: hours awake and time of day by the three-process model, of a roster or a usual night, and of sleep seen.

How much it is believed, 0..100. Chosen, not measured:
    60 where `awake_h` and `slept_h` say how the wearer has slept; 40 when the tag has seen him sleep since (sleep.py), an estimate;
    20 where a usual night is assumed, also after a sleep that was seen; unknown without the local time
"""

from micropython import const
from tag.fatigue.alertness import Alertness
from tag.fatigue.index import ALERTNESS, NONE, alertness_part

_KNOWN = const(60)
_SEEN = const(40)
_ASSUMED = const(20)
_AWAKE_H = const(2)  # where nobody said it


class Sleepiness:
    """Minutes are those since the wearer has begun to work."""

    def __init__(self, settings) -> None:
        self._awake_min = settings["awake_h"] * 60
        self._slept_min = settings["slept_h"] * 60
        self.alertness = Alertness()

    def begin(self) -> None:
        """A shift begins: only the roster, or a usual night, says how the wearer has slept before."""
        awake_min = self._awake_min or _AWAKE_H * 60
        self.alertness.assume(0, awake_min)
        if self._awake_min and self._slept_min:
            self.alertness.slept(-awake_min - self._slept_min, -awake_min)

    def keep(self, keeping) -> None:
        """To or from flash: tag/fatigue/keeping.py."""
        self.alertness.keep(keeping)

    def judge(self, minutes: int, local_min: int, index) -> None:
        """`local_min`: minute of the day where the tag is, NONE: not known; `index` is told."""
        part = NONE
        if local_min >= 0:
            part = alertness_part(self.alertness.kss_q8(minutes, local_min))
        index.set(ALERTNESS, part, self._believed())

    def _believed(self) -> int:
        alertness = self.alertness
        if not alertness.known:
            return _ASSUMED
        return _SEEN if alertness.napped else _KNOWN
