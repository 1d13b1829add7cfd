"""STMicroelectronics LIS3DH accelerometer at the level of its registers: what the tag's driver meets on the bus.

Modelled: WHO_AM_I, CTRL_REG0..6, STATUS_REG, OUT_*, FIFO_CTRL_REG, FIFO_SRC_REG; sub-address auto-increment (bit 7)
and the wrap 2Dh -> 28h of FIFO bursts; range, resolution and left-justification; the turn-on time; the self-test force.
Not modelled: interrupt pins, click, free-fall and 6D engines, high-pass filter, the auxiliary ADC.

The FIFO fills at the output data rate from the world between two accesses, the samples being taken at their own times.
Each slot keeps only the ten most significant bits, whatever the resolution of the direct outputs: at +-16 g a step is
48 mg.

Sources: LIS3DH datasheet DocID17530 Rev 2 (sensitivity and self-test: table 4; turn-on time: table 11; FIFO: 5.1;
registers: 8); application note AN3308 (order of self-test, FIFO flags); ST's own answer that the FIFO stores ten bits:
https://community.st.com/t5/mems-sensors/lis3dhtr-data-length/td-p/440261
"""

from collections import deque
from math import floor
from typing import Any

from davy.vtag.chips.base import Addressed, Faults, Nak, SpiAddress
from davy.vtag.chips.mass import KNOWN, Mass
from davy.vtag.world import World

CTRL_REG0, WHO_AM_I = 0x1E, 0x0F
CTRL_REG1, CTRL_REG4, CTRL_REG5 = 0x20, 0x23, 0x24
STATUS_REG, OUT_X_L, OUT_Z_H = 0x27, 0x28, 0x2D
FIFO_CTRL, FIFO_SRC = 0x2E, 0x2F

FIFO_DEPTH = 32
RESET_VALUES = {WHO_AM_I: 0x33, CTRL_REG0: 0x10, CTRL_REG1: 0x07}
READ_ONLY = frozenset(range(0x07, 0x10)) | {STATUS_REG, *range(OUT_X_L, OUT_Z_H + 1), FIFO_SRC, 0x31, 0x35, 0x39}

# ODR code of CTRL_REG1 -> microseconds between samples (normal and high-resolution mode).
PERIOD_US = {1: 1_000_000, 2: 100_000, 3: 40_000, 4: 20_000, 5: 10_000, 6: 5_000, 7: 2_500, 8: 625, 9: 744}
# mg per digit by full-scale code (2, 4, 8, 16 g), for 12, 10 and 8 significant bits (datasheet table 4).
MG_PER_DIGIT = {12: (1, 2, 4, 12), 10: (4, 8, 16, 48), 8: (16, 32, 64, 192)}
SELF_TEST_MG = 300.0  # the force moves the output by 17..360 digits of 4 mg: a typical chip is well inside
TURN_ON_SAMPLES = 7  # a change to 12 bits takes 7/ODR (table 11)


