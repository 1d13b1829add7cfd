"""A head that nods: the table walked whole, what is a nod and what is none, in any mounting, and when nobody can say."""

from array import array

from tag.fatigue.head import DOWN, HANGING, RESTLESS, RISING, SINKING, STEADY, TABLE, Head
from tag.fatigue.upright import Upright

NEAR, BETWEEN, FAR, WILD, SURE, LATE, NODDED = 0, 1, 2, 3, 4, 5, 6
STATES = (RESTLESS, STEADY, SINKING, DOWN, RISING, HANGING)
# cosines of 0, 1 .. 90 degrees, by their squares: 1000 cos
COS = (1000, 1000, 999, 999, 998, 996, 995, 993, 990, 988, 985, 982, 978, 974, 970, 966, 961, 956, 951, 946, 940)
COS += (934, 927, 921, 914, 906, 899, 891, 883, 875, 866, 857, 848, 839, 829, 819, 809, 799, 788, 777, 766, 755)
COS += (743, 731, 719, 707, 695, 682, 669, 656, 643, 629, 616, 602, 588, 574, 559, 545, 530, 515, 500)


def turned(degrees, axis=2, mg=1000):
    """A posture that many degrees from an axis, towards the next one, so heavy."""
    sine = int((1000000 - COS[abs(degrees)] ** 2) ** 0.5 + 0.5)
    v = array("h", (0, 0, 0))
    v[axis] = COS[abs(degrees)] * mg // 1000
    v[(axis + 1) % 3] = (sine if degrees >= 0 else -sine) * mg // 1000
    return v


def awake(axis=2, walked=60):
    """A head whose way up is known."""
    upright = Upright()
    for _ in range(walked):
        upright.second(True, turned(0, axis))
    return Head(upright)


def live(head, degrees, axis=2, walks=False, mg=1000):
    """Chunk by chunk so many degrees; nods."""
    return sum([head.chunk(turned(one, axis, mg), walks) for one in degrees])


QUIET = [0] * 20
DROOP = [5, 10, 15, 19, 23, 27, 31, 36, 40]
HELD = [41] * 5
JERK = [25, 4, 0, 0]


def test_the_table_is_what_the_head_of_the_file_says():
    told = {
        RESTLESS: (RESTLESS, RESTLESS, RESTLESS, RESTLESS, STEADY),
        STEADY: (STEADY, SINKING, RESTLESS, RESTLESS),
        SINKING: (STEADY, SINKING, RESTLESS, RESTLESS, DOWN, RESTLESS),
        DOWN: (NODDED, RISING, DOWN, RISING, None, HANGING),
        RISING: (NODDED, RISING, RESTLESS, RISING, None, RESTLESS),
        HANGING: (RESTLESS, RESTLESS, HANGING, RESTLESS, NODDED),
    }
    for state, row in told.items():
        for symbol, then in enumerate(row):
            assert then is None or TABLE[state][symbol] == then, (state, symbol)


def test_every_state_meets_every_input_at_every_age():
    """The real machine, put into each state at each age: what it does is the table's, and time is what decides."""
    postures = {NEAR: 0, BETWEEN: 20, FAR: 45}
    seen = set()
    for state in STATES:
        for age in (0, 1, 2, 3, 4, 13, 14, 49, 50, 74, 75, 299, 300):
            for symbol in (NEAR, BETWEEN, FAR, WILD):
                head = awake()
                live(head, [postures.get(symbol, 45)] * 3)  # so that the last step is no fast one
                head.state, head._n = state, age
                nodded = head.chunk(turned(postures.get(symbol, 0), 2, 1500 if symbol == WILD else 1000), False)
                timed = symbol
                if (state, symbol) == (RESTLESS, NEAR) and age >= 14:
                    timed = SURE
                elif (state, symbol) == (SINKING, FAR) and age >= 4:
                    timed = SURE
                elif (state, symbol) == (HANGING, FAR) and age >= 300:
                    timed = SURE
                elif (state, symbol) == (SINKING, BETWEEN) and age >= 50:
                    timed = LATE
                elif (state, symbol) == (DOWN, FAR) and age >= 75:
                    timed = LATE
                elif state == RISING and symbol != NEAR and age >= 3:
                    timed = LATE
                then = TABLE[state][timed]
                assert nodded == (then == NODDED), (state, age, symbol)
                assert head.state == (RESTLESS if nodded else then), (state, age, symbol)
                assert 0 <= head._n <= 300
                seen.add((state, timed))
    assert len(seen) == 4 * 6 + 6, sorted(seen)


