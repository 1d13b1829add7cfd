"""An image that is not said is fetched by the real mpflash, from a server that serves pages as micropython.org does."""

import hashlib
import json
import re
import threading
from collections.abc import Iterator
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from cli_here import davy, said_in_one_line
from test_flash import image

from davy import boards, roots
from davy.errors import DavyError
from davy.flashing import fetch
from davy.flashing.plan import TARGETS
from davy.vtag.romloader import RomLoader

NAME = "LILYGO_T3_S3-v1.29.0.bin"
WORDS = ("flash", "--board", "lilygo-t3-s3", "--port", "/dev/ttyNONE")


class Site:
    """micropython.org: a list of boards, a page for each, and files: name on the server -> bytes."""

    def __init__(self, port: int) -> None:
        self.address = f"http://127.0.0.1:{port}"
        self.asked: list[str] = []
        self.files: dict[str, bytes] = {
            "LILYGO_T3_S3-20260801-v1.29.0.bin": image(),
            "LILYGO_T3_S3-20260801-v1.29.0.app-bin": b"an update",
            "LILYGO_T3_S3-20260406-v1.28.0.bin": b"an older one",
            "LILYGO_T3_S3-20261101-v1.30.0-preview.12.g0123456789.bin": b"one of tonight",
            "LILYGO_T3_S3-SPIRAM_OCT-20260801-v1.29.0.bin": b"another variant",
        }

    def answer(self, path: str) -> bytes | None:
        self.asked.append(path)
        if path == "/download/?port=esp32":
            return b'<a class="board-card" href="ESP32_GENERIC_S3">x</a><a class="board-card" href="LILYGO_T3_S3">y</a>'
        if path == "/download/LILYGO_T3_S3":
            return "".join(f'<a href="/resources/firmware/{name}">z</a>' for name in self.files).encode()
        return self.files.get(path.removeprefix("/resources/firmware/"))


class Handler(BaseHTTPRequestHandler):
    site: Site

    def do_GET(self) -> None:
        body = self.site.answer(self.path)
        self.send_response(404 if body is None else 200)
        body = body or b"<html>not found"
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:
        pass


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    Handler.site = made = Site(server.server_port)
    threading.Thread(target=partial(server.serve_forever, 0.05), daemon=True).start()
    monkeypatch.setenv(fetch.MIRROR, made.address)
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.setattr(fetch, "FOLDER", tmp_path / "images")
    yield made
    server.shutdown()
    server.server_close()


def test_it_is_fetched_once_and_flashed(site: Site, tmp_path: Path) -> None:
    with RomLoader() as rom:
        done = davy("flash", "--board", "lilygo-t3-s3", "--port", rom.port)
        assert done.returncode == 0 and "1 of 1 flashed" in done.stdout, done
        assert rom.flash[: len(image())] == image()
    kept = tmp_path / "images" / NAME
    assert kept.read_bytes() == image()
    assert (tmp_path / "images" / f"{NAME}.sha256").read_text() == f"{hashlib.sha256(image()).hexdigest()}  {NAME}\n"
    assert sorted(path.name for path in kept.parent.iterdir()) == [NAME, f"{NAME}.sha256"]
    assert NAME in done.stderr and hashlib.sha256(image()).hexdigest() in done.stderr
    site.asked.clear()
    assert fetch.image("lilygo-t3-s3") == kept and not site.asked


def test_what_was_changed_since_is_fetched_anew(site: Site, tmp_path: Path) -> None:
    kept = fetch.image("lilygo-t3-s3")
    for spoil in (
        lambda: kept.write_bytes(kept.read_bytes()[:-1]),
        lambda: kept.with_name(f"{NAME}.sha256").write_text(""),
        lambda: kept.with_name(f"{NAME}.sha256").unlink(),
        kept.unlink,
    ):
        spoil()
        assert fetch.image("lilygo-t3-s3").read_bytes() == image()


def test_what_cannot_be_had_is_one_line_that_says_where_to_get_it(
    site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    where = "v1.29.0 from https://micropython.org/download/LILYGO_T3_S3/ and say --image"
    right = site.files.pop("LILYGO_T3_S3-20260801-v1.29.0.bin")
    done = davy(*WORDS)
    assert said_in_one_line(done) and "is not on its page" in done.stderr and where in done.stderr, done
    for bad in (b"", b"<html>moved"):
        site.files["LILYGO_T3_S3-20260801-v1.29.0.bin"] = bad
        done = davy(*WORDS)
        assert said_in_one_line(done) and "no image" in done.stderr and where in done.stderr, done
    site.files["LILYGO_T3_S3-20260801-v1.29.0.bin"] = right
    monkeypatch.setattr(fetch, "FETCH_S", 0.01)
    done = davy(*WORDS)
    assert said_in_one_line(done) and "did not come within" in done.stderr and where in done.stderr, done
    monkeypatch.setattr(fetch, "FETCH_S", 60.0)
    monkeypatch.setenv(fetch.MIRROR, "http://127.0.0.1:1")  # nobody there
    done = davy(*WORDS)
    assert said_in_one_line(done) and "is there a network?" in done.stderr and where in done.stderr, done
    monkeypatch.setattr(fetch.importlib.util, "find_spec", lambda name: None)
    done = davy(*WORDS)
    assert said_in_one_line(done) and "pip install mpflash" in done.stderr and where in done.stderr, done
    assert not [path for path in (tmp_path / "images").iterdir() if path.name.startswith(("LILYGO", "fetch"))]
    done = davy("flash", "--board", "virtual", "--port", "/dev/ttyNONE")
    assert said_in_one_line(done) and "no chip that can be flashed" in done.stderr, done


def test_every_board_that_can_be_flashed_has_an_image_and_its_manifest_builds_the_same() -> None:
    real = {name for name in boards.names() if boards.load(name)["mcu"] in TARGETS}
    data = json.loads((roots.BOARDS / fetch.IMAGES).read_text())
    assert set(data["boards"]) == real
    for name in real:
        which = fetch.wanted(name)
        text = (roots.BOARDS / name / "manifest.py").read_text()
        assert re.findall(r"BOARD=(\S+)", text) == [which.page]
        assert f"`{which.page}`" in (roots.BOARDS / name / "notes.md").read_text()
    with pytest.raises(DavyError, match="say --image"):
        fetch.wanted("virtual")
