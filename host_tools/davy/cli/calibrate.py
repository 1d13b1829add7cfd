"""`davy calibrate`: zero, span and bump test of a tag's gas sensors, and what their history says.

Exit code 0: passed; 2: the act ended without a pass; 1: it could not be done; 130: cancelled.
"""

import datetime
import sys
from typing import TYPE_CHECKING, Annotated, Any

import typer

from davy.cli.calibrate_history import history
from davy.cli.group import group
from davy.cli.output import Json, print_json

if TYPE_CHECKING:
    from davy.calibration import Ended, Gas, Kept, Progress, Session

app = group("Zero, span and bump test of a tag's gas sensors, over its serial port.")
NOT_PASSED = 2
CANCELLED = 130
TEXT_B = 120  # of a record

Port = Annotated[str, typer.Option(help="The tag's serial port; davy vtag start prints that of a virtual one.")]
GasName = Annotated[str, typer.Option("--gas", help="Which gas, such as co.", show_default="the only one, or asks")]
Conc = Annotated[
    float | None, typer.Option(help="The gas applied, in its own unit: %vol for ch4, o2 and co2, else ppm.")
]
Ppm = Annotated[float | None, typer.Option(help="The same, always in ppm.")]
Lot = Annotated[str | None, typer.Option(help="Lot of the gas bottle, for the record.", show_default="asks")]
Who = Annotated[str | None, typer.Option(help="Who does it, for the record.", show_default="asks")]
Temp = Annotated[
    int | None, typer.Option(min=-40, max=85, help="Temperature in degrees Celsius.", show_default="the tag's own")
]
Yes = Annotated[bool, typer.Option("--yes", "-y", help="Ask nothing: all is said, the gas is ready.")]


@app.command("zero")
def zero(
    port: Port,
    gas: GasName = "",
    conc: Annotated[
        float | None, typer.Option(help="Of that gas in the air, in its own unit.", show_default="0; co2 0.04")
    ] = None,
    lot: Lot = None,
    who: Who = None,
    temp: Temp = None,
    yes: Yes = False,
    as_json: Json = False,
) -> None:
    """Take clean air as zero; oxygen needs nitrogen for that.

    davy calibrate zero --port /dev/ttyACM0 --gas co --who Ada
    """
    _act(1, port, gas, conc, None, lot if lot is not None else "", who, temp, yes, as_json)


@app.command("span")
def span(
    port: Port,
    gas: GasName = "",
    conc: Conc = None,
    ppm: Ppm = None,
    lot: Lot = None,
    who: Who = None,
    temp: Temp = None,
    yes: Yes = False,
    as_json: Json = False,
) -> None:
    """Take gas of a known concentration as what it is; oxygen: fresh air, 20.9.

    davy calibrate span --port /dev/ttyACM0 --gas co --conc 100 --lot A1234 --who Ada
    """
    _act(2, port, gas, conc, ppm, lot, who, temp, yes, as_json)


@app.command("bump")
def bump(
    port: Port,
    gas: GasName = "",
    conc: Conc = None,
    ppm: Ppm = None,
    lot: Lot = None,
    who: Who = None,
    temp: Temp = None,
    percent: Annotated[int, typer.Option(min=10, max=100, help="Response wanted, in percent of the gas.")] = 50,
    within: Annotated[
        int, typer.Option(metavar="SECONDS", min=0, max=600, help="In so long.", show_default="twice T90, 30..120 s")
    ] = 0,
    yes: Yes = False,
    as_json: Json = False,
) -> None:
    """See whether a sensor answers to gas, and soon enough.

    davy calibrate bump --port /dev/ttyACM0 --gas co --conc 100 --lot A1234 --who Ada
    """
    _act(3, port, gas, conc, ppm, lot, who, temp, yes, as_json, percent, within)


app.command("history")(history)


def _act(
    act: int,
    port: str,
    gas_name: str,
    conc: float | None,
    ppm: float | None,
    lot: str | None,
    who: str | None,
    temp_c: int | None,
    yes: bool,
    as_json: bool,
    percent: int = 50,
    within_s: int = 0,
) -> None:
    from davy import calibration
    from davy.errors import DavyError

    if conc is not None and ppm is not None:
        raise DavyError("say --conc or --ppm, not both")
    try:
        with calibration.Session(port) as tag:
            tag.set_clock(datetime.datetime.now(datetime.UTC))
            gas = _choose(tag, gas_name, yes)
            applied = _applied(act, gas, conc, ppm, yes)
            problem = calibration.refusal(act, gas, applied)
            if problem:
                raise DavyError(f"{problem}; nothing was changed")
            lot = _ask("lot", "Lot of the gas", lot, yes)
            text = _text(lot, _ask("who", "Who does it", who, yes))
            _say("The tag does not watch over its wearer until this is done.")
            if not yes:
                typer.prompt(_prepare(act, gas, applied), default="", show_default=False, err=True)
            with _Live(act, gas) as live:
                ended = tag.run(act, gas.gas, applied, percent, within_s, live.show)
            if ended.outcome == calibration.acts.CANCELLED:
                raise KeyboardInterrupt
            if act != calibration.acts.ZERO and applied != calibration.acts.GASES[gas.gas][0]:
                _say("Close the gas.")
            kept = tag.keep(temp_c, text)
    except (KeyboardInterrupt, typer.Abort):
        print("davy: cancelled: nothing was changed, and the tag is back on duty", file=sys.stderr)
        raise typer.Exit(CANCELLED) from None
    _tell(ended, kept, text, as_json)
    if not kept.recorded:
        raise DavyError("it is in force, but the tag's journal could not take the record: look at its flash")
    if not ended.passed:
        raise typer.Exit(NOT_PASSED)


