"""The replay of vreplay.py with a fall detector that tells what it has measured instead of judging it.

Each ripe hit after which the posture is another is one line, ["judged", t_ms, hit, surge, hard, tilt, rest], in the units of
tag/motion/fall.py; so the very features that the tag computes are what thresholds are chosen on. A flight is judged as ever.
"""

import json

from tag.motion.fall import FallDetector

_FLOWN = 3
_RIPE = 1
_judge = FallDetector._judge


def _tell(self, path, best, flown):
    if self.state == _FLOWN:
        return _judge(self, path, best, flown)
    if self._look(path, best):
        print(json.dumps(["judged", 0] + list(self._found) + [self._spread.total_mg()]))
    return _RIPE


FallDetector._judge = _tell

import vreplay  # noqa: E402, F401 (it serves until its input ends)
