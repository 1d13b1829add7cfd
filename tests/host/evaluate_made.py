"""Made-up folders of trials: a person who falls as the detector knows it, one who walks on, a tag that drops."""

import array
import lzma
import math
from pathlib import Path

COLUMNS = "trial,subject,activity,desc,label,rate_hz,offset,n"
Samples = list[tuple[int, int, int]]


def quiet(seconds: float, rate_hz: float, posture: tuple[int, int, int] = (0, -1000, 0)) -> Samples:
    return [posture] * round(seconds * rate_hz)


def fall(rate_hz: float = 100) -> Samples:
    """Stands 6 s, tips over with a surge across gravity for half a second, hits with 6 g, lies 4 s."""
    n = round(0.5 * rate_hz)
    surge = [(round(1500 * math.sin(math.pi * i / n)), -1000 + 1000 * i // n, 0) for i in range(n)]
    hit = [(4000, -1000, 4500)] * max(2, round(0.05 * rate_hz))
    return quiet(6, rate_hz) + surge + hit + quiet(4, rate_hz, (1000, 0, 0))


def drop(rate_hz: float = 100) -> Samples:
    """Held 3 s, free fall for 0.6 s, 12 g, lies 5 s."""
    hit = [(9000, 8000, 0)] * max(2, round(0.03 * rate_hz))
    return quiet(3, rate_hz) + quiet(0.6, rate_hz, (0, 50, 0)) + hit + quiet(5, rate_hz, (0, 0, 1000))


def walk(rate_hz: float = 100, seconds: float = 8) -> Samples:
    n = round(seconds * rate_hz)
    return [(0, -1000 + round(300 * math.sin(2 * math.pi * 2 * i / rate_hz)), 0) for i in range(n)]


def folder(path: Path, *trials: tuple[str, str, str, float, Samples]) -> Path:
    """`trials`: (name, activity, label, rate_hz, samples)."""
    path.mkdir(exist_ok=True)
    rows, flat, offset = [COLUMNS], array.array("h"), 0
    for name, activity, label, rate_hz, samples in trials:
        rows.append(f"{name},P{len(rows) % 2},{activity},what {activity} is,{label},{rate_hz},{offset},{len(samples)}")
        flat.extend(v for sample in samples for v in sample)
        offset += len(samples)
    (path / "manifest.csv").write_text("\n".join(rows) + "\n")
    (path / "acc_mg.i16.xz").write_bytes(lzma.compress(flat.tobytes()))
    return path


def good(path: Path) -> Path:
    """Four trials, all of which the tag judges right."""
    return folder(
        path,
        ("one", "F01", "fall", 100, fall()),
        ("two", "D01", "adl", 100, walk()),
        ("three", "DROP", "adl", 198.0, drop(198)),
        ("four", "F01", "fall", 49.6, fall(49.6)),
    )
