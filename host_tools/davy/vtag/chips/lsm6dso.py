"""STMicroelectronics LSM6DSO and LSM6DSOX at the level of their registers: the accelerometer, as a driver meets it on I2C or SPI.

Modelled: WHO_AM_I, CTRL1_XL..CTRL10_C, output data rate and full scale, STATUS_REG, OUT*_A, the FIFO in bypass, FIFO and
continuous mode with its batch data rate, watermark and overrun flags, the tag of each word, the self-test force, the address
increment with its wrap 7Eh -> 78h.
Not modelled: gyroscope, thermometer, filters, compression, embedded functions, interrupt pins, low-power modes, block data update.

A word of the FIFO is a tag (sensor in bits 7..3, a counter of two bits, even parity) and six bytes of data; 512 of them fit.

Checked against ST's driver lsm6dso-pid (registers, codes, layout of the tag), DS12140 Rev 2 (self-test, rates: table 2; words:
6.5.7) and the datasheet of the sibling IIS2ICLX, DS13005 Rev 7 (reset values: 10; modes: 6.2; flags: 11.35). FIFO_OVR_IA comes up
there when the FIFO is full (11.35) or when a word is lost (6.2.3): here the latter. The wrap 7Eh -> 78h is what ArduPilot found in
the chip. Not checked: that the parity of the tag is even; AN5192.
"""

from collections import deque
from math import floor
from typing import Any

from davy.vtag.chips.base import Addressed, Faults, Nak, SpiAddress
from davy.vtag.chips.mass import KNOWN, Mass
from davy.vtag.world import World

FIFO_CTRL1, FIFO_CTRL2, FIFO_CTRL3, FIFO_CTRL4 = 0x07, 0x08, 0x09, 0x0A
WHO_AM_I, CTRL1_XL, CTRL3_C, CTRL5_C, CTRL8_XL, CTRL9_XL = 0x0F, 0x10, 0x12, 0x14, 0x17, 0x18
STATUS_REG, OUT_X_L, OUT_Z_H = 0x1E, 0x28, 0x2D
FIFO_STATUS1, FIFO_STATUS2, FIFO_TAG, FIFO_Z_H = 0x3A, 0x3B, 0x78, 0x7E

FIFO_WORDS = 512
ACCEL, TEMPERATURE = 0x02, 0x03  # sensors of a tag
RESET_VALUES = {WHO_AM_I: 0x6C, CTRL3_C: 0x04, CTRL9_XL: 0xE0}
READ_ONLY = frozenset({WHO_AM_I, STATUS_REG, *range(0x20, 0x2E), FIFO_STATUS1, FIFO_STATUS2, *range(0x78, 0x7F)})
HZ = {1: 12.5, 2: 26, 3: 52, 4: 104, 5: 208, 6: 416, 7: 833, 8: 1666, 9: 3332, 10: 6664}  # ODR_XL and BDR_XL
MG_PER_DIGIT = (0.061, 0.488, 0.122, 0.244)  # by FS_XL: 2, 16, 4, 8 g
SELF_TEST_MG = 400.0  # the force moves the output by 50..1700 mg: a typical chip is well inside


