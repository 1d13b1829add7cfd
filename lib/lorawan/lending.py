"""The radio lent out between the MAC's own exchanges: frames of others on the channel of the second window, where every class C
device of a network listens. They cost airtime as all do, so they stand in the same account.

    lent      means                                 then
    no        the MAC has the radio                 `borrow` with everything idle, and airtime that is covered: yes
                                                    `borrow` with airtime that is not: KEEP is ordered, and asked again it is
    yes       somebody sends; `step` gives nothing  `returned`: no, and class C is told anew to listen
"""

from lora_airtime import airtime_ms
from lorawan.exchange import AWAKE, CONTINUOUS
from lorawan.orders import Orders
from lorawan.states import IDLE, NOTHING


class Lending(Orders):
    """`common` says where, `borrow` whether now."""

    lent = False

    def common(self):
        """(Hz, spreading factor, bandwidth in Hz) of the second window."""
        region, terms = self.stack.region, self.stack.terms
        return terms.rx2_hz, region.sf_of(terms.rx2_dr), region.bw_hz(terms.rx2_dr)

    def common_dbm(self) -> int:
        """The power allowed there."""
        return self.stack.terms.power_dbm(0, self.common()[2] == 500000, False)

    def borrow(self, n: int, t_ms: int) -> bool:
        """Whether a frame of `n` bytes without CRC may go there now. True: it counts as sent, and nothing else is ordered until
        `returned`. False: something is under way, the hour is used up, or the account is to be kept first: ask again after the
        next `step`."""
        duty = self.stack.duty
        duty.roll(t_ms)
        if self.lent or self.state != IDLE or self._keeping or self._stuck or self._silence.holds(t_ms):
            return False
        hz, sf, bw_hz = self.common()
        ms = airtime_ms(n, sf, bw_hz, False)
        band = self.stack.region.band(hz, bw_hz)
        if band < 0 or not duty.open(ms, True) >> band & 1:
            return False
        if not duty.covers(band, ms):
            self._lend_band, self._lend_ms = band, ms
            return False
        duty.charge(band, ms)
        self.lent = True
        return True

    def returned(self, t_ms: int) -> None:
        """What was borrowed for has ended, or failed."""
        if self.lent:
            self.lent = False
            self.stack.duty.roll(t_ms)
            self.stack.duty.ended()
            if self._radio == CONTINUOUS:
                self._radio = AWAKE

    def step(self, t_ms: int) -> int:
        """The next order."""
        return NOTHING if self.lent else super().step(t_ms)
