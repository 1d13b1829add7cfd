"""The tag's core at full speed, without a board: samples come in on standard input, events go out on standard output.

    vreplay.py          (started by davy.replay, under MicroPython or CPython)

A message is 8 bytes, little endian: type u8, flag u8, n u16, t_ms u32; then n bytes.

    S   settings as JSON, with "odr_hz": a new core
    M   motion: int16 x, y, z in milli-g; flag = quality; then the core's tick
    G   gas readings, 4 bytes each: gas u8, quality u8, value i16
    T   time only: the core's tick
    E   end of a recording: answered by a JSON object

An event is one line, a JSON list. At the end of the input the program ends.
"""

import json
import sys
from array import array

import quality
from tag import settings
from tag.core import Core

_LONGEST = 4096


class _Block:
    """What `Core.motion` takes."""

    def __init__(self, odr_hz: int) -> None:
        self.odr_hz = odr_hz
        self.mg = array("h", bytes(_LONGEST))
        self.bytes = memoryview(self.mg)
        self.n = 0
        self.quality = quality.OK


class _Reading:
    """What `Core.gas` takes."""

    def __init__(self, gas: int) -> None:
        self.gas = gas
        self.value = 0
        self.quality = quality.WARMING


def _fill(stream, buf, n: int) -> bool:
    """Read n bytes; False at the end of the input."""
    view = memoryview(buf)
    done = 0
    while done < n:
        got = stream.readinto(view[done:n])
        if not got:
            return False
        done += got
    return True


def _say(found) -> None:
    for event in found:
        print(json.dumps(event))


def main() -> None:
    """Serve messages until the input ends."""
    stream = sys.stdin.buffer
    head = bytearray(8)
    body = bytearray(_LONGEST)
    core = block = None
    readings = {}
    samples = 0
    while _fill(stream, head, 8):
        kind, flag, n = chr(head[0]), head[1], head[2] | head[3] << 8
        t_ms = head[4] | head[5] << 8 | head[6] << 16 | head[7] << 24
        if n and not _fill(stream, body, n):
            break
        if kind == "S":
            values = json.loads(bytes(body[:n]))
            block = _Block(values.pop("odr_hz"))
            chosen = dict(settings.DEFAULTS)
            chosen.update(values)
            core = Core(chosen, t_ms)
            readings = {}
            samples = 0
        elif kind == "M":
            block.n = n // 6
            block.quality = flag
            for i in range(n // 2):
                v = body[2 * i] | body[2 * i + 1] << 8
                block.mg[i] = v - 65536 if v & 0x8000 else v
            samples += block.n
            _say(core.motion(block, t_ms))
            _say(core.tick(t_ms))
        elif kind == "G":
            for i in range(0, n, 4):
                reading = readings.get(body[i]) or _Reading(body[i])
                readings[body[i]] = reading
                v = body[i + 2] | body[i + 3] << 8
                reading.quality = body[i + 1]
                reading.value = v - 65536 if v & 0x8000 else v
            _say(core.gas(tuple(readings.values()), t_ms))
        elif kind == "T":
            _say(core.tick(t_ms))
        elif kind == "E":
            print(json.dumps({"samples": samples}))


main()
