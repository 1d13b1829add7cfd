"""Limit profiles on this computer: a TOML file with a source for each number, and the rows that a tag goes by.

    schema = 1
    name = "osha"                   # what people call it
    title = "USA, OSHA"
    number = 2                      # with the version it names the profile in a tag's records; sites have 128..255
    version = 1                     # 1..255
    lel = "us"                      # optional, what %LEL of methane means: us 5.0, iec 4.4 %vol
    extends = "default"             # optional: take rows of another profile ...
    kinds = ["low", "high"]         # ... of these kinds, for gases where this file has no row of that kind
    [sources]
    z1 = "29 CFR 1910.1000, table Z-1"
    [levels]
    co = [
      { kind = "twa", level = "50 ppm", source = "z1" },
    ]

A row: `kind`, `level`, `source`, and where the default does not fit `clear`, `delay_s`, `rest_min`, `group`, `basis`, `alarm`,
`instruction`, `falling`, `latching`. What they mean stands in firmware/tag/gas/limits.py. `source` is "KEY" or "KEY: where in it"
and speaks for all numbers of the row; `clear_source`, `delay_source` and `rest_source` speak for one. A source in [sources] that
begins with "unconfirmed" marks its numbers as such. A level is a number with its unit (davy.gasunits has them): it is rounded
to the tag's counts on the safe side, so that the alarm comes no later.

    python -m davy.limitprofile     writes BUILT_IN in firmware/tag/gas/limits.py from default.toml
"""

import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from davy import roots
from davy.errors import DavyError

from tag import events, names  # isort: skip
from tag.gas import limits  # isort: skip

FOLDER = Path(__file__).parent / "limits"
SCHEMA = 1
SITE_NUMBER = 128  # from here on the numbers are the sites' own
UNCONFIRMED = "unconfirmed"
BASES = ("now", "stel", "shift")
ALARMS = {
    "none": 0,
    "warning": events.ALARM_WARNING,
    "low": events.ALARM_GAS_LOW,
    "high": events.ALARM_GAS_HIGH,
    "fault": events.ALARM_FAULT,
}
GASES = {row[0]: gas for gas, row in events.GASES.items()}
_ROW = struct.Struct("<BBBBhhHHBBH")
_BEGIN = "# -- written by python -m davy.limitprofile: default.toml\n"
_END = "# -- end\n"


@dataclass(frozen=True)
class Row:
    """One action level, as in firmware/tag/gas/limits.py; `sources` is empty when it was read from a tag's file."""

    gas: int
    kind: int
    level: int
    clear: int
    alarm: int
    instruction: int
    falling: bool = False
    latching: bool = False
    basis: int = 0
    delay_s: int = 0
    rest_min: int = 0
    group: int = 0
    sources: Mapping[str, str] = field(default_factory=dict)  # name of the number -> where it is from
    stated: str = ""  # the level as its source states it, where the tag counts in another unit: "20 mg/m3"

    def pack(self) -> bytes:
        """The row as the tag has it."""
        flags = self.falling | self.latching << 1 | self.basis << 2
        head = (self.gas, self.kind, flags, self.alarm, self.level, self.clear)
        return _ROW.pack(*head, self.delay_s, self.rest_min, self.group, self.instruction, 0)

    @classmethod
    def unpack(cls, data: bytes) -> "Row":
        """A row of a tag's file."""
        gas, kind, flags, alarm, level, clear, delay_s, rest_min, group, instruction, _ = _ROW.unpack(data)
        return cls(
            *(gas, kind, level, clear, alarm, instruction, bool(flags & 1), bool(flags & 2), flags >> 2),
            *(delay_s, rest_min, group),
        )

    @property
    def gas_name(self) -> str:
        """As in the record table: "co"."""
        return events.GASES[self.gas][0]

    @property
    def kind_name(self) -> str:
        """As in the record table: "twa"."""
        return names.LEVELS[self.kind]

    @property
    def unconfirmed(self) -> bool:
        """Whether any of its numbers has not been checked against its source."""
        return any(text.startswith(UNCONFIRMED) for text in self.sources.values())

    def shown(self, counts: int) -> str:
        """A level with its unit: "35 ppm"."""
        _, _, per_unit, unit = events.GASES[self.gas]
        return f"{counts / per_unit:g} {unit}"


@dataclass(frozen=True)
class LimitProfile:
    """A profile: its name in words and in records, and its rows."""

    name: str
    number: int
    version: int
    rows: tuple[Row, ...]
    title: str = ""

    @property
    def ident(self) -> int:
        """What names it in records."""
        return self.number << 8 | self.version

    def pack(self) -> bytes:
        """The rows as the tag has them."""
        return b"".join(row.pack() for row in self.rows)


