"""What the models of Bosch's air sensors share: registers, forced conversions, their faults, and the way back from the world.

A chip gives raw counts, from which the driver computes temperature, pressure and humidity with the chip's own calibration.
The model goes the other way: it looks for the count by bisection on the datasheet's formula in floating point.

On I2C a read goes on from register to register; a write takes pairs of register and value (BME280 datasheet 6.2.1).
"""

import random
from collections.abc import Callable
from typing import Any, ClassVar

from davy.vtag.chips.base import Faults, Nak
from davy.vtag.world import World

KNOWN = (
    "nak",
    "wrong_id",
    "lost_config",  # a brown-out that is over at once
    "busy",  # no conversion ever ends
    "frozen",  # each gives the result of the one before
    "blank_00",  # the calibration memory reads so
    "blank_ff",
    "out_of_range",  # pressure as if in a tank: 1800 hPa
)


def count_for(value: float, formula: Callable[[int], float], most: int) -> int:
    """The count from 0 to `most` whose `formula` is nearest to `value`; the formula rises or falls all the way."""
    rises = formula(most) > formula(0)
    low, high = 0, most
    while high - low > 1:
        middle = (low + high) // 2
        if (formula(middle) < value) == rises:
            low = middle
        else:
            high = middle
    return min(low, high, key=lambda count: abs(formula(count) - value))


class AirChip:
    """One chip. `part`: "address". A class of it says where things are and what the counts mean."""

    ADDRESS = 0
    ID, ID_VALUE = 0, 0
    CALIBRATION: ClassVar[dict[int, bytes]] = {}  # first register -> bytes
    CONVERSION_US = 0

    def __init__(self, part: dict[str, Any], world: World) -> None:
        self.address: int = part.get("address", self.ADDRESS)
        self.faults = Faults(*KNOWN)
        self.world = world
        self.random = random.Random(part["chip"])
        self.registers = bytearray(256)
        self.reset(0)

    def reset(self, t_us: int) -> None:
        """Power has just come up: registers at their defaults, asleep."""
        self.registers[:] = bytes(256)
        self.registers[self.ID] = self.ID_VALUE
        for first, data in self.CALIBRATION.items():
            self.registers[first : first + len(data)] = data
        self._pointer = 0
        self._done_us = -1  # end of the conversion that runs
        self.defaults()

    def write(self, data: bytes, t_us: int) -> None:
        """A write transfer: a register alone, or pairs of register and value."""
        self._access(t_us)
        if len(data) == 1:
            self._pointer = data[0]
        for register, value in zip(data[0::2], data[1::2], strict=False):
            self.set(register, value, t_us)

    def read(self, n: int, t_us: int) -> bytes:
        """A read transfer, from the register written before on."""
        self._access(t_us)
        answer = bytearray()
        for _ in range(n):
            answer.append(self._get(self._pointer))
            self._pointer = (self._pointer + 1) & 0xFF
        return bytes(answer)

    def convert(self, t_us: int) -> None:
        """A conversion begins."""
        self._done_us = t_us + self.CONVERSION_US

    @property
    def converting(self) -> bool:
        """Whether one runs."""
        return self._done_us >= 0

    def air(self, t_us: int) -> tuple[float, float, float]:
        """Degrees Celsius, Pa and % that the chip feels."""
        temp_c, press_hpa, humid_pct = self.world.air(t_us)
        return temp_c, 180_000.0 if "out_of_range" in self.faults else press_hpa * 100.0, humid_pct

    def _access(self, t_us: int) -> None:
        if "nak" in self.faults:
            raise Nak
        if "lost_config" in self.faults:
            self.faults.clear("lost_config")
            self.reset(t_us)
        if 0 <= self._done_us <= t_us and "busy" not in self.faults:
            if "frozen" not in self.faults:
                self.measure(self._done_us)
            self._done_us = -1
            self.done()

    def _get(self, register: int) -> int:
        if register == self.ID and "wrong_id" in self.faults:
            return self.ID_VALUE ^ 0x08
        for first, data in self.CALIBRATION.items():
            if first <= register < first + len(data):
                if "blank_00" in self.faults:
                    return 0x00
                if "blank_ff" in self.faults:
                    return 0xFF
        return self.get(register)

    # -- the chip's own

    def defaults(self) -> None:
        """Registers that are not 0 after power-up."""

    def set(self, register: int, value: int, t_us: int) -> None:
        """One register is written."""
        raise NotImplementedError

    def get(self, register: int) -> int:
        """One register is read."""
        return self.registers[register]

    def measure(self, t_us: int) -> None:
        """Put the result of a conversion into the registers."""
        raise NotImplementedError

    def done(self) -> None:
        """A conversion has ended: asleep again."""
        raise NotImplementedError
