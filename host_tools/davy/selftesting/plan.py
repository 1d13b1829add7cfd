"""What a self-test will do: the options, and the steps that `--dry-run` prints."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from davy.errors import DavyError
from davy.selftesting.found import checks, names

BY_B = 40  # of the record's 120 bytes; the rest says why checks failed
OUTPUTS = (checks.LIGHT, checks.BUZZER, checks.MOTOR)
# step -> the checks it is for, what is done
STEPS: dict[str, tuple[tuple[int, ...], str]] = {
    "board": ((checks.BOARD,), "what of board.json could not be opened"),
    "motion": (
        (checks.ACCEL, checks.RATE, checks.GRAVITY, checks.NOISE, checks.FORCE),
        "200 samples at rest, then the chip's own force",
    ),
    "gases": ((*range(checks.GAS + 1, checks.HEART), checks.AIR), "gas sensors and air in clean air"),
    "heart": ((checks.HEART,), "1 s in the dark, 4 s with its LED at full current"),
    "battery": ((checks.BATTERY, checks.LOAD), "the voltage, then 1.5 s of light, buzzer and motor together"),
    "light": ((checks.LIGHT,), "red, green, blue"),
    "buzzer": ((checks.BUZZER,), "2 s of 2.7 kHz"),
    "motor": ((checks.MOTOR,), "2 s"),
    "button": ((checks.BUTTON,), "a press within 10 s"),
    "lora": ((checks.LORA, checks.LISTENING, checks.SENDING), "the radio's registers, a window of 500 ms"),
    "peer": ((checks.PEER,), "each tag hears the other"),
    "wi-fi": ((checks.WIFI,), "a scan"),
    "flash": ((checks.FLASH, checks.WEAR), "room, 4 kB written and read back, erases reckoned"),
    "clock": ((checks.CLOCK,), "set at first, compared with this computer's at the end"),
}


@dataclass(frozen=True)
class Plan:
    """All that a worker needs to know. `skip` are names of checks."""

    ports: tuple[str, ...]
    yes: bool = False
    radio: bool = False
    wait_s: int = 60
    by: str = ""
    skip: tuple[str, ...] = ()
    peer: str = ""

    def as_dict(self) -> dict[str, Any]:
        """As JSON has it."""
        return asdict(self)

    def runs(self, step: str) -> bool:
        """Whether a step is to be done: at least one of its checks is wanted."""
        if step == "peer":
            return bool(self.peer)
        return any(names.CHECKS[check] not in self.skip for check in STEPS[step][0])

    def steps(self) -> list[str]:
        """What will be done, a line each."""
        lines = ["stop the tag's app; the wearer is not watched meanwhile", "set its clock"]
        for step, (_, what) in STEPS.items():
            if not self.runs(step):
                continue
            if step == "gases":
                what += f", {self.wait_s} s at the most"
            if step in ("light", "buzzer", "motor"):
                what += ": nobody is asked" if self.yes else ": asks what you saw or heard"
            if step == "button" and self.yes:
                what = "not held down; nobody is asked to press"
            if step == "lora" and self.radio:
                what += ", one short frame at the lowest power"
            lines.append(f"{step}: {what}")
        return [*lines, "a record of it all into the tag's journal; the tag goes back on duty"]


def plan(
    ports: Sequence[str],
    *,
    yes: bool = False,
    radio: bool = False,
    wait_s: int = 60,
    by: str = "",
    skip: Sequence[str] = (),
    peer: str = "",
) -> Plan:
    """Raises DavyError for what cannot be done."""
    if len(ports) > 1 and not yes:
        raise DavyError(
            "nobody can answer for several tags at once: say --yes, which leaves out what only a person can judge"
        )
    if len(set(ports)) != len(ports):
        raise DavyError("a port is named twice")
    if peer and len(ports) > 1:
        raise DavyError("--peer is for one tag and the other that hears it")
    if peer in ports:
        raise DavyError("--peer is another tag's port")
    if peer and not radio:
        raise DavyError("--peer sends: say --radio too")
    unknown = [name for name in skip if name not in names.CHECKS]
    if unknown:
        raise DavyError(f"no check '{unknown[0]}': there are {', '.join(names.CHECKS)}")
    by = " ".join(by.split())
    if len(by.encode()) > BY_B:
        raise DavyError(f"--by has more than {BY_B} bytes")
    return Plan(tuple(ports), yes, radio, wait_s, by, tuple(skip), peer)
