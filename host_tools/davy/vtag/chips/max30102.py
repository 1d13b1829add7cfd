"""Maxim MAX30102 at the level of its registers: status, FIFO, modes, LED currents, averaging, die temperature.

Modelled: both LEDs and the four slots; heart-rate, SpO2 and multi-LED mode; samples at their own times, averaged and decimated;
15 to 18 bits by pulse width, left-justified in three bytes; the FIFO of 32 with and without rollover, its pointers and the count
of what it refused; the address that stands still on FIFO_DATA; reset, shutdown; ambient light cancellation with its end.
Not modelled: interrupt pin, proximity, combinations of rate and pulse width that the chip does not allow.

Chosen, as the data sheet has no number: the reset takes 1 ms, noise of a conversion 6 counts of 18 bits, red comes back half as
strongly as infrared, and the cancellation ends at 50 uA.

Source: MAX30102 data sheet 19-7740 rev 1; the FIFO also in that of its sister MAX30101.
"""

import random
from math import pi, sin
from typing import Any

from davy.vtag.chips.base import Addressed, Faults, Nak
from davy.vtag.world import World

STATUS_1, STATUS_2, WR_PTR, OVF, RD_PTR, FIFO_DATA = 0x00, 0x01, 0x04, 0x05, 0x06, 0x07
FIFO_CONFIG, MODE, SPO2_CONFIG, LED1_PA, LED2_PA, SLOTS = 0x08, 0x09, 0x0A, 0x0C, 0x0D, 0x11
TEMP_INT, TEMP_FRAC, TEMP_CONFIG, REV_ID, PART_ID = 0x1F, 0x20, 0x21, 0xFE, 0xFF
A_FULL, PPG_RDY, ALC_OVF, PWR_RDY, DIE_TEMP_RDY = 0x80, 0x40, 0x20, 0x01, 0x02
SHDN, RESET = 0x80, 0x40
RED, INFRARED = 1, 2

DEPTH = 32
RATES_HZ = (50, 100, 200, 400, 800, 1000, 1600, 3200)
AVERAGES = (1, 2, 4, 8, 16, 32, 32, 32)
RANGES_NA = (2048, 4096, 8192, 16384)
BITS = (15, 16, 17, 18)  # by pulse width: 69, 118, 215, 411 us
STEP_MA = 0.2
RESET_US = 1_000
TEMP_US = 29_000
NOISE_COUNTS = 6.0
RED_SHARE = 0.5
CANCELLED_NA = 50_000.0
READ_ONLY = frozenset((STATUS_1, STATUS_2, TEMP_INT, TEMP_FRAC, REV_ID, PART_ID))
KNOWN = (
    "nak",
    "wrong_id",
    "lost_config",  # a brown-out that is over at once
    "no_reset",  # it never ends
    "stuck_fifo",  # no more samples
    "frozen",  # each as the one before
    "dead_led",
    "no_temp",  # a conversion of the temperature never ends
    "pointers",  # read 0xFF
    "never_empty",  # nor do they: it says that it has 31 samples
    "flicker",  # not cancelled: so many nA of a lamp at 101 Hz, which is 1 Hz to 100 conversions a second
    "clock",  # so many times as quick as it should be
)


