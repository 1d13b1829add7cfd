"""What both families of LoRa chips have in common: the modem on the air, the pins to the tag, faults, and complaints.

A complaint is something that a datasheet forbids, or a known limitation that was not worked around, and that a test could not see
otherwise. Tests want `complaints` to stay empty.
"""

from typing import TYPE_CHECKING, Any

from davy.vtag.chips.base import Faults
from davy.vtag.chips.lora_modem import LoraModem
from davy.vtag.world import World

if TYPE_CHECKING:
    from davy.vtag.board import Board

# absent: nobody on the bus; no_irq: the interrupt pins never rise; endless_tx: a transmission never says that it is over;
# corrupt: frames arrive with a wrong CRC; lost_config: a brown-out, over at once
KNOWN = ("absent", "no_irq", "endless_tx", "corrupt", "lost_config")


class LoraChip:
    """A chip of either family; `outputs` are its pins by their key in board.json."""

    modes: tuple[int, ...] = (0,)

    def __init__(self, part: dict[str, Any], world: World, *faults: str) -> None:
        self.faults = Faults(*KNOWN, *faults)
        self.ether = world.ether
        self.part = part
        self.modem = LoraModem(world.ether, "radio")
        self.complaints: list[str] = []
        self._board: Board | None = None
        self._before: dict[str, int] = {}

    def outputs(self) -> tuple[str, ...]:
        """Keys of the pins that it drives."""
        raise NotImplementedError

    def level(self, key: str, t_us: int) -> int:
        """Level of such a pin."""
        raise NotImplementedError

    def hold(self, level: int, t_us: int) -> None:
        """The reset line moves."""
        raise NotImplementedError

    def reset(self, t_us: int) -> None:
        """Power has just come up."""
        raise NotImplementedError

    def select(self, on: bool, t_us: int) -> None:
        """The select pin falls or rises."""
        raise NotImplementedError

    def exchange(self, data: bytes, t_us: int) -> bytes:
        """Bytes while it is selected, and as many back."""
        raise NotImplementedError

    def complain(self, text: str) -> None:
        """Note what should not have been done."""
        self.complaints.append(text)

    def wire(self, board: "Board", part: dict[str, Any], name: str) -> None:
        """Solder its own pins on a board: the first radio of a tag bears its name on the air."""
        others = {
            chip.modem.station for chip in board.chips.values() if isinstance(chip, LoraChip) and chip is not self
        }
        self.modem.station = board.name if board.name not in others else f"{board.name}/{name}"
        self._board = board
        board.pins.watchers[part["reset"]] = lambda level: self.hold(level, board.t_us)
        for key in self.outputs():
            board.pins.inputs[part[key]] = lambda t_us, key=key: self._sense(key, t_us)
        radios = self.ether.radios
        radios[:] = [one for one in radios if not isinstance(one, LoraChip) or one.modem.station != self.modem.station]
        radios.append(self)

    def _sense(self, key: str, t_us: int) -> int:
        self._before[key] = self.level(key, t_us)
        return self._before[key]

    def settle(self, t_us: int) -> None:
        """World time has come to `t_us`: an edge that the tag waits for ends its sleep."""
        for key in self.outputs():
            before = self._before.get(key)
            if self._sense(key, t_us) and not before and self._board and self._board.pins.watched(self.part[key]):
                self._board.wake(t_us)
