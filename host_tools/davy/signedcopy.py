"""Signed files for tags, made and brought to them over the cable: what limit profiles and site maps have in common."""

import binascii
import struct
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from davy.errors import DavyError
from davy.processes import started

TIMEOUT_S = 60


def sealed(body: bytes, sign: Callable[[bytes], bytes], size: int, problem_with: Callable[[bytes], str]) -> bytes:
    """Head and body with a signature of `size` bytes and CRC, as firmware/tag/signedfile.py reads them; `problem_with` is the tag's
    own. A key signs so often and no more, so what the tag would refuse whoever has signed it is found before `sign` is called."""
    data = _closed(body + bytes(size))
    problem = problem_with(data)
    if not problem or problem.startswith("not signed by "):
        data = _closed(body + sign(body))
        problem = problem_with(data)
    if problem:
        raise DavyError(f"the tag would refuse this file: {problem}")
    return data


def _closed(signed: bytes) -> bytes:
    return signed + struct.pack("<I", binascii.crc32(signed))


def read(file: Path) -> bytes:
    """The bytes of a file; `DavyError` names it."""
    try:
        return file.read_bytes()
    except OSError as error:
        raise DavyError(f"{file}: cannot be read: {error.strerror}") from error


def install(file: Path, port: str, name: str) -> None:
    """Copy a file to the tag as `name`, and start the tag anew: it checks the file (firmware/tag/signedfile.py) and says in a
    record what became of it."""
    command = (sys.executable, "-m", "mpremote", "connect", port, "fs", "cp", str(file), f":{name}", "+", "reset")
    try:
        done = started(
            lambda: subprocess.run(command, capture_output=True, text=True, errors="replace", timeout=TIMEOUT_S)
        )
    except subprocess.TimeoutExpired:
        raise DavyError(f"{port}: no tag has answered in {TIMEOUT_S} s") from None
    if done.returncode:
        said = (done.stderr + done.stdout).strip().splitlines()
        raise DavyError(f"{port}: {said[-1] if said else 'mpremote has failed'}")
