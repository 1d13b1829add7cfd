"""Whether what the gateway holds in the end is what the scenario expected, and whether every record came exactly once."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from davy.gateway.received import Received
from davy.sim.scenario import Expectation, Window


@dataclass(frozen=True)
class Arrival:
    """A record with the world time at which the tag made it; None where its start is not known."""

    record: Received
    created_s: float | None


@dataclass(frozen=True)
class Verdict:
    """An expectation and the records that answer it."""

    expectation: Expectation
    found: tuple[Arrival, ...]

    @property
    def met(self) -> bool:
        """As many as expected."""
        n = len(self.found)
        return n == self.expectation.count if self.expectation.exactly else n >= self.expectation.count

    @property
    def wanted(self) -> str:
        """How many were expected, in words."""
        return f"{self.expectation.count}" if self.expectation.exactly else f"{self.expectation.count} or more"

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return {
            "kind": self.expectation.kind,
            "where": self.expectation.where,
            "count": self.expectation.count,
            "exactly": self.expectation.exactly,
            "within": self.expectation.within,
            "created": self.expectation.created,
            "met": self.met,
            "found": [
                {"seq": a.record.seq, "received_s": round(a.record.at_s, 3), "created_s": a.created_s}
                for a in self.found
            ],
        }


@dataclass
class Ledger:
    """What can be said of the numbers of one tag's records at the gateway."""

    received: int = 0
    repeated: int = 0  # records sent more than once (a lost receipt) and kept once
    gaps: list[int] = field(default_factory=list)  # numbers that never came
    unsent: list[int] = field(default_factory=list)  # in the tag's flash, not at the gateway, when the scenario ended
    conflicts: list[int] = field(default_factory=list)  # one number, two different records
    in_memory: list[str] = field(
        default_factory=list
    )  # kinds of those that a power cut caught before they were on flash

    @property
    def whole(self) -> bool:
        """Every record once: none missing, none twofold."""
        return not self.gaps and not self.unsent and not self.conflicts


def judge(expectations: Sequence[Expectation], arrivals: Sequence[Arrival]) -> list[Verdict]:
    """A verdict for each expectation."""
    return [Verdict(e, tuple(a for a in arrivals if matches(e, a))) for e in expectations]


def matches(expectation: Expectation, arrival: Arrival) -> bool:
    """Whether a record is one of those expected."""
    record = arrival.record
    if record.name != expectation.kind:
        return False
    for name, value in expectation.where.items():
        if name not in record.fields or value not in (record.fields[name], record.word(name)):
            return False
    if not _inside(expectation.within, record.at_s):
        return False
    return expectation.created is None or (
        arrival.created_s is not None and _inside(expectation.created, arrival.created_s)
    )


def _inside(window: Window | None, t_s: float) -> bool:
    return window is None or window[0] <= t_s <= window[1]


def ledger(records: Sequence[Received], repeated: int, conflicts: Sequence[int], stored: Sequence[int]) -> Ledger:
    """Count the numbers. `stored`: those of all records in the tag's flash at the end.

    A record that the tag never flushed leaves no gap: its number is given to the next one.
    """
    seqs = {record.seq for record in records}
    gaps = sorted(set(range(min(seqs), max(seqs) + 1)) - seqs) if seqs else []
    unsent = sorted(set(stored) - seqs - set(gaps))
    return Ledger(len(records), repeated, gaps, unsent, sorted(conflicts))
