"""What zero, span and bump test have left behind, gas by gas: two files, one of which is always whole.

    /calibration.a, /calibration.b

    head    0 magic "DCAL" | 4 version 1 | 5 number of rows | 6 two zero bytes | 8 generation u32 | 12 CRC-32 of all but itself
    row     0 gas | 1 failed | 2 last act | 3 its outcome | 4 zero i16 | 6 gain_q12 u16 | 8 zero_s u32 | 12 span_s u32 |
            16 bump_s u32 | 20 twelve times: epoch_s u32, gain_q12 u16 of a span, oldest first, 0: none

Little endian; times are those of the last act that passed, seconds since 2000, 0: never. `failed` has a bit for each act
(1 << names.ACTS) that did not pass and has not passed since, a cancelled one left out; bit 0: a damaged file was found.

    result of load   means                                                    constants
    0                the newest file is whole                                 as written
    CODE_MISSING     there is no file: never calibrated                       the drivers' own
    CODE_CORRUPT     a file is damaged                                        of the other file, or the drivers' own

The highest generation that is whole wins; a new one goes to the other file, so that a power cut leaves the former in force.
These constants are the tag's own, also for modules that could zero or span themselves (SCD41 forced recalibration, Winsen
commands 87h and 88h): those change the module for good without saying from what to what, some without any answer, nothing
undoes them, and none keeps a date. Here an act is judged before it counts, is a record, and a failed one changes nothing.
"""

import binascii
import os
import struct

from micropython import const
from tag.events import CODE_CORRUPT, CODE_MISSING, GASES, O2

FILES = ("calibration.a", "calibration.b")

_HEAD = "<4sBBHII"
_ROW = "<BBBBhHIII"
_HEAD_B = const(16)
_GAINS_AT = const(20)
_GAINS = const(12)
_ROW_B = const(92)  # 20 + 12 * 6
_ONE_Q12 = const(4096)
_LOW_Q12 = const(1024)
_HIGH_Q12 = const(16384)
_ENOENT = const(2)
_ZERO = const(1)
_SPAN = const(2)
_BUMP = const(3)
_PASSED = const(1)
_CANCELLED = const(5)
DAMAGED = const(1)  # of `failed`


def load(root: str = "") -> tuple:
    """`(data, result, problem)`: the bytes of the file in force, b"" without one; see the table above."""
    data = b""
    newest = 0
    problem = ""
    for name in FILES:
        found, why = _read(root, name)
        if why:
            problem = problem or name + ": " + why
        elif generation(found) > newest:
            newest = generation(found)
            data = found
    return data, CODE_CORRUPT if problem else 0 if newest else CODE_MISSING, problem


def save(root: str, data: bytes) -> str:
    """Write what `noted` made; "" when done, else why it was not. A damaged file is taken away once the other is whole."""
    found = [_read(root, name) for name in FILES]
    ages = [generation(old) for old, _ in found]
    if generation(data) <= max(ages):
        return "not newer than what is there"
    slot = ages.index(min(ages))
    path = root + "/" + FILES[slot]
    try:
        # littlefs puts the new contents in force when the file is closed: until then the former file stands.
        with open(path, "wb") as file:
            file.write(data)
        with open(path, "rb") as file:
            if file.read(len(data) + 1) != data:
                return FILES[slot] + ": reads back differently"
        if found[1 - slot][1]:
            os.remove(root + "/" + FILES[1 - slot])
    except OSError as error:
        return FILES[slot] + ": not written: " + str(error)
    return ""


def generation(data: bytes) -> int:
    """Which writing this is; 0: none."""
    return struct.unpack(_HEAD, data[:_HEAD_B])[4] if data else 0


def problem_with(data: bytes) -> str:
    """Why these bytes are no file that could be in force; "" when they are one."""
    if len(data) < _HEAD_B or data[:4] != b"DCAL":
        return "no calibration"
    _, version, n, _, number, crc = struct.unpack(_HEAD, data[:_HEAD_B])
    if version != 1:
        return "unknown format"
    if len(data) != _HEAD_B + n * _ROW_B or crc != _crc(data) or not number:
        return "damaged"
    seen = []
    for row in rows(data):
        if row[0] not in GASES or row[0] in seen or not _LOW_Q12 <= row[5] <= _HIGH_Q12:
            return "no such gas or gain"
        seen.append(row[0])
    return ""


