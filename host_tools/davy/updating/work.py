"""One tag gets the app: `appliance` asks, plans, sends, and waits until the tag says what has become of it.

Cut anywhere, the tag starts the version that it had, or the new one on trial; a second run finishes the job. Nothing is kept here
between two ports: any number may be worked on, each in a process or a thread of its own.
"""

import base64
import contextlib
import hashlib
import re
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from davy import tagfacts
from davy.errors import DavyError, plain
from davy.logs.questions import PATIENT
from davy.tagport import Line, TagPort
from davy.updating import plan as planner
from davy.updating import questions, recipe
from davy.updating.plan import Goal, Plan, Stand

import slotstate  # isort: skip

Progress = Callable[..., None]  # event, and what belongs to it: see `appliance`

AGAIN = "run it again, it goes on from there; the tag starts as before"
TOLD = re.compile(r"davy \d+ update \((\d+), (\d+), '(.*)'\)$")
SLOW_B_S = 400
BOOT_S = 90  # a start, with all that may go before the first word


@dataclass(frozen=True)
class Outcome:
    """What became of a port: `confirmed`, `rolled back`, `unchanged`, or `open` where the tag has not said yet."""

    port: str
    state: str
    says: str
    sent_b: int = 0

    @property
    def well(self) -> bool:
        """Whether the tag runs what it shall."""
        return self.state in ("confirmed", "unchanged")


def appliance(
    port: str, goal: Goal, progress: Progress = lambda event, **more: None, wait: bool = True, dry_run: bool = False
) -> Outcome:
    """Bring the app onto the tag of one port. `progress` hears `ask`, `send` (done=, total=), `check`, `start`, `wait` (done=,
    total= in seconds) and `said` (text=). Raises DavyError: nothing was lost, and what to do. With `dry_run` nothing is
    changed, and `says` is the plan."""
    with TagPort(port) as link, _named(port):
        progress("ask")
        now, made = _planned(link, goal)
        if dry_run:
            lines = [f"{number}. {step}" for number, step in enumerate(made.steps(goal), 1)]
            return Outcome(port, "unchanged", "\n".join(lines))
        link.ask(PATIENT)
        sent = 0
        if made.act == "send":
            sent = _send(link, goal, now, made, progress)
            progress("check")
            _check(link, goal)
        for name in made.put:
            _put(link, name, goal.files[name])
        if made.act == "nothing":
            return Outcome(port, "unchanged", f"app {goal.bundle.name} runs already" + _also(made))
        if made.act != "wait":
            _take(link, goal, made)
        progress("start")
        heard = _Heard(goal, progress)
        link.restart(heard.take, goal.healthy_s * 6 + BOOT_S if wait else 1)
    if not wait:
        return Outcome(port, "open", f"app {goal.bundle.name} is on trial", sent)
    return heard.outcome(port, sent) or _asked(port, goal, sent)


def _planned(link: TagPort, goal: Goal) -> tuple[Stand, Plan]:
    facts = tagfacts.ask(link)
    said = next((line for line in reversed(link.ask(questions.ASK)) if "end" in line), None)
    if said is None or not facts.said:
        raise DavyError("what the tag says is garbled: another cable, another port?")
    now = planner.stand(facts, said)
    size = said.get("app.part:size")
    size = size if type(size) is int and 0 < size <= len(goal.bundle.data) else 0
    asked: list[tuple[str, int]] = [(f"/{name}", 1 << 20) for name in goal.files]
    if said.get(f"app.{'?ab'[now.free]}"):
        asked.append((planner.bundles_name(now.free), len(goal.bundle.data) + 1))
    if size:
        asked.append(("/app.part", size))
    hashes: dict[str, str] = {}
    for line in link.ask(questions.HASH % asked, most_s=120):
        if isinstance(line.get("name"), str) and isinstance(line.get("h"), str):
            hashes[line["name"]] = line["h"]
    return now, planner.plan(goal, now, hashes, (size, hashes.get("/app.part", "")))


def _send(link: TagPort, goal: Goal, now: Stand, made: Plan, progress: Progress) -> int:
    """Let /app.part grow to the whole bundle; bytes that travelled."""
    data = goal.bundle.data
    if made.remove:
        link.ask(questions.ROOM % repr(made.remove))
    folders = ["/app"] if now.said.get("slots") else ["/tag", "/lib"]
    held = _held(link.ask(questions.LIST % folders, most_s=180))
    packed = bool(now.said.get("deflate"))
    start = made.start
    with _full():
        _must(link.ask(questions.BEGIN % ("ab" if start else "wb", start, recipe.WINDOW)), "at", start)
        sent = 0
        todo = list(_batches(data, held, start, packed))
        for batch in todo:
            progress("send", done=batch.at, total=len(data))
            text = questions.RECIPE % (batch.at, batch.text)
            _must(link.ask(text, most_s=30 + len(text) / SLOW_B_S), "at", batch.at + batch.size)
            sent += len(text)
        _must(link.ask(questions.END), "end", 1)
    progress("send", done=len(data), total=len(data))
    return sent


def _batches(data: bytes, held: Sequence[recipe.Held], start: int, packed: bool) -> Iterator[recipe.Batch]:
    return recipe.batches(recipe.pieces(data, planner.bundles.HEAD_B, held, start), held, start, packed)


