"""What each request of the network changes (TS001 sections 5.2 to 5.8): all of it or nothing, and the status that says which.

`c` is the `Commands` that the request came to; `buf[at:]` are its arguments.
"""

from lorawan.channels import get_u24
from micropython import const

LINK_ADR = const(0x03)
_DUTY_CYCLE = const(0x04)
_RX_PARAM = const(0x05)
_DEV_STATUS = const(0x06)
_NEW_CHANNEL = const(0x07)
_RX_TIMING = const(0x08)
_TX_PARAM = const(0x09)
_DL_CHANNEL = const(0x0A)

_KEEP = const(15)  # a data rate or power that is to stay as it is
_MASK_OK, _RATE_OK, _POWER_OK = 1, 2, 4  # LinkADRAns; RXParamSetupAns: channel, data rate, offset
_ALL_OK = const(7)


def link_adr(c, buf, at: int, count: int) -> int:
    """A block of LinkADRReq, `count` of them from buf[at] on, as one: the masks in order, the rest from the last."""
    mask_good = True
    for i in range(count):
        p = at + 5 * i
        one = c.channels.try_mask(buf[p + 4] >> 4 & 7, buf[p + 2] | buf[p + 3] << 8, i == 0)
        mask_good = mask_good and one
    p = at + 5 * (count - 1)
    dr, power = buf[p + 1] >> 4, buf[p + 1] & 15
    nb_trans = buf[p + 4] & 15 or 1
    if dr == _KEEP or not c.adr.on:
        dr = c.terms.dr
    if power == _KEEP or not c.adr.on:
        power = c.terms.power
    if not c.adr.on:
        nb_trans = c.terms.nb_trans
    status = _MASK_OK if mask_good and c.channels.trial_good(dr) else 0
    if dr <= c.region.top_dr and c.terms.capacity(dr) and c.channels.carry(dr, c.channels.trial):
        status |= _RATE_OK
    if power == c.terms.power or c.terms.can_power(power):
        status |= _POWER_OK
    if status == _ALL_OK:
        c.channels.take_trial()
        c.terms.dr, c.terms.power, c.terms.nb_trans = dr, power, nb_trans
    return status


def carry_out(c, cid: int, buf, at: int) -> int:
    """Any other request: its status; -1: it is unknown in this region, and passed over without an answer."""
    terms = c.terms
    if cid == _DUTY_CYCLE:
        terms.max_duty = buf[at] & 15
    elif cid == _RX_PARAM:
        return _rx_param(c, buf[at], 100 * get_u24(buf, at + 1))
    elif cid == _RX_TIMING:
        terms.delay_s = max(1, buf[at] & 15)
    elif cid == _TX_PARAM:
        if not c.region.dwell_settable:
            return -1
        terms.eirp = buf[at] & 15
        terms.limit_dwell(buf[at] & 0x10 != 0, buf[at] & 0x20 != 0)
        if not terms.capacity(terms.dr):
            terms.dr = terms.lowest_dr()
    elif cid == _NEW_CHANNEL:
        return -1 if c.region.fixed else c.channels.add(buf[at], 100 * get_u24(buf, at + 1), buf[at + 4])
    elif cid == _DL_CHANNEL:
        return -1 if c.region.fixed else c.channels.move_down(buf[at], 100 * get_u24(buf, at + 1))
    return 0


def _rx_param(c, settings: int, hz: int) -> int:
    offset, dr = settings >> 4 & 7, settings & 15
    status = _MASK_OK if c.region.hears(hz) else 0
    if c.terms.second_window(dr):
        status |= _RATE_OK
    if offset <= c.region.top_offset:
        status |= _POWER_OK
    if status == _ALL_OK:
        c.terms.rx1_offset, c.terms.rx2_dr, c.terms.rx2_hz = offset, dr, hz
    return status
