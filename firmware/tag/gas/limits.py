"""Action levels as data: what concentration, exposure or change of it raises which alarm, and what the wearer is told to do.

A profile is rows of 16 bytes, little endian; levels are in the scaled units of `tag.events.GASES`.

     0  gas          u8    as in events.GASES
     1  kind         u8    1 low 2 high 3 ceiling 4 stel 5 twa 6 shift 7 step 8 mixture 9 rise 10 drift 11 ahead
                           (names.LEVELS; 12, over, is made by the tag and never a row)
     2  flags        u8    bit 0: danger lies below the level; bit 1: latching; bits 2-3: what a mixture sums, 0 the
                           reading, 1 the 15 min mean, 2 the shift's mean
     3  alarm        u8    events.ALARM_GAS_LOW, _HIGH, _WARNING, _FAULT (drift only); 0: a record only
     4  level        i16   raised AT the level and beyond
     6  clear        i16   gone only past it, so that nothing chatters
     8  delay        u16   s: how long beyond it first; step: the minutes allowed; rise, ahead: the time looked at
    10  rest         u16   min without it that give a step's allowance back
    12  group        u8    gases of one mixture
    13  instruction  u8    names.INSTRUCTIONS
    14  two zeros

Profiles are written as TOML in host_tools/davy/limits, with a source for each number, and reach a tag as signed files
(tag/limitfile.py). BUILT_IN is default.toml there, written here by `python -m davy.limitprofile`; a test holds the two equal.
"""

import struct

from micropython import const
from tag.events import GASES

ROW = const(16)
MAX_ROWS = const(96)  # 9 gases with all that is customary are 60

