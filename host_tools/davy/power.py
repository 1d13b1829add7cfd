"""What a board takes from its cell, state by state, from boards/currents.json and the patterns that the tag plays.

    rest          all sensors on, the processor awake, Wi-Fi joined and asleep between beacons, LoRa listening (class C)
    rest, LoRa    the same with Wi-Fi off; only boards with LoRa
    alarm         rest, and the pattern of the high gas alarm: light, buzzer and motor, on average
    Wi-Fi sends   rest at the moment of a frame: what the supply must give, not what the cell loses
    LoRa sends    rest while a frame is in the air, at the radio's highest power
    shift         the mean: rest, of each hour 20 s of LoRa in the air (the default of `lora_air_s`), 10 s of Wi-Fi, 36 s of alarm

mA at the cell: a part at 3.3 V hangs behind a linear regulator, which passes the current on; one at 5 V behind a converter.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from davy import boards, roots
from davy.errors import DavyError

from tag import names as tag_names  # isort: skip
from tag.alarms import patterns  # isort: skip

FILE = "currents.json"
SURE = ("read", "quoted", "general")  # best first
OK, GAS_HIGH = tag_names.PATTERNS.index("ok"), tag_names.PATTERNS.index("gas high")
CONFIDENCE_MS = 60_000
AIR_S, WIFI_S, ALARM_S = 20, 10, 36  # of each hour


@dataclass(frozen=True)
class Load:
    """One thing that takes current: mA at the cell, how sure, and the key of the source."""

    what: str
    ma: float
    sure: str
    source: str


@dataclass(frozen=True)
class State:
    """A state of the tag. `hours` a charge lasts in it; 0: nobody is in it for long."""

    name: str
    loads: tuple[Load, ...]
    lasting: bool = True
    hours: float = 0.0

    @property
    def ma(self) -> float:
        """All of it."""
        return sum(load.ma for load in self.loads)

    def share(self, sure: str) -> float:
        """How much of it is so sure, 0 to 1."""
        return sum(load.ma for load in self.loads if load.sure == sure) / self.ma


def currents() -> dict[str, Any]:
    """The data file."""
    return json.loads((roots.BOARDS / FILE).read_text(encoding="utf-8"))


def mean(number: int, period_ms: int = 0) -> tuple[float, float, float]:
    """Of a pattern that repeats: the part of full current that one colour, the buzzer and the motor take, colours added up to 3."""
    steps, first = patterns.PATTERNS[number]
    steps = steps[first:]
    whole = period_ms or sum(step[0] for step in steps)
    parts = [0.0, 0.0, 0.0]
    for ms, rgb, hz, motor in steps:
        colours = sum(rgb >> shift & 255 for shift in (0, 8, 16)) / 255
        for i, part in enumerate((colours, float(hz > 0), motor / 100)):
            parts[i] += part * ms / whole
    return parts[0], parts[1], parts[2]


class _Board:
    """One board's parts, and what each takes."""

    def __init__(self, name: str, data: dict[str, Any]) -> None:
        board = boards.load(name)
        if board["mcu"] not in data["mcus"]:
            raise DavyError(f"board '{name}' takes no current: it is a virtual one")
        self.data = data
        self.mcu = data["mcus"][board["mcu"]]
        self.title = board["mcu"]
        adcs = [{"chip": "ads1115"}] * len({part["adc"] for part in board["parts"] if "adc" in part})
        self.parts = [*board["parts"], *adcs]
        self.radio = next((part["chip"] for part in board["parts"] if part["role"] == "radio"), "")

    def load(self, what: str, value: Sequence[Any], share: float = 1.0, volt: float = 3.3) -> Load:
        cell = self.data["cell"]
        up = volt / (cell["volt"] * cell["boost"]) if volt > cell["volt"] else 1.0
        return Load(what, value[0] * share * up, value[1], value[2])

    def sensors(self) -> list[Load]:
        """All that is on all the time, but processor and radio."""
        found = [self.load("board", self.data["board"]["on"])]
        for part in self.parts:
            entry = self.data["parts"][part["chip"]]
            if "on" in entry and entry["on"][0]:
                what = f"{part['chip']} {part['gas']}" if "gas" in part else part["chip"]
                found.append(self.load(what, entry["on"], volt=entry.get("volt", 3.3)))
        return found

    def pattern(self, number: int, period_ms: int = 0) -> list[Load]:
        """Light, buzzer and motor while a pattern plays."""
        parts = self.data["parts"]
        values = (parts["ws2812"]["colour"], parts["pwm-buzzer"]["full"], parts["pwm-motor"]["full"])
        names = ("light", "buzzer", "motor")
        rows = zip(names, values, mean(number, period_ms), strict=True)
        return [self.load(name, value, share) for name, value, share in rows if share]

    def lora(self, kind: str) -> list[Load]:
        """The radio."""
        word = {"listen": "hears", "tx": "sends"}[kind]
        return [self.load(f"{self.radio} {word}", self.data["parts"][self.radio][kind])] if self.radio else []


def budget(name: str) -> list[State]:
    """The states of a board. Raises DavyError for one that is not of this world."""
    data = currents()
    board = _Board(name, data)
    calm = [*board.sensors(), *board.pattern(OK, CONFIDENCE_MS)]
    wifi = board.load(f"{board.title}, Wi-Fi joined", board.mcu["wifi"])
    idle = board.load(f"{board.title}, Wi-Fi off", board.mcu["idle"])
    sends = board.load(f"{board.title} sends", board.mcu["wifi_tx"])
    rest = [wifi, *board.lora("listen"), *calm]
    alarm = [*rest, *board.pattern(GAS_HIGH)]
    found = [State("rest", tuple(rest))]
    if board.radio:
        found.append(State("rest, LoRa", (idle, *board.lora("listen"), *calm)))
    found += [State("alarm", tuple(alarm)), State("Wi-Fi sends", (sends, *board.lora("listen"), *calm), False)]
    if board.radio:
        found.append(State("LoRa sends", (wifi, *board.lora("tx"), *calm), False))
    by_name = {state.name: state.ma for state in found}
    extra = (by_name["alarm"] - by_name["rest"]) * ALARM_S + (by_name["Wi-Fi sends"] - by_name["rest"]) * WIFI_S
    if board.radio:
        extra += (by_name["LoRa sends"] - by_name["rest"]) * AIR_S
    found.append(State("shift", (*rest, Load("sending and alarms", extra / 3600, "general", "rail"))))
    charge = data["cell"]["mah"] * data["cell"]["usable"]
    return [State(one.name, one.loads, one.lasting, charge / one.ma if one.lasting else 0.0) for one in found]
