"""What drivers share: registers, axes, silence, counters; and the recovery of a bus, pulse by pulse."""

import struct
from array import array

import quality
from drivers import tally
from drivers.axes import AxisMap
from drivers.i2c_recovery import recover
from drivers.registers import Registers
from drivers.silence import Silence

_TOP = 1 << 30


class _Memory:
    """An I2C chip of 256 bytes whose sub-address increments when bit 7 is set."""

    def __init__(self):
        self.cells = bytearray(128)

    def readfrom_mem_into(self, address, register, buf):
        for i in range(len(buf)):
            buf[i] = self.cells[(register & 0x7F) + (i if register & 0x80 else 0)]

    def writeto_mem(self, address, register, buf):
        for i in range(len(buf)):
            self.cells[(register & 0x7F) + (i if register & 0x80 else 0)] = buf[i]


def test_registers():
    memory = _Memory()
    registers = Registers(memory, 0x19, 0x80)
    registers.set(3, 0x1AB)
    assert memory.cells[3] == 0xAB and registers.get(3) == 0xAB
    registers.write(4, b"\x01\x02\x03")
    assert bytes(memory.cells[3:8]) == b"\xab\x01\x02\x03\x00"
    scratch = bytearray(3)
    registers.read(4, scratch)
    assert scratch == b"\x01\x02\x03"
    assert registers.same(4, b"\x01\x02\x03", scratch)
    for i in range(3):
        memory.cells[4 + i] ^= 4
        assert not registers.same(4, b"\x01\x02\x03", scratch)
        memory.cells[4 + i] ^= 4


def test_axes_for_every_digit():
    # Reference: struct's own reading of a little-endian word.
    for axes, gain in ((("x", "y", "z"), 1), (("-z", "x", "-y"), 12)):
        axis_map = AxisMap(axes, (gain, 4), 16000)
        raw = bytearray(6)
        buf = array("h", [0, 0, 0])
        for digit in range(-2048, 2048):
            other = (digit * 7 + 5) % 2048
            struct.pack_into("<hhh", raw, 0, digit * 16, other * 16, -other * 16)
            axis_map.convert(raw, buf, 1)
            word = struct.unpack("<hhh", bytes(raw))
            for i in range(3):
                mg = word["xyz".index(axes[i][-1])] // 16 * (-gain if axes[i][0] == "-" else gain)
                assert buf[i] == max(-16000, min(16000, mg)), (axes, digit, i)


def test_axes_in_every_scale_and_order():
    # Reference: the fraction in whole numbers, rounded to the nearest.
    for scale, full_mg, order in (
        ((125, 5), 16000, 0),
        ((125, 5), 8000, 0),
        ((125, 8), 16000, 1),
        ((125, 9), 8000, 1),
        ((15991, 15), 16000, 0),
        ((32767, 15), 32000, 1),
        ((12, 4), 16000, 0),
        ((7, 0), 16000, 0),
    ):
        multiplier, shift = scale
        axis_map = AxisMap(("x", "-y", "z"), scale, full_mg, order)
        raw = bytearray(6)
        buf = array("h", [0, 0, 0])
        for word in (-32768, -32767, -4096, -2048, -1000, -255, -129, -1, 0, 1, 127, 128, 256, 999, 4095, 32767):
            struct.pack_into(">hhh" if order else "<hhh", raw, 0, word, word, -word if word > -32768 else 0)
            axis_map.convert(raw, buf, 1)
            double = 2 * word * multiplier  # of mg * 2^shift
            for i, sign in ((0, 1), (1, -1)):
                assert -full_mg <= buf[i] <= full_mg
                exact = max(-full_mg << shift + 1, min(full_mg << shift + 1, sign * double))
                assert abs((buf[i] << shift + 1) - exact) <= 1 << shift, (scale, order, word, i, buf[i])


