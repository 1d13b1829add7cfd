"""docs/alarms.md, written from the tables that the tag itself uses, so that the two cannot differ.

    python -m davy.docs_alarms          writes docs/alarms.md of this checkout

A test compares the file with `render()`.
"""

from collections.abc import Iterable
from pathlib import Path

from davy import roots

from tag import events, names  # isort: skip
from tag.alarms import patterns, table  # isort: skip
from tag.gas import limits  # isort: skip
from tag.settings import SETTINGS  # isort: skip

DOC = roots.CHECKOUT / "docs" / "alarms.md"

# input -> (name, meaning)
INPUTS = {
    table.RAISE: ("raise", "a cause comes, or comes again"),
    table.CLEAR: ("clear", "the last cause has gone"),
    table.TIMEOUT: (
        "timeout",
        "the time of the state is over: of a countdown, of a brief acknowledgement, of an unanswered alarm",
    ),
    table.PRESS: ("press", "the wearer presses shortly"),
    table.HELP_KNOWS: ("help knows", "the gateway says so"),
    table.CANCEL: ("cancel", "the wearer's deliberate sequence"),
    table.ALL_CLEAR: ("all clear", "the gateway says so"),
}

_STATES = range(len(names.STATES))

_STATE_TEXT = {
    events.OFF: "no cause, nothing to show",
    events.PRE: "countdown; the wearer may cancel",
    events.ON: "raised, loud",
    events.ACKED: "acknowledged by the wearer: calmer",
    events.HELP: "help is on its way: calmer, except for a high gas alarm",
    events.ESCALATED: "nobody has answered: the loudest there is, and a second record for the gateway",
}

# by the numbers of these properties in table.py
_ACK_TEXT = ("none", "calmer while the cause lasts", f"silent for {table.BRIEF_MS // 1000} s")
_ENDS_TEXT = ("its cause", "the wearer's deliberate sequence", "the gateway's all clear")
_LATE_TEXT = ("lasts", "escalates")

_INTRO = """# Alarms

Written by `python -m davy.docs_alarms` from `firmware/tag/alarms/table.py`, `patterns.py` and `firmware/tag/gas/limits.py`:
change those, not this file. Davy is not certified equipment and no substitute for a certified gas detector.

Every transition below becomes one record `alarm` (alarm, state, cause, value) in the journal and at the gateway.

- The deliberate sequence that cancels an SOS: a long press, begun at least 5 s after the one that raised it.
- A press is meant for the alarm that is shown. It also answers a countdown, and a low gas alarm beneath a high one.
- A dropped tag (clean free fall, then a hard hit) asks "are you wearing me?" until a press, or motion that goes on 10 s after
  the drop. Unanswered it raises man-down, with its own countdown: it may be on one who cannot answer.
- A hit above `near_miss_g` after which the accelerometer fails for more than a second raises man-down: nobody can say how the
  wearer is.
- Fast shaking without any lean or sway is a machine, not the wearer: it holds the short stillness timer (`still_s`) at its start,
  but neither the long one (`vehicle_still_s`) nor an alarm is ended by it.
- With `checkin_s` a press is due at least so often, whatever the wearer's motion; the press that answers is enough to end it.
- Man-down and SOS that nobody has answered for `escalation_s` = ESCALATION escalate; a press or "help knows" ends that.
- A man-down cancelled by the wearer needs a fresh cause: another fall, the full time of stillness again, another check-in missed.
- A gas reading that is not usable never takes a cause away. Over range counts as a high alarm; for oxygen under range too.
- An unusable reading, a sensor that falls silent or a broken accelerometer raises the fault alarm.
"""


def _row(cells: Iterable[object]) -> str:
    return "| " + " | ".join(str(cell) for cell in cells) + " |"


def _grid(head: Iterable[str], rows: Iterable[Iterable[object]]) -> str:
    titles = list(head)
    lines = [_row(titles), "|" + "---|" * len(titles)]
    lines.extend(_row(row) for row in rows)
    return "\n".join(lines) + "\n"


def _seconds(setting: str) -> str:
    if not setting:
        return "none"
    _, default, low, high, unit, _ = SETTINGS[setting]
    return f"`{setting}` = {default} {unit} ({low}..{high})"


def _kinds() -> str:
    rows = []
    for alarm, (countdown, latches, ack, ends_by, helps, late) in table.KINDS.items():
        ends = _ENDS_TEXT[ends_by]
        if not ends_by:
            ends += " gone" + (" and a press after that" if latches else "")
        asks = events.ON not in reachable(alarm)
        pressed = "ends it" if asks else _ACK_TEXT[ack]
        help_knows = "yes" if helps else "no"
        rows.append((alarm, names.ALARMS[alarm], _seconds(countdown), pressed, ends, help_knows, _LATE_TEXT[late]))
    head = (
        "id",
        "alarm",
        "countdown",
        "a press while the cause is present",
        "ended by",
        '"help knows"',
        "unanswered it",
    )
    return _grid(head, rows)


