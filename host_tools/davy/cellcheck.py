"""What a board file may say of electrochemical cells: parts of chip "lmp91000", each with its input of an ADS1115.

What lies between the parts: all LMP91000 answer at address 0x48, so no converter can be there; a converter serves several cells and
measures the reference on one input for all of them; the LMP91000 knows I2C's standard mode only.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from davy import cells

ADDRESS = 0x48
MOST_HZ = 100_000  # LMP91000 datasheet 7.5.1
RULES: Mapping[str, tuple[Any, ...]] = {
    "gas": ("choice", *sorted({cell.gas for cell in cells.load().values()})),
    "i2c": ("i2c",),
    "enable": ("out",),  # MENB, active low; a pull-up holds it high while the tag starts
    "adc": ("choice", 0x49, 0x4A, 0x4B),  # the converter's address
    "channel": ("choice", 0, 1, 2, 3),
    "reference": ("choice", 0, 1, 2, 3),  # its input that measures the 2.5 V
    "cell": ("choice", *cells.load()),
    "warmup_s?": ("int", 0, 3600),
}

Parts = Sequence[tuple[str, dict[str, Any]]]  # (key, part)


def problems(parts: Parts, i2c_hz: Mapping[int, Any]) -> Iterator[tuple[str, str]]:
    """(key, what is wrong) between the cells of a board, and with whoever is at their addresses."""
    mine = [(key, part) for key, part in parts if part.get("chip") == "lmp91000"]
    inputs: dict[str, str] = {}  # of a converter -> key of the cell there
    references: dict[str, tuple[Any, str]] = {}
    for key, part in mine:
        name, adc, channel, reference = (part.get(k) for k in ("cell", "adc", "channel", "reference"))
        cell = cells.load().get(name) if isinstance(name, str) else None
        if cell and cell.gas != part.get("gas"):
            yield f"{key}.cell", f"a {name} is for {cell.gas}"
        if adc == ADDRESS:
            yield f"{key}.adc", f"address {ADDRESS} is the lmp91000's own: set the converter to another"
        place = json.dumps([part.get("i2c"), adc])
        wired, by = references.setdefault(place, (reference, key))
        if wired != reference:
            yield f"{key}.reference", f"{by} has the reference of that converter on {json.dumps(wired)}"
        if channel == wired:
            yield f"{key}.channel", f"is the input of the reference, see {by}.reference"
        other = inputs.setdefault(json.dumps([place, channel]), key)
        if other != key:
            yield f"{key}.channel", f"{other} has that input of the converter"
        freq_hz = i2c_hz.get(part["i2c"]) if type(part.get("i2c")) is int else None
        if type(freq_hz) is int and freq_hz > MOST_HZ:
            yield f"{key}.i2c", f"runs at {freq_hz} Hz, too fast for an lmp91000: at most {MOST_HZ}"
        for foreign, guest in parts:
            same_bus = guest.get("chip") != "lmp91000" and guest.get("i2c") == part.get("i2c") and "i2c" in guest
            if same_bus and guest.get("address") in (ADDRESS, adc):
                yield f"{foreign}.address", f"{guest['address']} is taken by {key}"
