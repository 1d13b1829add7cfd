"""The package and its environment: a wheel that works without the checkout, pins that are true, set-up that explains itself."""

import importlib.metadata
import json
import os
import re
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from packaging.requirements import Requirement

LOOK = """
import json, sys
sys.path.insert(0, sys.argv[1])
from davy import roots
import tag.events, ticks
print(json.dumps([str(roots.BASE), sorted(path.name for path in roots.BOARDS.iterdir() if path.is_dir())]))
"""

CHECKOUT = Path(__file__).resolve().parents[2]


def run(*command: str, cwd: Path = CHECKOUT, **environment: str) -> subprocess.CompletedProcess[str]:
    """A child process, its output captured."""
    inherited = {
        name: value for name, value in os.environ.items() if name not in ("PYTHONPATH", "MAKEFLAGS", "MAKELEVEL")
    }
    return subprocess.run(
        command, cwd=cwd, capture_output=True, text=True, timeout=120, check=False, env={**inherited, **environment}
    )


def normal(name: str) -> str:
    """A package's name as indexes compare it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def test_a_wheel_carries_the_devices_files(tmp_path: Path) -> None:
    options = ("--quiet", "--no-deps", "--no-build-isolation", "--no-index", "--wheel-dir", str(tmp_path))
    built = run(sys.executable, "-m", "pip", "wheel", *options, str(CHECKOUT))
    assert built.returncode == 0, built.stderr
    [wheel] = tmp_path.glob("davy-*.whl")
    site = tmp_path / "site"
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(site)
        assert not [name for name in archive.namelist() if "__pycache__" in name or name.startswith("tests")]
    answer = run(sys.executable, "-I", "-c", LOOK, str(site), cwd=tmp_path)
    assert answer.returncode == 0, answer.stderr
    boards = sorted(path.parent.name for path in CHECKOUT.glob("boards/*/board.json"))
    assert json.loads(answer.stdout) == [str(site / "davy" / "device"), boards]


def needed(name: str, extras: set[str], seen: dict[str, str]) -> dict[str, str]:
    """Version of everything that an installed package needs, and what that needs."""
    for text in importlib.metadata.requires(name) or []:
        requirement = Requirement(text)
        marker = requirement.marker
        if normal(requirement.name) in seen or (
            marker and not any(marker.evaluate({"extra": e}) for e in extras or {""})
        ):
            continue
        seen[normal(requirement.name)] = importlib.metadata.version(requirement.name)
        needed(requirement.name, requirement.extras, seen)
    return seen


def test_everything_that_is_needed_is_pinned() -> None:
    pins = dict(re.findall(r"^([\w.-]+)==(\S+)$", (CHECKOUT / "constraints.txt").read_text(), re.MULTILINE))
    wanted = {normal(name): version for name, version in pins.items()}
    found = needed("davy", {"", "dev"}, {})
    for tool in ("hatchling", "editables", "setuptools"):
        found |= {tool: importlib.metadata.version(tool)} | needed(tool, {""}, {})
    assert found == wanted


def test_make_explains_itself() -> None:
    said = run("make")
    assert said.returncode == 0
    for target in ("setup", "demo", "test", "test32", "lint", "bench", "deploy", "clean"):
        assert re.search(rf"^  {target} +\w", said.stdout, re.MULTILINE), target


def test_setup_that_is_done_does_nothing() -> None:
    if (CHECKOUT / ".venv" / ".ready").exists():
        said = run("make", "setup")
        assert said.stdout.splitlines() == ["ready: .venv/bin/davy --help"]


@pytest.mark.parametrize(
    ("python", "complaint"),
    [
        ("exit 1", "needs Python 3.11 or newer"),
        (
            'case "$*" in *version_info*) exit 0;; *venv*) echo "no ensurepip here"; exit 1;; esac; exit 1',
            "python3-venv",
        ),
    ],
)
def test_setup_says_what_is_missing(tmp_path: Path, python: str, complaint: str) -> None:
    for name in ("Makefile", "pyproject.toml", "constraints.txt"):
        shutil.copy(CHECKOUT / name, tmp_path / name)
    fake = tmp_path / "fakepython"
    fake.write_text(f"#!/bin/sh\n{python}\n")
    fake.chmod(0o755)
    said = run("make", "setup", f"PYTHON={fake}", cwd=tmp_path)
    assert said.returncode != 0
    assert complaint in [line for line in said.stderr.splitlines() if line.startswith("setup:")][-1]
    assert not (tmp_path / ".venv").exists()
