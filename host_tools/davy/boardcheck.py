"""What a board file may say: the tables of its keys, and one walk over the data that collects everything wrong with it.

Tables and walk are plain Python on purpose. Most of what goes wrong in a board file lies between keys (a pin used
twice, an output on an input-only pin, a part on a bus that is not there), which a model library leaves to hand-written
code anyway, and reading a board then needs no further package.
"""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from davy import cellcheck, radiocheck, winsencheck
from davy.axes import turn_of
from davy.mcus import MCUS, Mcu

# -- the schema: key -> (kind, limits or choices); a "?" after a key marks one that may be left out --------------------
# kinds: text, bool, int, number, choice, axes, list, object; i2c, uart, spi: the id of a bus of this board;
#        in, out, both, adc: a pin and what it must be able to do
Rules = Mapping[str, tuple[Any, ...]]

TOP: Rules = {
    "name": ("text",),
    "title": ("text",),
    "mcu": ("choice", *MCUS),
    "arch": ("choice", *sorted({arch for mcu in MCUS.values() for arch in mcu.archs})),
    "flash_mb": ("int", 1, 64),
    "heap_kb": ("int", 64, 16384),  # MicroPython heap to count on; less would not hold the application
    "wifi": ("bool",),
    "worn?": ("choice", "trunk", "belt", "helmet"),  # where, if that is known: time bent is told of the trunk alone
    "buses": ("object",),
    "power?": ("list",),  # supplies to switch on at boot
    "strapping_ok?": ("list",),  # pins sampled at reset that are used knowingly; notes.md says why each is harmless
    "parts": ("list",),
}
BUSES: Mapping[str, Rules] = {
    "i2c": {"id": ("int",), "scl": ("both",), "sda": ("both",), "freq_hz": ("int", 10_000, 1_000_000)},
    "uart": {"id": ("int",), "tx": ("out",), "rx": ("in",), "baud": ("int", 1200, 921_600)},
    "spi": {
        "id": ("int",),
        "sck": ("out",),
        "mosi": ("out",),
        "miso": ("in",),
        "freq_hz": ("int", 100_000, 40_000_000),
    },
}
POWER: Rules = {"pin": ("out",), "on": ("int", 0, 1)}
PART: Rules = {"role": ("text",), "chip": ("text",)}
_DFROBOT: Rules = {
    "i2c?": ("i2c",),
    "address?": ("choice", 0x74, 0x75, 0x76, 0x77),
    "uart?": ("uart",),
    "gas": ("choice", "o2", "co", "h2s", "nh3", "so2", "no2"),
    "warmup_s?": ("int", 0, 3600),
}
_BATTERY: Rules = {"pin": ("adc",), "divider": ("number", 1, 20), "enable?": ("out",), "enable_on?": ("int", 0, 1)}


def _accel(*addresses: int, spi: bool = True) -> tuple[str, Rules]:
    """An accelerometer on I2C, and on SPI where it has that."""
    on_spi: Rules = {"spi?": ("spi",), "cs?": ("out",)} if spi else {}
    range_g: Rules = {"full_scale_g?": ("choice", 8, 16)}  # less clips a fall
    return "accel", {"i2c?": ("i2c",), "address?": ("choice", *addresses), **on_spi, "axes": ("axes",), **range_g}


# chip -> (the role it plays, its own keys)
CHIPS: Mapping[str, tuple[str, Rules]] = {
    "lis3dh": _accel(0x18, 0x19),
    "adxl345": _accel(0x1D, 0x53),
    "mpu6050": _accel(0x68, 0x69, spi=False),
    "mpu6500": _accel(0x68, 0x69),
    "lsm6dso": _accel(0x6A, 0x6B),
    "winsen-ndir": ("gas", winsencheck.RULES),
    "dfrobot-gas": ("gas", _DFROBOT),
    "scd41": ("gas", {"i2c": ("i2c",), "address": ("choice", 0x62), "gas": ("choice", "co2")}),
    "lmp91000": ("gas", cellcheck.RULES),
    "bme280": ("air", {"i2c": ("i2c",), "address": ("choice", 0x76, 0x77)}),
    "bmp390": ("air", {"i2c": ("i2c",), "address": ("choice", 0x76, 0x77)}),
    "max30102": ("heart", {"i2c": ("i2c",), "address": ("choice", 0x57)}),
    "pwm-buzzer": ("buzzer", {"pin": ("out",)}),
    "pwm-motor": ("motor", {"pin": ("out",)}),
    "ws2812": ("led", {"pin": ("out",)}),
    "button": ("button", {"pin": ("in",), "active_low": ("bool",), "pull?": ("bool",)}),
    "adc-divider": ("battery", _BATTERY),
    **{chip: ("radio", rules) for chip, rules in radiocheck.RULES.items()},
}
ROLES = tuple(sorted({role for role, _ in CHIPS.values()}))
SEVERAL = ("gas",)  # roles that more than one part may play

