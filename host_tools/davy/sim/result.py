"""What a run has shown: verdicts, the ledger of record numbers, and the notes taken on the way."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from davy.sim import expect

if TYPE_CHECKING:
    from davy.sim.runner import Runner


@dataclass(frozen=True)
class Note:
    """Something that happened: a power cut, a start, a lost link, or (kind "tag") what the tag concludes, before it can say so."""

    at_s: float
    kind: str
    text: str
    event: tuple[int, dict[str, Any]] | None = None  # kind and fields, for what the tag concludes


@dataclass
class Result:
    """What a run has shown."""

    verdicts: list[expect.Verdict] = field(default_factory=list)
    ledger: expect.Ledger = field(default_factory=expect.Ledger)
    failures: list[str] = field(default_factory=list)
    wall_s: float = 0.0

    @property
    def good(self) -> bool:
        """All expectations met, every record once, nothing else wrong."""
        return all(v.met for v in self.verdicts) and self.ledger.whole and not self.failures


def summary(runner: "Runner", result: Result) -> dict[str, Any]:
    """The result for a program."""
    ledger = result.ledger
    return {
        "scenario": runner.scenario.name,
        "file": str(runner.scenario.file),
        "good": result.good,
        "expectations": [verdict.as_dict() for verdict in result.verdicts],
        "failures": result.failures,
        "records": {
            "received": ledger.received,
            "sent_again": ledger.repeated,
            "missing": ledger.gaps,
            "not_sent": ledger.unsent,
            "conflicting": ledger.conflicts,
            "lost_before_flash": ledger.in_memory,
        },
        "received": [record.as_dict() for record in runner.records],
        "starts_s": [start / 1e6 for start in runner.starts_us],
        "notes": [{"at_s": round(note.at_s, 3), "kind": note.kind, "text": note.text} for note in runner.notes],
        "world_s": round(runner.now_s, 3),
        "wall_s": round(result.wall_s, 3),
    }
