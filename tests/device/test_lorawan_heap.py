"""What a MAC costs in memory, and that waiting costs none: counted by `mem_total`, and under `heap_lock`.

A function with a large frame takes it from the heap and gives it back: `mem_total` counts that, `mem_alloc` does not.
"""

import gc
import sys

from lorawan_rig import APP_KEY, DEV_EUI, JOIN_EUI, T0, Rig

import micropython
from lorawan.mac import LISTEN, NOTHING, Mac
from lorawan.regions.names import NAMES, find
from lorawan.session import Otaa
from ticks import add

INTERPRETERS = ("mp64", "mp32")
JOINED_B = 6500  # a joined MAC on the 32-bit runtime, its region and keys included


def fresh(region):
    return Mac(find(region), Otaa(DEV_EUI, JOIN_EUI, APP_KEY), T0, 1)


def joined(region):
    return Rig(region).join().mac


def held(make, region):
    """Heap bytes that one more of these holds."""
    many = [None] * 4
    make(region)
    gc.collect()
    before = gc.mem_alloc()
    for i in range(4):
        many[i] = make(region)
    gc.collect()
    return (gc.mem_alloc() - before) // 4


def taken(step, times):
    """Heap bytes that steps at these times take, those of counting left out."""
    total = micropython.mem_total
    none = total()
    none = total() - none
    spent = 0
    for t_ms in times:
        before = total()
        step(t_ms)
        spent += total() - before - none
    return spent


def left(call):
    """Heap bytes of garbage that a call leaves."""
    gc.collect()
    gc.disable()
    before = gc.mem_alloc()
    call()
    after = gc.mem_alloc()
    gc.enable()
    return after - before


def wait_over(mac, times, orders):
    for t_ms in times:
        orders.add(mac.step(t_ms))


def test_a_mac_fits_its_share_of_the_heap():
    for name in NAMES:
        before = held(fresh, name)
        after = held(joined, name)
        print(name, "before the join", before, "joined", after)
        if sys.maxsize < 1 << 32:
            assert after <= JOINED_B, (name, after)


def test_waiting_takes_nothing_from_the_heap():
    rig = Rig().join()
    waits(rig, 0)
    rig = Rig(class_c=True).join()
    waits(rig, 0)
    rig = Rig("US915").join()
    waits(rig, 0)


def waits(rig, state):
    """200 steps of a shell that looks every 20 ms, in a state."""
    mac = rig.mac
    rig.until((), 4000)
    times = [add(rig.t_ms, 20 * i) for i in range(200)]
    orders = set()
    wait_over(mac, times, orders)
    micropython.heap_lock()
    for t_ms in times:
        mac.step(t_ms)
    micropython.heap_unlock()
    assert orders == {NOTHING} and mac.state == state
    assert taken(mac.step, times) == 0


def test_waiting_for_a_window_takes_nothing():
    rig = Rig().join()
    rig.send()
    times = [add(rig.t_ms, 20 * i) for i in range(30)]
    orders = set()
    wait_over(rig.mac, times, orders)
    assert taken(rig.mac.step, times) == 0
    assert rig.mac.state == 3 and orders == {NOTHING}


def test_an_uplink_leaves_no_garbage():
    rig = Rig().join()
    rig.mac.stack.duty.reserve[2] = 30000
    payload = bytes(range(40))
    rig.send()
    rig.silence()
    rig.settle()
    mac, t_ms = rig.mac, rig.t_ms

    def send():
        mac.send(1, payload, 40, False, False, t_ms)
        mac.step(t_ms)

    spent = left(send)
    assert mac.state == 2 and spent == 0, spent


def test_what_is_refused_leaves_no_garbage():
    rig = Rig(class_c=True).join()
    frame = bytearray(rig.side.down(5, b"all clear"))
    frame[-1] ^= 1
    mac, t_ms = rig.mac, rig.t_ms
    spent = left(lambda: mac.heard(frame, len(frame), -90, 5, t_ms))
    assert mac.refusal == 4 and spent == 0, spent


def test_a_downlink_leaves_no_garbage():
    rig = Rig().join()
    rig.send()
    rig.until((LISTEN,))
    mac, t_ms = rig.mac, rig.t_ms
    frame = rig.side.down(5, b"all clear", b"\x06\x03\x52\x07\x00\x01")
    spent = left(lambda: mac.heard(frame, len(frame), -90, 5, t_ms))
    assert mac.refusal == 0 and spent == 0, spent


def test_storing_leaves_no_garbage():
    rig = Rig().join()
    rig.send()
    rig.until((LISTEN,))
    rig.hear(rig.side.down(5, b"x"))
    mac, t_ms = rig.mac, rig.t_ms
    spent = left(lambda: mac.step(t_ms))
    assert mac._keeping and spent == 0, spent
