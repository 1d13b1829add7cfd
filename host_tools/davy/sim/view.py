"""The live picture of a run: what the tag senses, the tag itself, what has come to the gateway, and what happened.

Made for terminals from 80 x 24 on; 100 x 30 shows everything. It only looks: `frame` reads the runner, `render` draws
what was read.
"""

import math
from collections import deque

from rich import box
from rich.console import Console, Group, RenderableType
from rich.layout import Layout
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

import quality
from davy import limitprofile, words
from davy.colours import record_style
from davy.sim.drawing import DIM, bar, colour_of, level_bar, spark
from davy.sim.result import Note
from davy.sim.runner import Runner
from davy.vtag.radio import STAT_CONNECTING, STAT_GOT_IP
from tag import events, names
from tag.gas import limits

TOP_ROWS = 10
HISTORY = 64  # frames in a sparkline
MOTION_FULL_G = 4.0
WIDE = 96

_ALARM_STYLE = {
    events.ALARM_WEAR: "black on yellow3",
    events.ALARM_FAULT: "black on yellow3",
    events.ALARM_GAS_LOW: "black on dark_orange",
    events.ALARM_GAS_HIGH: "bold white on red3",
    events.ALARM_MAN_DOWN: "bold white on red3",
    events.ALARM_SOS: "bold white on red3",
    events.ALARM_EVACUATION: "bold white on red3",
}
_CALM_STYLE = {events.PRE: "bold black on yellow3", events.ACKED: "white on grey37", events.HELP: "bold white on blue3"}
_NOTE_STYLE = {
    "power": "bold red",
    "fault": "yellow",
    "mended": "green",
    "start": "cyan",
    "wearer": "white",
    "gateway": "bright_blue",
    "tag": "white",
    "console": "grey50",
}


