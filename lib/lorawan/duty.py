"""What was sent in the last hour, band by band, and what may still be: never more than the duty cycle in *any* hour.

Airtime is counted in a ring of 13 slots of 5 minutes: twelve whole ones and the current one, so the sum covers at least the
last 60 minutes and at most 65. A frame is charged when it is handed to the radio, and moved to the slot in which the radio
says that it ended, so no part of it is older than its slot. There is no time-off: an alarm goes at once as long as the hour
has room. Frames that are not urgent may use only 100 - `share` per cent of a band; the rest waits for urgent ones.

**Resets.** There is no clock across a reset, so the account is kept (lorawan/kept.py) with its ages, and read at boot as if
no time had passed since. What is sent after it was kept would be missing: so with each band a reserve is kept, an allowance
to send until the next keeping, and at boot the whole reserve counts as sent. A frame that the reserve does not cover waits
until a new one is kept. Whatever happens between, the account at boot is never less than what went on the air in the hour
before. `stale` asks to be kept again every 10 minutes while anything is counted, so that a device that resets over and over
still sees its account grow old.

A `filled` account (nothing known of the past) is full: nothing is sent for 65 minutes.
"""

from array import array

import ticks
from codec.fields import get_u16, put_u16
from lorawan.region import PERMILLE
from micropython import const

SLOTS = const(13)
_SLOT_MS = const(300000)
_UNIT_MS = const(8)  # of the kept form: 2^16 * 8 ms is more than the 360 s of a 10 % band
_CHUNKS = const(32)  # a reserve is this part of a band's hour
_OLD = const(2)  # slots until the kept form is stale
_KEPT_MAX = const(0xFFFF)


