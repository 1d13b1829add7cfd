"""AS923-1 to AS923-4: RP002-1.0.4 section 2.10. One plan, shifted by 0, -1.8, -6.6 or -5.9 MHz; duty cycle below 1 %.

    DR            0    1    2    3    4    5    6
    N             51   51   115  115  242  242  242
    N, 400 ms     0    0    11   53   125  242  242

Some countries limit an uplink to 400 ms, others do not, and RP002 leaves it to the device to know: until told, it keeps the
limit, and joins at DR2 or above. RX1DROffset 6 and 7 mean -1 and -2; a first window at DR7 (FSK) cannot be heard, so an
uplink that leads there is not sent.
"""

from lorawan.region import Region

# group -> (shift, lowest and highest frequency of its countries)
_GROUPS = {
    1: (0, 915000000, 928000000),
    2: (-1800000, 920000000, 923000000),
    3: (-6600000, 915000000, 921000000),
    4: (-5900000, 917000000, 920000000),
}


class AS923(Region):
    """Two default channels, sixteen in all."""

    sf = b"\x0c\x0b\x0a\x09\x08\x07\x07"
    bw = b"\x01\x01\x01\x01\x01\x01\x02"
    size = b"\x33\x33\x73\x73\xf2\xf2\xf2"
    size_dwell = b"\x00\x00\x0b\x35\x7d\xf2\xf2"
    top_dr = 6
    top_offset = 7
    rx2_dr = 2
    dwell_settable = True

    def __init__(self, group: int = 1, dwell=None) -> None:
        shift, self.low_hz, self.high_hz = _GROUPS[group]
        self.name = "AS923-%d" % group
        self.ident = 3 + group
        self.default_hz = (923200000 + shift, 923400000 + shift)
        self.rx2_hz = 923200000 + shift
        self.bands = ((self.low_hz, self.high_hz, 10),)
        self.dwell = dwell

    def rx1_dr(self, dr: int, offset: int, dwell: bool) -> int:
        """As above; under a downlink dwell time not below DR2."""
        found = min(max(dr - (offset if offset < 6 else 5 - offset), 2 if dwell else 0), 7)
        return found if self.knows(found) else -1

    def join_dr(self, attempt: int, dwell: bool) -> int:
        """From DR5 down to the lowest that may be used."""
        return 5 - attempt % (4 if dwell else 6)
