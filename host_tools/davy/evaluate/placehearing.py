"""What a tag that listens for a part of the time hears of whole scans: the messages that fall into its window.

    sent      a beacon sends every `interval_s`, at a phase of its own in each window: of `listen_s` / `interval_s` messages the
              whole ones fall into the window, and one more as often as the rest says. A message is sent on all three channels,
              so it does not matter which of them the radio is on
    drawn     the first message of every beacon is what one scan has of it, the second what another scan of the same place has, and
              so on: what is blank in a scan is not heard, and what a scan heard together stays together

A scan has one message of a beacon, so nothing is averaged away. But it was longer than a window: a beacon that it heard once may
send five messages in vain. As if those were sent half as often: the longer intervals are for that.
"""

import random
from collections.abc import Sequence
from dataclasses import dataclass

from davy.evaluate.placedata import SCAN_S, SENDS_S, Places, Window, by_place


@dataclass(frozen=True)
class Hearing:
    """Of a tag, and of the beacons around it; seconds."""

    listen_s: float
    interval_s: float

    def window(self, scans: Sequence[Window], first: Window, chance: random.Random) -> Window:
        """What is heard instead of the scan `first`; later messages are of any of `scans`, which are of the same place."""
        sent = self.listen_s / self.interval_s
        whole = int(sent + 1e-9)
        drawn = [first, *(chance.choice(scans) for _ in range(whole))]
        heard: dict[int, list[int]] = {}
        for b in sorted({b for scan in drawn for b in scan.heard}):
            messages = whole + (chance.random() < sent - whole)
            strengths = [dbm for scan in drawn[:messages] for dbm in scan.heard.get(b, ())]
            if strengths:
                heard[b] = strengths
        return Window(first.x, first.y, heard, first.stand)

    def walk(self, walk: Sequence[Window], seed: str) -> list[Window]:
        """Each scan of a walk thinned; scans at the same place give each other's later messages."""
        chance = random.Random(f"{seed}/{self.listen_s:g}/{self.interval_s:g}")
        here = {(scans[0].x, scans[0].y): scans for scans in by_place(walk)}
        return [self.window(here[window.x, window.y], window, chance) for window in walk]


def hearing_of(places: Places, listen_s: float | None, interval_s: float | None = None) -> Hearing | None:
    """How the stands of a folder are heard, and the walks of scans; None: as they are.

    `interval_s` None: as often as the folder's own beacons sent. A track's scan is one message of each beacon, so a whole window
    has several of them.
    """
    if listen_s is None and places.kind == "fingerprints":
        return None
    return Hearing(SCAN_S if listen_s is None else listen_s, interval_s or SENDS_S[places.kind])
