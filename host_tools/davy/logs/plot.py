"""Curves over time as SVG text: what a page shows without a script and without a network.

Of many points in one column of the picture the lowest and the highest are drawn, so that no peak is lost. A curve is broken where
nothing was recorded.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from html import escape

WIDTH, LEFT, RIGHT = 1000, 62, 20
COLUMNS = 918
_STEPS = (1, 2, 5)
_STEPS_S = (60, 300, 900, 1800, 3600, 7200, 14400, 28800, 86400, 172800, 604800, 2592000)

Points = Sequence[tuple[int, float]]


@dataclass(frozen=True)
class Curve:
    """Points (ms, value) ascending; `css` names its looks."""

    points: Points
    css: str
    name: str


@dataclass(frozen=True)
class Axis:
    """Time along the picture, as people read it there."""

    start_ms: int
    end_ms: int
    clock: Callable[[int, str], str]  # milliseconds since 1970, format of strftime

    def x(self, at_ms: int) -> float:
        """Where a moment is."""
        span = max(self.end_ms - self.start_ms, 1)
        return LEFT + (WIDTH - LEFT - RIGHT) * (min(max(at_ms, self.start_ms), self.end_ms) - self.start_ms) / span

    def ticks(self) -> list[tuple[float, str]]:
        """(x, label) of about eight moments."""
        span_s = max((self.end_ms - self.start_ms) / 1000, 1)
        step_s = next((step for step in _STEPS_S if span_s / step <= 9), _STEPS_S[-1])
        form = "%d %b" if step_s >= 86400 else "%H:%M"
        first = -(-self.start_ms // (step_s * 1000)) * step_s * 1000
        return [(self.x(ms), self.clock(ms, form)) for ms in range(first, self.end_ms + 1, step_s * 1000)]


def columns(points: Points, axis: Axis, gap_ms: int) -> list[list[tuple[float, float, float]]]:
    """(x, lowest, highest) of each column of the picture that has points, in pieces with no gap inside."""
    span = max(axis.end_ms - axis.start_ms, 1)
    pieces: list[list[tuple[float, float, float]]] = []
    column, before_ms = -1, None
    gap_ms = max(gap_ms, 2 * span // COLUMNS)
    for at_ms, value in points:
        own = (at_ms - axis.start_ms) * COLUMNS // span
        if before_ms is None or at_ms - before_ms > gap_ms:
            pieces.append([])
            column = -1
        before_ms = at_ms
        if own != column:
            pieces[-1].append((axis.x(at_ms), value, value))
            column = own
        else:
            x, low, high = pieces[-1][-1]
            pieces[-1][-1] = (x, min(low, value), max(high, value))
    return pieces


def scale(low: float, high: float) -> list[float]:
    """About four round numbers that hold the range."""
    span = high - low or abs(high) or 1.0
    ten = 10.0 ** len(str(int(span))) if span >= 1 else 1.0
    while ten > span:
        ten /= 10
    step = next((ten * n for n in _STEPS if span / (ten * n) <= 4.5), ten * 10)
    first = int(low // step)
    last = int(-(-high // step))
    return [round(step * n, 9) for n in range(first, max(last, first + 1) + 1)]


def chart(
    curves: Sequence[Curve],
    axis: Axis,
    unit: str,
    bands: Sequence[tuple[int, int, str, str]] = (),
    gap_ms: int = 300_000,
    height: int = 170,
) -> str:
    """A picture of curves; `bands`: (from, to, css, title) behind them, such as alarms and gaps."""
    values = [value for curve in curves for _, value in curve.points]
    marks = scale(min(0.0, *values) if min(values) < 0.5 * max(values) else min(values), max(values))
    low, high, top, bottom = marks[0], marks[-1], 8, height - 22

    def y(value: float) -> float:
        return bottom - (bottom - top) * (value - low) / ((high - low) or 1)

    parts = [f'<svg viewBox="0 0 {WIDTH} {height}" role="img" aria-label="{escape(curves[0].name)}">']
    for start_ms, end_ms, css, title in bands:
        x = axis.x(start_ms)
        wide = max(axis.x(end_ms) - x, 1.5)
        parts.append(
            f'<rect class="{css}" x="{x:.1f}" y="{top}" width="{wide:.1f}" height="{bottom - top}">'
            f"<title>{escape(title)}</title></rect>"
        )
    for mark in marks:
        parts.append(f'<path class="grid" d="M{LEFT} {y(mark):.1f}H{WIDTH - RIGHT}"/>')
        parts.append(f'<text class="y" x="{LEFT - 6}" y="{y(mark) + 4:.1f}">{mark:g}</text>')
    for x, label in axis.ticks():
        parts.append(f'<path class="grid" d="M{x:.1f} {top}V{bottom}"/>')
        parts.append(f'<text class="x" x="{x:.1f}" y="{height - 6}">{escape(label)}</text>')
    parts.append(f'<text class="unit" x="4" y="{top + 4}">{escape(unit)}</text>')
    for curve in curves:
        for piece in columns(curve.points, axis, gap_ms):
            parts.append(_path(piece, curve.css, y))
    return "".join(parts) + "</svg>"


def _path(piece: Sequence[tuple[float, float, float]], css: str, y: Callable[[float], float]) -> str:
    if len(piece) == 1 and piece[0][1] == piece[0][2]:
        x, value, _ = piece[0]
        return f'<circle class="{css}" cx="{x:.1f}" cy="{y(value):.1f}" r="1.5"/>'
    steps = [f"{x:.1f} {y(low):.1f}" + (f"L{x:.1f} {y(high):.1f}" if high != low else "") for x, low, high in piece]
    return f'<path class="{css}" d="M{"L".join(steps)}"/>'
