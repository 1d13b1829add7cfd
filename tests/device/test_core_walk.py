"""Half a million random steps of the whole core: core_walk.py. The others run beside it, in test_core_walk_more.py."""

from core_walk import live, many


def test_seeds_1_and_2():
    for seed in (1, 2):
        live(seed, many(125000))


def test_seeds_3_and_4():
    for seed in (3, 4):
        live(seed, many(125000))


def test_a_seed_gives_the_same_life_again():
    a, b = live(77, 300), live(77, 300)
    assert (a.state, a.t_ms, a.last, a.journal) == (b.state, b.t_ms, b.last, b.journal) and a.state != live(
        78, 300
    ).state
