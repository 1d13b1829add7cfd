"""The floors hold, and each contract is one that can break: an import planted for it is found."""

import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).resolve().parents[2]

# contract -> (who imports, whom): what that contract, and no other line of the report, must name
PLANTED = {
    "ground": ("quality", "ticks"),
    "dsp": ("codec.fields", "dsp.fixed"),
    "codec": ("drivers.tally", "codec.fields"),
    "journal": ("codec.fields", "journal.log"),
    "lorawan": ("tag.core", "lorawan.mac"),
    "signature": ("tag.core", "signature.lms"),
    "drivers": ("tag.core", "drivers.button"),
    "mqtt": ("tag.reporter", "mqtt.client"),
    "events": ("journal.log", "tag.events"),
    "names": ("tag.core", "tag.names"),
    "settings": ("tag.gas.levels", "tag.settings"),
    "detectors": ("tag.gas.levels", "tag.motion.path"),
    "alarms": ("tag.motion.path", "tag.alarms.table"),
    "reporting": ("tag.motion.path", "tag.reporting.records"),
    "core": ("tag.hal.parts", "tag.core"),
    "hal": ("tag.core", "tag.hal.parts"),
    "shell": ("tag.core", "tag.memory"),
    "place": ("tag.core", "tag.place.zones"),
    "limitfile": ("tag.core", "tag.limitfile"),
    "signedfile": ("tag.core", "tag.signedfile"),
    "sitefile": ("tag.core", "tag.sitefile"),
    "calibrations": ("tag.core", "tag.clock"),
    "service": ("tag.app", "tag.service"),
    "selftest": ("tag.app", "tag.selftest.run"),
    "console": ("tag.core", "tag.console.kinds"),
    "bundle": ("tag.app", "tag.bundle"),
    "update": ("tag.core", "tag.update"),
    "slots": ("tag.app", "slots"),
    "slots-alone": ("slots", "ticks"),
    "app": ("tag.supervisor", "tag.app"),
    "top": ("tag.core", "davy.roots"),
    "hardware": ("drivers.button", "machine"),
    "sockets": ("mqtt.client", "socket"),
    "asyncio": ("tag.hal.parts", "asyncio"),
    "clock": ("tag.core", "time"),
}


def contracts() -> dict[str, str]:
    """Id and name of each contract."""
    settings = tomllib.loads((CHECKOUT / "tests" / "floors.toml").read_text(encoding="utf-8"))["tool"]["importlinter"]
    return {contract["id"]: contract["name"] for contract in settings["contracts"]}


@pytest.fixture
def house(tmp_path: Path) -> Path:
    """A copy of the tree that a test may spoil."""
    for name in ("firmware", "lib", "host_tools/davy", "tests/floors.toml"):
        source, target = CHECKOUT / name, tmp_path / name
        if source.is_dir():
            shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            target.parent.mkdir(parents=True)
            shutil.copy(source, target)
    return tmp_path


def check(house: Path) -> tuple[int, str]:
    """Exit code and report of the check."""
    done = subprocess.run(
        [sys.executable, str(CHECKOUT / "tests" / "floors.py"), str(house)],
        capture_output=True,
        text=True,
        timeout=60,
        env={"COLUMNS": "200"},
    )
    return done.returncode, done.stdout + done.stderr


def source(house: Path, module: str) -> Path:
    """The file of a module of the tag."""
    path = Path(*module.split("."))
    return next(p for folder in ("firmware", "lib") if (p := house / folder / path.with_suffix(".py")).is_file())


def test_the_floors_hold(house: Path) -> None:
    code, report = check(house)
    assert code == 0, report
    assert f"{len(contracts())} kept, 0 broken" in report


def test_every_contract_breaks_when_its_floor_is_crossed(house: Path) -> None:
    assert set(PLANTED) == set(contracts())
    for importer, imported in PLANTED.values():
        with source(house, importer).open("a", encoding="utf-8") as file:
            file.write(f"\nimport {imported}\n")
    code, report = check(house)
    assert code == 1, report
    for ident, name in contracts().items():
        importer, imported = PLANTED[ident]
        assert f"{name} BROKEN" in report
        assert f"{importer} -> {imported}" in report


def test_a_room_without_a_contract_is_refused(house: Path) -> None:
    (house / "firmware" / "tag" / "attic.py").write_text("")
    (house / "lib" / "cellar.py").write_text("")
    code, report = check(house)
    assert code == 1
    assert "tag.attic: no contract says who may import it" in report
    assert "cellar: add it to root_packages" in report
