"""Sleep by actigraphy: the published sum, what is left out after waking, the table walked whole, what is never taken for sleep."""

from array import array

import micropython
from tag.fatigue.actigraph import Actigraph
from tag.fatigue.keeping import Keeping
from tag.fatigue.sleep import ASLEEP, AWAKE, DOZING, TABLE, Sleep
from tag.fatigue.upright import Upright


def sleeper():
    upright = Upright()
    for _ in range(60):
        upright.second(True, array("h", (0, 0, 1000)))
    return Sleep(upright)


def told(sleep, minutes):
    """Pairs of counts and rest; the sleeps that were told, each with how long ago it ended."""
    found = []
    for counts, rests in minutes:
        if sleep._push(counts, rests):
            found.append((sleep.slept_min, sleep.since_min))
    return found


BUSY = [(5000, 0)]
STILL = [(0, 1)]


def test_a_nap_is_told_when_it_is_over_less_the_first_minutes():
    sleep = sleeper()
    assert told(sleep, BUSY * 30 + STILL * 40) == [] and sleep.state == ASLEEP
    # awake for long before: four do not count; and the motion after it takes the last two
    kept = sleep.asleep_min
    assert kept == 40 - 4 - 4 - 2
    assert told(sleep, BUSY * 10) == [(kept, 8)]
    assert sleep.asleep_min == kept and sleep.state == AWAKE


class Listening(Sleep):
    """Tells what each minute was taken for."""

    def __init__(self, upright):
        self.heard = []
        super().__init__(upright)

    def _step(self, asleep):
        self.heard.append(asleep)
        return False


def test_the_sum_of_cole_and_kripke_is_what_decides():
    weights = (0.106, 0.054, 0.058, 0.076, 0.230, 0.074, 0.067)
    sleep = Listening(Upright())
    seed = 5
    counts = [0] * 10
    for _ in range(3000):
        seed = (seed * 1103515245 + 12345) & 0x3FFFFFFF
        counts.append((seed >> 12) % 300)
    # one minute alone, just below and at the limit: 1000 = 230 * 4.3478
    counts += [0] * 10 + [434] + [0] * 10 + [435] + [0] * 10 + [1492] + [0] * 10 + [1493] + [0] * 10
    for one in counts:
        sleep._push(one, 1)
    asleep = 0
    for i in range(10, len(counts) - 2):
        score = sum([w * counts[i - 4 + k] / 100 for k, w in enumerate(weights)])
        if abs(score - 1) > 1e-6:
            assert sleep.heard[i + 2] == (score < 1), (i, score)
            asleep += score < 1
    assert 300 < asleep < 2700, asleep


def test_webster_after_waking():
    for awake, lost in ((3, 0), (4, 1), (9, 1), (10, 3), (14, 3), (15, 4), (400, 4)):
        sleep = sleeper()
        told(sleep, STILL * 60)
        for _ in range(awake):
            sleep._step(False)
        told_min = sleep._now_min if awake < 6 else 0
        for _ in range(30):
            sleep._step(True)
        assert sleep._now_min == told_min + 30 - lost, (awake, sleep._now_min)


def test_every_state_meets_every_input():
    seen = set()
    for state in (AWAKE, DOZING, ASLEEP):
        for slept in (0,) if state == AWAKE else (1, 18, 19, 20, 1440):
            for awake in (0, 3, 4, 5, 6, 1440):
                for asleep in (False, True):
                    sleep = sleeper()
                    sleep.state, sleep._now_min, sleep._awake_min, sleep._skip_min = state, slept, awake, 0
                    over = sleep._step(asleep)
                    skips = asleep and awake >= 4
                    now = min(1440, slept + 1)
                    symbol = (1 if now >= 20 else 0) if asleep else (3 if awake + 1 >= 6 else 2)
                    then = state if skips else TABLE[state][symbol]
                    assert sleep.state == then, (state, slept, awake, asleep)
                    assert over == (state == ASLEEP and then == AWAKE)
                    assert 0 <= sleep._now_min <= 1440 and 0 <= sleep._awake_min <= 1440
                    if not skips:
                        seen.add((state, symbol))
    assert len(seen) == 12 - 1, seen  # no 20th minute out of AWAKE


