"""The DFRobot gas driver over a scripted port: every state, what it refuses, and what stays exact at the ends of a frame."""

import quality
from drivers.dfrobot_gas import IDLE, KINDS, WAIT, DFRobotGas

CO = 2
MODE, TEMP, GAS = 0x78, 0x87, 0x86


class Port:
    """Answers what the test puts in."""

    def __init__(self):
        self.frame = bytearray(9)
        self.ready = False
        self.heard = False
        self.errors = 0
        self.sent = []
        self.fail = False

    def miss(self):
        self.errors += 1

    def ask(self, request):
        self.heard = False
        if self.fail:
            raise OSError(19)
        self.sent.append(request[2])

    def answered(self):
        if self.fail:
            raise OSError(19)
        ready = self.ready
        self.ready = False
        return ready

    def put(self, *data):
        for i in range(len(data)):
            self.frame[2 + i] = data[i]
        self.ready = self.heard = True


def make(kind="co", counts=10, start_ms=0):
    port = Port()
    return port, DFRobotGas(port, CO, kind, counts, 0)


def reading(sensor, port, t_ms, high, low, gas, decimals):
    """A round of TEMP and GAS from `t_ms` on; the answer of `poll` to the latter."""
    assert port.sent[-1] == TEMP
    port.put(2, 0)
    assert not sensor.poll(t_ms + 100)
    if port.sent[-1] != GAS:
        sensor.poll(t_ms + 1000)
    assert port.sent[-1] == GAS
    port.put(high, low, gas, decimals)
    return sensor.poll(t_ms + 1100)


def up(kind="co", counts=10, start_ms=1000):
    """A driver that has set the mode and asked for the temperature."""
    port, sensor = make(kind, counts)
    sensor.poll(start_ms)
    port.put(1)
    sensor.poll(start_ms + 100)
    assert port.sent == [MODE, TEMP]
    return port, sensor


def test_states():
    port, sensor = make()
    assert sensor.state == IDLE
    assert not sensor.poll(1000) and sensor.state == WAIT and port.sent == [MODE]
    port.ready = True
    assert not sensor.poll(1010) and sensor.state == WAIT  # too early to look
    port.put(1)
    assert not sensor.poll(1100) and port.sent == [MODE, TEMP]
    port.put(2, 0)
    assert not sensor.poll(1200) and port.sent == [MODE, TEMP, GAS]
    port.put(0, 7, 4, 0)
    assert sensor.poll(1300) and sensor.value == 70 and sensor.quality == quality.OK
    assert port.sent[-1] == TEMP
    port.put(2, 0)
    assert not sensor.poll(1400) and sensor.state == IDLE  # the next gas is due a second after the last
    assert not sensor.poll(2199) and len(port.sent) == 4
    assert not sensor.poll(2200) and port.sent[-1] == GAS
    for t_ms in (2300, 2699):
        assert not sensor.poll(t_ms) and sensor.state == WAIT
    assert sensor.errors == 0
    assert not sensor.poll(2700) and sensor.state == IDLE and sensor.errors == 1
    assert not sensor.poll(3199) and len(port.sent) == 5
    assert not sensor.poll(3200) and port.sent[-1] == MODE
    port.put(0)  # the mode is refused
    assert not sensor.poll(3300) and sensor.state == IDLE and sensor.errors == 2


def test_two_misses_cost_two_readings():
    for misses, expected in ((1, [90, 90]), (2, [10, 10, 90])):
        port, sensor = up()
        assert reading(sensor, port, 1100, 0, 1, 4, 0)
        t_ms = 3000
        while sensor.errors < misses:
            t_ms += 100
            sensor.poll(t_ms)
        while port.sent[-1] != MODE or sensor.state != WAIT:
            t_ms += 100
            sensor.poll(t_ms)
        port.put(1)
        sensor.poll(t_ms + 100)
        got = []
        for i in range(len(expected)):
            reading(sensor, port, t_ms + 100 + 1200 * i, 0, 9, 4, 0)
            got.append(sensor.value)
        assert got == expected, misses


def test_counts_of_each_gas_and_each_number_of_decimals():
    for kind, counts, raw, decimals, value, q in (
        ("co", 10, 0, 0, 0, quality.OK),
        ("co", 10, 999, 0, 9990, quality.OK),
        ("co", 10, 1000, 0, 10000, quality.OVER),
        ("co", 10, 0xFFFF, 0, 10000, quality.OVER),
        ("co", 10, 355, 1, 355, quality.OK),
        ("co", 10, 3554, 2, 355, quality.OK),
        ("co", 10, 3555, 2, 356, quality.OK),
        ("o2", 100, 209, 1, 2090, quality.OK),
        ("o2", 100, 2095, 2, 2095, quality.OK),
        ("o2", 100, 250, 1, 2500, quality.OVER),
        ("no2", 100, 199, 1, 1990, quality.OK),
        ("no2", 100, 20, 0, 2000, quality.OVER),
        ("so2", 100, 0xFFFF, 2, 2000, quality.OVER),
        ("nh3", 10, 99, 0, 990, quality.OK),
        ("h2s", 10, 101, 0, 1000, quality.OVER),
    ):
        port, sensor = up(kind, counts)
        assert reading(sensor, port, 1100, raw >> 8, raw & 0xFF, KINDS[kind][0], decimals)
        assert (sensor.value, sensor.quality) == (value, q), (kind, raw, decimals)


def test_only_the_promised_gas_and_known_decimals():
    for kind in KINDS:
        own = KINDS[kind][0]
        for gas in range(256):
            port, sensor = up(kind)
            assert reading(sensor, port, 1100, 0, 5, gas, 0) == (gas == own)
            assert sensor.errors == (gas != own)
        for decimals in range(256):
            port, sensor = up(kind)
            assert reading(sensor, port, 1100, 0, 5, own, decimals) == (decimals <= 2)


def test_a_failing_port_is_an_error_not_an_exception():
    port, sensor = up()
    assert reading(sensor, port, 1100, 0, 5, 4, 0)
    port.fail = True
    t_ms = 2200
    for _ in range(50):
        t_ms += 200
        sensor.poll(t_ms)
    assert sensor.quality == quality.FAILED and 5 <= sensor.errors <= 12  # it does not shout at a broken port


def _serve(sensor, port, t_ms, ms, counts):
    """A module that answers for a while, polled 10 times a second; readings that came, and the time."""
    readings = 0
    for _ in range(ms // 100):
        t_ms = (t_ms + 100) % (1 << 30)
        if sensor.state == WAIT:
            port.put(*((1,) if port.sent[-1] == MODE else (0, counts, 4, 0)))
        gas = port.sent[-1:] == [GAS]
        if sensor.poll(t_ms) and gas and sensor.quality == quality.OK:
            readings += 1
    return readings, t_ms


def test_ticks_may_wrap_in_the_work_and_in_a_long_silence():
    port, sensor = make()
    t_ms = (1 << 30) - 5000
    readings, t_ms = _serve(sensor, port, t_ms, 10000, 7)
    assert 9 <= readings <= 10 and sensor.value == 70 and sensor.errors == 0
    port.fail = True
    for _ in range(20):  # 20 days, looked at once a day
        t_ms = (t_ms + 86400000) % (1 << 30)
        sensor.poll(t_ms)
    assert sensor.quality == quality.FAILED
    port.fail = False
    readings, t_ms = _serve(sensor, port, t_ms, 10000, 3)
    assert readings >= 5 and sensor.value == 30 and sensor.quality == quality.OK


def test_another_kind_is_refused():
    try:
        make("cl2")
    except ValueError:
        return
    raise AssertionError