# -- written by python -m davy.limitprofile: default.toml
BUILT_IN = (
    b"\x01\x01\x00\x02\x32\x00\x28\x00\x00\x00\x00\x00\x00\x02\x00\x00"  # ch4 low, 0.5 %vol
    b"\x01\x02\x02\x03\x64\x00\x32\x00\x00\x00\x00\x00\x00\x03\x00\x00"  # ch4 high, 1 %vol
    b"\x01\x09\x00\x08\x19\x00\x17\x00\x3c\x00\x00\x00\x00\x01\x00\x00"  # ch4 rise, 0.25 %vol
    b"\x01\x0a\x01\x01\xe7\xff\xe9\xff\x00\x00\x00\x00\x00\x08\x00\x00"  # ch4 drift, -0.25 %vol
    b"\x01\x0b\x00\x08\x64\x00\x43\x00\xf0\x00\x00\x00\x00\x01\x00\x00"  # ch4 ahead, 1 %vol
    b"\x02\x01\x00\x02\x5e\x01\x36\x01\x00\x00\x00\x00\x00\x01\x00\x00"  # co low, 35 ppm
    b"\x02\x02\x02\x03\xbc\x02\x76\x02\x00\x00\x00\x00\x00\x03\x00\x00"  # co high, 70 ppm
    b"\x02\x04\x00\x02\xd0\x07\x08\x07\x00\x00\x00\x00\x00\x03\x00\x00"  # co stel, 200 ppm
    b"\x02\x05\x00\x02\x5e\x01\x3b\x01\x00\x00\x00\x00\x00\x04\x00\x00"  # co twa, 35 ppm
    b"\x02\x09\x00\x08\xc8\x00\xb4\x00\x3c\x00\x00\x00\x00\x01\x00\x00"  # co rise, 20 ppm
    b"\x02\x0a\x01\x01\x51\xff\x62\xff\x00\x00\x00\x00\x00\x08\x00\x00"  # co drift, -17.5 ppm
    b"\x02\x0b\x00\x08\xbc\x02\xd6\x01\xf0\x00\x00\x00\x00\x01\x00\x00"  # co ahead, 70 ppm
    b"\x03\x01\x00\x02\x64\x00\x5a\x00\x00\x00\x00\x00\x00\x01\x00\x00"  # h2s low, 10 ppm
    b"\x03\x02\x02\x03\xc8\x00\xb4\x00\x00\x00\x00\x00\x00\x03\x00\x00"  # h2s high, 20 ppm
    b"\x03\x04\x00\x02\x96\x00\x87\x00\x00\x00\x00\x00\x00\x03\x00\x00"  # h2s stel, 15 ppm
    b"\x03\x05\x00\x02\x64\x00\x5a\x00\x00\x00\x00\x00\x00\x04\x00\x00"  # h2s twa, 10 ppm
    b"\x03\x09\x00\x08\x32\x00\x2d\x00\x3c\x00\x00\x00\x00\x01\x00\x00"  # h2s rise, 5 ppm
    b"\x03\x0a\x01\x01\xce\xff\xd3\xff\x00\x00\x00\x00\x00\x08\x00\x00"  # h2s drift, -5 ppm
    b"\x03\x0b\x00\x08\xc8\x00\x82\x00\xf0\x00\x00\x00\x00\x01\x00\x00"  # h2s ahead, 20 ppm
    b"\x04\x01\x01\x02\x9e\x07\xb2\x07\x00\x00\x00\x00\x00\x03\x00\x00"  # o2 low, 19.5 %vol
    b"\x04\x02\x02\x03\x2e\x09\x1a\x09\x00\x00\x00\x00\x00\x03\x00\x00"  # o2 high, 23.5 %vol
    b"\x05\x01\x00\x02\x2c\x01\x0e\x01\x00\x00\x00\x00\x00\x01\x00\x00"  # no2 low, 3 ppm
    b"\x05\x02\x02\x03\x58\x02\x1c\x02\x00\x00\x00\x00\x00\x03\x00\x00"  # no2 high, 6 ppm
    b"\x05\x04\x00\x02\xf4\x01\xc2\x01\x00\x00\x00\x00\x00\x03\x00\x00"  # no2 stel, 5 ppm
    b"\x05\x05\x00\x02\x2c\x01\x0e\x01\x00\x00\x00\x00\x00\x04\x00\x00"  # no2 twa, 3 ppm
    b"\x05\x0a\x01\x01\x6a\xff\x79\xff\x00\x00\x00\x00\x00\x08\x00\x00"  # no2 drift, -1.5 ppm
    b"\x06\x01\x00\x02\xc8\x00\xb4\x00\x00\x00\x00\x00\x00\x01\x00\x00"  # so2 low, 2 ppm
    b"\x06\x02\x02\x03\x90\x01\x68\x01\x00\x00\x00\x00\x00\x03\x00\x00"  # so2 high, 4 ppm
    b"\x06\x04\x00\x02\xf4\x01\xc2\x01\x00\x00\x00\x00\x00\x03\x00\x00"  # so2 stel, 5 ppm
    b"\x06\x05\x00\x02\xc8\x00\xb4\x00\x00\x00\x00\x00\x00\x04\x00\x00"  # so2 twa, 2 ppm
    b"\x06\x0a\x01\x01\x9c\xff\xa6\xff\x00\x00\x00\x00\x00\x08\x00\x00"  # so2 drift, -1 ppm
    b"\x07\x01\x00\x02\xfa\x00\xe1\x00\x00\x00\x00\x00\x00\x01\x00\x00"  # nh3 low, 25 ppm
    b"\x07\x02\x02\x03\xf4\x01\xc2\x01\x00\x00\x00\x00\x00\x03\x00\x00"  # nh3 high, 50 ppm
    b"\x07\x04\x00\x02\x5e\x01\x3b\x01\x00\x00\x00\x00\x00\x03\x00\x00"  # nh3 stel, 35 ppm
    b"\x07\x05\x00\x02\xfa\x00\xe1\x00\x00\x00\x00\x00\x00\x04\x00\x00"  # nh3 twa, 25 ppm
    b"\x07\x0a\x01\x01\x83\xff\x8f\xff\x00\x00\x00\x00\x00\x08\x00\x00"  # nh3 drift, -12.5 ppm
    b"\x08\x01\x00\x02\xf4\x01\xc2\x01\x00\x00\x00\x00\x00\x01\x00\x00"  # co2 low, 0.5 %vol
    b"\x08\x02\x02\x03\xe8\x03\x84\x03\x00\x00\x00\x00\x00\x03\x00\x00"  # co2 high, 1 %vol
    b"\x08\x04\x00\x02\xb8\x0b\x8c\x0a\x00\x00\x00\x00\x00\x03\x00\x00"  # co2 stel, 3 %vol
    b"\x08\x05\x00\x02\xf4\x01\xc2\x01\x00\x00\x00\x00\x00\x04\x00\x00"  # co2 twa, 0.5 %vol
    b"\x08\x0a\x01\x01\x06\xff\x1f\xff\x00\x00\x00\x00\x00\x08\x00\x00"  # co2 drift, -0.25 %vol
    b"\x09\x01\x00\x02\xfa\x00\xe1\x00\x00\x00\x00\x00\x00\x01\x00\x00"  # no low, 25 ppm
    b"\x09\x02\x02\x03\xf4\x01\xc2\x01\x00\x00\x00\x00\x00\x03\x00\x00"  # no high, 50 ppm
    b"\x09\x04\x00\x02\xfa\x00\xe1\x00\x00\x00\x00\x00\x00\x03\x00\x00"  # no stel, 25 ppm
    b"\x09\x05\x00\x02\xfa\x00\xe1\x00\x00\x00\x00\x00\x00\x04\x00\x00"  # no twa, 25 ppm
    b"\x09\x0a\x01\x01\x83\xff\x8f\xff\x00\x00\x00\x00\x00\x08\x00\x00"  # no drift, -12.5 ppm
)
# -- end


