"""Analog Devices ADXL345 accelerometer at the level of its registers: what the tag's driver meets on the bus.

Modelled: DEVID, OFSX..OFSZ, BW_RATE, POWER_CTL (measure), INT_SOURCE (data ready, watermark, overrun), DATA_FORMAT (range, full
resolution, justification, self-test), DATAX0..DATAZ1, FIFO_CTL and FIFO_STATUS with bypass, FIFO and stream mode.
Not modelled: tap, activity and free-fall engines, link, sleep and auto-sleep, trigger mode, three-wire SPI, the interrupt pins,
the 5 us that the FIFO needs to move on.

The FIFO holds 32 samples, and the output registers one more: FIFO_STATUS says up to 33. A transfer that reads any data register
uses up the sample when it leaves DATAZ1 or ends: what was not read of it is lost.

Checked against ADXL345 data sheet Rev. E (clock mode: "SPI"; tables 14 and 15: self-test), the data sheets of its siblings ADXL312
Rev. C and ADXL344 Rev. 0, whose registers are the same and whose ranges are not (reset values, codes of every register, "FIFO",
"Interrupts", turn-on time) and the Linux driver (addresses, identity, rates, 15.6 mg). Not seen: these pages of the ADXL345's own.
Not said anywhere: that the sample under way when the force changes has felt the one before; the model takes the worse side.
"""

from collections import deque
from math import floor
from typing import Any

from davy.vtag.chips.base import Faults, Nak, SpiAddress
from davy.vtag.chips.mass import KNOWN, Mass
from davy.vtag.world import World

DEVID, OFSX, ACT_TAP_STATUS, BW_RATE, POWER_CTL = 0x00, 0x1E, 0x2B, 0x2C, 0x2D
INT_SOURCE, DATA_FORMAT, DATAX0, DATAZ1, FIFO_CTL, FIFO_STATUS = 0x30, 0x31, 0x32, 0x37, 0x38, 0x39

FIFO_DEPTH = 32
RESET_VALUES = {DEVID: 0xE5, BW_RATE: 0x0A}  # INT_SOURCE says 0x02: its mark of 0 is reached
READ_ONLY = frozenset((*range(0x1D), ACT_TAP_STATUS, INT_SOURCE, *range(DATAX0, DATAZ1 + 1), FIFO_STATUS))
DATA_READY, WATERMARK, OVERRUN = 0x80, 0x02, 0x01
BYPASS, FIFO, STREAM = 0, 1, 2
OFFSET_MG = 15.6  # of one step of OFSX
TURN_ON_US = 1_100  # beside one period (table 1, turn-on time)
# A typical chip at 3.3 V, inside of table 15 times table 14: chip x, y, z
SELF_TEST_MG = (1400.0, -1400.0, 2200.0)


