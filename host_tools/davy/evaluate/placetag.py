"""The tag's place estimator in a process of its own: real MicroPython, or CPython."""

import contextlib
import json
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from davy.errors import DavyError
from davy.evaluate.placedata import SCAN_S, Window
from davy.replay import ANSWER_S, core_process
from davy.site.model import SiteMap
from davy.site.pack import body_of, tag_site

from tag.place.zones import DWELL, LEAD_Q4  # isort: skip

SCRIPT = Path(__file__).parents[1] / "vtag" / "device" / "vplace.py"
_CHUNK = 50  # windows a line


@dataclass(frozen=True)
class Numbers:
    """Other than shipped, and how fine the map is: spots along a zone's side."""

    lead_q4: int = LEAD_Q4
    dwell: int = DWELL
    spots: int = 4


class PlaceTag:
    """A tag on a map; made by `place_tag`."""

    def __init__(self, process: Any, numbers: Numbers) -> None:
        self._process = process
        self._numbers = numbers

    def on(self, site: SiteMap) -> None:
        """Load a map; somebody new wears the tag."""
        tag_site(site)  # would a tag take it?
        counts = [len(site.zones), len(site.beacons), len(site.spots)]
        self._ask({"site": counts, "body": body_of(site).hex(), **self._how()})

    def walk(self, windows: Sequence[Window]) -> list[int]:
        """The zone that is said after each window, 0: unknown, by somebody new on the same map."""
        self._ask(self._how())
        said: list[int] = []
        for first in range(0, len(windows), _CHUNK):
            chunk = [
                [number for b, strengths in window.heard.items() for dbm in strengths for number in (b, dbm)]
                for window in windows[first : first + _CHUNK]
            ]
            said += self._ask({"windows": chunk})
        return said

    def _how(self) -> dict[str, int]:
        numbers = self._numbers
        return {"lead_q4": numbers.lead_q4, "dwell": numbers.dwell, "every_ms": round(1000 * SCAN_S)}

    def _ask(self, said: dict[str, Any]) -> Any:
        deadline = threading.Timer(ANSWER_S, self._process.kill)
        deadline.daemon = True
        deadline.start()
        try:
            self._process.stdin.write(json.dumps(said).encode() + b"\n")
            self._process.stdin.flush()
            line = self._process.stdout.readline()
            return json.loads(line)
        except (OSError, ValueError):
            self._process.kill()
            told = self._process.stderr.read().decode(errors="replace").strip().splitlines()
            told += self._process.stdout.read().decode(errors="replace").strip().splitlines()
            raise DavyError(f"the place estimator has stopped: {told[-1] if told else 'it said nothing'}") from None
        finally:
            deadline.cancel()


@contextlib.contextmanager
def place_tag(interpreter: str, numbers: Numbers) -> Iterator[PlaceTag]:
    """A tag's process, until the end of the `with`."""
    with core_process(interpreter, SCRIPT) as process:
        yield PlaceTag(process, numbers)
