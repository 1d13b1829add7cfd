"""What every driver of an accelerometer with a FIFO has to do when chip or bus fail; called as `accel_checks`."""

import time

from accel_rig import buf, dead, read, samples

import quality


def missing(bench):
    bench.world()
    bench.fault("nak")
    accel = bench.open()
    assert accel.quality == quality.FAILED and accel.errors == 1
    assert read(accel) == 0 and accel.errors == 2
    bench.clear()
    assert accel.probe()
    assert accel.quality == quality.FAILED  # only samples make it good again
    read(accel, 130)
    assert read(accel) and accel.quality == quality.OK


def wrong_chip(bench):
    bench.world()
    bench.fault("wrong_id")
    accel = bench.open()
    assert accel.quality == quality.FAILED and accel.errors == 1
    assert read(accel) == 0 and accel.quality == quality.FAILED


def bus_fault(bench):
    accel = bench.make()
    assert read(accel)
    bench.fault("nak")
    for _ in range(12):
        assert read(accel) == 0
    assert accel.quality == quality.FAILED and accel.errors >= 10
    bench.clear()
    for _ in range(4):
        read(accel)
    assert read(accel) and accel.quality == quality.OK and accel.overruns == 0
    assert samples(1) == [(0, 0, 960)]


def repair_throws_old_samples_away(bench):
    accel = bench.make((480, 0, 0))
    time.sleep_ms(500)
    accel.registers.get(0x0F)  # the chip's past is worked out when it is spoken to
    bench.put((0, 0, 960))
    assert accel.probe()
    for _ in range(8):
        n = read(accel)
        assert samples(n) == [(0, 0, 960)] * n, samples(n)
    assert n and accel.quality == quality.OK


def stuck_fifo(bench):
    accel = bench.make()
    assert read(accel)
    bench.fault("stuck_fifo")
    seen = []
    for _ in range(40):
        read(accel, 50)
        if not seen or seen[-1] != accel.quality:
            seen.append(accel.quality)
    assert seen in ([quality.OK, quality.STALE, quality.FAILED], [quality.STALE, quality.FAILED]), seen
    bench.clear()
    for _ in range(25):
        read(accel, 50)
    assert accel.quality == quality.OK


def lost_config(bench):
    accel = bench.make()
    for _ in range(5):
        assert read(accel)
    bench.fault("lost_config")
    lost = 0
    while read(accel) == 0:
        lost += 1
        assert lost < 14
    assert accel.resets == 1 and accel.quality == quality.OK
    assert samples(1) == [(0, 0, 960)]


def lost_registers(bench, registers):
    """Any one register that changes by itself is noticed within eleven reads, and put right."""
    accel = bench.make()
    for register in registers:
        right = accel.registers.get(register)
        accel.registers.set(register, right ^ 0x08)
        seen = accel.resets
        for _ in range(11):
            read(accel)
        assert accel.registers.get(register) == right and accel.resets == seen + 1, register
        read(accel, 130)
    assert accel.errors == 0


def frozen(bench):
    accel = bench.make((480, 0, 960))
    assert read(accel)
    bench.fault("frozen")
    bench.put((-2400, 4800, 960))
    good = 0
    while accel.quality == quality.OK:
        good += read(accel)
        assert good < 1200
    assert accel.quality == quality.FAILED and good >= 990
    for _ in range(150):
        assert read(accel) == 0
        assert accel.quality == quality.FAILED
    bench.clear()
    for _ in range(5):
        read(accel)
    assert accel.quality == quality.OK


def lying_still(bench):
    accel = bench.make()
    begin = time.ticks_ms()
    delivered = 0
    for _ in range(900):
        n = read(accel)
        delivered += n
        assert accel.quality == quality.OK
        assert samples(n) == [(0, 0, 960)] * n  # the force is never seen
    due = time.ticks_diff(time.ticks_ms(), begin) * accel.odr_hz // 1000
    assert due - 130 < delivered < due, (delivered, due)
    assert accel.errors == 0 and accel.resets == 0


def every_pace(bench, paces):
    """A chip that lives passes the look at it however late the reader comes, and what the FIFO then holds is never forced."""
    for ms in paces:
        accel = bench.make()
        for i in range(12000 // ms):
            n = read(accel, ms)
            assert accel.quality == quality.OK, (ms, i)
            assert samples(n) == [(0, 0, 960)] * n, (ms, i, samples(n))
        assert accel.errors == 0 and accel.resets == 0


def late_reader(bench):
    """When the look begins and ends with more in the FIFO than one block, neither rest nor force is taken for the other."""
    accel = bench.make()
    delivered = 0
    while delivered < 1500:
        n = read(accel, 500 if 96 < delivered * 10 // accel.odr_hz < 103 else 100)
        delivered += n
        assert accel.quality == quality.OK and samples(n) == [(0, 0, 960)] * n, (delivered, samples(n))
    assert accel.errors == 0 and accel.resets == 0 and accel.overruns == 0


def held_sda(bench):
    accel = bench.make()
    assert read(accel)
    bench.hold_sda(5)
    assert read(accel) == 0 and accel.quality == quality.FAILED
    bench.hold_sda(0)
    for _ in range(4):
        read(accel)
    assert accel.quality == quality.OK


def dead_spi(bench):
    """A dead bus says nothing but 0x00 or 0xFF, and raises nothing."""
    for level in (0, 255):
        accel = bench.make()
        assert read(accel)
        dead(level)
        for _ in range(12):
            time.sleep_ms(100)
            n = accel.read_block(buf, time.ticks_ms())
            assert samples(n) == [(0, 0, 960)] * n, (level, samples(n))
        assert n == 0 and accel.quality == quality.FAILED, (level, accel.quality)
        dead(-1)
        for _ in range(4):
            read(accel)
        assert accel.quality == quality.OK and samples(1) == [(0, 0, 960)]
        bench.world()
        dead(level)
        assert bench.open().quality == quality.FAILED
        dead(-1)
