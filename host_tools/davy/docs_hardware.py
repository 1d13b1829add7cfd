"""The tables of docs/hardware.md, from boards/: wiring, parts, currents and power of every board that can be built.

    python -m davy.docs_hardware        writes the tables into docs/hardware.md of this checkout

Each stands between a comment with its name and the next `end`; the rest of the page is written by hand. A test compares the two.
"""

from collections.abc import Iterator
from typing import Any

from davy import boardcheck, boards, docs_tables, power, roots
from davy.flashing import fetch

DOC = roots.CHECKOUT / "docs" / "hardware.md"
PINS = ("cs", "busy", "dio0", "dio1", "reset", "enable", "pin")
BUS_LINES = {"i2c": ("sda", "scl"), "uart": ("tx", "rx"), "spi": ("sck", "mosi", "miso")}
# chip -> what to order, in the words of a catalogue
ORDER = {
    "lis3dh": "LIS3DH on a breakout, I2C and SPI brought out, 3.3 V",
    "adxl345": "ADXL345 breakout, 3.3 V",
    "mpu6050": "MPU-6050 breakout (GY-521)",
    "mpu6500": "MPU-6500 breakout",
    "lsm6dso": "LSM6DSO breakout, 3.3 V",
    "winsen-ndir": "Winsen MH-440D or MH-441D (methane), MH-Z14A/Z16/Z19B/Z19C (CO2), ordered with the range of board.json",
    "dfrobot-gas": "DFRobot SEN0465 to SEN0471, one a gas, dip switch for the address",
    "scd41": "Sensirion SCD41 breakout",
    "lmp91000": "TI LMP91000 with an electrochemical cell of cells.json, its converter TI ADS1115",
    "bme280": "Bosch BME280 breakout, 3.3 V",
    "bmp390": "Bosch BMP390 breakout, 3.3 V",
    "max30102": "Maxim MAX30102 on a breakout with its own 1.8 V, pull-ups to 3.3 V; skin has to lie on its window",
    "pwm-buzzer": "passive piezo sounder, resonance 2.3 to 2.9 kHz, N-MOSFET, 10 kOhm",
    "pwm-motor": "coin vibration motor 10 mm, 3 V, N-MOSFET, diode, 10 kOhm",
    "ws2812": "WS2812B or a clone, 330 Ohm",
    "button": "push-button, sealed, large enough for a glove, normally open",
    "adc-divider": "two resistors 100 kOhm 1 %, 100 nF; on the board already unless notes.md says else",
    "sx1261": "SX1261 module with TCXO: 15 dBm at most; antenna of the region's band",
    "sx1262": "on the board, or an SX1262 module with TCXO; antenna of the region's band",
    "sx1276": "on the board, or an SX1276 module (RFM95W); antenna of the region's band",
}


def real() -> list[str]:
    """The boards that can be built."""
    return [name for name in boards.names() if boards.load(name)["mcu"] != boards.VIRTUAL_MCU]


def _wires(board: dict[str, Any]) -> Iterator[tuple[str, str, str, str, str]]:
    """Part, chip, signal, pin, bus and address; a row a wire."""
    for part in board["parts"]:
        name = f"{part['role']} {part['gas']}" if "gas" in part else part["role"]
        where = ""
        for bus, lines in BUS_LINES.items():
            if bus in part:
                wires = next(one for one in board["buses"][bus] if one["id"] == part[bus])
                address = f", 0x{part['address']:02X}" if "address" in part else ""
                where = f"{bus.upper()} {part[bus]}{address}"
                if part["chip"] == "lmp91000":
                    where += f", 0x48; converter 0x{part['adc']:02X}, input {part['channel']}"
                for line in lines:
                    yield name, part["chip"], line.upper(), str(wires[line]), where
        for pin in PINS:
            if pin in part:
                yield name, part["chip"], "" if pin == "pin" else pin.upper(), str(part[pin]), where
    for switch in board["power"]:
        yield "power of the sensors", "", f"on at {switch['on']}", str(switch["pin"]), ""


def wiring(name: str) -> str:
    """The wiring of a board: a part's rows in one line, its signals side by side."""
    board = boards.load(name)
    rows: dict[tuple[str, str, str], list[str]] = {}
    for part, chip, signal, pin, where in _wires(board):
        rows.setdefault((part, chip, where), []).append(f"{signal} {pin}".strip())
    head = ("part", "chip", "signal and GPIO", "bus, address")
    which = fetch.wanted(name)
    title = f"**{board['title']}** (`{name}`): {board['mcu']}, {board['flash_mb']} MB flash, image `{which.page}`."
    source = f"Where each number comes from, and how sure it is: [notes](../boards/{name}/notes.md)."
    lines = docs_tables.table(
        head, ((part, chip, ", ".join(wires), where) for (part, chip, where), wires in rows.items())
    )
    return f"{title} {source}\n\n{lines}"


def parts() -> str:
    """What may be ordered: each role with every chip that has a driver, and the boards that are drawn with it."""
    used: dict[str, list[str]] = {}
    for name in real():
        for chip in dict.fromkeys(part["chip"] for part in boards.load(name)["parts"]):
            used.setdefault(chip, []).append(name)
    rows = []
    for role in boardcheck.ROLES:
        chips = sorted(
            (chip for chip, (serves, _) in boardcheck.CHIPS.items() if serves == role), key=lambda c: c not in used
        )
        for chip in chips:
            at = "all" if len(used.get(chip, ())) == len(real()) else ", ".join(used.get(chip, ())) or "alternative"
            rows.append((role, chip, ORDER[chip], at))
    return docs_tables.table(("role", "chip", "what to order", "drawn in"), rows)


def budget() -> str:
    """mA and hours by board and state."""
    head = [
        "board",
        "rest",
        "rest, Wi-Fi off",
        "alarm",
        "Wi-Fi sends",
        "LoRa sends",
        "shift",
        "hours a charge",
        "in alarm",
    ]
    rows = []
    for name in real():
        by_name = {state.name: state for state in power.budget(name)}
        order = ("rest", "rest, LoRa", "alarm", "Wi-Fi sends", "LoRa sends", "shift")
        figures = [f"{by_name[one].ma:.0f}" if one in by_name else "" for one in order]
        rows.append([name, *figures, f"{by_name['shift'].hours:.0f}", f"{by_name['alarm'].hours:.0f}"])
    return docs_tables.table(head, rows)


def largest() -> str:
    """What the rest of a board is made of, with its source."""
    data = power.currents()
    rows = []
    for chip, entry in {**data["mcus"], **data["parts"], "board": data["board"]}.items():
        for what, value in entry.items():
            if what != "volt" and value[0]:
                at = " at 5 V" if entry.get("volt") == 5 else ""
                rows.append((chip, what.replace("_", " "), f"{value[0]:g}{at}", value[1], data["sources"][value[2]]))
    return docs_tables.table(("what", "state", "mA", "how sure", "source"), rows)


def tables() -> dict[str, str]:
    """Name -> the table."""
    found = {f"wiring {name}": wiring(name) for name in real()}
    return {**found, "parts": parts(), "power": budget(), "currents": largest()}


def render(text: str) -> str:
    """The page with its tables as they should be."""
    return docs_tables.filled(text, tables())


if __name__ == "__main__":
    DOC.write_text(render(DOC.read_text(encoding="utf-8")), encoding="utf-8")
