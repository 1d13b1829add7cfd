"""All that a device knows, in one place, and its kept form: identity, session, terms, channels, airtime, counters.

    kept form, between the guards of lorawan/kept.py:
    live u8 | address 4 | net id 3 | keys 32 | ADRACKCnt u16 | terms 8 | n u8 | answers 16 | channels | duty

`up_bound` and `nonce_bound` are what is kept: a frame's counter, or a request's DevNonce, must lie below.
"""

from codec.fields import get_u16, put_u16
from codec.native import copy, crc16
from lorawan import kept, terms
from lorawan.adr import TOP, Adr
from lorawan.channels import Channels
from lorawan.commands import Commands
from lorawan.duty import Duty
from lorawan.session import COUNTER_MAX, Abp, Session
from micropython import const

AHEAD = const(32)  # uplink counters that are kept ahead
NONCE_MAX = const(0xFFFF)
_AT = const(22)  # after the first guard
_SESSION = const(40)
_ANSWERS = const(16)
FRESH, GOOD, SALVAGED, LOST = range(4)  # what was found at boot


class Stack:
    """`who` is an Otaa or Abp; `copies` are the states that were stored, newest or not; see `Mac` for the rest."""

    def __init__(self, region, who, t_ms: int, copies, floor: int, adr: bool, share: int, radio) -> None:
        self.region = region
        self.who = who
        self.personal = isinstance(who, Abp)
        self.session = Session()
        self.terms = terms.Terms(region, radio[0], radio[1], radio[2])
        self.channels = _channels(region)
        self.adr = Adr(self.terms, self.channels, adr)
        self.commands = Commands(region, self.terms, self.channels, self.adr)
        self.duty = Duty(region.bands, share, t_ms)
        self._counters = kept.Counters()
        self._owner = self._whose()
        size = _AT + _SESSION + 2 + terms.SIZE + 1 + _ANSWERS + self.channels.size + self.duty.size + kept.GUARD + 2
        self.buf = bytearray(size)  # the kept form
        self._load(copies, floor)

    def _whose(self) -> int:
        """Tells keys apart, without giving them away."""
        if self.personal:
            return crc16(self.who.addr + self.who.keys, 0, 36)
        block = bytearray(16)
        self.who.key.encrypt(self.who.euis, block)
        return get_u16(block, 0)

    def _load(self, copies, floor: int) -> None:
        stored = [copy for copy in copies if copy]
        counters = self._counters
        state = kept.newest(stored, len(self.buf), self.region.ident)
        found = kept.salvage(stored if state is None else [state], counters, self._owner)
        self.found = FRESH if not stored else GOOD if state is not None else SALVAGED if found else LOST
        if self.found == LOST and floor > 0:
            self.found = SALVAGED
        counters.dev_nonce = max(counters.dev_nonce, 0 if self.personal else floor)
        counters.up = max(counters.up, floor if self.personal else 0)
        self.nonce = self.nonce_bound = counters.dev_nonce
        self.join_nonce = counters.join_nonce
        self.up_bound = counters.up
        if state is not None:
            self.buf[:] = state
            self.duty.load(state, len(self.buf) - 2 - kept.GUARD - self.duty.size)
        elif stored:
            self.duty.fill()
        if state is not None and kept.owner_of(state) == self._owner:
            self._resume(state)
        if self.personal and not self.session.live and self.found != LOST:
            self.session.begin(self.who.addr, self.who.keys, self.up_bound, counters.down)

    def _resume(self, state) -> None:
        """Take over the session of a whole state of ours."""
        if state[_AT]:
            keys = state[_AT + 8 : _AT + 40]
            self.session.begin(state[_AT + 1 : _AT + 5], keys, self.up_bound, min(self._counters.down, COUNTER_MAX))
            self.session.net_id[:] = state[_AT + 5 : _AT + 8]
        at = _AT + _SESSION
        self.adr.count = min(get_u16(state, at), TOP)
        self.terms.load(state, at + 2)
        at += 2 + terms.SIZE
        self.commands.load(state, at + 1, min(state[at], _ANSWERS))
        self.channels.load(state, at + 1 + _ANSWERS)

    def save(self, nonce_bound: int, band: int, ms: int):
        """The kept form with new bounds: counters ahead, `nonce_bound`, and a reserve for a frame of `ms` in `band` (-1: none).

        Returns the buffer. The bounds are in force when `kept` is called."""
        buf = self.buf
        session = self.session
        counters = self._counters
        counters.dev_nonce = nonce_bound
        counters.join_nonce = self.join_nonce
        counters.up = min(session.up + AHEAD, COUNTER_MAX) if session.live else 0
        counters.down = session.down
        buf[_AT] = session.live
        copy(session.addr, 0, buf, _AT + 1, 4)
        copy(session.net_id, 0, buf, _AT + 5, 3)
        copy(session.keys, 0, buf, _AT + 8, 32)
        at = _AT + _SESSION
        put_u16(buf, at, self.adr.count)
        self.terms.save(buf, at + 2)
        at += 2 + terms.SIZE
        buf[at] = self.commands.fit(_ANSWERS)
        copy(self.commands.answers, 0, buf, at + 1, _ANSWERS)
        self.channels.save(buf, at + 1 + _ANSWERS)
        self.duty.save(buf, at + 1 + _ANSWERS + self.channels.size, band, ms)
        kept.write(buf, self.region.ident, counters, self._owner)
        return buf

    def kept(self) -> None:
        """What `save` wrote last is safe."""
        self.nonce_bound = self._counters.dev_nonce
        self.up_bound = self._counters.up
        self.duty.kept()

    def join(self, accept, n: int, keys: bytes, dr: int) -> None:
        """A join accept was accepted: a new session, on the region's own terms but for what it says; `dr` is the request's."""
        buf = accept.buf
        self.forget()
        self.terms.dr = self.region.start_dr(dr)
        self.terms.join(buf[11], buf[12])
        if n > 17:
            self.channels.cflist(buf, 13)
        self.join_nonce = accept.nonce
        self.session.begin(buf[7:11], keys, 0, -1)
        self.session.net_id[:] = buf[4:7]
        self.up_bound = 0

    def forget(self) -> None:
        """No session: as before any join."""
        self.session.end()
        self.terms.reset()
        self.channels.reset()
        self.adr.count = 0
        self.commands.reset()


def _channels(region):
    """The kind of channels that the region has; only one is loaded."""
    if region.fixed:
        from lorawan.fixed import FixedChannels

        return FixedChannels(region)
    return Channels(region)
