"""Which zone of a site the wearer is in, from how loud its beacons are: windows of listening, and a filter over spots of its map.

The map (tag/place/site.py) has spots: points some metres apart, each in a zone, with the strength that every beacon has there. A
window is heard (`hear`), then weighed (`close`). Of each beacon the median of what the window heard counts.

    D       heard - expected, dB, of each beacon heard, at a spot
    off     their weighted mean: how much louder this tag hears than the map's maker did; differs from tag to tag and with the body,
            17 dB between two phones of the UJI set. `ref` is where it has been (an eighth of each window's); of one or two
            beacons it stays within 6 dB of that
    loss    sum of w min(9 dB, |D - off|) / (3 dB sqrt(sum of w)) + |off - ref| / 10 dB
            w = 3 m / (m + 2) of m sightings: shadows do not average out, so many are worth 3 at most. The root: neighbours
            share their errors. 9 dB: one beacon that is behind a machine decides nothing
    score   of a spot: the best (score of a spot before - 0.4 a metre on the way from it, at most 4), less the loss: Viterbi's
            way through the map, in nats. The best spot's is 0

A zone has the score of its best spot. `lead_q4` is what the best zone has above the zone that is asked for, and what no other says.
Spots below -4 pass nothing on, so few have to be looked at: the loops are in kernel.py.

Ranges: scores and losses in q4 of a nat, within 2^12; D and off in quarters of a dB, below 2^9; w in q4, up to 38; sums of up to 64
beacons below 2^20. Distances in dm below 2^15. Nothing allocates after the construction.
"""

from array import array

from dsp.fixed import isqrt
from micropython import const
from tag.place.kernel import lean, loss, reach

KEPT = const(8)  # sightings of a beacon in a window; what comes after that is not needed

_FAR_Q4 = const(64)  # the way costs this at most, which is 10 m: _REACH_DM in kernel.py
_FEW = const(3)
_FEW_Q2 = const(24)
_LOW_Q4 = const(-4096)
_WORTH = b"\x00\x10\x18\x1d\x20\x22\x24\x25\x26"  # 16 w by m


