"""One tag's self-test over its port: each step is a call on the tag (firmware/tag/selftest/run.py), its lines are the checks.

A step that is cut off leaves no record: the tag goes back on duty by itself, and the test is repeated.
"""

import datetime
import threading
import time
from collections.abc import Callable
from typing import Any, Protocol

from davy import words
from davy.calibration import epoch_s, when
from davy.errors import DavyError
from davy.selftesting import found
from davy.selftesting.found import Check, Tested, checks, names
from davy.selftesting.plan import OUTPUTS, STEPS, Plan
from davy.tagport import Line, TagPort

_START = "import tag.memory\nfrom tag.selftest.run import SelfTest\ntest = SelfTest()"
_RIGHT_S = 3
_STEP_S = 60.0
_HEAR_S = 6
_LEFT_OUT = "left out"  # as the tag has it
_LOOKS = 3
_CLOCK_S = 5.0  # at least, for a comparison of clocks
_STEPS = {
    "motion": "test.motion()",
    "heart": "test.heart()",
    "battery": "test.battery()",
    "wi-fi": "test.wifi()",
    "flash": "test.flash()",
}


def now_s() -> float:
    """This computer's clock, which nobody sets."""
    return time.monotonic()


class Person(Protocol):
    """Who stands before the tag."""

    def noticed(self, what: str) -> int:
        """Whether an output was seen or heard: 1, 0, -1 nobody says."""
        ...

    def ready_to_press(self) -> bool:
        """Told to press the button; False: nobody is there."""
        ...


class Nobody:
    """--yes."""

    def noticed(self, what: str) -> int:
        """Nobody says."""
        return -1

    def ready_to_press(self) -> bool:
        """Nobody is there."""
        return False


class Session:
    """A tag that is stopped for its self-test. A context: leaving it puts the tag back on duty."""

    def __init__(
        self,
        port: str,
        on_check: Callable[[Check], None] = lambda check: None,
        on_step: Callable[[str], None] = lambda step: None,
    ) -> None:
        self.tested = Tested(port)
        self._on_check = on_check
        self._on_step = on_step
        self._muted = False
        self._skip: tuple[str, ...] = ()
        self._port = TagPort(port)
        try:
            self._port.ask(_START)
        except BaseException:
            self._port.release()
            raise

    def __enter__(self) -> "Session":
        return self

    def __exit__(self, *_: object) -> None:
        self._port.release()

    def run(self, plan: Plan, person: Person) -> Tested:
        """All steps of the plan, and the record."""
        self._skip = plan.skip
        if plan.runs("board"):
            self._on_step("board")
        line = self._call("test.board()")[0]
        self.tested.board, self.tested.tag_id = found.words_of(line.get("board")), found.words_of(line.get("tag_id"))
        clock = _Clocks(self) if plan.runs("clock") else None
        for step in STEPS:
            if step == "clock" and clock:
                self._on_step(step)
                clock.end()
            elif step not in ("board", "clock") and plan.runs(step):
                self._on_step(step)
                self._step(step, plan, person)
            self._leave_out(step, plan)
        self._record(plan.by)
        return self.tested

    def _step(self, step: str, plan: Plan, person: Person) -> None:
        number = names.CHECKS.index(step) if step in names.CHECKS else -1
        if step in _STEPS:
            self._call(_STEPS[step])
        elif step == "gases":
            self._call(f"test.gases({plan.wait_s})", plan.wait_s + _STEP_S)
        elif step == "lora":
            self._call(f"test.lora({plan.radio and 'sending' not in plan.skip})")
        elif step == "peer":
            self._peer(plan.peer)
        elif number in OUTPUTS:
            if "driven" in self._call(f"test.drive({number})")[-1]:
                self._call(f"test.judge({number}, {person.noticed(step)})")
        elif step == "button":
            # A tag without a button, or one that is held, is not worth a question.
            line = self._unheard("test.button(False)")
            if line.get("outcome") == checks.NOT_JUDGED and person.ready_to_press():
                self._call("test.button(True)")
            else:
                self._take(line)

    def _unheard(self, code: str) -> Line:
        """A call whose verdict may not be the last word: it is not taken."""
        self._muted = True
        try:
            return self._call(code)[-1]
        finally:
            self._muted = False

    def _leave_out(self, step: str, plan: Plan) -> None:
        """What the person does not want counts as not judged, whatever it came to."""
        done = {check.check for check in self.tested.checks}
        for number in STEPS[step][0]:
            if names.CHECKS[number] in plan.skip and (number in done or not plan.runs(step)):
                self._forget(number)
                self._call(f"test.skip({number})")

    def _forget(self, number: int) -> None:
        self.tested.checks = [check for check in self.tested.checks if check.check != number]

    def _peer(self, port: str) -> None:
        """Each tag sends once and hears the other once."""
        with Session(port) as other:
            other._call("test.lora(False)")
            there = _overheard(other, self)
            here = _overheard(self, other)
        self._call(f"test.peer({here}, {there})")

    def _record(self, by: str) -> None:
        line = self._call(f"test.record({by!r})")[-1]
        try:
            self.tested.recorded = line["recorded"] is True
            self.tested.at = when(int(line["epoch_s"])).isoformat()
            version = int(line["version"])
        except (KeyError, TypeError, ValueError, OverflowError) as error:
            raise self._strange() from error
        self.tested.version = words.version(version)

    def _call(
        self, code: str, most_s: float = _STEP_S, on_line: Callable[[Line], None] = lambda line: None
    ) -> list[Line]:
        def heard(line: Line) -> None:
            on_line(line)
            if "check" in line and not self._muted:
                self._take(line)
            elif "t_s" in line:
                self._on_step(f"gases {line.get('ready')} of {line.get('of')}, {line['t_s']} s")

        lines = self._port.ask(code, heard, most_s)
        if not lines or "error" in lines[-1]:
            raise self._strange()
        return lines

    def _take(self, line: dict[str, Any]) -> None:
        try:
            check = found.check(line)
        except (KeyError, TypeError, ValueError) as error:
            raise self._strange() from error
        self.tested.checks.append(check)
        if check.name not in self._skip or check.cause == _LEFT_OUT:
            self._on_check(check)

    def _strange(self) -> DavyError:
        text = (
            "the tag answers in a way this davy does not know; nothing was recorded: deploy the firmware of this davy"
        )
        return DavyError(f"{self.tested.port}: {text}")


