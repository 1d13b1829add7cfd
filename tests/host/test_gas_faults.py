"""Every fault of every gas chip, in the shipped firmware on a virtual tag: a fault alarm within ten seconds, and never a number."""

import json
from typing import Any

import pytest
from tag_life import Life

import quality
from davy import boards
from tag import events

BOARD = "virtual-multigas"
WARM_S = 40.0  # the longest of these sensors measures by then
SEEN_S = 10.0
# What is true all the time, and how far from it a reading may be, in the world's unit.
TRUE = {
    "ch4": (0.2, 0.05),
    "co": (20.0, 4.0),
    "h2s": (5.0, 1.5),
    "o2": (20.9, 0.5),
    "no2": (1.0, 0.4),
    "co2": (0.08, 0.02),
    "so2": (1.0, 0.2),
}
# Faults that are no alarm within ten seconds, and why.
UNSEEN = {
    "stuck": "a plausible number that never moves: only a bump test finds it (SCD41: after three minutes)",
    "drift": "a plausible number that is wrong: only a bump test finds it",
    "weak": "the same: a worn cell",
    "over_range": "no fault of the sensor: counts as a high alarm",
    "quiet": "a good cell may be quiet",
    "small": "what kind of chip it is was asked at the start",
    "asc": "the same",
    "self_test": "the same",
    "select_stuck": "harmless where one amplifier is alone; see tests/device/test_drivers_cell_faults.py",
}
# Size of a fault that has one: the reference and the gain 10 % high, answers three seconds late, one byte lost.
SIZE = {"reference": 1.1, "gain": 1.1, "slow": 3000.0, "shifted": 1.0}
# May still be a number in these ten seconds, and why.
LATE = {
    "open": "an empty socket reads zero until the bias step has shown that no cell answers",
    "gain": "as for the reference",
    "reference": "a jump between the reference's conversion and the cell's spoils that one reading",
}
DFROBOT = {"role": "gas", "chip": "dfrobot-gas", "i2c": 0, "address": 0x75, "gas": "so2", "warmup_s": 3}
# Of the cells one that gives current with gas and one that makes its own: the others differ in numbers only.
PARTS = [
    *(
        part
        for part in boards.load_virtual(BOARD)["parts"]
        if part["role"] == "gas" and part["gas"] not in ("h2s", "no2")
    ),
    DFROBOT,
]


def name_of(part: dict[str, Any]) -> str:
    return f"{part['chip']}-{part['gas']}"


class Bench:
    """A tag with one gas sensor."""

    def __init__(self, life: Life, part: dict[str, Any]) -> None:
        self.life = life
        self.gas: str = part["gas"]
        if part is DFROBOT:
            life.board.fit({"parts": [part]})
        chips = life.board.chips
        plain, own = part["chip"], f"{part['chip']}:{self.gas}"
        names = [own if own in chips else plain]
        if plain == "lmp91000":
            names.append("ads1115" if part["adc"] == 73 else f"ads1115:{part['adc']}")
        self.chips = {name: chips[name] for name in names}

        def change(files: dict[str, bytes]) -> None:
            for name in ("board.json", "board.bak.json"):
                data = json.loads(files[name])
                others = [one for one in data["parts"] if one["role"] != "gas"]
                mine = [one for one in [*data["parts"], DFROBOT] if one["role"] == "gas" and one["gas"] == self.gas]
                data["parts"] = others + [{**one, "warmup_s": 3} for one in mine]
                files[name] = json.dumps(data).encode()

        life.flash(change)
        life.board.world.gas_source = lambda name, t_us: TRUE[name][0] if name in TRUE else 0.0

    def readings(self) -> list[tuple[int, float]]:
        """(quality, amount) of all readings so far."""
        found = []
        for ident, q, value in self.life.said("reading"):
            name, _, counts, _ = events.GASES[int(ident)]
            if name == self.gas:
                found.append((int(q), int(value) / counts))
        return found

    def well(self) -> bool:
        """It measures, and nothing alarms."""
        found = self.readings()
        return bool(found) and quality.usable(found[-1][0]) and self.life.alarm(events.ALARM_FAULT) == events.OFF

    def alarmed(self) -> bool:
        """Not a number any more: a fault alarm, or (at the end of its range) a high alarm."""
        last = self.readings()[-1][0]
        if last == quality.OVER:
            return self.life.alarm(events.ALARM_GAS_HIGH) != events.OFF
        return not quality.usable(last) and self.life.alarm(events.ALARM_FAULT) != events.OFF

    def wrong(self, since: int) -> list[tuple[int, float]]:
        """Readings since then that look like measurements, and are none."""
        true, tolerance = TRUE[self.gas]
        return [
            (q, amount) for q, amount in self.readings()[since:] if quality.usable(q) and abs(amount - true) > tolerance
        ]


@pytest.mark.parametrize("part", PARTS, ids=name_of)
def test_every_fault_alarms_and_is_never_a_number(part: dict[str, Any]) -> None:
    with Life(board=BOARD, reading_s=1) as life:
        bench = Bench(life, part)
        life.live(WARM_S)
        assert bench.well(), (bench.readings()[-3:], life.said("fault"), life.said("config"))
        bad = []
        tried = 0
        for name, chip in bench.chips.items():
            for fault in sorted(chip.faults.known - set(UNSEEN)):
                tried += 1
                before = len(bench.readings())
                chip.faults.set(fault, SIZE.get(fault, 1.0))
                life.live(SEEN_S)
                if not bench.alarmed():
                    bad.append((name, fault, "not seen", bench.readings()[-2:]))
                if fault not in LATE and bench.wrong(before):
                    bad.append((name, fault, "a number", bench.wrong(before)))
                chip.faults.clear()
                for _ in range(9):
                    life.live(WARM_S / 4)
                    if bench.well():
                        break
                else:
                    bad.append((name, fault, "does not recover", bench.readings()[-2:]))
        assert bad == []
        assert tried >= 3
        assert life.said("crash") == [] and life.tag.boots == 1
