"""Trials through a device script that takes samples in and answers each trial with one JSON object."""

import json
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from davy import resampling
from davy.errors import DavyError
from davy.recordings import Recording
from davy.replay import ANSWER_S, core_process, message, parsed, why_ended

_BLOCK = 200  # samples


def answers(
    script: Path,
    trials: Sequence[Recording],
    messages: Callable[[Recording], Iterable[bytes]],
    interpreter: str = "mp64",
) -> Iterator[dict[str, Any]]:
    """The answer to each trial, in their order; `DavyError` when the script has stopped."""
    with core_process(interpreter, script) as process:
        assert process.stdin and process.stdout and process.stderr
        stream = process.stdin

        def feed() -> None:
            try:
                for trial in trials:
                    for part in messages(trial):
                        stream.write(part)
                stream.flush()
            except (OSError, ValueError):  # it has ended: the reader of its answers says why
                pass

        threading.Thread(target=feed, daemon=True).start()
        for trial in trials:
            yield _answer(process, script.stem, trial)


def motion(trial: Recording, rate_hz: int) -> Iterator[bytes]:
    """Its samples at that rate, as messages M."""
    samples = resampling.at_rate(trial, rate_hz)
    for at in range(0, samples.count, _BLOCK):
        yield message(b"M", 0, 0, samples.mg[3 * at : 3 * (at + _BLOCK)].tobytes())


def _answer(process: Any, name: str, trial: Recording) -> dict[str, Any]:
    patience_s = ANSWER_S + trial.duration_s
    deadline = threading.Timer(patience_s, process.kill)
    deadline.daemon = True
    deadline.start()
    began = time.monotonic()
    strays = []
    try:
        for line in process.stdout:
            said = parsed(line)
            if isinstance(said, dict):
                return said
            strays.append(json.dumps(said) if not isinstance(said, str) else said)
    finally:
        deadline.cancel()
    raise DavyError(f"{trial.name}: {name} has stopped: {why_ended(process, strays, began, patience_s)}")
