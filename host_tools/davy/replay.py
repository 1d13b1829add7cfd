"""Streams recordings through the tag's core on real MicroPython at full speed, and says what the core concludes.

There is no board here and no clock: a child process holds `tag.core.Core`, is handed blocks of samples with their
recorded time, and answers with events. Motion is brought to the tag's sampling rate (left alone where it has that rate
already) and to its +-16 g. Where a recording has a hole, the core is told that the sensor is stale, as the tag would be.
"""

import array
import contextlib
import json
import math
import os
import struct
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import davy.roots  # noqa: F401  puts the tag's own code on sys.path
import quality
from davy import roots, runtime, words
from davy.errors import DavyError
from davy.recordings import Recording
from tag import events

SCRIPT = Path(__file__).parent / "vtag" / "device" / "vreplay.py"
INTERPRETERS = ("mp64", "mp32", "cpython")
ODR_HZ = 100
BLOCK_MS = 100  # how often the tag's motion task runs
FULL_SCALE_MG = 16_000
HOLE_S = 0.25
_HEAD = struct.Struct("<cBHI")
_TICKS = (1 << 30) - 1
_GAS_IDS = {row[0]: (ident, row[2]) for ident, row in events.GASES.items()}
_INT16 = 32767


@dataclass(frozen=True)
class Event:
    """What the core said, and when in the recording."""

    recording: str
    t_s: float
    kind: int
    fields: dict[str, Any]

    @property
    def name(self) -> str:
        """Name of its kind."""
        return words.NAMES[self.kind]

    @property
    def text(self) -> str:
        """What it says, in words."""
        return words.readable(self.kind, self.fields)

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return {"t_s": round(self.t_s, 3), "kind": self.name, "fields": self.fields, "text": self.text}


@dataclass
class Replayed:
    """One recording that has gone through the core."""

    recording: Recording
    events: list[Event] = field(default_factory=list)
    samples: int = 0
    wall_s: float = 0.0

    def count(self, kind: str) -> int:
        """How many events of a kind."""
        return sum(event.name == kind for event in self.events)

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return {
            "recording": self.recording.name,
            "label": self.recording.label,
            "duration_s": round(self.recording.duration_s, 3),
            "samples": self.samples,
            "wall_s": round(self.wall_s, 3),
            "events": [event.as_dict() for event in self.events],
        }


def replay(
    recordings: Iterable[Recording],
    *,
    interpreter: str = "mp64",
    settings: Mapping[str, Any] | None = None,
    rest_s: float = 0.0,
    on_event: Callable[[Event], None] = lambda event: None,
) -> Iterator[Replayed]:
    """Put recordings through a core each, one after the other in one process; `rest_s`: lie still at the end for so long."""
    if interpreter not in INTERPRETERS:
        raise DavyError(f"a core runs on {', '.join(INTERPRETERS)}, not on '{interpreter}'")
    command = [*runtime.command(interpreter), str(SCRIPT)]
    path = os.pathsep.join(str(root) for root in (roots.FIRMWARE, roots.LIB))
    shims = os.pathsep.join([path, str(roots.SHIMS)])
    environment = {**os.environ, "MICROPYPATH": path, "PYTHONPATH": shims, "PYTHONDONTWRITEBYTECODE": "1"}
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment
    ) as process:
        try:
            for recording in recordings:
                yield _one(process, recording, dict(settings or {}), rest_s, on_event)
        finally:
            process.kill()


def _one(
    process: "subprocess.Popen[bytes]",
    recording: Recording,
    settings: dict[str, Any],
    rest_s: float,
    on_event: Callable[[Event], None],
) -> Replayed:
    assert process.stdin and process.stdout and process.stderr
    done = Replayed(recording)
    strays: list[str] = []  # what is no event: a print in the core, or (MicroPython) the lines of a traceback
    start_s = recording.start_s
    began = time.monotonic()
    feeder = threading.Thread(target=_feed, args=(process.stdin, recording, settings, rest_s), daemon=True)
    feeder.start()
    for line in process.stdout:
        said = _parse(line)
        if isinstance(said, dict):
            done.samples = said["samples"]
            break
        if isinstance(said, list):
            kind, t_ms, *values = said
            event = Event(
                recording.name, start_s + t_ms / 1e3, kind, dict(zip(words.fields(kind), values, strict=True))
            )
            done.events.append(event)
            on_event(event)
        if isinstance(said, str):
            strays.append(said)
    else:
        strays += process.stderr.read().decode(errors="replace").strip().splitlines()
        raise DavyError(f"{recording.name}: the core has stopped: {strays[-1] if strays else 'it said nothing'}")
    for stray in strays:
        print(stray, file=sys.stderr)  # somebody prints in the core, to find a fault
    feeder.join()
    done.wall_s = time.monotonic() - began
    return done


