"""`davy flash` with the real esptool, against a loader that speaks its protocol: checked first, written, verified, many at once."""

import json
import os
import random
import struct
import threading
import time
from pathlib import Path
from typing import Any

import pytest
from cli_here import davy, said_in_one_line

from davy import crew
from davy.errors import DavyError
from davy.flashing.crew import Image
from davy.flashing.crew import run as flash_all
from davy.flashing.plan import Plan, plan
from davy.flashing.worker import reason
from davy.vtag import flashimage
from davy.vtag.romchips import checksum
from davy.vtag.romloader import RomLoader

BOARDS = {"esp32": "lilygo-ttgo-lora32-v2", "esp32s3": "lilygo-t3-s3", "esp32c3": "esp32-c3-generic"}
IDENTS = {"esp32": (0, 0x1000), "esp32s3": (9, 0), "esp32c3": (5, 0)}
FILES = (0x200000, 0x200000)


def image(chip: str = "esp32s3", files: tuple[int, int] = FILES, n: int = 150_000, table: bool = True) -> bytes:
    """A whole image as ESP-IDF's documentation lays it out: header, partition table, a program that is half noise."""
    ident, address = IDENTS[chip]
    entry = struct.Struct("<HBBII16sI")
    rows = [(1, 2, 0x9000, 0x6000, b"nvs"), (0, 0, 0x10000, 0x1F0000, b"factory"), (1, 0x81, *files, b"vfs")]
    data = bytearray(b"\xff" * n)
    data[:24] = struct.pack("<BBBBIIHB9s", 0xE9, 2, 2, 0x20, 0x40081000, 0xEE, ident, 0, bytes(9))
    program = 0x10000 - address
    data[program:] = random.Random(chip).randbytes((n - program) // 2) + bytes(n - program - (n - program) // 2)
    if table:
        at = 0x8000 - address
        for i, (kind, subtype, offset, size, name) in enumerate(rows):
            entry.pack_into(data, at + 32 * i, 0x50AA, kind, subtype, offset, size, name, 0)
    return bytes(data)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "micropython.bin"
    path.write_bytes(image())
    return path


def flash(file: Path, *ports: str, chip: str = "esp32s3", **options: Any) -> list[crew.Result]:
    return flash_all(plan(BOARDS[chip], file, ports, **options))


def states(results: list[crew.Result]) -> list[tuple[str, str]]:
    return [(one.state, one.says) for one in results]


# -- the plan ------------------------------------------------------------------------------------------------------------


def test_the_plan_says_all_that_will_be_done(file: Path) -> None:
    done = davy(
        "flash", "--board", "lilygo-t3-s3", "--image", str(file), "--port", "/dev/ttyNONE", "--dry-run", "--json"
    )
    told = json.loads(done.stdout)
    assert (told["mcu"], told["flash_b"], told["address"], told["files"]) == ("esp32s3", 4 << 20, 0, list(FILES))
    assert told["ports"] == ["/dev/ttyNONE"] and len(told["steps"]) == 5
    done = davy(
        "flash", "--board", "lilygo-t3-s3", "--image", str(file), "--port", "/dev/ttyNONE", "--dry-run", "--erase"
    )
    assert "erase all of it, journal and settings too" in done.stdout and "nothing was opened" in done.stdout


@pytest.mark.parametrize(
    ("board", "data", "why"),
    [
        ("virtual", image(), "no chip that can be flashed"),
        ("nonesuch", image(), "no board 'nonesuch'"),
        ("lilygo-t3-s3", b"", "is no image of MicroPython"),
        ("lilygo-t3-s3", b"MZ" + bytes(5000), "is no image of MicroPython"),
        ("lilygo-t3-s3", image("esp32c3"), "is for an ESP32-C3, board 'lilygo-t3-s3' has an ESP32-S3"),
        ("lilygo-ttgo-lora32-v2", image(), "is for an ESP32-S3"),
        ("lilygo-t3-s3", image(table=False), "has no partition table"),
        ("lilygo-t3-s3", image(files=(0x200000, 0x600000)), "needs 8 MB of flash, board 'lilygo-t3-s3' has 4"),
    ],
)
def test_what_does_not_fit_is_refused_before_a_port_is_opened(
    tmp_path: Path, board: str, data: bytes, why: str
) -> None:
    (tmp_path / "x.bin").write_bytes(data)
    done = davy("flash", "--board", board, "--image", str(tmp_path / "x.bin"), "--port", "/dev/ttyNONE")
    assert said_in_one_line(done) and why in done.stderr, done


def test_bad_words_are_one_line(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    words = ("flash", "--board", "lilygo-t3-s3", "--image", str(file))
    monkeypatch.setattr("davy.ports.list_ports.comports", list)
    for more, why in (
        ((), "no USB serial port"),
        (("--port", "/dev/ttyNONE", "--all"), "not both"),
        (("--port", "/dev/ttyA", "--port", "/dev/ttyA"), "named twice"),
        (("--port", "/dev/ttyNONE", "--erase"), "say --yes too"),
    ):
        done = davy(*words, *more)
        assert said_in_one_line(done) and why in done.stderr, done
    with pytest.raises(DavyError, match="cannot be read"):
        plan("lilygo-t3-s3", file.with_name("none.bin"), ["x"])


# -- the real esptool ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("chip", "stub"), [("esp32", True), ("esp32s3", True), ("esp32c3", True), ("esp32s3", False)])
def test_an_image_is_written_verified_and_read_back(file: Path, chip: str, stub: bool) -> None:
    data = image(chip)
    file.write_bytes(data)
    with RomLoader(chip) as rom:
        [one] = flash(file, rom.port, chip=chip, stub=stub, read_back=True)
        assert (one.state, one.says, one.facts["chip"]) == ("done", "written and verified", chip)
        assert one.facts["mac"] == "34:85:18:00:da:70" and one.facts["flash_b"] == 4 << 20
        at = IDENTS[chip][1]
        assert rom.flash[at : at + len(data)] == data
        assert rom.flash[at + len(data) :] == b"\xff" * (len(rom.flash) - at - len(data))
        rom.reset()
        before = rom.blocks
        assert states(flash(file, rom.port, chip=chip, stub=stub)) == [("done", "was there already")]
        assert rom.blocks == before  # nothing was written


def test_what_is_wrong_with_one_port_never_stops_the_others(file: Path) -> None:
    with (
        RomLoader() as good,
        RomLoader("esp32c3") as other,
        RomLoader(flash_mb=2) as small,
        RomLoader(stuck=140_000) as worn,
        RomLoader(cut_after=1) as pulled,
        RomLoader(locked=True) as locked,
    ):
        roms = (other, small, worn, good, pulled, locked)
        ports = [rom.port for rom in roms]
        done = davy(
            "flash", "--board", "lilygo-t3-s3", "--image", str(file), "--json",
            *(word for name in [*ports, "/dev/ttyNONE"] for word in ("--port", name)),
        )  # fmt: skip
        assert done.returncode == 1
        told = json.loads(done.stdout)
        assert [one["port"] for one in told] == [*ports, "/dev/ttyNONE"]
        assert [one["state"] for one in told] == ["failed", "failed", "failed", "done", "failed", "failed", "failed"]
        for one, why in zip(
            told,
            (
                "is an ESP32-C3",
                "has 2 MB",
                "flash is worn",
                "verified",
                "run it again",
                "locked by its owner",
                "cannot be opened",
            ),
            strict=True,
        ):
            assert why in one["says"], one
        assert good.flash[: len(image())] == image()
        for untouched in (other, small, locked):
            assert (
                not untouched.erased
                and not untouched.blocks
                and "nothing was changed" in told[roms.index(untouched)]["says"]
            )


def test_a_cable_pulled_in_the_middle_is_mended_by_a_second_run(file: Path) -> None:
    with RomLoader(cut_after=1) as rom:
        [one] = flash(file, rom.port)
        assert one.state == "failed"
        half = bytes(rom.flash)
    assert half[: len(image())] != image()
    with RomLoader(image=half) as rom:
        assert states(flash(file, rom.port)) == [("done", "written and verified")]
        assert rom.flash[: len(image())] == image()


# -- a tag's journal ------------------------------------------------------------------------------------------------------


def lived_in(files: tuple[int, int] = FILES) -> bytes:
    """The flash of a tag: an older image, and a file system with a journal."""
    old = bytearray(image(files=files).ljust(4 << 20, b"\xff"))
    old[0x20000:0x21000] = b"\x55" * 4096
    volume = flashimage.build({"records/00000001.jnl": b"journal" * 100}, blocks=64)
    old[files[0] : files[0] + len(volume)] = volume
    return bytes(old)


def test_the_journal_of_a_tag_stays(file: Path) -> None:
    before = lived_in()
    with RomLoader(image=before) as rom:
        assert states(flash(file, rom.port)) == [("done", "written and verified")]
        assert rom.flash[FILES[0] :] == before[FILES[0] :]
        assert all(after <= FILES[0] for _, after in rom.erased)


def test_an_image_that_would_cost_the_journal_is_refused(file: Path) -> None:
    before = lived_in((0x180000, 0x280000))
    with RomLoader(image=before) as rom:
        [one] = flash(file, rom.port)
        assert one.state == "failed" and "davy logs pull, then flash with --erase" in one.says
        assert rom.flash == before and not rom.erased
        rom.reset()
        assert states(flash(file, rom.port, erase=True)) == [("done", "written and verified")]
        assert rom.flash == image().ljust(4 << 20, b"\xff")


# -- the crew --------------------------------------------------------------------------------------------------------------


def test_ctrl_c_lets_those_finish_that_are_being_written(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = crew.Crew.step
    written = threading.Event()

    def step(self: Any) -> None:
        if written.is_set() and not self.stopping:
            raise KeyboardInterrupt
        real(self)

    monkeypatch.setattr(crew.Crew, "step", step)
    with RomLoader() as rom, RomLoader(deaf=True) as deaf:
        made = plan("lilygo-t3-s3", file, [rom.port, deaf.port])
        results = flash_all(made, lambda result, event: written.set() if event["event"] == "write" else None)
        assert states(results) == [("done", "written and verified"), ("left", "stopped before anything was changed")]
        assert rom.flash[: len(image())] == image() and not deaf.erased


def test_a_second_ctrl_c_ends_at_once(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = crew.Crew.step
    started = threading.Event()

    def step(self: Any) -> None:
        if started.is_set():
            raise KeyboardInterrupt
        real(self)
        started.set()

    monkeypatch.setattr(crew.Crew, "step", step)
    with RomLoader(deaf=True) as deaf, pytest.raises(KeyboardInterrupt):
        monkeypatch.setattr(crew.Crew, "stop", lambda self: setattr(self, "stopping", True))
        flash_all(plan("lilygo-t3-s3", file, [deaf.port]))


def test_a_port_that_says_nothing_is_given_up(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Image, "silent_s", 0.5)
    with RomLoader(deaf=True) as deaf:
        [one] = flash(file, deaf.port)
    assert one.state == "failed" and "nothing was heard" in one.says


def test_more_ports_than_go_at_once_all_have_their_turn(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(crew, "AT_ONCE", 1)
    with RomLoader() as a, RomLoader() as b:
        assert [one.state for one in flash(file, a.port, b.port)] == ["done", "done"]


def test_what_esptool_says_becomes_what_to_do() -> None:
    assert "hold BOOT" in reason(Exception("Failed to connect to ESP32: No serial data received.\nFor troubleshooting"))
    assert "cannot be opened" in reason(Exception("[Errno 2] could not open port /dev/x"))
    assert "worn" in reason(Exception("MD5 of file does not match data in flash!"))
    assert "\n" not in reason(ValueError("one\ntwo"))


# -- the loader itself -----------------------------------------------------------------------------------------------------


def test_the_checksum_of_the_protocol() -> None:
    chance = random.Random(3)
    for n in (0, 1, 7, 8, 9, 1000):
        data = chance.randbytes(n)
        plain = 0xEF
        for byte in data:
            plain ^= byte
        assert checksum(data) == plain


def test_noise_does_not_end_the_loader(file: Path) -> None:
    chance = random.Random(4)
    with RomLoader() as rom:
        fd = os.open(rom.port, os.O_RDWR | os.O_NOCTTY)
        for _ in range(40):
            os.write(fd, chance.randbytes(60) + b"\xc0" + chance.randbytes(9) + b"\xc0")
        os.close(fd)
        time.sleep(0.3)
        assert states(flash(file, rom.port)) == [("done", "written and verified")]


def test_flash_that_was_not_erased_shows() -> None:
    rom = RomLoader()
    rom.flash[0:4] = b"\x0f\xff\x00\xff"
    rom._at, rom._end = 0, 4
    rom._program(b"\xf1\x22\x33\x44\x55")
    assert rom.flash[:5] == b"\x01\x22\x00\x44\xff"
    rom._unplug()


def test_an_unknown_chip_is_refused() -> None:
    done = davy("vtag", "loader", "--chip", "z80")
    assert said_in_one_line(done) and "esp32, esp32s3, esp32c3" in done.stderr


def test_a_plan_is_for_the_worker_too(file: Path) -> None:
    made = plan("lilygo-t3-s3", file, ["a"])
    assert isinstance(made, Plan) and json.loads(json.dumps(made.as_dict()))["files"] == list(FILES)