class Duty:
    """`bands` is that of a region; `share` per cent of each is for urgent frames."""

    def __init__(self, bands, share: int, t_ms: int) -> None:
        n = len(bands)
        self._bands = n
        self._hour = array("I", [3600 * bands[i][PERMILLE] for i in range(n)])
        self._plain = array("I", [self._hour[i] // 100 * (100 - share) for i in range(n)])
        self._slots = array("I", [0] * (SLOTS * n))
        self._sum = array("I", [0] * n)
        self.reserve = array("I", [0] * n)  # ms that may be sent before the account is kept again
        self._now = 0  # the current slot
        self._next_ms = ticks.add(t_ms, _SLOT_MS)
        self._age = 0  # slots since the account was kept
        self._band = -1  # of the last charge, while its frame is on the air
        self._charge = 0
        self._charged = 0  # its slot
        self._grant_to = -1  # a reserve that was written and is not yet safe: its band
        self._grant = 0
        self.size = 2 * n * (SLOTS + 1)  # bytes of the kept form

    def roll(self, t_ms: int) -> None:
        """Let time pass; called before anything else is asked, at least every 6 days."""
        late = ticks.diff(t_ms, self._next_ms)
        if late >= 0:
            self._turn(late // _SLOT_MS + 1)

    def _turn(self, steps: int) -> None:
        """So many new slots; apart from `roll`, whose frame then needs no heap."""
        self._next_ms = ticks.add(self._next_ms, steps * _SLOT_MS)
        for _ in range(min(steps, SLOTS)):
            self._now = (self._now + 1) % SLOTS
            at = self._now * self._bands
            for i in range(self._bands):
                self._sum[i] -= self._slots[at + i]
                self._slots[at + i] = 0
        self._age = min(self._age + steps, SLOTS)

    def room_ms(self, band: int, urgent: bool) -> int:
        """Milliseconds that may still be sent in a band; without bands there is always room."""
        if not self._bands:
            return _SLOT_MS
        return max(0, (self._hour if urgent else self._plain)[band] - self._sum[band])

    def beyond_ms(self, band: int, ms: int) -> int:
        """Milliseconds that may still be sent in a band when `ms`, at most three quarters of its hour, are to be left."""
        if not self._bands:
            return _SLOT_MS
        return self.room_ms(band, True) - min(ms, self._hour[band] // 4 * 3)

    def open(self, ms: int, urgent: bool) -> int:
        """The bands, as bits, in which a frame of `ms` may go now."""
        if not self._bands:
            return 1
        found = 0
        for i in range(self._bands):
            if self.room_ms(i, urgent) >= ms:
                found |= 1 << i
        return found

    def wait_ms(self, band: int, ms: int, urgent: bool, t_ms: int) -> int:
        """Milliseconds until a frame of `ms` may go in a band; -1: it never may."""
        over = ms - self.room_ms(band, urgent)
        if over <= 0:
            return 0
        if ms > (self._hour if urgent else self._plain)[band]:
            return -1
        over = self._sum[band] + ms - (self._hour if urgent else self._plain)[band]
        wait = ticks.diff(self._next_ms, t_ms)
        for i in range(1, SLOTS):
            over -= self._slots[(self._now + i) % SLOTS * self._bands + band]
            if over <= 0:
                return wait
            wait += _SLOT_MS
        return wait

    def charge(self, band: int, ms: int) -> None:
        """A frame of `ms` is being handed to the radio."""
        if self._bands:
            self._band, self._charge, self._charged = band, ms, self._now
            self._slots[self._now * self._bands + band] += ms
            self._sum[band] += ms
            self.reserve[band] -= min(ms, self.reserve[band])

    def ended(self) -> None:
        """It has ended, or was given up: it counts as sent now. Called after `roll`."""
        if self._band >= 0 and self._charged != self._now:
            self._slots[self._charged * self._bands + self._band] -= self._charge
            self._slots[self._now * self._bands + self._band] += self._charge
        self._band = -1

    def undo(self) -> None:
        """It was not even begun: it does not count. Its part of the reserve is not given back."""
        if self._band >= 0:
            self._slots[self._charged * self._bands + self._band] -= self._charge
            self._sum[self._band] -= self._charge
        self._band = -1

    def covers(self, band: int, ms: int) -> bool:
        """Whether the reserve that was kept covers a frame of `ms`."""
        return not self._bands or self.reserve[band] >= ms

    def stale(self) -> bool:
        """Whether the kept form should be renewed: something is counted, and it has grown old."""
        return self._age >= _OLD and self._any()

    def _any(self) -> bool:
        for i in range(self._bands):
            if self._sum[i]:
                return True
        return False

    def save(self, buf, at: int, band: int, ms: int) -> None:
        """The kept form into buf[at:at+size]: slots, newest first, then reserves, u16 in units of 8 ms, rounded up.

        `band` gets a reserve that covers a frame of `ms`, in force once `kept` is called; -1: none is about to send."""
        self._grant_to = band if self._bands else -1
        if self._grant_to >= 0:
            self._grant = self.reserve[band]
            if self._grant < ms:
                self._grant = max(ms, min(self._hour[band] // _CHUNKS, self.room_ms(band, True)))
        for k in range(SLOTS):
            for i in range(self._bands):
                _put(buf, at, self._slots[(self._now - k) % SLOTS * self._bands + i])
                at += 2
        for i in range(self._bands):
            _put(buf, at, self._grant if i == self._grant_to else self.reserve[i])
            at += 2

    def kept(self) -> None:
        """What `save` wrote last is safe."""
        self._age = 0
        if self._grant_to >= 0:
            self.reserve[self._grant_to] = self._grant

    def load(self, buf, at: int) -> None:
        """Go on from a kept form, in an account that is new."""
        for k in range(SLOTS):
            for i in range(self._bands):
                ms = get_u16(buf, at) * _UNIT_MS
                at += 2
                self._slots[(self._now - k) % SLOTS * self._bands + i] = ms
                self._sum[i] += ms
        for i in range(self._bands):
            ms = get_u16(buf, at) * _UNIT_MS
            at += 2
            self._slots[self._now * self._bands + i] += ms
            self._sum[i] += ms

    def fill(self) -> None:
        """Nothing is known of the hour before: take it as used up, in an account that is new."""
        for i in range(self._bands):
            self._slots[self._now * self._bands + i] = self._sum[i] = self._hour[i]


def _put(buf, at: int, ms: int) -> None:
    put_u16(buf, at, min((ms + _UNIT_MS - 1) // _UNIT_MS, _KEPT_MAX))
