"""What stands in a tag's journal: read from its flash image by the tag's own reader."""

import contextlib
import tempfile
from collections.abc import Iterator
from pathlib import Path

from davy import samples
from davy.vtag import flashimage
from journal.log import Journal
from tag.reporting import records
from tag.reporting.recall import unresolved

FOLDER = "records"  # tag.memory.JOURNAL, without its slash


def stored_records(image: bytes) -> list[tuple[int, int, int]]:
    """(seq, boot, t_ms) of every record that was flushed."""
    found = []
    with _journal(image) as journal:
        for seq, record in journal.read(1):
            _, _, boot, t_ms, _ = records.decode(record, 0, len(record))
            found.append((seq, boot, t_ms))
    return found


def stored_samples(image: bytes) -> dict[tuple[int, int], list[samples.Row]]:
    """(boot, t_ms of the event) -> the samples kept with it, see `davy.samples`."""
    with _journal(image) as journal:
        decoded = [records.decode(record, 0, len(record)) for _, record in journal.read(1)]
    return samples.gather((kind, boot, values) for kind, _, boot, _, values in decoded if values is not None)


def stored_alarms(image: bytes) -> dict[int, int]:
    """alarm -> state of those that are not off: what a tag takes up again when it starts from this flash."""
    with _journal(image) as journal:
        return {alarm: state for alarm, state, _, _ in unresolved(journal)}


@contextlib.contextmanager
def _journal(image: bytes) -> Iterator[Journal]:
    """The tag's journal, in a copy that lasts as long as the context."""
    files = {path: data for path, data in flashimage.read(image).items() if path.startswith(f"{FOLDER}/")}
    with tempfile.TemporaryDirectory(prefix="davy-") as folder:
        for path, data in files.items():
            place = Path(folder) / path
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_bytes(data)
        journal = Journal(str(Path(folder) / FOLDER))
        journal.open()
        yield journal