class Max30102(Addressed):
    """One MAX30102. `part`: "address"."""

    def __init__(self, part: dict[str, Any], world: World) -> None:
        self.address: int = part.get("address", 0x57)
        self.faults = Faults(*KNOWN)
        self._world = world
        self._random = random.Random(part["chip"])
        self._registers = bytearray(0x100)
        self.reset(0)

    def reset(self, t_us: int) -> None:
        """Power has just come up."""
        self._defaults()
        self._registers[STATUS_1] = PWR_RDY

    def _defaults(self) -> None:
        self._registers[:] = bytes(0x100)
        self._registers[REV_ID], self._registers[PART_ID] = 0x03, 0x15
        self._pointer = 0
        self._ring: list[list[int]] = [[0] for _ in range(DEPTH)]
        self._stored = 0  # samples that were not read: the pointers alone cannot tell 0 from 32
        self._left = b""  # bytes of the sample that is being read
        self._next_us = self._reset_us = self._temp_us = -1
        self._held: list[int] = []

    @property
    def measuring(self) -> bool:
        """Whether it converts."""
        return self._registers[MODE] & 7 in (2, 3, 7) and not self._registers[MODE] & (SHDN | RESET)

    @property
    def led_ma(self) -> float:
        """Mean current of the LEDs, each in its pulses."""
        if not self.measuring:
            return 0.0
        return sum(self._registers[LED1_PA - 1 + led] * STEP_MA for led in self._leds())

    # -- the bus

    def _point(self, address: int) -> None:
        self._pointer = address
        self._left = b""

    def _step(self) -> None:
        if self._pointer != FIFO_DATA:
            self._pointer = (self._pointer + 1) & 0xFF

    def _access(self, t_us: int) -> None:
        if "nak" in self.faults:
            raise Nak
        if "lost_config" in self.faults:
            self.faults.clear("lost_config")
            self.reset(t_us)
        if 0 <= self._reset_us <= t_us and "no_reset" not in self.faults:
            self._defaults()
        if 0 <= self._temp_us <= t_us and "no_temp" not in self.faults:
            self._measure_temperature()
        if self.measuring and self._next_us >= 0:
            # Of a long absence nothing is left but a full FIFO, and a counter at its end.
            behind = (t_us - self._next_us) // self._period_us() - 3 * DEPTH
            self._next_us += max(0, behind) * self._period_us()
        while self.measuring and 0 <= self._next_us <= t_us:
            self._sample(self._next_us)
            self._next_us += self._period_us()

    # -- registers

    def _set(self, register: int, value: int, t_us: int) -> None:
        registers = self._registers
        if register in READ_ONLY or registers[MODE] & RESET:
            return
        if register in (WR_PTR, OVF, RD_PTR):
            registers[register] = value & 0x1F
            self._stored = (registers[WR_PTR] - registers[RD_PTR]) % DEPTH
            return
        if register == FIFO_DATA:
            return
        before = bytes(registers[FIFO_CONFIG : SPO2_CONFIG + 1])
        registers[register] = value
        if register == MODE and value & RESET:
            self._reset_us = t_us + RESET_US
        if register == MODE and value & SHDN:
            registers[STATUS_1] = registers[STATUS_2] = 0
        if register == TEMP_CONFIG and value & 1:
            self._temp_us = t_us + TEMP_US
        if before != registers[FIFO_CONFIG : SPO2_CONFIG + 1]:
            self._next_us = t_us + self._period_us()

    def _get(self, register: int) -> int:
        registers = self._registers
        if register == FIFO_DATA:
            return self._pop()
        if register == PART_ID and "wrong_id" in self.faults:
            return 0x11  # a MAX30100
        if register in (WR_PTR, OVF, RD_PTR) and "pointers" in self.faults:
            return 0xFF
        if register == WR_PTR and "never_empty" in self.faults:
            return (registers[RD_PTR] - 1) % DEPTH
        value = registers[register]
        if register in (STATUS_1, STATUS_2):
            registers[register] = 0
        return value

    def _pop(self) -> int:
        registers = self._registers
        if not self._left:
            sample = self._ring[registers[RD_PTR]]
            self._left = b"".join(value.to_bytes(3, "big") for value in sample)
            registers[RD_PTR] = (registers[RD_PTR] + 1) % DEPTH
            registers[OVF] = 0
            registers[STATUS_1] &= ~(A_FULL | PPG_RDY)
            self._stored = max(0, self._stored - 1)
        value, self._left = self._left[0], self._left[1:]
        return value

    # -- sampling

    def _leds(self) -> list[int]:
        mode = self._registers[MODE] & 7
        if mode == 7:
            slots = self._registers[SLOTS] | self._registers[SLOTS + 1] << 8
            return [led for led in (slots >> shift & 7 for shift in (0, 4, 8, 12)) if led in (RED, INFRARED)]
        return [RED] if mode == 2 else [RED, INFRARED]

    def _conversion_us(self) -> int:
        us = 1_000_000 // RATES_HZ[self._registers[SPO2_CONFIG] >> 2 & 7]
        return round(us / self.faults.value("clock")) if "clock" in self.faults else us

    def _average(self) -> int:
        return AVERAGES[self._registers[FIFO_CONFIG] >> 5]

    def _period_us(self) -> int:
        return self._conversion_us() * self._average()

    def _sample(self, t_us: int) -> None:
        if "stuck_fifo" in self.faults:
            return
        registers = self._registers
        n = self._average()
        times = [t_us - k * self._conversion_us() for k in range(n)]
        sample = [sum(self._convert(led, at) for at in times) // n for led in self._leds()]
        self._held = sample = self._held if "frozen" in self.faults and self._held else sample
        registers[STATUS_1] |= PPG_RDY
        rollover = registers[FIFO_CONFIG] & 0x10
        if self._stored == DEPTH:
            registers[OVF] = min(0x1F, registers[OVF] + 1)
            if not rollover:
                return
            registers[RD_PTR] = (registers[RD_PTR] + 1) % DEPTH
            self._stored -= 1
        self._ring[registers[WR_PTR]] = sample or [0]
        registers[WR_PTR] = (registers[WR_PTR] + 1) % DEPTH
        self._stored += 1
        if DEPTH - self._stored <= registers[FIFO_CONFIG] & 15:
            registers[STATUS_1] |= A_FULL

    def _convert(self, led: int, t_us: int) -> int:
        registers = self._registers
        back_na_ma, other_na = self._world.light(t_us)
        led_ma = 0.0 if "dead_led" in self.faults else registers[LED1_PA - 1 + led] * STEP_MA
        na = back_na_ma * led_ma * (RED_SHARE if led == RED else 1.0)
        if other_na > CANCELLED_NA:
            na += other_na - CANCELLED_NA
            registers[STATUS_1] |= ALC_OVF
        if "flicker" in self.faults:
            na += self.faults.value("flicker") * (1 + sin(2 * pi * 101 * t_us / 1e6)) / 2
        count = na / RANGES_NA[registers[SPO2_CONFIG] >> 5 & 3] * 0x40000 + self._random.gauss(0.0, NOISE_COUNTS)
        dropped = 18 - BITS[registers[SPO2_CONFIG] & 3]
        return max(0, min(0x3FFFF, round(count))) >> dropped << dropped

    def _measure_temperature(self) -> None:
        celsius, _, _ = self._world.air(self._temp_us)
        sixteenths = round((celsius + 1.5) * 16)  # a little warmer than the air
        self._registers[TEMP_INT], self._registers[TEMP_FRAC] = sixteenths >> 4 & 0xFF, sixteenths & 15
        self._registers[TEMP_CONFIG] = 0
        self._registers[STATUS_2] |= DIE_TEMP_RDY
        self._temp_us = -1
