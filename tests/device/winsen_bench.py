"""A scripted serial line with a Winsen module's driver at its end."""

from drivers.winsen_ndir import IDLE, WAIT, WinsenNDIR

CH4 = 1
CO2 = 8
REQUEST = b"\xff\x01\x86\x00\x00\x00\x00\x00\x79"
ABC_OFF = b"\xff\x01\x79\x00\x00\x00\x00\x00\x86"


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


def answer(counts, command=0x86):
    frame = bytearray((0xFF, command, counts >> 8 & 0xFF, counts & 0xFF, 0x47, 0, 0, 0))
    frame.append(-sum(frame[1:]) & 0xFF)
    return bytes(frame)


def pair(range_name="5vol", start_ms=1000):
    """A sensor with its first request out."""
    line = Line()
    sensor = WinsenNDIR(line, CH4, range_name, 0)
    assert sensor.poll(start_ms) is False
    assert sensor.state == WAIT and line.sent == [REQUEST]
    return sensor, line


def co2(range_name="5000ppm", start_ms=1000):
    """A CO2 module that has been told not to calibrate itself, with its first request out, and the time of that."""
    line = Line()
    sensor = WinsenNDIR(line, CO2, range_name, 0, "mh-z19b")
    sensor.poll(start_ms)
    assert sensor.state == IDLE and line.sent == [ABC_OFF]
    sensor.poll(start_ms + 1000)  # its warm-up of no time has ended: once more
    assert sensor.state == IDLE and line.sent == [ABC_OFF] * 2
    sensor.poll(start_ms + 2000)
    assert sensor.state == WAIT and line.sent[2] == REQUEST
    return sensor, line, start_ms + 2000


def reads(sensor, line, t_ms, counts):
    """The value after an answer to the next request."""
    sensor.poll(t_ms)
    line.received += answer(counts)
    assert sensor.poll(t_ms + 30)
    return sensor.value
