"""Repeatable measurements of the tag's software: `make bench` writes bench/results.json and prints a table.

This machine may be busy, so time is given as a ratio to a reference measured in the same run; instructions (callgrind, where
valgrind is installed) and heap bytes repeat exactly.
"""

import json
import re
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import remember
from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from davy import recordings, roots, runtime
from davy.replay import replay
from davy.vtag.assembly import make_tag
from davy.vtag.bench import Bench

HERE = Path(__file__).resolve().parent
RESULTS = HERE / "results.json"
SCRIPT = HERE / "device" / "motion.py"
FILTERS = HERE / "device" / "filters.py"
FATIGUE = HERE / "device" / "fatigue.py"
BLOCKS = (10, 32)  # samples
SAMPLES = 5_000
# The 32-bit runtime executes the firmware from ROM, as a board with frozen firmware does, but for the names (34 kB); the 64-bit one
# loads it from files.
HEAP = {"mp64": "400k", "mp32": "134k"}
REPLAYED = ("walking", "fall", "device_drop")
RECORDED = ("walking", "fall")
COUNTED = (2_000, 6_000)  # two lengths of the same loop: their difference is free of start-up


def run(
    interpreter: str, *args: str, wrap: tuple[str, ...] = (), script: Path = SCRIPT
) -> subprocess.CompletedProcess[str]:
    """Run a device script; `wrap` goes before its command line."""
    path = f"{roots.FIRMWARE}:{roots.LIB}:.frozen"
    command = [*wrap, *runtime.command(interpreter), str(script), *args]
    return subprocess.run(
        command,
        capture_output=True,
        text=True,
        check=True,
        timeout=600,
        env={"MICROPYPATH": path, "PATH": "/usr/bin:/bin"},
    )


def cost(interpreter: str) -> dict[str, dict[str, float]]:
    """Microseconds and heap bytes a sample of the path and of the reference."""
    found = {}
    for line in run(interpreter, "both", str(SAMPLES)).stdout.splitlines():
        name, nanoseconds, millibytes = line.split()
        found[name] = {"us": int(nanoseconds) / 1000, "heap_b": int(millibytes) / 1000}
    return found


def instructions(what: str, script: Path = SCRIPT, counted: tuple[int, int] = COUNTED, *more: str) -> float:
    """Instructions a sample (or whatever `counted` counts) on the 64-bit runtime, to the instruction."""
    counts = []
    for samples in counted:
        wrap = ("valgrind", "--tool=callgrind", "--smc-check=all", "--callgrind-out-file=/dev/null")
        text = run("mp64", what, str(samples), *more, wrap=wrap, script=script).stderr
        collected = re.search(r"Collected : (\d+)", text)
        if collected is None:
            raise RuntimeError(f"callgrind said nothing: {text[-200:]}")
        counts.append(int(collected[1]))
    return (counts[1] - counts[0]) / (counted[1] - counted[0])


def recorded(name: str) -> float:
    """Instructions a sample of the motion path on one of the project's recordings, at 100 Hz."""
    mg = recordings.load(roots.BASE / "tests" / "recordings" / f"{name}.csv").mg
    samples = len(mg) // 3 // 10 * 10
    with tempfile.NamedTemporaryFile(suffix=".i16") as file:
        file.write(mg[: 3 * samples].tobytes())
        file.flush()
        return instructions("recorded", SCRIPT, (1, 2), file.name) / samples


def tag_life(interpreter: str, heap: str) -> dict[str, float]:
    """Boot the shipped firmware on a virtual tag and let it live for two simulated minutes."""
    printed = bytearray()
    with Bench() as bench:
        tag = make_tag(bench, interpreter=interpreter, heap=heap, console=False)
        tag.console.on_output = printed.extend
        t0 = time.perf_counter()
        tag.power_on(0)
        bench.run_until(5_000_000, until=lambda: b" boot " in printed)
        boot_s = time.perf_counter() - t0
        t0 = time.perf_counter()
        bench.run_until(125_000_000)
        life_s = time.perf_counter() - t0
    beats = re.findall(rb" heartbeat \((\d+), -?\d+, (\d+)", bytes(printed))
    if not beats:
        raise RuntimeError(f"no heartbeat in two minutes: {printed[-400:].decode(errors='replace')}")
    return {"boot_s": boot_s, "free_b": float(beats[-1][1]), "speed": 120 / life_s}


def replay_speed(interpreter: str) -> float:
    """How many times faster than real time recordings pass through the core, with the process already started."""
    found = [recordings.load(roots.BASE / "tests" / "recordings" / f"{name}.csv") for name in REPLAYED]
    done = list(replay([*found, *(found * 10)], interpreter=interpreter))[len(found) :]
    lasted_s = sum(one.as_dict()["duration_s"] for one in done)
    return lasted_s / sum(one.wall_s for one in done)


