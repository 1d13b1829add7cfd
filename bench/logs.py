"""How long `davy logs` takes for a journal of a million records: `python bench/logs.py [RECORDS]`, seconds of processor time.

Four gases, a reading of each every 10 s, heartbeats, exposures, alarms: 28 days of one tag. Making it is not counted.
"""

import resource
import sys
import tempfile
import time
from pathlib import Path

sys.path += [str(Path(__file__).resolve().parents[1] / folder) for folder in ("host_tools", "tests")]

from davy.logs import chain, export, segments
from host import logs_made


def main() -> None:
    """Make, measure, print."""
    n = int(sys.argv[1]) if sys.argv[1:] else 1_000_000
    with tempfile.TemporaryDirectory(prefix="davy-") as name:
        folder = logs_made.write(Path(name) / "records", logs_made.journal(logs_made.working(n)))
        size = sum(path.stat().st_size for path in folder.iterdir())
        print(f"{n} records, {size} bytes in {len(list(folder.iterdir()))} segments")
        from_s = time.process_time()
        checked = chain.check(segments.load(folder).found, [logs_made.KEY])
        print(f"verify   {time.process_time() - from_s:6.2f} s  {checked.state}, {len(checked.records)} records")
        for ending in export.formats():
            start_s = time.process_time()
            out = Path(name) / f"out{ending}"
            export.export(checked, out, {})
            print(f"{ending:8} {time.process_time() - start_s:6.2f} s  {out.stat().st_size} bytes")
    print(f"memory   {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024} MB")


if __name__ == "__main__":
    main()
