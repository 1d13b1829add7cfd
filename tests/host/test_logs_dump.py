"""Black-box recovery: the journal out of a raw dump of a flash chip, whole, cut off or damaged."""

import random
import struct
from pathlib import Path

import logs_made
import pytest
from cli_here import davy, said_in_one_line
from littlefs import LittleFS

from davy import tagconfig
from davy.errors import DavyError
from davy.logs import carve, chain, segments
from davy.vtag import flashimage

SETTINGS = {"tag_id": "00000000000da771", "key": logs_made.KEY.hex(), "name": "miner 7"}


@pytest.fixture(scope="module")
def journal() -> dict[int, bytes]:
    return logs_made.journal(logs_made.working(2000), segment_bytes=9000)


@pytest.fixture(scope="module")
def volume(journal: dict[int, bytes]) -> bytes:
    """The file system of a tag, 128 kB, most of it used."""
    files = {f"records/{first:08x}.jnl": data for first, data in journal.items()}
    files |= {"records/state": b"x", "records/compact": b"half of a segment", "main.py": b"import tag"}
    return flashimage.build({**files, "config.a": tagconfig.build(SETTINGS)}, blocks=32)


def chip(volume: bytes, subtype: int = 0x81) -> bytes:
    """A whole chip: bootloader, partition table as in ESP-IDF's documentation, and the file system from 1 MB on."""
    entry = struct.Struct("<2sBBII16sI")
    table = entry.pack(b"\xaa\x50", 1, 2, 0x9000, 0x6000, b"nvs", 0)
    table += entry.pack(b"\xaa\x50", 0, 0, 0x10000, 0xF0000, b"factory", 0)
    table += entry.pack(b"\xaa\x50", 1, subtype, 0x100000, len(volume), b"vfs", 0)
    return (b"\xe9" * 0x8000 + table + b"\xeb\xeb" + b"\xff" * 14).ljust(0x100000, b"\xff") + volume


@pytest.mark.parametrize("subtype", [0x81, 0x83])
def test_a_whole_chip_and_its_file_system_give_the_same(
    journal: dict[int, bytes], volume: bytes, tmp_path: Path, subtype: int
) -> None:
    for image in (volume, volume + b"\xff" * 4096, chip(volume, subtype)):
        (tmp_path / "dump.bin").write_bytes(image)
        found = segments.load(tmp_path / "dump.bin")
        assert found.found == journal and not found.notes
        assert found.settings["name"] == "miner 7"


def test_the_superblock_may_be_the_second_one(volume: bytes) -> None:
    assert flashimage.blocks_of(b"\xff" * 4096 + volume[4096:]) == flashimage.blocks_of(volume) == 32


def test_a_dump_that_was_cut_off_gives_what_it_holds_or_says_why(
    journal: dict[int, bytes], volume: bytes, tmp_path: Path
) -> None:
    dump = tmp_path / "dump.bin"
    recovered = 0
    for blocks in range(2, 32):
        dump.write_bytes(volume[: blocks * 4096])
        try:
            found = segments.load(dump)
        except DavyError as error:
            assert "the dump ends after" in error.message
            continue
        assert any("the dump ends after" in note for note in found.notes)
        for first, data in found.found.items():
            assert journal[first].startswith(data) or len(data) == len(journal[first])
        if found.found != journal:
            assert chain.check(found.found, [logs_made.KEY], last=2000).wrong
        recovered += 1
    assert recovered


def test_damage_anywhere_loses_only_what_is_damaged_and_is_said(
    journal: dict[int, bytes], volume: bytes, tmp_path: Path
) -> None:
    chance = random.Random(9)
    told = 0
    for _ in range(150):
        image = bytearray(volume)
        for _ in range(chance.randrange(1, 4)):
            at = chance.randrange(2 * 4096, len(image))
            image[at : at + 200] = chance.randbytes(200)
        try:
            files, problems = flashimage.salvage(bytes(image))
        except DavyError:
            continue  # it does not mount: said so
        got = {int(path[8:16], 16): data for path, data in files.items() if path.endswith(".jnl")}
        lost = {first: data for first, data in got.items() if data != journal[first]}
        if lost or len(got) < len(journal):
            (tmp_path / "dump.bin").write_bytes(image)
            assert not got or set(got) <= set(segments.load(tmp_path / "dump.bin").found)
            checked = chain.check(got, [logs_made.KEY], last=2000) if got else None
            assert problems or checked is None or checked.wrong
            told += 1
    assert told > 30


