"""Small drawings out of characters: bars, sparklines, a scale with marks, the colour of a light."""

from collections.abc import Sequence

from rich.text import Text

DIM = "grey58"
_EIGHTHS = " ▏▎▍▌▋▊▉█"
_LEVELS = "▁▂▃▄▅▆▇█"


def bar(share: float, width: int, style: str) -> Text:
    """A horizontal bar, `share` of `width` long, to an eighth of a character."""
    eighths = round(max(0.0, min(1.0, share)) * width * 8)
    full, rest = divmod(eighths, 8)
    done = "█" * full + (_EIGHTHS[rest] if rest else "")
    return Text.assemble((done, style), ("·" * (width - len(done)), "grey30"))


def spark(values: Sequence[float], width: int, low: float, high: float, style: str) -> Text:
    """The newest `width` values as a row of columns."""
    span = (high - low) or 1.0
    newest = list(values)[-width:]
    columns = (_LEVELS[max(0, min(7, int((value - low) / span * 8)))] for value in newest)
    return Text("".join(columns).rjust(width), style=style)


def level_bar(value: float, levels: Sequence[float], top: float, width: int, style: str) -> tuple[Text, Text]:
    """A bar up to `top`, and under it where the levels are."""
    strip = bar(value / top, width, style)
    marks = [" "] * width
    for level in levels:
        label = f"▲{level:g}"
        at = min(width - len(label), round(level / top * width))
        marks[at : at + len(label)] = label
    return strip, Text("".join(marks), style=DIM)


def colour_of(rgb: tuple[int, int, int]) -> str | None:
    """A light's colour as bright as a screen shows it; None when it is dark."""
    strongest = max(rgb)
    if not strongest:
        return None
    r, g, b = (round(255 * channel / strongest) for channel in rgb)
    return f"rgb({r},{g},{b})"