class Lis3dh(Addressed):
    """One LIS3DH. `part`: "address" (on I2C), and "axes" as in `Mass`."""

    spi = SpiAddress(burst=0x40, i2c_burst=0x80, modes=(3,))  # datasheet 6.2

    def __init__(self, part: dict[str, Any], world: World) -> None:
        self.address: int = part.get("address", 0x19)
        self.faults = Faults(*KNOWN)
        self._mass = Mass(part, world, self.faults)
        self._registers = bytearray(0x40)
        self._fifo: deque[bytes] = deque(maxlen=FIFO_DEPTH)
        self.reset(0)

    def reset(self, t_us: int) -> None:
        """Power has just come up: registers at their defaults, output in power-down."""
        self._registers[:] = bytes(0x40)
        for register, value in RESET_VALUES.items():
            self._registers[register] = value
        self._fifo.clear()
        self._out = bytes(6)
        self._held = bytes(6)  # the sample that the fault "frozen" repeats
        self._pointer = 0
        self._increment = False
        self._next_us = t_us
        self._settling = 0
        self._force_mg = 0.0
        self._full = False  # FIFO mode: full once, and closed until it is bypassed

    # -- the bus

    def _point(self, address: int) -> None:
        super()._point(address)
        self._increment = bool(address & 0x80)

    def _access(self, t_us: int) -> None:
        if "nak" in self.faults:
            raise Nak
        if "lost_config" in self.faults:  # a brown-out is over at once; what it leaves behind is the default registers
            self.faults.clear("lost_config")
            self.reset(t_us)
        self._advance(t_us)

    def _step(self) -> None:
        if not self._increment:
            return
        if self._pointer == OUT_Z_H and self._fifo_mode():
            self._pointer = OUT_X_L
        else:
            self._pointer = (self._pointer + 1) & 0x7F

    # -- registers

    def _fifo_mode(self) -> int:
        """0 bypass (or FIFO disabled), 1 FIFO, 2 stream, 3 stream-to-FIFO."""
        return self._registers[FIFO_CTRL] >> 6 if self._registers[CTRL_REG5] & 0x40 else 0

    def _bits(self) -> int:
        if self._registers[CTRL_REG1] & 0x08:
            return 8
        return 12 if self._registers[CTRL_REG4] & 0x08 else 10

    def _set(self, register: int, value: int, t_us: int) -> None:
        if register >= 0x40 or register in READ_ONLY:
            return
        before_odr, before_bits = self._registers[CTRL_REG1] >> 4, self._bits()
        self._registers[register] = value & 0x7F if register == CTRL_REG5 else value  # BOOT clears itself
        odr = self._registers[CTRL_REG1] >> 4
        if odr != before_odr:
            self._next_us = t_us + PERIOD_US.get(odr, 0)
        if self._bits() == 12 and (before_bits != 12 or (odr and not before_odr)):
            self._settling = TURN_ON_SAMPLES
        if not self._fifo_mode():
            self._fifo.clear()
            self._full = False

    def _get(self, register: int) -> int:
        if register >= 0x40:
            return 0
        if register == WHO_AM_I and "wrong_id" in self.faults:
            return 0x32
        if register == FIFO_SRC:
            return self._fifo_source()
        if OUT_X_L <= register <= OUT_Z_H:
            return self._output(register)
        return self._registers[register]

    def _fifo_source(self) -> int:
        """WTM, OVRN_FIFO, EMPTY, FSS: with 32 unread samples FSS says 31 and OVRN_FIFO is set."""
        unread = len(self._fifo)
        over = unread > self._registers[FIFO_CTRL] & 0x1F
        return over << 7 | (unread == FIFO_DEPTH) << 6 | (unread == 0) << 5 | min(unread, FIFO_DEPTH - 1)

    def _output(self, register: int) -> int:
        at = register - OUT_X_L
        sample = self._fifo[0] if self._fifo else self._out
        value = sample[at ^ 1 if self._registers[CTRL_REG4] & 0x40 else at]  # BLE swaps the two bytes
        if register == OUT_Z_H:
            if self._fifo:
                self._fifo.popleft()
            self._registers[STATUS_REG] = 0
        return value

    # -- sampling

    def _advance(self, t_us: int) -> None:
        period_us = PERIOD_US.get(self._registers[CTRL_REG1] >> 4, 0)
        if not period_us:
            return
        # Of a long absence only the newest samples can still be in the FIFO.
        behind = (t_us - self._next_us) // period_us - 2 * FIFO_DEPTH
        if behind > 0:
            self._next_us += behind * period_us
        while self._next_us <= t_us:
            self._sample(self._next_us)
            self._next_us += period_us

    def _sample(self, t_us: int) -> None:
        sample = self._held = self._held if "frozen" in self.faults else self._measure(t_us)
        self._out = sample
        self._registers[STATUS_REG] = 0xFF if self._registers[STATUS_REG] & 0x08 else 0x0F
        mode = self._fifo_mode()
        if not mode or "stuck_fifo" in self.faults or (mode == 1 and self._full):
            return
        self._fifo.append(bytes(byte & (0xFF if i % 2 else 0xC0) for i, byte in enumerate(sample)))
        self._full |= len(self._fifo) == FIFO_DEPTH

    def _measure(self, t_us: int) -> bytes:
        """The three outputs, little endian and left-justified, with force, faults and turn-on behaviour."""
        bits = self._bits()
        control = self._registers[CTRL_REG4]
        step_mg = MG_PER_DIGIT[bits][control >> 4 & 3]
        # A sample that is under way when the force changes has still felt the one before.
        force_mg = self._force_mg
        self._force_mg = {0: 0.0, 1: SELF_TEST_MG, 2: -SELF_TEST_MG, 3: 0.0}[control >> 1 & 3]
        settled = 1.0
        if self._settling:
            settled = 1.0 - self._settling / (TURN_ON_SAMPLES + 1)
            self._settling -= 1
        limit = 1 << (bits - 1)
        out = bytearray()
        for axis, mg in enumerate(self._mass.feel_mg(t_us)):
            enabled = self._registers[CTRL_REG1] >> axis & 1
            digits = floor((mg + force_mg) * settled / step_mg) if enabled else 0
            digits = max(-limit, min(limit - 1, digits))
            out += (digits << (16 - bits)).to_bytes(2, "little", signed=True)
        return bytes(out)