def test_what_is_no_dump_is_one_line(tmp_path: Path, volume: bytes) -> None:
    dump = tmp_path / "dump.bin"
    empty = flashimage.build({"main.py": b""}, blocks=16)
    for image, why in (
        (b"", "no littlefs and no partition with one"),
        (b"\xff" * 0x200000, "read the whole chip"),
        (random.Random(1).randbytes(0x20000), "read the whole chip"),
        (empty, "there is no journal in it"),
        (volume[:4096], "(the dump ends"),
        (b"\xff" * 8 + b"littlefs" + bytes(4080), "no littlefs"),
    ):
        dump.write_bytes(image)
        done = davy("logs", "verify", str(dump))
        assert said_in_one_line(done) and why in done.stderr, (why, done)
    done = davy("logs", "verify", str(tmp_path / "nonesuch"))
    assert said_in_one_line(done) and "cannot be read" in done.stderr


def test_the_key_in_the_dump_serves_and_is_told(volume: bytes, tmp_path: Path) -> None:
    (tmp_path / "dump.bin").write_bytes(volume)
    done = davy("logs", "verify", str(tmp_path / "dump.bin"))
    assert done.returncode == 0 and "00000000000da771 miner 7: 2000 records" in done.stdout
    assert "the key lay beside the journal" in done.stderr


# -- beyond repair --------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def lived(journal: dict[int, bytes]) -> bytes:
    """A file system in which segments grew flush by flush, as on a tag: blocks that were left behind lie about."""
    fs = LittleFS(block_count=64, block_size=4096, read_size=32, prog_size=32, cache_size=128, lookahead_size=32)
    fs.mkdir("records")
    for first, data in journal.items():
        for at in range(0, len(data), 700):
            with fs.open(f"records/{first:08x}.jnl", "ab" if at else "wb") as file:
                file.write(data[at : at + 700])
    return bytes(fs.context.buffer)


def without_metadata(image: bytes) -> bytes:
    """Every block in which the file system keeps its own notes is gone: those that begin with a revision and a tag."""
    blocks = [image[at : at + 4096] for at in range(0, len(image), 4096)]
    named = [
        i for i, block in enumerate(blocks) if b"littlefs" in block[:64] or b".jnl" in block or b"records" in block
    ]
    assert len(named) >= 3
    return b"".join(b"\x00" * 4096 if i in named else block for i, block in enumerate(blocks))


def test_segments_are_put_together_without_a_file_system(
    journal: dict[int, bytes], volume: bytes, lived: bytes, tmp_path: Path
) -> None:
    dump = tmp_path / "dump.bin"
    for image in (volume, lived):
        broken = without_metadata(image)
        for written in (broken, chip(broken)):
            dump.write_bytes(written)
            found = segments.load(dump)
            assert found.found == journal
            assert "without the file system" in found.notes[-1] and not found.settings
    words = ("logs", "verify", str(dump), "--tag", str(tmp_path / "tag.toml"), "--last", "2000")
    (tmp_path / "tag.toml").write_text(f'key = "{logs_made.KEY.hex()}"\n')
    done = davy(*words)
    assert done.returncode == 0 and "2000 records" in done.stdout and "put together from its blocks" in done.stderr


def test_a_block_that_is_lost_costs_the_rest_of_its_segment_and_is_named(
    journal: dict[int, bytes], lived: bytes
) -> None:
    broken = without_metadata(lived)
    lost = 0
    for at in range(0, len(broken), 4096):
        found = carve.carve(broken[:at] + b"\xff" * 4096 + broken[at + 4096 :])
        assert all(journal[first].startswith(data) for first, data in found.items())
        if found != journal:
            assert chain.check(found, [logs_made.KEY], last=2000).wrong
            lost += 1
    assert lost >= len(journal) * 2


def test_noise_holds_no_segments() -> None:
    assert carve.carve(random.Random(2).randbytes(1 << 20)) == {}
    head = next(iter(logs_made.journal(logs_made.working(3)).values()))
    loops = b"".join((head[:41] + bytes(4055)) if i == 0 else struct.pack("<I", i) + bytes(4092) for i in range(8))
    assert {first: len(data) for first, data in carve.carve(loops).items()} == {1: 41}
