"""Files that a command writes: whether it can is said before the work, and half a file never takes the name of a whole one."""

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path

from davy.errors import DavyError


def can_write(out: Path) -> None:
    """Raises DavyError where nothing can be written to `out`."""
    if out.is_dir():
        raise DavyError(f"{out}: is a folder: name a file")
    if not out.absolute().parent.is_dir():
        raise DavyError(f"{out}: there is no folder {out.parent}")


@contextlib.contextmanager
def replacing(out: Path) -> Iterator[Path]:
    """A place to write to; becomes `out` when all went well, and leaves nothing when not."""
    part = out.with_name(f".{out.name}.part")
    try:
        yield part
        os.replace(part, out)
    except OSError as error:
        raise DavyError(f"{out}: cannot be written: {error.strerror or error}") from error
    finally:
        part.unlink(missing_ok=True)
