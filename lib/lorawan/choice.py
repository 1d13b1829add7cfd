"""Which data rate and channel an uplink takes, and what may be sent now.

A frame goes at the data rate in force, or at the lowest above it that can carry it, and `least` bytes at any rate. A frame
that is urgent may also take a higher data rate when only that fits into what is left of a band's hour. FOpts count as
payload here.
"""

from lora_airtime import airtime_ms
from lorawan.frame import OPTIONS_MAX
from micropython import const

BARE = const(12)  # bytes of a data frame without options, port and payload
_DWELL_MS = const(400)
_MANY = const(50)  # channels of a fixed plan, 47 CFR 15.247
_A = const(16380)  # of a multiply-with-carry generator: 16380 * 2^16 - 1 and 16380 * 2^15 - 1 are prime


class Choice:
    """What the radio must know of the frame that was last chosen for."""

    def __init__(self, stack, least: int, seed: int) -> None:
        self._stack = stack
        self._least = least
        self._state = (seed & 0x3FFFFFFF) % (_A << 16) or 1
        self.length = 0
        self.freq_hz = 0
        self.sf = 0
        self.bw_hz = 0
        self.power_dbm = 0
        self.dr = 0
        self.channel = 0
        self.band = 0
        self.air_ms = 0
        self.urgent = False
        for _ in range(4):
            self.random()

    def random(self) -> int:
        """29 bits that are hard to guess for a neighbour, not for an attacker."""
        return self._next() << 13 ^ self._next()

    def _next(self) -> int:
        self._state = _A * (self._state & 0xFFFF) + (self._state >> 16)
        return self._state & 0xFFFF

    def first_dr(self) -> int:
        """The data rate for a frame of ordinary length: as ADR has it, or the lowest above that carries `least` bytes."""
        stack = self._stack
        least = self._least + self.pending()
        best = -1
        for dr in range(stack.terms.dr, stack.region.top_dr + 1):
            if stack.channels.carry(dr) and stack.terms.capacity(dr):
                if stack.terms.capacity(dr) >= least:
                    return dr
                best = dr
        for dr in range(stack.terms.dr - 1, -1, -1):
            if best < 0 and stack.channels.carry(dr) and stack.terms.capacity(dr):
                best = dr
        return best

    def room(self, urgent: bool) -> int:
        """Bytes of payload that a frame may have now; 0: none may go."""
        best = 0
        dr = self.first_dr()
        while 0 <= dr <= self._stack.region.top_dr:
            n = self._room_at(dr, urgent)
            best = max(best, n)
            if not urgent or (n and n >= self._least):
                break
            dr += 1
        return best

    def _room_at(self, dr: int, urgent: bool) -> int:
        stack = self._stack
        options = 0 if urgent else self.pending()
        n = stack.terms.capacity(dr) - options if stack.channels.carry(dr) and options <= OPTIONS_MAX else 0
        bare = BARE + options + 1
        if n <= 0 or self._bands(dr, bare + n, urgent):  # mostly
            return max(n, 0)
        if not self._bands(dr, bare + 1, urgent):  # or the hour is used up
            return 0
        low = 1
        while low < n:  # the largest that still fits into a band
            middle = (low + n + 1) // 2
            if self._bands(dr, bare + middle, urgent):
                low = middle
            else:
                n = middle - 1
        return low

    def wait_ms(self, n: int, urgent: bool, t_ms: int) -> int:
        """Milliseconds until a band has room for a payload of `n` bytes; -1: it can never go."""
        stack = self._stack
        options = 0 if urgent else self.pending()
        best = -1
        for dr in range(max(self.first_dr(), 0), stack.region.top_dr + 1):
            if n + options > stack.terms.capacity(dr) or not stack.channels.carry(dr):
                continue
            ms = self._air_ms(dr, BARE + options + 1 + n)
            for i in range(stack.channels.count):
                if ms and stack.channels.carries(i, dr):
                    wait = stack.duty.wait_ms(stack.channels.band(i), ms, urgent, t_ms)
                    if wait >= 0 and (best < 0 or wait < best):
                        best = wait
            if not urgent or best == 0:
                break
        return best

    def hop(self) -> bool:
        """Take another channel for the same frame; False: no band has room for it."""
        return self.take(self.dr, self.length, self.urgent)

    def pending(self) -> int:
        """Bytes of commands that must go with the next uplink; more than 15 need a frame of their own."""
        commands = self._stack.commands
        return self.fit(OPTIONS_MAX) if commands.said else commands.n + commands.asks()

    def fit(self, room: int) -> int:
        """Bytes of commands that fit in `room`: whole answers, and our requests only when all answers have."""
        commands = self._stack.commands
        taken = commands.fit(room)
        return taken + min(commands.asks(), max(0, room - taken)) if taken == commands.n else taken

    def _air_ms(self, dr: int, length: int) -> int:
        """Milliseconds of a frame; 0: it would outlast the dwell time."""
        stack = self._stack
        ms = airtime_ms(length, stack.region.sf_of(dr), stack.region.bw_hz(dr))
        limited = stack.terms.up_dwell or (stack.region.fixed and stack.region.bw[dr] == 1)
        return 0 if limited and ms > _DWELL_MS else ms

    def _bands(self, dr: int, length: int, urgent: bool) -> int:
        """The bands, as bits, where a channel for `dr` could take a frame of that length now."""
        stack = self._stack
        ms = self._air_ms(dr, length)
        bands = stack.duty.open(ms, urgent) if ms else 0
        if bands:
            for i in range(stack.channels.count):
                if stack.channels.carries(i, dr) and bands >> stack.channels.band(i) & 1:
                    return bands
        return 0

    def take(self, dr: int, length: int, urgent: bool) -> bool:
        """Choose a channel for a frame of that length."""
        stack = self._stack
        ms = self._air_ms(dr, length)
        channel = stack.channels.pick(dr, stack.duty.open(ms, urgent), self.random()) if ms else -1
        if channel < 0:
            return False
        self.dr = dr
        self.channel = channel
        self.band = stack.channels.band(channel)
        self.air_ms = ms
        self.sf = stack.region.sf_of(dr)
        self.bw_hz = stack.region.bw_hz(dr)
        self.freq_hz = stack.channels.hz(channel)
        few = stack.region.fixed and stack.channels.enabled(0) < _MANY
        self.power_dbm = stack.terms.power_dbm(stack.terms.power, self.bw_hz == 500000, few)
        return True
