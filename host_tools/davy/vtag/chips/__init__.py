"""Register-level models of the chips a board can carry, by the name that board.json gives them."""

from collections.abc import Iterable
from typing import Any, Protocol

from davy.vtag.chips.adxl345 import Adxl345
from davy.vtag.chips.base import Chip
from davy.vtag.chips.bme280 import Bme280
from davy.vtag.chips.bmp390 import Bmp390
from davy.vtag.chips.dfrobot_gas import DfrobotGas
from davy.vtag.chips.lis3dh import Lis3dh
from davy.vtag.chips.lmp91000 import Lmp91000
from davy.vtag.chips.lsm6dso import Lsm6dso
from davy.vtag.chips.max30102 import Max30102
from davy.vtag.chips.mpu6050 import Mpu6050
from davy.vtag.chips.mpu6500 import Mpu6500
from davy.vtag.chips.scd41 import Scd41
from davy.vtag.chips.sx126x import Sx126x
from davy.vtag.chips.sx127x import Sx127x
from davy.vtag.chips.winsen_ndir import WinsenNdir
from davy.vtag.world import World


class Model(Protocol):
    """How a chip model is made: from its entry in board.json and the world around it."""

    def __call__(self, part: dict[str, Any], world: World) -> Chip:
        """A chip just powered up."""
        ...


CHIPS: dict[str, Model] = {
    "adxl345": Adxl345,
    "bme280": Bme280,
    "bmp390": Bmp390,
    "dfrobot-gas": DfrobotGas,
    "lis3dh": Lis3dh,
    "lmp91000": Lmp91000,
    "lsm6dso": Lsm6dso,
    "max30102": Max30102,
    "mpu6050": Mpu6050,
    "mpu6500": Mpu6500,
    "scd41": Scd41,
    "sx1261": Sx126x,
    "sx1262": Sx126x,
    "sx1276": Sx127x,
    "winsen-ndir": WinsenNdir,
}


def named(parts: Iterable[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """The parts of a board that have a model, by the name that faults call them: the first of a kind by its chip's name, each
    further one by "chip:gas", or "chip:2" and so on where it measures none or another one measures the same."""
    names: dict[str, dict[str, Any]] = {}
    for part in parts:
        name = chip = part["chip"]
        if chip not in CHIPS:
            continue
        count = sum(other["chip"] == chip for other in names.values())
        if count:
            name = f"{chip}:{part.get('gas', count + 1)}"
        names[f"{chip}:{count + 1}" if name in names else name] = part
    return names
