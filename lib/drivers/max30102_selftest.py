"""Self-test of a MAX30102: it has no force of its own, so its LED is what the converter has to follow.

With the LED at full current more light must come back than without: something pale has to lie on the window, a hand or paper;
the cover glass alone throws back some. And the die thermometer has to say what a person's surroundings can be. The least
difference, 1024 counts (16 nA at 25 mA), is chosen, not measured.
"""

from array import array

import quality
from drivers.max30102 import MOST, START
from drivers.max30102_fifo import DEPTH
from micropython import const

_INFRARED = const(0x0D)
_WHOLE = const(0x1F)  # degrees, followed by sixteenths
_MEASURE = const(0x21)
_READY_MS = const(50)  # 29 typical
_COLDEST = const(-40)
_HOTTEST = const(85)
_TRIES = const(20)
_TRY_MS = const(100)
_SAMPLES = const(10)
_LEAST = const(1024)


def self_test(sensor, sleep_ms, ticks_ms) -> bool:
    """True when `sensor` (a MAX30102) follows its LED and knows a temperature that can be. It takes 2 s, and ends shut down."""
    dark = light = -1
    found = _temperature(sensor, sleep_ms)
    if sensor.begin(ticks_ms()):
        dark = _level(sensor, 0, sleep_ms, ticks_ms)
        light = _level(sensor, MOST, sleep_ms, ticks_ms)
    sensor.led = START
    return sensor.end() and found and 0 <= dark and light - dark >= _LEAST


def _level(sensor, led: int, sleep_ms, ticks_ms) -> int:
    """Mean count with this LED; -1: none."""
    counts = array("i", (0,) * DEPTH)
    total = n = 0
    for _ in range(_TRIES):
        sleep_ms(_TRY_MS)
        got = sensor.read(counts, ticks_ms())
        if sensor.quality == quality.FAILED:
            return -1
        if got and sensor.led != led:
            sensor.led = led
            try:
                sensor.registers.set(_INFRARED, led)
            except OSError:
                return -1
            sleep_ms(_TRY_MS)
            sensor.read(counts, ticks_ms())  # of before
            continue
        for k in range(got):
            total += counts[k]
        n += got
        if n >= _SAMPLES:
            return total // n
    return -1


def _temperature(sensor, sleep_ms) -> bool:
    try:
        sensor.registers.set(_MEASURE, 1)
        sleep_ms(_READY_MS)
        done = not sensor.registers.get(_MEASURE) & 1
        degrees = sensor.registers.get(_WHOLE)
    except OSError:
        return False
    return done and _COLDEST <= (degrees ^ 0x80) - 0x80 <= _HOTTEST
