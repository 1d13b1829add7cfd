"""A LoRa chip model at the end of its wires, with clock, air and pins in the test's hand."""

from typing import Any

from davy.vtag.chips import CHIPS
from davy.vtag.ether import Ether
from davy.vtag.world import World

MS = 1000


class LoraWires:
    """The chip named `name`, just powered up, 10 ms ago."""

    def __init__(self, name: str, ether: Ether | None = None, station: str = "radio", **part: Any) -> None:
        self.world = World()
        if ether is not None:
            self.world.ether = ether
        self.ether = self.world.ether
        pins = {"dio0": 26, "dio1": 33} if name == "sx1276" else {"dio1": 14, "busy": 13}
        self.chip: Any = CHIPS[name]({"chip": name, **pins, **part}, self.world)
        self.chip.modem.station = station
        self.t_us = 10 * MS

    def wait(self, ms: float) -> None:
        self.t_us += int(ms * MS)

    def level(self, key: str) -> int:
        return self.chip.level(key, self.t_us)

    def raw(self, *values: int) -> bytes:
        """A transfer as it is, whatever BUSY says; the answer."""
        self.chip.select(True, self.t_us)
        answer = self.chip.exchange(bytes(values), self.t_us)
        self.chip.select(False, self.t_us)
        return answer

    def busy_us(self) -> int:
        """How long BUSY stays high from now on, in steps of 10 us; a second at the most."""
        for us in range(0, 1_000_000, 10):
            if not self.chip.level("busy", self.t_us + us):
                return us
        return 1_000_000

    def send(self, *values: int) -> bytes:
        """A command as soon as the chip takes one."""
        self.t_us += self.busy_us()
        return self.raw(*values)

    # -- registers of an SX127x

    def write(self, register: int, *values: int) -> None:
        self.raw(0x80 | register, *values)

    def read(self, register: int, n: int = 1) -> bytes:
        return self.raw(register, *bytes(n))[1:]
