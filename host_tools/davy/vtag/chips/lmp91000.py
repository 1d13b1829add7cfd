"""Texas Instruments LMP91000 potentiostat and the electrochemical cell behind it: registers, and the voltage that comes out.

Modelled: STATUS, LOCK, TIACN, REFCN, MODECN with the lock; MENB, so that several chips share address 0x48 (reads are wired
AND); VOUT in the amperometric mode with internal zero, transimpedance and rails, 0 V in every other mode; the current that charges
the cell after a step of the bias; the noise of the amplifier, which only a cell's low impedance lets through. Reserved bits read 1.
Not modelled: the temperature sensor, the ground-referred mode, the external resistor, settling of the cell after power-on, T90.

The cell is a name in boards/cells.json; its current comes from World.gas by the sensitivity there, over temperature (World.air)
on a line between its points, and over pressure where the cell answers to partial pressure.

Sources: LMP91000 datasheet SNAS506I (registers, "Sensor Test Procedure": a step of some 10 mV, over in about 100 ms), SNOA922
1.1.1 (sign of the current). The noise and the cell's own 30 ohm and 1 mF are general, unconfirmed.
"""

import functools
import math
import operator
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from davy import cells
from davy.vtag.chips.ads1115 import REFERENCE_V, Ads1115
from davy.vtag.chips.base import Faults, Nak
from davy.vtag.world import World

if TYPE_CHECKING:
    from davy.vtag.board import Board

ADDRESS = 0x48
STATUS, LOCK, TIACN, REFCN, MODECN = 0x00, 0x01, 0x10, 0x11, 0x12
RESET_VALUES = {STATUS: 0x01, LOCK: 0x01, TIACN: 0x03, REFCN: 0x20, MODECN: 0x00}
RESERVED = {STATUS: 0xFE, LOCK: 0xFE, TIACN: 0xE0, REFCN: 0x00, MODECN: 0x78}
AMPEROMETRIC = 3
GAINS_OHM = (math.inf, 2750, 3500, 7000, 14000, 35000, 120000, 350000)
LOADS_OHM = (10, 33, 50, 100)
ZEROS = (0.20, 0.50, 0.67, 0.0)
BIASES = (0.0, 0.01, 0.02, 0.04, 0.06, 0.08, 0.10, 0.12, 0.14, 0.16, 0.18, 0.20, 0.22, 0.24, 0.24, 0.24)
RAILS_V = (0.01, 3.25)
CELL_OHM, CELL_F = 30.0, 1e-3
NOISE_VPP = 3.4e-6  # between RE and WE, 0.1 to 10 Hz
NOISE_US = 100_000
FAULTS = ("nak", "wrong_chip", "forgets", "select_stuck", "open", "quiet", "drift", "weak", "high", "low")


