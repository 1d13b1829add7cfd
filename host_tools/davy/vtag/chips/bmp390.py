"""Bosch BMP390 at the level of its registers: identity, status, data, event, PWR_CTRL, OSR, ODR, CONFIG, calibration; forced mode.

Modelled: the ready bits of STATUS, which reading the result clears; PWR_CTRL falls back to sleep after a forced conversion.
Not modelled: normal mode, FIFO, filter, SPI, interrupts. Noise: chosen, a few of the last bits that the driver asks for.

The calibration is that of a real chip, as published in the tests of github.com/asasine/bmp390 (with up 0x6BB3CB, ut 0x82BAD1).

Source: BMP390 datasheet BST-BMP390-DS002-07: 3.9.2 times, 4.3 registers, 8 formulas.
"""

from typing import ClassVar

from davy.vtag.chips.bosch import AirChip, count_for

STATUS, DATA, EVENT = 0x03, 0x04, 0x10
PWR_CTRL, OSR, ODR, CONFIG, CMD = 0x1B, 0x1C, 0x1D, 0x1F, 0x7E
RESET_WORD = 0xB6
WRITABLE = frozenset((*range(0x15, 0x20), CMD))
NVM = bytes.fromhex("986ca94af9e31c61160601514ade5d03faf90e06f5")

NOISE_C, NOISE_PA = 0.005, 0.5  # standard deviation


def _number(at: int, size: int, signed: bool) -> int:
    return int.from_bytes(NVM[at : at + size], "little", signed=signed)


T = (_number(0, 2, False), _number(2, 2, False), _number(4, 1, True))
P = tuple(
    _number(at, size, signed)
    for at, size, signed in (
        (5, 2, True),
        (7, 2, True),
        (9, 1, True),
        (10, 1, True),
        (11, 2, False),
        (13, 2, False),
        (15, 1, True),
        (16, 1, True),
        (17, 2, True),
        (19, 1, True),
        (20, 1, True),
    )
)


def temperature_c(ut: int, t: tuple[int, ...] = T) -> float:
    """Datasheet 8.5."""
    d = ut - t[0] * 2**8
    return d * t[1] / 2**30 + d * d * t[2] / 2**48


def pressure_pa(up: int, c: float, p: tuple[int, ...] = P) -> float:
    """Datasheet 8.6."""
    offset = p[4] * 8 + p[5] / 2**6 * c + p[6] / 2**8 * c**2 + p[7] / 2**15 * c**3
    slope = (p[0] - 2**14) / 2**20 + (p[1] - 2**14) / 2**29 * c + p[2] / 2**32 * c**2 + p[3] / 2**37 * c**3
    return offset + up * slope + up**2 * (p[8] + p[9] * c) / 2**48 + up**3 * p[10] / 2**65


class Bmp390(AirChip):
    """One BMP390. `part`: "address"."""

    ADDRESS = 0x77
    ID, ID_VALUE = 0x00, 0x60
    CALIBRATION: ClassVar[dict[int, bytes]] = {0x31: NVM}

    def defaults(self) -> None:
        """As the register map says."""
        self._fresh = 0
        self.registers[EVENT] = 0x01  # power has come up
        self.registers[OSR] = 0x02
        self.registers[DATA : DATA + 6] = b"\x00\x00\x80" * 2

    def set(self, register: int, value: int, t_us: int) -> None:
        """The registers of control, and the reset."""
        if register == CMD and value == RESET_WORD:
            self.reset(t_us)
        elif register in WRITABLE:
            self.registers[register] = value
            if register == PWR_CTRL and value >> 4 & 3 in (1, 2) and value & 3:
                self._fresh = 0
                self.convert(t_us)

    def get(self, register: int) -> int:
        """Status and event clear what has been read."""
        value = self.registers[register]
        if register == STATUS:
            return 0x10 | self._fresh
        if register == EVENT:
            self.registers[EVENT] = 0
        elif DATA <= register < DATA + 6:
            self._fresh &= ~(0x20 if register < DATA + 3 else 0x40)
        return value

    def convert(self, t_us: int) -> None:
        """As long as the oversampling takes."""
        osr = self.registers[OSR]
        self.CONVERSION_US = 234 + 392 + 2020 * 2 ** (osr & 7) + 163 + 2020 * 2 ** (osr >> 3 & 7)
        super().convert(t_us)

    def done(self) -> None:
        """Asleep again, with a result."""
        self.registers[PWR_CTRL] &= 0x0F
        self._fresh = (self.registers[PWR_CTRL] & 3) << 5

    def measure(self, t_us: int) -> None:
        """The counts of what there is, as many bits as the oversampling gives: 16 and one for each doubling."""
        temp_c, press_pa, _ = self.air(t_us)
        gauss = self.random.gauss
        osr = self.registers[OSR]
        ut = (
            count_for(temp_c + gauss(0, NOISE_C), temperature_c, 0xFFFFFF)
            >> (8 - (osr >> 3 & 7))
            << (8 - (osr >> 3 & 7))
        )
        c = temperature_c(ut)
        up = count_for(press_pa + gauss(0, NOISE_PA), lambda raw: pressure_pa(raw, c), 0xFFFFFF)
        up = up >> (8 - (osr & 7)) << (8 - (osr & 7))
        self.registers[DATA : DATA + 6] = up.to_bytes(3, "little") + ut.to_bytes(3, "little")
