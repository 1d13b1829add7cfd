"""The tag's core at full speed, without a board: samples come in on standard input, events go out on standard output.

    vreplay.py          (started by davy.replay, under MicroPython or CPython)

A message is 8 bytes, little endian: type u8, flag u8, n u16, t_ms u32; then n bytes.

    P   limit profile of the next core: ident u16, then its rows (tag/gas/limits.py)
    S   settings as JSON, with "odr_hz": a new core; flag 1 = tell the fall detector's state whenever it changes. With
        "silent_ms" a gas falls silent after that time and not after the tag's own, for tables with a row a minute
    M   motion: int16 x, y, z in milli-g; flag = quality; then the core's tick
    G   gas readings, 4 bytes each: gas u8, quality u8, value i16
    T   time only: the core's tick
    E   end of a recording: answered by a JSON object; flag 1: with "exposure", a list a gas: id, STEL, TWA, shift, highest
        STEL, highest TWA (all in counts * 16), peak (counts), minutes, missing minutes

An event is one line, a JSON list, bytes in it as {"hex": ...}; so is a state: ["state", t_ms, number]. At the end of the
input the program ends.
"""

import json
import sys
from array import array
from binascii import hexlify

import quality
from tag import settings
from tag.core import Core
from tag.gas.limits import Profile
from tag.gas.watch import SILENT_MS
from ticks import add

_LONGEST = 4096


class _Block:
    """What `Core.motion` takes."""

    def __init__(self, odr_hz: int) -> None:
        self.odr_hz = odr_hz
        self.mg = array("h", bytes(_LONGEST))
        self.n = 0
        self.quality = quality.OK


class _Reading:
    """What `Core.gas` takes."""

    def __init__(self, gas: int) -> None:
        self.gas = gas
        self.value = 0
        self.quality = quality.WARMING


def _say(found) -> None:
    for event in found:
        print(json.dumps([value if isinstance(value, (int, str)) else _hex(value) for value in event]))


def _hex(value):
    """Bytes, which JSON has not."""
    return {"hex": hexlify(value).decode()}


def _opened(body, n: int):
    """The settings of a core, the rate of its motion, and how much later than on a tag a gas falls silent."""
    values = json.loads(bytes(body[:n]))
    odr_hz = values.pop("odr_hz")
    late_ms = values.pop("silent_ms", SILENT_MS) - SILENT_MS
    chosen = dict(settings.DEFAULTS)
    chosen.update(values)
    return chosen, odr_hz, late_ms


def _breathed(core, readings, t_ms: int):
    """What was breathed of each gas that has an exposure."""
    found = []
    for gas in sorted(readings):
        e = core.gases.channel(gas, t_ms).exposure
        if e:
            found.append(
                [gas, e.stel_q4, e.twa_q4, e.shift_q4, e.stel_max_q4, e.twa_max_q4, e.peak, e.minutes, e.missing]
            )
    return found


def main() -> None:
    """Serve messages until the input ends."""
    readinto = sys.stdin.buffer.readinto  # waits for all that it is asked for; less is the end of the input
    head = bytearray(8)
    body = bytearray(_LONGEST)
    view = memoryview(body)
    block = _Block(0)
    into = {}  # bytes -> that much of the block's samples: made once, so that the loop makes no garbage
    core = falls = None
    traced = False
    state = -1
    readings = {}
    given = ()  # the same, as the core takes them
    late_ms = 0
    profile = None
    samples = 0
    while readinto(head) == 8:
        kind, flag, n = head[0], head[1], head[2] | head[3] << 8
        t_ms = head[4] | head[5] << 8 | head[6] << 16 | head[7] << 24
        if kind == 77:  # M
            if n:
                part = into.get(n)
                if part is None:
                    part = into[n] = memoryview(block.mg)[: n // 2]
                if readinto(part) != n:
                    break
            block.n = n // 6
            block.quality = flag
            samples += block.n
            found = core.motion(block, t_ms)
            if found:
                _say(found)
            found = core.tick(t_ms)
            if found:
                _say(found)
            if traced and falls.state != state:
                state = falls.state
                print('["state", %d, %d]' % (t_ms, state))
            continue
        if n and readinto(view[:n]) != n:
            break
        if kind == 83:  # S
            chosen, block.odr_hz, late_ms = _opened(body, n)
            core = Core(chosen, t_ms, profile)
            profile = None
            traced = flag == 1
            falls = core.motions.falls if traced else None
            state = -1
            readings = {}
            samples = 0
        elif kind == 80:  # P
            profile = Profile(body[0] | body[1] << 8, bytes(view[2:n]))
        elif kind == 71:  # G
            for i in range(0, n, 4):
                reading = readings.get(body[i])
                if not reading:
                    reading = readings[body[i]] = _Reading(body[i])
                    given = tuple(readings.values())
                v = body[i + 2] | body[i + 3] << 8
                reading.quality = body[i + 1]
                reading.value = v - 65536 if v & 0x8000 else v
            found = core.gas(given, t_ms)
            if found:
                _say(found)
            if late_ms:
                for gas in readings:
                    core.gases.channel(gas, t_ms).t_ms = add(t_ms, late_ms)
        elif kind == 84:  # T
            _say(core.tick(t_ms))
        elif kind == 69:  # E
            end = {"samples": samples}
            if flag == 1:
                end["exposure"] = _breathed(core, readings, t_ms)
            print(json.dumps(end))


main()
