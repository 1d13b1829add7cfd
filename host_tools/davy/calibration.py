"""Zero, span and bump test from this computer: what the tag is asked, and what it answers.

The tag does the act and judges it (firmware/tag/gas/calibration.py, called through firmware/tag/service.py); numbers on the line
are counts of `tag.events.GASES`. `keep` is a step of its own: until then nothing on the tag has changed.
"""

import datetime
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from davy import words  # also puts the tag's own code on the path
from davy.errors import DavyError
from davy.tagport import Line, TagPort

from tag import names  # isort: skip
from tag.events import GASES, O2  # isort: skip
from tag.gas import acts  # isort: skip

EPOCH = datetime.datetime(2000, 1, 1, tzinfo=datetime.UTC)
RUN_S = 1900.0  # the tag ends every act within half an hour
NO_TEMP = -128


@dataclass(frozen=True)
class Gas:
    """One gas of a tag, and how it stands."""

    gas: int
    t90_s: int
    full: int  # end of the sensor's range in counts, 0: not known
    zero: int
    gain_q12: int
    due: int

    @property
    def name(self) -> str:
        """As in `--gas`."""
        return GASES[self.gas][0]


@dataclass(frozen=True)
class Progress:
    """Where an act is: a line of the tag."""

    state: int
    value: int
    quality: int
    percent: int


@dataclass(frozen=True)
class Ended:
    """How an act ended; `zero` and `gain_q12` would be in force from now on, `zero_before` has been."""

    act: int
    gas: int
    outcome: int
    applied: int
    response: int
    zero: int
    gain_q12: int
    zero_before: int
    quality: int

    @property
    def passed(self) -> bool:
        """Whether it did."""
        return self.outcome == acts.PASSED


@dataclass(frozen=True)
class Kept:
    """What `keep` has done."""

    when: datetime.datetime
    recorded: bool  # the journal took the record
    temp_c: int | None


class Session:
    """A tag that is stopped for service. A context: leaving it puts the tag back on duty, with its clock set."""

    def __init__(self, port: str) -> None:
        self._port = TagPort(port)
        self.problems: list[str] = []
        try:
            self._port.ask("from tag.service import Service\nservice = Service()")
        except BaseException:
            self._port.release()
            raise

    def __enter__(self) -> "Session":
        return self

    def __exit__(self, *_: object) -> None:
        self._port.release()

    def set_clock(self, now: datetime.datetime) -> None:
        """Tell the tag the time."""
        self._one(f"service.set_clock({epoch_s(now)})")

    def gases(self) -> list[Gas]:
        """The tag's gases; `problems` tells which sensors it could not open."""
        line = self._one("service.status()")
        try:
            self.problems = [str(problem) for problem in line["problems"]]
            keys = ("gas", "t90_s", "full", "zero", "gain_q12", "due")
            found = [Gas(*(int(one[key]) for key in keys)) for one in line["gases"]]
        except (KeyError, TypeError, ValueError) as error:
            raise self._strange() from error
        return [one for one in found if one.gas in GASES]

    def run(
        self,
        act: int,
        gas: int,
        applied: int,
        percent: int = 50,
        within_s: int = 0,
        on_progress: Callable[[Progress], None] = lambda progress: None,
    ) -> Ended:
        """Do an act. Ctrl-C cancels it on the tag too."""

        def heard(line: Line) -> None:
            if "state" in line:
                on_progress(self._progress(line))

        code = f"service.run({act}, {gas}, {applied}, {percent}, {within_s})"
        try:
            lines = self._port.ask(code, heard, RUN_S)
        except KeyboardInterrupt:
            lines = self._port.interrupt()
        line = self._last(lines)
        try:
            keys = ("act", "gas", "outcome", "applied", "response", "zero", "gain_q12")
            return Ended(*[int(value) for value in (*[line[key] for key in keys], line["before"][0], line["quality"])])
        except (KeyError, TypeError, ValueError, IndexError) as error:
            raise self._strange() from error

    def keep(self, temp_c: int | None, text: str) -> Kept:
        """Put the ended act in force, or note that it failed."""
        try:
            line = self._one(f"service.keep({NO_TEMP if temp_c is None else temp_c}, {text!r})")
            temp_c = int(line["temp_c"])
            return Kept(when(int(line["epoch_s"])), bool(line["recorded"]), None if temp_c == NO_TEMP else temp_c)
        except (KeyError, TypeError, ValueError) as error:
            raise self._strange() from error
        except DavyError as error:
            raise DavyError(
                f"{error.message.split(';')[0]}, while the result was stored: see davy calibrate history"
            ) from error

    def _one(self, code: str) -> Line:
        return self._last(self._port.ask(code))

    def _last(self, lines: Sequence[Line]) -> Line:
        if not lines:
            raise self._strange()
        if "error" in lines[-1]:
            raise DavyError(f"{self._port.port}: the tag refuses: {lines[-1]['error']}; nothing was changed")
        return lines[-1]

    def _progress(self, line: Line) -> Progress:
        try:
            return Progress(*(int(line[key]) for key in ("state", "value", "quality", "percent")))
        except (KeyError, TypeError, ValueError) as error:
            raise self._strange() from error

    def _strange(self) -> DavyError:
        text = "the tag answers in a way this davy does not know; nothing was changed: deploy the firmware of this davy"
        return DavyError(f"{self._port.port}: {text}")


