"""Early warning: seconds to a level from the unrest and the trend of a gas, against the same rules written out in floats."""

import micropython
from tag.gas.ahead import Ahead
from ticks import add

START = (1 << 30) - 2500  # ticks just before they wrap
MEASURED = hasattr(micropython, "mem_total")  # counts a frame too large for the stack, which `heap_lock` does not see


class Noise:
    """The same numbers on every interpreter."""

    def __init__(self, seed):
        self.state = seed

    def within(self, most):
        """-most .. most"""
        self.state = (self.state * 1021 + 12345) % 1048573
        return self.state % (2 * most + 1) - most


class Plain:
    """What the head of tag/gas/ahead.py says, in floats and lists, for readings at 30 or 60 s."""

    def __init__(self, rows_a_minute, t90_s):
        self.rows = rows_a_minute
        self.lag = min(1.0, t90_s / 2.303 / 60)
        self.now = self.then = self.square = self.steps = 0
        self.minute = None
        self.means = []

    def feed(self, value):
        self.now = value
        if self.minute is None:  # the first reading of all is only where it begins
            self.minute, self.then = [], value
            return
        self.minute.append(value)
        if len(self.minute) == self.rows:
            self.means.append(sum(self.minute) / self.rows)
            step = min((value - self.then) ** 2, 9 * self.square + 400)
            self.steps = min(60, self.steps + 1)
            self.square += (step - self.square) / self.steps
            self.minute, self.then = [], value

    def wander(self, gap):
        return 60 * gap * gap / self.square if self.square else 3600.0

    def seconds_to(self, level, sign=1):
        gap = (level - self.now) * sign
        if self.means and gap > 0:
            gap -= max(0.0, (self.now - self.means[-1]) * sign) * self.lag
        if gap <= 0:
            return 0
        found = self.wander(gap)
        if len(self.means) >= 10:
            old, new = [[m * sign for m in part] for part in (self.means[-10:-5], self.means[-5:])]
            rise = (sum(new) - sum(old)) / 5
            if min(new) > max(old) and gap <= rise:
                found = min(found, 300 * gap / rise)
        return found if found < 3600 else -1


def fed(values, period_ms, t90_s=0, t_ms=START):
    """After these readings, and the time of the next."""
    ahead = Ahead(t90_s)
    for value in values:
        ahead.feed(value, t_ms)
        t_ms = add(t_ms, period_ms)
    return ahead, t_ms


def near(found, wanted):
    """A second or a fiftieth apart; what is just in or just out of sight may differ."""
    if found < 0 or wanted < 0:
        return max(found, wanted) < 0 or max(found, wanted) > 3400
    return abs(found - wanted) <= 1 + wanted / 50


