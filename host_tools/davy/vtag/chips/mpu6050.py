"""TDK InvenSense MPU-6050 and MPU-6500 at the level of their registers: the accelerometer, as a driver meets it on I2C (both)
or SPI (MPU-6500).

Modelled: WHO_AM_I, sleep, clock selection and gyroscope standby, the sample rate, AFS_SEL, the FIFO with the accelerometer in
it, INT_STATUS, USER_CTRL, the output registers, the self-test force with its factory trim.
Not modelled: gyroscope, thermometer, DMP, slaves, motion engines, cycle mode, interrupt pins, the low-pass filters' delay,
FIFO_MODE of the MPU-6500.

The FIFO is a ring of bytes and knows nothing of samples. Its size is no multiple of 6, so that once it has run over, the oldest
byte in it is the middle of a sample, and stays so until FIFO_RESET.

Checked against RM-MPU-6000A-00 Rev 4.2 and 4.0 (registers: 4; reset values: 3) and PS-MPU-6000A-00 Rev 3.4 (digits a g: 6.2).
Where they leave something open the model takes the worse side: a clock of a gyroscope axis that is in standby does not run (the
Linux driver never lets it come to that); FIFO_RESET acts only when the FIFO was off before it was written; the FIFO, which knows
nothing of samples, begins amid one after an overflow. That the output settles for 30 ms is stated for the gyroscope (6.1) alone.
"""

from collections import deque
from math import floor
from typing import Any

from davy.vtag.chips.base import Addressed, Faults, Nak
from davy.vtag.chips.mass import KNOWN, Mass
from davy.vtag.world import World

SELF_TEST, SMPLRT_DIV, CONFIG, GYRO_CONFIG, ACCEL_CONFIG = 0x0D, 0x19, 0x1A, 0x1B, 0x1C
FIFO_EN, INT_STATUS, ACCEL_OUT, OUT_END = 0x23, 0x3A, 0x3B, 0x49
USER_CTRL, PWR_MGMT_1, PWR_MGMT_2 = 0x6A, 0x6B, 0x6C
FIFO_COUNT_H, FIFO_COUNT_L, FIFO_R_W, WHO_AM_I = 0x72, 0x73, 0x74, 0x75

READ_ONLY = frozenset({INT_STATUS, *range(ACCEL_OUT, OUT_END), FIFO_COUNT_H, FIFO_COUNT_L, WHO_AM_I})
TURN_ON_US = 30_000  # from sleep to settled output; the Linux driver waits 20 ms (MPU-6050) and 30 ms (MPU-6500)
GYRO_CLOCKS = {1: 0x04, 2: 0x02, 3: 0x01}  # CLKSEL -> the standby bit of PWR_MGMT_2 that stops it


