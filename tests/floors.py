"""Holds the floors of the house: import-linter over firmware/, lib/ and davy, with the contracts of floors.toml.

    python tests/floors.py [CHECKOUT]

import-linter knows packages only; the single modules (`ticks.py`, `main.py`) are shown to it as packages of one file, through
links in a temporary folder. A room of the house that no contract names is an error here, so that none can be forgotten.
"""

import os
import sys
import tempfile
import tomllib
from collections.abc import Iterator
from pathlib import Path

from importlinter.cli import lint_imports

CONTRACTS = "tests/floors.toml"


def roots(checkout: Path) -> Iterator[tuple[str, Path]]:
    """Every top-level name that the tag can import, and davy."""
    for folder in ("firmware", "lib"):
        for path in sorted((checkout / folder).iterdir()):
            if path.suffix == ".py" or (path / "__init__.py").is_file():
                yield path.stem, path
    yield "davy", checkout / "host_tools" / "davy"


def rooms(checkout: Path) -> set[str]:
    """What must have a contract: every root, and every module of the tag."""
    names = {name for name, _ in roots(checkout)} - {"tag"}
    inside = (checkout / "firmware" / "tag").iterdir()
    return names | {f"tag.{path.stem}" for path in inside if path.name not in ("__init__.py", "__pycache__")}


def unnamed(checkout: Path) -> list[str]:
    """Where the house and floors.toml do not speak of the same rooms."""
    settings = tomllib.loads((checkout / CONTRACTS).read_text(encoding="utf-8"))["tool"]["importlinter"]
    listed = set(settings["root_packages"])
    found = {name for name, _ in roots(checkout)}
    protected = {name for contract in settings["contracts"] for name in contract.get("protected_modules", [])}
    return [
        *(f"{name}: add it to root_packages" for name in sorted(found - listed)),
        *(f"{name}: is in root_packages and not in the tree" for name in sorted(listed - found)),
        *(f"{name}: no contract says who may import it" for name in sorted(rooms(checkout) - protected)),
    ]


def main(checkout: Path) -> int:
    """Check a checkout; 0 when every floor holds."""
    problems = unnamed(checkout)
    for problem in problems:
        print(f"{CONTRACTS}: {problem}", file=sys.stderr)
    if problems:
        return 1
    os.chdir(checkout)
    with tempfile.TemporaryDirectory() as links:
        for name, path in roots(checkout):
            if path.is_dir():
                (Path(links) / name).symlink_to(path)
            else:
                (Path(links) / name).mkdir()
                (Path(links) / name / "__init__.py").symlink_to(path)
        sys.path.insert(0, links)
        return lint_imports(config_filename=CONTRACTS, no_cache=True, no_logo=True)


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]).resolve() if sys.argv[1:] else Path(__file__).resolve().parents[1]))
