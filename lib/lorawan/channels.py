"""The sixteen channels of a region where networks may add their own, and which of them are in use.

Channels 0...N-1 are the region's and cannot be changed; the network adds others by CFList and NewChannelReq and chooses by
LinkADRReq which are used. Each use is at random among the enabled channels not used yet in this round (RP002 section 2.3),
of those whose band has room. A change of the mask by LinkADRReq is built up in a trial and taken over as a whole.
"""

from array import array

from codec.fields import put_u32
from codec.native import copy
from lorawan.bits import has, put
from micropython import const

COUNT = const(16)
_CFLIST_TOP = const(5)  # DR0...DR5
FREQ_OK, RATES_OK = 1, 2  # NewChannelAns, TS001 section 5.6
DOWN_OK, UP_EXISTS = 1, 2  # DlChannelAns
_CHANNEL = const(7)  # bytes in the kept form: u24 frequency, u24 downlink frequency, both in 100 Hz, and the data rates
_ALL_ON = const(6)  # ChMaskCntl


class Channels:
    """Of one region; `reset` before the first use."""

    count = COUNT
    size = COUNT * _CHANNEL + 2  # bytes of the kept form

    def __init__(self, region) -> None:
        self._region = region
        self._hz = array("I", [0] * COUNT)  # 0: not defined
        self._down_hz = array("I", [0] * COUNT)  # of the first window; 0: as the uplink's
        self._rates = bytearray(COUNT)  # highest << 4 | lowest
        self._band = bytearray(COUNT)
        self.mask = bytearray(2)
        self.trial = bytearray(2)
        self._used = bytearray(2)
        self.reset()

    def reset(self) -> None:
        """The region's own channels and no other, all enabled."""
        for i in range(COUNT):
            self._hz[i] = self._down_hz[i] = 0
            put(self.mask, i, False)
        for i in range(len(self._region.default_hz)):
            self._set(i, self._region.default_hz[i], 0, 5)
            put(self.mask, i, True)

    def restore(self) -> None:
        """Enable the region's own channels again, besides those that are (TS001 section 4.3.1.1)."""
        for i in range(len(self._region.default_hz)):
            put(self.mask, i, True)

    def hz(self, i: int) -> int:
        """Uplink frequency; 0: not defined."""
        return self._hz[i]

    def down_hz(self, i: int) -> int:
        """Frequency of the first window after an uplink there."""
        return self._down_hz[i] or self._hz[i]

    def band(self, i: int) -> int:
        """Its band in the duty account."""
        return self._band[i]

    def carries(self, i: int, dr: int, mask=None) -> bool:
        """Whether uplinks at `dr` may go on it: it is enabled, and made for that rate."""
        rates = self._rates[i]
        return has(mask or self.mask, i) and rates & 15 <= dr <= rates >> 4

    def carry(self, dr: int, mask=None) -> bool:
        """Whether any does."""
        for i in range(COUNT):
            if self.carries(i, dr, mask):
                return True
        return False

    def pick(self, dr: int, bands: int, random: int) -> int:
        """One for an uplink at `dr` among the bands given as bits; -1: there is none."""
        n = self._count(dr, bands)
        if not n:
            for i in range(COUNT):  # a new round
                if self.carries(i, dr):
                    put(self._used, i, False)
            n = self._count(dr, bands)
        if not n:
            return -1
        n = random % n
        for i in range(COUNT):
            if self._may(i, dr, bands):
                if not n:
                    put(self._used, i, True)
                    return i
                n -= 1
        return -1

    def _count(self, dr: int, bands: int) -> int:
        n = 0
        for i in range(COUNT):
            if self._may(i, dr, bands):
                n += 1
        return n

    def _may(self, i: int, dr: int, bands: int) -> bool:
        return self.carries(i, dr) and not has(self._used, i) and bands >> self._band[i] & 1 == 1

    def add(self, i: int, hz: int, rates: int) -> int:
        """NewChannelReq: the status of its answer; a frequency of 0 takes the channel away."""
        if not len(self._region.default_hz) <= i < COUNT:
            return 0
        if not hz:
            self._hz[i] = self._down_hz[i] = 0
            put(self.mask, i, False)
            if not self._any(self.mask):
                self.restore()
            return FREQ_OK | RATES_OK
        low, top = rates & 15, rates >> 4
        # A channel that is to carry 250 kHz must have room for it.
        wide = self._region.bw_hz(top) if self._region.knows(top) else 125000
        status = FREQ_OK if self._region.band(hz, wide) >= 0 else 0
        if low <= top <= self._region.top_dr:
            status |= RATES_OK
        if status == FREQ_OK | RATES_OK:
            self._down_hz[i] = 0
            self._set(i, hz, low, top)
            put(self.mask, i, True)
        return status

    def move_down(self, i: int, hz: int) -> int:
        """DlChannelReq: the status of its answer."""
        status = DOWN_OK if self._region.hears(hz) else 0
        if i < COUNT and self._hz[i]:
            status |= UP_EXISTS
        if status == DOWN_OK | UP_EXISTS:
            self._down_hz[i] = hz
        return status

    def cflist(self, buf, at: int) -> None:
        """The CFList of a join accept, 16 bytes: type 0 is five frequencies, 0 for none; other types are not for this plan."""
        if buf[at + 15] != 0:
            return
        first = len(self._region.default_hz)
        for i in range(first, COUNT):
            self.add(i, 0, 0)
        for k in range(5):
            hz = 100 * get_u24(buf, at + 3 * k)
            if hz:
                self.add(first + k, hz, _CFLIST_TOP << 4)

    def try_mask(self, control: int, mask: int, first: bool) -> bool:
        """One LinkADRReq of a block into the trial; False: it names what is not there."""
        if first:
            copy(self.mask, 0, self.trial, 0, 2)
        good = control == 0 or control == _ALL_ON
        for i in range(COUNT):
            on = self._hz[i] > 0 if control == _ALL_ON else mask >> i & 1 == 1
            good = good and (self._hz[i] > 0 or not on)
            put(self.trial, i, on)
        return good

    def trial_good(self, dr: int) -> bool:
        """Whether the trial leaves a channel at all."""
        return self._any(self.trial)

    def take_trial(self) -> None:
        """The block of LinkADRReq is accepted."""
        copy(self.trial, 0, self.mask, 0, 2)

    def save(self, buf, at: int) -> None:
        """The kept form into buf[at:at+size]."""
        for i in range(COUNT):
            put_u32(buf, at, self._hz[i] // 100)
            put_u32(buf, at + 3, self._down_hz[i] // 100)
            buf[at + 6] = self._rates[i]
            at += _CHANNEL
        copy(self.mask, 0, buf, at, 2)

    def load(self, buf, at: int) -> None:
        """Go on from a kept form."""
        self.reset()
        for i in range(len(self._region.default_hz), COUNT):
            hz = 100 * get_u24(buf, at + i * _CHANNEL)
            if hz:
                self.add(i, hz, buf[at + i * _CHANNEL + 6])
        for i in range(COUNT):
            hz = 100 * get_u24(buf, at + i * _CHANNEL + 3)
            if hz:
                self.move_down(i, hz)
            put(self.mask, i, has(buf, 8 * (at + COUNT * _CHANNEL) + i) and self._hz[i] > 0)
        if not self._any(self.mask):
            self.restore()

    def _set(self, i: int, hz: int, low: int, top: int) -> None:
        self._hz[i] = hz
        self._rates[i] = top << 4 | low
        self._band[i] = max(self._region.band(hz), 0)

    def _any(self, mask) -> bool:
        return mask[0] > 0 or mask[1] > 0


def get_u24(buf, at: int) -> int:
    """Three bytes as a number."""
    return buf[at] | buf[at + 1] << 8 | buf[at + 2] << 16
