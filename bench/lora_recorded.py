"""Alarms over LoRaWAN with losses as recorded in the field: the shipped links in simulated time (tests/host/away_rig.py).

    .venv/bin/python bench/lora_recorded.py DIR

DIR holds `sent.csv.gz` (env, id ...) and `received.csv.gz` (env, id ...) of github.com/oliveiraleo/LoRa-RSSI-dataset-outdoor,
whose licence (CC BY-NC-SA 4.0) keeps it out of here. Each uplink and each answer takes the next entry of a recording.
"""

import csv
import gzip
import sys
import tempfile
from collections import defaultdict
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "host"))

from away_rig import Tag, World  # pyright: ignore[reportMissingImports] - on the path set above
from test_gateway_away import HOUR_US, events_of_a_shift  # pyright: ignore[reportMissingImports]

from tag import events

ALARMS, READINGS, HOURS = 60, 1000, 3


def losses(folder: Path) -> dict[str, list[bool]]:
    """Place of recording -> whether each frame in turn was lost."""
    sent, got = defaultdict(list), defaultdict(set)
    with gzip.open(folder / "sent.csv.gz", "rt") as file:
        for row in csv.DictReader(file):
            sent[row["env"]].append(row["id"])
    with gzip.open(folder / "received.csv.gz", "rt") as file:
        for row in csv.DictReader(file):
            got[row["env"]].add(row["id"])
    return {env: [ident not in got[env] for ident in idents] for env, idents in sent.items()}


def live(name: str, lost: list[bool]) -> None:
    """Hours with a loss pattern, and what became of the alarms."""
    world = World(7)
    with tempfile.TemporaryDirectory() as folder:
        tag = Tag(world, Path(folder), wifi=False, lora=True)
        tag.live(HOUR_US // 12)
        turn = iter(range(1 << 30))
        world.lose = lambda: lost[next(turn) % len(lost)]
        begun_us: dict[int, int] = {}
        plan = events_of_a_shift(world, ALARMS, READINGS, 0, world.t_us, world.t_us + HOURS * HOUR_US)
        for number, (at_us, what) in enumerate(plan):
            tag.live(at_us)
            if what == "alarm":
                state = 2 - 2 * (number % 2)
                seq = tag.put((events.ALARM, tag.t_ms, events.ALARM_GAS_HIGH, state, events.CH4, number))
                begun_us[seq] = world.t_us
            else:
                tag.put((events.READING, tag.t_ms, events.CH4, 0, number))
        tag.live(world.t_us + HOUR_US)
    took_s = sorted((world.held_us[seq] - at_us) / 1e6 for seq, at_us in begun_us.items() if seq in world.held)
    print(
        f"{name}: {sum(lost) / len(lost):.1%} lost; {len(took_s)} of {ALARMS} alarms there, "
        f"median {took_s[len(took_s) // 2]:.1f} s, 9 in 10 {took_s[len(took_s) * 9 // 10]:.1f} s, all {took_s[-1]:.1f} s; "
        f"fullest hour {max(world.accountant.fullest().values()):.0%} of the law"
    )


if __name__ == "__main__":
    if len(sys.argv) != 2 or not (Path(sys.argv[1]) / "sent.csv.gz").is_file():
        sys.exit("usage: bench/lora_recorded.py DIR: a folder with sent.csv.gz and received.csv.gz")
    for place, pattern in losses(Path(sys.argv[1])).items():
        live(place, pattern)
