"""Integer square root and logarithm, magnitudes, distances and angles of milli-g vectors.

Range: every axis is limited to +-LIMIT_MG = 18 900 mg, so that x^2 + y^2 + z^2 <= 3 * 18900^2 = 1 071 630 000, which is
below 2^30 = 1 073 741 824. A +-16 g accelerometer with its offset and scale errors fits; what is beyond is clipped, never
wrapped (dsp/summary.py clips).
"""

import micropython
from dsp.pointers import ptr16
from micropython import const

LIMIT_MG = const(18900)


@micropython.viper
def isqrt(n: int) -> int:
    """The largest r with r * r <= n, for 0 <= n < 2^30: one binary digit a step, from the top."""
    r = 0
    bit = 0x10000000
    while bit:
        if n >= r + bit:
            n -= r + bit
            r = (r >> 1) + bit
        else:
            r >>= 1
        bit >>= 2
    return r


@micropython.viper
def log2_q8(n: int) -> int:
    """256 * log2(n), within 5, for 1 <= n < 2^30; 0 for less. Grows with n, never falls.

    n is scaled to 256 (1 + f), 0 <= f < 1; log2(1 + f) = f + 0.344 f (1 - f), good to 0.009; 88 = 0.344 * 256.
    """
    if n < 1:
        return 0
    whole = 2048
    while n >= 512:
        n >>= 1
        whole += 256
    while n < 256:
        n <<= 1
        whole -= 256
    f = n - 256
    return whole + f + ((88 * f * (256 - f)) >> 16)


@micropython.viper
def magnitudes(mg, n: int, out):
    """out[i] = |a_i| in mg, rounded down, of `n` limited samples; at most 32735, so it fits an array('h')."""
    p = ptr16(mg)
    q = ptr16(out)
    i = 0
    k = 0
    while i < n:
        x = (p[k] ^ 0x8000) - 0x8000
        y = (p[k + 1] ^ 0x8000) - 0x8000
        z = (p[k + 2] ^ 0x8000) - 0x8000
        left = x * x + y * y + z * z
        r = 0
        bit = 0x10000000
        while bit:
            if left >= r + bit:
                left -= r + bit
                r = (r >> 1) + bit
            else:
                r >>= 1
            bit >>= 2
        q[i] = r
        i += 1
        k += 3


@micropython.viper
def apart(a, b, n: int) -> int:
    """The largest difference on any axis between two blocks of `n` samples, mg, below 2^16."""
    p = ptr16(a)
    q = ptr16(b)
    most = 0
    i = 0
    end = 3 * n
    while i < end:
        # Both carry the same bias after ^ 0x8000: it cancels.
        d = (p[i] ^ 0x8000) - (q[i] ^ 0x8000)
        if d < 0:
            d = 0 - d
        if d > most:
            most = d
        i += 1
    return most


@micropython.viper
def angle_deg(a, b) -> int:
    """Angle between two limited vectors, 0..180 degrees, within 1 degree from 100 mg upwards; 0 when one is zero.

    atan2(|a x b|, a . b). Components are scaled to below 2^12 (products < 2^25), then the results to below 2^14
    (squares < 2^29.6). With q = smaller / larger of the two in Q12, the arc tangent is 45 q + q (1 - q) (14.02 + 3.80 q)
    degrees, good to 0.1 degree (Rajan et al., IEEE Signal Processing Magazine 23(3), 2006); largest term 28376 << 12 < 2^27.
    """
    p = ptr16(a)
    q = ptr16(b)
    ax = (p[0] ^ 0x8000) - 0x8000
    ay = (p[1] ^ 0x8000) - 0x8000
    az = (p[2] ^ 0x8000) - 0x8000
    bx = (q[0] ^ 0x8000) - 0x8000
    by = (q[1] ^ 0x8000) - 0x8000
    bz = (q[2] ^ 0x8000) - 0x8000
    while ax > 4095 or ax < -4095 or ay > 4095 or ay < -4095 or az > 4095 or az < -4095:
        ax >>= 1
        ay >>= 1
        az >>= 1
    while bx > 4095 or bx < -4095 or by > 4095 or by < -4095 or bz > 4095 or bz < -4095:
        bx >>= 1
        by >>= 1
        bz >>= 1
    along = ax * bx + ay * by + az * bz
    x = ay * bz - az * by
    y = az * bx - ax * bz
    z = ax * by - ay * bx
    behind = along < 0
    if behind:
        along = 0 - along
    while along > 16383 or x > 16383 or x < -16383 or y > 16383 or y < -16383 or z > 16383 or z < -16383:
        along >>= 1
        x >>= 1
        y >>= 1
        z >>= 1
    across = int(isqrt(x * x + y * y + z * z))
    if along == 0 and across == 0:
        return 0
    small = across if across < along else along
    large = along if across < along else across
    f = (small << 12) // large
    bend = (f * (4096 - f)) >> 12
    deg = (45 * f + ((bend * (3589 + ((973 * f) >> 12))) >> 8) + 2048) >> 12
    if across >= along:
        deg = 90 - deg
    return 180 - deg if behind else deg