class Profile:
    """The rows in force, and the number that names them in records: profile number * 256 + version, 0 for BUILT_IN."""

    def __init__(self, ident: int = 0, rows: bytes = BUILT_IN) -> None:
        self.ident = ident
        self.rows = rows


_CH4 = const(1)
_O2 = const(4)
_CEILING = const(3)
_STEL = const(4)
_STEP = const(7)
_MIXTURE = const(8)
_DRIFT = const(10)
_INSTRUCTIONS = const(9)  # how many there are in names.INSTRUCTIONS

_GAS = const(0x10D)  # bit = alarm: none, low, high or warning
_FAULT = const(3)
_WARNING = const(0x101)
_HIGHEST = const(0x0C)  # low or high: what a gas must have one row of

# kind -> (alarms, whether falling 0 never 1 may be 2 always, least and most delay, least and most rest)
_RULES = (
    (0, 0, 0, 0, 0, 0),
    (_GAS, 1, 0, 60, 0, 0),
    (_GAS, 1, 0, 60, 0, 0),
    (_GAS, 1, 0, 60, 0, 0),
    (_GAS, 0, 0, 0, 0, 0),
    (_GAS, 0, 0, 0, 0, 0),
    (_GAS, 0, 0, 0, 0, 0),
    (_GAS, 0, 60, 28740, 1, 1440),
    (_GAS, 0, 0, 0, 0, 0),
    (_GAS, 1, 1, 3600, 0, 0),
    (_FAULT, 2, 0, 60, 0, 0),
    (_WARNING, 1, 1, 3600, 0, 0),
)


