"""Rows of a CSV, plain or compressed with gzip, in which a bad cell is told by file and line."""

import csv
import gzip
import math
import zlib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from davy.errors import DavyError

MISSING = ("", "na", "nan", "none", "null")
# gzip tells only some damage as its own error.
_DAMAGED = (EOFError, gzip.BadGzipFile, zlib.error)


def one_of(folder: Path, name: str) -> Path | None:
    """The file, as it is or compressed; None when it is not there."""
    for path in (folder / name, folder / f"{name}.gz"):
        if path.is_file():
            return path
    return None


def stem(path: Path) -> str:
    """Its name without .csv and .gz."""
    return path.name.removesuffix(".gz").removesuffix(".csv")


class Row:
    """Cells by the names of the header, which may differ in case, spaces, dots and underscores."""

    def __init__(self, where: str, names: Sequence[str], cells: Mapping[str, str]) -> None:
        self.where = where
        self.names = names
        self._cells = cells

    def has(self, name: str) -> bool:
        """Whether the table has such a column."""
        return plain(name) in self._cells

    def __getitem__(self, name: str) -> str:
        """A cell as text."""
        text = self._cells.get(plain(name), "").strip()
        if not text:
            raise DavyError(f"{self.where}: {name} is empty")
        return text

    def number(self, name: str) -> float:
        """A cell; not a number (nan) where it is empty or says so."""
        text = self._cells.get(plain(name), "").strip()
        if text.lower() in MISSING:
            return math.nan
        try:
            value = float(text)
        except ValueError:
            raise DavyError(f"{self.where}: {name}: '{text[:30]}' is not a number") from None
        if math.isinf(value):
            raise DavyError(f"{self.where}: {name}: '{text[:30]}' is not a number")
        return value


def rows(path: Path, needed: Sequence[str]) -> Iterator[Row]:
    """Each row; `DavyError` for a file that cannot be read, lacks a column or has a row of another length."""
    try:
        with _opened(path) as file:
            reader = csv.reader(file)
            names = [name.strip() for name in next(reader, [])]
            if not names:
                raise DavyError(f"{path}: is empty: a table begins with a line of column names")
            columns = [plain(name) for name in names]
            for name in needed:
                if plain(name) not in columns:
                    raise DavyError(f"{path}: there is no column {name}; there are {', '.join(names)[:100]}")
                if columns.count(plain(name)) > 1:
                    raise DavyError(f"{path}: there is more than one column {name}")
            empty = True
            for cells in reader:
                if cells:
                    where = f"{path}:{reader.line_num}"
                    if len(cells) != len(names):
                        raise DavyError(f"{where}: has {len(cells)} columns, the header has {len(names)}")
                    empty = False
                    yield Row(where, names, dict(zip(columns, cells, strict=True)))
            if empty:
                raise DavyError(f"{path}: has a header but no rows")
    except (UnicodeDecodeError, csv.Error, *_DAMAGED) as error:
        raise DavyError(f"{path}: cannot be read as CSV: {error}") from error
    except OSError as error:
        raise DavyError(f"{path}: cannot be read: {error.strerror or error}") from error


def has_columns(path: Path, needed: Sequence[str]) -> bool:
    """Whether the file is a table with such columns; `DavyError` when it is compressed and damaged, and nobody can say."""
    try:
        with _opened(path) as file:
            names = [plain(name) for name in next(csv.reader(file), [])]
    except _DAMAGED as error:
        raise DavyError(f"{path}: cannot be read: {error}") from error
    except (UnicodeDecodeError, csv.Error, OSError):
        return False
    return all(plain(name) in names for name in needed)


def plain(name: str) -> str:
    """A column's name without what may differ."""
    return "".join(letter for letter in name.lower() if letter.isalnum())


def _opened(path: Path):
    if path.suffix == ".gz":
        return gzip.open(path, "rt", encoding="utf-8-sig", newline="")
    return path.open(encoding="utf-8-sig", newline="")
