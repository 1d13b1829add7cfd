"""The gateway on a real socket: store before receipt, restart, orders typed in."""

import json
import os
import pty
import socket
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from test_gateway_core import KEY, TAG, Tag, record
from test_vtag_tools import ENVIRONMENT

from davy.errors import DavyError
from davy.gateway.received import Received
from davy.gateway.server import Server, Store
from tag import events


class Running:
    """A server in a thread, and a tag's socket beside it."""

    def __init__(self, store: Path | None = None) -> None:
        self.held: list[Received] = []
        self.notes: list[str] = []
        self.done = False
        reader, self.keyboard = os.pipe()
        self.typed = os.fdopen(reader)
        self.server = Server(
            {TAG: KEY},
            "127.0.0.1",
            0,
            store=Store(store) if store else None,
            on_record=self.held.append,
            on_note=self.notes.append,
        )
        self.thread = threading.Thread(target=self.server.run, args=(self.typed, lambda: self.done), daemon=True)
        self.thread.start()
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.settimeout(10)
        self.socket.connect(("127.0.0.1", self.server.port))

    def say(self, tag: Tag, *records: bytes) -> list[Any]:
        """Send a frame; what comes back."""
        self.socket.send(tag.frame(*records))
        return tag.hear((self.socket.recv(2048),))

    def wait_for_note(self, text: str) -> None:
        """The server works in its own time."""
        until = time.monotonic() + 10
        while not any(text in note for note in self.notes):
            assert time.monotonic() < until, self.notes
            time.sleep(0.01)

    def stop(self) -> None:
        self.done = True
        self.thread.join(10)
        self.server.close()
        self.socket.close()
        os.close(self.keyboard)
        self.typed.close()


@pytest.fixture
def running() -> Iterator[Running]:
    running = Running()
    yield running
    running.stop()


def test_a_record_over_udp(running: Running) -> None:
    assert running.say(Tag(), record(1)) == [(events.MSG_ACK, 0, (1,))]
    assert [r.seq for r in running.held] == [1]
    assert "speaks from 127.0.0.1" in running.notes[0]


def test_orders_from_the_keyboard_reach_the_tag_and_mistakes_are_said(running: Running) -> None:
    tag = Tag()
    os.write(running.keyboard, b"evacuate\n")
    running.wait_for_note("nobody to say that to")
    running.say(tag, record(1))
    os.write(running.keyboard, b"dance\nall clear\n")
    said = [tag.hear((running.socket.recv(2048),))[0][:2] for _ in range(2)]
    assert [kind for kind, _ in said] == [events.MSG_TIME, events.MSG_ALL_CLEAR]
    assert list(running.server.gateway.tags[TAG].pending) == [ident for _, ident in said]
    running.wait_for_note("'dance' is no order")


def test_store_survives_a_restart_and_a_torn_line(tmp_path: Path) -> None:
    file = tmp_path / "records.jsonl"
    running = Running(file)
    running.say(Tag(b"abcd"), record(1), record(2))
    running.stop()
    lines = file.read_text().splitlines()
    assert [json.loads(line)["seq"] for line in lines] == [1, 2]
    with file.open("ab") as torn:
        torn.write(b'{"tag": "0000')
    running = Running(file)
    try:
        assert running.say(Tag(b"efgh"), record(2), record(3)) == [(events.MSG_ACK, 0, (2, 3))]
        assert [r.seq for r in running.held] == [3]
    finally:
        running.stop()
    assert [json.loads(line)["seq"] for line in file.read_text().splitlines()] == [1, 2, 3]


def test_after_a_restart_too_a_tag_whose_flash_was_erased_is_heard(tmp_path: Path) -> None:
    file = tmp_path / "records.jsonl"
    running = Running(file)
    running.say(Tag(b"abcd"), record(1), record(2))
    running.stop()
    held = [json.loads(line) for line in file.read_text().splitlines()]
    del held[0]["crc"]  # kept by an older davy: what it said cannot be told from a repetition
    file.write_text("".join(json.dumps(line) + "\n" for line in held))
    anew = (events.ALARM, 70, events.ALARM_SOS, events.ON, 1, 0)
    running = Running(file)
    try:
        assert running.say(Tag(b"efgh"), record(1, anew), record(2, anew)) == [(events.MSG_ACK, 0, (1, 2))]
        assert [(r.seq, r.name) for r in running.held] == [(2, "alarm")]
        running.wait_for_note("record 2 came again with other content: both are kept")
    finally:
        running.stop()
    assert [json.loads(line)["kind"] for line in file.read_text().splitlines()] == ["still", "still", "alarm"]


def test_what_cannot_be_kept_gets_no_receipt(tmp_path: Path) -> None:
    running = Running(tmp_path / "records.jsonl")
    try:
        keep = running.server._store.keep  # type: ignore[union-attr]

        def full(_: Received) -> None:
            raise OSError(28, "No space left on device")

        running.server._store.keep = full  # type: ignore[union-attr,method-assign]
        tag = Tag()
        running.socket.send(tag.frame(record(1)))
        running.wait_for_note("No space left")  # the server works in its own time: only then is silence its answer
        running.socket.settimeout(0.5)
        with pytest.raises(TimeoutError):
            running.socket.recv(2048)
        running.socket.settimeout(10)
        running.server._store.keep = keep  # type: ignore[union-attr,method-assign]
        assert running.say(tag, record(1)) == [(events.MSG_ACK, 0, (1,))]
    finally:
        running.stop()


def test_a_file_of_something_else_is_refused(tmp_path: Path) -> None:
    (tmp_path / "x").write_text("hello\n")
    with pytest.raises(DavyError, match="x:1: is no record of this gateway"):
        Store(tmp_path / "x")
    with pytest.raises(DavyError, match="No such file"):
        Store(tmp_path / "no" / "folder")


def test_in_the_background_of_a_terminal_it_goes_on() -> None:
    """`davy gateway &`: reading a keyboard that is somebody else's would stop the process."""
    pid, keyboard = pty.fork()
    if pid == 0:  # in front on a terminal of its own, as a shell is; the gateway becomes its background
        shell = (
            "import os, signal, subprocess, sys, time\n"
            "command = [sys.executable, '-m', 'davy', 'gateway', '--port', '0']\n"
            "server = subprocess.Popen(command, process_group=0)\n"
            "input()\n"
            "time.sleep(1.5)\n"
            "stopped = os.waitid(os.P_PID, server.pid, os.WSTOPPED | os.WNOHANG | os.WEXITED)\n"
            "print('stopped' if stopped else 'goes on', flush=True)\n"
            "server.kill()\n"
        )
        os.execve(sys.executable, [sys.executable, "-c", shell], ENVIRONMENT)
    seen = b""
    while b"listening" not in seen:
        seen += os.read(keyboard, 1000)
    os.write(keyboard, b"first\nsecond\n")
    while b"goes on" not in seen and b"stopped" not in seen:
        seen += os.read(keyboard, 1000)
    os.waitpid(pid, 0)
    os.close(keyboard)
    assert b"goes on" in seen


def test_a_port_in_use_is_said(running: Running) -> None:
    with pytest.raises(DavyError, match="cannot listen on"):
        Server({TAG: KEY}, "127.0.0.1", running.server.port)
