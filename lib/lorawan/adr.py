"""Adaptive data rate, the device's part (TS001 section 4.3.1.1): notice that nobody answers, and become louder step by step.

`count` is ADRACKCnt: uplinks, each counted once however often it is repeated, since the last class A downlink.

    count      the frame with that count
    0...63     as the network has set it
    64...      asks for a sign of life (ADRACKReq)
    96         full power; if it was full already, one data rate lower
    128, ...   one data rate lower, every 32 frames
    then       at the lowest data rate: each frame sent once, and the default channels enabled again
"""

from micropython import const

LIMIT = const(64)  # ADR_ACK_LIMIT
DELAY = const(32)  # ADR_ACK_DELAY
TOP = const(0x3FFF)


class Adr:
    """Changes `terms` and `channels` when nobody answers; `on` is the ADR bit: the network may set data rate and power."""

    def __init__(self, terms, channels, on: bool) -> None:
        self._terms = terms
        self._channels = channels
        self.on = on
        self.count = 0

    def asks(self) -> bool:
        """Whether the next frame has ADRACKReq."""
        return self.on and self.count >= LIMIT

    def sent(self) -> None:
        """A new frame was sent."""
        if self.count < TOP:
            self.count += 1
        if self.on and self.count >= LIMIT + DELAY and (self.count - LIMIT) % DELAY == 0:
            self._louder()

    def heard(self) -> None:
        """A class A downlink was received."""
        self.count = 0

    def _louder(self) -> None:
        terms = self._terms
        if terms.power:
            terms.power = 0
            return
        dr = terms.dr - 1
        while dr >= 0 and not (terms.capacity(dr) and self._channels.carry(dr)):
            dr -= 1
        if dr >= 0:
            terms.dr = dr
            return
        terms.nb_trans = 1
        self._channels.restore()
        lowest = terms.lowest_dr()
        if self._channels.carry(lowest):
            terms.dr = lowest