class Adxl345:
    """One ADXL345. `part`: "address" (on I2C), and "axes" as in `Mass`."""

    spi = SpiAddress(burst=0x40, modes=(3,))  # "Serial Communications": the clock idles high

    def __init__(self, part: dict[str, Any], world: World) -> None:
        self.address: int = part.get("address", 0x53)
        self.faults = Faults(*KNOWN)
        self._mass = Mass(part, world, self.faults)
        self._registers = bytearray(0x40)
        self._unread: deque[bytes] = deque(maxlen=FIFO_DEPTH + 1)
        self.reset(0)

    def reset(self, t_us: int) -> None:
        """Power has just come up: registers at their defaults, in standby."""
        self._registers[:] = bytes(0x40)
        for register, value in RESET_VALUES.items():
            self._registers[register] = value
        self._unread.clear()
        self._out = bytes(6)
        self._held = bytes(6)  # the sample that the fault "frozen" repeats
        self._pointer = 0
        self._next_us = t_us
        self._overrun = False
        self._force_mg = (0.0, 0.0, 0.0)

    # -- the bus

    def write(self, data: bytes, t_us: int) -> None:
        """A write transfer: the sub-address, then register values."""
        self._access(t_us)
        if not data:
            return
        self._pointer = data[0] & 0x3F
        for value in data[1:]:
            self._set(self._pointer, value, t_us)
            self._pointer = (self._pointer + 1) & 0x3F

    def read(self, n: int, t_us: int) -> bytes:
        """A read transfer, from the sub-address on."""
        self._access(t_us)
        answer = bytearray()
        touched = False
        for _ in range(n):
            answer.append(self._get(self._pointer))
            touched |= DATAX0 <= self._pointer <= DATAZ1
            if self._pointer == DATAZ1:
                self._used_up()
                touched = False
            self._pointer = (self._pointer + 1) & 0x3F
        if touched:
            self._used_up()
        return bytes(answer)

    def _access(self, t_us: int) -> None:
        if "nak" in self.faults:
            raise Nak
        if "lost_config" in self.faults:  # a brown-out is over at once; what it leaves behind is the default registers
            self.faults.clear("lost_config")
            self.reset(t_us)
        self._advance(t_us)

    # -- registers

    def _mode(self) -> int:
        return self._registers[FIFO_CTL] >> 6

    def _period_us(self) -> int:
        """Code 10 is 100 Hz, each step doubles or halves it."""
        return int(10_000 * 2.0 ** (10 - (self._registers[BW_RATE] & 0x0F)))

    def _measures(self) -> bool:
        return bool(self._registers[POWER_CTL] & 0x08)

    def _set(self, register: int, value: int, t_us: int) -> None:
        if register in READ_ONLY or register > FIFO_STATUS:
            return
        before = self._measures(), self._period_us()
        self._registers[register] = value
        if self._measures() and before != (True, self._period_us()):
            self._next_us = t_us + self._period_us() + (0 if before[0] else TURN_ON_US)
        if register == FIFO_CTL and self._mode() == BYPASS:
            self._unread.clear()
            self._overrun = False

    def _get(self, register: int) -> int:
        if register == DEVID and "wrong_id" in self.faults:
            return 0xE6
        if register == INT_SOURCE:
            return self._source()
        if register == FIFO_STATUS:
            return 0 if self._mode() == BYPASS else len(self._unread)
        if DATAX0 <= register <= DATAZ1:
            return (self._unread[0] if self._unread else self._out)[register - DATAX0]
        return self._registers[register]

    def _source(self) -> int:
        """INT_SOURCE: these three bits are set whether they are enabled or not."""
        unread = len(self._unread)
        mark = self._registers[FIFO_CTL] & 0x1F
        full_enough = mark == 0 or (self._mode() != BYPASS and unread >= mark)  # a mark of 0 is reached in every mode
        return (DATA_READY if unread else 0) | (WATERMARK if full_enough else 0) | (OVERRUN if self._overrun else 0)

    def _used_up(self) -> None:
        if self._unread:
            self._out = self._unread.popleft()
        self._overrun = False

    # -- sampling

    def _advance(self, t_us: int) -> None:
        if not self._measures():
            return
        period_us = self._period_us()
        # Of a long absence only the newest samples can still be in the FIFO, unless it closes when it is full.
        behind = (t_us - self._next_us) // period_us - 2 * FIFO_DEPTH
        if behind > 0 and self._mode() != FIFO:
            self._next_us += behind * period_us
        while self._next_us <= t_us:
            self._sample(self._next_us)
            self._next_us += period_us

    def _sample(self, t_us: int) -> None:
        sample = self._held = self._held if "frozen" in self.faults else self._measure(t_us)
        if "stuck_fifo" in self.faults:
            return
        mode = self._mode()
        if mode == BYPASS:
            self._overrun |= bool(self._unread)
            self._unread.clear()
        elif mode == FIFO and len(self._unread) > FIFO_DEPTH:
            return
        self._unread.append(sample)
        self._overrun |= mode != BYPASS and len(self._unread) >= FIFO_DEPTH

    def _measure(self, t_us: int) -> bytes:
        """The three outputs, little endian, with force, offsets and faults."""
        form = self._registers[DATA_FORMAT]
        span = form & 3  # 2, 4, 8, 16 g
        full = bool(form & 0x08)
        bits = 10 + span if full else 10
        lsb_a_g = 256 if full else 256 >> span
        limit = 1 << (bits - 1)
        # A sample that is under way when the force changes has still felt the one before.
        force_mg, self._force_mg = self._force_mg, SELF_TEST_MG if form & 0x80 else (0.0, 0.0, 0.0)
        out = bytearray()
        for axis, mg in enumerate(self._mass.feel_mg(t_us)):
            offset = (self._registers[OFSX + axis] ^ 0x80) - 0x80
            digits = floor((mg + force_mg[axis] + offset * OFFSET_MG) * lsb_a_g / 1000)
            digits = max(-limit, min(limit - 1, digits)) << (16 - bits if form & 0x04 else 0)
            out += digits.to_bytes(2, "little", signed=True)
        return bytes(out)
