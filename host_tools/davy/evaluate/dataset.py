"""A folder of labelled trials, read whole and checked before anything runs: a broken row is found at once, not after minutes.

The format is that of `davy.recordings`; here a trial also needs a label: `fall` (a person falls in it) or `adl` (activities of
daily living, and everything else: nobody falls in it).
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path

from davy import recordings, roots
from davy.errors import DavyError
from davy.recordings import MANIFEST, Recording

FALL, ADL = "fall", "adl"
OWN = roots.CHECKOUT / "tests" / "recordings"


@dataclass(frozen=True)
class Dataset:
    """One folder; the figures of each stand for themselves."""

    name: str
    trials: Sequence[Recording]

    @property
    def samples(self) -> int:
        """Recorded samples of all trials."""
        return sum(trial.samples for trial in self.trials)


def own() -> Path:
    """The folder of the project's own recordings."""
    if not (OWN / MANIFEST).is_file():
        raise DavyError("no folder is named, and the project's own recordings are not here: davy evaluate falls DIR")
    return OWN


def read(folder: Path) -> Dataset:
    """A dataset; `DavyError` names the file and the row that cannot be used."""
    if not folder.is_dir():
        raise DavyError(f"{folder}: is no folder" if folder.exists() else f"{folder}: there is no such folder")
    trials = list(recordings.read_folder(folder))
    names: dict[str, str] = {}
    for trial in trials:
        if not trial.label:
            raise DavyError(f"{trial.where}: column label is missing or empty: it says {FALL} or {ADL}")
        if trial.label not in (FALL, ADL):
            raise DavyError(f"{trial.where}: label: '{trial.label[:30]}' is neither {FALL} nor {ADL}")
        if trial.name in names:
            raise DavyError(f"{trial.where}: trial '{trial.name}' was named before, in {names[trial.name]}")
        names[trial.name] = trial.where
        if not trial.t_s:
            raise DavyError(f"{trial.where}: trial '{trial.name}' has no motion")
    return Dataset(folder.resolve().name, trials)


def chosen(
    datasets: Sequence[Dataset], trials: Collection[str], subjects: Collection[str], limit: int | None
) -> list[Dataset]:
    """Only the trials and people named, at most `limit` of each dataset, spread evenly over it; a name unknown is an error."""
    for what, names, known in (
        ("trial", trials, {trial.name for dataset in datasets for trial in dataset.trials}),
        ("subject", subjects, {trial.subject for dataset in datasets for trial in dataset.trials}),
    ):
        for name in names:
            if name not in known:
                raise DavyError(f"there is no {what} '{name}' in {', '.join(dataset.name for dataset in datasets)}")
    kept = []
    for dataset in datasets:
        found = [
            trial
            for trial in dataset.trials
            if (not trials or trial.name in trials) and (not subjects or trial.subject in subjects)
        ]
        if limit is not None and limit < len(found):
            found = [found[i * len(found) // limit] for i in range(limit)]
        if found:
            kept.append(Dataset(dataset.name, found))
    if not kept:
        raise DavyError("no trial is both of these subjects and of these names")
    return kept
