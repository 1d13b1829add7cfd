"""The LIS3DH driver when chip and bus fail: every fault becomes a quality, none an exception, and all that can heal does."""

import time

import machine
from lis3dh_bench import buf, bus, clear, fault, make, read, samples, world

import quality
import vport
from drivers.i2c_recovery import recover
from drivers.lis3dh import LIS3DH


def test_missing_chip():
    world()
    fault("nak")
    accel = LIS3DH(bus(), 0x19)
    assert accel.quality == quality.FAILED
    assert accel.errors == 1
    assert not accel.probe()
    assert read(accel) == 0
    assert accel.errors == 3
    other = LIS3DH(bus(), 0x18)
    assert other.quality == quality.FAILED and read(other) == 0
    clear()
    assert accel.probe()
    assert accel.quality == quality.FAILED  # only samples make it good again
    read(accel)
    assert read(accel) and accel.quality == quality.OK


def test_wrong_chip():
    world()
    fault("wrong_id")
    accel = LIS3DH(bus(), 0x19)
    assert accel.quality == quality.FAILED and accel.errors == 1
    assert read(accel) == 0 and accel.quality == quality.FAILED


def test_bus_fault_in_the_middle_and_recovery_without_help():
    accel = make()
    assert read(accel)
    fault("nak")
    for i in range(5):
        assert read(accel) == 0
        assert accel.quality == quality.FAILED
        assert accel.errors == i + 1
    clear()
    read(accel)
    read(accel)
    assert read(accel) and accel.quality == quality.OK
    assert accel.errors == 5
    assert accel.overruns == 0  # what the FIFO held from before was thrown away, not counted


def test_a_chip_that_keeps_nothing_of_what_is_written_is_no_accelerometer():
    class Deaf:
        """A bus on which the chip tells who it is, and takes nothing."""

        def readfrom_mem_into(self, address, register, buf):
            for i in range(len(buf)):
                buf[i] = 0x33 if register == 0x0F else 0

        def writeto_mem(self, address, register, buf):
            pass

    accel = LIS3DH(Deaf())
    assert accel.quality == quality.FAILED and accel.errors == 1
    assert accel.read_block(buf, 0) == 0 and accel.errors == 2


def test_counters_stop_at_their_end():
    accel = make()
    accel.errors = 65534
    fault("nak")
    for _ in range(3):
        read(accel, 1)
    assert accel.errors == 65535


def test_stuck_fifo_goes_stale_then_fails_and_recovers():
    accel = make()
    assert read(accel)
    fault("stuck_fifo")
    seen = []
    for _ in range(40):
        read(accel, 50)
        if not seen or seen[-1] != accel.quality:
            seen.append(accel.quality)
    # The FIFO's rest, then silence of three and of ten watermark periods. It never looks good again in between.
    assert seen == [quality.OK, quality.STALE, quality.FAILED], seen
    clear()
    for _ in range(25):
        read(accel, 50)
    assert accel.quality == quality.OK


def test_silence_is_judged_from_the_start_and_without_reading():
    world()
    fault("stuck_fifo")
    accel = LIS3DH(bus(), 0x19)
    assert accel.check(0) == quality.WARMING
    assert accel.check(299) == quality.WARMING
    assert accel.check(300) == quality.STALE
    assert accel.check(999) == quality.STALE
    assert accel.check(1000) == quality.FAILED


def test_ticks_may_wrap():
    accel = make(settled=False)
    fault("stuck_fifo")
    top = 1 << 30
    assert accel.check(top - 100) == quality.WARMING
    assert accel.check(199) == quality.WARMING
    assert accel.check(200) == quality.STALE
    assert accel.check(899) == quality.STALE
    assert accel.check(900) == quality.FAILED
    clear()
    for _ in range(3):
        time.sleep_ms(100)
        accel.read_block(buf)
    assert accel.check(1200) == quality.OK


def test_lost_configuration_is_noticed_and_repaired():
    accel = make()
    for _ in range(5):
        assert read(accel)
    fault("lost_config")
    lost = 0
    while read(accel) == 0:
        lost += 1
        assert lost < 13
    assert accel.resets == 1
    assert accel.quality == quality.OK
    assert samples(1) == [(0, 0, 960)]


def test_frozen_output_fails():
    accel = make((480, 0, 960))
    assert read(accel)
    fault("frozen")
    vport.control({"do": "accel", "mg": [-2400, 4800, 960]})
    good = 0
    while accel.quality == quality.OK:
        good += read(accel)
        assert good < 1100
    assert accel.quality == quality.FAILED and good >= 990
    # It does not flicker, and when the mass moves again, so does the quality.
    for _ in range(300):
        assert read(accel) == 0
        assert accel.quality == quality.FAILED
    clear()
    for _ in range(5):
        read(accel)
    assert accel.quality == quality.OK


def test_lying_still_is_no_fault():
    accel = make()
    begin = time.ticks_ms()
    delivered = 0
    for _ in range(1800):
        n = read(accel)
        delivered += n
        assert accel.quality == quality.OK
        assert samples(n) == [(0, 0, 960)] * n  # the force is never seen
    due = time.ticks_diff(time.ticks_ms(), begin) // 10
    # A look at whether the chip lives costs some 30 samples: after 10 s, then every minute.
    assert due - 150 < delivered < due, (delivered, due)
    assert accel.errors == 0 and accel.resets == 0


def test_a_living_chip_passes_the_look_at_every_pace():
    for ms in (10, 35, 300):
        accel = make()
        for _ in range(12000 // ms):
            read(accel, ms)
            assert accel.quality == quality.OK, ms
        assert accel.errors == 0 and accel.resets == 0


def test_fifo_that_was_switched_off_is_switched_on_again():
    accel = make()
    assert read(accel)
    bus().writeto_mem(0x19, 0x2E, b"\x00")
    for _ in range(15):
        read(accel)
    assert accel.quality == quality.OK and accel.errors == 1


def test_a_chip_that_freezes_while_still_and_heals_while_still():
    accel = make()
    assert read(accel)
    fault("frozen")
    for _ in range(120):
        read(accel)
    assert accel.quality == quality.FAILED
    clear()
    for _ in range(130):
        read(accel)
    assert accel.quality == quality.OK


def test_held_sda_is_a_fault_that_recovery_ends():
    accel = make()
    assert read(accel)
    vport.control({"do": "sda_hold", "bus": 0, "clocks": 5})
    assert read(accel) == 0 and accel.quality == quality.FAILED
    scl = machine.Pin(22, machine.Pin.OPEN_DRAIN, value=1)
    sda = machine.Pin(21, machine.Pin.OPEN_DRAIN, value=1)
    assert recover(scl, sda, time.sleep_us)
    bus()
    read(accel, 10)
    read(accel)
    assert read(accel) and accel.quality == quality.OK
