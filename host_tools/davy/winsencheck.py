"""What a board file may say of a Winsen infrared module: which gas, which module, and the range that it was ordered with."""

from collections.abc import Mapping
from typing import Any

# As in lib/drivers/winsen_modules.py; a test compares them.
MODULES = {"mh-440d": "ch4", "mh-441d": "ch4", "mh-z14a": "co2", "mh-z16": "co2", "mh-z19b": "co2", "mh-z19c": "co2"}
RANGES = {"ch4": ("5vol", "100lel"), "co2": ("2000ppm", "5000ppm", "10000ppm", "5vol")}
ONLY = {("co2", "5vol"): "mh-z16"}  # a range that one module alone has

RULES: Mapping[str, tuple[Any, ...]] = {
    "uart": ("uart",),
    "gas": ("choice", *RANGES),
    "range": ("choice", *dict.fromkeys(name for names in RANGES.values() for name in names)),
    "module?": ("choice", *MODULES),  # left out: mh-440d
    "warmup_s?": ("int", 0, 3600),
}


def problems(key: str, part: dict[str, Any]) -> list[tuple[str, str]]:
    """What does not go together in the part at `key`; what is wrong by itself is told elsewhere."""
    gas, module, range_name = (str(part.get(name, "mh-440d")) for name in ("gas", "module", "range"))
    if gas not in RANGES or module not in MODULES:
        return []
    if MODULES[module] != gas:
        return [(f"{key}.module", f"{module} measures {MODULES[module]}, not {gas}: name the module")]
    if range_name in RULES["range"] and range_name not in RANGES[gas]:
        return [(f"{key}.range", f"no module for {gas} has the range {range_name}")]
    if ONLY.get((gas, range_name), module) != module:
        return [(f"{key}.range", f"only {ONLY[gas, range_name]} has the range {range_name}")]
    return []
