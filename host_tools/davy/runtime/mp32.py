"""The 32-bit MicroPython: small integers of 31 bits, 16-byte heap blocks and 32-bit viper, as on ESP32.

Debian's package `micropython` for i386 and the libraries it needs are unpacked into `build/mp32/root` and started through their
own loader, so nothing is installed. `build/mp32/packages.json` records what was fetched. Only on Linux on a 64-bit PC, whose
processor runs i386 programs natively; elsewhere, and without apt-get or network, `Unavailable` says why.
"""

import contextlib
import fcntl
import hashlib
import json
import os
import platform
import shutil
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from davy import roots
from davy.runtime import apt
from davy.runtime.errors import Unavailable

SUITE = "trixie"
ARCHITECTURE = "i386"
PACKAGES = ("micropython", "libc6", "libffi8", "libmbedcrypto16", "libmbedtls21", "libmbedx509-7")

_UNPACK_S = 60
_LOCK_S = 600

_LAUNCHER = """\
#!/bin/sh
# Starts the unpacked i386 MicroPython through its own loader and libraries.
root=${0%/*}/root
libraries=$root/usr/lib/i386-linux-gnu
unset LD_PRELOAD LD_LIBRARY_PATH
exec "$libraries/ld-linux.so.2" --inhibit-cache --library-path "$libraries" "$root/usr/bin/micropython" "$@"
"""


def folder() -> Path:
    """Where it lives: the checkout's build/, or the user's cache for an installed davy."""
    return roots.CACHE / "mp32"


def command(say: Callable[[str], None]) -> list[str]:
    """How to start it: by its loader, without a shell between, whose own `execve` nobody could ask again (davy/processes.py)."""
    program = launcher(say)
    if os.environ.get("LD_PRELOAD"):  # what is not for 32 bit, and only the shell takes away
        return [str(program)]
    root = program.with_name("root")
    libraries = root / "usr/lib/i386-linux-gnu"
    loader = [str(libraries / "ld-linux.so.2"), "--inhibit-cache", "--library-path", str(libraries)]
    return [*loader, str(root / "usr/bin/micropython")]


def launcher(say: Callable[[str], None]) -> Path:
    """A script that starts it, for whoever does not ask `command`; fetched first when it is not there yet."""
    home = folder()
    program = home / "micropython"
    if _complete(home):
        return program
    if not sys.platform.startswith("linux") or platform.machine() not in ("x86_64", "i686"):
        raise Unavailable("mp32", f"i386 programs do not run on {sys.platform} {platform.machine()}")
    with _alone(home):
        if not _complete(home):
            say("fetching the 32-bit MicroPython (Debian packages, about 4 MB) into build/mp32")
            try:
                _build(home)
            except (apt.AptError, OSError) as error:
                raise Unavailable("mp32", str(error)) from error
    return program


def _complete(home: Path) -> bool:
    """Whether what lies there was unpacked to its end, from the packages that are wanted now."""
    try:
        record = json.loads((home / "packages.json").read_text())
    except (OSError, ValueError):
        return False
    return record.get("suite") == SUITE and sorted(record.get("packages", {})) == sorted(PACKAGES)


def _build(home: Path) -> None:
    """Fetch and unpack beside `home`, then put it in place in one step: an interrupted try leaves nothing half done."""
    fresh = home.with_name(f"{home.name}.new")
    debs = apt.fetch(PACKAGES, SUITE, ARCHITECTURE, fresh)
    for deb in debs:
        apt.run(["dpkg-deb", "--extract", str(deb), str(fresh / "root")], _UNPACK_S)
    record = {"suite": SUITE, "architecture": ARCHITECTURE, "packages": {}}
    for deb in debs:
        name, version, _ = deb.stem.split("_")
        digest = hashlib.sha256(deb.read_bytes()).hexdigest()
        record["packages"][name] = {"version": version.replace("%3a", ":"), "sha256": digest}
    program = fresh / "micropython"
    program.write_text(_LAUNCHER)
    program.chmod(0o755)
    answer = apt.run([str(program), "-c", "import sys; print(sys.maxsize)"], _UNPACK_S).strip()
    if answer != str(2**31 - 1):
        raise apt.AptError(f"what was fetched is not a 32-bit MicroPython: its sys.maxsize is {answer}")
    for name in ("state", "cache", "log", "deb"):
        shutil.rmtree(fresh / name)
    (fresh / "packages.json").write_text(json.dumps(record, indent=2) + "\n")
    shutil.rmtree(home, ignore_errors=True)
    fresh.rename(home)


@contextlib.contextmanager
def _alone(home: Path) -> Iterator[None]:
    """One fetch at a time, also between processes."""
    home.parent.mkdir(parents=True, exist_ok=True)
    with open(home.with_name(f"{home.name}.lock"), "w") as lock:
        give_up = time.monotonic() + _LOCK_S
        while True:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError as error:
                if time.monotonic() > give_up:
                    raise Unavailable("mp32", f"another process has been fetching it for {_LOCK_S} s") from error
                time.sleep(0.2)
        yield
