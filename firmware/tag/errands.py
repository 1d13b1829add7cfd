"""Messages from the gateway: those to the wearer go to the core, those that concern the tag itself are done here.

    TIME      the clock is set where it is off, and a TIME record tells how `t_ms` and the time of day go together
    CONFIG    settings, `name=value` a line: kept for the next start when all of them can be; keys never (tag/config.py)
    READINGS  records that are still there are sent again, delivered or not
    LIMITS    a part of a limit profile, in order; the whole is kept for the next start when its signature is good

Whoever sends a message repeats it until an answer arrives, with the same ident: it is done, and answered, once. An ident of 0
stands for none: such a message is always a new one. What cannot be done is REFUSED, with a CONFIG record that says why.
"""

from micropython import const
from tag import config, events
from tag.limitparts import LimitParts

_KNOWN = const(8)  # how many messages back a repetition is recognised


class Errands:
    """`outbox` is tag/reporting/outbox.py's, `clock` tag/clock.py's."""

    def __init__(self, core, outbox, clock, settings, root: str = "") -> None:
        self._core = core
        self._outbox = outbox
        self._clock = clock
        self._root = root
        self._limits = LimitParts(root, settings["limits_key"])
        self._known = [0] * _KNOWN
        self._next = 0

    def take(self, message, t_ms: int):
        """Do what a message, (kind, ident, arguments...), says; events to keep. The message was proved genuine."""
        kind, ident = message[0], message[1]
        if ident:
            if (kind << 16 | ident) in self._known:
                return ()
            self._known[self._next] = kind << 16 | ident
            self._next = (self._next + 1) % _KNOWN
        found = []
        done = self._try(kind, message[2:], found, t_ms)
        if done is None:
            return self._core.downlink(message, t_ms)
        found.extend(self._core.answer(kind, ident, events.DONE if done else events.REFUSED, t_ms))
        return found

    def _try(self, kind: int, args, found: list, t_ms: int):
        """True or False for what is ours, with events to keep put into `found`; None for what is the core's."""
        if kind == events.MSG_TIME:
            event = self._clock.told(args[0], args[1], events.FROM_GATEWAY, t_ms)
            if event:
                found.append(event)
            return self._clock.believed
        if kind == events.MSG_READINGS:
            return self._outbox.again(args[0], args[1])
        if kind == events.MSG_CONFIG:
            generation, problem = config.change(self._root, args[0])
            said = "generation %d: %s" % (generation, config.covered(args[0]))
        elif kind == events.MSG_LIMITS:
            said, problem = self._limits.take(args[0], args[1], args[2])
        else:
            return None
        if problem or said:
            code = events.CODE_RANGE if problem else 0
            found.append((events.CONFIG, t_ms, code, problem or said))
        return not problem
