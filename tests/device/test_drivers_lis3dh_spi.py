"""The LIS3DH driver on SPI: the same readings and repairs as on I2C, and a bus that dies without a word."""

import time

import machine
from accel_rig import Rig, buf, dead, read, samples, select, spi

import micropython
import quality
import vport
from drivers.accelerometer import DEPTH
from drivers.lis3dh import LIS3DH
from drivers.lis3dh_selftest import self_test
from drivers.registers_spi import SpiRegisters

rig = Rig(LIS3DH, "lis3dh")


def test_registers():
    rig.world()
    pin = select()
    registers = SpiRegisters(spi(), pin, 0x40)
    assert pin.value() == 1
    assert registers.get(0x0F) == 0x33
    registers.write(0x20, b"\x57\x00\x04")
    assert registers.get(0x20) == 0x57 and registers.get(0x22) == 0x04
    registers.set(0x22, 0x1AB)
    three = bytearray(3)
    registers.read(0x20, three)
    assert three == b"\x57\x00\xab"
    assert registers.same(0x20, b"\x57\x00\xab", three) and not registers.same(0x20, b"\x57\x00\xaa", three)
    assert SpiRegisters(spi(), pin).get(0x20) == 0x57
    SpiRegisters(spi(), pin).read(0x20, three)  # the bit that increments is the chip's own
    assert three == b"\x57\x57\x57"
    assert pin.value() == 1


def test_the_select_pin_is_released_when_the_bus_fails():
    class Broken:
        def write(self, buf):
            raise OSError(5)

    pin = select()
    try:
        SpiRegisters(Broken(), pin).get(0x0F)
        raise AssertionError("no fault")
    except OSError:
        pass
    assert pin.value() == 1


def test_readings_scale_and_axes():
    accel = rig.make((480, -960, 1440), axes=("y", "-x", "z"))
    assert accel.quality == quality.WARMING and accel.errors == 0
    n = read(accel)
    assert n in (9, 10, 11) and accel.quality == quality.OK
    assert samples(n) == [(-960, -480, 1440)] * n
    assert read(accel, 600) == DEPTH and accel.overruns == 1
    total = 0
    begin = time.ticks_ms()
    for i in range(30):
        total += read(accel, 20 + i % 7 * 30)
    assert abs(total - time.ticks_diff(time.ticks_ms(), begin) // 10) <= 1
    assert accel.errors == 0 and accel.resets == 0


def test_self_test():
    accel = rig.make((96, -192, 960))
    assert self_test(accel, time.sleep_ms)
    rig.fault("frozen")
    assert not self_test(accel, time.sleep_ms)


def test_a_bus_that_is_dead_from_the_start():
    for level in (0x00, 0xFF):
        rig.world()
        dead(level)
        accel = rig.open()
        assert accel.quality == quality.FAILED and accel.errors == 1
        assert read(accel) == 0 and accel.quality == quality.FAILED
        dead(-1)
        read(accel)
        read(accel)
        assert read(accel) and accel.quality == quality.OK


def test_a_bus_that_dies_while_it_works():
    for level in (0x00, 0xFF):
        accel = rig.make()
        for _ in range(4):
            assert read(accel)
        dead(level)
        seen = []
        for _ in range(11):
            assert read(accel) == 0, level  # not one sample of what a dead wire says
            seen.append(accel.quality)
        # 0xFF is a status that cannot be; 0x00 is an empty FIFO, until the audit looks.
        assert seen[0] == (quality.FAILED if level else quality.OK)
        assert seen[3] == (quality.FAILED if level else quality.STALE)
        assert seen[-1] == quality.FAILED
        assert accel.resets == 0 and accel.overruns == 0
        dead(-1)
        read(accel)
        read(accel)
        assert read(accel) and accel.quality == quality.OK
        assert samples(1) == [(0, 0, 960)]


def test_a_chip_that_does_not_answer_or_is_another():
    for name in ("nak", "wrong_id"):
        rig.world()
        rig.fault(name)
        accel = rig.open()
        assert accel.quality == quality.FAILED and read(accel) == 0
        rig.clear()
        for _ in range(3):
            read(accel)
        assert accel.quality == quality.OK


def test_another_clock_mode_finds_nobody():
    rig.world()
    assert LIS3DH(spi(0), select()).quality == quality.FAILED
    assert LIS3DH(spi(3), select()).quality == quality.WARMING


def test_lost_configuration_is_noticed_and_repaired():
    accel = rig.make()
    for _ in range(5):
        assert read(accel)
    rig.fault("lost_config")
    lost = 0
    while read(accel) == 0:
        lost += 1
        assert lost < 13
    assert accel.resets == 1 and accel.quality == quality.OK
    assert samples(1) == [(0, 0, 960)]


def test_reading_allocates_nothing():
    accel = rig.make((480, 0, 960))
    total = 0
    for i in range(25):
        vport.control({"do": "accel", "mg": [i * 48, 480, 960]})
        time.sleep_ms(500 if i == 5 else 100)
        t_ms = time.ticks_ms()
        micropython.heap_lock()
        try:
            n = accel.read_block(buf, t_ms)
        finally:
            micropython.heap_unlock()
        total += n
    assert total > 250 and accel.errors == 0 and accel.quality == quality.OK


def test_the_virtual_bus_in_every_call():
    rig.world()
    pin = select()
    bus = spi()
    answer = bytearray(3)
    pin(0)
    bus.write_readinto(b"\x8f\x00\x00", answer)
    pin(1)
    assert answer == b"\xff\x33\x33"
    assert bus.read(2) == b"\xff\xff"  # nobody is selected
    soft = machine.SoftSPI(polarity=1, phase=1, sck=machine.Pin(18), mosi=machine.Pin(23), miso=machine.Pin(19))
    pin(0)
    soft.write(b"\x8f")
    soft.readinto(answer, 0x55)
    pin(1)
    assert answer == b"\x33\x33\x33"
    elsewhere = machine.SPI(2, sck=machine.Pin(1), mosi=machine.Pin(2), miso=machine.Pin(3))
    assert elsewhere.read(1) == b"\xff"
