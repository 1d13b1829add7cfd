"""The tag's place estimator in a process of its own: real MicroPython, or CPython."""

import contextlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from davy.devicescript import Script, running
from davy.evaluate.placedata import SCAN_S, Window
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

    def __init__(self, script: Script, numbers: Numbers) -> None:
        self._script = script
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
        return self._script.ask(said, "the place estimator has stopped")


@contextlib.contextmanager
def place_tag(interpreter: str, numbers: Numbers) -> Iterator[PlaceTag]:
    """A tag's process, until the end of the `with`."""
    with running(interpreter, SCRIPT) as script:
        yield PlaceTag(script, numbers)
