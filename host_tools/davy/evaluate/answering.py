"""Trials through a device script that takes samples in and answers each trial with one JSON object."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from davy import resampling
from davy.devicescript import ANSWER_S, message, running
from davy.recordings import Recording

_BLOCK = 200  # samples


def answers(
    script: Path,
    trials: Sequence[Recording],
    messages: Callable[[Recording], Iterable[bytes]],
    interpreter: str = "mp64",
) -> Iterator[dict[str, Any]]:
    """The answer to each trial, in their order; `DavyError` when the script has stopped."""
    with running(interpreter, script) as process:
        process.feed(part for trial in trials for part in messages(trial))
        for trial in trials:
            trouble = f"{trial.name}: {script.stem} has stopped"
            *_, answer = process.heard(trouble, ANSWER_S + trial.duration_s)
            yield answer


def motion(trial: Recording, rate_hz: int) -> Iterator[bytes]:
    """Its samples at that rate, as messages M."""
    samples = resampling.at_rate(trial, rate_hz)
    for at in range(0, samples.count, _BLOCK):
        yield message(b"M", 0, 0, samples.mg[3 * at : 3 * (at + _BLOCK)].tobytes())
