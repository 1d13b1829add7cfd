"""`davy site install`: the command a person types, on a virtual tag behind a serial port; and what is no map."""

import json
from pathlib import Path

from cli_here import davy, said_in_one_line
from test_vtag_tools import Tag as Started

from davy.vtag import flashimage

from tag import sitefile  # isort: skip


def signed(folder: Path) -> tuple[Path, str]:
    """The template as a signed file, and its public key."""
    (folder / "mine.toml").write_text(davy("site", "template").stdout, encoding="utf-8")
    key, file = folder / "site.key", folder / "m.dav"
    public = json.loads(davy("limits", "keygen", str(key), "--signatures", "32", "--json").stdout)["public"]
    done = davy("site", "sign", str(folder / "mine.toml"), "--key", str(key), "-o", str(file))
    assert done.returncode == 0, done.stderr
    return file, public


def test_install_copies_a_map_to_a_running_tag_and_the_tags_own_code_accepts_it(tmp_path: Path) -> None:
    file, public = signed(tmp_path)
    (tmp_path / "tag.toml").write_text(f'place = 1\nmap_key = "{public}"\n', encoding="utf-8")
    flash = tmp_path / "flash.bin"
    started = Started(flash, "--config", str(tmp_path / "tag.toml"))
    try:
        done = davy("site", "install", str(file), "--port", started.port)
        assert done.returncode == 0, done.stderr
        assert done.stdout == f"{started.port}: has my-mine version 1 as site.new, and starts anew\n"
    finally:
        started.stop()
    files = flashimage.read(flash.read_bytes())
    came = files.get("site.new") or files["site.dav"]  # as far as the tag has got
    assert came == file.read_bytes()
    (tmp_path / "site.new").write_bytes(came)
    site, code, text = sitefile.load(str(tmp_path), public)
    assert (site.ident, code, text) == (0x0101, 0, "site: 1 version 1 is in force")


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
