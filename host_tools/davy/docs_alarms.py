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
from tag.gas import table as levels  # isort: skip
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

Written by `python -m davy.docs_alarms` from `firmware/tag/alarms/table.py`, `patterns.py` and `firmware/tag/gas/table.py`,
`limits.py`: change those, not this file. Davy is not certified equipment and no substitute for a certified gas detector.

Every transition below becomes one record `alarm` (alarm, state, cause, value) in the journal and at the gateway.

- The deliberate sequence that cancels an SOS: a long press, begun at least 5 s after the one that raised it.
- A press is meant for the alarm that is shown. It also answers a countdown, and the low gas alarm and the warning beneath a gas
  alarm.
- A dropped tag (clean free fall, then a hard hit) asks "are you wearing me?" until a press, or motion that goes on 10 s after
  the drop. Unanswered it raises man-down, with its own countdown: it may be on one who cannot answer.
- A hit above `near_miss_g` after which the accelerometer fails for more than a second raises man-down: nobody can say how the
  wearer is.
- Fast shaking without any lean or sway is a machine, not the wearer: it holds the short stillness timer (`still_s`) at its start,
  but neither the long one (`vehicle_still_s`) nor an alarm is ended by it.
- With `checkin_s` a press is due at least so often, whatever the wearer's motion; the press that answers is enough to end it.
- A message from the gateway (a text, shown where the tag has a display) asks for a press: that is the answer that goes back.
- A neighbour's call for help, heard by radio where the site allows it, lasts until it has ended, or has not been repeated.
- Where the setting `fatigue` is on, a white light may ask for a reaction test (docs/fatigue.md). It is no alarm: any alarm ends
  it, and a press that belongs to it means nothing else. A long press is an SOS as ever.
- A drill is an evacuation with the cause *drill*. A real evacuation takes its place at once; the end of a drill never ends it.
- Man-down and SOS that nobody has answered for `escalation_s` = ESCALATION escalate; a press or "help knows" ends that.
- A man-down cancelled by the wearer needs a fresh cause: another fall, the full time of stillness again, another check-in missed.
- A gas reading that is not usable never takes a cause away. Over range is a high alarm that latches; for oxygen under range too.
- An unusable reading, a sensor that falls silent or warms up again, one that warms up for ten minutes, a zero that drifts below
  its level, a broken accelerometer: each raises the fault alarm.
- Each action level of a gas that is reached or left is a record `level`. One that is reached raises its alarm anew, so whoever was
  calm about one level hears of the next; an alarm lasts while any level of any gas holds it.
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


# input -> (name, meaning), and state -> (name, meaning), of an action level
LEVEL_INPUTS = {
    levels.AT: ("at", "at the level or beyond, its delay is not over"),
    levels.LASTED: ("lasted", "at the level or beyond for as long as its delay, or it has none"),
    levels.BETWEEN: ("between", "between the level and its clear level"),
    levels.INSIDE: ("inside", "past the clear level, on the safe side"),
    levels.UNKNOWN: ("unknown", "nothing that can be compared with it"),
    levels.PRESS: (
        "press",
        "a press meant for its alarm; on *held* only while a usable reading, and what is compared, is inside",
    ),
}
LEVEL_STATES = {
    levels.CLEAR: ("clear", "no cause"),
    levels.PENDING: ("pending", "at the level, for less than its delay"),
    levels.BEYOND: ("beyond", "the alarm's cause is present; record `level`, present = 1"),
    levels.HELD: ("held", "past its clear level again, but it latches: still a cause of the alarm until a press"),
}


def _level_cell(state: int, symbol: int) -> str:
    after = [levels.step(state, symbol, latches) for latches in (0, levels.LATCHES)]
    words = ["-" if to == state else f"**{LEVEL_STATES[to][0]}**" for to in after]
    return words[0] if words[0] == words[1] else f"{words[0]}; {words[1]} if it latches"


def _level_table() -> str:
    head = ("state", *(row[0] for row in LEVEL_INPUTS.values()))
    rows = [[LEVEL_STATES[s][0], *(_level_cell(s, symbol) for symbol in LEVEL_INPUTS)] for s in LEVEL_STATES]
    states = _grid(("state", "means"), LEVEL_STATES.values())
    return states + "\n" + _grid(("input", "means"), LEVEL_INPUTS.values()) + "\n" + _grid(head, rows)


# kind of level -> (what is compared with it, what its delay is)
_COMPARED = {
    "low": ("the reading", "it must last for"),
    "high": ("the reading", "it must last for"),
    "ceiling": ("the reading", "it must last for"),
    "stel": ("mean of the last 15 minutes, each minute", ""),
    "twa": ("sum of the last 480 minute means / 480, each minute", ""),
    "shift": ("sum of all minute means of the shift / 480, each minute; ended by the shift's end alone", ""),
    "step": (
        "the reading, against the lowest step, once the minutes above this level have used up its allowance",
        "the allowance",
    ),
    "mixture": ("sum of the shares of a group's gases in their levels, as an amount of this gas", ""),
    "rise": ("reading less the lowest one of the time before", "the time before"),
    "drift": ("the reading, below", "it must last for"),
    "ahead": ("whether the level is in sight", "within"),
    "over": ("the sensor is over its range (oxygen: or under it); a row of every gas that no profile needs", ""),
}


def _level_kinds() -> str:
    rows = [(name, *(text or "-" for text in _COMPARED[name])) for name in names.LEVELS[1:]]
    return _grid(("kind", "what is compared", "its delay"), rows)


def _levels() -> str:
    rows = []
    data = limits.BUILT_IN
    for at in range(0, len(data), limits.ROW):
        gas, kind, flags, alarm = data[at : at + 4]
        name, amount = names.LEVELS[kind], _amount(gas, levels.word(data, at + levels.LEVEL))
        clear = _amount(gas, levels.word(data, at + levels.CLEAR_LEVEL))
        falling = bool(levels.falls(data, at))
        delay_s = levels.pair(data, at + levels.DELAY)
        latches = flags & levels.LATCHES or alarm == events.ALARM_GAS_HIGH
        rows.append(
            (
                events.GASES[gas][0],
                name,
                f"{'at or below' if falling else 'at or above'} {amount}",
                f"{'above' if falling else 'below'} {clear}{', then a press' if latches else ''}",
                names.ALARMS[alarm] if alarm else "record only",
                f"{_COMPARED[name][1]} {delay_s} s" if delay_s else "-",
                names.INSTRUCTIONS[data[at + levels.INSTRUCTION]],
            )
        )
    return _grid(("gas", "kind", "cause comes", "cause goes", "alarm", "delay", "instruction"), rows)


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
        "## What an action level of a gas does\n\n"
        "The gas alarms take their causes from action levels: rows of the limit profile in force. A level of the high gas alarm "
        "always latches, an early warning never does.\n\n" + _level_table(),
        _level_kinds(),
        "## Action levels of the built-in profile\n\nIts number in `level` records is 0.\n\n" + _levels(),
        "## Faults\n\n" + _faults(),
        "## What the wearer sees, hears and feels\n\nThe highest rank wins.\n\n" + _patterns(),
    )
    return "\n".join(parts)


def main(path: Path = DOC) -> None:
    """Write the document."""
    path.write_text(render(), encoding="utf-8")


if __name__ == "__main__":
    main()
