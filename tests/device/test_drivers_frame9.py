"""Frames of nine bytes over a scripted serial line and a scripted I2C bus: found in any company, refused with any broken bit."""

from drivers.frame9 import SerialFrames, checksum
from drivers.frame9_i2c import I2cFrames

REQUEST = b"\xff\x01\x86\x00\x00\x00\x00\x00\x79"


class Line:
    """A UART whose received bytes the test puts in."""

    def __init__(self):
        self.received = bytearray()
        self.sent = []
        self.fail = False

    def any(self):
        return len(self.received)

    def readinto(self, buf, n):
        assert 0 < n <= len(buf) and n <= len(self.received), "would wait"
        if self.fail:
            raise OSError(5)
        for i in range(n):
            buf[i] = self.received[i]
        self.received = self.received[n:]
        return n

    def write(self, data):
        self.sent.append(bytes(data))
        return len(data)


def answer(*data):
    frame = bytearray((0xFF,) + data + (0,) * (7 - len(data)))
    frame.append(-sum(frame[1:]) & 0xFF)
    return bytes(frame)


def asked():
    line = Line()
    port = SerialFrames(line)
    port.ask(REQUEST)
    assert line.sent == [REQUEST] and not port.heard and not port.answered()
    return line, port


def test_checksums_of_the_vendors():
    # Winsen MH-441D datasheet 6.2; wiki.dfrobot.com SEN0465.
    for frame in (
        REQUEST,
        b"\xff\x86\x02\x60\x47\x00\x00\x00\xd1",
        b"\xff\x01\x78\x04\x00\x00\x00\x00\x83",
        b"\xff\x78\x01\x00\x00\x00\x00\x00\x87",
    ):
        assert checksum(frame) == frame[8]


def test_an_answer_byte_by_byte():
    line, port = asked()
    good = answer(0x86, 1, 2, 3, 4, 5, 6)
    for i in range(9):
        line.received += good[i : i + 1]
        assert port.answered() == (i == 8)
        assert port.heard
    assert bytes(port.frame) == good and port.errors == 0
    assert not port.answered()


def test_found_in_any_company():
    good = answer(0x86, 1, 0x41)
    broken = bytearray(answer(0x86, 9, 9))
    broken[3] ^= 1
    for before in (
        b"\x00",
        b"\xff",
        b"\xff\xff\xff",
        b"\xff\x86",
        b"\xff\x86\xff\x86\x01",
        REQUEST,
        bytes(broken),
        bytes(broken[:5]),
        answer(0x88, 1),
        b"\x86" * 20,
        b"\xff\x86\x00\x00\x00\x00\x00\xff",
    ):
        line, port = asked()
        line.received += before + good
        assert port.answered(), before
        assert bytes(port.frame) == good, before


def test_the_answer_to_another_command_is_none():
    line, port = asked()
    line.received += answer(0x87, 2)
    assert not port.answered()
    port.ask(b"\xff\x01\x87\x00\x00\x00\x00\x00\x78")
    line.received += answer(0x87, 2)
    assert port.answered()


def test_every_broken_bit_is_refused():
    good = answer(0x86, 1, 0x41, 4)
    for bit in range(72):
        line, port = asked()
        frame = bytearray(good)
        frame[bit // 8] ^= 1 << bit % 8
        line.received += frame
        assert not port.answered(), bit


def test_what_is_left_is_dropped_by_the_next_request():
    line, port = asked()
    line.received += answer(0x86, 7) * 28  # 252 bytes, a port's buffer
    port.ask(REQUEST)
    assert line.any() == 0 and not port.heard
    line.received += answer(0x86, 8)
    assert port.answered() and port.frame[2] == 8


def test_a_babbling_line_does_not_hold_the_task():
    line, port = asked()
    line.received += bytes(1000)
    assert not port.answered()
    assert line.any() >= 1000 - 64


def test_wrong_checksums_are_counted():
    line, port = asked()
    for n in range(1, 4):
        line.received += answer(0x86, 1)[:8] + b"\x00"
        assert not port.answered()
        assert port.errors == n


class Bus:
    """An I2C module that holds what the test puts in."""

    def __init__(self):
        self.holds = bytes(9)
        self.written = []

    def writeto_mem(self, address, register, data):
        self.written.append((address, register, bytes(data)))

    def readfrom_mem_into(self, address, register, buf):
        assert (address, register) == (0x75, 0)
        buf[:] = self.holds


def test_on_i2c():
    bus = Bus()
    port = I2cFrames(bus, 0x75)
    port.ask(REQUEST)
    assert bus.written == [(0x75, 0, REQUEST)] and port.heard
    assert not port.answered()
    good = answer(0x86, 1, 2, 3)
    for bit in range(72):
        frame = bytearray(good)
        frame[bit // 8] ^= 1 << bit % 8
        bus.holds = frame
        assert not port.answered(), bit
    bus.holds = answer(0x87, 1, 2, 3)
    assert not port.answered()
    bus.holds = b"\xff" * 9
    assert not port.answered()
    bus.holds = good
    assert port.answered() and bytes(port.frame) == good
