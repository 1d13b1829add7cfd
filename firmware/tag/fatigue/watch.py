"""From windows to the index's DRIFT part: how far the wearer has drifted, and how much that is to be believed.

confidence   100 * features seen / features used * n / (n + 1), n windows of learning; halved
             for each window in a row that held too little, and 0, unknown, after the third of them: who sits in a cab
             for a quarter of an hour has no gait to judge
"""

from micropython import const
from tag.fatigue.drift import LEARN, LEARNING, MEMORY, SLACK_Q8, Drift
from tag.fatigue.index import DRIFT, NONE, drift_part

_BLIND = const(3)  # windows


class DriftWatch:
    """Puts windows into the statistic, and its word into an index. Allocates nothing after its construction."""

    def __init__(self, floors, learn: int = LEARN, slack_q8: int = SLACK_Q8, memory: int = MEMORY) -> None:
        self.drift = Drift(floors, learn, slack_q8, memory)
        self._windows = learn
        self._blind = 0
        self._compared = False

    def restart(self) -> None:
        """A new shift."""
        self.drift.restart()
        self._blind = 0
        self._compared = False

    def keep(self, keeping) -> None:
        """To or from flash: tag/fatigue/keeping.py."""
        self.drift.keep(keeping)
        self._blind = keeping.number(self._blind, 0, _BLIND)
        self._compared = keeping.number(int(self._compared), 0, 1) > 0
        if self._compared and not self.drift.used:
            keeping.bad = True  # with nothing

    def take(self, values, known: int, index) -> None:
        """A window, see `Drift.take`; `index` is told."""
        learning = self.drift.state == LEARNING
        good = self.drift.take(values, known)
        self._blind = 0 if good else min(_BLIND, self._blind + 1)
        if good and not learning:
            self._compared = True
        self._tell(index)

    def _tell(self, index) -> None:
        index.set(DRIFT, self._points(), self._confidence())

    def _points(self) -> int:
        drift = self.drift
        return drift_part(drift.distance_q8, drift.burden_q8) if self._compared else NONE

    def _confidence(self) -> int:
        drift = self.drift
        if not self._compared or self._blind == _BLIND or not drift.used:
            return 0
        seen = drift.seen if not self._blind else drift.used
        return (100 * seen * self._windows // (drift.used * (self._windows + 1))) >> self._blind
