"""US902-928: RP002-1.0.4 section 2.5. 64 channels of 125 kHz, eight of 500 kHz, no duty cycle, 400 ms of dwell time (in the
payload sizes).

    DR        0    1    2    3    4         8    9    10   11   12   13      (8...13: downlinks)
    SF/kHz    10   9    8    7    8/500     12   11   10   9    8    7, all 500
    N         11   53   125  242  242       53   129  242  242  242  242

Gateways mostly hear one of eight sub-bands: channels 8 (s - 1) ... 8 s - 1 and 63 + s. Join requests take turns between a
125 kHz channel at DR0 and a 500 kHz channel at DR4. 47 CFR 15.247: with fewer than 50 channels of 125 kHz 21 dBm, on 500
kHz 26 dBm.
"""

from lorawan.region import Region


class US915(Region):
    """A fixed plan; a downlink's channel follows from the uplink's."""

    name = "US915"
    ident = 8
    fixed = True
    sf = b"\x0a\x09\x08\x07\x08\x00\x00\x00\x0c\x0b\x0a\x09\x08\x07"
    bw = b"\x01\x01\x01\x01\x04\x00\x00\x00\x04\x04\x04\x04\x04\x04"
    size = b"\x0b\x35\x7d\xf2\xf2\x00\x00\x00\x35\x81\xf2\xf2\xf2\xf2"
    top_dr = 4
    rx2_low_dr = 8
    rx2_top_dr = 13
    top_offset = 3
    top_power = 14
    eirp_dbm = 30
    low_hz = 902000000
    high_hz = 928000000
    rx2_hz = 923300000
    rx2_dr = 8
    join_drs = b"\x00\x04"

    def __init__(self, sub_band: int = 0) -> None:
        if not 0 <= sub_band <= 8:
            raise ValueError("US915 has the sub-bands 1 to 8, or 0 for all")
        self.sub_band = sub_band

    def rx1_dr(self, dr: int, offset: int, dwell: bool) -> int:
        """DR10 to DR13 for DR0 to DR3, DR13 for DR4, and `offset` less, not below DR8."""
        return max(8, min(13, dr + 10) - offset) if dr < 4 else 13 - max(offset - 1, 0)

    def start_dr(self, dr: int) -> int:
        """A join at DR4 says nothing of DR3's range, yet the channels are 125 kHz."""
        return min(dr, 3)
