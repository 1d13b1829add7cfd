"""What a tag says of itself over the raw REPL, in one question that every MicroPython understands: for `davy ports` and `doctor`.

Nothing secret travels: of the settings only which are given, and whether the key is the public one of development.
"""

import binascii
import hashlib
from dataclasses import dataclass, field
from typing import Any

from davy import words
from davy.development import DEVELOPMENT_KEY
from davy.logs.questions import Link
from davy.tagconfig import config

_ASK = """
import sys, os, json, gc
said = {"machine": "", "platform": sys.platform, "word": 64 if sys.maxsize > 1 << 32 else 32}
try:
    said["machine"] = os.uname()[4]
except Exception:
    pass
said["micropython"] = ".".join([str(n) for n in sys.implementation[1][:3]])
gc.collect()
said["free_b"] = gc.mem_free()
try:
    s = os.statvfs("/")
    said["disk_b"] = s[0] * s[2]
    said["disk_free_b"] = s[0] * s[3]
except Exception:
    pass
try:
    import machine, binascii
    said["id"] = binascii.hexlify(machine.unique_id()).decode()
except Exception:
    pass
files = {}
try:
    for e in os.ilistdir("/"):
        files[e[0]] = e[3] if len(e) > 3 and e[1] != 0x4000 else -1
except Exception:
    pass
said["files"] = files
for name in ("board.json", "board.bak.json"):
    try:
        with open("/" + name) as f:
            b = json.load(f)
        said[name] = [b["name"], b.get("mcu", ""), b.get("flash_mb", 0)]
        b = None
    except OSError:
        said[name] = None
    except Exception as e:
        said[name] = type(e).__name__
try:
    %s
except Exception as e:
    said["davy"] = None
    said["why"] = type(e).__name__ + ": " + str(e)
try:
    from tag.hal import system
    said["epoch_s"] = system.epoch_s()
except Exception:
    pass
print(json.dumps(said))
"""
# Loading all of the firmware is what takes time: seconds on a tag.
_LOAD = 'from tag import app; said["davy"] = app.VERSION'
_READ = 'from tag import config; said["davy"] = 0'
_SLOT = """
import hashlib, binascii, json
from tag import config
for name in config.FILES:
    try:
        with open("/" + name, "rb") as f:
            g, v, problem = config.decode(f.read())
    except OSError:
        g, v, problem = 0, None, "missing"
    said = {"name": name, "generation": g, "problem": problem}
    if v is not None:
        k = v.get("key", "")
        said["key"] = binascii.hexlify(hashlib.sha256(str(k).encode()).digest()[:4]).decode() if k else ""
        said["tag_id"] = v.get("tag_id", "")
        said["given"] = sorted([n for n in v if v[n] not in ("", 0)])
    print(json.dumps(said))
"""
_SAID = {
    **dict.fromkeys(("machine", "platform", "micropython", "why", "id"), str),
    **dict.fromkeys(("word", "free_b", "disk_b", "disk_free_b", "davy", "epoch_s"), int),
    "files": dict,
}
_SLOTS = {**dict.fromkeys(("name", "problem", "key", "tag_id"), str), "generation": int, "given": list}
PUBLIC_KEY = binascii.hexlify(hashlib.sha256(DEVELOPMENT_KEY.encode()).digest()[:4]).decode()


@dataclass(frozen=True)
class Facts:
    """What was said; `slots`: of the settings files, by name; `loaded`: whether all of the firmware was, to see that it loads."""

    said: dict[str, Any]
    slots: dict[str, dict[str, Any]] = field(default_factory=dict)
    loaded: bool = True

    @property
    def reads(self) -> bool:
        """Whether the tag has firmware that can read its settings."""
        return isinstance(self.said.get("davy"), int)

    @property
    def davy(self) -> str:
        """Version of the firmware; empty without one that was loaded."""
        version = self.said.get("davy")
        return words.version(version) if isinstance(version, int) and self.loaded else ""

    @property
    def board(self) -> str:
        """Name of the board its file is for; empty without."""
        for name in ("board.json", "board.bak.json"):
            if isinstance(self.said.get(name), list):
                return str(self.said[name][0])
        return ""

    @property
    def settings(self) -> dict[str, Any]:
        """The slot in force; empty without."""
        whole = [slot for slot in self.slots.values() if slot.get("generation")]
        return max(whole, key=lambda slot: int(slot["generation"]), default={})


def ask(link: Link, load: bool = True) -> Facts:
    """What the tag says; empty facts when it says nothing that can be read. Without `load` it is not seen whether all of its
    firmware loads, nor which version that is."""
    lines = link.ask(_ASK % (_LOAD if load else _READ))
    line = next((line for line in reversed(lines) if "micropython" in line), {})
    said = _shaped(line, _SAID)
    for name in ("board.json", "board.bak.json"):
        board = line.get(name)
        whole = isinstance(board, list) and len(board) == 3 and isinstance(board[0], str)
        said[name] = board if whole else None if board is None else "damaged"
    slots: dict[str, dict[str, Any]] = {}
    if said.get("davy") is not None:
        for line in link.ask(_SLOT):
            slot = {"generation": 0, "problem": "", **_shaped(line, _SLOTS)}
            if slot.get("name") in config.FILES:
                slots[str(slot["name"])] = {**slot, "given": [str(one) for one in slot.get("given", [])]}
    return Facts(said if "micropython" in said else {}, slots, load)


def _shaped(line: dict[str, Any], shape: dict[str, type]) -> dict[str, Any]:
    """What has the type that it should have: a tag may say anything."""
    return {name: line[name] for name, kind in shape.items() if type(line.get(name)) is kind}