def problem_with(rows) -> str:
    """What makes these rows no profile to rely on; "" when they may be used. Raises nothing, whatever the bytes are."""
    if len(rows) % ROW or not 0 < len(rows) <= ROW * MAX_ROWS:
        return "%d bytes are no rows" % len(rows)
    guarded = 0  # bit = gas with an alarm
    for at in range(0, len(rows), ROW):
        said = _problem_with_row(rows, at) or _problem_among(rows, at)
        if said:
            return "row %d: %s" % (at // ROW + 1, said)
        gas, kind, flags, alarm = rows[at], rows[at + 1], rows[at + 2], rows[at + 3]
        if kind <= _CEILING and _HIGHEST >> alarm & 1 and (gas != _O2 or flags & 1):
            guarded |= 1 << gas
    for gas in sorted(GASES):
        if not guarded >> gas & 1:
            return "no alarm for " + GASES[gas][0]
    return ""


def _problem_with_row(rows, at: int) -> str:
    gas, kind, flags, alarm, level, clear, delay, rest, group, told, zeros = struct.unpack_from(
        "<BBBBhhHHBBH", rows, at
    )
    if gas not in GASES:
        return "unknown gas %d" % gas
    if not 0 < kind < len(_RULES):
        return "unknown kind %d" % kind
    alarms, falls, least, most, rest_least, rest_most = _RULES[kind]
    falling = flags & 1
    if (falls == 0 and falling) or (falls == 2 and not falling) or flags > 11 or (flags > 3 and kind != _MIXTURE):
        return "flags %d" % flags
    if alarm > 8 or not alarms >> alarm & 1:
        return "alarm %d" % alarm
    if _STEL <= kind <= _MIXTURE and gas in (_CH4, _O2):
        return "no exposure of this gas"
    if (level >= 0 if kind == _DRIFT else level <= 0) or (gas in (_CH4, _O2) and level > 10000):
        return "level %d" % level
    if clear <= level if falling else clear >= level:
        return "clear level %d is not inside of %d" % (clear, level)
    if not least <= delay <= most or (kind == _STEP and delay % 60):
        return "delay %d s" % delay
    if not rest_least <= rest <= rest_most:
        return "rest %d min" % rest
    if (group == 0) == (kind == _MIXTURE):
        return "group %d" % group
    if told >= _INSTRUCTIONS or zeros:
        return "instruction %d" % told
    return ""


def _problem_among(rows, at: int) -> str:
    """A step above another of its gas allows less time, and rests as long; a mixture has two gases, summed alike."""
    kind = rows[at + 1]
    partners = 0
    for other in range(0, len(rows), ROW):
        if other == at or rows[other + 1] != kind:
            continue
        if kind == _STEP and rows[other] == rows[at]:
            _, _, _, _, level, _, delay, rest = struct.unpack_from("<BBBBhhHH", rows, at)
            _, _, _, _, level2, _, delay2, rest2 = struct.unpack_from("<BBBBhhHH", rows, other)
            if level == level2 or (level < level2) != (delay > delay2) or rest != rest2:
                return "steps contradict each other"
        if kind == _MIXTURE and rows[other + 12] == rows[at + 12]:
            if rows[other] == rows[at] or (rows[other + 2] ^ rows[at + 2]) & 12:
                return "mixture contradicts another row"
            partners += 1
    return "mixture of one gas" if kind == _MIXTURE and not partners else ""


# LEGACY: until docs_alarms, sim/view and the tests read rows
from tag.events import ALARM_GAS_HIGH, ALARM_GAS_LOW, CH4, CO, H2S, O2  # noqa: E402

RISING = const(1)  # danger above the level
FALLING = const(-1)  # danger below the level

# (gas, direction, level, clear level, alarm, delay_ms)
LEVELS = (
    (CH4, RISING, 50, 40, ALARM_GAS_LOW, 0),
    (CH4, RISING, 100, 50, ALARM_GAS_HIGH, 0),
    (CO, RISING, 350, 310, ALARM_GAS_LOW, 0),
    (CO, RISING, 700, 630, ALARM_GAS_HIGH, 0),
    (H2S, RISING, 100, 90, ALARM_GAS_LOW, 0),
    (H2S, RISING, 200, 180, ALARM_GAS_HIGH, 0),
    (O2, FALLING, 1950, 1970, ALARM_GAS_LOW, 0),
    (O2, RISING, 2350, 2330, ALARM_GAS_HIGH, 0),
)
