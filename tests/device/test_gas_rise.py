"""The rise of a reading within a time, against a list of all readings."""

from gas_bench import Reading

import micropython
from tag.gas import rise
from ticks import add

WRAP = (1 << 30) - 60000


def test_a_rise_within_the_time_is_never_missed_nor_one_of_long_ago_counted():
    seed = 5
    for window_s in (1, 8, 60, 300):
        w = rise.window(window_s)
        kept = []
        t = 0
        seen = 0
        for _ in range(3000):
            seed = (seed * 1664525 + 1013904223) & 0xFFFFFFFF
            t += (seed >> 16) % (window_s * 250)
            value = (seed >> 8) % 2000 - 300
            found = rise.feed(w, value, add(WRAP, t))
            kept.append((t, value))
            kept = [(at, v) for at, v in kept if at > t - window_s * 1125 - 1]
            least = min([v for at, v in kept if at >= t - window_s * 1000])
            most = min([v for _, v in kept])
            assert value - least <= found <= value - most, (window_s, t)
            seen += found > 0
        assert seen > 1000


def test_a_pause_and_a_jump_of_the_ticks_begin_anew():
    w = rise.window(60)
    assert rise.feed(w, 0, WRAP) == 0 and rise.feed(w, 50, add(WRAP, 1000)) == 50
    assert rise.feed(w, 50, add(WRAP, 61000)) == 50  # an eighth more is kept at most
    assert rise.feed(w, 60, add(WRAP, 70000)) == 10
    assert rise.feed(w, 99, add(WRAP, 3600000)) == 0
    assert rise.feed(w, 120, add(WRAP, 600000)) == 0  # backwards: nobody knows how far
    assert rise.feed(w, -32768, add(WRAP, 600001)) == 0
    assert rise.feed(w, 32767, add(WRAP, 600002)) == 32767


def test_it_allocates_nothing():
    w = rise.window(60)
    reading = Reading(1, 5)
    t_ms = WRAP
    micropython.heap_lock()
    for i in range(2000):
        t_ms = add(t_ms, 777)
        rise.feed(w, reading.value + (i & 31), t_ms)
    micropython.heap_unlock()
