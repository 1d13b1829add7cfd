"""Settings over the service console: what is known of them, and a change. Of what is secret only a hash of four bytes is told."""

import hashlib

from tag import config, events
from tag.settings import SECRETS


def known(root: str = "") -> dict:
    """The settings in flash over their defaults; of a secret its hash."""
    values, _, problem = config.load(root)
    for name in SECRETS:
        value = values[name]
        values[name] = [hashlib.sha256(value.encode()).digest()[:4].hex()] if value else []
    return {"generation": config.newest(root), "problem": problem, "settings": values}


def make(memory, text: bytes, t_ms: int, root: str) -> dict:
    """Lines `name=value` for the next start, and a record of it; `memory` as in tag/memory.py. What to answer."""
    generation, problem = 0, "not UTF-8"
    try:
        lines = text.decode()
    except UnicodeError:
        lines = ""
    if lines:
        generation, problem = config.change(root, lines)
    # Values may be secret: the record has the names of what was set.
    names = " ".join([line.split("=")[0] for line in lines.split("\n")])
    said = problem or "generation %d, by cable: %s" % (generation, names)
    memory.keep((events.CONFIG, t_ms, events.CODE_RANGE if problem else 0, said))
    return {"generation": generation, "problem": problem}
