"""Judges the numbers of a self-test. Each gives (outcome, value, cause): one of `checks`, the number to show, and where it failed
or could not be judged why, in a few words. Pure: no clock, no part.

At rest     a still chip makes noise from sample to sample, a moving hand does not: half the mean square of the steps over the
            variance (von Neumann's ratio) is 1 for white noise and far below for motion under 10 Hz. So what is louder than the
            chip may be is `not at rest` where steps are small, and a bad chip where they are not.
Noise       at most 3 x the datasheet's figure, which is a typical one, and half a digit, between two of which a still output
            may toggle. RMS = density x sqrt(50 Hz), half of 100 samples a second; those with a filter of their own pass more:

    chip       density        RMS      source
    lis3dh     220 ug/rtHz    1.6 mg   DocID17530, mechanical characteristics (at +-2 g, normal mode; the page was not seen)
    adxl345    430 (z)        3.0      data sheet, "Noise performance"
    lsm6dso    110            0.8      DS12140 table 2, at +-16 g (the page was not seen)
    mpu6050    400            4.0      PS-MPU-6000A 6.2; 94 Hz filter (the page was not seen)
    mpu6500    300            3.0      PS-MPU-6500A 3.2; 99 Hz filter (the page was not seen)

Load        a cell with 1 ohm inside is worn out; motor, buzzer and light take some 0.2 to 0.3 A: 300 mV.
Wear        littlefs counts no erases. `remember.py` measured what a journal erases for a record; of 100 000 erases that NOR
            flash is promised to bear 80 000 are let pass.
"""

import quality
from micropython import const
from tag.selftest.checks import FAILED, NOT_JUDGED, PASSED

RATE_PERCENT = const(5)
LEAST_MG = const(950)
MOST_MG = const(1050)
SAG_MV = const(300)
LEAST_FREE_KB = const(64)
WEAR_MOST = const(80000)
CLOCK_CENTI = const(200)  # 1/100 %
LEAST_PA = const(70000)
MOST_PA = const(125000)
LEAST_C100 = const(-2000)
MOST_C100 = const(6000)
READINGS = const(4)
_SAME = const(3)
_REST_PERCENT = const(50)

# chip -> RMS in 1/10 mg, words of its 16-bit output that make one digit
NOISE_MG10 = {"lis3dh": (16, 64), "adxl345": (30, 1), "lsm6dso": (8, 1), "mpu6050": (40, 1), "mpu6500": (30, 1)}


def axis(block, n: int, i: int) -> tuple:
    """(mean in 1/10 mg, variance in 1/100 mg^2, von Neumann's ratio in %) of axis `i` in `n` samples x, y, z, ... of mg."""
    first = last = block[i]
    total = squares = steps = 0
    for k in range(i, 3 * n, 3):
        mg = block[k]
        total += mg - first
        squares += (mg - first) * (mg - first)
        steps += (mg - last) * (mg - last)
        last = mg
    if n < 2:
        return first * 10, 0, 100
    variance = (squares * n - total * total) * 100 // (n * n)
    ratio = steps * 5000 // ((n - 1) * variance) if variance else 100
    return first * 10 + total * 10 // n, variance, ratio


def digit_mg10(chip: str, scale) -> int:
    """One digit of a chip in 1/10 mg; `scale` is the driver's: mg of one of 16 bits as (multiplier, shift). 0: not known."""
    return scale[0] * NOISE_MG10[chip][1] * 10 >> scale[1] if chip in NOISE_MG10 else 0