def _feed(stream: Any, recording: Recording, settings: dict[str, Any], rest_s: float) -> None:
    with contextlib.suppress(BrokenPipeError, ValueError):  # the process has ended: the reader of its answers says why
        for message in messages(recording, settings, rest_s):
            stream.write(message)
        stream.flush()


def messages(recording: Recording, settings: Mapping[str, Any], rest_s: float = 0.0) -> Iterator[bytes]:
    """The recording as the device script reads it; times count from its first row."""
    yield _message(b"S", 0, 0, json.dumps({**settings, "odr_hz": ODR_HZ}).encode())
    start_s = recording.start_s
    readings = sorted(
        (round((t_s - start_s) * 1e3), _reading(gas, value))
        for gas, points in recording.gases.items()
        for t_s, value in points
    )
    at = 0
    last = b""
    t_ms = 0
    for t_ms, flag, block in blocks(recording):
        while at < len(readings) and readings[at][0] <= t_ms:
            yield _message(b"G", 0, t_ms, readings[at][1])
            at += 1
        yield _message(b"M", flag, t_ms, block)
        last = block[-6:] or last
    for when_ms, reading in readings[at:]:
        while t_ms + BLOCK_MS < when_ms:
            t_ms += BLOCK_MS
            yield _message(b"T", 0, t_ms, b"")
        t_ms = max(t_ms, when_ms)
        yield _message(b"G", 0, t_ms, reading)
        yield _message(b"T", 0, t_ms, b"")
    for _ in range(round(rest_s * 1000 / BLOCK_MS)):
        t_ms += BLOCK_MS
        yield (
            _message(b"M", quality.OK, t_ms, last * (ODR_HZ * BLOCK_MS // 1000))
            if last
            else _message(b"T", 0, t_ms, b"")
        )
    yield _message(b"E", 0, t_ms, b"")


def blocks(recording: Recording) -> Iterator[tuple[int, int, bytes]]:
    """(t_ms at its end, quality, samples as int16) for every tenth of a second with motion data."""
    t_s, mg = recording.t_s, _clipped(recording.mg)
    if not t_s:
        return
    n = len(t_s)
    offset_s = t_s[0] - recording.start_s
    period = 1.0 / ODR_HZ
    mean = (t_s[-1] - t_s[0]) / (n - 1) if n > 1 else period
    even = abs(mean - period) < 0.01 * period and all(t_s[i + 1] - t_s[i] < 1.5 * period for i in range(n - 1))
    a_block = ODR_HZ * BLOCK_MS // 1000
    total = n if even else math.floor((t_s[-1] - t_s[0]) / period + 1e-6) + 1
    before = 0
    for first in range(0, total, a_block):
        count = min(a_block, total - first)
        t_ms = round((offset_s + (first + count) * period) * 1000)
        if even:
            yield t_ms, quality.OK, mg[3 * first : 3 * (first + count)].tobytes()
            continue
        samples = array.array("h")
        for i in range(first, first + count):
            at_s = t_s[0] + i * period
            while before + 1 < n - 1 and t_s[before + 1] <= at_s:
                before += 1
            after = min(before + 1, n - 1)
            gap_s = t_s[after] - t_s[before]
            if gap_s > HOLE_S and t_s[before] + period < at_s < t_s[after]:
                continue  # nothing is known here
            share = min(1.0, max(0.0, (at_s - t_s[before]) / gap_s)) if gap_s else 0.0
            for axis in range(3):
                a, b = mg[3 * before + axis], mg[3 * after + axis]
                samples.append(round(a + (b - a) * share))
        whole = len(samples) == 3 * count
        yield t_ms, quality.OK if whole else quality.STALE, samples.tobytes() if whole else b""


def _clipped(mg: "array.array[int]") -> "array.array[int]":
    if all(-FULL_SCALE_MG <= v <= FULL_SCALE_MG for v in mg):
        return mg
    return array.array("h", (max(-FULL_SCALE_MG, min(FULL_SCALE_MG, v)) for v in mg))


def _reading(gas: str, value: float) -> bytes:
    ident, counts = _GAS_IDS[gas]
    scaled = round(value * counts)
    kept = max(-_INT16, min(_INT16, scaled))
    return struct.pack("<BBh", ident, quality.OK if kept == scaled else quality.OVER, kept)


def _message(kind: bytes, flag: int, t_ms: int, body: bytes) -> bytes:
    return _HEAD.pack(kind, flag, len(body), t_ms & _TICKS) + body


def _parse(line: bytes) -> Any:
    """A line of the device script: an event (list), an end (dict), or the text of something else."""
    text = line.decode(errors="replace").strip()
    try:
        return json.loads(text)
    except ValueError:
        return text