def unpack(rows: bytes) -> tuple[Row, ...]:
    """The rows of a tag's file."""
    return tuple(Row.unpack(rows[at : at + limits.ROW]) for at in range(0, len(rows), limits.ROW))


def bundled() -> list[str]:
    """Names of the profiles that come with davy."""
    return sorted(path.stem for path in FOLDER.glob("*.toml"))


def name_of(ident: int) -> str:
    """What a record's profile number means: "osha version 1"; sites' own profiles are known by number only."""
    from davy.limitsource import heads

    if ident == 0:
        return "built in"
    name = heads().get(
        ident >> 8, f"site profile {ident >> 8}" if ident >> 8 >= SITE_NUMBER else f"profile {ident >> 8}"
    )
    return f"{name} version {ident & 255}"


def differences(old: LimitProfile, new: LimitProfile) -> list[tuple[str, str]]:
    """(what, how) of everything that a tag would do differently; sources do not count."""
    found = []
    before, after = _by_meaning(old.rows), _by_meaning(new.rows)
    for key in sorted(before.keys() | after.keys(), key=lambda key: key[1:]):
        if key not in after:
            found.append((key[0], f"gone (was {said(before[key])})"))
        elif key not in before:
            found.append((key[0], f"new: {said(after[key])}"))
        elif before[key].pack() != after[key].pack():
            found.append((key[0], f"{said(before[key])}  ->  {said(after[key])}"))
    return found


def said(row: Row) -> str:
    """A row in words, without its gas and kind."""
    words = [("at or below " if row.falling else "") + row.shown(row.level)]
    if row.clear != row.level:
        words.append(f"gone {'above' if row.falling else 'below'} {row.shown(row.clear)}")
    if row.delay_s:
        words.append(after(row))
    if row.basis:
        words.append(f"of the {BASES[row.basis]} figure")
    words += [alarm_name(row), names.INSTRUCTIONS[row.instruction]]
    return ", ".join(words + ["latching"] * row.latching)


def after(row: Row) -> str:
    """What the delay of a row means; of a step the minutes that are allowed, and those of rest that give them back."""
    if row.kind_name == "step":
        return f"{row.delay_s // 60} min, rest {row.rest_min}"
    if row.kind_name in ("rise", "ahead"):
        return f"in {row.delay_s} s"
    return f"for {row.delay_s} s" if row.delay_s else ""


def alarm_name(row: Row) -> str:
    """Which alarm a row raises: "high"."""
    return {number: name for name, number in ALARMS.items()}[row.alarm]


def _by_meaning(rows: Sequence[Row]) -> dict[tuple[Any, ...], Row]:
    """Rows by what makes them the same row in another profile."""
    found: dict[tuple[Any, ...], Row] = {}
    for row in sorted(rows, key=lambda row: row.level):
        what = f"{row.gas_name} {row.kind_name}" + " below" * (row.falling and row.kind_name != "drift")
        what += f" of mixture {row.group}" if row.group else ""
        key = (row.gas, row.kind, row.falling, row.group)
        nth = sum(other[1:5] == key for other in found)
        found[(what + f" {nth + 1}" * (row.kind_name == "step"), *key, nth)] = row
    return found


def literal(rows: bytes) -> str:
    """`BUILT_IN` as it stands in the tag's source."""
    lines = []
    for row in unpack(rows):
        text = "".join(f"\\x{byte:02x}" for byte in row.pack())
        lines.append(f'    b"{text}"  # {row.gas_name} {row.kind_name}, {row.shown(row.level)}\n')
    return "BUILT_IN = (\n" + "".join(lines) + ")\n"


def _write_built_in() -> None:
    from davy.limitsource import read

    file = roots.FIRMWARE / "tag" / "gas" / "limits.py"
    text = file.read_text(encoding="utf-8")
    before, rest = text.split(_BEGIN)
    file.write_text(before + _BEGIN + literal(read("default").pack()) + _END + rest.split(_END)[1], encoding="utf-8")


def without_sources(profile: LimitProfile) -> LimitProfile:
    """What of a profile reaches a tag."""
    return replace(profile, rows=unpack(profile.pack()), title="")


def must_be_sound(rows: bytes) -> None:
    """Raise `DavyError` with what the tag itself would find wrong."""
    problem = limits.problem_with(rows)
    if problem:
        raise DavyError(problem)


if __name__ == "__main__":
    _write_built_in()
