"""What the device sends and listens with: the region's defaults, until join accept and MAC commands change them."""

from codec.fields import put_u32
from lorawan.channels import get_u24
from lorawan.region import EIRP_DBM
from micropython import const

SIZE = const(8)  # bytes of the kept form
_NO_LIMIT = const(15)  # a coded EIRP that no region exceeds: 36 dBm


class Terms:
    """`antenna_dbi` is taken off the radiated power; the radio can do `low_dbm`...`high_dbm`."""

    def __init__(self, region, antenna_dbi: int, low_dbm: int, high_dbm: int) -> None:
        self._region = region
        self._antenna_dbi = antenna_dbi
        self._low_dbm = low_dbm
        self._high_dbm = high_dbm
        self.reset()

    def reset(self) -> None:
        """As before any join."""
        region = self._region
        self.dr = 0
        self.power = 0  # index: 2 dB less each
        self.nb_trans = 1
        self.rx1_offset = 0
        self.rx2_dr = region.rx2_dr
        self.rx2_hz = region.rx2_hz
        self.delay_s = 1  # to the first window; the second opens a second later
        self.max_duty = 0  # at most 1/2^n of the time over all bands
        self.eirp = _NO_LIMIT  # coded
        self.up_dwell = region.dwell is not False and len(region.size_dwell) > 0
        self.down_dwell = False
        self.dr = self.lowest_dr()

    def limit_dwell(self, up: bool, down: bool) -> None:
        """TXParamSetupReq; where the law limits uplinks, a network cannot lift it."""
        self.up_dwell = up or self._region.dwell is True
        self.down_dwell = down

    def join(self, settings: int, delay: int) -> None:
        """DLSettings and RxDelay of a join accept; a data rate or offset that is unknown here leaves the default."""
        if self.second_window(settings & 15):
            self.rx2_dr = settings & 15
        if settings >> 4 & 7 <= self._region.top_offset:
            self.rx1_offset = settings >> 4 & 7
        self.delay_s = max(1, delay & 15)

    def second_window(self, dr: int) -> bool:
        """Whether the second window can be at `dr`."""
        return self._region.rx2_low_dr <= dr <= self._region.rx2_top_dr and self._region.knows(dr)

    def capacity(self, dr: int) -> int:
        """Bytes of payload and FOpts of an uplink at `dr`; 0: it cannot be sent, or not be answered in the first window."""
        if self._region.rx1_dr(dr, self.rx1_offset, self.down_dwell) < 0:
            return 0
        return self._region.capacity(dr, self.up_dwell)

    def lowest_dr(self) -> int:
        """The default data rate: the lowest that may be used."""
        dr = 0
        while dr < self._region.top_dr and not self.capacity(dr):
            dr += 1
        return dr

    def power_dbm(self, index: int, wide: bool, few: bool) -> int:
        """What the radio is to be set to; `wide`: on 500 kHz, `few`: less than 50 channels of a fixed plan are in use."""
        eirp = min(self._region.eirp_dbm, EIRP_DBM[self.eirp])
        if self._region.fixed:  # 47 CFR 15.247: conducted power; antennas of up to 6 dBi take nothing off it
            eirp = min(eirp, 26 if wide else 21 if few else 30)
            return max(self._low_dbm, min(self._high_dbm, eirp - 2 * index - max(0, self._antenna_dbi - 6)))
        return max(self._low_dbm, min(self._high_dbm, eirp - 2 * index - self._antenna_dbi))

    def can_power(self, index: int) -> bool:
        """Whether the radio can be as weak as that (TS001 section 5.2: asked for more than it can do, it does what it can)."""
        eirp = min(self._region.eirp_dbm, EIRP_DBM[self.eirp])
        return index <= self._region.top_power and eirp - 2 * index - self._antenna_dbi >= self._low_dbm

    def save(self, buf, at: int) -> None:
        """The kept form into buf[at:at+SIZE]."""
        buf[at] = self.dr | self.power << 4
        buf[at + 1] = self.nb_trans | self.rx1_offset << 4
        buf[at + 2] = self.rx2_dr | self.delay_s << 4
        put_u32(buf, at + 3, self.rx2_hz // 100)
        buf[at + 6] = self.max_duty | self.eirp << 4
        buf[at + 7] = self.up_dwell | self.down_dwell << 1

    def load(self, buf, at: int) -> None:
        """Go on from a kept form; what does not make sense any more stays at its default."""
        self.reset()
        self.dr = min(buf[at] & 15, self._region.top_dr)
        self.power = min(buf[at] >> 4, self._region.top_power)
        self.nb_trans = max(1, buf[at + 1] & 15)
        self.join((buf[at + 1] >> 4) << 4 | buf[at + 2] & 15, buf[at + 2] >> 4)
        hz = 100 * get_u24(buf, at + 3)
        if self._region.hears(hz):
            self.rx2_hz = hz
        self.max_duty = buf[at + 6] & 15
        self.eirp = buf[at + 6] >> 4
        self.limit_dwell(self._region.dwell is not False and buf[at + 7] & 1 == 1, buf[at + 7] & 2 == 2)
