"""How long a LoRa frame is on the air, and what a receiver needs to hear it: Semtech's formulas, for every setting of the chips.

Source: SX1261/2 datasheet rev 2.1, 6.1.4 (spreading factors 5 and 6 have two more symbols before the header, and one block less);
least SNR by spreading factor: SX1276/77/78/79 datasheet rev 7, table 13, and SX1261/2, table 6-1.
"""

from dataclasses import dataclass
from math import ceil, log10

SNR_LEAST_DB = {5: -2.5, 6: -5.0, 7: -7.5, 8: -10.0, 9: -12.5, 10: -15.0, 11: -17.5, 12: -20.0}
NOISE_FIGURE_DB = 6.0
LOW_RATE_US = 16_380  # symbols as long as this ask for low data rate optimisation


@dataclass(frozen=True)
class Modulation:
    """What both ends of a link must agree on, but for the frequency; `low_rate` None: as the symbol's length asks."""

    sf: int
    bw_hz: int
    low_rate: bool | None = None
    rate: int = 1  # of coding, 4 / (4 + rate)

    @property
    def symbol_us(self) -> float:
        """One symbol."""
        return (1 << self.sf) * 1e6 / self.bw_hz

    @property
    def optimised(self) -> bool:
        """Whether low data rate optimisation is on."""
        return self.symbol_us >= LOW_RATE_US if self.low_rate is None else self.low_rate

    def header_us(self, preamble: int) -> float:
        """From the first symbol of the preamble to the end of the header."""
        return (preamble + (6.25 if self.sf < 7 else 4.25) + 8) * self.symbol_us

    def airtime_us(self, n: int, preamble: int = 8, crc: bool = True, explicit: bool = True) -> float:
        """A whole frame with `n` bytes."""
        bits = 8 * n + 16 * crc - 4 * self.sf + 20 * explicit + (8 if self.sf >= 7 else 0)
        block = 4 * (self.sf - 2 * self.optimised)
        return self.header_us(preamble) + ceil(max(bits, 0) / block) * (4 + self.rate) * self.symbol_us

    @property
    def noise_dbm(self) -> float:
        """Thermal noise in the channel, as the receiver adds to it."""
        return -174 + NOISE_FIGURE_DB + 10 * log10(self.bw_hz)
