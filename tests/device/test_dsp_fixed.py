"""dsp.fixed: integer root, magnitudes, distances, angles, and their bounds."""

import math
from array import array

from dsp_bench import corners, digest, noise

import micropython
from dsp import fixed
from dsp.summary import Summary


def vector(x, y, z):
    return array("h", (x, y, z))


def test_root_is_the_floor_at_every_square():
    r = 0
    while r < 32768:
        assert fixed.isqrt(r * r) == r
        if r:
            assert fixed.isqrt(r * r - 1) == r - 1
        r += 1 if r < 300 or r > 32700 else 97
    assert fixed.isqrt((1 << 30) - 1) == 32767


def test_limit_keeps_the_squares_below_2_to_30():
    limit = fixed.LIMIT_MG
    assert 3 * limit * limit < 1 << 30 <= 3 * (limit + 100) * (limit + 100)
    for sign in (1, -1):
        mg = vector(sign * limit, sign * limit, sign * limit)
        out = array("h", (0,))
        fixed.magnitudes(mg, 1, out)
        assert out[0] == 32735, out[0]


def test_magnitudes_round_down():
    mg = array("h", (3, 4, 0, -3, -4, 12, 16000, -16000, 16000, 0, 0, 0, -1, 0, 0, 999, 31, -31))
    out = array("h", bytes(12))
    fixed.magnitudes(mg, 6, out)
    # 16000 * sqrt(3) = 27712.8; sqrt(999^2 + 2 * 31^2) = 999.96
    assert list(out) == [5, 13, 27712, 0, 1, 999]


def test_apart_is_the_largest_difference_on_an_axis():
    a = array("h", (1, 2, 3, -32768, 0, 0))
    b = array("h", (1, 7, -3, 32767, 0, 0))
    assert fixed.apart(a, b, 1) == 6
    assert fixed.apart(b, a, 2) == 65535
    assert fixed.apart(a, a, 2) == 0


# Degrees by numpy: degrees(arccos(a @ b / norm(a) / norm(b))) for rng = default_rng(3), integers(-1500, 1500, 3) each.
ANGLES = (
    ((934, -1244, -962), (-790, -956, 903), 98.55),
    ((1107, 246, -1382), (-1218, -504, -201), 120.07),
    ((363, -63, -706), (-1021, 574, 703), 146.12),
    ((-1402, -1159, -144), (-327, 1163, 50), 113.98),
    ((-240, -209, 499), (260, -982, 713), 47.25),
    ((770, 1368, 858), (-648, -541, 445), 120.14),
    ((451, 588, 1107), (-622, 1316, -1496), 114.72),
    ((-1270, 1420, 1331), (-605, -1083, -559), 118.60),
    ((-1371, 1175, 487), (255, -766, -87), 148.30),
    ((-929, 819, -77), (-1409, -737, 620), 71.91),
    ((59, -378, -740), (-1228, 325, 481), 119.15),
    ((60, 1294, 1283), (-879, 324, 390), 62.06),
)


def test_angles_agree_with_numpy_within_one_degree():
    for a, b, degrees in ANGLES:
        for scale in (1, 12):
            a_mg = vector(a[0] * scale, a[1] * scale, a[2] * scale)
            b_mg = vector(b[0] * scale, b[1] * scale, b[2] * scale)
            got = fixed.angle_deg(a_mg, b_mg)
            assert abs(got - degrees) <= 1, (a, b, scale, got, degrees)
            assert fixed.angle_deg(b_mg, a_mg) == got


