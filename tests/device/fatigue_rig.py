"""What the tests of the fatigue indicator share: a core with it on, and a wearer who walks, sits, rides or is not seen."""

from array import array

import quality
from tag.core import Core
from tag.events import FATIGUE, WORKLOAD
from tag.fatigue.window import GaitWindow
from tag.settings import DEFAULTS
from ticks import add

RATE_HZ = 100
# One step's rise and fall of |a|, mg from 1 g, 24 samples
# fmt: off
STEP = (0, 78, 150, 212, 260, 290, 300, 290, 260, 212, 150, 78, 0, -78, -150, -212, -260, -290, -300, -290, -260, -212, -150, -78)
# fmt: on


class Block:
    """A quarter of a second."""

    def __init__(self):
        self.mg = array("h", bytes(6 * 25))
        self.n = 25
        self.odr_hz = RATE_HZ
        self.quality = quality.OK


class Worker:
    """A core with `fatigue` on; windows of a minute unless told otherwise. `axis` is the one that points up."""

    def __init__(self, start=(1 << 30) - 100000, window_s=60, axis=2, **settings):
        chosen = dict(DEFAULTS)
        chosen["fatigue"] = 1
        chosen.update(settings)
        self.t_ms = start
        self.core = Core(chosen, start)
        self.monitor = self.core.fatigue
        if self.monitor and window_s:
            self.monitor.window = GaitWindow(window_s)
        self.block = Block()
        self.axis = axis
        self.lean = (1000, 0)  # cosine and sine, towards the next axis
        self.breath_mg = 0  # sways so much to each side along the third axis, once in four seconds
        self.said = []
        self._phase = 0  # of a step, 1/1000
        self._seed = 7
        self._n = 0
        self._breathed = 0  # samples

    def live(self, seconds, step_ms=0, percent=100, engine=False, seen=True, round_ms=250):
        """So long: in steps of so many ms, or at rest; what was said."""
        found = []
        self.block.n = round_ms * RATE_HZ // 1000
        for _ in range(int(seconds * 1000) // round_ms):
            self.t_ms = add(self.t_ms, round_ms)
            if seen:
                self._fill(step_ms, percent, engine)
                found.extend(self.core.motion(self.block, self.t_ms))
            found.extend(self.core.tick(self.t_ms))
        self.said.extend(found)
        return found

    def _fill(self, step_ms, percent, engine):
        mg = self.block.mg
        axis = self.axis
        for i in range(25):
            swing = 0
            if step_ms:
                swing = STEP[24 * self._phase // 1000] * percent // 100
                # steps differ a little, as people's do
                self._phase += 10000 // step_ms
                if self._phase >= 1000:
                    self._seed = (self._seed * 1103 + 12345) & 0xFFFF
                    self._phase -= 1000 + self._seed % 40 - 20
                    self._phase = max(0, self._phase)
            elif engine:
                self._n += 1
                swing = 300 if self._n & 4 else -300  # 12.5 Hz
            up = 1000 + swing
            mg[3 * i + axis] = up * self.lean[0] // 1000
            mg[3 * i + (axis + 1) % 3] = up * self.lean[1] // 1000
            mg[3 * i + (axis + 2) % 3] = self._breath() if self.breath_mg else 0

    def _breath(self):
        self._breathed = (self._breathed + 1) % (4 * RATE_HZ)
        return self.breath_mg * (abs(self._breathed - 2 * RATE_HZ) - RATE_HZ) // RATE_HZ

    def press(self, ms=100):
        found = list(self.core.button(1, self.t_ms))
        self.t_ms = add(self.t_ms, ms)
        found.extend(self.core.tick(self.t_ms))
        found.extend(self.core.button(0, self.t_ms))
        self.said.extend(found)
        return found

    def shows(self):
        return self.core.alarms.pattern(self.t_ms)

    def wait(self, pattern, most_s=10):
        """Walk on in rounds of 20 ms until the light shows that."""
        for _ in range(50 * most_s):
            if self.shows() == pattern:
                return True
            self.live(0.02, 500, round_ms=20)
        return False


def of(kind, found):
    """Events of a kind, without kind and time."""
    return [tuple(event[2:]) for event in found if event[0] == kind]


def fatigue(found):
    """FATIGUE events as dictionaries."""
    names = "occasion level index confidence drift alertness reaction advice reaction_ms misses nods nod_count bpm alike".split()
    return [dict(zip(names, row)) for row in of(FATIGUE, found)]


def work(found):
    """WORKLOAD events as dictionaries."""
    names = "minutes missing steps walking active effort bent posture ridden measured a8 closed asleep".split()
    return [dict(zip(names, row)) for row in of(WORKLOAD, found)]
