"""How long it takes to flash one board and many at once: `python bench/flash.py [PORTS]`, seconds of wall time.

The boards are virtual loaders, a process each (`davy vtag loader`), which take processor time too; the image has 1.6 MB.
"""

import contextlib
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path += [str(Path(__file__).resolve().parents[1] / folder) for folder in ("host_tools", "tests", "tests/host")]

from davy.flashing.crew import run
from davy.flashing.plan import plan
from host.test_flash import image


def measure(n: int, file: Path) -> float:
    """Seconds for `n` ports."""
    command = [sys.executable, "-m", "davy", "vtag", "loader", "--json"]
    with contextlib.ExitStack() as stack:
        loaders = [stack.enter_context(subprocess.Popen(command, stdout=subprocess.PIPE, text=True)) for _ in range(n)]
        try:
            ports = [json.loads(one.stdout.readline())["port"] for one in loaders if one.stdout]
            start_s = time.monotonic()
            results = run(plan("lilygo-t3-s3", file, ports))
            took_s = time.monotonic() - start_s
        finally:
            for one in loaders:
                one.terminate()
    assert all(result.state == "done" for result in results), results
    return took_s


def main() -> None:
    """Measure, print."""
    n = int(sys.argv[1]) if sys.argv[1:] else 16
    with tempfile.TemporaryDirectory(prefix="davy-") as name:
        file = Path(name) / "image.bin"
        file.write_bytes(image(n=1_600_000))
        one, many = measure(1, file), measure(n, file)
    print(f"one port {one:.1f} s, {n} ports {many:.1f} s: {many / one:.1f} times")


if __name__ == "__main__":
    main()
