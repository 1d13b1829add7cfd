"""Register-level models of the chips a board can carry, by the name that board.json gives them."""

from typing import Any, Protocol

from davy.vtag.chips.adxl345 import Adxl345
from davy.vtag.chips.base import Chip
from davy.vtag.chips.lis3dh import Lis3dh
from davy.vtag.chips.lsm6dso import Lsm6dso
from davy.vtag.chips.mpu6050 import Mpu6050
from davy.vtag.chips.mpu6500 import Mpu6500
from davy.vtag.chips.winsen_ndir import WinsenNdir
from davy.vtag.world import World


class Model(Protocol):
    """How a chip model is made: from its entry in board.json and the world around it."""

    def __call__(self, part: dict[str, Any], world: World) -> Chip:
        """A chip just powered up."""
        ...


CHIPS: dict[str, Model] = {
    "adxl345": Adxl345,
    "lis3dh": Lis3dh,
    "lsm6dso": Lsm6dso,
    "mpu6050": Mpu6050,
    "mpu6500": Mpu6500,
    "winsen-ndir": WinsenNdir,
}
