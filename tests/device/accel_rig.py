"""An accelerometer on the virtual board, on either bus, as the tests of its driver use it."""

import time
from array import array

import machine

import vport
from drivers.accelerometer import DEPTH

BUSES = {"spi": [{"id": 1, "sck": 18, "mosi": 23, "miso": 19, "freq_hz": 1000000}]}
SELECT = 5
buf = array("h", [0] * (3 * DEPTH))


def i2c():
    return machine.I2C(0, scl=machine.Pin(22), sda=machine.Pin(21), freq=400000)


def spi(mode=3):
    pins = {"sck": machine.Pin(18), "mosi": machine.Pin(23), "miso": machine.Pin(19)}
    return machine.SPI(1, baudrate=1000000, polarity=mode >> 1, phase=mode & 1, **pins)


def select():
    return machine.Pin(SELECT, machine.Pin.OUT, value=1)


def read(accel, ms=100):
    """Samples after a wait."""
    time.sleep_ms(ms)
    return accel.read_block(buf, time.ticks_ms())


def samples(n):
    return [tuple(buf[3 * i : 3 * i + 3]) for i in range(n)]


def dead(level):
    """The wires of the SPI bus are broken: all reads so; -1 mends them."""
    vport.control({"do": "spi_dead", "bus": 1, "level": level})


class Rig:
    """A chip just soldered on at an I2C `address`, or on SPI without one."""

    def __init__(self, driver, chip, address=None, axes=("x", "y", "z")):
        self.driver = driver
        self.chip = chip
        self.address = address
        part = {"role": "accel", "chip": chip, "axes": list(axes)}
        part.update({"spi": 1, "cs": SELECT} if address is None else {"i2c": 0, "address": address})
        vport.control({"do": "fit", "buses": BUSES if address is None else {}, "parts": [part]})

    def world(self, mg=(0, 0, 1000)):
        self.clear()
        vport.control({"do": "accel", "mg": list(mg)})

    def fault(self, name, value=1.0):
        vport.control({"do": "fault", "chip": self.chip, "name": name, "value": value})

    def clear(self):
        vport.control({"do": "clear", "chip": self.chip})
        vport.control({"do": "sda_hold", "bus": 0, "clocks": 0})
        if self.address is None:
            dead(-1)

    def open(self, **options):
        """A driver as the tag opens it."""
        if self.address is None:
            return self.driver(spi(), select(), **options)
        return self.driver(i2c(), self.address, **options)

    def make(self, mg=(0, 0, 1000), **options):
        """A driver whose chip has settled and whose FIFO is empty."""
        self.world(mg)
        accel = self.open(**options)
        time.sleep_ms(100)
        assert accel.read_block(buf, time.ticks_ms()) == 0
        return accel
