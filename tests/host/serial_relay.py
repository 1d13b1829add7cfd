"""A serial cable with faults, between a tool and a tag's port: bytes are lost, flipped, paced, or the cable is pulled."""

import os
import pty
import select
import shutil
import tempfile
import termios
import threading
import time
import tty
from collections.abc import Callable


class Relay:
    """`port` stands for the tag's port. `flip(n)`: whether the nth byte from the tag has a bit wrong; `cut_after` so many the cable
    is pulled; `deaf_to` is swallowed on the way to the tag; `bytes_s` is the pace from the tag, `to_tag_s` that to it."""

    def __init__(
        self,
        tag_port: str,
        cut_after: int | None = None,
        flip: Callable[[int], bool] = lambda n: False,
        deaf_to: bytes = b"",
        bytes_s: float = 0.0,
        to_tag_s: float = 0.0,
    ) -> None:
        self.from_tag = self.to_tag = 0
        self._free_s = 0.0
        self._to_tag_s = to_tag_s
        self._cut_after, self._flip, self._deaf_to, self._bytes_s = cut_after, flip, deaf_to, bytes_s
        self._tag = os.open(tag_port, os.O_RDWR | os.O_NOCTTY)
        tty.setraw(self._tag)
        self._near, slave = pty.openpty()
        tty.setraw(slave)
        # A name of its own: that of a terminal which is gone is given to the next one, whoever that belongs to.
        self._folder = tempfile.mkdtemp()
        self.port = os.path.join(self._folder, "port")
        os.symlink(os.ttyname(slave), self.port)
        self._slave = slave
        self._end = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self) -> "Relay":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._end.set()
        self._thread.join(5)
        shutil.rmtree(self._folder, ignore_errors=True)
        for fd in (self._tag, self._near, self._slave):
            if fd >= 0:
                os.close(fd)

    def _run(self) -> None:
        while not self._end.is_set() and self._near >= 0:
            ready, _, _ = select.select([self._tag, self._near], [], [], 0.05)
            if self._near in ready:
                data = os.read(self._near, 4096)
                if self._deaf_to:
                    data = data.replace(self._deaf_to, b"")
                self.to_tag += len(data)
                if self._to_tag_s:
                    time.sleep(len(data) / self._to_tag_s)
                os.write(self._tag, data)
            if self._tag in ready:
                self._pass(os.read(self._tag, 512))

    def _pass(self, data: bytes) -> None:
        passed = bytes(b ^ 0x10 if self._flip(self.from_tag + i) else b for i, b in enumerate(data))
        self.from_tag += len(data)
        if self._cut_after is not None and self.from_tag > self._cut_after:
            os.unlink(self.port)
            os.close(self._slave)
            os.close(self._near)
            self._near = self._slave = -1
            return
        if self._bytes_s:  # when the line has carried it: what was slept too long is not lost to the next piece
            self._free_s = max(self._free_s, time.monotonic() - 0.05) + len(data) / self._bytes_s
            time.sleep(max(0.0, self._free_s - time.monotonic()))
        os.write(self._near, passed)


def forget(port: str) -> None:
    """Drop what nobody has read on a port."""
    fd = os.open(port, os.O_RDWR | os.O_NOCTTY)
    try:
        termios.tcflush(fd, termios.TCIOFLUSH)
    finally:
        os.close(fd)
