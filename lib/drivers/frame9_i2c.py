"""Frames of nine bytes (frame9.py) on an I2C bus: a module takes a request at register 0 and holds its answer there.

The answer stands there until the next one is ready, so the same command asked twice cannot tell a new answer from the old.
After 3 bus faults in a row `free` is called before the next try: somebody may hold SDA.
Source: github.com/DFRobot/DFRobot_MultiGasSensor, DFRobot_GAS_I2C::writeData and readData.
"""

from drivers import tally
from drivers.frame9 import SIZE, checksum
from micropython import const

_FAULTS = const(3)


class I2cFrames:
    """A module at `address` of an open bus; used like frame9.SerialFrames."""

    def __init__(self, i2c, address: int, free=None) -> None:
        self._i2c = i2c
        self._address = address
        self._free = free
        self._faults = 0  # in a row
        self._command = 0
        self.frame = bytearray(SIZE)
        self.heard = False
        self.errors = 0

    def miss(self) -> None:
        """Count a fault."""
        self.errors = tally.more(self.errors)

    def ask(self, request: bytes) -> None:
        """Send a request."""
        self._command = request[2]
        self.heard = False
        if self._faults >= _FAULTS and self._free:
            self._faults = 0
            self._free()
        self._faults += 1  # unless it works
        self._i2c.writeto_mem(self._address, 0, request)
        self._faults = 0
        self.heard = True  # it acknowledged

    def answered(self) -> bool:
        """True when the module holds the answer, whole and right."""
        frame = self.frame
        self._i2c.readfrom_mem_into(self._address, 0, frame)
        return frame[0] == 0xFF and frame[1] == self._command and frame[8] == checksum(frame)
