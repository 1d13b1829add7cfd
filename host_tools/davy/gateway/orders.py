"""What can be said to a tag, and how a person types it; a file that goes out in parts."""

import re
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from davy.errors import DavyError
from davy.words import EPOCH
from tag import events, names
from tag.reporting import messages

PART = 120  # bytes of a file in one message
PART_BY_LORAWAN = 36  # 43 with what stands before: 51 are the most at the lowest data rate, and MAC commands want room
_GO_ON = re.compile(r"limits: go on at (\d+)")
TYPED = {  # how it is typed -> what it does; a test holds `parse`, the help of `davy gateway` and docs/network.md to it
    "help": "help knows of the alarm that presses most",
    "evacuate": "leave the mine",
    "all clear": "the evacuation is over",
    "text WORDS": "a text for the wearer, at most 120 bytes",
    "shift end": "the shift is over: exposure is closed",
    "drill start": "an evacuation, for practice",
    "drill stop": "the practice is over",
    "time": "what time it is",
    "config NAME=VALUE": "a setting, in force from the next start",
    "limits FILE": "a limit profile, signed by `davy limits sign`, in parts",
    "reaction test": "ask the wearer for a reaction test, where the tag watches fatigue",
    "readings FIRST LAST": "send the records with these numbers again; `readings again` is the same",
}


@dataclass(frozen=True)
class Order:
    """One message; `args` as `tag.events.MESSAGES` types them, except that those of a time are asked for when it is sent."""

    message: int
    args: tuple[Any, ...] = ()
    ident: int = 0

    def arguments(self, now_s: float) -> tuple[Any, ...]:
        """What follows the ident in the frame; `now_s` is Unix time."""
        if self.message != events.MSG_TIME:
            return self.args
        passed = now_s - EPOCH.timestamp()
        return int(passed), int(passed % 1 * 1000)

    def __str__(self) -> str:
        word = names.MESSAGES[self.message]
        match self.message:
            case events.MSG_HELP:
                return f"{word}: {names.ALARMS[self.args[0]]}"
            case events.MSG_TEXT | events.MSG_CONFIG:
                return f"{word}: {self.args[0]}"
            case events.MSG_LIMITS:
                return f"{word}: byte {self.args[1]} of {self.args[0]}"
            case events.MSG_READINGS:
                return f"{word}: {self.args[0]} to {self.args[1]}"
        return word


@dataclass
class FileOnItsWay:
    """A limit profile that goes out part by part, each when the tag has answered the one before."""

    data: bytes
    offset: int = 0
    room: int = PART  # bytes in the next part
    ident: int = 0  # of the part that waits for its answer
    problem: str = ""  # why it was given up
    said: list[str] = field(default_factory=list)  # CONFIG records since the last answer: the tag's reason

    def __str__(self) -> str:
        return f"limits: {len(self.data)} bytes"

    @property
    def part(self) -> Order:
        """What to say now."""
        return Order(events.MSG_LIMITS, (len(self.data), self.offset, self.data[self.offset : self.offset + self.room]))

    @property
    def over(self) -> bool:
        """Whether nothing is left to say."""
        return bool(self.problem) or self.offset >= len(self.data)

    def answered(self, done: bool) -> None:
        """The tag has taken the part, or refused it."""
        why, self.said = "; ".join(self.said), []
        if done:
            self.offset += self.room
            return
        found = _GO_ON.search(why)
        if found and int(found[1]) != self.offset and int(found[1]) < len(self.data):
            self.offset = int(found[1])
        else:
            self.problem = why or "the tag refuses it and does not say why"


def check(order: Order) -> Order:
    """The order, when it can be said at all; DavyError says why not."""
    try:
        messages.encode(order.message, order.arguments(datetime.now(UTC).timestamp()))
    except ValueError as error:
        raise DavyError(f"{order}: {error}") from error
    return order


def parse(line: str, pressing: int) -> Order | FileOnItsWay:
    """A typed line as an order; `pressing` is the alarm that `help` is about. DavyError says what can be typed."""
    words = line.split()
    known = sorted((name for name in names.MESSAGES[2:]), key=len, reverse=True)
    name = next((name for name in known if line.lower().split()[: len(name.split())] == name.split()), "")
    rest = line.strip()[len(name) :].strip() if name else ""
    if words and words[0].lower() == "readings" and not name:
        name, rest = "readings again", line.strip()[8:].strip()
    match name, rest:
        case "help", "":
            if not pressing:
                raise DavyError("no alarm waits for help")
            return Order(events.MSG_HELP, (pressing,))
        case (("evacuate" | "all clear" | "shift end" | "drill start" | "drill stop" | "time" | "reaction test"), ""):
            return Order(names.MESSAGES.index(name))
        case (("text" | "config"), words_of_it) if words_of_it:
            return check(Order(names.MESSAGES.index(name), (words_of_it,)))
        case "limits", file if file:
            try:
                return FileOnItsWay(Path(file).read_bytes())
            except OSError as error:
                raise DavyError(f"{file}: {error.strerror}") from error
        case "readings again", span if re.fullmatch(r"\d{1,9}\s+\d{1,9}", span):
            first, last = (int(number) for number in span.split())
            return Order(events.MSG_READINGS, (first, last))
    raise DavyError(f"'{line[:40]}' is no order: {', '.join(TYPED)}")
