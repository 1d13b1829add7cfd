"""Reads board.json, the description of the hardware, and opens its buses.

A board file that cannot be read must not silence the tag: the spare copy is taken instead, and with neither the tag
runs with no parts at all, which the core hears of as faults. Whether the file is *right* was checked on the host
(`davy boards check`); what is wrong all the same costs the tag that bus or part, never its start.
"""

import json
import time

import machine

from drivers import i2c_recovery

FILES = ("/board.json", "/board.bak.json")
NOTHING = {"name": "unknown", "buses": {}, "parts": [], "power": [], "wifi": True}


def read(files=FILES):
    """(board, problem): the first file that parses and has buses and parts; problem is '' when it was the first one."""
    problem = ""
    for name in files:
        try:
            with open(name) as file:
                board = json.load(file)
            if isinstance(board["parts"], list) and isinstance(board["buses"], dict):
                return board, problem
            problem = name + ": buses or parts missing"
        except (OSError, ValueError, KeyError, TypeError) as error:
            problem = problem or name + ": " + type(error).__name__
    return NOTHING, problem


def problem(what: str, error) -> str:
    """In words why something could not be opened."""
    return what + ": " + type(error).__name__ + " " + str(error)


class Buses:
    """The board's I2C and serial buses, opened once; an I2C bus can be freed of a chip that holds SDA. What could not be
    opened is named in `problems`. `spi` only describes: what hangs on such a bus opens it (`tag.hal.spi`)."""

    def __init__(self, board) -> None:
        self.problems = []
        self._i2c_spec = {}
        self.i2c = {}
        self.uart = {}
        self.shared = {}  # what several parts hang on, by (bus, address): whoever needs it first puts it here
        self.spi = board["buses"].get("spi")
        self._each("power", board.get("power"), self._switch)
        self._each("i2c", board["buses"].get("i2c"), self._open_i2c)
        self._each("uart", board["buses"].get("uart"), self._open_uart)

    def _each(self, what: str, specs, opener) -> None:
        for spec in specs if isinstance(specs, list) else ():
            try:
                opener(spec)
            except Exception as error:  # whatever a wrong description makes the port raise: the other buses are needed
                self.problems.append(problem(what, error))

    def _switch(self, spec) -> None:
        machine.Pin(spec["pin"], machine.Pin.OUT, value=spec["on"])

    def _open_i2c(self, spec) -> None:
        self._i2c_spec[spec["id"]] = spec
        self.recover(spec["id"])

    def _open_uart(self, spec) -> None:
        tx, rx = machine.Pin(spec["tx"]), machine.Pin(spec["rx"])
        self.uart[spec["id"]] = machine.UART(spec["id"], spec["baud"], tx=tx, rx=rx, timeout=0)

    def recover(self, bus: int) -> bool:
        """Clock a held SDA free and open the bus anew; True when SDA is free. Also the way it is opened first: a chip
        that was cut off in the middle of a transfer holds SDA across the reset. Any other bus cannot be held."""
        if bus not in self._i2c_spec:
            return True
        spec = self._i2c_spec[bus]
        free = i2c_recovery.recover(open_drain(spec["scl"]), open_drain(spec["sda"]), time.sleep_us)
        # On ESP32 an I2C object is the peripheral: making it again re-initialises the one that drivers hold.
        scl, sda = machine.Pin(spec["scl"]), machine.Pin(spec["sda"])
        self.i2c[bus] = machine.I2C(bus, scl=scl, sda=sda, freq=spec["freq_hz"], timeout=20000)
        return free


def open_drain(pin: int):
    """A pin that can only pull low."""
    return machine.Pin(pin, machine.Pin.OPEN_DRAIN, machine.Pin.PULL_UP, value=1)
