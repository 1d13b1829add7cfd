"""Sensirion SCD41 at the level of its I2C commands: 16 bits, words with CRC-8, and the times it does not acknowledge in.

Idle after a second of power-up; `start_periodic_measurement` gives a sample every 5 s until `stop_periodic_measurement`.
While it measures it knows only four commands. A command takes its execution time, during which nothing is acknowledged; its
answer is read afterwards. The buffer holds the latest sample until it is read; an empty one is not acknowledged.

The sensor counts molecules: what it says is the true concentration times true pressure / pressure that it was told.

Source: SCD4x datasheet 1.3, Table 9, 3.5, 3.6, 3.7, 3.9; github.com/Sensirion/embedded-i2c-scd4x, scd4x_i2c.h (sensor variants).
"""

import random
from collections.abc import Callable
from typing import Any

from davy.vtag.chips.base import Faults, Nak
from davy.vtag.world import World

POWER_UP_US = 1_000_000
PERIOD_US = 5_000_000
DEFAULTS = (True, 1013)  # self-calibration, pressure in hPa
MOST_PPM = 40_000
SCD40, SCD41 = 0x0440, 0x1408
SELF_TEST_BAD = 196  # what broken sensors of users said
SERIAL = (0xF896, 0x9F07, 0x3BBE)

STOP, READY, FETCH, PRESSURE = 0x3F86, 0xE4B8, 0xEC05, 0xE000
ALWAYS = (STOP, READY, FETCH, PRESSURE)  # also while it measures
# command -> execution time, ms
TIMES = {
    0x21B1: 0,
    STOP: 500,
    0x2416: 1,
    0x2313: 1,
    0x3646: 20,
    0x3682: 1,
    0x202F: 1,
    0x3639: 10_000,
    READY: 1,
    FETCH: 1,
    PRESSURE: 1,
}


def crc8(data: bytes) -> int:
    """CRC of a word: polynomial 31h, start FFh."""
    crc = 0xFF
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = ((crc << 1) ^ 0x131) if crc & 0x80 else crc << 1
    return crc


class Scd41:
    """One sensor. Faults: `never_ready` no more samples; `frozen_ready` always one ready, and always the same; `stuck` new
    samples that never change; `zero` no concentration in a sample; `self_test` tells a malfunction; `small` it is an SCD40;
    `asc` its self-calibration cannot be switched off; `slow` takes so many ms more for each command; `powered_down`."""

    address = 0x62

    def __init__(self, part: dict[str, Any], world: World) -> None:
        names = ("nak", "silent", "bad_crc", "garbage", "stuck", "never_ready", "frozen_ready", "zero", "self_test")
        self.faults = Faults(*names, "small", "asc", "slow", "drift", "over_range", "powered_down")
        self._world = world
        self._random = random.Random(41)
        self._sample = (0, 0, 0)
        self.reset(0)

    def reset(self, t_us: int) -> None:
        """Power has just come up: settings of the EEPROM, not measuring."""
        self._was_down = False
        self._busy_us = t_us + POWER_UP_US
        self._started_us: int | None = None
        self._fetched = 0  # samples of this measurement that have been read or passed by
        self._answer: Callable[[int], tuple[int, ...]] | None = None
        self.asc, self.hpa = DEFAULTS

    @property
    def measuring(self) -> bool:
        """Whether it measures periodically."""
        return self._started_us is not None

    def _awake(self, t_us: int) -> None:
        if "powered_down" in self.faults:
            self._was_down = True
            raise Nak
        if self._was_down:
            self.reset(t_us)
        if t_us < self._busy_us:
            raise Nak

    def write(self, data: bytes, t_us: int) -> None:
        """A command, with a word or without."""
        self._awake(t_us)
        if len(data) not in (2, 5):
            raise Nak
        command = int.from_bytes(data[:2], "big")
        if command not in TIMES or (self.measuring and command not in ALWAYS):
            raise Nak
        word = int.from_bytes(data[2:4], "big") if len(data) == 5 else None
        if word is not None and crc8(data[2:4]) != data[4]:
            return
        self._busy_us = t_us + int((TIMES[command] + self.faults.value("slow")) * 1000)
        self._answer = None
        match command:
            case 0x21B1:
                self._started_us, self._fetched = t_us, 0
            case 0x3F86:
                self._started_us = None
            case 0x3646:
                self.asc, self.hpa = DEFAULTS
            case 0x2416 if word is not None:
                self.asc = bool(word) or "asc" in self.faults
            case 0x2313:
                self._answer = lambda _: (int(self.asc),)
            case 0x3682:
                self._answer = lambda _: SERIAL
            case 0x202F:
                self._answer = lambda _: (SCD40 if "small" in self.faults else SCD41,)
            case 0x3639:
                self._answer = lambda _: (SELF_TEST_BAD if "self_test" in self.faults else 0,)
            case 0xE4B8:
                self._answer = lambda at: (0x8006 if self._ready(at) else 0x8000,)
            case 0xEC05:
                self._answer = self._fetch
            case 0xE000 if word is None:
                self._answer = lambda _: (self.hpa,)
            case 0xE000 if word is not None and 700 <= word <= 1200:
                self.hpa = word

    def read(self, n: int, t_us: int) -> bytes:
        """The answer to the last command, once."""
        self._awake(t_us)
        if self._answer is None:
            raise Nak
        words = self._answer(t_us)
        self._answer = None
        data = bytearray()
        for word in words:
            pair = word.to_bytes(2, "big")
            data += pair + bytes((crc8(pair) ^ ("bad_crc" in self.faults),))
        if "garbage" in self.faults:
            data[:] = self._random.randbytes(len(data))
        if "silent" in self.faults:
            data[:] = b"\xff" * len(data)
        return bytes(data[:n]).ljust(n, b"\xff")

    def _taken(self, t_us: int) -> int:
        """Samples taken since the measurement began."""
        return 0 if self._started_us is None else (t_us - self._started_us) // PERIOD_US

    def _ready(self, t_us: int) -> bool:
        if "never_ready" in self.faults:
            return False
        return "frozen_ready" in self.faults or self._taken(t_us) > self._fetched

    def _fetch(self, t_us: int) -> tuple[int, ...]:
        if not self._ready(t_us):
            raise Nak
        self._fetched = self._taken(t_us)
        if "frozen_ready" not in self.faults and "stuck" not in self.faults:
            self._sample = self._measure(t_us)
        return self._sample

    def _measure(self, t_us: int) -> tuple[int, int, int]:
        """ppm, temperature and humidity words, the two with a little noise."""
        celsius, hpa, humid = self._world.air(t_us)
        ppm = self._world.gas("co2", t_us) * 10_000 * hpa / self.hpa + self.faults.value("drift")
        if "over_range" in self.faults:
            ppm = MOST_PPM
        if "zero" in self.faults:
            ppm = 0
        noise = self._random.randrange(-15, 16)
        return (
            max(0, min(MOST_PPM, round(ppm))),
            max(0, min(0xFFFF, round((celsius + 45) / 175 * 0xFFFF) + noise)),
            max(0, min(0xFFFF, round(humid / 100 * 0xFFFF) - noise)),
        )
