"""Self-test of a MAX30102: it has no force of its own, so its LED is what the converter has to follow.

A second in the dark, a look at the die thermometer, then four seconds with the LED at full current: the darkest of the light has to
be brighter than the brightest of the dark. Something pale has to lie on the window, a hand or paper; the cover glass alone throws
back some. Whatever of it fails has words of its own; so has what ends a measurement (`failure` of drivers/max30102.py).

Not judged: at the end of the ambient light cancellation, or where a lamp is seen to flicker and the LED is not.
Chosen, not measured: the least difference, 16 nA at 25 mA; a lamp's, 40 counts; a rate that is off by 8 %, with which no pulse
can be trusted. Temperatures are those that the chip is made for.
"""

from array import array

import quality
import ticks
from drivers.max30102 import MOST, RATE_HZ, START
from drivers.max30102_fifo import DEPTH, FULL
from micropython import const

_WHOLE = const(0x1F)  # degrees, followed by sixteenths
_MEASURE = const(0x21)
_READY_MS = const(50)  # 29 typical
_COLDEST = const(-40)
_HOTTEST = const(85)
_ROUND_MS = const(100)
_DARK = const(11)  # rounds
_LIGHT = const(41)
_NA_SHIFT = const(6)  # 4096 nA are 2^18 counts
_LEAST_NA = const(16)
_CALM = const(40)
_RATE_PERCENT = const(8)


def self_test(sensor, sleep_ms, ticks_ms) -> tuple:
    """(True, False, or None where it cannot be judged; nA by which the light is brighter than the dark, or None; why not) of
    `sensor`, a MAX30102. It takes 6 s at the most, and ends shut down; to another part nothing is written."""
    if not sensor.begin(ticks_ms(), True):
        return False, None, sensor.failure
    found = _follows(sensor, sleep_ms, ticks_ms)
    sensor.led = START
    return found if sensor.end() or not found[0] else (False, None, sensor.failure)


def _follows(sensor, sleep_ms, ticks_ms) -> tuple:
    light = None
    dark = _look(sensor, _DARK, sleep_ms, ticks_ms)
    if dark and not _temperature(sensor, sleep_ms):
        return False, None, "no temperature"
    sensor.led = MOST
    if dark and sensor.shine():
        light = _look(sensor, _LIGHT, sleep_ms, ticks_ms)
    if not light:
        return False, None, sensor.failure
    least, _, n, ms = light
    due = ms * RATE_HZ
    na = max(0, least - dark[1]) >> _NA_SHIFT
    if not n or abs(n * 1000 - due) * 100 > due * _RATE_PERCENT:
        return False, None, "%d samples a second, not %d" % ((n * 1000 + ms // 2) // max(1, ms), RATE_HZ)
    if sensor.glare:
        return None, None, "too much other light"
    if na >= _LEAST_NA:
        return True, na, ""
    if dark[1] - dark[0] > _CALM:
        return None, na, "other light flickers"
    return False, na, "its light does not come back"


def _look(sensor, rounds: int, sleep_ms, ticks_ms):
    """(least count, most, samples, ms that they took to come); None when it has failed. The first block is of before."""
    counts = array("i", (0,) * DEPTH)
    least, most = FULL, 0
    n = ms = 0
    begun_ms = -1
    for _ in range(rounds):
        sleep_ms(_ROUND_MS)
        t_ms = ticks_ms()
        got = sensor.read(counts, t_ms)
        if sensor.quality == quality.FAILED:
            return None
        if got and begun_ms < 0:
            begun_ms = t_ms
        elif got:
            ms = ticks.diff(t_ms, begun_ms)
            n += got
            least = min(least, min(counts[:got]))
            most = max(most, max(counts[:got]))
    return least, most, n, ms


def _temperature(sensor, sleep_ms) -> bool:
    """Whether the die thermometer says what can be. While it measures: shut down it may not."""
    try:
        sensor.registers.set(_MEASURE, 1)
        sleep_ms(_READY_MS)
        done = not sensor.registers.get(_MEASURE) & 1
        degrees = sensor.registers.get(_WHOLE)
    except OSError:
        return False
    return done and _COLDEST <= (degrees ^ 0x80) - 0x80 <= _HOTTEST
