"""Register-level models of the chips a board can carry, by the name that board.json gives them."""

from typing import Any, Protocol

from davy.vtag.chips.base import Chip
from davy.vtag.chips.lis3dh import Lis3dh
from davy.vtag.chips.winsen_ndir import WinsenNdir
from davy.vtag.world import World


class Model(Protocol):
    """How a chip model is made: from its entry in board.json and the world around it."""

    def __call__(self, part: dict[str, Any], world: World) -> Chip:
        """A chip just powered up."""
        ...


CHIPS: dict[str, Model] = {"lis3dh": Lis3dh, "winsen-ndir": WinsenNdir}