class Mpu6050(Addressed):
    """One MPU-6050. `part`: "address" on I2C, and "axes" as in `Mass`."""

    identity = 0x68
    wrong = 0x98  # what many copies sold under its name answer
    fifo_bytes = 1024
    after_power_up = 0x40  # of PWR_MGMT_1
    trim_codes = (12, 16, 20)
    fleeting = 0x0F  # bits of USER_CTRL that clear themselves

    def __init__(self, part: dict[str, Any], world: World) -> None:
        self.address: int = part.get("address", 0x68)
        self.faults = Faults(*KNOWN, "torn_fifo")
        self._on_i2c = "spi" not in part
        self._mass = Mass(part, world, self.faults)
        self._registers = bytearray(0x80)
        self._fifo: deque[int] = deque(maxlen=self.fifo_bytes)
        self.reset(0)

    def reset(self, t_us: int) -> None:
        """Power has just come up: registers at their defaults."""
        self._registers[:] = bytes(0x80)
        self._registers[PWR_MGMT_1] = self.after_power_up
        self._registers[SELF_TEST : SELF_TEST + 4] = self._trims()
        self._fifo.clear()
        self._i2c_off = False
        self._held = bytes(6)  # the sample that the fault "frozen" repeats
        self._last = 0
        self._pointer = 0
        self._next_us = t_us + self._period_us()
        self._awake_us = t_us
        self._force_mg = (0.0, 0.0, 0.0)

    # -- what an MPU-6500 has otherwise

    def _trims(self) -> bytes:
        """SELF_TEST_X, _Y, _Z, _A: five bits an axis, the upper three beside the gyroscope's five."""
        x, y, z = self.trim_codes
        return bytes((x >> 2 << 5, y >> 2 << 5, z >> 2 << 5, (x & 3) << 4 | (y & 3) << 2 | z & 3))

    def _trim_mg(self, code: int) -> float:
        """What the factory saw the self-test do (register map 4.1)."""
        return 340.0 * (0.92 / 0.34) ** ((code - 1) / 30)

    def _clocked(self) -> bool:
        select = self._registers[PWR_MGMT_1] & 7
        return select != 7 and not self._registers[PWR_MGMT_2] & GYRO_CLOCKS.get(select, 0)

    def _period_us(self) -> int:
        """The divider counts a gyroscope rate of 1 kHz, or of 8 kHz where the filter is off."""
        base_us = 1000 if 1 <= self._registers[CONFIG] & 7 <= 6 else 125
        return base_us * (1 + self._registers[SMPLRT_DIV])

    def _resets_fifo(self, control: int) -> bool:
        """FIFO_RESET acts only while FIFO_EN is 0, and was before."""
        return not (control | self._registers[USER_CTRL]) & 0x40 and bool(control & 0x04)

    def _fills_fifo(self) -> bool:
        """Both switches have to be on."""
        return bool(self._registers[USER_CTRL] & 0x40 and self._registers[FIFO_EN] & 0x08)

    # -- the bus

    def _access(self, t_us: int) -> None:
        if "nak" in self.faults:
            raise Nak
        if "lost_config" in self.faults:  # a brown-out is over at once; what it leaves behind is the default registers
            self.faults.clear("lost_config")
            self.reset(t_us)
        if self._on_i2c and self._i2c_off:
            raise Nak
        self._advance(t_us)
        if "torn_fifo" in self.faults and self._fifo:  # one byte is lost, once
            self.faults.clear("torn_fifo")
            self._fifo.popleft()

    def _step(self) -> None:
        if self._pointer != FIFO_R_W:
            self._pointer = (self._pointer + 1) & 0x7F

    # -- registers

    def _set(self, register: int, value: int, t_us: int) -> None:
        if register in READ_ONLY or register == FIFO_R_W:
            return
        if register == PWR_MGMT_1 and value & 0x80:
            self.reset(t_us)
            return
        if register == USER_CTRL:
            if self._resets_fifo(value):
                self._fifo.clear()
            self._i2c_off |= bool(value & 0x10)
            value &= ~self.fleeting
        if register == PWR_MGMT_1 and self._registers[register] & 0x40 and not value & 0x40:
            self._awake_us = t_us
        before_us = self._period_us()
        self._registers[register] = value
        if self._period_us() != before_us:
            self._next_us = t_us + self._period_us()

    def _get(self, register: int) -> int:
        if register == WHO_AM_I:
            return self.wrong if "wrong_id" in self.faults else self.identity
        if register == FIFO_COUNT_H:  # latches both bytes
            self._registers[FIFO_COUNT_H : FIFO_COUNT_L + 1] = len(self._fifo).to_bytes(2, "big")
        if register == FIFO_R_W:
            if self._fifo:
                self._last = self._fifo.popleft()
            return self._last  # an empty FIFO repeats the last byte
        value = self._registers[register]
        if register == INT_STATUS:
            self._registers[INT_STATUS] = 0
        return value

    # -- sampling

    def _advance(self, t_us: int) -> None:
        if self._registers[PWR_MGMT_1] & 0x40 or not self._clocked():
            self._next_us = max(self._next_us, t_us + 1)
            return
        period_us = self._period_us()
        # Of a long absence only the newest samples can still be in the FIFO.
        behind = (t_us - self._next_us) // period_us - self.fifo_bytes // 3
        if behind > 0:
            self._next_us += behind * period_us
        while self._next_us <= t_us:
            self._sample(self._next_us)
            self._next_us += period_us

    def _sample(self, t_us: int) -> None:
        sample = self._held = self._held if "frozen" in self.faults else self._measure(t_us)
        self._registers[ACCEL_OUT : ACCEL_OUT + 6] = sample
        self._registers[INT_STATUS] |= 0x01
        if not self._fills_fifo() or "stuck_fifo" in self.faults:
            return
        if len(self._fifo) + 6 > self.fifo_bytes:
            self._registers[INT_STATUS] |= 0x10
        self._fifo.extend(sample)

    def _measure(self, t_us: int) -> bytes:
        """The three outputs, big endian, with force, faults and turn-on behaviour."""
        control = self._registers[ACCEL_CONFIG]
        digits_per_g = 16384 >> (control >> 3 & 3)
        # A sample that is under way when the force changes has still felt the one before.
        force_mg = self._force_mg
        x, y, z = (
            self._trim_mg(code) if control & bit else 0.0
            for code, bit in zip(self.trim_codes, (0x80, 0x40, 0x20), strict=True)
        )
        self._force_mg = (x, y, z)
        settled = min(1.0, (t_us - self._awake_us) / TURN_ON_US)
        out = bytearray()
        for mg, more_mg in zip(self._mass.feel_mg(t_us), force_mg, strict=True):
            digits = floor((mg + more_mg) * settled * digits_per_g / 1000)
            out += max(-32768, min(32767, digits)).to_bytes(2, "big", signed=True)
        return bytes(out)