def test_a_short_nap_is_none_and_waking_in_between_is_not_slept():
    sleep = sleeper()
    assert told(sleep, BUSY * 30 + STILL * 29 + BUSY * 20) == [] and sleep.asleep_min == 0
    # turns over twice in the night: one sleep, the waking minutes left out
    sleep = sleeper()
    night = STILL * 100 + [(700, 1)] + STILL * 100 + [(700, 1)] + STILL * 100
    [(minutes, since)] = told(sleep, BUSY * 30 + night + BUSY * 20)
    assert 270 < minutes < 296 and since == 8, minutes


def test_what_is_not_known_is_awake():
    for minutes in (STILL * 15 + [(0, 0)] * 6 + STILL * 15, [(0, 0)] * 300):
        sleep = sleeper()
        assert told(sleep, BUSY * 30 + minutes + BUSY * 20) == [] and sleep.asleep_min == 0
    sleep = sleeper()
    told(sleep, STILL * 60)
    assert sleep.state == ASLEEP and sleep.worn
    assert sleep.minute(30) and not sleep.worn and sleep.since_min == 32, "half an hour that nobody saw"
    assert sleep.state == AWAKE and sleep.asleep_min == sleep.slept_min > 40
    for _ in range(100):
        assert not sleep.minute(1), "no samples"
    assert sleep.state == AWAKE


class Half:
    """An actigraph whose minute had no samples for a half of it, and all else as in sleep."""

    counts, lies, breathes, seen = 0, True, True, False

    def close(self):
        pass


def test_a_minute_of_which_a_half_was_seen_is_awake():
    for seen in (True, False):
        sleep = sleeper()
        sleep.actigraph = Half()
        sleep.actigraph.seen = seen
        sleep.minute(1)
        assert sleep.worn == seen


def test_what_was_told_of_a_sleep_that_goes_on_is_not_told_again():
    sleep = sleeper()
    told(sleep, BUSY * 30 + STILL * 60)
    first = sleep.asleep_min
    sleep.close()
    assert first > 40 and sleep.asleep_min == 0 and sleep.state == ASLEEP
    told(sleep, STILL * 30)
    assert sleep.asleep_min == 30
    sleep.close()
    [(slept, _)] = told(sleep, STILL * 10 + BUSY * 20)
    second = sleep.asleep_min
    assert slept == first + 30 + second and 6 <= second <= 10, "the sleep is whole, each sum has its own of it"
    [(slept, _)] = told(sleep, STILL * 60 + BUSY * 20)
    assert sleep.asleep_min == second + slept, "the next one owes nothing"
    # one that was too short to be told counts whole when it is told
    sleep = sleeper()
    told(sleep, BUSY * 30 + STILL * 20)
    assert sleep.state == DOZING
    sleep.close()
    told(sleep, STILL * 30)
    assert sleep.asleep_min == sleep._now_min > 35


def test_the_sum_is_kept_and_bounded():
    sleep = sleeper()
    told(sleep, STILL * 60 + BUSY * 20)
    kept = sleep.asleep_min
    data = bytearray(4)
    sleep.keep(Keeping(data, True))
    other = Sleep(Upright())
    assert not other.known
    other.keep(Keeping(data, False))
    assert other.asleep_min == kept and other.known
    for _ in range(3000):
        sleep._push(0, 1)
    assert sleep.asleep_min == 1440
    sleep.close()
    sleep.restart()
    assert sleep.asleep_min == 0 and sleep.state == AWAKE


# -- the actigraph -----------------------------------------------------------------------------------------------------------