class View:
    """One picture after the other of a runner."""

    def __init__(self, runner: Runner) -> None:
        self.runner = runner
        self._motion: deque[float] = deque([1.0] * HISTORY, HISTORY)
        self._gas: deque[float] = deque([0.0] * HISTORY, HISTORY)
        self._light = (0, 0, 0)
        self._light_s = 0.0
        self._sound_hz = 0
        self._shake = 0
        self._before_us = 0
        self._gas_name = next(iter(runner.scenario.gases), "ch4")
        self._levels = _levels(self._gas_name)
        self._upright = runner.wearer.upright
        self._lean = 0.0
        runner.tag.board.on_output = self._output

    # -- looking -------------------------------------------------------------------------------------------------------

    def _output(self, what: str, t_us: int) -> None:
        """Short flashes and beeps would fall between two pictures: keep the strongest until it has been drawn."""
        board = self.runner.tag.board
        if what == "rgb" and any(board.rgb):
            self._light, self._light_s = board.rgb, t_us / 1e6
        elif what == "buzzer_hz":
            self._sound_hz = max(self._sound_hz, board.buzzer_hz)
        elif what == "motor_percent":
            self._shake = max(self._shake, board.motor_percent)

    def frame(self) -> None:
        """Read the runner for the next picture."""
        runner = self.runner
        now_us = runner.bench.now_us
        step_us = max(10_000, (now_us - self._before_us) // 12)
        samples = [runner.world.accel_mg(t_us) for t_us in range(self._before_us + step_us, now_us + 1, step_us)][-24:]
        if samples:
            self._motion.append(max((_length(v) for v in samples), key=lambda mg: abs(mg - 1000)) / 1000)
            mean = [sum(v[axis] for v in samples) / len(samples) for axis in range(3)]
            self._lean += 0.5 * (_angle(mean, self._upright) - self._lean)
        self._gas.append(runner.world.gas(self._gas_name, now_us))
        self._before_us = now_us

    # -- drawing -------------------------------------------------------------------------------------------------------

    def render(self, width: int, height: int) -> RenderableType:
        """The picture for a terminal of this size."""
        layout = Layout()
        layout.split_column(
            Layout(self._head(width), size=2),
            Layout(name="top", size=TOP_ROWS),
            Layout(name="bottom"),
            Layout(self._foot(width), size=1),
        )
        layout["top"].split_row(Layout(self._senses(width // 2)), Layout(self._tag(width - width // 2)))
        left = width * 3 // 5 - (2 if width < WIDE else 0)
        rows = max(1, height - 2 - TOP_ROWS - 1 - 2)
        layout["bottom"].split_row(
            Layout(self._gateway(left, rows), size=left),
            Layout(self._log(width - left, rows), size=width - left),
        )
        # After a flash that was drawn, what counts is what is on now.
        board = self.runner.tag.board
        self._light, self._sound_hz, self._shake = board.rgb, board.buzzer_hz, board.motor_percent
        return layout

    def _head(self, width: int) -> RenderableType:
        scenario = self.runner.scenario
        line = Text.assemble((" davy ", "bold black on cyan3"), (f"  {scenario.name}", "bold"))
        line.truncate(width - 1, overflow="ellipsis")
        about = Text(f" {scenario.about}", style=DIM, no_wrap=True, overflow="ellipsis")
        return Group(line, about)

    def _foot(self, width: int) -> RenderableType:
        runner = self.runner
        speed = "as fast as it goes" if runner.speed is None else f"{runner.speed:g} times real time"
        text = f" {runner.now_s:5.1f} s of {runner.scenario.duration_s:g} s   {speed}   Ctrl-C ends "
        line = bar(runner.now_s / runner.scenario.duration_s, max(4, width - len(text) - 2), "cyan3")
        return Text(" ").append_text(line).append(text, style=DIM)

    def _senses(self, width: int) -> Panel:
        inner = width - 4
        wide = max(8, inner - 19)
        table = _pairs()
        motion_g = self._motion[-1]
        table.add_row("moves", Text(self.runner.wearer.doing(self.runner.bench.now_us), style="white"))
        peak = Text.assemble(spark(self._motion, wide, 0.0, MOTION_FULL_G, "cyan3"), f" {motion_g:5.2f} g")
        table.add_row("motion", peak)
        table.add_row("turned", Text.assemble(bar(self._lean / 180, wide, "cyan3"), f" {self._lean:4.0f} deg"))
        table.add_row("", "")
        value = self._gas[-1]
        top = max(1.5 * max(self._levels, default=1.0), 1.05 * max(self._gas, default=0.0))
        passed = sum(value >= level for level in self._levels)
        style = ("green3", "dark_orange", "red3")[min(passed, 2)]
        unit = events.GASES[_gas_id(self._gas_name)][3]
        table.add_row(self._gas_name, Text.assemble(spark(self._gas, wide, 0.0, top, style), f" {value:5.2f} {unit}"))
        strip, marks = level_bar(value, self._levels, top, wide, style)
        table.add_row("", strip)
        table.add_row("", marks)
        table.add_row("sensor", self._sensor())
        return _panel(table, "what it senses")

    def _sensor(self) -> Text:
        said = self.runner.state.gases.get(_gas_id(self._gas_name))
        if not self.runner.tag.on or said is None:
            return Text("-", style=DIM)
        good = quality.usable(said[0])
        text = f"says {words.concentration(_gas_id(self._gas_name), said[1])}" if good else names.QUALITIES[said[0]]
        return Text(text, style="white" if good else "yellow")

    def _tag(self, width: int) -> Panel:
        runner = self.runner
        board = runner.tag.board
        inner = width - 4
        table = _pairs()
        style = colour_of(self._light) if runner.tag.on else None
        light = Text("█" * 8, style=style) if style else Text("░" * 8, style=DIM)
        for label in ("light", ""):
            table.add_row(label, light)
        sound = Text(f"♪ {self._sound_hz} Hz", style="bold white") if self._sound_hz else Text("silent", style=DIM)
        table.add_row("buzzer", sound)
        shake = Text.assemble(bar(self._shake / 100, 12, "magenta"), f" {self._shake} %")
        table.add_row("motor", shake if self._shake else Text("still", style=DIM))
        for label, line in self._alarm(max(6, inner - 24)):
            table.add_row(label, line)
        status = board.wifi.status(runner.bench.now_us) if runner.tag.on else 0
        wifi = {STAT_GOT_IP: Text("connected", style="green3"), STAT_CONNECTING: Text("joining", style="yellow")}
        table.add_row(
            "Wi-Fi", wifi.get(status, Text("no network", style="yellow") if runner.tag.on else Text("-", style=DIM))
        )
        if runner.tag.on:
            volt = runner.world.battery_mv(runner.bench.now_us) / 1000
            power = Text.assemble((f"on, start {len(runner.starts_us)}", "green3"), f"   battery {volt:.2f} V")
        else:
            power = Text("NO POWER", style="bold white on red3")
        table.add_row("power", power)
        return _panel(table, f"the tag of {runner.scenario.tag_name}")

    def _alarm(self, width: int) -> list[tuple[str, Text]]:
        """The highest alarm with its countdown, and in a second line what else there is."""
        runner = self.runner
        state = runner.state
        alarm = state.highest
        if not alarm:
            return [("alarm", Text("none", style="green3" if runner.tag.on else DIM)), ("", Text())]
        stage = state.alarms[alarm]
        style = _CALM_STYLE.get(stage, _ALARM_STYLE[alarm])
        line = Text.assemble(
            (f" {names.ALARMS[alarm].upper()} ", style if runner.tag.on else "white on grey23"),
            (f"  {names.STATES[stage]}", "bold"),
        )
        countdown = state.countdown_s(alarm, runner.now_s) if runner.tag.on else None
        if countdown:
            left, whole = countdown
            strip = Text.assemble(bar(left / whole, width, "yellow3"), (f" {left:3.0f} s to answer", "bold"))
            return [("alarm", line), ("", strip)]
        others = [names.ALARMS[other] for other in sorted(state.alarms, reverse=True) if other != alarm]
        return [("alarm", line), ("", Text(f"and {', '.join(others)}" if others else "", style=DIM))]

    def _gateway(self, width: int, rows: int) -> Panel:
        wide = width >= 56
        table = Table(box=None, expand=True, show_header=False, pad_edge=False, padding=(0, 1, 0, 0))
        table.add_column(justify="right", width=6, style=DIM, no_wrap=True)
        table.add_column(justify="right", width=4, style=DIM, no_wrap=True)
        if wide:
            table.add_column(width=9, no_wrap=True)
        table.add_column(ratio=1, no_wrap=True, overflow="ellipsis")
        records = self.runner.records
        for record in records[-rows:]:
            style = record_style(record.kind, record.fields)
            cells = [f"{record.at_s:.1f}", f"#{record.seq}"]
            if wide:
                cells.append(f"[{style}]{record.name}")
            text = record.text if wide or not record.known else words.sentence(record.kind, record.fields)
            table.add_row(*cells, Text(text, style=style))
        if not records:
            table.add_row("", "", *([""] if wide else []), Text("nothing yet", style=DIM))
        return _panel(table, f"at the gateway: {len(records)} {'record' if len(records) == 1 else 'records'}")

    def _log(self, width: int, rows: int) -> Panel:
        table = Table(box=None, expand=True, show_header=False, pad_edge=False, padding=(0, 1, 0, 0))
        table.add_column(justify="right", width=5, style=DIM, no_wrap=True)
        table.add_column(ratio=1, no_wrap=True, overflow="ellipsis")
        for note in self.runner.notes[-rows:]:
            table.add_row(f"{note.at_s:.1f}", note_text(note, wide=False))
        return _panel(table, "what happens")


def note_text(note: Note, wide: bool = True) -> Text:
    """A note in its colour, with its author where there is room."""
    authors = {"wearer": "the wearer ", "gateway": "the gateway ", "tag": "tag: "} if wide else {"gateway": "gateway "}
    who = authors.get(note.kind, "")
    style = record_style(*note.event) if note.event else _NOTE_STYLE.get(note.kind, "")
    return Text(who + note.text, style=style)


def picture(view: View, width: int = 100, height: int = 30) -> str:
    """The picture as SVG text, without anything fetched from elsewhere."""
    import io
    import re

    console = Console(
        record=True, width=width, height=height, file=io.StringIO(), force_terminal=True, color_system="truecolor"
    )
    console.print(view.render(width, height), height=height)
    svg = console.export_svg(title="davy sim run")
    svg = re.sub(r"@font-face\s*{[^}]*}", "", svg)
    return re.sub(r"[ \t]+\n", "\n", svg)


def _pairs() -> Table:
    table = Table(box=None, show_header=False, pad_edge=False, padding=(0, 1, 0, 0))
    table.add_column(style=DIM, width=7, min_width=7, no_wrap=True)
    table.add_column(no_wrap=True, overflow="crop")
    return table


def _panel(content: RenderableType, title: str) -> Panel:
    heading = Text(title, style="cyan3")
    return Panel(content, title=heading, title_align="left", box=box.ROUNDED, border_style="grey37", padding=(0, 1))


def _gas_id(name: str) -> int:
    return next(number for number, known in words.GAS_NAMES.items() if known == name)


def _levels(name: str) -> list[float]:
    """Where the tag's rising alarms for a gas begin, in its own unit."""
    ident = _gas_id(name)
    rows = [row for row in limitprofile.unpack(limits.BUILT_IN) if row.gas == ident and not row.falling]
    return sorted(row.level / events.GASES[ident][2] for row in rows if row.kind_name in ("low", "high", "ceiling"))


def _length(v: tuple[float, float, float]) -> float:
    return math.sqrt(v[0] * v[0] + v[1] * v[1] + v[2] * v[2])


def _angle(a: list[float], b: tuple[float, float, float]) -> float:
    size = math.sqrt(sum(x * x for x in a) * sum(x * x for x in b)) or 1.0
    return math.degrees(math.acos(max(-1.0, min(1.0, sum(x * y for x, y in zip(a, b, strict=True)) / size))))
