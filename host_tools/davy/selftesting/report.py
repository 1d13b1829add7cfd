"""The log of a bench: a CSV file to which a row is appended for each tag that was tested, alone or in a tray.

Columns: when, port, tag_id, board, version, by, result (passed, failed, broken off), failed, why, then for each check two: how it
ended, and what was measured in the unit that the column's name ends with. An empty cell: not done, or nothing was measured.
"""

import csv
import fcntl
import io
import os
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path

from davy.errors import DavyError
from davy.selftesting.found import UNITS, Check, Tested, names

_HEAD = ("when", "port", "tag_id", "board", "version", "by", "result", "failed", "why")


def columns() -> list[str]:
    """Names of all columns."""
    found: list[str] = [*_HEAD]
    for number, name in enumerate(names.CHECKS):
        found.append(name)
        if number in UNITS:
            found.append(f"{name} [{UNITS[number][0]}]")
    return found


def row(tested: Tested, by: str, now: datetime) -> list[str]:
    """A tag's cells."""
    result = "broken off" if tested.why else "passed" if tested.good else "failed"
    failed = " ".join(tested.named("failed"))
    when = tested.at or now.isoformat(timespec="seconds")
    cells = [when, tested.port, tested.tag_id, tested.board, tested.version, by, result, failed, tested.why]
    by_name: dict[str, Check] = {}
    for check in tested.checks:
        if check.name not in by_name or check.outcome == "failed":
            by_name[check.name] = check
    for number, name in enumerate(names.CHECKS):
        check = by_name.get(name)
        cells.append(check.outcome if check else "")
        if number in UNITS:
            cells.append("" if check is None or check.value is None else f"{check.value:g}")
    return [_plain(cell) for cell in cells]


def check_file(path: Path) -> None:
    """Before anything is done: the file is ours or none yet. Raises DavyError."""
    try:
        with path.open(newline="", encoding="utf-8") as file:
            head = next(csv.reader(file), None)
    except FileNotFoundError:
        if not path.resolve().parent.is_dir():
            raise DavyError(f"{path}: there is no such folder") from None
        return
    except (OSError, UnicodeError, csv.Error) as error:
        raise DavyError(f"{path}: cannot be read: {error}") from error
    if head is not None and head != columns():
        raise DavyError(f"{path}: is another file, or of another version of davy: name a new one")


def append(path: Path, tests: Iterable[Tested], by: str) -> None:
    """A row for each; two benches may share a file."""
    now = datetime.now(UTC)
    text = io.StringIO()
    csv.writer(text).writerows(row(tested, by, now) for tested in tests)
    try:
        with path.open("a", newline="", encoding="utf-8") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            if os.fstat(file.fileno()).st_size == 0:
                csv.writer(file).writerow(columns())
            file.write(text.getvalue())
    except OSError as error:
        raise DavyError(
            f"{path}: {error.strerror}; the tags were tested, their records are in their journals"
        ) from error


def _plain(cell: str) -> str:
    """Nothing that a spreadsheet takes for a formula."""
    return f"'{cell}" if cell[:1] in ("=", "+", "@") or (cell[:1] == "-" and not cell[1:2].isdigit()) else cell