def sine(mg, period, at):
    """A triangle of 5 samples a second, as even on every interpreter as can be."""
    phase = (4 * mg * at // period) % (4 * mg)
    return phase - mg if phase < 2 * mg else 3 * mg - phase


def minute(breath_mg=0, period=20, axis=0, noise=0, lies=60, chunks=300, tilt=(0, 1000, 0), minutes=2):
    """The second of two minutes."""
    one = Actigraph()
    mean = array("h", (0, 0, 0))
    seed = 7
    for _ in range(minutes):
        for i in range(chunks):
            for k in range(3):
                seed = (seed * 1103515245 + 12345) & 0x3FFFFFFF
                mean[k] = tilt[k] + (seed >> 12) % (2 * noise + 1) - noise
            mean[axis] += sine(breath_mg, period, i) if breath_mg else 0
            one.chunk(mean)
        for _ in range(lies):
            one.second(True, 0)
        one.close()
    return one


def test_who_breathes_and_lies_is_known_to_rest_and_a_table_is_not():
    for axis in range(3):
        one = minute(15, axis=axis, noise=2)
        assert (one.breathes, one.lies, one.seen, one.counts) == (True, True, True, 0)
    assert not minute(noise=0).breathes
    assert not minute(noise=2).breathes, "noise of a sensor on a table"
    assert not minute(2).breathes, "too faint to be known"
    assert not minute(15, period=150).breathes, "twice a minute: a draught"
    assert not minute(30, period=6).breathes, "50 a minute: a machine"
    assert not minute(15, period=43).breathes, "seven a minute: a ship that rolls"
    assert not minute(15, lies=54).lies and not minute(15, chunks=263).seen


def test_a_sensor_whose_clock_goes_slow_by_a_tenth_sees_a_sleeper():
    one = minute(15, lies=54, chunks=270)
    assert one.seen and one.lies and one.breathes
    assert not minute(15, lies=49, chunks=270).lies


def test_what_hangs_on_a_hook_in_a_draught_does_not_breathe():
    # a gust each half minute, and it swings for 10 s: with 0.7 Hz some 14 times a minute
    for period in (5, 6, 7):
        one = Actigraph()
        for _ in range(2):
            for i in range(300):
                mg = max(0, 60 - i % 150)
                one.chunk(array("h", (sine(mg, period, i) if mg else 0, 1000, 0)))
                if i % 5 == 4:
                    one.second(True, 0)
            one.close()
        assert one.lies and one.seen and one.counts < 435 and not one.breathes, period


def test_who_lies_and_works_is_active():
    for active_s in (14, 15):
        one = Actigraph()
        for i in range(300):
            one.chunk(array("h", (sine(15, 20, i), 1000, 0)))
            if i % 5 == 4:
                one.second(True, 20 if i < 5 * active_s else 19)
        one.close()
        assert one.breathes and one.lies == (active_s < 15)


def test_counts_grow_with_motion_and_have_a_dead_band():
    # a swing of 1 Hz
    counts = [minute(mg, period=5).counts for mg in (50, 90, 200, 1000, 16000, 32000)]
    assert counts[0] == 0 and counts == sorted(counts) and counts[3] > 5000, counts
    assert counts[5] <= 32735
    assert minute(tilt=(18900, -18900, 18900), noise=0).counts == 0, "what only lies there is no motion"


def test_a_turn_in_bed_is_motion():
    one = Actigraph()
    for turn in (0, 1, 0, 1):
        for _ in range(300):
            one.chunk(array("h", (0, 1000, 0) if turn else (1000, 0, 0)))
        one.close()
    assert 350 < one.counts < 435, one.counts  # nearly a waking minute, 435; with a little more it is one


def test_nothing_takes_memory():
    sleep = sleeper()
    mean = array("h", (1000, 0, 10))
    for _ in range(10):
        sleep.actigraph.chunk(mean)
    told_ = 0
    micropython.heap_lock()
    for _ in range(290):
        sleep.actigraph.chunk(mean)
        sleep.actigraph.second(True, 19)
    told_ += sleep.minute(1)
    told_ += sleep.minute(3)
    told_ += sleep.asleep_min + sleep.known + sleep.worn
    micropython.heap_unlock()
    assert told_ == 1


def test_a_random_life_holds_no_sleep_that_was_not_there():
    """Naps that are told do not overlap, end in the past, and are never longer than the minutes in them that could be sleep."""
    seed = 11
    naps = 0
    for life in range(12):
        sleep = sleeper()
        could = []  # of each minute, as the published sum has it: by its own minute of rest
        told_until = 0
        run = busy = 0
        for _ in range(1500):
            seed = (seed * 1103515245 + 12345) & 0x3FFFFFFF
            if not run:
                run = 1 + (seed >> 12) % (4, 9, 40, 120)[(seed >> 20) & 3]
                busy = (seed >> 8) % 3
            run -= 1
            if (seed >> 10) % 97 == 0:  # nobody sees a while
                n = 2 + (seed >> 14) % 30
                over = sleep.minute(n)
                could += [0] * n
            else:
                counts = (0, (seed >> 12) % 500, 3000)[busy]
                over = sleep._push(counts, int(busy < 2))
                could.append(int(busy < 2))
            if over:
                ended = len(could) - sleep.since_min
                began = ended - sleep.slept_min
                assert told_until <= began < ended <= len(could), (life, began, ended)
                assert sum(could[max(0, told_until) : ended]) >= sleep.slept_min >= 20, (life, sleep.slept_min)
                assert could[ended - 1], "its last minute was one"
                told_until = ended
                naps += 1
            assert (sleep.state == 0) <= (sleep._now_min == 0)
    assert naps > 30, naps
