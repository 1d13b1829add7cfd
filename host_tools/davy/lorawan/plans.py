"""The regions as a network sees them, written apart from the tag's (lib/lorawan/regions), so that each is a check of the other.

Source: RP002-1.0.4 of the LoRa Alliance. Data rates are LoRa only: what DR7 (FSK) would carry, this network does not send.
"""

from dataclasses import dataclass, field

from davy.errors import DavyError

Rate = tuple[int, int]  # spreading factor, bandwidth in Hz

_EU_RATES: dict[int, Rate] = {dr: (12 - dr, 125_000) for dr in range(6)} | {6: (7, 250_000)}
_US_UP: dict[int, Rate] = {dr: (10 - dr, 125_000) for dr in range(4)} | {4: (8, 500_000)}
_US_DOWN: dict[int, Rate] = {8 + k: (12 - k, 500_000) for k in range(6)}
_US_RX1 = ((10, 9, 8, 8), (11, 10, 9, 8), (12, 11, 10, 9), (13, 12, 11, 10), (13, 13, 12, 11))
_EU_SIZES = {0: 51, 1: 51, 2: 51, 3: 115, 4: 242, 5: 242, 6: 242}
_US_SIZES = {8: 53, 9: 129, 10: 242, 11: 242, 12: 242, 13: 242}


@dataclass(frozen=True)
class Plan:
    """What a network must know of a region."""

    name: str
    up: dict[int, Rate]
    down: dict[int, Rate]
    sizes: dict[int, int]  # payload and FOpts of a downlink
    rx2: tuple[int, int]  # Hz, data rate
    channels: dict[int, int]  # index -> Hz
    fixed: bool = False
    turns: bool = False  # RX1DROffset 6 and 7 raise the data rate
    extra: tuple[int, ...] = field(default=())  # channels that this network adds, Hz

    def dr_of(self, sf: int, bw_hz: int) -> int:
        """The uplink data rate of these; -1 when the region has none."""
        return next((dr for dr, rate in self.up.items() if rate == (sf, bw_hz)), -1)

    def rx1_dr(self, dr: int, offset: int, dwell: bool = False) -> int:
        """Data rate of the first window."""
        if self.fixed:
            return _US_RX1[dr][offset]
        if self.turns and offset > 5:
            offset = 5 - offset
        found = max(dr - offset, 2 if dwell else 0)
        if self.name == "IN865" and found == 6:
            return 5
        return min(found, 7)

    def rx1_hz(self, up_hz: int) -> int:
        """Frequency of the first window, when no DlChannelReq has moved it."""
        if not self.fixed:
            return up_hz
        index = next(index for index, hz in self.channels.items() if hz == up_hz)
        return 923_300_000 + 600_000 * (index % 8)


def _as923(group: int, shift_hz: int, extra: tuple[int, ...]) -> Plan:
    channels = {0: 923_200_000 + shift_hz, 1: 923_400_000 + shift_hz}
    sizes = _EU_SIZES | {2: 115}
    rx2 = (923_200_000 + shift_hz, 2)
    return Plan(f"AS923-{group}", _EU_RATES, _EU_RATES, sizes, rx2, channels, turns=True, extra=extra)


_US_CHANNELS = {i: 902_300_000 + 200_000 * i for i in range(64)} | {
    64 + i: 903_000_000 + 1_600_000 * i for i in range(8)
}
PLANS = {
    plan.name: plan
    for plan in (
        Plan(
            "EU868",
            _EU_RATES,
            _EU_RATES,
            _EU_SIZES,
            (869_525_000, 0),
            {0: 868_100_000, 1: 868_300_000, 2: 868_500_000},
            extra=(867_100_000, 867_300_000, 867_500_000, 867_700_000, 867_900_000),
        ),
        Plan(
            "RU864",
            _EU_RATES,
            _EU_RATES,
            _EU_SIZES,
            (869_100_000, 0),
            {0: 868_900_000, 1: 869_100_000},
            extra=(866_100_000, 866_300_000, 866_500_000),
        ),
        _as923(1, 0, (922_200_000, 922_400_000, 922_600_000)),
        _as923(2, -1_800_000, (920_800_000, 921_000_000)),
        _as923(3, -6_600_000, (917_000_000, 917_200_000)),
        _as923(4, -5_900_000, (917_700_000, 917_900_000)),
        Plan("US915", _US_UP, _US_DOWN, _US_SIZES, (923_300_000, 8), _US_CHANNELS, fixed=True),
        Plan(
            "IN865",
            {dr: _EU_RATES[dr] for dr in range(6)},
            {dr: _EU_RATES[dr] for dr in range(6)},
            _EU_SIZES,
            (866_550_000, 2),
            {0: 865_062_500, 1: 865_402_500, 2: 865_985_000},
            turns=True,
            extra=(866_300_000, 866_700_000),
        ),
    )
}


def plan(name: str) -> Plan:
    """The plan of that name; says which there are when there is none."""
    if name not in PLANS:
        raise DavyError(f"unknown region '{name}': there are {', '.join(PLANS)}")
    return PLANS[name]