def test_the_estimates_are_those_of_the_head():
    in_sight = by_trend = 0
    for seed, rows, t90_s in ((1, 2, 0), (2, 1, 0), (3, 2, 30), (4, 1, 60)):
        noise = Noise(seed)
        plain = Plain(rows, t90_s)
        ahead = Ahead(t90_s)
        t_ms, value = START, 300
        for i in range(400):
            drift = 14 if i // 40 % 3 == 1 else -12 if i // 40 % 3 == 2 else 0
            value = max(0, value + noise.within(9) + drift)
            if i % 97 == 50:
                value += 150
            plain.feed(value)
            ahead.feed(value, t_ms)
            t_ms = add(t_ms, 60000 // rows)
            if i > 3:
                for level in (value, value + 1, value + 10, value + 40, value + 200):
                    found, wanted = ahead.seconds_to(level), plain.seconds_to(level)
                    assert near(found, wanted), (seed, i, level - value, found, wanted)
                    found, wanted = ahead.seconds_to(2 * value - level, 1), plain.seconds_to(2 * value - level, -1)
                    assert near(found, wanted), (seed, i, value - level, found, wanted)
                    in_sight += wanted > 0
                by_trend += 0 < plain.seconds_to(value + 40) < 0.9 * plain.wander(40)
    assert in_sight > 1000 and by_trend > 50, (in_sight, by_trend)


def test_nothing_is_in_sight_of_air_that_stays():
    assert Ahead(0).seconds_to(100) == -1 and Ahead(0).seconds_to(0) == -1  # nothing known
    for period_ms in (200, 1000, 30000, 60000):
        ahead, _ = fed([99] * 1500, period_ms)
        assert ahead.seconds_to(100) == -1 and ahead.seconds_to(98, 1) == -1
        assert ahead.seconds_to(99) == 0 and ahead.seconds_to(98) == 0 and ahead.seconds_to(99, 1) == 0


def warned(values, period_ms, level, horizon_s):
    """Seconds between the warning and the first reading at the level, -1: no warning before it."""
    ahead, t_ms, since = Ahead(0), START, -1
    for i in range(len(values)):
        if values[i] >= level:
            return (i - since) * period_ms // 1000 if since >= 0 else -1
        ahead.feed(values[i], t_ms)
        t_ms = add(t_ms, period_ms)
        if since < 0 and 0 <= ahead.seconds_to(level) <= horizon_s:
            since = i
    return -1


def test_a_leak_is_seen_coming_at_every_rate():
    # quiet air for half an hour, then 0.04 %vol a minute: 1 %vol is reached after 20 minutes
    for period_ms in (200, 1000, 5000, 30000, 60000):
        a_minute = 60000 // period_ms
        leak = [20] * (30 * a_minute) + [20 + 4 * i // a_minute for i in range(21 * a_minute)]
        assert 60 <= warned(leak, period_ms, 100, 240) <= 600, (period_ms, warned(leak, period_ms, 100, 240))


def test_jitter_of_the_sensor_is_not_unrest_of_the_air():
    # 5 readings a second with +-8 counts of noise: 10 s of them average to less than 1, and 20 counts are far away
    noise = Noise(7)
    ahead, t_ms = fed([60 + noise.within(8) for _ in range(6000)], 200)
    assert ahead.seconds_to(80) == -1 and 0 < ahead.seconds_to(61) < 600
    ahead.feed(79, t_ms)  # one reading of many
    assert ahead.seconds_to(80) == -1


def test_one_step_out_of_the_usual_does_not_upset_it():
    # a bump test: full scale for a minute, then clean air again
    quiet = [20, 21] * 60
    before, t_ms = fed(quiet, 60000)
    assert before.seconds_to(100) == -1
    for value in (2500, 20, 21, 20):
        before.feed(value, t_ms)
        t_ms = add(t_ms, 60000)
    assert before.seconds_to(100) == -1
    # without the bound the hour would hold 2 * 2480^2 / 60, and all levels would be in sight
    assert 60 * 60 * 80 * 80 // (2 * 2480 * 2480) < 2


def test_a_pause_forgets_the_way_but_not_the_unrest():
    rising = [100 + 10 * i for i in range(40)]
    ahead, t_ms = fed(rising, 60000)
    assert ahead.seconds_to(540) in (295, 300, 305) or 0 < ahead.seconds_to(540) <= 300
    ahead.feed(490, add(t_ms, 200000))
    t_s = ahead.seconds_to(540)
    assert t_s == 60 * 50 * 50 // (10 * 10), t_s  # unrest alone: 10 counts a minute
    assert ahead.seconds_to(490) == 0
    # time that stands still or runs back is a pause, too
    ahead.feed(300, add(t_ms, -7000))
    assert ahead.seconds_to(310) == 60


def test_the_lag_is_turned_back_at_most_as_far_as_it_moved():
    def hidden(t90_s):
        # quiet but for the last minute: unrest is 30 counts once in an hour, so 1 count more is one second more
        ahead, t_ms = fed([100] * 61, 60000, t90_s)
        ahead.feed(130, t_ms)
        t_ms = add(t_ms, 60000)
        ahead.feed(150, add(t_ms, -30000))
        return [level for level in range(151, 400) if ahead.seconds_to(level) == 0]

    assert hidden(0) == []
    assert hidden(30) == [151, 152, 153, 154]  # 20 * 30 / 138 = 4.3
    assert len(hidden(138)) == 20 and len(hidden(1000)) == 20


def test_the_same_series_is_the_same_everywhere():
    noise = Noise(11)
    ahead, t_ms, value, found = Ahead(25), START, 5000, 0
    for i in range(3000):
        value = max(-32767, min(32767, value + noise.within(400 if i % 700 < 600 else 12000)))
        ahead.feed(value, t_ms)
        t_ms = add(t_ms, (200, 1000, 30000, 60000)[i // 750])
        for level in (value + 30, value + 300, 32767):
            found = (found * 31 + ahead.seconds_to(level) + 2) % 1048573
    assert found == 751131, found  # by CPython


def test_nothing_allocates_at_the_limits():
    # On the 32-bit build an int of 2^30 would come from the heap, too.
    noise = Noise(5)
    ahead = Ahead(30)
    t_ms = START
    micropython.heap_lock()
    try:
        for i in range(4000):
            value = (32767 if i & 1 else -32767) if i < 1500 else noise.within(32767) if i < 3000 else i * 8 - 30000
            ahead.feed(value, t_ms)
            ahead.seconds_to(32767)
            ahead.seconds_to(-32768, 1)
            ahead.seconds_to(value + 200)
            t_ms = add(t_ms, 60000 if i % 5 else 100)
        t_ms = add(t_ms, 1000)
        for _ in range(70000):  # more in a beat than a sum could hold
            ahead.feed(32767, t_ms)
        ahead.feed(32767, add(t_ms, 60000))
    finally:
        micropython.heap_unlock()
    assert ahead.seconds_to(32767) == 0


def test_no_frame_comes_from_the_heap():
    if not MEASURED:
        return
    ahead = Ahead(30)
    total = micropython.mem_total
    none = total()
    none = total() - none
    t_ms = START
    for i in range(60):
        before = total()
        ahead.feed(1000 + 30 * i, t_ms)
        fed_b = total() - before - none
        before = total()
        ahead.seconds_to(1000 + 30 * i + 50)
        asked_b = total() - before - none
        t_ms = add(t_ms, 30000)
        assert (fed_b, asked_b) == (0, 0), (i, fed_b, asked_b)
