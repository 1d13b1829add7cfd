"""IN865-867: RP002-1.0.4 section 2.12. No duty cycle, no dwell time; DR6 is not defined. 29 dBm is 29.2 rounded down.

The first window's data rate may lie above the uplink's: RX1DROffset 6 and 7 mean -1 and -2, and where that gives DR6, DR5.
"""

from lorawan.region import Region


class IN865(Region):
    """Three default channels, sixteen in all."""

    name = "IN865"
    ident = 3
    sf = b"\x0c\x0b\x0a\x09\x08\x07"
    bw = b"\x01\x01\x01\x01\x01\x01"
    size = b"\x33\x33\x33\x73\xf2\xf2"
    rx2_top_dr = 5
    top_offset = 7
    top_power = 10
    eirp_dbm = 29
    default_hz = (865062500, 865402500, 865985000)
    low_hz = 865000000
    high_hz = 867000000
    rx2_hz = 866550000
    rx2_dr = 2

    def rx1_dr(self, dr: int, offset: int, dwell: bool) -> int:
        """As above."""
        found = max(dr - (offset if offset < 6 else 5 - offset), 0)
        if found == 6:
            found = 5
        return found if self.knows(found) else -1
