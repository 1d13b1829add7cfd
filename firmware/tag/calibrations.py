"""Calibrations in the running tag: gives the core the constants of its gases and says which gas is due.

Due is what was never done, what did not pass, what is older than the settings allow, what was done later than now, and
everything when a file is damaged: unknown is never in order. The files: tag/calibration_store.py.
"""

from micropython import const
from tag.calibration_store import DAMAGED, load, row_of
from tag.events import CODE_CORRUPT, CONFIG, FAULT_CONFIG, O2

_DAY_S = const(86400)


def due(row: tuple, now_s: int, settings) -> int:
    """How a gas stands: 0 fine, 1 due, 2 due where the site says that nobody works without.

    A span counts as a bump test, but not one of oxygen, which may be fresh air. What was done later than now was done by a
    clock that was wrong: its age is unknown, so due.
    """
    gas, failed, _, _, _, _, _, span_s, bump_s = row
    late = failed != 0
    for last_s, name in ((span_s, "calibration_days"), (bump_s if gas == O2 else max(span_s, bump_s), "bump_days")):
        days = settings[name]
        if days and not (0 < last_s <= now_s and now_s - last_s < days * _DAY_S):
            late = True
    return (2 if settings["bump_force"] else 1) if late else 0


class Calibrations:
    """The running tag's view: tells the core the constants of its gases, and what is due. `gases` are those that it has."""

    def __init__(self, settings, gases, root: str = "") -> None:
        data, self._code, self._text = load(root)
        self._settings = settings
        self._rows = []
        for gas in gases:
            row = row_of(data, gas)
            if self._code == CODE_CORRUPT:
                row = (gas, DAMAGED) + row[2:]
            self._rows.append(row)
        self._told = [-1] * len(self._rows)

    def apply(self, core, t_ms: int) -> list:
        """Once at boot: events to keep."""
        found = []
        for row in self._rows:
            core.correct(row[0], row[4], row[5])
        if self._code == CODE_CORRUPT:
            found.append((CONFIG, t_ms, CODE_CORRUPT, self._text))
            found.extend(core.fault(FAULT_CONFIG, CODE_CORRUPT, 1, t_ms))
        return found

    def check(self, core, now_s: int, t_ms: int) -> list:
        """At boot and every minute or so: events to keep. `now_s`: of tag/clock.py."""
        found = []
        for i in range(len(self._rows)):
            state = due(self._rows[i], now_s, self._settings)
            if state != self._told[i]:
                self._told[i] = state
                found.extend(core.due(self._rows[i][0], state, t_ms) or ())
        return found
