"""Exposure that outlives a reset: loaded, it is as if the tag had never been off; damaged, nothing of it is taken."""

import struct

from exposure_bench import FULL, Noise, feed, figures, loaded, saved, series

from codec.native import crc16
from tag.gas.exposure import Exposure

INTS = 481  # where the numbers begin: format u8 | 480 codes | 29 i32 | crc u16
NAMES = (
    "stel",
    "twa",
    "shift",
    "rest",
    "place",
    "k",
    "sum",
    "n",
    "mean",
    "stel_max",
    "twa_max",
    "peak",
    "minutes",
    "missing",
)


def lived(minutes, seed, top=FULL, last=(40, 70)):
    """An exposure in the middle of a minute."""
    exposure = Exposure()
    for readings in series(minutes, seed, top):
        feed(exposure, readings)
    for value in last:
        exposure.add(value)
    return exposure


def spoilt(buf, **numbers):
    """The buffer with some of its numbers changed and the checksum right."""
    buf = bytearray(buf)
    for name in numbers:
        struct.pack_into("<i", buf, place(name), numbers[name])
    return sealed(buf)


def place(name):
    """Where a number stands: the last 15 means, m0 to m14, come before those with a name."""
    return INTS + 4 * (int(name[1:]) if name[1:].isdigit() else 15 + NAMES.index(name))


def number(buf, name):
    return struct.unpack_from("<i", buf, place(name))[0]


def sealed(buf):
    end = Exposure.SIZE - 2
    struct.pack_into("<H", buf, end, crc16(buf, 0, end))
    return buf


def test_a_reset_at_any_moment_changes_nothing():
    for seed in (1, 2, 3):
        noise = Noise(seed)
        kept = Exposure()
        reset = Exposure()
        for readings in series(1100, seed, (300, 4000, FULL)[seed - 1]):
            cut = noise.below(3 * len(readings) + 8)
            for i in range(len(readings)):
                kept.add(readings[i])
                reset.add(readings[i])
                if i == cut:
                    reset = loaded(reset, noise.below(9))
            kept.minute()
            reset.minute()
            assert figures(kept) == figures(reset)
        assert saved(kept) == saved(reset)


def test_what_was_there_before_is_replaced():
    exposure = lived(700, 4)
    other = lived(900, 5)
    assert other.load(saved(exposure), 0)
    assert saved(other) == saved(exposure) and figures(other) == figures(exposure)
    fresh = saved(Exposure())
    assert other.load(fresh, 0) and saved(other) == fresh


def test_a_reset_at_the_limits_is_taken():
    exposure = Exposure()
    for _ in range(2100):
        feed(exposure, [FULL])
    for _ in range(40000):
        exposure.add(FULL)
    assert saved(loaded(exposure)) == saved(exposure)
    exposure.skip(1 << 20)
    assert saved(loaded(exposure)) == saved(exposure)
    # the figure furthest above the largest mean: a window of one concentration, with the largest rest before it
    exposure = Exposure()
    for readings in [[32766] * 15 + [32765]] + [[32765]] * 481:
        feed(exposure, readings)
        assert saved(loaded(exposure)) == saved(exposure)


def test_any_damaged_byte_is_refused_and_nothing_taken():
    buf = saved(lived(600, 6))
    exposure = lived(300, 7)
    before = saved(exposure), figures(exposure)
    for i in range(Exposure.SIZE):
        for flip in (0x01, 0x80, 0xFF):
            buf[i] ^= flip
            assert not exposure.load(buf, 0), (i, flip)
            buf[i] ^= flip
    assert (saved(exposure), figures(exposure)) == before
    assert exposure.load(buf, 0)


def test_what_is_cut_short_or_never_written_is_refused():
    exposure = lived(30, 8)
    before = saved(exposure)
    size = Exposure.SIZE
    for buf in (b"", bytes(size), b"\xff" * size, bytes(size - 1), before[: size - 1], before[1 : size + 1]):
        assert not exposure.load(buf, 0), len(buf)
    assert not exposure.load(before, 6) and not exposure.load(before, 600)
    assert saved(exposure) == before
    other = bytearray(before)
    other[0] += 1  # a later format
    assert not exposure.load(sealed(other), 0)


def test_numbers_that_cannot_be_are_refused_whatever_their_checksum():
    exposure = lived(600, 9, FULL)
    buf = saved(exposure)
    assert exposure.load(sealed(bytearray(buf)), 0)
    k, minutes, peak = number(buf, "k"), number(buf, "minutes"), number(buf, "peak")
    assert k == 4 and minutes == 600
    for name, values in (
        ("stel", (-1, number(buf, "stel") + 1, 0)),
        ("twa", (-1, number(buf, "twa") + 1, number(buf, "twa") - 1)),
        ("shift", (-1, 1 << 30)),
        ("rest", (-1, 2064, number(buf, "rest") + 1)),
        ("place", (-1, 480)),
        ("k", (-1, 3, 5, 20)),
        ("sum", (-1, 3 * peak, 1 << 30)),
        ("n", (-1, 0)),
        ("mean", (-2, number(buf, "mean") + 1, FULL * 16 + 1)),
        ("stel_max", (-1, exposure.stel_q4 - 1, peak * 16 + 1)),
        ("twa_max", (-1, exposure.twa_q4 - 1, peak * 16 + 6)),
        ("peak", (-1, 5, 32768)),
        ("minutes", (-1, exposure.missing - 1)),
        ("missing", (-1, minutes + 1)),
    ):
        for value in values:
            assert not exposure.load(spoilt(buf, **{name: value}), 0), (name, value)
    changed = bytearray(buf)
    changed[200] ^= 1  # a code
    assert not exposure.load(sealed(changed), 0)
    changed = bytearray(buf)
    changed[INTS] ^= 1  # one of the last 15 means
    assert not exposure.load(sealed(changed), 0)
    assert saved(exposure) == buf


def test_numbers_that_fit_each_other_and_cannot_be_are_refused_too():
    exposure = lived(600, 9, FULL, last=(3, 4))
    exposure.skip(1)
    exposure.skip(1)  # the last minute is missing
    buf = saved(exposure)
    most = number(buf, "peak") * 16
    last = (number(buf, "place") - 2) % 15  # the last mean but one
    more = most + 1 - number(buf, "m%d" % last)
    step = 129 << number(buf, "k")
    for numbers in (
        {"mean": -2},
        {"m%d" % last: most + 1, "stel": number(buf, "stel") + more},
        {"rest": number(buf, "rest") + step, "twa": number(buf, "twa") + step},
        {"sum": (1 << 29) + FULL + 1, "n": 1 << 20},
    ):
        assert not exposure.load(spoilt(buf, **numbers), 0), numbers
    assert exposure.load(spoilt(buf, sum=(1 << 29) + FULL, n=1 << 20), 0)
    assert not exposure.load(spoilt(saved(Exposure()), k=5), 0)
