"""What a self-test has found, in words: checks by the tag's numbers (firmware/tag/selftest/checks.py), values with their units."""

from dataclasses import asdict, dataclass, field
from typing import Any

from davy import words  # also puts the tag's own code on the path

from tag import names  # isort: skip
from tag.events import GASES  # isort: skip
from tag.selftest import checks  # isort: skip

OK, BAD, SKIP = "ok", "bad", "skip"
STATES = {checks.PASSED: OK, checks.FAILED: BAD, checks.NOT_FITTED: SKIP, checks.NOT_JUDGED: SKIP}
OUTCOMES = {
    checks.PASSED: "passed",
    checks.FAILED: "failed",
    checks.NOT_FITTED: "not fitted",
    checks.NOT_JUDGED: "not judged",
}
# check -> unit of its value, how many of the tag's numbers make one
UNITS = {
    checks.BOARD: ("problems", 1),
    checks.ACCEL: ("samples", 1),
    checks.RATE: ("Hz", 10),
    checks.GRAVITY: ("mg", 1),
    checks.NOISE: ("mg", 10),
    checks.AIR: ("hPa", 100),
    checks.BUTTON: ("ms", 1),
    checks.BATTERY: ("mV", 1),
    checks.LOAD: ("mV", 1),
    checks.LISTENING: ("ms", 1),
    checks.SENDING: ("ms", 1),
    checks.PEER: ("dBm", 1),
    checks.WIFI: ("dBm", 1),
    checks.FLASH: ("kB", 1),
    checks.WEAR: ("erases", 1),
    checks.CLOCK: ("% off", 100),
    checks.HEART: ("nA", 1),
    **{checks.GAS + gas: (GASES[gas][3], GASES[gas][2]) for gas in GASES},
}
MEND = {
    checks.BOARD: "copy board.json and board.bak.json to the tag anew; see davy boards check",
    checks.ACCEL: "look at its solder joints, supply and bus; is it the chip that board.json names?",
    checks.RATE: "change the chip",
    checks.GRAVITY: "lay it still on a firm table and repeat; then change the chip",
    checks.NOISE: "lay it on a firm table away from machines and repeat; then look at its supply",
    checks.FORCE: "do not touch the tag and repeat; then change the chip",
    checks.AIR: "look at its solder joints and bus",
    checks.HEART: "lay white paper before its window, out of the sun, and repeat; then look at its solder joints and supply",
    checks.LIGHT: "look at the light and its pin",
    checks.BUZZER: "look at the buzzer and its pin",
    checks.MOTOR: "look at the motor, its transistor and its pin",
    checks.BUTTON: "look at the button and its pin",
    checks.BATTERY: "connect or charge the cell; look at the divider",
    checks.LOAD: "change the cell; look at its connector",
    checks.LORA: "look at the module's solder joints, reset line and supply",
    checks.LISTENING: "look at the module's interrupt pins and its oscillator",
    checks.SENDING: "look at the antenna and at the module's supply",
    checks.PEER: "look at the antennas; is the other tag's radio good?",
    checks.WIFI: "is the access point on? look at the antenna",
    checks.FLASH: "davy logs pull; remove foreign files; then change the board",
    checks.WEAR: "davy logs pull, then change the board",
    checks.CLOCK: "look at the crystal",
}
GAS_MEND = "is the air clean? then davy calibrate zero; then change the sensor"


@dataclass(frozen=True)
class Check:
    """One check of a tag; `value` in `unit`, None where nothing was measured."""

    check: int
    name: str
    state: str
    outcome: str
    value: float | None
    unit: str
    cause: str

    @property
    def says(self) -> str:
        """Number and cause in one."""
        number = "" if self.value is None else f"{self.value:g} {self.unit}"
        if self.outcome == "not fitted":
            return "not fitted"
        return ": ".join(part for part in (number, self.cause) if part) or self.outcome

    @property
    def mend(self) -> str:
        """What a person can do about it."""
        return MEND.get(self.check, GAS_MEND) if self.state == BAD else ""


@dataclass
class Tested:
    """A tag's self-test. `recorded`: the record is in its journal; `why`: what it ended by, where it did not come to its end."""

    port: str
    tag_id: str = ""
    board: str = ""
    version: str = ""
    at: str = ""
    recorded: bool = False
    why: str = ""
    checks: list[Check] = field(default_factory=list)

    def named(self, outcome: str) -> list[str]:
        """Names of the checks that ended so."""
        return list(dict.fromkeys(check.name for check in self.checks if check.outcome == outcome))

    @property
    def good(self) -> bool:
        """Nothing has failed, and it is in the tag's journal."""
        return not self.why and self.recorded and not self.named("failed")

    def as_dict(self) -> dict[str, Any]:
        """For --json."""
        return {**asdict(self), "good": self.good}


def check(line: dict[str, Any]) -> Check:
    """A line of the tag. Raises KeyError, TypeError or ValueError for one that cannot be."""
    number, outcome, value = line["check"], line["outcome"], line["value"]
    if type(number) is not int or outcome not in OUTCOMES or not 0 <= number < len(names.CHECKS):
        raise ValueError("no such check")
    if value is not None and type(value) is not int:
        raise TypeError("no number")
    unit, of = UNITS.get(number, ("", 1))
    name = names.CHECKS[number]
    if number == checks.CLOCK and outcome == checks.NOT_FITTED:
        name = "gas"  # GAS + 0: the board has no gas sensor at all
    shown = None if value is None else value / of
    return Check(number, name, STATES[outcome], OUTCOMES[outcome], shown, unit, words_of(line["cause"]))


def words_of(text: object) -> str:
    """What a tag says, fit to be shown."""
    from davy.errors import plain

    return plain(str(text), 120)


__all__ = ["Check", "Tested", "check", "checks", "names", "words"]