class Lmp91000:
    """One potentiostat with its cell. `part`: "cell", "enable"."""

    address = ADDRESS

    def __init__(self, part: dict[str, Any], world: World) -> None:
        self.faults = Faults(*FAULTS)
        self.cell = cells.load()[part["cell"]]
        self.selected: Callable[[], bool] = lambda: True  # the level of MENB, once it is soldered on
        self.reference_v: Callable[[int], float] = lambda t_us: REFERENCE_V
        self._world = world
        self._noise = sum(part["cell"].encode()) + 7919 * int(part.get("enable", 0))
        self.reset(0)

    def reset(self, t_us: int) -> None:
        """Power has just come up: locked, in deep sleep."""
        self._registers = dict(RESET_VALUES)
        self._pointer = 0
        self._steps: list[tuple[int, float]] = []  # when the bias was moved, by how many volts

    def listens(self) -> bool:
        """Whether the chip takes part in the transfer."""
        return "nak" not in self.faults and (self.selected() or "select_stuck" in self.faults)

    def write(self, data: bytes, t_us: int) -> None:
        """A write transfer: the register, and at most one value for it."""
        if data:
            self._pointer = data[0]
        if len(data) > 1 and self._pointer in (LOCK, TIACN, REFCN, MODECN):
            if self._pointer in (TIACN, REFCN) and self._registers[LOCK] & 1:
                return
            before_v = self._bias_v(t_us)
            self._registers[self._pointer] = data[1] & ~RESERVED[self._pointer]
            if self._bias_v(t_us) != before_v:
                self._steps = [*self._steps[-7:], (t_us, self._bias_v(t_us) - before_v)]
        if "forgets" in self.faults:
            self._registers = dict(RESET_VALUES)

    def read(self, n: int, t_us: int) -> bytes:
        """A read transfer; the register does not move on."""
        if "forgets" in self.faults:
            self._registers = dict(RESET_VALUES)
        if "wrong_chip" in self.faults:
            return b"\x7f" * n
        value = self._registers.get(self._pointer, 0) | RESERVED.get(self._pointer, 0xFF)
        return bytes((value,)) * n

    # -- analogue

    def vout(self, t_us: int) -> float:
        """Volts at VOUT; right for a time not before the last write but one to REFCN."""
        if "forgets" in self.faults:
            self._registers = dict(RESET_VALUES)
        if self._registers[MODECN] & 7 != AMPEROMETRIC:
            return 0.0
        if "high" in self.faults or "low" in self.faults:
            return RAILS_V["high" in self.faults]
        ohm = GAINS_OHM[self._registers[TIACN] >> 2 & 7]
        zero_v = ZEROS[self._registers[REFCN] >> 5 & 3] * self.reference_v(t_us)
        amperes = 0.0
        if "open" not in self.faults:
            load_ohm = LOADS_OHM[self._registers[TIACN] & 3] + CELL_OHM
            amperes = self.current_na(t_us) * 1e-9
            if "quiet" not in self.faults:
                amperes += NOISE_VPP / load_ohm * self._random(t_us)
            for at_us, volts in self._steps:
                if t_us >= at_us:
                    amperes += volts / load_ohm * math.exp(-(t_us - at_us) * 1e-6 / (load_ohm * CELL_F))
        return max(RAILS_V[0], min(RAILS_V[1], zero_v + amperes * ohm))

    def current_na(self, t_us: int) -> float:
        """What flows out of WE: positive for a gas that is oxidised."""
        celsius, hpa, _ = self._world.air(t_us)
        amount = self._world.gas(self.cell.gas, t_us) + self.faults.value("drift")
        if self.cell.partial_pressure:
            amount *= hpa / 1013.25
        if "weak" in self.faults:
            amount *= self.faults.value("weak")
        return self.cell.zero_na + self.cell.sensitivity_na * self.cell.span(celsius) * amount

    def _bias_v(self, t_us: int) -> float:
        refcn = self._registers[REFCN]
        return BIASES[refcn & 15] * (1 if refcn & 16 else -1) * self.reference_v(t_us)

    def _random(self, t_us: int) -> float:
        """-0.5 to 0.5, always the same at the same time."""
        x = (t_us // NOISE_US + self._noise * 65537) * 2654435761 & 0xFFFFFFFF
        x = (x ^ x >> 15) * 2246822519 & 0xFFFFFFFF
        return (x ^ x >> 13) / 0xFFFFFFFF - 0.5


class SharedAddress:
    """All the potentiostats of a bus at their one address: those that listen hear a write, and pull a read down together."""

    def __init__(self) -> None:
        self.faults = Faults()
        self.address = ADDRESS
        self.models: list[Lmp91000] = []

    def reset(self, t_us: int) -> None:
        """Each has its own."""

    def write(self, data: bytes, t_us: int) -> None:
        """To all that listen."""
        listening = [model for model in self.models if model.listens()]
        if not listening:
            raise Nak
        for model in listening:
            model.write(data, t_us)

    def read(self, n: int, t_us: int) -> bytes:
        """From all that listen: a 0 wins."""
        answers = [model.read(n, t_us) for model in self.models if model.listens()]
        if not answers:
            raise Nak
        return bytes(functools.reduce(operator.and_, bits) for bits in zip(*answers, strict=True))


def solder(board: "Board", part: dict[str, Any], model: Lmp91000) -> None:
    """Wire a potentiostat to its bus, its select pin (which has a pull-up), its converter and the reference there."""
    bus = board.i2c[part["i2c"]]
    shared = bus.chips.get(ADDRESS)
    if not isinstance(shared, SharedAddress):
        shared = bus.chips[ADDRESS] = SharedAddress()
    pin = part["enable"]
    model.selected = lambda: board.pins.read(pin, board.t_us) == 0
    shared.models.append(model)
    adc = bus.chips.get(part["adc"])
    if not isinstance(adc, Ads1115):
        adc = bus.chips[part["adc"]] = Ads1115({"address": part["adc"]}, board.world)
        board.chips["ads1115" if "ads1115" not in board.chips else f"ads1115:{part['adc']}"] = adc
    adc.inputs[part["channel"]] = model.vout
    adc.inputs[part["reference"]] = adc.reference_v
    model.reference_v = adc.reference_v
