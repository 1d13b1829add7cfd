"""A self-test on the virtual board with whatever parts a test solders on, and what it has said."""

import vport
from tag import (
    memory,  # noqa: F401 - first: as the last of a long chain of imports it is too deep for the 32-bit runtime
    names,
)
from tag.hal import board
from tag.selftest import checks, run

BUS = {"id": 0, "scl": 22, "sda": 21, "freq_hz": 400000}
UART = {"id": 1, "tx": 17, "rx": 16, "baud": 9600}
SPI = {"id": 1, "sck": 18, "mosi": 23, "miso": 19, "freq_hz": 2000000}
PASSED, FAILED, NOT_FITTED, NOT_JUDGED = checks.PASSED, checks.FAILED, checks.NOT_FITTED, checks.NOT_JUDGED


def spec(*parts, uart=(UART,), spi=(), i2c=(BUS,)):
    return {
        "name": "bench",
        "buses": {"i2c": list(i2c), "uart": list(uart), "spi": list(spi)},
        "parts": list(parts),
        "wifi": True,
    }


class Bench:
    """A tag with these parts; `solder` False: the board has them already."""

    def __init__(self, made, solder=True):
        self.lines = []
        if solder:
            vport.control({"do": "fit", "buses": made["buses"], "parts": made["parts"]})
        self.chips = []
        for module in (run,):
            module._say = self._say
        read = board.read
        board.read = lambda: (made, "")
        try:
            self.tag = run.SelfTest()
        finally:
            board.read = read

    def _say(self, line):
        self.lines.append(line)

    def found(self):
        """name of a check -> (outcome, cause) of what was said since the last call; of two the worse one."""
        told = {}
        for line in self.lines:
            if "check" in line:
                name = names.CHECKS[line["check"]]
                one = (line["outcome"], line["cause"])
                if name not in told or one[0] == FAILED:
                    told[name] = one
        self.lines.clear()
        return told
