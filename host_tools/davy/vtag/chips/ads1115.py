"""Texas Instruments ADS1115 converter at the level of its registers: what the tag's driver meets on the bus.

Modelled: the pointer, Conversion, Config, Lo_thresh and Hi_thresh; single-shot and continuous mode, all inputs, ranges and
rates, OS, clipping at the end of the range. A conversion is the mean of its input over the time it takes, so a pulse in the middle
of it counts by its length. Not modelled: the comparator and its pin, noise and errors of the converter itself, high-speed mode.

`inputs` are the four wires: functions of time in volts, 0 V where nothing is soldered on. The supply bounds them. The voltage
reference of the board hangs here too (`reference_v`), because the board that has cells brings it to one of these inputs.

Source: ADS1113/4/5 datasheet SBAS444, "Register Map" (pointer, fields, reset values 8583h, 8000h, 7FFFh), "Data Format".
"""

from collections.abc import Callable
from typing import Any

from davy.vtag.chips.base import Faults
from davy.vtag.world import World

CONVERSION, CONFIG, LO_THRESH, HI_THRESH = range(4)
RESET_VALUES = (0x0000, 0x8583, 0x8000, 0x7FFF)
OS, SINGLE_SHOT = 0x8000, 0x0100
FULL_SCALE_V = (6.144, 4.096, 2.048, 1.024, 0.512, 0.256, 0.256, 0.256)
RATES = (8, 16, 32, 64, 128, 250, 475, 860)
PAIRS = ((0, 1), (0, 3), (1, 3), (2, 3))  # the differential settings of MUX
SUPPLY_V = 3.3
REFERENCE_V = 2.5
POINTS = 25  # of an input, for its mean over a conversion
WRONG = 0x60A0  # what the fault of that name answers: a TMP102's configuration, say


class Ads1115:
    """One converter. `part`: "address"."""

    def __init__(self, part: dict[str, Any], world: World) -> None:
        self.address: int = part.get("address", 0x48)
        self.faults = Faults("nak", "never_done", "never_starts", "frozen", "wrong_chip", "gain", "reference")
        self.inputs: list[Callable[[int], float]] = [lambda t_us: 0.0] * 4
        self.reset(0)

    def reset(self, t_us: int) -> None:
        """Power has just come up."""
        self._registers: list[int] = list(RESET_VALUES)
        self._pointer = CONVERSION
        self._done_us: int | None = None  # end of the conversion under way
        self._begun_us = t_us

    def reference_v(self, t_us: int) -> float:
        """The board's voltage reference; the fault `reference` is the factor by which it is wrong."""
        return REFERENCE_V * (self.faults.value("reference") if "reference" in self.faults else 1.0)

    def write(self, data: bytes, t_us: int) -> None:
        """A write transfer: the pointer, then a register's two bytes, the high one first."""
        self._go_on(t_us)
        if data:
            self._pointer = data[0] & 3
        if len(data) < 3 or self._pointer == CONVERSION:
            return
        value = data[1] << 8 | data[2]
        if self._pointer == CONFIG:
            start = value & OS or not value & SINGLE_SHOT
            value &= ~OS
            if start and self._done_us is None and "never_starts" not in self.faults:
                self._begin(value, t_us)
        self._registers[self._pointer] = value

    def read(self, n: int, t_us: int) -> bytes:
        """A read transfer from the register that the pointer names."""
        self._go_on(t_us)
        value = self._registers[self._pointer]
        if self._pointer == CONFIG and self._done_us is None:
            value |= OS
        if "wrong_chip" in self.faults:
            value = WRONG
        return (value.to_bytes(2, "big") * (n // 2 + 1))[:n]

    def _begin(self, config: int, t_us: int) -> None:
        self._begun_us = t_us
        self._done_us = t_us + 1_000_000 // RATES[config >> 5 & 7]

    def _go_on(self, t_us: int) -> None:
        """Finish what is done by now."""
        while self._done_us is not None and self._done_us <= t_us and "never_done" not in self.faults:
            config, done_us = self._registers[CONFIG], self._done_us
            if "frozen" not in self.faults:
                self._registers[CONVERSION] = self._convert(config, self._begun_us, done_us) & 0xFFFF
            self._done_us = None
            if not config & SINGLE_SHOT:
                self._begin(config, done_us)

    def _convert(self, config: int, begun_us: int, done_us: int) -> int:
        mux = config >> 12 & 7
        plus, minus = (mux & 3, None) if mux & 4 else PAIRS[mux]
        volts = self._mean(plus, begun_us, done_us) - (self._mean(minus, begun_us, done_us) if minus is not None else 0)
        if "gain" in self.faults:
            volts *= self.faults.value("gain")
        code = round(volts / FULL_SCALE_V[config >> 9 & 7] * 32768)
        return max(-32768, min(32767, code))

    def _mean(self, channel: int, begun_us: int, done_us: int) -> float:
        step = (done_us - begun_us) / POINTS
        times = [round(begun_us + step * (i + 0.5)) for i in range(POINTS)]
        return sum(max(0.0, min(SUPPLY_V, self.inputs[channel](t_us))) for t_us in times) / POINTS
