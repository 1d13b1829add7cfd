"""A made walk of `davy survey` through the template's mine, and its picture: `python bench/survey_walk.py docs/survey.svg`.

A virtual tag on duty on its serial port; the world around it, beacons and a LoRaWAN gateway at the shaft bottom, moves with the
person who types. How strength falls with distance is invented: nothing here says what a mine does.
"""

import io
import math
import random
import sys
import tempfile
from pathlib import Path

sys.path += [str(Path(__file__).resolve().parents[1] / folder) for folder in ("host_tools", "tests", "tests/host")]

from davy.site import source
from davy.vtag.lora_station import LoRaStation
from host.calibration_rig import Rig
from host.cli_here import davy
from host.duty import on_duty
from host.lora_life import APP_KEY, BEGAN, TAG

ADVERTS = {
    "b1": "02011a1aff4c000215e2c56db5dffb48d2b060d0f5a71096e000010001c5",
    "b2": "0303aafe1516aafe00ee00010203040506070809000000000002",
}
STEPS = [(3, 17), (9, 16), (5, 6), (13, 4), (17, 11), (24, 10), (30, 8), (35, 12), (41, 9), (47, 11), (52, 8), (57, 11)]
GATEWAY = (10.0, 10.0)


class Walker(io.StringIO):
    """What is typed: each line moves the world before it is read."""

    def __init__(self) -> None:
        super().__init__()
        self.left = list(STEPS)
        self.at = STEPS[0]

    def readline(self, *_: object) -> str:
        """The next place; the walker is there."""
        if not self.left:
            return ""
        self.at = self.left.pop(0)
        return "{} {}\n".format(*self.at)


def main() -> None:
    """Walk, draw."""
    chance = random.Random(3)
    walker = Walker()
    mine = Path(source.__file__).with_name("template.toml")
    site = source.read(mine)
    places = {b.name: (b.x, b.y) for b in site.beacons if b.x is not None and b.y is not None}

    def far_m(point: tuple[float, float]) -> float:
        return max(1.0, math.dist(point, walker.at))

    def beacons(t_us: int) -> list[tuple[bytes, bytes, int]]:
        heard = []
        for name, place in places.items():
            dbm = -59 - 30 * math.log10(far_m(place)) + chance.gauss(0, 4)
            if dbm > -95:
                heard.append((bytes(6), bytes.fromhex(ADVERTS[name]), round(dbm)))
        return heard

    def loss_db(sender: str, receiver: str, t_us: int) -> float:
        return 60 + 25 * math.log10(far_m(GATEWAY)) + 0.9 * max(0.0, walker.at[0] - 20)

    with (
        tempfile.TemporaryDirectory(prefix="davy-") as folder,
        Rig(board="virtual-lora", place=1, lora_region="EU868", lora_app_key=APP_KEY, tag_id=TAG) as rig,
    ):
        rig.world.ether.loss_db = loss_db
        station = LoRaStation(rig.world.ether, "EU868", began=BEGAN)
        peer = station.add(bytes.fromhex(TAG), bytes(8), bytes.fromhex(APP_KEY))
        rig.board.ble.beacons = beacons
        on_duty(rig.port)
        if not rig.until(lambda: bool(peer.uplinks), 60):
            raise SystemExit("the tag does not join")
        sys.stdin = walker
        files = [f"{option}={Path(folder) / name}" for option, name in (("--out", "ble.csv"), ("--lora", "lora.csv"))]
        done = davy("survey", str(mine), "--port", rig.port, *files, "--svg", sys.argv[1], "--seconds", "3")
        rig.stop()
    print(done.stdout + done.stderr)


main()
