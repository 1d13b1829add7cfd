"""The Winsen driver over a scripted serial line: every state, every kind of frame, every broken bit, noise."""

from winsen_bench import REQUEST, answer, pair

import quality
from drivers.winsen_ndir import IDLE, WAIT


def test_states():
    sensor, line = pair()
    for t_ms in (1001, 1100, 1299):
        assert not sensor.poll(t_ms) and sensor.state == WAIT
    assert not sensor.poll(1300) and sensor.state == IDLE and sensor.errors == 1
    assert not sensor.poll(1999) and sensor.state == IDLE and len(line.sent) == 1
    assert not sensor.poll(2000) and sensor.state == WAIT and len(line.sent) == 2
    line.received += answer(7)[:8]
    assert not sensor.poll(2010) and sensor.state == WAIT
    line.received += answer(7)[8:]
    assert sensor.poll(2020) and sensor.state == IDLE
    assert sensor.value == 7 and sensor.quality == quality.OK and sensor.errors == 1


def test_a_lateanswer_is_not_taken_for_the_next():
    sensor, line = pair()
    sensor.poll(1300)
    line.received += answer(400)
    assert not sensor.poll(1500) and sensor.value == 0
    sensor.poll(2000)
    assert line.any() == 0
    line.received += answer(5)
    assert sensor.poll(2020) and sensor.value == 5


def test_values_of_both_ranges():
    for range_name, counts, value, expected in (
        ("5vol", 0, 0, quality.OK),
        ("5vol", 499, 499, quality.OK),
        ("5vol", 500, 500, quality.OVER),
        ("5vol", 501, 500, quality.OVER),
        ("5vol", 0x7FFF, 500, quality.OVER),
        ("5vol", 0x10000 - 10, -10, quality.OK),
        ("5vol", 0x10000 - 11, -11, quality.UNDER),
        ("5vol", 0x8000, -500, quality.UNDER),
        ("100lel", 10, 50, quality.OK),
        ("100lel", 99, 495, quality.OK),
        ("100lel", 100, 500, quality.OVER),
        ("100lel", 101, 500, quality.OVER),
        ("100lel", 0x10000 - 3, -15, quality.UNDER),
    ):
        sensor, line = pair(range_name)
        line.received += answer(counts)
        assert sensor.poll(1030)
        assert (sensor.value, sensor.quality) == (value, expected), (range_name, counts)


def test_frame_is_found_in_any_company():
    good = answer(321)
    broken = bytearray(answer(99))
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
        answer(1, 0x85),
        b"\x86" * 20,
        b"\xff\x86\x00\x00\x00\x00\x00\xff",
    ):
        sensor, line = pair()
        line.received += before + good
        t_ms = 1010
        while line.any():
            sensor.poll(t_ms)
            t_ms += 10
        assert sensor.value == 321 and sensor.quality == quality.OK, before


def test_every_single_broken_bit_is_refused():
    good = answer(321)
    for bit in range(72):
        frame = bytearray(good)
        frame[bit // 8] ^= 1 << bit % 8
        sensor, line = pair()
        line.received += frame
        assert not sensor.poll(1030), bit
        assert sensor.value == 0 and sensor.quality == quality.WARMING


def test_noise_neither_raises_nor_reads():
    seed = 12345
    sensor, line = pair()
    t_ms = 1000
    for _ in range(600):
        for _ in range(seed % 30):
            seed = (seed * 75 + 74) % 65537
            line.received.append((seed >> 3) & 0xFF)
        seed = (seed * 75 + 74) % 65537
        t_ms += 50
        sensor.poll(t_ms)
        assert sensor.value == 0 and sensor.quality != quality.OK
    assert sensor.quality == quality.FAILED


def test_a_babbling_line_does_not_hold_the_task():
    sensor, line = pair()
    line.received += bytes(1000)
    sensor.poll(1010)
    assert line.any() >= 1000 - 64


def test_a_failing_port_is_an_error_not_an_exception():
    sensor, line = pair()
    line.fail = True
    for i in range(70):
        line.received += b"\x00"
        sensor.poll(1010 + 100 * i)
    assert sensor.quality == quality.FAILED and sensor.errors >= 5
    assert len(line.sent) < 10  # it does not shout at a broken port either


def test_ticks_may_wrap():
    top = 1 << 30
    sensor, line = pair(start_ms=top - 500)
    line.received += answer(10)
    assert sensor.poll(top - 450)
    for i in range(1, 20):
        t_ms = (top - 500 + 1000 * i) % top
        sensor.poll(t_ms)
        assert sensor.state == WAIT and len(line.sent) == i + 1
        line.received += answer(10 + i)
        assert sensor.poll((t_ms + 30) % top)
        assert sensor.value == 10 + i and sensor.quality == quality.OK
