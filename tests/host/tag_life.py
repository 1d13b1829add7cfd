"""A virtual tag with the shipped firmware on a bench, for the tests that let it live."""

import re
from collections.abc import Callable
from typing import Any, Self

from davy.vtag import flashimage
from davy.vtag.assembly import make_tag
from davy.vtag.bench import Bench
from davy.vtag.board import Board
from davy.vtag.flash import BLOCK
from tag import events

CONFIG = {"tag_id": "00112233445566aa", "key": "5a" * 32, "wifi_ssid": "davy", "wifi_password": "davydavy"}
LINE = re.compile(rb"davy (\d+) (\w+(?: \w+)?) (\(.*\))\r\n")


class Life:
    """A tag on a bench, and what it says on its console."""

    def __init__(
        self,
        interpreter: str = "mp64",
        heap: str = "",
        ticks_start_ms: int = 0,
        board: str = "virtual",
        **settings: Any,
    ) -> None:
        self.bench = Bench()
        self.printed = bytearray()
        self.tag = make_tag(
            self.bench,
            interpreter=interpreter,
            heap=heap,
            console=False,
            board=board,
            config={**CONFIG, **settings},
            ticks_start_ms=ticks_start_ms,
        )
        self.tag.console.on_output = self.printed.extend

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.bench.close()

    @property
    def board(self) -> Board:
        return self.tag.board

    def flash(self, change: Callable[[dict[str, bytes]], None]) -> None:
        """Change files on the flash before the tag is switched on."""
        files = flashimage.read(bytes(self.board.flash.data))
        change(files)
        self.board.flash.load(flashimage.build(files, len(self.board.flash.data) // BLOCK))

    def live(self, seconds: float) -> None:
        if not self.tag.boots:
            self.tag.power_on(self.bench.now_us)
        self.bench.run_for(int(seconds * 1e6))

    def live_until(self, done: Any, most_s: float) -> bool:
        """Live until `done()` holds; whether it did in time."""
        end_us = self.bench.now_us + int(most_s * 1e6)
        while not done() and self.bench.now_us < end_us:
            self.live(0.1)
        return bool(done())

    def said(self, name: str) -> list[tuple[int | str, ...]]:
        """All events of that name so far, as the tag printed them."""
        found = LINE.findall(bytes(self.printed))
        return [eval(fields, {"__builtins__": {}}) for _, kind, fields in found if kind.decode() == name]

    def last_fault(self, source: int) -> tuple[int, int] | None:
        """(code, present) of the newest fault record of a source."""
        found = [(int(code), int(present)) for at, code, present in self.said("fault") if at == source]
        return found[-1] if found else None

    def alarm(self, which: int) -> int:
        """State of an alarm by its newest record."""
        found = [int(state) for alarm, state, _, _ in self.said("alarm") if alarm == which]
        return found[-1] if found else events.OFF
