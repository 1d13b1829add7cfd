"""Windows of listening against beacons that send as regularly as they: neither may miss the other for minutes."""

import binascii

from place_tag import Tag, frame

import ticks

WINDOW_MS = 291
MINUTES = 20


class Controller:
    """A radio among beacons that send every `interval_ms` and the Core Specification's advDelay of 0 to 10 ms, each in a phase of
    its own."""

    def __init__(self, ble, interval_ms, strengths, seed):
        self._tell = ble._on_event
        self._seed = seed
        self._interval_ms = interval_ms
        self._next = [[self.drawn(interval_ms), binascii.unhexlify(frame(b)), dbm] for b, dbm in strengths]
        self._on = False
        self._now_ms = self._end_ms = 0
        ble._ble = self

    def drawn(self, below):
        self._seed = self._seed * 1103515245 + 12345 & 0x7FFFFFFF
        return (self._seed >> 12) % below

    def active(self, *_):
        return True

    def gap_advertise(self, *_, **__):
        pass

    def gap_scan(self, duration_ms, *_):
        self._on = True
        self._end_ms = self._now_ms + duration_ms

    def until(self, now_ms):
        for each in self._next:
            while each[0] <= now_ms:
                if self._on and self._end_ms - WINDOW_MS <= each[0] <= self._end_ms:
                    self._tell(5, (0, b"", 0, each[2], each[1]))
                each[0] += self._interval_ms + self.drawn(11)
        self._now_ms = now_ms
        if self._on and now_ms >= self._end_ms:
            self._on = False
            self._tell(6, ())


def heard(interval_ms, seed):
    """The longest silence in windows, and how many of a thousand windows had no zone."""
    tag = Tag()
    task = tag.task
    air = Controller(task.ble, interval_ms, ((0, -70), (1, -75), (2, -90)), seed)
    now_ms = windows = unknown = silent = longest = 0
    due_ms = task._due_ms
    before = task.ble.listened_ms
    while now_ms < MINUTES * 60000:
        now_ms += 50 + air.drawn(3)
        air.until(now_ms)
        task.step(ticks.add(tag.start_ms, now_ms))
        if task._due_ms != due_ms:
            due_ms = task._due_ms
            windows += 1
            unknown += not task.zone
            silent = silent + 1 if task._estimator.loudest < 0 else 0
            longest = max(longest, silent)
    duty = (task.ble.listened_ms - before) / now_ms
    assert 0.09 < duty <= 0.1, duty
    assert abs(windows - now_ms // 3000) < 3
    return longest, unknown * 1000 // windows


def test_beacons_that_send_each_second_are_not_missed_for_long():
    for seed in (1, 2, 3):
        longest, unknown = heard(1000, seed)
        assert longest < 20 and unknown < 30, (seed, longest, unknown)


def test_beacons_of_half_a_second_hardly_ever():
    longest, unknown = heard(500, 4)
    assert longest < 8 and unknown < 20, (longest, unknown)
