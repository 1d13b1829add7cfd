"""Opens the LoRa radio that board.json describes. Loaded by boards that have one, and by no other.

The driver is handed its bus, its pins and the clock. What a board file may say of it is in `davy.radiocheck` on the host.
"""

import time

import machine

from tag.hal.spi import opener


def open_radio(part, buses, mhz: int = 868):
    """The driver of the part with the role "radio"; waits for the chip, 100 ms at most. `buses` as in `tag.hal.board`; `mhz`: the
    band in use. OSError when the chip does not answer, ValueError for a bus or setting that does not exist."""
    spi, cs = opener(part, buses.spi, 0)
    reset = machine.Pin(part["reset"], machine.Pin.OUT, value=1)
    dio1 = machine.Pin(part["dio1"], machine.Pin.IN) if "dio1" in part else None
    stamp, sleep_us = time.ticks_ms, time.sleep_us
    chip = part["chip"]
    if chip == "sx1276":
        from drivers.sx127x import SX127x

        dio0 = machine.Pin(part["dio0"], machine.Pin.IN)
        boost, tcxo = part.get("pa_boost", True), part.get("tcxo", False)
        return SX127x(spi, cs, reset, dio0, dio1, stamp, sleep_us, boost, tcxo)
    from drivers.sx126x import SX126x

    busy = machine.Pin(part["busy"], machine.Pin.IN)
    tcxo = (part["tcxo_mv"], part.get("tcxo_ms", 5)) if "tcxo_mv" in part else None
    dio2, dcdc = part.get("dio2_rf_switch", False), part.get("regulator", "dcdc") == "dcdc"
    return SX126x(spi, cs, busy, reset, dio1, stamp, sleep_us, chip, tcxo, dio2, dcdc, mhz)