class Estimator:
    """`site` as in tag/place/site.py: `.spots .beacons .zones .expect .x_dm .y_dm .zone_of`."""

    def __init__(self, site) -> None:
        self._site = site
        self._heard = bytearray(site.beacons * KEPT)  # -dBm, sorted
        self._n = bytearray(site.beacons)
        self._list3 = bytearray(3 * site.beacons + 3)
        self._score = array("h", (0,) * site.spots)
        self._next = array("h", (0,) * site.spots)
        self._off_q2 = array("h", (0,) * site.spots)
        self._zones = array("h", (0,) * (site.zones + 1))
        self._start = array("i", (0,) * 4)
        self._ref_q5 = 0
        self._spot = self._row = self._heard_n = self._worth = self._root = 0
        self.restart()

    def restart(self) -> None:
        """Nothing is known of the wearer's place any more; how the tag hears stays known."""
        i = 0
        while i < len(self._score):
            self._score[i] = 0
            i += 1
        self.best = 0  # the zone, 1 and up; 0: none yet
        self.fit_q2 = 0  # mean of what the best spot does not explain, quarters of a dB, 9 dB at most
        self.clear_q4 = 0  # how far the best zone is before the second
        self.loudest = -1  # fixed beacon of the last window
        self.loudest_dbm = -128
        self._clear()

    def _clear(self) -> None:
        i = 0
        while i < len(self._n):
            self._n[i] = 0
            i += 1

    def hear(self, beacon: int, dbm: int) -> None:
        """A sighting in this window: the beacon's number in the map."""
        n = self._n[beacon]
        if n >= KEPT:
            return
        value = max(0, min(127, -dbm))
        at = beacon * KEPT
        i = at + n
        while i > at and self._heard[i - 1] > value:
            self._heard[i] = self._heard[i - 1]
            i -= 1
        self._heard[i] = value
        self._n[beacon] = n + 1

    def median_dbm(self, beacon: int) -> int:
        """Of what this window has heard of a beacon; -128: nothing."""
        n = self._n[beacon]
        if not n:
            return -128
        at = beacon * KEPT + (n >> 1)
        return -(self._heard[at] if n & 1 else (self._heard[at] + self._heard[at - 1]) >> 1)

    def close(self) -> int:
        """The window is over: weigh it. How many fixed beacons were heard; with 0 nothing is changed."""
        heard = self._list()
        if heard:
            worth = 0
            i = 0
            while i < heard:
                worth += self._list3[3 * i + 2]
                i += 1
            self._move()
            self._weigh(heard, worth)
            self._settle()
            self.fit_q2 = loss(self._site.expect, self._row, self._list3, self._off_q2[self._spot]) // worth
        self._clear()
        return heard

    def _list(self) -> int:
        """The fixed beacons that were heard: number, -median, weight; how many."""
        list3 = self._list3
        self.loudest = -1
        self.loudest_dbm = -128
        heard = i = 0
        while i < len(self._n):
            if self._n[i] and not self._site.vehicle[i]:
                dbm = self.median_dbm(i)
                list3[heard] = i
                list3[heard + 1] = -dbm
                list3[heard + 2] = _WORTH[self._n[i]]
                heard += 3
                if dbm > self.loudest_dbm:
                    self.loudest = i
                    self.loudest_dbm = dbm
            i += 1
        list3[heard + 2] = 0
        return heard // 3

    def _move(self) -> None:
        """`_next` of each spot: the best it can be reached with, before the window is weighed."""
        score = self._score
        after = self._next
        start = self._start
        i = 0
        while i < len(after):
            after[i] = -_FAR_Q4
            i += 1
        start[0] = len(after)
        i = 0
        while i < len(score):
            if score[i] > -_FAR_Q4:
                start[1] = score[i] + 32768
                start[2] = self._site.x_dm[i] + 32768
                start[3] = self._site.y_dm[i] + 32768
                reach(after, self._site.x_dm, self._site.y_dm, start)
            i += 1

    def _weigh(self, heard: int, worth: int) -> None:
        """Take each spot's loss from `_next`."""
        self._heard_n = heard
        self._worth = worth
        self._root = 3 * isqrt(worth << 8)  # 48 sqrt(w)
        s = 0
        while s < len(self._next):
            self._weigh_one(s)
            s += 1

    def _weigh_one(self, s: int) -> None:
        site = self._site
        row = s * site.beacons
        ref_q2 = self._ref_q5 >> 3
        off = 4 * lean(site.expect, row, self._list3, self._heard_n) // self._worth
        if self._heard_n < _FEW:
            off = max(ref_q2 - _FEW_Q2, min(ref_q2 + _FEW_Q2, off))
        self._off_q2[s] = off
        self._next[s] -= 16 * loss(site.expect, row, self._list3, off) // self._root + 2 * abs(off - ref_q2) // 5

    def _settle(self) -> None:
        """The best spot's score is 0; what zones have, and what the best spot says of the tag's hearing."""
        after = self._next
        best = s = 0
        while s < len(after):
            if after[s] > after[best]:
                best = s
            s += 1
        self._spot = best
        self._row = best * self._site.beacons
        self._ref_q5 += ((self._off_q2[best] << 3) - self._ref_q5) >> 3
        self.best = self._site.zone_of[best]
        self._share(after[best])

    def _share(self, top: int) -> None:
        score = self._score
        zones = self._zones
        z = 0
        while z < len(zones):
            zones[z] = _LOW_Q4
            z += 1
        s = 0
        while s < len(score):
            score[s] = max(_LOW_Q4, self._next[s] - top)
            z = self._site.zone_of[s]
            if score[s] > zones[z]:
                zones[z] = score[s]
            s += 1
        second = _LOW_Q4
        z = 1
        while z < len(zones):
            if z != self.best and zones[z] > second:
                second = zones[z]
            z += 1
        self.clear_q4 = -second

    def lead_q4(self, zone: int) -> int:
        """How far the best zone is before this one, nats / 16; of 0, no zone: before the second."""
        return -self._zones[zone] if zone else self.clear_q4