def test_a_head_that_sinks_and_jerks_back_has_nodded_in_any_mounting():
    for axis in range(3):
        for side in (1, -1):
            head = awake(axis)
            story = QUIET + DROOP + HELD + JERK
            assert live(head, [side * one for one in story], axis) == 1, (axis, side)
            assert live(head, [side * one for one in story], axis) == 1, "and once more"


def test_what_is_no_nod():
    quick = [15, 31, 40]
    stories = {
        "a look down": QUIET + quick + HELD + JERK,
        "a slow way back, from reading": QUIET + DROOP + HELD + DROOP[::-1] + QUIET,
        "a small one": QUIET + [5, 10, 15, 19, 23, 27, 29] + [29] * 5 + JERK,
        "not steady before": [0, 14] * 10 + DROOP + HELD + JERK,
        "a nod of assent, twice a second": QUIET + [0, 22, 35, 22] * 6 + QUIET,
        "down in two steps": QUIET + [0, 18, 18, 18, 18, 18, 40, 40, 40] + JERK,
        "down for a minute, and moving": QUIET + DROOP + [40, 25] * 30 + JERK,
        "a posture": QUIET + DROOP + [40] * 80 + JERK,
        "sinks for longer than ten seconds": QUIET + [20] * 55 + DROOP[5:] + HELD + JERK,
    }
    for what, story in stories.items():
        assert live(awake(), story) == 0, what


def test_who_walks_or_is_shaken_does_not_nod():
    assert live(awake(), QUIET + DROOP + HELD + JERK, walks=True) == 0
    head = awake()
    assert live(head, QUIET + DROOP + HELD) == live(head, [40], walks=True) == 0
    assert head.state == RESTLESS and live(head, JERK) == 0
    for mg in (790, 1210):
        assert live(awake(), QUIET + DROOP + HELD + JERK, mg=mg) == 0
    # a vehicle that brakes: gravity turns as the head would, and grows with it
    for most in (20, 32, 40):
        head = awake()
        story = QUIET + [most * i // 10 for i in range(11)] + [most] * 5 + [most // 2, 0, 0]
        assert sum([head.chunk(turned(one, 2, 1000000 // COS[one]), False) for one in story]) == 0
        # without that growth the same would be one
        assert live(awake(), story) == (most > 30)


def test_a_bump_while_the_head_is_down_does_not_hide_a_nod_and_none_makes_one():
    head = awake()
    assert live(head, QUIET + DROOP + HELD) == 0
    head.chunk(turned(40, 2, 1500), False)
    assert live(head, JERK) == 1
    assert live(head, QUIET + DROOP + HELD) == live(head, [40] * 10, mg=1100) == 0 and head.state == DOWN
    assert live(head, JERK) == 1, "what it weighs is asked when it has sunk, and not again"


def test_a_head_that_hangs_still_for_a_minute_after_it_sank_counts_once():
    head = awake()
    assert live(head, QUIET + DROOP + [40] * 360) == 0 and head.state == HANGING
    assert live(head, [40] * 20) == 1
    assert live(head, [40] * 3000) == 0


def test_the_usual_posture_is_followed_and_a_look_up_is_no_nod():
    head = awake()
    # works with the head 20 degrees down, for two minutes
    live(head, [20] * 1200)
    assert live(head, [20] * 20 + [24, 28, 33, 37, 41, 45, 49, 53, 57] + [58] * 5 + [40, 22, 20, 20]) == 1
    up = [20] * 20 + [16, 12, 8, 4, 0, -4, -8, -10, -12, -14, -14, -14, -14, 5, 20, 20, 20]
    assert live(head, up) == 0
    # nobody holds the head at 40 degrees and calls it upright
    other = awake()
    live(other, [40] * 3000)
    assert live(other, [0] * 20 + DROOP + HELD + JERK) == 1


def test_nothing_is_known_before_a_minute_of_walking_nor_over_a_gap():
    head = awake(walked=59)
    assert live(head, QUIET + DROOP + HELD + JERK) == 0 and head.state == RESTLESS
    head = awake()
    assert live(head, QUIET + DROOP + HELD) == 0
    head.lost()
    assert live(head, JERK) == 0 and head.state == RESTLESS


def test_any_number_at_all():
    head = awake()
    seed = 3
    for _ in range(3000):
        v = array("h", (0, 0, 0))
        for axis in range(3):
            seed = (seed * 1103515245 + 12345) & 0x3FFFFFFF
            v[axis] = (seed >> 8) % 37801 - 18900
        head.chunk(v, False)
    assert head.state == RESTLESS
