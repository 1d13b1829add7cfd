"""A tag on duty, live in the terminal: what it senses, its alarms, and the records it keeps; of what its service console tells.

`Watch` gathers, `render` draws, for terminals from 80 x 24 on. Where nothing is heard for some seconds the picture says so: an old
one never looks like a calm tag.
"""

import time
from collections import deque
from collections.abc import Mapping
from typing import Any

from rich import box
from rich.console import Group, RenderableType
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from davy import words
from davy.colours import record_style
from davy.errors import plain
from davy.gateway.received import Received, read
from davy.sim.drawing import DIM, spark

import quality  # isort: skip
from tag import events, names  # isort: skip
from tag.reporting import records  # isort: skip

HISTORY = 120
KEPT = 200
OLD_S = 3.0
_MOVING = {1: ("moves", "white"), 0: ("rests", "white"), -1: ("not known: no samples", "bold yellow")}
_GRAVE = (events.ALARM_GAS_HIGH, events.ALARM_MAN_DOWN, events.ALARM_SOS, events.ALARM_EVACUATION)


class Watch:
    """What was heard of one tag."""

    def __init__(self, about: Mapping[str, Any]) -> None:
        self.about = about
        self.state: dict[str, Any] = {}
        self.records: deque[Received] = deque(maxlen=KEPT)
        self._curves: dict[int, deque[float]] = {}
        self._heard_s = time.monotonic()

    def take(self, what: str, told: Any) -> Received | None:
        """Something that `Console.watch` gave; the record, if it was one."""
        if what == "state" and isinstance(told, dict):
            self._heard_s = time.monotonic()
            self.state = told
            for gas, said, value in self._gases():
                if quality.usable(said):
                    self._curves.setdefault(gas, deque(maxlen=HISTORY)).append(float(value))
        elif what == "record" and len(told) >= records.HEADER:
            one, _ = read(str(self.about.get("tag_id", "")), told, time.time())
            self.records.append(one)
            return one
        return None

    def render(self, width: int, height: int) -> RenderableType:
        """The picture for a terminal of this size."""
        top = self._top(width)
        rows = max(3, height - 10 - len(self._gases()) - max(1, len(self._alarms())))
        return Group(self._head(width), top, self._log(rows))

    def _numbers(self, name: str, each: int) -> list[list[int]]:
        rows = self.state.get(name)
        good = rows if isinstance(rows, list) else []
        return [
            row
            for row in good
            if isinstance(row, list) and len(row) == each and all(isinstance(value, int) for value in row)
        ]

    def _gases(self) -> list[list[int]]:
        return [
            row for row in self._numbers("gases", 3) if row[0] in events.GASES and 0 <= row[1] < len(names.QUALITIES)
        ]

    def _alarms(self) -> list[list[int]]:
        found = [
            row
            for row in self._numbers("alarms", 3)
            if 0 < row[0] < len(names.ALARMS) and 0 < row[1] < len(names.STATES)
        ]
        return sorted(found, key=lambda row: (row[0] in _GRAVE, row[0]), reverse=True)

    def _head(self, width: int) -> Text:
        about, state = self.about, self.state
        now_s = state.get("now_s")
        when = words.when(now_s) + " UTC" if isinstance(now_s, int) and now_s > 0 else "clock not set"
        who = plain(str(about.get("name") or about.get("tag_id", "")), 32)
        line = Text.assemble((f" {who} ", "bold black on cyan3"), (f"  {about.get('tag_id', '')}", DIM), f"  {when}")
        silent_s = time.monotonic() - self._heard_s
        if silent_s > OLD_S:
            line.append(f"   NOTHING HEARD FOR {silent_s:.0f} s", style="bold white on red3")
        line.truncate(width - 1)
        return line

    def _top(self, width: int) -> Panel:
        state = self.state
        table = Table(box=None, show_header=False, pad_edge=False, padding=(0, 1, 0, 0), expand=True)
        table.add_column(style=DIM, width=8, no_wrap=True)
        table.add_column(no_wrap=True, overflow="ellipsis")
        if not state:
            table.add_row("", Text("waiting for the tag", style=DIM))
            return _panel(table, "the tag")
        for label, line in zip(
            ["alarm"] + [""] * 20, self._alarm_lines() or [Text("none", style="green3")], strict=False
        ):
            table.add_row(label, line)
        for gas, said, value in self._gases():
            curve = self._curves.get(gas, deque())
            top = max([*curve, 1.0])
            good = quality.usable(said)
            text = words.concentration(gas, value) if good else names.QUALITIES[said].upper()
            line = Text(f"{text:>12}  ", style="white" if good else "bold yellow")
            table.add_row(words.GAS_NAMES[gas], line.append_text(spark(curve, max(8, width - 34), 0.0, top, "cyan3")))
        word, style = _MOVING.get(state.get("moving", -1), _MOVING[-1])
        table.add_row("motion", Text(word, style=style))
        mask = state.get("faults", 0)
        faults = [name for bit, name in enumerate(names.FAULTS) if isinstance(mask, int) and mask >> bit & 1]
        table.add_row("faults", Text(", ".join(faults) or "none", style="bold yellow" if faults else "green3"))
        table.add_row("power", self._power())
        return _panel(table, f"the tag, {plain(str(self.about.get('board', '')), 40)}")

    def _power(self) -> Text:
        state = self.state
        mv, up_s, pending = (state.get(name) for name in ("battery_mv", "up_s", "pending"))
        volt = f"{mv / 1000:.2f} V" if isinstance(mv, int) and mv >= 0 else "not known"
        heard = "gateway answers" if state.get("wifi") else "no gateway on Wi-Fi"
        lost = f", {state['lost']} records passed by unseen" if state.get("lost") else ""
        return Text(f"{volt}, up {(up_s or 0) // 60} min, {heard}, {pending} records to deliver{lost}")

    def _alarm_lines(self) -> list[Text]:
        lines = []
        for alarm, stage, _ in self._alarms():
            style = "bold white on red3" if alarm in _GRAVE and stage != events.HELP else "black on yellow3"
            lines.append(Text.assemble((f" {names.ALARMS[alarm].upper()} ", style), f"  {names.STATES[stage]}"))
        return lines

    def _log(self, rows: int) -> Panel:
        table = Table(box=None, show_header=False, pad_edge=False, padding=(0, 1, 0, 0), expand=True)
        table.add_column(justify="right", width=7, style=DIM, no_wrap=True)
        table.add_column(width=11, no_wrap=True)
        table.add_column(ratio=1, no_wrap=True, overflow="ellipsis")
        for one in list(self.records)[-rows:]:
            style = record_style(one.kind, one.fields) if one.known else DIM
            table.add_row(f"#{one.seq}", Text(one.name, style=style), Text(plain(one.text, 200), style=style))
        if not self.records:
            table.add_row("", "", Text("nothing since you look", style=DIM))
        return _panel(table, "records   Ctrl-C ends, the tag goes on")


def _panel(content: RenderableType, title: str) -> Panel:
    heading = Text(title, style="cyan3")
    return Panel(content, title=heading, title_align="left", box=box.ROUNDED, border_style="grey37", padding=(0, 1))
