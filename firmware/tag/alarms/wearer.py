"""What the wearer tells: by the button, by moving, and by doing neither. A shell's edges and the motion watch go in, causes go out.

gesture   what it means
short     for a reaction test, where one waits for it; else `pressed` of whatever was meant: orders, gases, alarms
long      an SOS; while one is on, all that a wearer may cancel, from _CANCEL_AFTER_MS after it on
any       the answer to a check-in, and half of the answer to "are you wearing me?"; moving is the other half
none      for `checkin_s`: somebody who works alone has not pressed: man down
          to "are you wearing me?": the tag may be on one who cannot answer: man down
"""

import ticks
from micropython import const
from tag import events
from tag.alarms.button import LONG, NONE, SHORT, UP, Button

# An SOS is cancelled by a long press that begins this much later: not by the one that raised it, nor by a nervous finger.
_CANCEL_AFTER_MS = const(5000)
# What moved while the tag was dropped, or bounced, is not the wearer: by then all of that has drained from `moving`.
# Nor is one who thrashes where he fell: being worn is motion that goes on.
_WORN_AFTER_MS = const(10000)


class Wearer:
    """`pressed(meant, t_ms)` is told of short presses that were for alarms; `fatigue` is a Monitor, or None.

    What runs at each tick only looks; what acts is in methods of its own, whose frames are too large to cost no heap.
    """

    def __init__(self, settings, say, alarms, motions, fatigue, pressed, t_ms: int) -> None:
        self._say = say
        self._alarms = alarms
        self._motions = motions
        self._fatigue = fatigue
        self._pressed = pressed
        self.button = Button(settings["sos_hold_s"])
        self._tested = False  # the press that is under way is for a reaction test
        self._sos_ms = t_ms
        self._period_ms = settings["checkin_s"] * 1000
        self._heard_ms = t_ms  # the last press, or the start

    def edge(self, edge: int, t_ms: int) -> None:
        """The button went down (1) or up (0)."""
        if edge and self._fatigue and self.button.state == UP:
            self._tested = self._fatigue.press(t_ms)
        gesture = self.button.edge(edge, t_ms)
        if gesture != NONE:
            self._gesture(gesture, t_ms)

    def tick(self, t_ms: int) -> None:
        """Time passes: a press may have become a long one."""
        gesture = self.button.tick(t_ms)
        if gesture != NONE:
            self._gesture(gesture, t_ms)

    def watch(self, t_ms: int) -> None:
        """What moving says, and a check-in that is overdue."""
        if self._motions.still.moving:
            self._moving(t_ms)
        if self._period_ms and ticks.diff(t_ms, self._heard_ms) >= self._period_ms:
            self._overdue(self._alarms, t_ms)

    def unanswered(self, t_ms: int) -> None:
        """Nobody has answered "are you wearing me?": it may be on one who cannot."""
        alarms = self._alarms
        if not alarms.has(events.ALARM_MAN_DOWN, events.CAUSE_DROP):
            peak_mg = alarms.value(events.ALARM_WEAR)
            alarms.raised(events.ALARM_MAN_DOWN, events.CAUSE_DROP, peak_mg, t_ms)

    def _overdue(self, alarms, t_ms: int) -> None:
        self._heard_ms = t_ms
        if not alarms.has(events.ALARM_MAN_DOWN, events.CAUSE_CHECKIN):  # who was asked is not asked again
            alarms.raised(events.ALARM_MAN_DOWN, events.CAUSE_CHECKIN, self._period_ms // 1000, t_ms)

    def _moving(self, t_ms: int) -> None:
        """The wearer moves: that takes causes away, where there are any."""
        alarms = self._alarms
        alarms.cleared(events.ALARM_MAN_DOWN, events.CAUSE_STILL, 0, t_ms)
        # In the countdown after a fall, moving is no answer: the injured move too.
        if alarms.state(events.ALARM_MAN_DOWN) != events.PRE:
            alarms.cleared(events.ALARM_MAN_DOWN, events.CAUSE_FALL, 0, t_ms)
            alarms.cleared(events.ALARM_MAN_DOWN, events.CAUSE_DROP, 0, t_ms)
        # What ticks cannot tell apart any more (6 days) was long ago.
        if not 0 <= ticks.diff(t_ms, self._motions.dropped_ms) < _WORN_AFTER_MS:
            alarms.cleared(events.ALARM_WEAR, events.CAUSE_DROP, 0, t_ms)

    def _gesture(self, gesture: int, t_ms: int) -> None:
        alarms = self._alarms
        self._motions.still.restart()
        self._heard_ms = t_ms
        if gesture == SHORT and self._tested:
            return  # also where an alarm has come since the button went down
        self._say((events.BUTTON, t_ms, gesture, min(0xFFFF, self.button.held_ms)))
        alarms.cleared(events.ALARM_MAN_DOWN, events.CAUSE_CHECKIN, 0, t_ms)
        alarms.cleared(events.ALARM_WEAR, events.CAUSE_DROP, 0, t_ms)
        if gesture != LONG:
            self._pressed(alarms.meant(), t_ms)
        elif alarms.state(events.ALARM_SOS) == events.OFF:
            self._sos_ms = t_ms
            alarms.raised(events.ALARM_SOS, events.CAUSE_BUTTON, 0, t_ms)
        elif not 0 <= ticks.diff(self.button.since_ms, self._sos_ms) < _CANCEL_AFTER_MS:
            alarms.cancel(t_ms)
