"""DFRobot gas modules SEN0465..SEN0471 at the level of their frames, on I2C or on a serial line.

Frames are nine bytes (frame9.py). On I2C a request is written to register 0, and the module keeps its latest answer there
until the next is ready. It powers up telling its reading unasked once a second (88h); while it does, it answers nothing but
the command that sets its mode (78h). Then it answers gas (86h) and board temperature (87h) when asked.

How a module in the unasked mode takes a question is not documented, nor whether it keeps its mode without power: the model
does the worse of what it might. The temperature is a thermistor of 10 kOhm, B = 3380.13 K, under 10 kOhm at a 10-bit ADC.

Source: github.com/DFRobot/DFRobot_MultiGasSensor, DFRobot_MultiGasSensor.cpp and .h 2.0; wiki.dfrobot.com SEN0465 (ranges,
resolutions, frames on the serial line).
"""

import math
import random
from typing import Any

from davy.vtag.chips.base import Faults, Nak
from davy.vtag.chips.frame9 import FRAME, SerialEnd, checksum, framed
from davy.vtag.world import World

MODE, GAS, TEMP, ALL = 0x78, 0x86, 0x87, 0x88
UNASKED, ASKED = 3, 4
THINKING_US = 10_000  # the vendor's library waits so long
REPORT_US = 1_000_000
WARMUP_S = 300.0  # until then it answers, but measures nothing
OVER_RANGE = 1.2  # what the fault of that name makes the module say, in full scales

# gas -> (gas byte, full scale in its unit, decimals)
GASES = {
    "o2": (0x05, 25, 1),
    "co": (0x04, 1000, 0),
    "h2s": (0x03, 100, 0),
    "nh3": (0x02, 100, 0),
    "so2": (0x2B, 20, 1),
    "no2": (0x2C, 20, 1),
}


class DfrobotGas:
    """One module. `part`: "gas" (a key of GASES), "i2c" with "address" or "uart", and optionally "warmup_s".

    Faults: `silent` its controller hangs: no serial answer, and on I2C the old one for ever; `slow` it answers so many ms
    late; `shifted` it loses so many bytes of a gas answer, as V1.0 boards do; `unasked` it stays in that mode; `wrong_type`
    says another gas; `powered_down` no supply, and cold afterwards.
    """

    def __init__(self, part: dict[str, Any], world: World) -> None:
        names = ("nak", "silent", "bad_checksum", "garbage", "stuck", "wrong_type", "shifted", "unasked", "slow")
        self.faults = Faults(*names, "drift", "over_range", "powered_down")
        self.address: int = part.get("address", 0x74)
        self._world = world
        self._gas: str = part["gas"]
        self._type, self._full, self._decimals = GASES[self._gas]
        self._warmup_us = int(float(part.get("warmup_s", WARMUP_S)) * 1_000_000)
        self._random = random.Random(self._type)
        self.reset(0)

    def reset(self, t_us: int) -> None:
        """Power has just come up: cold, nothing heard, nothing to say."""
        self._powered_us = t_us
        self._was_down = False
        self.mode = UNASKED
        self._counts = 0
        self._reported_us = t_us
        self._end = SerialEnd(self._command)
        self._answers: list[tuple[int, bytes]] = [(t_us, bytes(FRAME))]  # on I2C: (when it is ready, answer)

    def _powered(self, t_us: int) -> bool:
        if "powered_down" in self.faults:
            self._was_down = True
            return False
        if self._was_down:
            self.reset(t_us)
        return True

    # -- serial line

    def receive(self, data: bytes, t_us: int) -> None:
        """Bytes from the tag, the first of which starts now."""
        if self._powered(t_us):
            self._end.receive(data, t_us)

    def transmit(self, t_us: int) -> bytes:
        """All bytes that have arrived whole at the tag since the last call."""
        if not self._powered(t_us):
            return b""
        self._report(t_us)
        return self._end.transmit(t_us)

    # -- I2C

    def write(self, data: bytes, t_us: int) -> None:
        """Register 0 alone, or with a request behind it."""
        if not self._powered(t_us):
            raise Nak
        request = data[1:]
        if data[:1] == b"\0" and len(request) == FRAME and request[0] == 0xFF and checksum(request) == request[8]:
            self._command(request, t_us)

    def read(self, n: int, t_us: int) -> bytes:
        """The latest answer that is ready."""
        if not self._powered(t_us):
            raise Nak
        self._report(t_us)
        while len(self._answers) > 1 and self._answers[1][0] <= t_us:
            del self._answers[0]
        return self._answers[0][1][:n].ljust(n, b"\xff")

    # -- the module itself

    def _report(self, t_us: int) -> None:
        """In the unasked mode: the reports that are due."""
        while t_us - self._reported_us >= REPORT_US:
            self._reported_us += REPORT_US
            if self.mode == UNASKED or "unasked" in self.faults:
                adc = self._thermistor(t_us)
                self._say(framed(ALL, *self._reading(t_us), adc >> 8, adc & 0xFF), self._reported_us)

    def _command(self, request: bytes, t_us: int) -> None:
        self._report(t_us)
        if "unasked" in self.faults:
            self.mode = UNASKED
        if request[2] == MODE:
            done = request[3] in (UNASKED, ASKED) and "unasked" not in self.faults
            if done:
                self.mode = request[3]
            answer = framed(MODE, int(done))
        elif self.mode == UNASKED:
            return
        elif request[2] == GAS:
            lost = int(self.faults.value("shifted"))
            answer = framed(GAS, *self._reading(t_us)[lost:])
        elif request[2] == TEMP:
            adc = self._thermistor(t_us)
            answer = framed(TEMP, adc >> 8, adc & 0xFF)
        else:
            return
        self._say(answer, t_us + THINKING_US + int(self.faults.value("slow") * 1000))

    def _say(self, answer: bytes, t_us: int) -> None:
        if "silent" in self.faults:
            return
        if "bad_checksum" in self.faults:
            answer = answer[:8] + bytes(((answer[8] + 1) & 0xFF,))
        if "garbage" in self.faults:
            answer = self._random.randbytes(FRAME)
        self._end.send(answer, t_us)
        self._answers.append((t_us, answer))
        del self._answers[:-64]

    def _reading(self, t_us: int) -> tuple[int, int, int, int]:
        """Concentration, high byte first, gas byte and decimals. A module never says less than 0."""
        if t_us - self._powered_us < self._warmup_us:
            self._counts = 0
        elif "over_range" in self.faults:
            self._counts = round(self._full * OVER_RANGE * 10**self._decimals)
        elif "stuck" not in self.faults:
            amount = self._world.gas(self._gas, t_us) + self.faults.value("drift")
            self._counts = max(0, min(0xFFFF, round(amount * 10**self._decimals)))
        gas = 0x31 if "wrong_type" in self.faults else self._type  # 31h: chlorine
        return self._counts >> 8, self._counts & 0xFF, gas, self._decimals

    def _thermistor(self, t_us: int) -> int:
        kelvin = self._world.air(t_us)[0] + 273.15
        ratio = math.exp(3380.13 * (1 / kelvin - 1 / 298.15))
        return min(1023, round(1024 * ratio / (1 + ratio)))
