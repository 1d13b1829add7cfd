"""The settings in flash: two files, one of which is always whole.

    /config.a, /config.b    first line: davy-config 1 GENERATION CRC     then the settings as JSON: {"still_s": 60, ...}

GENERATION counts the writes, decimal. CRC is CRC-32 (IEEE 802.3, eight hex digits) of GENERATION's digits followed by
the JSON bytes, so that no single damaged bit can make an old file pass for a newer one. The highest generation that
is whole wins; a new one goes to the other file, so a power cut while writing leaves the former in force.

    result of load   means                                                   settings
    0                the newest file is whole, all of it could be used       as written
    CODE_MISSING     there is no file: a new tag                             defaults
    CODE_CORRUPT     a file is damaged                                       of the other file, or defaults
    CODE_RANGE       a setting is unknown or its value out of range          as written, but default for that one

Settings that a file does not mention have their default. Nothing here raises, whatever the bytes are.
"""

import binascii
import json
import os

from micropython import const
from tag import settings
from tag.events import CODE_CORRUPT, CODE_MISSING, CODE_RANGE

FILES = ("config.a", "config.b")

_MAX_B = const(4096)  # the whole table with every text at its longest is about 1 kB
_MAX_TEXT = const(120)
_MAX_DIGITS = const(9)  # of a generation: stays below 2^30
_ENOENT = const(2)


def encode(values: dict, generation: int) -> bytes:
    """The bytes of a slot."""
    body = json.dumps(values).encode()
    digits = str(generation).encode()
    return b"davy-config 1 " + digits + b" " + _crc(digits, body) + b"\n" + body


def decode(data: bytes) -> tuple:
    """`(generation, values, "")` of the bytes of a slot, or `(0, None, problem)`. The values are not checked yet."""
    if len(data) > _MAX_B:
        return 0, None, "too long"
    end = data.find(b"\n")
    head = data[: max(end, 0)].split(b" ")
    if len(head) != 4 or head[0] != b"davy-config":
        return 0, None, "no configuration"
    if head[1] != b"1":
        return 0, None, "unknown format"
    digits = head[2]
    if not digits.isdigit() or len(digits) > _MAX_DIGITS or int(digits) == 0:
        return 0, None, "bad generation"
    body = data[end + 1 :]
    if head[3] != _crc(digits, body):
        return 0, None, "damaged (CRC)"
    try:
        values = json.loads(body)
    except (ValueError, TypeError, RuntimeError, MemoryError):  # not JSON; a key that is no text; nested too deeply
        return 0, None, "not JSON"
    if not isinstance(values, dict):
        return 0, None, "not a table"
    return int(digits), values, ""


def load(root: str = "") -> tuple:
    """`(settings, result, problem)` from the files under `root`: see the table above; `problem` is "" with result 0."""
    chosen = dict(settings.DEFAULTS)
    problems = []
    newest = 0
    written = {}
    for name in FILES:
        generation, values, problem = _read(root, name)
        if problem:
            problems.append(name + ": " + problem)
        elif generation > newest:
            newest = generation
            written = values
    result = 0
    if problems:
        result = CODE_CORRUPT
    elif not newest:
        result = CODE_MISSING
        problems.append("no configuration: defaults")
    for name in sorted(written, key=str):
        problem = problem_with(name, written[name])
        if problem:
            problems.append(problem)
            result = result or CODE_RANGE
        else:
            chosen[name] = written[name]
    return chosen, result, "; ".join(problems)[:_MAX_TEXT]


def newest(root: str = "") -> int:
    """Generation of the settings in force under `root`; 0 when there are none."""
    return max(_read(root, name)[0] for name in FILES)


def save(root: str, values: dict, generation: int) -> str:
    """Write `values` as `generation`, which must be above the one in force; "" when done, else why it was not."""
    for name in values:
        problem = problem_with(name, values[name])
        if problem:
            return problem
    generations = [_read(root, name)[0] for name in FILES]
    if not max(generations) < generation < 10**_MAX_DIGITS:
        return "generation %d is not after %d" % (generation, max(generations))
    name = FILES[generations.index(min(generations))]
    data = encode(values, generation)
    if len(data) > _MAX_B:
        return "too long"
    try:
        # littlefs puts the new contents in force when the file is closed: until then the former file stands.
        with open(root + "/" + name, "wb") as file:
            file.write(data)
        with open(root + "/" + name, "rb") as file:
            return "" if file.read(len(data) + 1) == data else name + ": reads back differently"
    except OSError as error:
        return name + ": not written: " + str(error)


def change(root: str, text: str) -> tuple:
    """Settings as `name=value`, a line each, over those in force: (generation, what is wrong, "" when they are kept for the next
    start). All of them or none, and nothing is written where all is so already. Keys cannot be changed so: whoever has one link
    would get the other."""
    generation, values = 0, {}
    for name in FILES:
        found, written, _ = _read(root, name)
        if found > generation:
            generation, values = found, written
    changed = False
    for line in text.split("\n"):
        name, equals, value = line.partition("=")
        row = settings.SETTINGS.get(name)
        if not equals:
            return 0, "not name=value"  # what it is may be secret, as a value is
        if row is None:
            return 0, "no setting: " + name
        if row[0] == "hex":
            return 0, name + ": only by cable"
        if row[0].startswith("int"):
            try:
                value = int(value)
            except ValueError:
                return 0, name + ": not a whole number"
        if name not in values or values[name] != value:
            values[name] = value
            changed = True
    if not changed:
        return generation, ""  # asked twice: flash wears
    return generation + 1, save(root, values, generation + 1)


def covered(text: str) -> str:
    """Lines `name=value` for a record: of what is secret the name alone."""
    lines = [line.split("=")[0] if line.split("=")[0] in settings.SECRETS else line for line in text.split("\n")]
    return "\n".join(lines)


def problem_with(name, value) -> str:
    """What is wrong with one setting, "" if it may be used; `settings.check` for names and values of any kind."""
    try:
        return settings.check(name, value)
    except (ValueError, TypeError):  # half a surrogate pair, which has no UTF-8 form, for one
        return str(name) + ": cannot be a setting"


def _read(root: str, name: str) -> tuple:
    """`decode` of a file; a file that is not there is no problem: `(0, None, "")`."""
    path = root + "/" + name
    try:
        # As much as there is and no more: reading takes a buffer of the size asked for.
        size = min(os.stat(path)[6], _MAX_B + 1)
        with open(path, "rb") as file:
            return decode(file.read(size))
    except OSError as error:
        return 0, None, "" if error.args[0] == _ENOENT else "not readable: " + str(error)


def _crc(digits: bytes, body: bytes) -> bytes:
    return ("%08x" % (binascii.crc32(body, binascii.crc32(digits)) & 0xFFFFFFFF)).encode()