def rows(data: bytes) -> list:
    """[(gas, failed, act, outcome, zero, gain_q12, zero_s, span_s, bump_s), ...]"""
    return [struct.unpack_from(_ROW, data, at) for at in range(_HEAD_B, len(data), _ROW_B)]


def gains(data: bytes, gas: int) -> list:
    """[(epoch_s, gain_q12), ...] of the last spans of a gas, oldest first."""
    found = []
    for at in range(_HEAD_B, len(data), _ROW_B):
        if data[at] == gas:
            points = [struct.unpack_from("<IH", data, at + _GAINS_AT + 6 * i) for i in range(_GAINS)]
            found = [point for point in points if point[1]]
    return found


def row_of(data: bytes, gas: int) -> tuple:
    """The row of a gas; the drivers' own constants for one that has none."""
    for row in rows(data):
        if row[0] == gas:
            return row
    return (gas, 0, 0, 0, 0, _ONE_Q12, 0, 0, 0)


def noted(
    data: bytes, act: int, outcome: int, gas: int, zero: int, gain_q12: int, epoch_s: int, damaged=False
) -> bytes:
    """The next generation of `data`, in which an act has ended. Only one that passed changes constants and dates.

    `damaged`: `load` said CODE_CORRUPT; all gases are due until each has passed a span."""
    _, failed, _, _, old_zero, old_gain_q12, zero_s, span_s, bump_s = row_of(data, gas)
    history = gains(data, gas)
    failed |= DAMAGED if damaged else 0
    if outcome == _PASSED:
        old_zero, old_gain_q12 = zero, gain_q12
        failed &= ~(1 << act)
        if act == _ZERO:
            zero_s = epoch_s
        elif act == _SPAN:
            span_s = epoch_s
            failed &= ~DAMAGED
            if gas != O2:  # that needs no gas, so it shows no response
                failed &= ~(1 << _BUMP)
            history = (history + [(epoch_s, gain_q12)])[-_GAINS:]
        else:
            bump_s = epoch_s
    elif outcome != _CANCELLED:
        failed |= 1 << act
    new = (gas, failed, act, outcome, old_zero, old_gain_q12, zero_s, span_s, bump_s)
    written = bytearray(_HEAD_B)
    for row in rows(data):
        if row[0] != gas:
            others = (row[0], row[1] | (DAMAGED if damaged else 0)) + row[2:]
            _append(written, others, gains(data, row[0]))
    _append(written, new, history)
    n = (len(written) - _HEAD_B) // _ROW_B
    struct.pack_into(_HEAD, written, 0, b"DCAL", 1, n, 0, generation(data) + 1, 0)
    struct.pack_into("<I", written, _HEAD_B - 4, _crc(written))
    return bytes(written)


def _append(written, row: tuple, history) -> None:
    written.extend(struct.pack(_ROW, *row))
    for i in range(_GAINS):
        written.extend(struct.pack("<IH", *(history[i] if i < len(history) else (0, 0))))


def _read(root: str, name: str) -> tuple:
    """(bytes, ""), or (b"", why). A file that is not there is no problem, nor an empty one: power failed as it was first made."""
    path = root + "/" + name
    try:
        size = min(os.stat(path)[6], _HEAD_B + 255 * _ROW_B)
        with open(path, "rb") as file:
            data = file.read(size)
    except OSError as error:
        return b"", "" if error.args[0] == _ENOENT else "not readable: " + str(error)
    problem = problem_with(data) if data else ""
    return (b"", problem) if problem else (data, "")


def _crc(data) -> int:
    return binascii.crc32(data[_HEAD_B:], binascii.crc32(data[: _HEAD_B - 4])) & 0xFFFFFFFF
