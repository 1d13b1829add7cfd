"""Bosch BME280 at the level of its registers: identity, calibration, ctrl_hum, status, ctrl_meas, config, data; forced mode.

Modelled: ctrl_hum is in force only after a write to ctrl_meas; a channel without oversampling reads 0x80000 (0x8000); data
have 16 bits at oversampling 1; noise as the datasheet gives it there. Not modelled: normal mode, filter, SPI, interrupts.

T and P of the calibration: the worked example of the BMP280 datasheet (BST-BMP280-DS001 3.12), whose formulas are the same:
adc_T 519888 and adc_P 415148 are 25.08 degrees and 1006.53 hPa. H: chosen, of the usual size.

Source: BME280 datasheet BST-BME280-DS002-15: 1.2..1.4 noise, 4.2.2 trimming, 5.3 registers, 6.2 I2C, 8.1 formulas, 9.1 times.
"""

import struct
from typing import ClassVar

from davy.vtag.chips.bosch import AirChip, count_for

CTRL_HUM, STATUS, CTRL_MEAS, CONFIG, DATA = 0xF2, 0xF3, 0xF4, 0xF5, 0xF7
RESET, RESET_WORD = 0xE0, 0xB6
WRITABLE = frozenset((CTRL_HUM, CTRL_MEAS, CONFIG))

T = (27504, 26435, -1000)
P = (36477, -10685, 3024, 2855, 140, -7, 15500, -14600, 6000)
H1, H2, H3, H4, H5, H6 = H = (75, 367, 0, 305, 50, 30)

NOISE_C, NOISE_PA, NOISE_PCT = 0.005, 3.3, 0.07  # standard deviation at oversampling 1


def t_fine(adc: int, t: tuple[int, ...] = T) -> float:
    """5120 a degree."""
    x = adc / 16384 - t[0] / 1024
    return x * t[1] + (x / 8) ** 2 * t[2]


def pressure_pa(adc: int, fine: float, p: tuple[int, ...] = P) -> float:
    """Datasheet 8.1."""
    u = fine / 2 - 64000
    offset = u * u * p[5] / 2**29 + u * p[4] / 2**13 + p[3] * 16
    scale = p[0] * (1 + u * u * p[2] / 2**53 + u * p[1] / 2**34)
    pa = (1048576 - adc - offset) * 6250 / scale
    return pa + (pa * pa * p[8] / 2**31 + pa * p[7] / 2**15 + p[6]) / 16


def humidity_pct(adc: int, fine: float, h: tuple[int, ...] = H) -> float:
    """Datasheet 8.1, before it is kept to 0..100."""
    h1, h2, h3, h4, h5, h6 = h
    x = fine - 76800
    pct = (adc - (h4 * 64 + h5 / 2**14 * x)) * (h2 / 2**16 * (1 + h6 / 2**26 * x * (1 + h3 / 2**26 * x)))
    return pct * (1 - h1 * pct / 2**19)


class Bme280(AirChip):
    """One BME280. `part`: "address"."""

    ADDRESS = 0x76
    ID, ID_VALUE = 0xD0, 0x60
    CALIBRATION: ClassVar[dict[int, bytes]] = {
        0x88: struct.pack("<Hhh", *T) + struct.pack("<Hhhhhhhhh", *P) + bytes((0, H1)),
        0xE1: struct.pack("<hBbBbb", H2, H3, H4 >> 4, (H5 & 15) << 4 | H4 & 15, H5 >> 4, H6),
    }
    CONVERSION_US = 9_300  # oversampling 1 of all three, at most

    def defaults(self) -> None:
        """No result yet."""
        self._humid = 0
        self._store(0x80000, 0x80000, 0x8000)

    def set(self, register: int, value: int, t_us: int) -> None:
        """Only the three registers of control, and the reset."""
        if register == RESET and value == RESET_WORD:
            self.reset(t_us)
        if register not in WRITABLE:
            return
        self.registers[register] = value
        if register == CTRL_MEAS:
            self._humid = self.registers[CTRL_HUM] & 7
            if value & 3 in (1, 2):
                self.convert(t_us)

    def get(self, register: int) -> int:
        """Status says whether a conversion runs."""
        if register == STATUS:
            return 8 if self.converting else 0
        return self.registers[register]

    def done(self) -> None:
        """Asleep again."""
        self.registers[CTRL_MEAS] &= 0xFC

    def measure(self, t_us: int) -> None:
        """The counts of what there is, 16 bits each."""
        temp_c, press_pa, humid_pct = self.air(t_us)
        gauss = self.random.gauss
        control = self.registers[CTRL_MEAS]
        adc_t = count_for((temp_c + gauss(0, NOISE_C)) * 5120, t_fine, 0xFFFF0) & 0xFFFF0
        fine = t_fine(adc_t)
        adc_p = count_for(press_pa + gauss(0, NOISE_PA), lambda adc: pressure_pa(adc, fine), 0xFFFF0) & 0xFFFF0
        adc_h = count_for(humid_pct + gauss(0, NOISE_PCT), lambda adc: humidity_pct(adc, fine), 0xFFFF)
        self._store(
            adc_t if control >> 5 else 0x80000,
            adc_p if control >> 2 & 7 else 0x80000,
            adc_h if self._humid else 0x8000,
        )

    def _store(self, adc_t: int, adc_p: int, adc_h: int) -> None:
        self.registers[DATA : DATA + 3] = (adc_p << 4).to_bytes(3, "big")
        self.registers[DATA + 3 : DATA + 6] = (adc_t << 4).to_bytes(3, "big")
        self.registers[DATA + 6 : DATA + 8] = adc_h.to_bytes(2, "big")
