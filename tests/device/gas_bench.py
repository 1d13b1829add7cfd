"""What the gas tests share: a sensor that says what it is told, and rows of a limit profile."""

import struct

import quality
from tag.gas.limits import Profile
from tag.names import LEVELS


class Reading:
    """As a driver: a gas, a value and a quality."""

    def __init__(self, gas, value=0, q=quality.OK, t90_s=0):
        self.gas = gas
        self.value = value
        self.quality = q
        self.t90_s = t90_s


def row(gas, kind, level, clear, alarm, delay_s=0, falling=0, latching=0, rest_min=0, group=0, told=0, basis=0):
    """16 bytes; `kind` is its name, basis as in the flags: 0 now, 4 stel, 8 shift."""
    flags = falling | latching << 1 | basis
    number = LEVELS.index(kind)
    return struct.pack("<BBBBhhHHBBH", gas, number, flags, alarm, level, clear, delay_s, rest_min, group, told, 0)


def profile(*rows, ident=0x0203):
    """A profile of these rows alone."""
    return Profile(ident, b"".join(rows))
