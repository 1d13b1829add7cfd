"""The ADXL345 driver when chip and bus fail, on I2C and on SPI: every fault becomes a quality, none an exception."""

import time

import machine
from accel_rig import Rig, dead, i2c, read, samples

import quality
import vport
from drivers.adxl345 import ADXL345
from drivers.i2c_recovery import recover


def on_both(test):
    test(Rig(ADXL345, "adxl345", 0x53))
    test(Rig(ADXL345, "adxl345"))


def test_missing_or_wrong_chip():
    def check(rig):
        for name in ("nak", "wrong_id"):
            rig.world()
            rig.fault(name)
            accel = rig.open()
            assert accel.quality == quality.FAILED and accel.errors == 1
            assert not accel.probe()
            assert read(accel) == 0 and accel.quality == quality.FAILED
            assert accel.errors == 3
            rig.clear()
            assert accel.probe()
            assert accel.quality == quality.FAILED  # only samples make it good again
            read(accel)
            assert read(accel) and accel.quality == quality.OK

    on_both(check)


def test_nak_in_the_middle_and_recovery_without_help():
    accel_errors = []

    def check(rig):
        accel = rig.make()
        assert read(accel)
        rig.fault("nak")
        for _ in range(5):
            assert read(accel) == 0
            assert accel.quality == quality.FAILED
        accel_errors.append(accel.errors)
        rig.clear()
        read(accel)
        read(accel)
        assert read(accel) and accel.quality == quality.OK
        assert accel.overruns == 0  # what the FIFO held from before was thrown away, not counted

    on_both(check)
    assert accel_errors == [5, 5]


def test_stuck_fifo_goes_stale_then_fails_and_recovers():
    def check(rig):
        accel = rig.make()
        assert read(accel)
        rig.fault("stuck_fifo")
        seen = []
        for _ in range(40):
            read(accel, 50)
            if not seen or seen[-1] != accel.quality:
                seen.append(accel.quality)
        assert seen in ([quality.OK, quality.STALE, quality.FAILED], [quality.STALE, quality.FAILED]), seen
        rig.clear()
        for _ in range(25):
            read(accel, 50)
        assert accel.quality == quality.OK

    on_both(check)


def test_brown_out_is_noticed_and_repaired():
    def check(rig):
        accel = rig.make()
        for _ in range(5):
            assert read(accel)
        rig.fault("lost_config")
        lost = 0
        while read(accel) == 0:
            lost += 1
            assert lost < 13
        assert accel.resets == 1 and accel.quality == quality.OK
        assert samples(1) == [(0, 0, 1000)]

    on_both(check)


def test_any_changed_register_is_noticed():
    rig = Rig(ADXL345, "adxl345", 0x53)
    for register, value in ((0x1E, 5), (0x20, 0x80), (0x2C, 0x0B), (0x2D, 0x00), (0x31, 0x08), (0x38, 0x40)):
        accel = rig.make()
        i2c().writeto_mem(0x53, register, bytes((value,)))
        for _ in range(15):
            read(accel)
        assert accel.resets == 1 and accel.quality == quality.OK, hex(register)
        assert samples(1) == [(0, 0, 1000)], hex(register)


def test_frozen_output_fails_and_heals():
    def check(rig):
        accel = rig.make((500, 0, 1000))
        assert read(accel)
        rig.fault("frozen")
        vport.control({"do": "accel", "mg": [-2400, 4800, 1000]})
        good = 0
        while accel.quality == quality.OK:
            good += read(accel)
            assert good < 1100
        assert accel.quality == quality.FAILED and good >= 980
        for _ in range(150):
            assert read(accel) == 0
            assert accel.quality == quality.FAILED
        rig.clear()
        for _ in range(5):
            read(accel)
        assert accel.quality == quality.OK

    on_both(check)


def test_lying_still_is_no_fault():
    rig = Rig(ADXL345, "adxl345", 0x53)
    accel = rig.make()
    for _ in range(300):
        n = read(accel)
        assert accel.quality == quality.OK
        assert samples(n) == [(0, 0, 1000)] * n  # the force is never seen
    assert accel.errors == 0 and accel.resets == 0


def test_held_sda_is_a_fault_that_recovery_ends():
    rig = Rig(ADXL345, "adxl345", 0x53)
    accel = rig.make()
    assert read(accel)
    vport.control({"do": "sda_hold", "bus": 0, "clocks": 5})
    assert read(accel) == 0 and accel.quality == quality.FAILED
    scl = machine.Pin(22, machine.Pin.OPEN_DRAIN, value=1)
    sda = machine.Pin(21, machine.Pin.OPEN_DRAIN, value=1)
    assert recover(scl, sda, time.sleep_us)
    i2c()
    read(accel, 10)
    read(accel)
    assert read(accel) and accel.quality == quality.OK


def test_a_dead_spi_bus_says_nothing_and_is_found():
    rig = Rig(ADXL345, "adxl345")
    for level in (0x00, 0xFF):
        rig.world()
        dead(level)
        assert rig.open().quality == quality.FAILED
        accel = rig.make()
        for _ in range(4):
            assert read(accel)
        dead(level)
        for _ in range(11):
            assert read(accel) == 0, level
        assert accel.quality == quality.FAILED and accel.resets == 0 and accel.overruns == 0
        dead(-1)
        read(accel)
        read(accel)
        assert read(accel) and accel.quality == quality.OK
        assert samples(1) == [(0, 0, 1000)]


def test_silence_without_reading():
    rig = Rig(ADXL345, "adxl345", 0x53)
    rig.world()
    accel = rig.open()
    assert accel.check(0) == quality.WARMING
    assert accel.check(299) == quality.WARMING
    assert accel.check(300) == quality.STALE
    assert accel.check(1000) == quality.FAILED
