"""The rules of one region as data: data rates, payloads, receive windows, power, bands. `regions/` has a file for each.

A data rate (DR) is an index into `sf`, `bw` (in 125 kHz, 0: none that LoRa can carry) and `size`: the largest N of RP002,
bytes of payload in a frame without FOpts. DRs of FSK and LR-FHSS are unknown here, so whatever would need one is refused or
left out.
"""

from micropython import const

LOW_HZ, HIGH_HZ, PERMILLE = range(3)  # of a row of `bands`
HEADER = const(8)  # M - N: FHDR without FOpts, and FPort

# TXParamSetupReq, TS001 section 5.8: coded value -> dBm
EIRP_DBM = bytes((8, 10, 12, 13, 14, 16, 18, 20, 21, 24, 26, 27, 29, 30, 33, 36))


class Region:
    """What holds before the network has said anything; a region's file fills it."""

    name = ""
    ident = 0  # in the kept state
    fixed = False  # channels by a fixed plan, as in US915; else a network may add some
    sf = b""
    bw = b""
    size = b""
    size_dwell = b""  # the same under a dwell time of 400 ms; empty: no such limit is known here
    top_dr = 5  # of uplinks; the lowest is 0
    rx2_top_dr = 6  # a second receive window knows the DRs rx2_low_dr...rx2_top_dr
    rx2_low_dr = 0
    top_offset = 5  # of RX1DROffset
    top_power = 7  # index; each step is 2 dB
    eirp_dbm = 16
    default_hz: "tuple[int, ...]" = ()
    low_hz = 0
    high_hz = 0
    bands: "tuple[tuple[int, int, int], ...]" = ()  # from Hz, to Hz, duty cycle in 1/1000
    rx2_hz = 0
    rx2_dr = 0
    join_drs = b"\x05\x04\x03\x02\x01\x00"  # in the order of the attempts
    dwell_settable = False  # TXParamSetupReq is known here
    dwell = (
        None  # of uplinks, before a network has said anything: True, False; None: limited, and the network may lift it
    )

    def sf_of(self, dr: int) -> int:
        """Spreading factor."""
        return self.sf[dr]

    def bw_hz(self, dr: int) -> int:
        """Bandwidth."""
        return self.bw[dr] * 125000

    def knows(self, dr: int) -> bool:
        """Whether it is a LoRa data rate of this region, for either direction."""
        return 0 <= dr < len(self.bw) and self.bw[dr] > 0

    def capacity(self, dr: int, dwell: bool) -> int:
        """Bytes of payload and FOpts of an uplink; 0: none may be sent at this data rate."""
        sizes = self.size_dwell if dwell and self.size_dwell else self.size
        return sizes[dr] if self.knows(dr) else 0

    def longest(self, dr: int) -> int:
        """Bytes of the longest PHY payload of a downlink: it is not limited by a dwell time that the network must know of."""
        return self.size[dr] + HEADER + 5

    def rx1_dr(self, dr: int, offset: int, dwell: bool) -> int:
        """Data rate of the first window after an uplink at `dr`; -1: one that LoRa cannot receive."""
        found = max(dr - offset, 0)
        return found if self.knows(found) else -1

    def join_dr(self, attempt: int, dwell: bool) -> int:
        """Data rate of the join request number `attempt`."""
        drs = self.join_drs
        return drs[attempt % len(drs)]

    def start_dr(self, dr: int) -> int:
        """The data rate to begin with, when a join request at `dr` was heard."""
        return dr

    def band(self, hz: int, bw_hz: int = 125000) -> int:
        """Index of the band that a channel lies in, both its edges; -1: none, it may not be used. 0 where there are no
        bands."""
        half = bw_hz // 2
        if not self.low_hz + half <= hz <= self.high_hz - half:
            return -1
        if not self.bands:
            return 0
        for i in range(len(self.bands)):
            if self.bands[i][LOW_HZ] + half <= hz <= self.bands[i][HIGH_HZ] - half:
                return i
        return -1

    def hears(self, hz: int) -> bool:
        """Whether a receive window may be there."""
        return self.low_hz <= hz <= self.high_hz
