"""Near misses: told once a hit has stayed without a fall, the hardest of its time, never a flood."""

import micropython
from tag.motion.impact import Impacts

LIMIT_MG = 6000


class Ring:
    """Stands for the snapshot: how long the hit lasted."""

    def duration_ms(self, age):
        assert age == 5
        return 60


def told(hits, chunks, decided=(), limit_mg=LIMIT_MG):
    """[(chunk, peak_mg, duration_ms, count, age)] of hits {chunk: mg}, with falls or drops in the chunks `decided`."""
    impacts = Impacts(limit_mg)
    ring = Ring()
    found = []
    for chunk in range(chunks):
        mg = hits.get(chunk, 1000)
        if impacts.step(mg * mg, chunk in decided, ring):
            found.append((chunk, int(impacts.peak_sq**0.5 + 0.5), impacts.duration_ms, impacts.count, impacts.age))
    return found


def test_a_hit_without_a_fall_is_told_after_4_s():
    assert told({10: 6001}, 200) == [(30, 6001, 60, 1, 20)]
    assert told({10: 6000}, 200) == []
    assert told({10: 3001}, 200, limit_mg=3000) == [(30, 3001, 60, 1, 20)]
    assert told({10: 32000}, 200, limit_mg=16000) == [(30, 32000, 60, 1, 20)]


def test_the_hardest_is_told_and_the_others_counted():
    assert told({10: 8000, 12: 7000, 15: 7999}, 200) == [(30, 8000, 60, 3, 20)]
    assert told({10: 7000, 20: 9000, 29: 8000}, 200) == [(40, 9000, 60, 3, 20)]
    # as hard as the one held: counted
    assert told({10: 8000, 29: 8000}, 200) == [(30, 8000, 60, 2, 20)]


def test_what_belongs_to_a_fall_or_a_drop_is_no_near_miss():
    for decided in range(10, 30):
        assert told({10: 9000}, 200, (decided,)) == [], decided
    # declared in the same chunk, and what bounces for 5 s after
    assert told({10: 9000, 11: 9000, 34: 9000}, 200, (10,)) == []
    assert told({10: 9000, 35: 9000}, 200, (10,)) == [(55, 9000, 60, 1, 20)]


def test_at_most_one_in_10_s_and_none_is_lost_from_the_count():
    hits = {chunk: 7000 + chunk % 7 * 100 for chunk in range(10, 5000, 3)}
    found = told(hits, 5100)
    assert all([found[i + 1][0] - found[i][0] >= 50 for i in range(len(found) - 1)])
    assert 5000 // 75 <= len(found) <= 5000 // 50 + 1
    assert sum([row[3] for row in found]) == len(hits)
    # a second one within the pause waits for its end, and is not lost
    assert told({10: 7000, 40: 9000, 100: 6500}, 300) == [
        (30, 7000, 60, 1, 20),
        (80, 9000, 60, 1, 40),
        (130, 6500, 60, 1, 30),
    ]


def test_nothing_allocates():
    impacts = Impacts(LIMIT_MG)
    ring = Ring()
    n = 0
    micropython.heap_lock()
    for i in range(300):
        if impacts.step(64000000 if i % 60 == 5 else 1000000, i == 250, ring):
            n += 1
    micropython.heap_unlock()
    assert n == 4
