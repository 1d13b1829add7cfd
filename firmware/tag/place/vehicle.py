"""Whether the wearer rides: a vehicle's beacon that stays close while the place changes.

    state    means                                    symbol, of a window of listening
    AWAY     no vehicle is close                      GONE     not close for `LEAVE_MS`
    NEAR     one is, `beacon`: parked, or passing     WEAK     not close, but it was less than `LEAVE_MS` ago
    ABOARD   the wearer's place is the vehicle's      CLOSE    its median is `CLOSE_DBM` or louder
                                                      CARRIED  close for `BOARD_MS`, and the zone is not that of the beginning
    next:    GONE   WEAK    CLOSE   CARRIED
    AWAY     AWAY   AWAY    NEAR    NEAR
    NEAR     AWAY   NEAR    NEAR    ABOARD
    ABOARD   AWAY   ABOARD  ABOARD  ABOARD

"No zone" is a place too: a haul road without beacons is another place than the loading bay. But a zone that is found where none was
known is no change: a tag that starts beside a vehicle has not moved. Who stands beside a parked vehicle stays in his zone, for as
long as that zone is said. Of several vehicles the loudest counts; while NEAR or ABOARD only one takes over that is
10 dB louder than the own was when it was last heard: a window that misses the own one gives the wearer to nobody else.
"""

import ticks
from micropython import const

AWAY = const(0)
NEAR = const(1)
ABOARD = const(2)

GONE = const(0)
WEAK = const(1)
CLOSE = const(2)
CARRIED = const(3)

# TABLE[state][symbol] -> state
TABLE = (
    (AWAY, AWAY, NEAR, NEAR),
    (AWAY, NEAR, NEAR, ABOARD),
    (AWAY, ABOARD, ABOARD, ABOARD),
)

CLOSE_DBM = const(-68)
BOARD_MS = const(15000)
LEAVE_MS = const(20000)
_LOUDER_DB = const(10)


class Vehicle:
    """`hear` the vehicles' medians of a window, then `window`. Allocates nothing."""

    def __init__(self, t_ms: int) -> None:
        self.state = AWAY
        self.beacon = -1
        self._since_ms = t_ms
        self._close_ms = t_ms
        self._zone = 0
        self._loudest = -1
        self._loudest_dbm = -128
        self._own_dbm = -128  # of `beacon`, when it was last heard
        self._own_heard = False  # in this window

    def hear(self, beacon: int, dbm: int) -> None:
        """The median of a vehicle's beacon in this window."""
        if dbm > self._loudest_dbm:
            self._loudest = beacon
            self._loudest_dbm = dbm
        if beacon == self.beacon:
            self._own_dbm = dbm
            self._own_heard = True

    def window(self, zone: int, t_ms: int) -> bool:
        """The window is over, and the beacons of the walls say `zone`; True when the wearer has boarded or left."""
        before = self.state
        beacon = self.beacon
        if self._loudest >= 0 and self._loudest_dbm >= CLOSE_DBM:
            if self.state == AWAY or self._loudest_dbm >= self._own_dbm + _LOUDER_DB:
                if self._loudest != self.beacon:
                    self.state = AWAY
                    self.beacon = self._loudest
                    self._own_dbm = self._loudest_dbm
                    self._own_heard = True
        self._zone = self._zone or zone  # the first that is known counts as the beginning's
        if not 0 <= ticks.diff(t_ms, self._since_ms) <= BOARD_MS:
            self._since_ms = ticks.add(t_ms, -BOARD_MS)  # long enough; the count of milliseconds wraps in days
        symbol = self._symbol(zone, t_ms)
        if self.state == AWAY and symbol >= CLOSE:
            self._since_ms = t_ms
            self._zone = zone
        self.state = TABLE[self.state][symbol]
        if self.state == AWAY:
            self.beacon = -1
        self._loudest = -1
        self._loudest_dbm = -128
        self._own_heard = False
        return (before == ABOARD) != (self.state == ABOARD) or (before == ABOARD and beacon != self.beacon)

    def _symbol(self, zone: int, t_ms: int) -> int:
        if self._own_heard and self._own_dbm >= CLOSE_DBM:
            self._close_ms = t_ms
            if self.state != AWAY and zone != self._zone and ticks.diff(t_ms, self._since_ms) >= BOARD_MS:
                return CARRIED
            return CLOSE
        if self.state != AWAY and 0 <= ticks.diff(t_ms, self._close_ms) < LEAVE_MS:
            return WEAK
        return GONE
