"""Which serial ports there are and what is on them.

What the operating system knows is told without touching the port: opening one resets many boards, and a tag that is worn must not
be disturbed. Only when asked, a tag on duty says over its service console what it is; all else is stopped for a moment and says it;
where nothing answers as MicroPython, the chip's own loader is asked.
"""

import contextlib
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from serial.tools import list_ports

from davy import tagfacts, words
from davy.console import Console, Refused
from davy.errors import DavyError, plain
from davy.tagport import TagPort

# vendor: what its USB devices are, as far as it matters here
USB = {
    0x303A: "Espressif, USB in the chip itself",
    0x10C4: "Silicon Labs CP210x adapter",
    0x1A86: "WCH CH340 adapter",
    0x0403: "FTDI adapter",
    0x2E8A: "Raspberry Pi",
    0xF055: "MicroPython",
}


@dataclass
class Port:
    """One port; `state` is `there`, `busy`, `refused`, `on duty`, `tag`, `micropython`, `loader` or `silent`."""

    name: str
    what: str
    state: str = "there"
    says: str = ""
    facts: dict[str, Any] = field(default_factory=dict)

    @property
    def likely(self) -> bool:
        """Whether a tag may be on it: it is no port of the computer's own."""
        return self.state != "there" or bool(self.what)


def found(named: Sequence[str] = ()) -> list[Port]:
    """All ports, or those named, as the operating system knows them."""
    known = {one.device: _usb(one) for one in list_ports.comports()}
    names = list(named) or sorted(known)
    return [
        _touched(Port(name, known.get(name, "pseudo-terminal" if name.startswith("/dev/pts/") else "")))
        for name in names
    ]


def _usb(one: Any) -> str:
    if one.vid is None:
        return ""
    kind = USB.get(one.vid, one.manufacturer or "USB device")
    return f"{kind} ({one.vid:04x}:{one.pid:04x})" + (f", serial {one.serial_number}" if one.serial_number else "")


def _touched(port: Port) -> Port:
    """Whether it may be opened and is free, as far as that can be seen without opening it."""
    path = Path(port.name)
    if not path.exists():
        port.state, port.says = "refused", "there is no such port: is the cable in?"
    elif not os.access(path, os.R_OK | os.W_OK):
        port.state, port.says = "refused", mend_access(path)
    elif holder := held_by(path):
        port.state, port.says = "busy", f"{holder} has it open: end that first"
    return port


def mend_access(path: Path) -> str:
    """What to do about a port that may not be opened."""
    group = ""
    with contextlib.suppress(OSError, KeyError, NotImplementedError):
        group = path.group()
    if group in ("dialout", "uucp", "tty"):
        return f"not yours to open: sudo usermod -aG {group} $USER, then log in anew"
    return "not yours to open: ask who owns this computer"


def held_by(path: Path) -> str:
    """Which other program has the port open, on Linux; empty: none that can be seen."""
    with contextlib.suppress(OSError):
        real = str(path.resolve())
        for entry in Path("/proc").glob("[0-9]*"):
            if int(entry.name) == os.getpid():
                continue
            with contextlib.suppress(OSError):
                for handle in (entry / "fd").iterdir():
                    with contextlib.suppress(OSError):
                        if os.readlink(handle) == real and not _is_our_pty(real, entry):
                            name = (entry / "comm").read_text().strip()
                            return f"{name} (process {entry.name})"
    return ""


def _is_our_pty(real: str, entry: Path) -> bool:
    """The virtual tag behind a pseudo-terminal holds it too."""
    if not real.startswith("/dev/pts/"):
        return False
    with contextlib.suppress(OSError):
        return any(os.readlink(handle) == "/dev/ptmx" for handle in (entry / "fd").iterdir())
    return False


def ask(port: Port, loader: Callable[[str], str] | None = None) -> Port:
    """Let what runs there say what it is: a tag on duty goes on, all else is stopped for a moment; `loader` asks the chip's own
    loader for its name."""
    if port.state in ("refused", "busy"):
        return port
    if _on_duty(port):
        return port
    try:
        with TagPort(port.name) as link:
            facts = tagfacts.ask(link)
    except DavyError as error:
        port.state, port.says = "silent", "no MicroPython answers"
        if "cannot be opened" in error.message:
            port.state, port.says = "busy", error.message.partition(": ")[2]
        elif loader:
            with contextlib.suppress(DavyError):
                chip = loader(port.name)
                port.state, port.says = "loader", f"no MicroPython answers, but the loader of an {chip}: davy flash"
        return port
    said = facts.said
    told = {
        "micropython": said.get("micropython", ""),
        "machine": said.get("machine", ""),
        "davy": facts.davy,
        "board": facts.board,
        "tag_id": facts.settings.get("tag_id", ""),
    }
    port.facts = {name: plain(value, 40) for name, value in told.items()}
    port.state = "tag" if facts.davy else "micropython"
    port.says = (
        ""
        if facts.davy
        else f"MicroPython without Davy's firmware ({plain(said.get('why', 'none there'))}): davy deploy"
    )
    return port


def _on_duty(port: Port) -> bool:
    """Whether a tag on duty is there, and what it says of itself; it is not stopped, also where it has no memory to answer."""
    try:
        with Console(port.name) as console:
            about = console.about
    except Refused as error:
        port.state, port.says = "on duty", error.message.partition(": ")[2]
        return True
    except DavyError:
        return False
    number = about.get("davy")
    version = words.version(number) if isinstance(number, int) else ""
    told = {"davy": version, "board": about.get("board", ""), "tag_id": about.get("tag_id", "")}
    port.facts = {name: plain(str(value), 40) for name, value in told.items()}
    port.state, port.says = "on duty", plain(str(about.get("name", "")), 40)
    return True