def epoch_s(moment: datetime.datetime) -> int:
    """Seconds since 2000-01-01, as the tag counts."""
    return int((moment - EPOCH).total_seconds())


def when(seconds: int) -> datetime.datetime:
    """The moment that a tag means."""
    return EPOCH + datetime.timedelta(seconds=seconds)


def counts(gas: int, amount: float, ppm: bool = False) -> int:
    """An amount in the gas's own unit (%vol or ppm), or in ppm, as counts."""
    _, _, per_unit, unit = GASES[gas]
    in_ppm = ppm and unit == "%vol"
    return round(amount * per_unit / (10_000 if in_ppm else 1))


def refusal(act: int, one: Gas, applied: int) -> str:
    """Why the tag would refuse, in words for a person; "" when it would not."""
    problem = acts.refusal(act, one.gas, applied)
    amount = words.concentration(one.gas, applied)
    if problem:
        return f"{amount} is no use for a {names.ACTS[act]} of {one.name}: {problem}; {_useful(act, one.gas)}"
    if one.full and applied > one.full:
        return f"{amount} is beyond the range of the sensor, {words.concentration(one.gas, one.full)}"
    return ""


def _useful(act: int, gas: int) -> str:
    """What gas the tag would take."""
    base, band, _ = acts.GASES[gas]
    air, way = words.concentration(gas, base), words.concentration(gas, 10 * band)
    if act == acts.ZERO:
        return f"say 0{f' or {air}' if base and gas != O2 else ''}"
    if gas == O2:
        return f"take gas with {way} less than air, {air}" + (", or fresh air" if act == acts.SPAN else "")
    return f"take gas with {words.concentration(gas, base + 10 * band)} or more"


def sentence(ended: Ended) -> str:
    """How an act ended and what to do, in one line."""
    amount, response = (words.concentration(ended.gas, value) for value in (ended.applied, ended.response))
    said = f"{GASES[ended.gas][0]} {names.ACTS[ended.act]} {names.OUTCOMES[ended.outcome]}: "
    if ended.outcome == acts.CANCELLED:
        return said + "nothing was changed"
    if ended.passed and ended.act == acts.ZERO:
        moved = (words.concentration(ended.gas, value) for value in (ended.zero_before, ended.zero))
        return said + f"clean air read {response}; zero was {next(moved)}, is {next(moved)}"
    if ended.passed and ended.act == acts.SPAN:
        signal = round(100 * acts.ONE_Q12 / ended.gain_q12)
        return (
            said
            + f"{amount} read {response}; gain is {ended.gain_q12 / acts.ONE_Q12:.3f}, {signal} % of nominal signal"
        )
    if ended.passed:
        return said + f"{amount} read {response} in time"
    return said + _advice(ended, amount, response)


def _advice(ended: Ended, amount: str, response: str) -> str:
    bad = names.QUALITIES[ended.quality] if 0 < ended.quality < len(names.QUALITIES) else ""
    if ended.outcome == acts.TIMED_OUT:
        return f"waited in vain at {response}; first clean air (zero the sensor if it does not show it), then the gas"
    if ended.outcome == acts.UNSTABLE:
        return f"the reading did not stand still, last {response}; look for leaks and draught, wait until it is warm"
    if bad and bad != "calibration due":
        return f"the sensor said '{bad}'; mend that first"
    if ended.act == acts.ZERO:
        return f"clean air read {response}: too far out; is the air clean? if it is, change the sensor"
    if ended.act == acts.BUMP:
        return f"{amount} read {response} in the time allowed; span it, and change the sensor if that fails"
    return f"{amount} read {response}: gain would be out of 0.25..2; check gas and bottle, then change the sensor"