def reachable(alarm: int) -> set[int]:
    """The states that an alarm can be in, whatever happens."""
    seen = {events.OFF}
    while True:
        more = {
            table.step(alarm, state, symbol, present)
            for state in seen
            for symbol in INPUTS
            for present in (False, True)
            if symbol != table.TIMEOUT or table.timed(alarm, state)
        }
        if more <= seen:
            return seen
        seen |= more


def _cell(alarm: int, state: int, symbol: int) -> str:
    """The next state in words; both answers where it matters whether a cause is present."""
    if symbol == table.TIMEOUT and not table.timed(alarm, state):
        return "-"
    present = table.step(alarm, state, symbol, True)
    gone = table.step(alarm, state, symbol, False)
    if symbol == table.RAISE:
        gone = present
    elif symbol == table.CLEAR:
        present = gone
    after = ["-" if to == state else "**" + names.STATES[to] + "**" for to in (present, gone)]
    return after[0] if present == gone else f"{after[0]}; {after[1]} if the cause has gone"


def _tables() -> str:
    parts = []
    for alarm in table.KINDS:
        states = [state for state in _STATES if state in reachable(alarm)]
        symbols = [s for s in INPUTS if any(_cell(alarm, state, s) != "-" for state in states)]
        rows = [[names.STATES[state], *(_cell(alarm, state, symbol) for symbol in symbols)] for state in states]
        parts.append(f"### {names.ALARMS[alarm]}\n\n" + _grid(("state", *(INPUTS[s][0] for s in symbols)), rows))
    return "\n".join(parts)


def _amount(gas: int, value: int) -> str:
    _, _, counts, unit = events.GASES[gas]
    return f"{value / counts:.{len(str(counts)) - 1}f} {unit}"


def _levels() -> str:
    rows = []
    for gas, direction, level, clear, alarm, delay_ms in limits.LEVELS:
        comes, goes = ("at or above", "below") if direction == limits.RISING else ("at or below", "above")
        wait = f"{delay_ms} ms" if delay_ms else "at once"
        name = events.GASES[gas][0]
        rows.append(
            (name, f"{comes} {_amount(gas, level)}", f"{goes} {_amount(gas, clear)}", names.ALARMS[alarm], wait)
        )
    return _grid(("gas", "cause comes", "cause goes", "alarm", "after"), rows)


def _patterns() -> str:
    rows = []
    for rank in range(len(patterns.PATTERNS) - 1, -1, -1):
        steps, _ = patterns.PATTERNS[rank]
        users = [
            f"{names.ALARMS[alarm]}: {names.STATES[state]}"
            for alarm in table.KINDS
            for state in _STATES
            if state in reachable(alarm) and state != events.OFF and patterns.SHOWN[alarm][state] == rank
        ]
        light = "yes" if any(step[1] for step in steps) else "no"
        sound = "yes" if any(step[2] for step in steps) else "no"
        motor = max(step[3] for step in steps)
        rows.append((rank, names.PATTERNS[rank], ", ".join(users), light, sound, f"{motor} %" if motor else "no"))
    return _grid(("rank", "pattern", "shown for", "light", "sound", "motor"), rows)


def _faults() -> str:
    rows = [
        (source, name, "fault alarm" if source in events.SAFETY_FAULTS else "record only")
        for source, name in enumerate(names.FAULTS)
    ]
    return _grid(("source", "what", "raises"), rows)


def render() -> str:
    """The whole document."""
    states = _grid(("state", "means"), [(names.STATES[s], _STATE_TEXT[s]) for s in _STATES])
    inputs = _grid(("input", "means"), INPUTS.values())
    parts = (
        _INTRO.replace("ESCALATION", _seconds("escalation_s").removeprefix("`escalation_s` = ")),
        "## Kinds, in ascending priority\n\n" + _kinds(),
        "## States and inputs\n\n" + states + "\n" + inputs,
        "## What each input does in each state\n\n`-` means that nothing changes.\n\n" + _tables(),
        "## Gas action levels\n\n" + _levels(),
        "## Faults\n\n" + _faults(),
        "## What the wearer sees, hears and feels\n\nThe highest rank wins.\n\n" + _patterns(),
    )
    return "\n".join(parts)


def main(path: Path = DOC) -> None:
    """Write the document."""
    path.write_text(render(), encoding="utf-8")


if __name__ == "__main__":
    main()
