"""The zone that a tag says it is in: the estimator's best one, once it is clearly before the zone that was said so far.

    state     means                     symbol, of a window of listening
    UNKNOWN   no zone can be said       QUIET    nothing heard, and not for long
    KNOWN     `zone` is said            SILENT   nothing heard for `AGE_MS`
                                        FOREIGN  what is heard fits no spot of the map, for `STRANGE` windows in a row
    next:     QUIET    SILENT   FOREIGN  SAME   LEANING  OTHER
    UNKNOWN   UNKNOWN  UNKNOWN  UNKNOWN  -      UNKNOWN  KNOWN
    KNOWN     KNOWN    UNKNOWN  UNKNOWN  KNOWN  KNOWN    KNOWN, another zone

    SAME      the zone said is the best, or behind it by less than the lead
    LEANING   another is the best by the lead or more, but not yet in `DWELL` windows in a row; or none is said, and the best is
              not yet `LEAD_Q4` before the second
    OTHER     it is; or none was said in `FIRST` windows that have heard something

The lead is `LEAD_Q4`; in a window that heard one or two beacons half as much again, as nothing there speaks against an odd one.
So a zone is never kept because nothing else is heard, and none is said because something was heard once where no map fits.
"""

import ticks
from micropython import const

UNKNOWN = const(0)
KNOWN = const(1)

QUIET = const(0)
SILENT = const(1)
FOREIGN = const(2)
SAME = const(3)
LEANING = const(4)
OTHER = const(5)

# TABLE[state][symbol] -> state
TABLE = (
    (UNKNOWN, UNKNOWN, UNKNOWN, UNKNOWN, UNKNOWN, KNOWN),
    (KNOWN, UNKNOWN, UNKNOWN, KNOWN, KNOWN, KNOWN),
)

LEAD_Q4 = const(20)  # 1.25 nats: 3.5 times as likely; chosen on people who stand (docs/place.md)
FEW = const(3)  # beacons
DWELL = const(1)
STRANGE = const(3)
FIRST = const(2)
AGE_MS = const(20000)
FIT_Q2 = const(28)  # 7 dB of 9: as good as any place


class Zones:
    """`window` after each window that the estimator has weighed. Allocates nothing."""

    def __init__(self, estimator, t_ms: int) -> None:
        self._estimator = estimator
        self._lead_q4 = LEAD_Q4
        self._dwell = DWELL
        self.state = UNKNOWN
        self.zone = 0
        self._candidate = 0
        self._leads = 0
        self._strange = 0
        self._waited = 0
        self._heard_ms = t_ms

    def tune(self, lead_q4: int, dwell: int) -> None:
        """Other numbers than shipped: for `davy evaluate place`."""
        self._lead_q4 = lead_q4
        self._dwell = dwell

    def window(self, heard: int, t_ms: int) -> bool:
        """A window is over in which so many fixed beacons were heard; True when another zone, or none, is said from now on."""
        symbol = self._symbol(heard, t_ms)
        before = self.zone
        self.state = TABLE[self.state][symbol]
        if symbol == OTHER:
            self.zone = self._estimator.best
            self._waited = 0
        elif self.state == UNKNOWN:
            self.zone = 0
        if symbol == SILENT:
            self._estimator.restart()
        return self.zone != before

    def _lead(self, heard: int) -> int:
        return self._lead_q4 if heard >= FEW else self._lead_q4 + (self._lead_q4 >> 1)

    def _symbol(self, heard: int, t_ms: int) -> int:
        if not heard:
            if 0 <= ticks.diff(t_ms, self._heard_ms) < AGE_MS:
                return QUIET
            self._heard_ms = ticks.add(t_ms, -AGE_MS)  # and stays so, however long it lasts
            self._leads = self._strange = self._waited = 0
            return SILENT
        self._heard_ms = t_ms
        estimator = self._estimator
        self._strange = min(STRANGE, self._strange + 1) if estimator.fit_q2 >= FIT_Q2 else 0
        if self._strange == STRANGE:
            self._leads = 0
            return FOREIGN
        if not self.zone:
            self._waited = min(FIRST, self._waited + 1)
            if self._waited < FIRST and estimator.lead_q4(0) < self._lead_q4:
                return LEANING
        elif estimator.best == self.zone or estimator.lead_q4(self.zone) < self._lead(heard):
            self._leads = 0
            return SAME
        if estimator.best != self._candidate:
            self._candidate = estimator.best
            self._leads = 0
        self._leads += 1
        if self._leads < self._dwell:
            return LEANING
        self._leads = 0
        return OTHER
