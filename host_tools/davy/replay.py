"""Streams recordings through the tag's core on real MicroPython at full speed, and says what the core concludes.

There is no board here and no clock: a child process holds `tag.core.Core`, is handed blocks of samples with their
recorded time, and answers with events. Motion is brought to the sensor's rate and range by `davy.resampling`. Where a
recording has a hole, the core is told that the sensor is stale, as the tag would be.
"""

import contextlib
import json
import queue
import struct
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import davy.roots  # noqa: F401  puts the tag's own code on sys.path
import quality
from davy import resampling, words
from davy.devicescript import ANSWER_S, Script, message, running
from davy.recordings import Recording
from tag import events

SCRIPT = Path(__file__).parent / "vtag" / "device" / "vreplay.py"
ODR_HZ = 100
BLOCK_MS = 100  # how often the tag's motion task runs
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
        fields = {name: value.hex() if isinstance(value, bytes) else value for name, value in self.fields.items()}
        return {"t_s": round(self.t_s, 3), "kind": self.name, "fields": fields, "text": self.text}


@dataclass
class Replayed:
    """One recording that has gone through the core."""

    recording: Recording
    events: list[Event] = field(default_factory=list)
    states: list[tuple[float, int]] = field(default_factory=list)  # (t_s, the fall detector's state from then on)
    judged: list[tuple[int, ...]] = field(default_factory=list)  # of device/vtune.py: hit, surge, hard, tilt, rest
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


@dataclass(frozen=True)
class How:
    """How recordings are put through: a rate of None is each recording's own, as far as the tag's sensor has it."""

    interpreter: str = "mp64"
    settings: Mapping[str, Any] = field(default_factory=dict)
    rest_s: float = 0.0  # lie still at the end for so long
    odr_hz: int | None = ODR_HZ
    trace: bool = False  # tell the fall detector's states too


def replay(
    recordings: Iterable[Recording],
    *,
    interpreter: str = "mp64",
    settings: Mapping[str, Any] | None = None,
    rest_s: float = 0.0,
    odr_hz: int | None = ODR_HZ,
    trace: bool = False,
    script: Path = SCRIPT,
    on_event: Callable[[Event], None] = lambda event: None,
) -> Iterator[Replayed]:
    """Put recordings through a core each, one after the other in one process: see `How`."""
    how = How(interpreter, dict(settings or {}), rest_s, odr_hz, trace)
    with running(interpreter, script) as core:
        # The next recording is written while the core still answers for this one: the pipe alone says how far ahead.
        written: queue.SimpleQueue[Recording | Exception | None] = queue.SimpleQueue()
        threading.Thread(target=_feed, args=(core.stdin, recordings, how, written), daemon=True).start()
        while recording := written.get():
            if isinstance(recording, Exception):
                raise recording
            yield _one(core, recording, how, on_event)


def _one(script: Script, recording: Recording, how: How, on_event: Callable[[Event], None]) -> Replayed:
    done = Replayed(recording)
    start_s = recording.start_s
    began = time.monotonic()
    # A core that needs longer than the recording itself has stopped.
    patience_s = ANSWER_S + recording.duration_s + how.rest_s
    for said in script.heard(f"{recording.name}: the core has stopped", patience_s):
        if isinstance(said, dict):
            done.samples = said["samples"]
        elif said[0] == "state":
            done.states.append((start_s + said[1] / 1e3, said[2]))
        elif said[0] == "judged":
            done.judged.append(tuple(said[2:]))
        else:
            kind, t_ms, *coded = said
            values = [bytes.fromhex(value["hex"]) if isinstance(value, dict) else value for value in coded]
            event = Event(
                recording.name, start_s + t_ms / 1e3, kind, dict(zip(words.fields(kind), values, strict=True))
            )
            done.events.append(event)
            on_event(event)
    done.wall_s = time.monotonic() - began
    return done


def _feed(
    stream: Any,
    recordings: Iterable[Recording],
    how: How,
    written: "queue.SimpleQueue[Recording | Exception | None]",
) -> None:
    """Write them all; `written` gets each as it begins, what went wrong with the next, or None at the end."""
    try:
        for recording in recordings:
            written.put(recording)
            for part in messages(recording, how.settings, how.rest_s, how.odr_hz, trace=how.trace):
                stream.write(part)
            stream.flush()
        written.put(None)
    except Exception as error:
        # Has the core ended, then the reader of its answers says why; else it ends now, for want of input.
        written.put(None if stream.closed or isinstance(error, BrokenPipeError) else error)
        with contextlib.suppress(OSError):
            stream.close()


def messages(
    recording: Recording,
    settings: Mapping[str, Any],
    rest_s: float = 0.0,
    odr_hz: int | None = ODR_HZ,
    *,
    trace: bool = False,
) -> Iterator[bytes]:
    """The recording as the device script reads it; times count from its first row."""
    odr_hz = odr_hz or resampling.own_rate(recording)
    yield message(b"S", trace, 0, json.dumps({**settings, "odr_hz": odr_hz}).encode())
    start_s = recording.start_s
    readings = sorted(
        (round((t_s - start_s) * 1e3), _reading(gas, value))
        for gas, points in recording.gases.items()
        for t_s, value in points
    )
    at = 0
    last = b""
    t_ms = 0
    for t_ms, flag, block in blocks(recording, odr_hz):
        while at < len(readings) and readings[at][0] <= t_ms:
            yield message(b"G", 0, t_ms, readings[at][1])
            at += 1
        yield message(b"M", flag, t_ms, block)
        last = block[-6:] or last
    for when_ms, reading in readings[at:]:
        while t_ms + BLOCK_MS < when_ms:
            t_ms += BLOCK_MS
            yield message(b"T", 0, t_ms, b"")
        t_ms = max(t_ms, when_ms)
        yield message(b"G", 0, t_ms, reading)
        yield message(b"T", 0, t_ms, b"")
    still = last * _a_block(odr_hz)
    for i in range(1, round(rest_s * odr_hz / _a_block(odr_hz)) + 1):
        rest_ms = t_ms + round(i * 1000 * _a_block(odr_hz) / odr_hz)
        yield message(b"M", quality.OK, rest_ms, still) if last else message(b"T", 0, rest_ms, b"")
    yield message(b"E", 0, t_ms, b"")


def _a_block(odr_hz: int) -> int:
    """Samples of a block: about a tenth of a second."""
    return max(1, round(odr_hz * BLOCK_MS / 1000))


def blocks(recording: Recording, odr_hz: int = ODR_HZ) -> Iterator[tuple[int, int, bytes]]:
    """(t_ms at its end, quality, samples as int16) for every tenth of a second with motion data."""
    if not recording.t_s:
        return
    samples = resampling.at_rate(recording, odr_hz)
    offset_s = recording.t_s[0] - recording.start_s
    a_block = _a_block(odr_hz)
    for first in range(0, samples.count, a_block):
        after = min(first + a_block, samples.count)
        t_ms = round((offset_s + after * samples.period_s) * 1000)
        if any(samples.unknown[first:after]):
            yield t_ms, quality.STALE, b""
        else:
            yield t_ms, quality.OK, samples.mg[3 * first : 3 * after].tobytes()


def _reading(gas: str, value: float) -> bytes:
    ident, counts = _GAS_IDS[gas]
    scaled = round(value * counts)
    kept = max(-_INT16, min(_INT16, scaled))
    return struct.pack("<BBh", ident, quality.OK if kept == scaled else quality.OVER, kept)
