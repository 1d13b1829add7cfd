"""KEEP: what must be on flash before a frame goes, or before the application hears of one."""

import ticks
from lorawan.states import KEEP
from micropython import const

_STORE_MS = const(10000)  # a store that has not answered by then has failed
_RETRY_MS = const(1000)
_RETRY_TOP_MS = const(60000)


class Keeping:
    """Asks for the state to be stored, and keeps to what was."""

    def __init__(self, stack, sender, receiver) -> None:
        self.stack = stack
        self.sender = sender
        self.receiver = receiver
        self.keep_failures = 0
        self.delivered = False  # the application may see the downlink
        self._must_keep = False
        self._in_flight = False  # what had to be kept when KEEP was ordered
        self._keeping = False  # KEEP was ordered and not answered
        self._store_ms = 0  # until when an answer is waited for
        self._failing = False
        self._retry_ms = 0
        self._wait_ms = _RETRY_MS
        self._lend_band = -1  # somebody wants to borrow the radio (lorawan/lending.py): a reserve for him, -1: nobody
        self._lend_ms = 0

    def kept(self):
        """The bytes to store, when KEEP was ordered: a buffer that the next KEEP overwrites."""
        return self.stack.buf

    def was_kept(self, ok: bool, t_ms: int) -> None:
        """They are stored safely, or could not be."""
        if not self._keeping:
            return
        self._keeping = False
        if ok:
            self.stack.kept()
            self._failing = False
            self._wait_ms = _RETRY_MS
        else:
            self.keep_failures += 1
            self._failing = True
            self._retry_ms = ticks.add(t_ms, self._wait_ms)
            self._wait_ms = min(2 * self._wait_ms, _RETRY_TOP_MS)
            self._must_keep = self._must_keep or self._in_flight
            self._not_kept(t_ms)
        if not (ok and self._must_keep):  # else it came after KEEP was ordered
            self.delivered = self.receiver.port >= 0

    def _not_kept(self, t_ms: int) -> None:
        """The frame that waited for it cannot go."""

    def _may_keep(self, t_ms: int) -> bool:
        """Whether the store may be asked: not so soon after it failed. Called in every step, so that its time never wraps."""
        if self._failing and ticks.diff(t_ms, self._retry_ms) >= 0:
            self._failing = False
        return not self._failing

    def _keep(self, for_frame: bool, t_ms: int) -> int:
        """Order KEEP, with room for the frame that is built when it is `for_frame`."""
        stack = self.stack
        sender = self.sender
        nonce = max(stack.nonce_bound, stack.nonce + 1) if for_frame and sender.joins else stack.nonce_bound
        if for_frame:
            stack.save(nonce, sender.band, sender.air_ms)
        else:
            stack.save(nonce, self._lend_band, self._lend_ms)
            self._lend_band = -1
        self._keeping = True
        self._in_flight = self._must_keep
        self._must_keep = False
        self._store_ms = ticks.add(t_ms, _STORE_MS)
        return KEEP

    def _covered(self, first: bool) -> bool:
        """Whether the frame that is built may go; `first`: it takes a counter or DevNonce."""
        stack = self.stack
        if first and self.sender.joins:
            if stack.nonce >= stack.nonce_bound:
                return False
        elif first and stack.session.up >= stack.up_bound:
            return False
        return stack.duty.covers(self.sender.band, self.sender.air_ms)