def measure() -> dict[str, Any]:
    """All figures."""
    results: dict[str, Any] = {"python": sys.version.split()[0], "motion": {}, "recorded": {}, "filters": {}, "tag": {}}
    found, missing = runtime.interpreters(("mp64", "mp32"))
    with Progress(transient=True) as progress:
        task = progress.add_task("measuring", total=2 * len(found) + 6 + len(RECORDED))
        for interpreter in found:
            results["motion"][interpreter.name] = cost(interpreter.name)
            progress.advance(task)
            results["tag"][interpreter.name] = tag_life(interpreter.name, HEAP[interpreter.name])
            results["tag"][interpreter.name]["replay"] = replay_speed(interpreter.name)
            progress.advance(task)
        results["journal"] = remember.measure([interpreter.name for interpreter in found])
        progress.advance(task)
        if shutil.which("valgrind"):
            for what in ("path", "float"):
                results["motion"]["mp64"][what]["instructions"] = instructions(what)
                progress.advance(task)
            for name in RECORDED:
                results["recorded"][name] = recorded(name)
                progress.advance(task)
            for block in BLOCKS:
                counted = (200 * block, 600 * block)
                results["filters"][str(block)] = instructions(str(block), FILTERS, counted)
                progress.advance(task)
            results["heart"] = instructions("heart", FATIGUE, (1800, 9000))
            results["steps"] = instructions("steps", FILTERS, (2000, 12000))
            results["fatigue"] = instructions("walk", FATIGUE, (18_000, 48_000))
            results["vibration"] = instructions("ride", FATIGUE, (6_000, 12_000))  # a whole minute: most of it rests
            for what in ("core0", "core1", "core2", "seat0", "seat1", "seat2"):  # a minute of vibration's round
                results[what] = instructions(what, FATIGUE, (6_000, 18_000))
            progress.advance(task)
    results["not_run"] = [str(reason) for reason in missing]
    if not shutil.which("valgrind"):
        results["not_run"].append("instructions: valgrind is not installed")
    return results


def table(results: dict[str, Any]) -> Table:
    """The figures for people."""
    sheet = Table(title="Davy bench", title_justify="left")
    for column in ("what", "on", "Davy", "plain float", "ratio"):
        sheet.add_column(column, justify="left" if column in ("what", "on") else "right")
    for name, motion in results["motion"].items():
        for unit, text in (
            ("us", "us a sample"),
            ("instructions", "instructions a sample"),
            ("heap_b", "heap bytes a sample"),
        ):
            if unit in motion["path"]:
                ours, theirs = motion["path"][unit], motion["float"][unit]
                ratio = f"1/{theirs / ours:.1f}" if ours else "0"
                sheet.add_row(f"motion, {text}", name, f"{ours:.1f}", f"{theirs:.1f}", ratio)
    for name, ours in results["recorded"].items():
        theirs = results["motion"]["mp64"]["float"]["instructions"]
        sheet.add_row(
            f"motion, {name}, instructions a sample", "mp64", f"{ours:.1f}", f"{theirs:.1f}", f"1/{theirs / ours:.1f}"
        )
    for block, ours in results["filters"].items():
        theirs = results["motion"]["mp64"]["float"]["instructions"]
        ratio = f"1/{theirs / ours:.1f}"
        sheet.add_row(f"filters, blocks of {block}, instructions", "mp64", f"{ours:.1f}", f"{theirs:.1f}", ratio)
    if "steps" in results:
        sheet.add_row("gait, instructions a sample at 50 Hz", "mp64", f"{results['steps']:.1f}", "", "")
        sheet.add_row("heart rate, instructions a sample at 25 Hz", "mp64", f"{results['heart']:.1f}", "", "")
        sheet.add_row("gait to index, the same", "mp64", f"{results['fatigue']:.1f}", "", "")
        sheet.add_row("vibration, instructions a sample at 100 Hz", "mp64", f"{results['vibration']:.1f}", "", "")
        for what, text in (("core", "walking"), ("seat", "riding")):
            bare, watched = results[what + "0"], results[what + "1"]
            sheet.add_row(f"the core, {text}, instructions a sample", "mp64", f"{bare:.1f}", "", "")
            sheet.add_row("and with fatigue", "mp64", f"{watched:.1f}", "", f"{watched / bare:.2f}")
            sheet.add_row(
                "and on a helmet", "mp64", f"{results[what + '2']:.1f}", "", f"{results[what + '2'] / bare:.2f}"
            )
    for row in remember.rows(results["journal"]):
        sheet.add_row(*row)
    for name, tag in results["tag"].items():
        sheet.add_row("boot to ready, s", name, f"{tag['boot_s']:.2f}", "", "")
        sheet.add_row(f"free of a {HEAP[name]} heap, bytes", name, f"{tag['free_b']:.0f}", "", "")
        sheet.add_row("replay, times real time", name, f"{tag['replay']:.0f}", "", "")
        sheet.add_row("virtual tag, times real time", name, f"{tag['speed']:.0f}", "", "")
    return sheet


def main() -> None:
    """Measure, print, write."""
    results = measure()
    RESULTS.write_text(json.dumps(results, indent=1) + "\n")
    console = Console()
    console.print(table(results))
    for line in results["not_run"]:
        console.print(f"not run: {line}")
    console.print(f"written: {RESULTS.relative_to(roots.BASE)}")


if __name__ == "__main__":
    main()
