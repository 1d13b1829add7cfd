"""The ledger: what is counted, when a trunk is bent and when nobody can say, bounds."""

from array import array

from tag.fatigue.keeping import Keeping
from tag.fatigue.ledger import Ledger

WALKS = 2
# degrees -> (cos, sin) in mg
TURNS = {0: (1000, 0), 20: (940, 342), 28: (883, 469), 33: (839, 545), 60: (500, 866), 90: (0, 1000), 180: (-1000, 0)}


class Gait:
    """As lib/dsp/gait.py's, told what to say."""

    def __init__(self):
        self.steps = (1 << 30) - 5  # about to wrap
        self.state = WALKS
        self.size_mg = 100


def turned(degrees, axis=0):
    """Gravity that many degrees from an axis, towards the next one."""
    v = array("h", (0, 0, 0))
    v[axis], v[(axis + 1) % 3] = TURNS[degrees]
    return v


def upright(axis=0, trunk=True, seconds=60):
    """A ledger that knows how its wearer walks."""
    ledger = Ledger()
    ledger.trunk = trunk
    gait = Gait()
    for _ in range(seconds):
        ledger.second(gait, 50, turned(0, axis))
    gait.state = 0
    return ledger, gait


def test_steps_are_counted_over_the_wrap_and_over_a_restart():
    ledger = Ledger()
    gait = Gait()
    ledger._steps = gait.steps - 3
    ledger.second(gait, 10, turned(0))
    before = ledger.steps
    assert before == 3
    gait.steps = 7
    ledger.second(gait, 20, turned(0))
    assert ledger.steps - before == 12 and ledger.effort_mgs == 30
    ledger.restart()
    gait.steps = 9
    ledger.second(gait, 0, turned(0))
    assert ledger.steps == 2


def test_who_walks_is_active_and_who_sits_is_not():
    ledger, gait = upright(seconds=10)
    gait.size_mg = 19
    ledger.second(gait, 0, turned(0))
    gait.size_mg = 20
    ledger.second(gait, 0, turned(0))
    ledger.missed(7)
    assert (ledger.walking_s, ledger.active_s, ledger.missing_s) == (10, 11, 7)


def test_bent_is_thirty_degrees_from_the_walk_in_any_mounting():
    for axis in range(3):
        for degrees in TURNS:
            ledger, gait = upright(axis)
            known, bent = ledger.posture_s, ledger.bent_s
            assert (known, bent) == (1, 0)
            ledger.second(gait, 0, turned(degrees, axis))
            assert ledger.posture_s == 2 and ledger.bent_s == (degrees > 30), (axis, degrees)


def test_what_is_not_known_is_not_counted():
    ledger, gait = upright(trunk=False)
    ledger.second(gait, 0, turned(90))
    assert ledger.posture_s == ledger.bent_s == 0, "nobody said that it is worn on the trunk"
    ledger, gait = upright(seconds=59)
    ledger.second(gait, 0, turned(90))
    assert ledger.posture_s == 0, "nobody knows yet how this wearer walks"
    ledger, gait = upright()
    for mg in ((0, 790, 0), (0, 1210, 0), (18900, 18900, 18900), (-18900, -18900, -18900), (0, 0, 0)):
        ledger.second(gait, 0, array("h", mg))
    assert ledger.posture_s == 1, "an acceleration is no posture"


def test_a_belt_that_slips_is_followed_slowly():
    ledger, gait = upright()
    gait.state = WALKS
    for _ in range(900):
        ledger.second(gait, 0, turned(33))
    assert ledger.bent_s < 60
    gait.state = 0
    ledger.second(gait, 0, turned(0))
    assert ledger.bent_s < 61 and ledger.posture_s == 902


def test_bounds():
    ledger, gait = upright()
    gait.state = WALKS
    ledger.steps = ledger.effort_mgs = (1 << 30) - 2
    ledger.walking_s = ledger.active_s = ledger.posture_s = ledger.bent_s = 86400
    gait.steps = 500
    ledger.second(gait, 32767, turned(90))
    ledger.missed(1 << 20)
    assert ledger.steps == ledger.effort_mgs == (1 << 30) - 1
    assert (ledger.walking_s, ledger.active_s, ledger.posture_s, ledger.bent_s, ledger.missing_s) == (86400,) * 5


def test_it_outlives_a_reset():
    ledger, gait = upright()
    ledger.second(gait, 0, turned(90))
    counting = Keeping(b"", True)
    ledger.keep(counting)
    data = bytearray(counting.at)
    assert not ledger.keep(Keeping(data, True))
    other = Ledger()
    other.trunk = True
    reading = Keeping(data, False)
    other.keep(reading)
    assert not reading.bad and other.steps == ledger.steps and other.bent_s == 1
    gait.steps = 0  # a gait begins anew, too
    other._steps = 0
    other.second(gait, 0, turned(90))
    assert other.bent_s == 2 and other.posture_s == 3, "how the wearer walks is still known"
