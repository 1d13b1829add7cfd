"""Days of simulated life with power cuts: an accountant who knows only what was on the air finds no hour above the duty cycle.

The MAC runs in this process (CPython); a reset throws it away and starts another from what was stored last. The accountant
adds up real airtime, by the datasheet's formula in real numbers, and looks at every hour that ends with a frame's end.
"""

import random
from collections import defaultdict
from dataclasses import dataclass, field

import pytest

from davy.lorawan.air import airtime_us
from lorawan.mac import KEEP, LISTEN, SEND, Mac
from lorawan.regions.names import find
from lorawan.session import Otaa

HOUR_US = 3_600_000_000
_TICKS = (1 << 30) - 1
DAY_MS = 86_400_000
LIMITS = {  # band of the accountant -> part of an hour; ERC/REC 70-03 and RP002, not the tag's tables
    "EU868": (
        (868_000_000, 868_600_000, 0.01),
        (868_700_000, 869_200_000, 0.001),
        (869_400_000, 869_650_000, 0.1),
        (865_000_000, 868_000_000, 0.01),
    ),
    "RU864": ((868_700_000, 869_200_000, 0.01), (866_000_000, 868_000_000, 0.01)),
    "AS923-2": ((920_000_000, 923_000_000, 0.01),),
}
CHANNELS = {"EU868": (867_100_000, 868_800_000, 869_525_000), "RU864": (866_100_000,), "AS923-2": ()}


class Accountant:
    """Adds up what was on the air."""

    def __init__(self, region: str) -> None:
        self._limits = LIMITS[region]
        self.log: dict[int, list[tuple[int, int]]] = defaultdict(list)  # band -> (start, end) in us

    def add(self, hz: int, start_us: int, air_us: int) -> None:
        band = next(i for i, (low, high, _) in enumerate(self._limits) if low <= hz <= high)
        self.log[band].append((start_us, start_us + air_us))

    def fullest(self) -> dict[int, float]:
        """The fullest hour of each band, as a part of what it may hold."""
        found = {}
        for band, log in self.log.items():
            allowed = HOUR_US * self._limits[band][2]
            first = total = 0
            worst = 0.0
            for start, end in log:
                total += end - start
                while log[first][1] <= end - HOUR_US:
                    total -= log[first][1] - log[first][0]
                    first += 1
                cut = max(0, end - HOUR_US - log[first][0])
                worst = max(worst, (total - cut) / allowed)
            found[band] = worst
        return found

    @property
    def frames(self) -> int:
        return sum(len(log) for log in self.log.values())


@dataclass
class Life:
    """What a device did."""

    accountant: Accountant
    nonces: list[int] = field(default_factory=list)
    counters: list[int] = field(default_factory=list)
    alarms: int = 0


def live(region: str, days: float, reset_ms: int, seed: int, *, joined: bool = True, cuts: float = 0.02) -> Life:
    """A device that wants to send all the time, and loses power now and then; `joined`: it has a session from the start."""
    chance = random.Random(seed)
    life = Life(Accountant(region))
    stored: tuple[bytes, ...] = ()
    t_us = 0
    who = Otaa(bytes(8), bytes(8), bytes(16))
    while t_us < days * DAY_MS * 1000:
        shift_ms = chance.randrange(1 << 30) - t_us // 1000  # the ticks of this boot
        mac = Mac(find(region), who, shift_ms + t_us // 1000 & _TICKS, chance.randrange(1 << 30), stored, share=25)
        if joined and not mac.joined:
            mac.stack.session.begin(b"\1\2\3\4", bytes(32), mac.stack.up_bound, -1)
        for index, hz in enumerate(CHANNELS[region] if joined else ()):
            mac.stack.channels.add(len(mac.stack.region.default_hz) + index, hz, 0x50)
        end_us = min(t_us + chance.expovariate(1 / reset_ms) * 1000, days * DAY_MS * 1000)
        while t_us < end_us:
            t_ms = shift_ms + t_us // 1000 & _TICKS
            order = mac.step(t_ms)
            if order == KEEP:
                cut = chance.random() < cuts
                if not cut or chance.random() < 0.5:
                    stored = (bytes(mac.kept()),)
                if cut:
                    break
                mac.was_kept(chance.random() > cuts / 2, t_ms)
            elif order == SEND:
                frame = bytes(mac.frame[: mac.length])
                air_us = airtime_us(mac.sf, mac.bw_hz, len(frame))
                life.accountant.add(mac.freq_hz, t_us, air_us)
                numbers = life.counters if frame[0] else life.nonces
                numbers.append(int.from_bytes(frame[6:8] if frame[0] else frame[17:19], "little"))
                t_us += air_us + chance.randrange(20_000)
                if chance.random() < cuts / 2:
                    break  # cut while it was on the air
                mac.sent(shift_ms + t_us // 1000 & _TICKS)
            elif order == LISTEN:
                t_us += max(0, (mac.close_ms - t_ms) & _TICKS) * 1000
                mac.silent(mac.close_ms)
            elif mac.joined and mac.state == 0:
                mac.stack.terms.dr = chance.randrange(6)
                urgent, n = chance.random() < 0.3, chance.randrange(1, 12)
                if mac.room(urgent, t_ms) >= n and mac.send(1, bytes(n), n, False, urgent, t_ms):
                    life.alarms += urgent
                else:
                    t_us += chance.randrange(200_000_000)
            else:
                t_us += max(1, min(60_000, (mac.due_ms - t_ms) & _TICKS)) * 1000
        t_us += chance.randrange(60_000_000)
    return life


@pytest.mark.parametrize("region", LIMITS)
@pytest.mark.parametrize("reset_ms", [20 * 60_000, 3 * 3_600_000, 10 * DAY_MS])
def test_no_hour_is_above_the_duty_cycle(region: str, reset_ms: int) -> None:
    life = live(region, 2, reset_ms, seed=reset_ms)
    fullest = life.accountant.fullest()
    assert max(fullest.values()) <= 1.0, fullest
    assert len(life.counters) == len(set(life.counters)) and life.alarms > 10
    if reset_ms > DAY_MS:  # and what may be used is used
        assert max(fullest.values()) > 0.7, fullest


def test_joining_for_days_keeps_to_its_pace() -> None:
    life = live("EU868", 4, 100 * DAY_MS, seed=5, joined=False, cuts=0)
    assert life.nonces == list(range(len(life.nonces))) and 80 < len(life.nonces) < 250
    log = life.accountant.log[0]

    def within(first_h: float, after_h: float) -> int:
        return sum(end - start for start, end in log if first_h * HOUR_US <= start < after_h * HOUR_US)

    assert 10_000_000 < within(0, 1) <= 36_000_000
    assert 10_000_000 < within(1, 11) <= 36_000_000
    for day in range(3):
        assert 3_000_000 < within(11 + 24 * day, 35 + 24 * day) <= 8_700_000


def test_a_dev_nonce_is_never_used_again() -> None:
    for seed in range(3):
        life = live("EU868", 2, 40 * 60_000, seed=seed, joined=False)
        assert len(life.nonces) > 50 and life.nonces == sorted(set(life.nonces))
