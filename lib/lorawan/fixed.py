"""The 72 channels of a fixed plan, US915: nothing is stored of them but which are in use. Same calls as lorawan/channels.py.

    0...63      902.3 + 0.2 i MHz, 125 kHz, DR0...DR3
    64...71     903.0 + 1.6 (i - 64) MHz, 500 kHz, DR4
    downlinks   923.3 + 0.6 (i mod 8) MHz, 500 kHz

ChMaskCntl of LinkADRReq, RP002 section 2.5.5: 0...3 sixteen channels each; 4 channels 64...71; 5 banks of eight 125 kHz
channels with their 500 kHz channel; 6 and 7 all 125 kHz channels on or off, and the mask for 64...71. At least two channels
of 125 kHz must be left for DR0...DR3 to hop between.
"""

from codec.native import copy
from lorawan.bits import has, put
from micropython import const

COUNT = const(72)
WIDE = const(64)  # first channel of 500 kHz
_WIDE_DR = const(4)
_BANKS, _ALL_ON, _ALL_OFF = 5, 6, 7  # ChMaskCntl
_LEAST = const(2)


class FixedChannels:
    """Of one region; the region's sub-band is what a reset enables."""

    count = COUNT
    size = 9  # bytes of the kept form

    def __init__(self, region) -> None:
        self._sub_band = region.sub_band
        self.mask = bytearray(9)
        self.trial = bytearray(9)
        self._used = bytearray(9)
        self.reset()

    def reset(self) -> None:
        """The sub-band, or all."""
        for i in range(COUNT):
            bank = i - WIDE if i >= WIDE else i >> 3
            put(self.mask, i, not self._sub_band or bank == self._sub_band - 1)

    def restore(self) -> None:
        """All of them again (TS001 section 4.3.1.1); a site's sub-band stays what its gateways hear."""
        self.reset()

    def hz(self, i: int) -> int:
        """Uplink frequency."""
        return 903000000 + 1600000 * (i - WIDE) if i >= WIDE else 902300000 + 200000 * i

    def down_hz(self, i: int) -> int:
        """Frequency of the first window after an uplink there."""
        return 923300000 + 600000 * (i & 7)

    def band(self, i: int) -> int:
        """There are none."""
        return 0

    def carries(self, i: int, dr: int, mask=None) -> bool:
        """Whether uplinks at `dr` may go on it."""
        return has(mask or self.mask, i) and (dr == _WIDE_DR if i >= WIDE else dr < _WIDE_DR)

    def carry(self, dr: int, mask=None) -> bool:
        """Whether any does."""
        return dr <= _WIDE_DR and self.enabled(dr, mask) > 0

    def enabled(self, dr: int, mask=None) -> int:
        """How many do."""
        n = 0
        for i in range(WIDE, COUNT) if dr == _WIDE_DR else range(WIDE):
            if has(mask or self.mask, i):
                n += 1
        return n

    def pick(self, dr: int, bands: int, random: int) -> int:
        """One for an uplink at `dr`; -1: there is none."""
        first, after = (WIDE, COUNT) if dr == _WIDE_DR else (0, WIDE)
        n = self._unused(first, after)
        if not n:
            for i in range(first, after):  # a new round
                put(self._used, i, False)
            n = self._unused(first, after)
        if not n or not bands:
            return -1
        n = random % n
        for i in range(first, after):
            if has(self.mask, i) and not has(self._used, i):
                if not n:
                    put(self._used, i, True)
                    return i
                n -= 1
        return -1

    def _unused(self, first: int, after: int) -> int:
        n = 0
        for i in range(first, after):
            if has(self.mask, i) and not has(self._used, i):
                n += 1
        return n

    def cflist(self, buf, at: int) -> None:
        """The CFList of a join accept, 16 bytes: type 1 is five masks of sixteen channels; other types are not for this
        plan."""
        if buf[at + 15] != 1:
            return
        copy(buf, at, self.trial, 0, 9)
        if self.trial_good(0) or self.trial_good(4):
            self.take_trial()

    def try_mask(self, control: int, mask: int, first: bool) -> bool:
        """One LinkADRReq of a block into the trial; False: it names what is not there."""
        if first:
            copy(self.mask, 0, self.trial, 0, 9)
        if control < 4:
            self.trial[2 * control] = mask & 0xFF
            self.trial[2 * control + 1] = mask >> 8
        elif control == 4:
            self.trial[8] = mask & 0xFF
            return mask >> 8 == 0
        elif control == _BANKS:
            for i in range(8):
                self.trial[i] = 0xFF if mask >> i & 1 else 0
            self.trial[8] = mask & 0xFF
        else:
            for i in range(8):
                self.trial[i] = 0xFF if control == _ALL_ON else 0
            self.trial[8] = mask & 0xFF
        return control <= _ALL_OFF

    def trial_good(self, dr: int) -> bool:
        """Whether the trial leaves channels enough for `dr`, or for any when it has none of 125 kHz."""
        narrow = self.enabled(0, self.trial)
        return narrow >= _LEAST or (narrow == 0 and self.trial[8] > 0)

    def take_trial(self) -> None:
        """The block of LinkADRReq is accepted."""
        copy(self.trial, 0, self.mask, 0, 9)

    def save(self, buf, at: int) -> None:
        """The kept form into buf[at:at+size]."""
        copy(self.mask, 0, buf, at, 9)

    def load(self, buf, at: int) -> None:
        """Go on from a kept form."""
        copy(buf, at, self.trial, 0, 9)
        if self.trial_good(0):
            self.take_trial()
