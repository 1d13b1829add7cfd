"""What a board file may say of a LoRa radio: its pins, its clock, its power amplifier and antenna switch."""

from collections.abc import Mapping
from typing import Any

Rules = Mapping[str, tuple[Any, ...]]

# As in lib/drivers/sx126x_tables.py; a test compares them.
TCXO_MV = (1600, 1700, 1800, 2200, 2400, 2700, 3000, 3300)

_COMMON: Rules = {"spi": ("spi",), "cs": ("out",), "reset": ("out",)}
_SX126X: Rules = {
    **_COMMON,
    "busy": ("in",),
    "dio1": ("in",),
    "tcxo_mv?": ("choice", *TCXO_MV),  # left out: a crystal
    "tcxo_ms?": ("int", 1, 20),  # how long the TCXO takes; left out: 5
    "dio2_rf_switch?": ("bool",),
    "regulator?": ("choice", "dcdc", "ldo"),  # left out: dcdc, which needs a coil on the board
}
_SX127X: Rules = {
    **_COMMON,
    "dio0": ("in",),
    "dio1?": ("in",),
    "pa_boost?": ("bool",),  # left out: true, as modules have it
    "tcxo?": ("bool",),
}
RULES: Mapping[str, Rules] = {"sx1261": _SX126X, "sx1262": _SX126X, "sx1276": _SX127X}

SPI_MOST_HZ = {"sx1261": 16_000_000, "sx1262": 16_000_000, "sx1276": 10_000_000}


def problems(key: str, part: dict[str, Any], spi_hz: Any) -> list[tuple[str, str]]:
    """What does not go together in the radio at `key`, on a bus at `spi_hz`; what is wrong by itself is told elsewhere."""
    chip, found = part["chip"], []
    if type(spi_hz) is int and spi_hz > SPI_MOST_HZ[chip]:
        found.append((f"{key}.spi", f"runs at {spi_hz} Hz, too fast for a {chip}: at most {SPI_MOST_HZ[chip]}"))
    if "tcxo_ms" in part and "tcxo_mv" not in part:
        found.append((f"{key}.tcxo_ms", "goes with tcxo_mv"))
    return found