def _choose(tag: "Session", name: str, yes: bool) -> "Gas":
    from davy.errors import DavyError

    gases = {one.name: one for one in tag.gases()}
    known = ", ".join(gases)
    if not gases:
        raise DavyError(f"this tag has no gas sensor that works: {'; '.join(tag.problems) or 'none on its board'}")
    if not name and len(gases) == 1:
        return next(iter(gases.values()))
    if not name:
        name = _ask("gas", f"Which gas ({known})", None, yes)
    if name.lower() not in gases:
        raise DavyError(f"this tag has no sensor for '{name}': it has {known}; nothing was changed")
    return gases[name.lower()]


def _applied(act: int, gas: "Gas", conc: float | None, ppm: float | None, yes: bool) -> int:
    from davy import calibration
    from davy.errors import DavyError

    amount = conc if ppm is None else ppm
    if amount is None and act == calibration.acts.ZERO:
        return 40 if gas.name == "co2" else 0  # fresh air has 0.04 %vol of it
    if amount is None:
        unit = calibration.GASES[gas.gas][3]
        answer = _ask("conc", f"Concentration of the {gas.name} in {unit}", None, yes)
        try:
            amount = float(answer.replace(",", "."))
        except ValueError:
            raise DavyError(f"'{answer}' is no concentration; nothing was changed") from None
    if not 0 <= amount < 1e6:
        raise DavyError(f"{amount:g} is no concentration; nothing was changed")
    return calibration.counts(gas.gas, amount, ppm is not None)


def _ask(option: str, question: str, given: str | None, yes: bool) -> str:
    from davy.errors import DavyError

    if given is not None:
        return given
    if yes:
        raise DavyError(f"--{option} is missing; nothing was changed")
    return str(typer.prompt(question, err=True)).strip()


def _text(lot: str, who: str) -> str:
    from davy.errors import DavyError

    text = ", ".join(part for part in (f"lot {lot}" if lot else "", who) if part)
    text = " ".join(text.split())
    if len(text.encode()) > TEXT_B:
        raise DavyError(f"lot and name have more than the {TEXT_B} bytes of a record; nothing was changed")
    return text


def _prepare(act: int, gas: "Gas", applied: int) -> str:
    from davy import calibration, words

    amount = words.concentration(gas.gas, applied)
    if act == calibration.acts.ZERO:
        where = "nitrogen" if gas.name == "o2" else "clean air"
        return f"Bring the tag into {where}. Enter starts"
    if act == calibration.acts.SPAN and applied == calibration.acts.GASES[gas.gas][0]:
        return "Bring the tag into fresh air. Enter starts"
    return f"Put the cap of the {gas.name} {amount} on, gas still closed. Enter starts"


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


_GO = ("the sensor warms up", "clean air first: gas still closed", "open the gas now", "the sensor answers")
_STILL = {1: "wait until the clean air's reading stands still", 2: "leave the gas on until the reading stands still"}


class _Live:
    """The live value with a bar on a terminal; on anything else a line for each state."""

    def __init__(self, act: int, gas: "Gas") -> None:
        from rich.console import Console
        from rich.progress import BarColumn, Progress, TextColumn

        self._gas = gas
        self._state = -1
        self._words = (*_GO, _STILL.get(act, ""), "")
        screen = Console(stderr=True, highlight=False)
        columns = (TextColumn("{task.description}"), BarColumn(), TextColumn("{task.fields[value]}"))
        self._bar = Progress(*columns, console=screen, transient=True, disable=not screen.is_terminal)
        self._task = self._bar.add_task("", total=100, value="")

    def __enter__(self) -> "_Live":
        self._bar.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._bar.stop()

    def show(self, progress: "Progress") -> None:
        """A line of the tag has come."""
        from davy import calibration, words

        said = self._words[progress.state] if 0 <= progress.state < len(self._words) else ""
        if progress.state != self._state and said:
            self._bar.console.print(f"{self._gas.name}: {said}", markup=False)
        self._state = progress.state
        value = words.concentration(self._gas.gas, progress.value)
        if 0 < progress.quality < len(calibration.names.QUALITIES):
            value = calibration.names.QUALITIES[progress.quality]
        self._bar.update(self._task, completed=progress.percent, description=said, value=value)


def _tell(ended: "Ended", kept: "Kept", text: str, as_json: bool) -> None:
    from davy import calibration

    if as_json:
        print_json(_ended_dict(ended, kept, text))
    else:
        print(
            calibration.sentence(ended) + ("; in force" if ended.passed and ended.act != calibration.acts.BUMP else "")
        )


def _ended_dict(ended: "Ended", kept: "Kept", text: str) -> dict[str, Any]:
    from davy import calibration

    name, _, per_unit, unit = calibration.GASES[ended.gas]
    return {
        "act": calibration.names.ACTS[ended.act],
        "gas": name,
        "outcome": calibration.names.OUTCOMES[ended.outcome],
        "passed": ended.passed,
        "unit": unit,
        "applied": ended.applied / per_unit,
        "response": ended.response / per_unit,
        "zero": ended.zero / per_unit,
        "gain": round(ended.gain_q12 / calibration.acts.ONE_Q12, 4),
        "at": kept.when.isoformat(),
        "temp_c": kept.temp_c,
        "recorded": kept.recorded,
        "text": text,
    }
