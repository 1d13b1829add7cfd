"""The bench on which an accelerometer's driver is checked: a chip on the virtual board, wired as a test file wants it."""

import time

from accel_rig import Rig, buf

import vport


class Bench(Rig):
    """`driver` of the chip named `chip`, at `address` of the I2C bus, or on the SPI bus without one.

    Each `world` begins with a new chip.
    """

    def __init__(self, chip, driver, self_test, address=None):
        self.chip = chip
        self.driver = driver
        self.self_test = self_test
        self.address = address

    def world(self, mg=(0, 0, 960)):
        """A new chip, just powered up, on a bus that works."""
        Rig.__init__(self, self.driver, self.chip, self.address)
        self.clear()
        self.put(mg)

    def put(self, mg):
        """The world's acceleration, which is the chip's."""
        vport.control({"do": "accel", "mg": list(mg)})

    def hold_sda(self, clocks):
        vport.control({"do": "sda_hold", "bus": 0, "clocks": clocks})

    def make(self, mg=(0, 0, 960), **options):
        """A driver whose chip has settled and whose FIFO is empty."""
        self.world(mg)
        accel = self.open(**options)
        time.sleep_ms((accel.DROP + 2) * 1000 // accel.odr_hz)
        assert accel.read_block(buf, time.ticks_ms()) == 0
        return accel
