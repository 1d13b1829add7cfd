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


def sealed(body: bytes, sign: Callable[[bytes], bytes], problem_with: Callable[[bytes], str]) -> bytes:
    """Head and body with signature and CRC, as firmware/tag/signedfile.py reads them; `problem_with` is the tag's own."""
    signed = body + sign(body)
    data = signed + struct.pack("<I", binascii.crc32(signed))
    if problem := problem_with(data):
        raise DavyError(f"the tag would refuse this file: {problem}")
    return data


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
