"""What the journal costs: time and heap of an append, wear of a day, boot over a full one. Part of `make bench`."""

import subprocess
import time
from typing import Any

from davy import roots, runtime
from davy.vtag.script import run_script

SCRIPT = roots.BASE / "bench" / "device" / "remember.py"
APPENDS = 3000
ON_BOARD = (1000, 4000)  # records: the difference is free of start-up
DAYS = 3
BOOT_MIB = 2
CYCLES = 100_000  # erases that a block of NOR flash is promised to bear
READ_US = 30  # a read of the flash by littlefs on an ESP32, of 32 to 128 bytes

COLUMNS = ("append_us", "flush_us", "append_heap_b", "flush_heap_b")


def run(interpreter: str, *args: str) -> list[int]:
    """Numbers that the device script prints."""
    done = subprocess.run(
        [*runtime.command(interpreter, "24m"), str(SCRIPT), *args],
        capture_output=True,
        text=True,
        check=True,
        timeout=600,
        env={"MICROPYPATH": f"{roots.FIRMWARE}:{roots.LIB}:.frozen", "PATH": "/usr/bin:/bin"},
    )
    return [int(word) for word in done.stdout.split()]


def rate() -> float:
    """Records a second on the virtual board, each flash operation of which goes to the host."""
    took_s = []
    for n in ON_BOARD:
        start_s = time.perf_counter()
        code, text = run_script("mp64", SCRIPT, ("board", str(n)))
        if code:
            raise RuntimeError(text[-400:])
        took_s.append(time.perf_counter() - start_s)
    return (ON_BOARD[1] - ON_BOARD[0]) / (took_s[1] - took_s[0])


def measure(names: list[str]) -> dict[str, Any]:
    """All figures, on the interpreters named."""
    found: dict[str, Any] = {
        name: dict(zip(COLUMNS, [n / 1000 for n in run(name, "append", str(APPENDS))], strict=True)) for name in names
    }
    stored, programmed, erases, _, blocks = run("mp64", "day", str(DAYS))
    found["records_s"] = rate()
    found["wear"] = {
        "stored_b_day": stored / DAYS,
        "programmed_per_stored": programmed / stored,
        "erases_day": erases / DAYS,
        "years": CYCLES / (erases / DAYS / blocks) / 365,
    }
    open_reads, open_us, boot_reads, boot_us = run("mp64", "boot", str(BOOT_MIB))
    found["boot"] = {"open_reads": open_reads, "open_us": open_us, "reads": boot_reads, "us": boot_us}
    return found


def rows(found: dict[str, Any]) -> list[tuple[str, str, str, str, str]]:
    """For the table of `bench.py`."""
    out = []
    for name in ("mp64", "mp32"):
        if name in found:
            one = found[name]
            out.append(("journal append, us a record", name, f"{one['append_us']:.1f}", "", ""))
            out.append(("journal append, heap bytes a record", name, f"{one['append_heap_b']:.0f}", "", ""))
            out.append(("journal flush of 30, us a record", name, f"{one['flush_us']:.1f}", "", ""))
            out.append(("journal flush of 30, heap bytes a record", name, f"{one['flush_heap_b']:.0f}", "", ""))
    wear, boot = found["wear"], found["boot"]
    out.append(("journal, records a second on the virtual board", "mp64", f"{found['records_s']:.0f}", "", ""))
    out.append(("journal, bytes programmed for one stored", "mp64", f"{wear['programmed_per_stored']:.1f}", "", ""))
    out.append(("journal, blocks erased a day", "mp64", f"{wear['erases_day']:.0f}", "", ""))
    out.append(("flash lifetime, years, of a 2 MiB partition", "mp64", f"{wear['years']:.0f}", "", ""))
    out.append(("boot over a full journal, flash reads", "mp64", f"{boot['reads']:.0f}", "", ""))
    out.append(("the same on an ESP32, estimated s", "mp64", f"{boot['reads'] * READ_US / 1e6:.2f}", "", ""))
    return out
