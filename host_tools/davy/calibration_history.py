"""What a tag remembers of calibrations, read on this computer: the last acts, the trend of the gains, the end of a sensor's life.

The files are those of firmware/tag/calibration_store.py, from a tag or from a folder.
"""

import datetime
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from davy.calibration import EPOCH, acts, epoch_s, names, when
from davy.errors import DavyError
from davy.tagport import TagPort

from tag import calibration_store  # isort: skip

DAY_S = 86400
FEWEST = 3  # points of a trend
LATEST = datetime.timedelta(days=3650)  # what lies beyond is not forecast


@dataclass(frozen=True)
class History:
    """One gas: the last acts that passed, those that did not since, and the gains of its spans."""

    gas: int
    zero: int
    gain_q12: int
    last_act: str
    last_outcome: str
    passed: dict[str, datetime.datetime | None]
    failed: list[str]
    gains: list[tuple[datetime.datetime, float]]


@dataclass(frozen=True)
class Trend:
    """Gain against time, a straight line by least squares; `end` is when it meets the end of life."""

    per_year: float | None
    end: datetime.datetime | None
    text: str


def read_store(files: Mapping[str, bytes]) -> tuple[list[History], list[str]]:
    """What the newest whole file says, and what is wrong with the others."""
    problems = []
    newest = b""
    for name, data in files.items():
        if problem := calibration_store.problem_with(data):
            problems.append(f"{name}: {problem}")
        elif calibration_store.generation(data) > calibration_store.generation(newest):
            newest = data
    return [_history(newest, row) for row in calibration_store.rows(newest)], problems


def _history(data: bytes, row: tuple[Any, ...]) -> History:
    gas, failed, act, outcome, zero, gain_q12, *dates = row
    kinds = names.ACTS[1:]
    bits = ["a damaged store", *kinds]
    return History(
        gas,
        zero,
        gain_q12,
        names.ACTS[act] if act < len(names.ACTS) else str(act),
        names.OUTCOMES[outcome] if outcome < len(names.OUTCOMES) else str(outcome),
        {kind: when(s) if s else None for kind, s in zip(kinds, dates, strict=True)},
        [bit for i, bit in enumerate(bits) if failed >> i & 1],
        [(when(s), gain / acts.ONE_Q12) for s, gain in calibration_store.gains(data, gas)],
    )


def trend(gains: Sequence[tuple[datetime.datetime, float]]) -> Trend:
    """Forecast of the end of life from the gains of the spans.

    Least squares about the means: slope = sum((t - mean t)(g - mean g)) / sum((t - mean t)^2).
    """
    points = [(epoch_s(moment) / DAY_S, gain) for moment, gain in gains if moment.year >= 2025]
    if len(points) < FEWEST or len({day for day, _ in points}) < 2:
        return Trend(None, None, f"unknown: it takes {FEWEST} spans with dates")
    mean_day = sum(day for day, _ in points) / len(points)
    mean_gain = sum(gain for _, gain in points) / len(points)
    spread = sum((day - mean_day) ** 2 for day, _ in points)
    slope = sum((day - mean_day) * (gain - mean_gain) for day, gain in points) / spread
    end_gain = acts.END_GAIN_Q12 / acts.ONE_Q12
    if slope <= 0:
        return Trend(slope * 365.25, None, "none in sight: the signal does not decay")
    end = EPOCH + datetime.timedelta(days=min(mean_day + (end_gain - mean_gain) / slope, 1e6))
    if end > max(moment for moment, _ in gains) + LATEST:
        return Trend(slope * 365.25, None, "not within 10 years")
    return Trend(slope * 365.25, end, f"{end:%Y-%m-%d}")


def from_tag(port: str) -> dict[str, bytes]:
    """The files of a tag; it is stopped for a moment."""
    with TagPort(port) as tag:
        found = {name: tag.read_file(f"/{name}") for name in calibration_store.FILES}
    return {name: data for name, data in found.items() if data is not None}


def from_folder(place: Path) -> dict[str, bytes]:
    """The files in a folder, or the one file named."""
    files = [place / name for name in calibration_store.FILES] if place.is_dir() else [place]
    try:
        found = {str(file): file.read_bytes() for file in files if file.exists() or not place.is_dir()}
    except OSError as error:
        raise DavyError(f"{place}: cannot be read: {error.strerror}") from error
    if not found:
        raise DavyError(f"{place}: there is no {' or '.join(calibration_store.FILES)}")
    return found