def test_axes_write_no_more_than_they_are_told_and_read_what_lies_behind():
    axis_map = AxisMap(("z", "y", "x"), (1, 0), 30000)
    raw = bytearray(6 * 3)
    struct.pack_into("<9h", raw, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9)
    buf = array("h", [99] * 9)
    axis_map.convert(raw, buf, 2)
    assert list(buf) == [3, 2, 1, 6, 5, 4, 99, 99, 99]
    assert not axis_map.convert(raw, buf, 0)


def test_axes_notice_any_change():
    axis_map = AxisMap(("x", "y", "z"), (12, 4), 16000)
    raw = bytearray(6 * 4)
    buf = array("h", [0] * 12)
    assert not axis_map.convert(raw, buf, 4)
    assert axis_map.same() == 4
    for axis in range(3):
        raw[6 * 2 + 2 * axis + 1] = 1
        assert axis_map.convert(raw, buf, 4)
        assert axis_map.same() == 0
        raw[6 * 2 + 2 * axis + 1] = 0
        assert not axis_map.convert(raw, buf, 3)
        assert axis_map.same() == 3
        axis_map.forget()
        assert axis_map.same() == 0


def test_silence():
    silence = Silence(300, 1000)
    for t_ms, judgement in ((5000, 0), (5299, 0), (5300, 4), (5999, 4), (6000, 5), (9000, 5)):
        assert silence.judge(t_ms) == judgement, t_ms
    silence.heard(9000)
    assert silence.judge(9299) == quality.OK
    assert silence.judge(9300) == quality.STALE


def test_long_silence_survives_every_wrap_of_the_clock():
    silence = Silence(300, 1000)
    t_ms = _TOP - 100
    silence.heard(t_ms)
    assert silence.judge(150) == quality.OK
    assert silence.judge(300) == quality.STALE
    for day in range(40):
        assert silence.judge((2000 + day * 86400000) % _TOP) == quality.FAILED, day


def test_tally():
    assert tally.more(0) == 1
    assert tally.more(65534) == 65535
    assert tally.more(65535) == 65535


class _Wire:
    """Two open-drain lines with a chip that holds SDA low until it has seen `clocks` rising edges of SCL."""

    def __init__(self, clocks, scl_low=False):
        self.clocks = clocks
        self.scl_low = scl_low
        self.levels = [1, 1]
        self.log = []
        self.us = 0

    def pin(self, line):
        return _Pin(self, line)

    def get(self, line):
        if line == 0:
            return 0 if self.scl_low else self.levels[0]
        return 0 if self.clocks > 0 else self.levels[1]

    def set(self, line, level):
        if line == 0 and level and not self.levels[0]:
            self.clocks -= 1
        before = self.levels[line]
        self.levels[line] = level
        if level != before:
            self.log.append((line, level, self.levels[0]))

    def sleep_us(self, us):
        self.us += us


class _Pin:
    def __init__(self, wire, line):
        self.wire = wire
        self.line = line

    def value(self, level=None):
        if level is None:
            return self.wire.get(self.line)
        self.wire.set(self.line, level)
        return None


def test_recovery_frees_what_nine_clocks_can_free():
    for clocks in range(12):
        wire = _Wire(clocks)
        free = recover(wire.pin(0), wire.pin(1), wire.sleep_us)
        assert free == (clocks <= 10), clocks  # nine, and the one of the STOP
        assert wire.us < 400
        rises = [entry for entry in wire.log if entry[0] == 0 and entry[1] == 1]
        assert len(rises) == 10
        # It ends in a STOP: SDA rises while SCL is high, and both are left released.
        assert wire.log[-1] == (1, 1, 1) and wire.levels == [1, 1]


def test_recovery_gives_up_on_a_held_clock():
    wire = _Wire(0, scl_low=True)
    assert not recover(wire.pin(0), wire.pin(1), wire.sleep_us)
    assert wire.us < 400


def test_recovery_reports_pins_that_fail():
    class Broken:
        def value(self, level=None):
            raise OSError(5)

    assert recover(Broken(), Broken(), lambda us: None) is False