def _held(lines: Sequence[Line]) -> list[recipe.Held]:
    """The tag's files in its order, as far as what it says of them can be read."""
    held: list[recipe.Held] = []
    for line in lines:
        try:
            number, size, digest = line["i"], line["n"], base64.b64decode(line["h"], validate=True)
        except (KeyError, TypeError, ValueError):
            continue
        if number != len(held) or type(size) is not int:
            break
        held.append(recipe.Held(digest, size))
    return held


def _check(link: TagPort, goal: Goal) -> None:
    """Hash and signature, by the tag."""
    size = len(goal.bundle.data)
    want = {"name": "/app.part", "n": size, "h": hashlib.sha256(goal.bundle.data).hexdigest()}
    if want not in link.ask(questions.HASH % [("/app.part", size + 1)], most_s=120):
        link.ask(questions.ROOM % ("('/app.part',)",))
        raise DavyError(
            "the tag reads back something else than was sent: run it again; if it stays so, its flash is worn"
        )
    lines = link.ask(questions.SIGNED, most_s=60)
    why = next((str(line["signed"]) for line in lines if "signed" in line), "it says nothing that can be read")
    if why:
        link.ask(questions.ROOM % ("('/app.part',)",))
        raise DavyError(f"the tag refuses the bundle: {plain(why)}: sign it with the key of its update_key; {AGAIN}")


def _put(link: TagPort, name: str, data: bytes) -> None:
    with _full():
        lines = link.ask(questions.PUT % (name, questions.text(data)), most_s=90)
        why = next((str(line["why"]) for line in lines if "put" in line), "it says nothing that can be read")
        if why:
            raise DavyError(f"{name} could not be written: {plain(why)}")


def _take(link: TagPort, goal: Goal, made: Plan) -> None:
    lines = link.ask(questions.TAKE % (made.slot, made.act == "send", goal.bundle.version, goal.healthy_s))
    said = next((line for line in lines if "took" in line), {})
    if said.get("took") != 1:
        raise DavyError(f"the tag could not take it up ({plain(said.get('why', 'it does not say why'))}): {AGAIN}")


def _must(lines: Sequence[Line], name: str, value: int) -> None:
    if not any(line.get(name) == value for line in lines):
        raise DavyError(f"the tag did not understand a part of it: {AGAIN}")


def _also(made: Plan) -> str:
    return f"; {', '.join(made.put)} written" if made.put else ""


@contextlib.contextmanager
def _full() -> Iterator[None]:
    """A flash that becomes full while it is written."""
    try:
        yield
    except DavyError as error:
        if "Errno 28" in error.message or "ENOSPC" in error.message:
            raise DavyError(f"the tag's flash is full: davy logs pull, remove files from it, and {AGAIN}") from None
        raise


@contextlib.contextmanager
def _named(port: str) -> Iterator[None]:
    try:
        yield
    except DavyError as error:
        if "connection is lost" in error.message:  # what was sent is not nothing
            raise DavyError(f"{port}: the connection is lost: put the cable in again, and {AGAIN}") from error
        raise error if error.message.startswith(port) else DavyError(f"{port}: {error.message}") from error


class _Heard:
    """What a tag prints while it is on trial."""

    def __init__(self, goal: Goal, progress: Progress) -> None:
        self._goal = goal
        self._progress = progress
        self._start_s = time.monotonic()
        self._told: tuple[int, int, str] | None = None

    def take(self, line: str) -> bool:
        """A line; True when it says how the trial ended."""
        self._progress("wait", done=round(time.monotonic() - self._start_s), total=self._goal.healthy_s)
        found = TOLD.search(line)
        if not found:
            return False
        outcome, version = int(found[1]), int(found[2])
        self._progress("said", text=plain(line))
        if outcome in (slotstate.CONFIRMED, slotstate.ROLLED_BACK) and version == self._goal.bundle.version:
            self._told = outcome, version, plain(found[3])
            return True
        return False

    def outcome(self, port: str, sent: int) -> Outcome | None:
        """How it ended, as far as it was heard."""
        if not self._told:
            return None
        return _outcome(port, self._goal, self._told[0] == slotstate.CONFIRMED, self._told[2], sent)


def _outcome(port: str, goal: Goal, well: bool, why: str, sent: int) -> Outcome:
    name = f"app {goal.bundle.name}"
    if well:
        return Outcome(port, "confirmed", f"{name} runs, and has been healthy for {goal.healthy_s} s", sent)
    return Outcome(port, "rolled back", f"{name} did not do ({why}): the version before runs", sent)


def _asked(port: str, goal: Goal, sent: int) -> Outcome:
    """Nothing was heard: stop the tag and look."""
    try:
        with TagPort(port) as link:
            said: dict[str, Any] = next((line for line in reversed(link.ask(questions.ASK)) if "end" in line), {})
    except DavyError as error:
        raise DavyError(
            f"{port}: the tag has the new app on trial, and was lost: put the cable in and run it again to hear what became of it"
        ) from error
    now = planner.stand(tagfacts.Facts({}), said)
    state = now.state
    runs = _runs(now, goal)
    if state.phase == slotstate.TRIAL and runs:
        return Outcome(port, "open", "the tag has not said yet whether it is healthy: run it again", sent)
    return _outcome(port, goal, runs, state.text or "it does not say why", sent)


def _runs(now: Stand, goal: Goal) -> bool:
    head = str(now.said.get(f"app.{'?ab'[now.state.slot]}", ""))
    return now.state.slot != slotstate.PLAIN and head.startswith(goal.bundle.head.hex())
