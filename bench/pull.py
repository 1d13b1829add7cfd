"""How much of a serial line's rate `davy logs pull` makes use of: `python bench/pull.py [KILOBYTES]`, 1000 unless said.

A virtual tag on duty, with a journal of so many kilobytes, behind a line that carries 11 520 bytes a second (115 200 baud, 8N1).
The time is that of the whole command after its start: greeting, list, transfer, comparison of every hash.
"""

import sys
import tempfile
import time
from pathlib import Path

sys.path += [str(Path(__file__).resolve().parents[1] / folder) for folder in ("host_tools", "tests", "tests/host")]

from davy.console import Console
from davy.logs import pull
from davy.vtag import flashimage
from davy.vtag.station import DEVELOPMENT_KEY
from host import logs_made
from host.duty import on_duty
from host.serial_relay import Relay
from host.test_vtag_tools import Tag

BYTES_S = 11_520
RECORD_B = 23.0  # as logs_made's, about


def main() -> None:
    """Make, pull, print."""
    want = int(sys.argv[1]) * 1000 if sys.argv[1:] else 1_000_000
    journal = logs_made.journal(
        logs_made.working(int(want / RECORD_B)), key=bytes.fromhex(DEVELOPMENT_KEY), segment_bytes=48_000
    )
    with tempfile.TemporaryDirectory(prefix="davy-") as name:
        flash = Path(name) / "flash.bin"
        Tag(flash).stop()
        files = {p: d for p, d in flashimage.read(flash.read_bytes()).items() if not p.startswith("records/")}
        files |= {f"records/{first:08x}.jnl": data for first, data in journal.items()}
        flash.write_bytes(flashimage.build(files, 1024))
        tag = Tag(flash)
        try:
            on_duty(tag.port)
            with Relay(tag.port, bytes_s=BYTES_S) as line, Console(line.port) as console:
                start_s = time.monotonic()
                steps = pull.plan(pull.look(console, {}), {})
                total = pull.carry_out(console, Path(name) / "out", steps)
                took_s = time.monotonic() - start_s
        finally:
            tag.stop()
    rate = total / took_s
    print(f"{total} bytes in {took_s:.1f} s: {rate:.0f} bytes/s, {100 * rate / BYTES_S:.1f} % of the line")


if __name__ == "__main__":
    main()