def test_angles_of_special_vectors():
    up = vector(0, 0, 1000)
    assert fixed.angle_deg(up, up) == 0
    assert fixed.angle_deg(up, vector(0, 0, -1000)) == 180
    assert fixed.angle_deg(up, vector(1000, 0, 0)) == 90
    assert fixed.angle_deg(up, vector(0, 1000, 1000)) == 45
    assert fixed.angle_deg(up, vector(0, -1000, -1000)) == 135
    assert fixed.angle_deg(up, vector(0, 0, 0)) == 0
    m = fixed.LIMIT_MG
    assert fixed.angle_deg(vector(m, m, m), vector(-m, -m, -m)) == 180
    assert fixed.angle_deg(vector(m, m, m), vector(m, m, -m)) == 71  # acos(1/3) = 70.53
    assert fixed.angle_deg(vector(100, 0, 0), vector(m, m, 0)) == 45


def test_log2_is_close_and_never_falls_back():
    last = -1
    n = 1
    while n < 1 << 30:
        for near in (n, n + 1):
            value = fixed.log2_q8(near)
            assert abs(value - 256 * math.log(near) / math.log(2)) <= 5, near
            assert value >= last, near
            last = value
        n += 1 + n // 37
    for n in range(1, 3000):
        assert fixed.log2_q8(n) <= fixed.log2_q8(n + 1)
    assert [fixed.log2_q8(1 << k) for k in range(30)] == [256 * k for k in range(30)]
    assert fixed.log2_q8(0) == fixed.log2_q8(-5) == 0
    assert fixed.log2_q8((1 << 30) - 1) == 30 * 256 - 1


def test_summary_counts_hard_samples():
    summary = Summary(300, 1500)
    summary.take(array("h", (0, 0, 1500, 0, 0, -1501, 1100, 1100, 0, 32767, 0, 0)), 4)
    assert summary.hard == 3
    summary.take(array("h", (0, 0, 1500)), 1)
    assert summary.hard == 0


def test_summary_clips_and_counts():
    mg = array("h", (0, 0, 100, 0, 0, 2000, 0, 250, 0, 0, 0, 299, 32767, -32768, 5, 0, 0, 10))
    summary = Summary(300)
    summary.take(mg, 6)
    assert list(mg[12:15]) == [18900, -18900, 5]
    assert summary.peak_sq == 2 * 18900 * 18900 + 25
    assert summary.low_run == 2
    assert list(summary.mean) == [3150, -3108, 402]
    # the run that was going on goes on: one sample before, five now, ended by the sixth
    mg = array("h", (0, 0, 299) * 5 + (0, 0, 300))
    summary.take(mg, 6)
    assert summary.low_run == 6 and summary.peak_sq == 90000
    summary.take(array("h", (0, 0, 1)), 1)
    summary.restart()
    summary.take(array("h", (0, 0, 1000)), 1)
    assert summary.low_run == 0


def test_summary_at_the_corners_of_int16_stays_in_range():
    mg = corners(60)
    summary = Summary(300)
    summary.take(mg, 60)
    assert summary.peak_sq == 3 * 18900 * 18900
    assert max(mg) == 18900 and min(mg) == -18900


def test_every_interpreter_gives_the_same_bits():
    mg = noise(600)
    summary = Summary(9000, 12000)
    d = 0
    for i in range(0, 600, 60):
        block = array("h", mg[i : i + 60])
        summary.take(block, 20)
        out = array("h", bytes(40))
        fixed.magnitudes(block, 20, out)
        d = digest(
            list(block) + list(summary.mean) + list(out) + [summary.low_run, summary.hard, summary.peak_sq % 1000003], d
        )
        d = digest((fixed.angle_deg(block[0:3], block[3:6]), fixed.apart(block[0:30], block[30:60], 10)), d)
    assert d == 1006679, d  # by CPython


def test_nothing_allocates():
    mg = noise(60)
    other = noise(60, 7)
    out = array("h", bytes(40))
    a = mg[0:3]
    summary = Summary(300)
    micropython.heap_lock()
    summary.take(mg, 20)
    fixed.magnitudes(mg, 20, out)
    n = fixed.apart(mg, other, 20) + fixed.angle_deg(a, other) + fixed.isqrt(summary.peak_sq)
    micropython.heap_unlock()
    assert n > 0
