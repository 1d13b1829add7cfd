"""Virtual tags of any board for the self-test over their serial ports, two of them on one bench, and what their journals hold."""

from pathlib import Path
from typing import Any

from calibration_rig import Rig

from davy.vtag import flashimage
from davy.vtag.assembly import make_tag
from davy.vtag.bench import Bench
from davy.vtag.tag import VirtualTag
from davy.vtag.world import World
from journal.log import Journal
from tag import events
from tag.reporting.records import decode

SPEED = 10.0


class BenchTag(Rig):
    """A tag of that board; `real`: in real time; with `twin` a second one on the same air."""

    def __init__(self, board: str = "virtual", twin: bool = False, real: bool = False, **settings: object) -> None:
        super().__init__(SPEED)
        self.bench.close()
        self._real = real or twin
        self.bench = (
            Bench(real=True) if self._real else Bench(speed=SPEED)
        )  # two that wait at their prompts need real time
        self.printed = bytearray()
        self.tag = make_tag(self.bench, board=board, config={"wifi_ssid": "davy", **settings})
        self.tag.console.on_output = self.printed.extend
        self.world = self.tag.board.world
        self.twin: VirtualTag | None = None
        if twin:
            world = World()
            world.ether = self.world.ether
            self.twin = make_tag(self.bench, name="twin", board=board, config=settings, world=world)

    def __enter__(self) -> "BenchTag":
        if self.twin:
            self.twin.power_on(self.bench.now_us)
        super().__enter__()
        return self

    def _paced(self) -> bool:
        return self._stop.is_set() if self._real else super()._paced()


def records(rig: Rig, folder: Path) -> list[tuple[Any, ...]]:
    """Every SELFTEST record in the tag's journal."""
    folder.mkdir(exist_ok=True)
    for path, data in flashimage.read(bytes(rig.board.flash.data)).items():
        if path.startswith("records/"):
            (folder / path.removeprefix("records/")).write_bytes(data)
    journal = Journal(str(folder))
    journal.open()
    found = [decode(data) for _, data in journal.read(1)]
    return [values for kind, _, _, _, values in found if kind == events.SELFTEST]
