"""Limit profiles on a whole virtual tag: what is in force after a boot, what the site is told, and that the levels are used."""

import re
import time
from pathlib import Path
from typing import Any

import pytest
import serial
from cli_here import davy
from test_vtag_tools import Tag as Started

from davy import limitkey, limitpack, limitsource
from davy.vtag import flashimage
from davy.vtag.assembly import make_tag
from davy.vtag.bench import Bench
from davy.vtag.flash import BLOCK

from tag import events, names  # isort: skip

LINE = re.compile(rb"davy (\d+) (\w+(?: \w+)?) (\(.*\))\r\n")


class Tag:
    """A virtual tag with a key in its settings and files on its flash; `said` is what it printed since the last boot."""

    def __init__(self, public: str, interpreter: str = "mp32", **files: bytes) -> None:
        self.bench = Bench()
        self.printed = bytearray()
        self.tag = make_tag(self.bench, interpreter=interpreter, console=False, config={"limits_key": public})
        self.tag.console.on_output = self.printed.extend
        self.tag.board.world.gas_source = lambda name, t_us: 25.0 if name == "co" else 20.9 if name == "o2" else 0.3
        self.put(**files)

    def __enter__(self) -> "Tag":
        return self

    def __exit__(self, *_: object) -> None:
        self.bench.close()

    def put(self, **files: bytes) -> None:
        self.off()
        flash = self.tag.board.flash
        there = flashimage.read(bytes(flash.data))
        there.update({f"limits.{name}": data for name, data in files.items()})
        flash.load(flashimage.build(there, len(flash.data) // BLOCK))

    def off(self) -> None:
        if self.tag.on:
            self.tag.power_cut(self.bench.now_us)

    def boot(self, seconds: float = 5) -> None:
        self.off()
        self.printed.clear()
        self.tag.power_on(self.bench.now_us)
        self.bench.run_for(int(seconds * 1e6))

    def said(self, kind: str) -> list[tuple[Any, ...]]:
        found = LINE.findall(bytes(self.printed))
        return [eval(fields, {"__builtins__": {}}) for _, name, fields in found if name.decode() == kind]

    def limit_faults(self) -> list[tuple[int, int]]:
        return [(code, present) for source, code, present in self.said("fault") if source == events.FAULT_LIMITS]


@pytest.fixture(scope="module")
def key(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("keys") / "site.key"
    limitkey.create(path, 32)
    return path


def packed(key: Path, name: str) -> bytes:
    public = bytes.fromhex(limitkey.read(key).public)
    return limitpack.pack(limitsource.read(name), public, lambda body: limitkey.sign(key, body)[0])


@pytest.mark.parametrize("interpreter", ["mp64", "mp32"])
def test_a_signed_profile_comes_into_force_and_stays(key: Path, interpreter: str) -> None:
    with Tag(limitkey.read(key).public, interpreter, new=packed(key, "eu")) as tag:
        tag.boot()
        assert (0, "limits: 4 version 1 is in force") in tag.said("config")
        assert tag.limit_faults() == []
        tag.boot()
        assert not [text for _, text in tag.said("config") if "limits" in text]
        assert tag.limit_faults() == [] and tag.said("crash") == []


def test_its_levels_are_those_that_alarm_and_their_records_name_it(key: Path) -> None:
    """Methane of 0.3 %vol: a site's low alarm at 0.25 %vol hears it, the built-in one at 0.5 %vol does not."""
    text = limitsource.path_of("site").read_text(encoding="utf-8").replace('"site"', '"mine"')
    text = text.replace("[sources]", '[sources]\nrule = "rule 7"')
    text = text.replace("[levels]", '[levels]\nch4 = [\n{ kind = "low", level = "0.25 %vol", source = "rule" },\n]')
    file = key.with_name("mine.toml")
    file.write_text(text, encoding="utf-8")
    with Tag(limitkey.read(key).public, new=packed(key, str(file))) as tag:
        tag.boot(90)
        levels = tag.said("level")
        assert [level[:3] for level in levels] == [(events.CH4, names.LEVELS.index("low"), 1)], levels
        assert levels[0][4] == 128 << 8 | 1


def test_a_wrong_file_leaves_the_last_good_one_in_force_and_is_told_at_each_boot(key: Path) -> None:
    other = key.with_name("other.key")
    limitkey.create(other, 32)
    with Tag(limitkey.read(key).public, new=packed(key, "eu")) as tag:
        tag.boot()
        for data, code, word in (
            (packed(other, "osha"), events.CODE_UNSIGNED, "not signed by limits_key"),
            (packed(key, "osha")[:-1], events.CODE_CORRUPT, "its length is wrong"),
        ):
            tag.put(new=data)
            tag.boot()
            assert tag.limit_faults() == [(code, 1)]
            assert [found for found, text in tag.said("config") if word in text] == [code]
            tag.boot(20)  # the journal has brought the fault back: it stays
            assert [found for found, text in tag.said("config") if word in text] == [code]
            assert (code, 0) not in tag.limit_faults()
        tag.put(new=packed(key, "acgih"))
        tag.boot(20)
        assert (0, "limits: 3 version 1 is in force") in tag.said("config")
        assert tag.limit_faults()[-1][1] == 0  # the fault that the journal brought back has gone


def test_without_a_key_the_built_in_profile_is_in_force_and_files_are_told(key: Path) -> None:
    with Tag("", new=packed(key, "eu")) as tag:
        tag.boot()
        assert tag.limit_faults() == [(events.CODE_UNSIGNED, 1)]
    with Tag("") as tag:
        tag.boot()
        assert tag.limit_faults() == []


def test_install_copies_a_file_to_a_running_tag_which_accepts_it_at_its_next_start(key: Path, tmp_path: Path) -> None:
    """The command a person types, on a tag behind a serial port."""
    (tmp_path / "tag.toml").write_text(f'limits_key = "{limitkey.read(key).public}"\n', encoding="utf-8")
    file = tmp_path / "eu.dav"
    file.write_bytes(packed(key, "eu"))
    started = Started(tmp_path / "flash.bin", "--config", str(tmp_path / "tag.toml"))
    try:
        done = davy("limits", "install", str(file), "--port", started.port)
        assert done.returncode == 0, done.stderr
        assert "has eu version 1 as limits.new" in done.stdout
        said = b""
        with serial.Serial(started.port, timeout=1) as port:
            deadline = time.monotonic() + 90
            while b"is in force" not in said and time.monotonic() < deadline:
                said += port.read(200)
        assert b"limits: 4 version 1 is in force" in said, said
    finally:
        started.stop()