class _Clocks:
    """The tag's clocks beside this computer's: set at first, looked at twice, as a line comes in that is sent as a second ends."""

    def __init__(self, tag: Session) -> None:
        self._tag = tag
        asked = epoch_s(datetime.datetime.now(datetime.UTC))
        told = tag._call(f"test.set_clock({asked})")[-1].get("clock_s")
        late_s = epoch_s(datetime.datetime.now(datetime.UTC)) - asked  # the tag has answered somewhere in between
        self._right = type(told) is int and -_RIGHT_S <= told - asked <= late_s + _RIGHT_S
        self._begun_s = self._mark()

    def _mark(self) -> float:
        came: list[float] = []
        self._tag._call("test.tick()", on_line=lambda line: came.append(now_s()))
        return came[-1]

    def end(self) -> None:
        """Judge them. A line may come late, never early: so what looks wrong is looked at anew, twice."""
        for left in reversed(range(_LOOKS)):
            while now_s() - self._begun_s < _CLOCK_S:
                time.sleep(0.1)
            passed_s = self._mark() - self._begun_s
            asked_s = now_s()
            self._tag._call("print('{}')")
            unsure_s = now_s() - asked_s
            code = f"test.clock({self._right}, {round(passed_s * 1000)}, {round(unsure_s * 1000)})"
            line = self._tag._unheard(code)
            if left == 0 or line.get("outcome") == checks.PASSED:
                self._tag._take(line)
                return
            self._begun_s = self._mark()


def _overheard(listener: Session, sender: Session) -> int | None:
    """dBm of the sender's frame at the listener; None: not heard."""
    lines: list[Line] = []
    failed: list[DavyError] = []

    def listen() -> None:
        try:
            lines.extend(listener._call(f"test.hear({_HEAR_S})"))
        except DavyError as error:
            failed.append(error)

    thread = threading.Thread(target=listen, daemon=True)
    thread.start()
    time.sleep(1.0)
    sender._call("test.call()")
    thread.join(_STEP_S)
    if failed:
        raise failed[0]
    heard = lines[-1].get("heard") if lines else None
    return heard if type(heard) is int else None


def run(
    port: str,
    plan: Plan,
    person: Person,
    on_check: Callable[[Check], None] = lambda check: None,
    on_step: Callable[[str], None] = lambda step: None,
) -> Tested:
    """Test the tag on a port. Raises DavyError when it could not be done; then nothing is recorded."""
    try:
        with Session(port, on_check, on_step) as tag:
            return tag.run(plan, person)
    except DavyError as error:
        text = error.message.replace("nothing was changed", "nothing was recorded")
        raise DavyError(text) from error
