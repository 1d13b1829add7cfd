"""The radio lent out between exchanges: only when nothing is under way, in the account like every frame, and given back."""

from lorawan_rig import Rig

from lora_airtime import airtime_ms
from lorawan.mac import KEEP, LISTEN, NOTHING, SEND
from lorawan.regions.names import NAMES, find
from ticks import add

N = 22


def lent(rig):
    """Borrows as a shell would: asks, and lets the MAC do what it must before."""
    if rig.mac.borrow(N, rig.t_ms):
        return True
    rig.settle()
    return rig.mac.borrow(N, rig.t_ms)


def test_the_account_is_kept_before_and_pays():
    rig = Rig().join()
    mac = rig.mac
    assert mac.common() == (869525000, 12, 125000) and mac.common_dbm() == 16
    band = mac.stack.region.band(869525000)
    before = mac.stack.duty.room_ms(band, True)
    kept = len(rig.stored)
    assert not mac.borrow(N, rig.t_ms) and mac.step(rig.t_ms) == KEEP  # there is no reserve in that band yet
    mac.was_kept(True, rig.t_ms)
    assert len(rig.stored) == kept and mac.borrow(N, rig.t_ms)
    ms = airtime_ms(N, 12, 125000, False)
    assert mac.stack.duty.room_ms(band, True) == before - ms and ms == 1319  # 40.25 symbols of 32.768 ms
    assert mac.step(rig.t_ms) == NOTHING and not mac.borrow(N, rig.t_ms)
    rig.t_ms = add(rig.t_ms, ms)
    mac.returned(rig.t_ms)
    assert mac.borrow(N, rig.t_ms)  # the reserve that was kept lasts for more than one


def test_what_was_lent_is_still_in_the_account_after_a_reset():
    rig = Rig().join()
    mac = rig.mac
    band = mac.stack.region.band(869525000)
    while mac.stack.duty.room_ms(band, True) > 300000:
        assert lent(rig)
        rig.t_ms = add(rig.t_ms, 1400)
        mac.returned(rig.t_ms)
    left = mac.stack.duty.room_ms(band, True)
    after = Rig(kept=(rig.stored[-1],), t_ms=rig.t_ms)
    assert 0 <= after.mac.stack.duty.room_ms(band, True) <= left


def test_the_hour_ends():
    rig = Rig().join()
    n = 0
    while lent(rig):
        n += 1
        rig.t_ms = add(rig.t_ms, 1400)
        rig.mac.returned(rig.t_ms)
    assert n == 360000 // 1319
    rig.until((), 3600000)
    rig.until((), 360000)
    assert lent(rig)


def test_not_while_something_is_under_way():
    rig = Rig().join()
    assert lent(rig)
    rig.mac.returned(rig.t_ms)
    assert rig.mac.send(1, b"hello", 5, False, False, rig.t_ms) and not rig.mac.borrow(N, rig.t_ms)
    assert rig.until((SEND,)) and not rig.mac.borrow(N, rig.t_ms)
    assert rig.until((LISTEN,)) and not rig.mac.borrow(N, rig.t_ms)
    rig.silence()
    assert rig.mac.borrow(N, rig.t_ms)
    # and what the application sends waits until it is given back
    assert rig.mac.send(1, b"hello", 5, False, True, rig.t_ms) and rig.mac.step(rig.t_ms) == NOTHING
    rig.mac.returned(rig.t_ms)
    assert rig.until((SEND,))


def test_class_c_listens_again():
    rig = Rig(class_c=True).join()
    assert rig.window and rig.mac.continuous
    assert lent(rig) and rig.mac.step(rig.t_ms) == NOTHING
    rig.mac.returned(rig.t_ms)
    assert rig.mac.step(rig.t_ms) == LISTEN and rig.mac.continuous
    rig.mac.returned(rig.t_ms)  # nothing was lent
    assert rig.mac.step(rig.t_ms) == NOTHING


def test_a_store_that_fails_lends_nothing_where_airtime_is_counted():
    for region in NAMES:
        rig = Rig(region).join()
        rig.store = False
        assert lent(rig) == (not find(region).bands), region


def test_a_device_that_never_joined_can_lend_too():
    rig = Rig()
    rig.mac._join_ms = add(rig.t_ms, 60000)  # between two attempts
    assert lent(rig)
