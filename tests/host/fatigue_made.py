"""Made-up people in the three formats: some drift with time, some do not. No recording of anybody is copied here."""

import gzip
import random
from pathlib import Path


def strides(folder: Path, drifts: dict[str, float]) -> Path:
    """2000 strides each; `drifts`: person -> how much slower and shorter at the end, as a fraction."""
    folder.mkdir()
    draw = random.Random(1)
    with gzip.open(folder / "stride_features.csv.gz", "wt") as file:
        file.write("subject,time.from.start,scaled.stride.len,scaled.stride.height,stride.duration\n")
        for name, drift in drifts.items():
            for i in range(2000):
                t = i / 20
                way = 1 + drift * max(0.0, t - 20) / 80
                values = (1.2 / way, 0.1 / way, 1.05 * way)
                noisy = [value * draw.gauss(1, spread) for value, spread in zip(values, (0.1, 0.2, 0.03), strict=True)]
                file.write(f"{name},{t:.2f}," + ",".join(f"{value:.4f}" for value in noisy) + "\n")
    with open(folder / "RPE.csv", "w") as file:
        file.write("Time," + ",".join(f"Subject {name}" for name in drifts) + "\n")
        for t in range(0, 101, 6):
            file.write(
                f"{t}," + ",".join(f"{8 + (0 if drift == 0 else t * 8 // 100)}" for drift in drifts.values()) + "\n"
            )
    return folder


def windows(folder: Path, drifts: dict[str, float]) -> Path:
    """Nine rested and nine fatigued windows each."""
    folder.mkdir()
    draw = random.Random(2)
    with open(folder / "TABLE_3p.csv", "w") as file:
        file.write(",subject,fatiguestate1,HRR-Mean,Hip.jerk.Mean,Hip.ACC.Mean,average step time,number of steps\n")
        for name, drift in drifts.items():
            for i in range(18):
                way = 1 + drift * (i > 8)
                row = (20 / way * draw.gauss(1, 0.1), 5 / way * draw.gauss(1, 0.05), 0.9 * way * draw.gauss(1, 0.03))
                file.write(f"{i + 1},{name},{int(i > 8)},0.5," + ",".join(f"{value:.4f}" for value in row) + ",60\n")
    return folder


def sensors(folder: Path, drifts: dict[str, float]) -> Path:
    """Three parts of ten minutes of work, and a rest before."""
    folder.mkdir()
    draw = random.Random(3)
    parts = [("Initial_Rest", 0, 120, 1), *((f"Rep{i}", 120 + 600 * (i - 1), 120 + 600 * i, 2 * i) for i in (1, 2, 3))]
    with open(folder / "manifest.csv", "w") as file:
        file.write("subject,task,part,t0_s,t1_s,phys_initial,phys_final\n")
        for name in drifts:
            for part, t0, t1, said in parts:
                file.write(f"{name},lay-up,{part},{t0},{t1},0,{said}\n")
    with open(folder / "series_2hz.csv", "w") as file:
        file.write("subject,task,t_s,acc_X,acc_Y,acc_Z\n")
        for name, drift in drifts.items():
            for i in range(2 * 1920):
                size = 0.1 * (1 + drift * i / 3840)
                g = [draw.gauss(mean, size) for mean in (0.1, -0.9, 0.2)]
                file.write(f"{name},lay-up,{i / 2}," + ",".join(f"{value:.3f}" for value in g) + "\n")
    return folder
