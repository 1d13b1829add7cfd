"""A shift: how long it goes, what it has asked of the wearer's body (WORKLOAD, each hour and at its end), when it ends of itself.

    minute        is
    OVER          it lay still for eight hours, or for one when its length was over: the tag was not worn, and all begins anew
    FULL          its length is over, and the wearer still moves: the next one begins, but he has not slept
    GOES_ON       neither

It begins with the first minute that is not still: a tag that lies on a shelf, switched on or off, gives its next wearer no hours
awake, and he loses what he sat without any motion before. A minute that is not seen counts.

Still is a minute without an active second, of which samples came, and in which nobody breathed (sleep.py): who sleeps with the tag
on is its wearer, and his hours awake go on from that sleep.
"""

from micropython import const
from tag.events import WORKLOAD
from tag.fatigue.ledger import Ledger
from tag.fatigue.vibration import Vibration

GOES_ON = const(0)
FULL = const(1)
OVER = const(2)

_WORK_MIN = const(60)
PAUSE_MIN = const(480)  # off for so long: another shift, as for gas; or still
_STILL_MIN = const(60)  # when a shift ends by its length: the tag is not worn
_TOP = const(65535)  # asleep: cannot be told


class Shift:
    """`say(event)` takes WORKLOAD."""

    def __init__(self, settings, say) -> None:
        self._say = say
        self._length_min = settings["shift_h"] * 60
        self.ledger = Ledger()
        self.vibration = Vibration(100)
        self.sleep = None
        self.begin()

    def wear(self, sleep) -> None:
        """The tag is worn where a posture is a body's: its tag/fatigue/sleep.py."""
        self.sleep = sleep

    def begin(self) -> None:
        """All begins anew, and the tag is worn another way."""
        self.minutes = 0  # since the wearer has begun to work; 0: nobody has
        self._still_min = 0
        self.ledger.upright.restart()
        self.close()

    def close(self) -> None:
        """What WORKLOAD sums begins anew."""
        self._from_min = self.minutes
        self._work_min = 0  # since a WORKLOAD record
        self.ledger.restart()
        self.vibration.restart()
        if self.sleep:
            self.sleep.close()

    def keep(self, keeping) -> None:
        """To or from flash: tag/fatigue/keeping.py."""
        self.minutes = keeping.number(self.minutes, 0, _TOP)
        self._from_min = keeping.number(self._from_min, 0, self.minutes)
        self.ledger.keep(keeping)
        self.vibration.ridden.keep(keeping)
        if self.sleep:
            self.sleep.keep(keeping)

    @property
    def worked(self) -> bool:
        """Whether there is anything to tell of it."""
        return self.minutes > self._from_min

    @property
    def due(self) -> bool:
        """It was not told for an hour."""
        return self._work_min >= _WORK_MIN

    def minute(self, n: int) -> int:
        """So many have passed; what that means for it."""
        self._work_min += n
        if self._rest(n) and not self.minutes:
            self._still_min = 0
            return GOES_ON
        self.minutes = min(_TOP, self.minutes + n)
        if self._still_min >= PAUSE_MIN:
            return OVER
        if self._length_min and self.minutes - self._from_min >= self._length_min:
            return OVER if self._still_min >= _STILL_MIN else FULL
        return GOES_ON

    def was_off(self, gap_min: int) -> None:
        """Time that the tag has not seen, and the ledger has been told of."""
        if self.minutes:
            self.minutes = min(_TOP, self.minutes + gap_min)
        else:
            self.ledger.blind = False  # who puts it on has begun when he moves

    def tell(self, closed: int, t_ms: int) -> None:
        """WORKLOAD, now."""
        ledger = self.ledger
        ridden = self.vibration.ridden
        self._work_min = 0
        head = (WORKLOAD, t_ms, self.minutes - self._from_min, ledger.missing_s // 60)
        moved = (ledger.steps, ledger.walking_s // 60, ledger.active_s // 60, ledger.effort_mgs // 1000)
        bent = (ledger.bent_s // 60, ledger.posture_s // 60)
        rode = (ridden.seconds // 60, ridden.measured, min(_TOP, ridden.a8_mms2))
        asleep_min = self.sleep.asleep_min if self.sleep and self.sleep.known else _TOP
        self._say(head + moved + bent + rode + (closed, asleep_min))

    def _rest(self, n: int) -> bool:
        """Of `n` minutes: has the tag lain still in them? One that is not seen says nothing."""
        ledger = self.ledger
        worn = ledger.moved or (self.sleep and self.sleep.worn)
        still = not worn and not ledger.blind
        if worn:
            self._still_min = 0
        elif still:
            self._still_min += n
        ledger.moved = ledger.blind = False
        return still
