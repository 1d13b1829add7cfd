"""The virtual board's accelerometer as its driver's tests use it."""

import time
from array import array

import machine

import vport
from drivers.accelerometer import DEPTH
from drivers.lis3dh import LIS3DH

buf = array("h", [0] * (3 * DEPTH))


def world(mg=(0, 0, 960)):
    vport.control({"do": "clear", "chip": "lis3dh"})
    vport.control({"do": "sda_hold", "bus": 0, "clocks": 0})
    vport.control({"do": "accel", "mg": list(mg)})


def bus():
    return machine.I2C(0, scl=machine.Pin(22), sda=machine.Pin(21), freq=400000)


def fault(name, value=1.0):
    vport.control({"do": "fault", "chip": "lis3dh", "name": name, "value": value})


def clear():
    vport.control({"do": "clear", "chip": "lis3dh"})


def make(mg=(0, 0, 960), settled=True, **options):
    """A driver whose chip has settled and whose FIFO is empty."""
    world(mg)
    accel = LIS3DH(bus(), 0x19, **options)
    if settled:
        time.sleep_ms(100)
        assert accel.read_block(buf, time.ticks_ms()) == 0
    return accel


def read(accel, ms=100):
    """Samples after a wait."""
    time.sleep_ms(ms)
    return accel.read_block(buf, time.ticks_ms())


def samples(n):
    return [tuple(buf[3 * i : 3 * i + 3]) for i in range(n)]