def rate(n: int, ms: int, odr_hz: int) -> tuple:
    """`n` samples in `ms`; the value is in 1/10 Hz."""
    found = n * 10000 // max(ms, 1)
    if abs(found - odr_hz * 10) * 100 > odr_hz * 10 * RATE_PERCENT:
        return FAILED, found, "%d samples a second, not %d" % ((found + 5) // 10, odr_hz)
    return PASSED, found, ""


def noise(axes, chip: str, scale) -> tuple:
    """Of three results of `axis`; the value is the loudest RMS in 1/10 mg. NOT_JUDGED: not at rest, or no figure of that chip."""
    loud = max([found[1] for found in axes])
    value = int(loud**0.5 + 0.5)
    if chip not in NOISE_MG10:
        return NOT_JUDGED, value, "no figure of a " + chip
    rms = NOISE_MG10[chip][0]
    digit = digit_mg10(chip, scale)
    if loud <= 9 * rms * rms + digit * digit // 4:
        return PASSED, value, ""
    for _, variance, ratio in axes:
        if variance * 4 >= loud and ratio < _REST_PERCENT:
            return NOT_JUDGED, value, "not at rest"
    return FAILED, value, "noise of %d mg" % ((value + 5) // 10)


def gravity(axes) -> tuple:
    """Of three results of `axis`; the value is |mean| in mg."""
    squares = 0
    for mean, _, _ in axes:
        squares += mean * mean
    mg = int(squares**0.5 + 5) // 10
    if LEAST_MG <= mg <= MOST_MG:
        return PASSED, mg, ""
    return FAILED, mg, "gravity is %d mg" % mg


def gas(said: int, value: int, readings: int, same: int, waited_s: int, warmup_s: int, base: int, band: int) -> tuple:
    """A sensor in clean air: `said` is its quality, `same` how often it repeated itself to the bit where that cannot be, `base` and
    `band` are counts (tag/gas/acts.py); `warmup_s` -1: not known."""
    if said == quality.WARMING:
        if warmup_s >= 0 and waited_s > warmup_s + 30:
            return FAILED, None, "still warming up after %d s" % waited_s
        if warmup_s < 0:
            return NOT_JUDGED, None, "warming up after %d s" % waited_s
        return NOT_JUDGED, None, "warming up, %d s more" % max(warmup_s - waited_s, 1)
    if said == quality.OVER:
        return FAILED, value, "over its range"
    if said == quality.UNDER:
        return FAILED, value, "below zero"
    if not quality.usable(said):
        return FAILED, None, "no answer" if said == quality.STALE else "does not work"
    if same >= _SAME:
        return FAILED, value, "repeats one answer"
    if readings < READINGS:
        return NOT_JUDGED, value, "too few readings"
    if abs(value - base) > band:
        return FAILED, value, "wrong in clean air"
    return PASSED, value, ""


def air(said: int, temp_c100: int, press_pa: int, waited_s: int) -> tuple:
    """Temperature and pressure; the value is in Pa."""
    if said == quality.WARMING:
        return FAILED, None, "no reading in %d s" % waited_s
    if not quality.usable(said):
        return FAILED, None, "no answer" if said == quality.STALE else "does not work"
    if not LEAST_PA <= press_pa <= MOST_PA:
        return FAILED, press_pa, "no pressure to work in"
    if not LEAST_C100 <= temp_c100 <= MOST_C100:
        return FAILED, press_pa, "%d degC" % (temp_c100 // 100)
    return PASSED, press_pa, ""


def output(failed: bool, answer: int) -> tuple:
    """An output that was driven; `answer` of the person: 1 yes, 0 no, -1 nobody."""
    if failed:
        return FAILED, None, "refuses its command"
    if answer < 0:
        return NOT_JUDGED, None, "nobody looked"
    return (PASSED, None, "") if answer else (FAILED, None, "not noticed")


def button(held_first: bool, held_ms: int, asked: bool) -> tuple:
    """`held_ms`: how long the press took, -1: none came. The value is that."""
    if held_first:
        return FAILED, None, "pressed by nobody"
    if not asked:
        return NOT_JUDGED, None, "nobody pressed"
    return (PASSED, held_ms, "") if held_ms >= 0 else (FAILED, None, "no press")


def battery(mv: int, low_mv: int) -> tuple:
    """At rest; `mv` < 0: no cell's voltage."""
    if mv < 0:
        return FAILED, None, "no cell's voltage"
    return (PASSED, mv, "") if mv >= low_mv else (FAILED, mv, "%d mV, charge it" % mv)


def load(idle_mv: int, least_mv: int, low_mv: int, loaded: bool) -> tuple:
    """While all outputs were on; the value is the drop in mV."""
    if idle_mv < 0:
        return NOT_JUDGED, None, "no voltage at rest"
    if not loaded:
        return NOT_JUDGED, None, "nothing to load it with"
    if least_mv < 0:
        return FAILED, None, "no cell's voltage"
    drop = max(idle_mv - least_mv, 0)
    if drop > SAG_MV or (idle_mv >= low_mv and least_mv < low_mv - SAG_MV):
        return FAILED, drop, "drops by %d mV" % drop
    return PASSED, drop, ""


def listening(said_ms: int, window_ms: int, lost_irqs: int) -> tuple:
    """A window without end of its own is none: `said_ms` until the chip said that it was over, -1: it failed."""
    return _radio(said_ms, window_ms, lost_irqs, "receiver fails", "window too short")


def sending(said_ms: int, air_ms: int, lost_irqs: int) -> tuple:
    """`said_ms` until the frame was out, -1: it never was."""
    return _radio(said_ms, air_ms, lost_irqs, "transmitter fails", "out too soon")


def _radio(said_ms: int, least_ms: int, lost_irqs: int, fails: str, early: str) -> tuple:
    if said_ms < 0:
        return FAILED, None, fails
    if lost_irqs:
        return FAILED, said_ms, "interrupt line is silent"
    if said_ms * 2 < least_ms:
        return FAILED, said_ms, early
    return PASSED, said_ms, ""


def peer(heard_dbm, there_dbm) -> tuple:
    """What this tag has heard the other with, and that one this; None: not at all. The value is the worse one, in dBm."""
    if heard_dbm is None:
        return FAILED, there_dbm, "hears nothing"
    if there_dbm is None:
        return FAILED, heard_dbm, "is not heard"
    return PASSED, min(heard_dbm, there_dbm), ""


def wifi(heard: int, best_dbm, wanted: str, wanted_dbm) -> tuple:
    """A scan: how many were heard, the loudest, and the site's own; -1: the radio refuses. The value is in dBm."""
    if heard < 0:
        return FAILED, None, "radio refuses"
    if wanted_dbm is not None:
        return PASSED, wanted_dbm, ""
    if heard:
        return PASSED, best_dbm, ""
    return (FAILED if wanted else NOT_JUDGED), None, "hears no access point"


def flash(free_kb: int, same) -> tuple:
    """Room, and a file that was read back; `same` None: it could not be written."""
    if same is None:
        return FAILED, free_kb, "takes no file"
    if not same:
        return FAILED, free_kb, "reads other than written"
    return (PASSED, free_kb, "") if free_kb >= LEAST_FREE_KB else (FAILED, free_kb, "%d kB free" % free_kb)


def wear(records: int, blocks: int, fault: bool) -> tuple:
    """Records ever written, blocks of the partition; the value is erases of the block erased most, reckoned."""
    if fault:
        return FAILED, None, "journal takes no record"
    if blocks <= 0:
        return NOT_JUDGED, None, "size of the partition"
    cycles = records * 3 // 5 // blocks
    return (PASSED, cycles, "") if cycles < WEAR_MOST else (FAILED, cycles, "worn out")


def clock(set_right: bool, rtc_ms: int, tag_ms: int, host_ms: int, unsure_ms: int) -> tuple:
    """The same time by the chip's clock (-1: it stands still), by its ticks, and by the computer, `unsure_ms` of it not sure. The
    value is the worse error in 1/100 %."""
    if rtc_ms < 0:
        return FAILED, None, "stands still"
    if not set_right:
        return FAILED, None, "does not take the time"
    if host_ms <= 0 or tag_ms <= 0 or unsure_ms * 20000 > CLOCK_CENTI * host_ms:
        return NOT_JUDGED, None, "the line is too slow"
    ticks_off = abs(tag_ms - host_ms) * 10000 // host_ms
    off = max(ticks_off, abs(rtc_ms - tag_ms) * 10000 // tag_ms)
    if off > CLOCK_CENTI:
        return FAILED, off, "%d %% off" % (off // 100)
    return PASSED, off, ""