class Lsm6dso(Addressed):
    """One LSM6DSO. `part`: "address" on I2C, and "axes" as in `Mass`."""

    spi = SpiAddress(modes=(3,))

    def __init__(self, part: dict[str, Any], world: World) -> None:
        self.address: int = part.get("address", 0x6A)
        self.faults = Faults(*KNOWN, "foreign_tag")
        self._mass = Mass(part, world, self.faults)
        self._registers = bytearray(0x80)
        self._fifo: deque[bytes] = deque(maxlen=FIFO_WORDS)
        self.reset(0)

    def reset(self, t_us: int) -> None:
        """Power has just come up: registers at their defaults, output in power-down."""
        self._registers[:] = bytes(0x80)
        for register, value in RESET_VALUES.items():
            self._registers[register] = value
        self._fifo.clear()
        self._held = bytes(6)  # the sample that the fault "frozen" repeats
        self._pointer = 0
        self._next_us = float(t_us)
        self._taken = 0  # samples since the rate was set
        self._batched = 0  # words since then
        self._force_mg = 0.0
        self._over = self._over_latched = self._full = False

    # -- the bus

    def _access(self, t_us: int) -> None:
        if "nak" in self.faults:
            raise Nak
        if "lost_config" in self.faults:  # a brown-out is over at once; what it leaves behind is the default registers
            self.faults.clear("lost_config")
            self.reset(t_us)
        self._advance(t_us)

    def _step(self) -> None:
        if self._registers[CTRL3_C] & 0x04:  # IF_INC
            self._pointer = FIFO_TAG if self._pointer == FIFO_Z_H else (self._pointer + 1) & 0x7F

    # -- registers

    def _set(self, register: int, value: int, t_us: int) -> None:
        if register in READ_ONLY:
            return
        if register == CTRL3_C and value & 0x01:  # SW_RESET
            self.reset(t_us)
            return
        if register == CTRL3_C:
            value &= 0x7F  # BOOT clears itself
        before = self._hz()
        self._registers[register] = value
        if self._hz() != before:
            self._taken = self._batched = 0
            self._next_us = t_us + (1_000_000 / self._hz() if self._hz() else 0.0)
        if not self._registers[FIFO_CTRL4] & 7:
            self._fifo.clear()
            self._over = self._over_latched = self._full = False

    def _get(self, register: int) -> int:
        if register == WHO_AM_I and "wrong_id" in self.faults:
            return 0x6B
        if register == FIFO_STATUS1:
            return len(self._fifo) & 0xFF
        if register == FIFO_STATUS2:
            return self._status2()
        if FIFO_TAG <= register <= FIFO_Z_H:
            return self._word(register - FIFO_TAG)
        value = self._registers[register]
        if register == OUT_Z_H:
            self._registers[STATUS_REG] = 0
        return value

    def _status2(self) -> int:
        """FIFO_WTM_IA, FIFO_OVR_IA, FIFO_FULL_IA, FIFO_OVR_LATCHED (which reading clears), DIFF_FIFO[9:8]."""
        words = len(self._fifo)
        mark = self._registers[FIFO_CTRL1] | (self._registers[FIFO_CTRL2] & 1) << 8
        latched, self._over_latched = self._over_latched, False
        over = self._over and words == FIFO_WORDS
        full = words >= FIFO_WORDS - 1  # it will be with the next word
        return (0 < mark <= words) << 7 | over << 6 | full << 5 | latched << 3 | words >> 8

    def _word(self, at: int) -> int:
        value = self._fifo[0][at] if self._fifo else 0
        if at == 6 and self._fifo:
            self._fifo.popleft()
            self._over = False
        return value

    # -- sampling

    def _hz(self) -> float:
        return HZ.get(self._registers[CTRL1_XL] >> 4, 0)

    def _advance(self, t_us: int) -> None:
        hz = self._hz()
        if not hz:
            return
        period_us = 1_000_000 / hz
        # Of a long absence only the newest samples can still be in the FIFO.
        behind = int((t_us - self._next_us) / period_us) - 2 * FIFO_WORDS
        if behind > 0:
            self._next_us += behind * period_us
        while self._next_us <= t_us:
            self._sample(int(self._next_us))
            self._next_us += period_us

    def _sample(self, t_us: int) -> None:
        sample = self._held = self._held if "frozen" in self.faults else self._measure(t_us)
        self._registers[OUT_X_L : OUT_Z_H + 1] = sample
        self._registers[STATUS_REG] = 0x01
        self._taken += 1
        batch_hz = HZ.get(self._registers[FIFO_CTRL3] & 0x0F, 0)
        mode = self._registers[FIFO_CTRL4] & 7
        if not batch_hz or self._taken % max(1, round(self._hz() / batch_hz)) or "stuck_fifo" in self.faults:
            return
        if mode == 6 or (mode == 1 and not self._full):
            if "foreign_tag" in self.faults and self._batched % 2:
                self._append(TEMPERATURE, bytes((1, 2, 3, 4, 5, 6)))
            self._append(ACCEL, sample)

    def _append(self, sensor: int, data: bytes) -> None:
        if len(self._fifo) == FIFO_WORDS:
            self._over = self._over_latched = True
        tag = sensor << 3 | (self._batched & 3) << 1
        self._fifo.append(bytes((tag | tag.bit_count() & 1, *data)))
        self._batched += 1
        self._full |= len(self._fifo) == FIFO_WORDS

    def _measure(self, t_us: int) -> bytes:
        """The three outputs, little endian, with force and faults; the first sample after power-down has not settled."""
        step_mg = MG_PER_DIGIT[self._registers[CTRL1_XL] >> 2 & 3]
        # A sample that is under way when the force changes has still felt the one before.
        force_mg = self._force_mg
        self._force_mg = {0: 0.0, 1: SELF_TEST_MG, 2: -SELF_TEST_MG, 3: 0.0}[self._registers[CTRL5_C] & 3]
        settled = 1.0 if self._taken else 0.5
        out = bytearray()
        for mg in self._mass.feel_mg(t_us):
            digits = floor((mg + force_mg) * settled / step_mg)
            out += max(-32768, min(32767, digits)).to_bytes(2, "little", signed=True)
        return bytes(out)
