"""Winsen infrared gas modules of the MH command set at the level of the bytes on their serial line (9600 baud, 8N1).

READ, FF 01 86 00 00 00 00 00 79, is answered by FF 86 HH LL xx 00 00 00 CS: HH LL the concentration in counts of the range,
CS the two's complement of the sum of bytes 1..7. What a count is worth depends on the range the module was ordered with; it
is signed for CH4 and unsigned for CO2. The other commands (zero 87h, span 88h, self-calibration 79h) are accepted and not
answered, as the manuals say; the first two are only kept in `orders`.

A CO2 module calibrates itself: after each 24 h with power and without an order not to, it takes the lowest value of them for
400 ppm. While it warms up a module says clean air. It counts molecules: a reading grows with the pressure (1013 hPa: right).

Bytes take their time: a byte of ten bits at 9600 baud is 1042 us long, in both directions.

Source: Winsen MH-441D datasheet, 6.2 "Digital Output" (https://radiolocman.com/datasheet/pdf.html?di=182711&p=4); MH-Z19B
manual 1.6, commands and self-calibration; what the values are while warming up, and before the first order: chosen, the worst.
"""

import random
from collections import deque
from typing import Any

from davy.vtag.chips.base import Faults
from davy.vtag.world import World

BYTE_US = 1_000_000 * 10 // 9600 + 1
THINKING_US = 4_000  # between the last byte of the request and the first of the answer
FRAME = 9
READ = 0x86

# gas -> range -> (ppm per count, counts at full scale). 500 ppm of CH4 = 1 %LEL where the LEL is 5 %vol.
RANGES = {
    "ch4": {"5vol": (100, 500), "100lel": (500, 100)},
    "co2": {"2000ppm": (1, 2000), "5000ppm": (1, 5000), "10000ppm": (1, 10_000), "5vol": (1, 50_000)},
}
PPM_PER_PERCENT = 10_000
OVER_RANGE = 1.2  # what the fault of that name makes the module say, in full scales
WARMUP_S = 180.0  # until then it answers, but measures nothing
SEA_HPA = 1013.25
FRESH_PPM = 400
ABC, ABC_OFF = 0x79, 0x00
ABC_US = 24 * 3600 * 1_000_000


def checksum(frame: bytes | bytearray) -> int:
    """Two's complement of the sum of bytes 1..7."""
    return -sum(frame[1:8]) & 0xFF


class WinsenNdir:
    """One module. `part`: "gas" and "range" (keys of RANGES) and optionally "warmup_s"."""

    def __init__(self, part: dict[str, Any], world: World) -> None:
        self.faults = Faults("silent", "bad_checksum", "garbage", "stuck", "over_range", "drift")
        self._world = world
        self._gas: str = part.get("gas", "ch4")
        self._ppm_per_count, self._full = RANGES[self._gas][part["range"]]
        self._warmup_us = int(float(part.get("warmup_s", WARMUP_S)) * 1_000_000)
        self._random = random.Random(self._full)
        self.reset(0)

    def reset(self, t_us: int) -> None:
        """Power has just come up: cold, nothing heard, nothing to say."""
        self._powered_us = t_us
        self._heard = bytearray()
        self._line: deque[tuple[int, int]] = deque()  # (when the byte is complete, byte)
        self._counts = 0
        self.orders: list[bytes] = []
        self.self_calibrating = self._gas == "co2"
        self._abc_us = t_us + ABC_US
        self._lowest_ppm = float("inf")
        self._zero_ppm = 0.0

    def receive(self, data: bytes, t_us: int) -> None:
        """Bytes from the tag, the first of which starts now."""
        for byte in data:
            t_us += BYTE_US
            self._heard.append(byte)
            if self._heard[0] != 0xFF:
                del self._heard[0]
            if len(self._heard) == FRAME:
                self._command(bytes(self._heard), t_us)
                self._heard.clear()

    def transmit(self, t_us: int) -> bytes:
        """All bytes that have arrived whole at the tag since the last call."""
        arrived = bytearray()
        while self._line and self._line[0][0] <= t_us:
            arrived.append(self._line.popleft()[1])
        return bytes(arrived)

    def _command(self, frame: bytes, t_us: int) -> None:
        if checksum(frame) != frame[8] or frame[1] != 1 or "silent" in self.faults:
            return
        if frame[2] != READ:
            self.orders.append(frame)
            if frame[2] == ABC:
                self.self_calibrating = frame[3] != ABC_OFF
            return
        counts = self._measure(t_us) & 0xFFFF
        answer = bytearray((0xFF, READ, counts >> 8, counts & 0xFF, 0x47, 0, 0, 0))
        answer.append(checksum(answer))
        if "bad_checksum" in self.faults:
            answer[8] = (answer[8] + 1) & 0xFF
        if "garbage" in self.faults:
            answer[:] = self._random.randbytes(FRAME + self._random.randrange(8))
        self._send(bytes(answer), t_us + THINKING_US)

    def _send(self, data: bytes, t_us: int) -> None:
        done_us = max(t_us, self._line[-1][0] if self._line else t_us)
        for byte in data:
            done_us += BYTE_US
            self._line.append((done_us, byte))

    def _measure(self, t_us: int) -> int:
        """Counts of the range; a negative value is sent as two's complement of 16 bits."""
        if t_us - self._powered_us < self._warmup_us:
            return FRESH_PPM if self._gas == "co2" else 0
        if "over_range" in self.faults:
            return int(self._full * OVER_RANGE)
        if "stuck" not in self.faults:
            pressure = self._world.air(t_us)[1] / SEA_HPA
            ppm = self._world.gas(self._gas, t_us) * PPM_PER_PERCENT * pressure
            ppm += self.faults.value("drift") * PPM_PER_PERCENT + self._calibrated(ppm, t_us)
            counts = round(ppm / self._ppm_per_count)
            lowest = 0 if self._gas == "co2" else -self._full
            self._counts = max(lowest, min(int(self._full * OVER_RANGE), counts))
        return self._counts

    def _calibrated(self, ppm: float, t_us: int) -> float:
        """What self-calibration adds; it looks back on the readings that were asked for."""
        if self.self_calibrating:
            self._lowest_ppm = min(self._lowest_ppm, ppm)
            if t_us >= self._abc_us:
                self._zero_ppm = FRESH_PPM - self._lowest_ppm
                self._lowest_ppm = float("inf")
                self._abc_us = t_us + ABC_US
        return self._zero_ppm