# Fastest SPI clock. ADXL345: its FIFO needs 5 us between two reads, which the address fills up to here; MPU6500: all registers.
SPI_MOST_HZ: Mapping[str, int] = {
    "lis3dh": 10_000_000,
    "adxl345": 1_600_000,
    "mpu6500": 1_000_000,
    "lsm6dso": 10_000_000,
}


def problems_in(data: Any, folder: str) -> list[tuple[str, str]]:
    """(key, what is wrong) for everything wrong with a board's data; `folder` is the name it must bear."""
    if not isinstance(data, dict):
        return [("", f"must be an object, not {_kind(data)}")]
    walk = _Walk(data)
    walk.fields("", data, TOP)
    walk.top(data, folder)
    return walk.found


class _Walk:
    """One pass over a board's data. Buses come before the parts that hang on them."""

    def __init__(self, data: dict[str, Any]) -> None:
        self.found: list[tuple[str, str]] = []
        self.used: dict[int, str] = {}  # pin -> the key that uses it
        self.buses: dict[str, list[int]] = {kind: [] for kind in BUSES}
        self.spi_hz: dict[int, Any] = {}
        self.i2c_hz: dict[int, Any] = {}
        self.spi_users: dict[str, tuple[str, str]] = {}  # id -> (role, key) of the first part on that bus
        self.mcu_name = str(data.get("mcu"))
        self.mcu: Mcu | None = MCUS.get(self.mcu_name)
        strapping_ok = data.get("strapping_ok")
        self.strapping_ok = strapping_ok if isinstance(strapping_ok, list) else []

    def say(self, key: str, text: str) -> None:
        self.found.append((key, text))

    def top(self, data: dict[str, Any], folder: str) -> None:
        name, arch, buses = data.get("name"), data.get("arch"), data.get("buses")
        if isinstance(name, str) and name != folder:
            self.say("name", f"is '{name}', but the folder is '{folder}'")
        if self.mcu and arch in TOP["arch"] and arch not in self.mcu.archs:
            self.say("arch", f"'{arch}' does not run on {self.mcu_name}: {' or '.join(self.mcu.archs)} does")
        for index, pin in enumerate(self.strapping_ok):
            if self.mcu and (type(pin) is not int or pin not in self.mcu.strapping):
                self.say(f"strapping_ok[{index}]", f"{json.dumps(pin)} is no strapping pin of {self.mcu_name}")
        if isinstance(buses, dict):
            self.all_buses(buses)
        for key, item in self.objects("power", data.get("power")):
            self.fields(key, item, POWER)
        seen: dict[tuple[Any, ...], str] = {}  # what only one part may be or occupy -> the part that does
        parts = list(self.objects("parts", data.get("parts")))
        for key, part in parts:
            self.part(key, part, seen)
        self.found += cellcheck.problems(parts, self.i2c_hz)

    def all_buses(self, buses: dict[str, Any]) -> None:
        for kind, items in buses.items():
            if kind not in BUSES:
                self.say(f"buses.{kind}", f"unknown bus: {', '.join(BUSES)} are known")
            elif not isinstance(items, list):
                self.say(f"buses.{kind}", f"must be a list, not {_kind(items)}")
        for kind, rules in BUSES.items():
            for key, bus in self.objects(f"buses.{kind}", buses.get(kind)):
                self.fields(key, bus, rules)
                ident = bus.get("id")
                if type(ident) is int:
                    if self.mcu and ident not in self.mcu.controllers[kind]:
                        self.say(f"{key}.id", f"{self.mcu_name} has no {kind} {ident} to spare")
                    if ident in self.buses[kind]:
                        self.say(f"{key}.id", f"{kind} {ident} is already described")
                    self.buses[kind].append(ident)
                    if kind == "i2c":
                        self.i2c_hz[ident] = bus.get("freq_hz")
                    if kind == "spi":
                        self.spi_hz[ident] = bus.get("freq_hz")

    def part(self, key: str, part: dict[str, Any], seen: dict[tuple[Any, ...], str]) -> None:
        role, chip = part.get("role"), part.get("chip")
        if isinstance(role, str) and role not in ROLES:
            self.say(f"{key}.role", f"unknown role '{role}': {', '.join(ROLES)} are known")
        if not isinstance(chip, str) or chip not in CHIPS:
            self.fields(key, part, PART, closed=False)
            if isinstance(chip, str):
                self.say(f"{key}.chip", f"unknown chip '{chip}': {', '.join(CHIPS)} are known")
            return
        serves, rules = CHIPS[chip]
        self.fields(key, part, {**PART, **rules})
        if role in ROLES and role != serves:
            self.say(f"{key}.role", f"a {chip} cannot be '{role}', it is '{serves}'")
        if serves not in SEVERAL and seen.setdefault(("role", serves), key) != key:
            self.say(f"{key}.role", f"{seen['role', serves]} is the {serves} already")
        for bus in ("i2c", "uart") if chip != "lmp91000" else ():
            place = (bus, str(part.get(bus)), str(part.get("address")))
            if bus in part and seen.setdefault(place, key) != key:
                self.say(f"{key}.{bus}", f"{seen[place]} is at the same place of that bus")
        if serves == "accel":
            self.wiring(key, part, chip)
        if chip == "dfrobot-gas":
            self.lines(key, part)
        if chip == "winsen-ndir":
            self.found += winsencheck.problems(key, part)
        if serves == "radio":
            bus = part.get("spi")
            self.found += radiocheck.problems(key, part, self.spi_hz.get(bus) if type(bus) is int else None)
        if "spi" in part and serves in ("accel", "radio"):
            role_there, other = self.spi_users.setdefault(str(part["spi"]), (serves, key))
            if role_there != serves:
                self.say(f"{key}.spi", f"{other} needs that bus in another clock mode")
        pin = part.get("pin")
        bare = self.mcu is not None and type(pin) is int and pin in self.mcu.input_only
        if chip == "button" and bare and part.get("pull") is not False:
            self.say(f"{key}.pull", f"pin {pin} has no pull resistor of its own: fit one and say false here")
        if chip == "adc-divider" and ("enable" in part) != ("enable_on" in part):
            self.say(f"{key}.enable", "enable and enable_on go together")

    def wiring(self, key: str, part: dict[str, Any], chip: str) -> None:
        """An accelerometer is on I2C with an address, or on SPI with a select pin."""
        on_spi = "spi" in part and chip in SPI_MOST_HZ
        if on_spi and "i2c" in part:
            self.say(f"{key}.spi", "the chip is on an i2c bus already")
        needed, foreign = (("cs",), ("address",)) if on_spi else (("i2c", "address"), ("cs",))
        for name in needed:
            if name not in part:
                self.say(f"{key}.{name}", "is missing")
        for name in foreign:
            if name in part and (name != "cs" or chip in SPI_MOST_HZ):
                self.say(f"{key}.{name}", f"does not go with {'spi' if on_spi else 'i2c'}")
        freq_hz = self.spi_hz.get(part["spi"]) if on_spi and type(part["spi"]) is int else None
        if type(freq_hz) is int and freq_hz > SPI_MOST_HZ[chip]:
            self.say(f"{key}.spi", f"runs at {freq_hz} Hz, too fast for a {chip}: at most {SPI_MOST_HZ[chip]}")

    def lines(self, key: str, part: dict[str, Any]) -> None:
        """A module on I2C with an address, or on a serial line."""
        if "uart" not in part:
            for name in ("i2c", "address"):
                if name not in part:
                    self.say(f"{key}.{name}", "is missing")
        elif "i2c" in part:
            self.say(f"{key}.uart", "the chip is on an i2c bus already")
        elif "address" in part:
            self.say(f"{key}.address", "does not go with uart")

    def objects(self, key: str, items: Any) -> Iterator[tuple[str, dict[str, Any]]]:
        """The objects of a list with their keys; anything else in the list is a problem."""
        for index, item in enumerate(items if isinstance(items, list) else ()):
            if isinstance(item, dict):
                yield f"{key}[{index}]", item
            else:
                self.say(f"{key}[{index}]", f"must be an object, not {_kind(item)}")

    def fields(self, key: str, item: dict[str, Any], rules: Rules, closed: bool = True) -> None:
        """Check the keys of one object against their rules; `closed`: it may have no others."""
        dot = f"{key}." if key else ""
        known = [name.rstrip("?") for name in rules]
        for name in item:
            if closed and name not in known:
                self.say(f"{dot}{name}", f"unknown key: {', '.join(known)} are known")
        for name, rule in rules.items():
            plain = name.rstrip("?")
            if plain in item:
                self.value(f"{dot}{plain}", item[plain], *rule)
            elif plain == name:
                self.say(f"{dot}{name}", "is missing")

    def value(self, key: str, value: Any, kind: str, *limits: Any) -> None:
        if kind in ("in", "out", "both", "adc"):
            self.pin(key, value, kind)
        elif kind == "axes":
            if turn_of(value) is None:
                self.say(key, 'must name the chip axis of each tag axis, like ["x", "-z", "y"]: a rotation, no mirror')
        elif kind == "choice":
            if type(value) not in (str, int) or value not in limits:
                self.say(key, f"{json.dumps(value)} is not one of {', '.join(map(str, limits))}")
        elif type(value) not in _TYPES[kind]:
            self.say(key, f"must be {_NAMES[kind]}, not {_kind(value)}")
        elif limits and not limits[0] <= value <= limits[1]:
            self.say(key, f"{value} is out of range {limits[0]} to {limits[1]}")
        elif kind in BUSES and value not in self.buses[kind]:
            self.say(key, f"there is no {kind} {value} among the buses")

    def pin(self, key: str, pin: Any, use: str) -> None:
        if type(pin) is not int:
            self.say(key, f"must be a pin number, not {_kind(pin)}")
            return
        if self.used.setdefault(pin, key) != key:
            self.say(key, f"pin {pin} is already used by {self.used[pin]}")
        mcu = self.mcu
        if mcu is None:
            return
        if pin not in mcu.pins:
            self.say(key, f"{self.mcu_name} has no pin {pin}")
        elif pin in mcu.taken:
            self.say(key, f"pin {pin} of {self.mcu_name} is needed by {mcu.taken[pin]}")
        elif use in ("out", "both") and pin in mcu.input_only:
            self.say(key, f"pin {pin} of {self.mcu_name} can only be an input")
        elif use == "adc" and pin not in mcu.adc1:
            self.say(key, f"pin {pin} of {self.mcu_name} is not on ADC1, the one that works beside Wi-Fi")
        elif pin in mcu.strapping and pin not in self.strapping_ok:
            self.say(key, f"pin {pin} of {self.mcu_name} is sampled at reset; where harmless, name it in strapping_ok")


_INT = (int,)
_TYPES: Mapping[str, tuple[type, ...]] = {
    "text": (str,),
    "bool": (bool,),
    "number": (int, float),
    "list": (list,),
    "object": (dict,),
    **dict.fromkeys(("int", *BUSES), _INT),
}
_NAMES = {
    "text": "text",
    "bool": "true or false",
    "number": "a number",
    "list": "a list",
    "object": "an object",
    **dict.fromkeys(("int", *BUSES), "a whole number"),
}
_KINDS = {str: "text", bool: "true or false", int: "a whole number", float: "a number with a point", list: "a list"}


def _kind(value: Any) -> str:
    """A JSON value's kind in words."""
    return "null" if value is None else _KINDS.get(type(value), "an object")
