"""The association of a Wi-Fi station with its access point: tries for ever, and says when the radio goes off and on.

| state   | seen                          | to do | next                                                           |
|---------|-------------------------------|-------|----------------------------------------------------------------|
| IDLE    | pause over                    | JOIN  | JOINING                                                        |
| IDLE    | else                          | -     | IDLE                                                           |
| JOINING | connected                     | -     | UP                                                             |
| JOINING | 15 s over                     | LEAVE | IDLE for a longer pause                                        |
| JOINING | the radio refused             | LEAVE | IDLE for a longer pause                                        |
| JOINING | else                          | -     | JOINING                                                        |
| UP      | connected, nobody complains   | -     | UP; after 10 s of it the next pause is the shortest again      |
| UP      | gone, or a carrier complained | LEAVE | IDLE for a pause                                               |

JOIN: radio off, on, connect. A radio that was told to connect twice sticks, so it is switched off before every try. LEAVE: radio
off. Pauses as in `net.backoff`, from 2 s to 30 s: an access point that takes a station and drops it at once is not asked faster
and faster.
"""

import ticks
from micropython import const

IDLE = const(0)
JOINING = const(1)
UP = const(2)

NOTHING = const(0)
JOIN = const(1)
LEAVE = const(2)

FIRST_MS = const(2000)
MOST_MS = const(30000)
JOIN_MS = const(15000)
STEADY_MS = const(10000)


class Association:
    """`step` several times a second; do what it returns. `backoff` is a `net.backoff.Backoff` of FIRST_MS and MOST_MS."""

    def __init__(self, backoff, t_ms: int) -> None:
        self._backoff = backoff
        self._due_ms = t_ms
        self._complaint = False
        self.state = IDLE
        self.drops = 0  # tries that came to nothing, and connections that ended

    def step(self, connected: bool, t_ms: int) -> int:
        """NOTHING, JOIN or LEAVE, by what the radio says and the time."""
        due = ticks.diff(t_ms, self._due_ms) >= 0
        if self.state == IDLE:
            if not due:
                return NOTHING
            self.state = JOINING
            self._due_ms = ticks.add(t_ms, JOIN_MS)
            return JOIN
        if self.state == JOINING:
            if connected:
                self.state = UP
                self._complaint = False
                self._due_ms = ticks.add(t_ms, STEADY_MS)
            elif due:
                return self._leave(t_ms)
            return NOTHING
        if not connected or self._complaint:
            return self._leave(t_ms)
        if due:
            self._backoff.reset()
            self._due_ms = t_ms
        return NOTHING

    def refused(self, t_ms: int) -> int:
        """The radio would not do what JOIN asks: LEAVE."""
        return self._leave(t_ms)

    def complain(self) -> None:
        """Nothing goes through although the radio says connected: the next step drops it. Without effect unless UP."""
        self._complaint = True

    def _leave(self, t_ms: int) -> int:
        self.drops = min(self.drops + 1, 65535)
        self.state = IDLE
        self._due_ms = ticks.add(t_ms, self._backoff.pause_ms())
        return LEAVE
