"""The second half million random steps of the whole core: core_walk.py."""

from core_walk import live, many


def test_seeds_5_and_6():
    for seed in (5, 6):
        live(seed, many(125000))


def test_seeds_7_and_8():
    for seed in (7, 8):
        live(seed, many(125000))
