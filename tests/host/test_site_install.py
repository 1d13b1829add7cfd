"""`davy site install`: the command a person types, on a virtual tag behind a serial port; and what is no map."""

import json
import time
from pathlib import Path

import serial
from cli_here import davy, said_in_one_line
from test_vtag_tools import Tag as Started


def signed(folder: Path) -> tuple[Path, str]:
    """The template as a signed file, and its public key."""
    (folder / "mine.toml").write_text(davy("site", "template").stdout, encoding="utf-8")
    key, file = folder / "site.key", folder / "m.dav"
    public = json.loads(davy("limits", "keygen", str(key), "--signatures", "32", "--json").stdout)["public"]
    done = davy("site", "sign", str(folder / "mine.toml"), "--key", str(key), "-o", str(file))
    assert done.returncode == 0, done.stderr
    return file, public


def test_install_copies_a_map_to_a_running_tag_which_accepts_it_at_its_next_start(tmp_path: Path) -> None:
    file, public = signed(tmp_path)
    (tmp_path / "tag.toml").write_text(f'place = 1\nmap_key = "{public}"\n', encoding="utf-8")
    started = Started(tmp_path / "flash.bin", "--config", str(tmp_path / "tag.toml"))
    try:
        done = davy("site", "install", str(file), "--port", started.port)
        assert done.returncode == 0, done.stderr
        assert done.stdout == f"{started.port}: has my-mine version 1 as site.new, and starts anew\n"
        said = b""
        with serial.Serial(started.port, timeout=1) as port:
            deadline = time.monotonic() + 90
            while b"is in force" not in said and time.monotonic() < deadline:
                said += port.read(200)
        assert b"site: 1 version 1 is in force" in said, said
    finally:
        started.stop()


def test_what_is_no_signed_map_or_no_tag_is_said_in_one_line(tmp_path: Path) -> None:
    file, _ = signed(tmp_path)
    data = file.read_bytes()
    cut = tmp_path / "cut.dav"
    for wrong in (b"", data[:40], data[:-1], data[:50] + b"\xff" + data[51:]):
        cut.write_bytes(wrong)
        done = davy("site", "install", str(cut), "--port", "/dev/none")
        assert said_in_one_line(done) and str(cut) in done.stderr, done.stderr
    assert said_in_one_line(davy("site", "install", str(tmp_path / "none.dav"), "--port", "/dev/none"))
    done = davy("site", "install", str(file), "--port", "/dev/none")
    assert said_in_one_line(done) and "/dev/none" in done.stderr, done.stderr
