"""Runs on MicroPython: what lib/lorawan costs. Prints a line a thing: its name, and microseconds or bytes.

    MICROPYPATH=lib micropython bench/device/lorawan_mac.py

`send N` is `Mac.send` and the `step` that orders it: data rate, channel, encryption, MIC, account. `heard` is a genuine
downlink, `refused` one with a wrong MIC, `keep` the state that is stored. Heap is what one MAC with a given session holds, its
region and keys included.
"""

import gc
import time

from lorawan.mac import KEEP, LISTEN, SEND, Mac
from lorawan.regions.names import NAMES, find
from lorawan.session import Abp

ROUNDS = 200
KEYS = bytes(range(32))


def device(region):
    """A MAC that has its session."""
    return Mac(find(region), Abp(b"\1\2\3\4", KEYS[:16], KEYS[16:]), 0, 1)


def uplink(region, n):
    """Microseconds of an uplink of `n` bytes."""
    mac = device(region)
    stack = mac.stack
    payload = bytes(n)
    stack.terms.dr = 3 if region == "US915" else 5
    t_ms = spent = 0
    for _ in range(ROUNDS):
        stack.up_bound = stack.session.up + 2
        stack.duty.__init__(stack.region.bands, 0, t_ms)
        for i in range(len(stack.region.bands)):
            stack.duty.reserve[i] = 100000
        began = time.ticks_us()
        taken = mac.send(1, payload, n, False, False, t_ms)
        order = mac.step(t_ms)
        spent += time.ticks_diff(time.ticks_us(), began)
        if not taken or order != SEND:
            raise RuntimeError("not sent: %d" % order)
        mac.failed(t_ms)
    return spent // ROUNDS


def downlink(good):
    """Microseconds of a downlink of 32 bytes."""
    mac = device("EU868")
    session = mac.stack.session
    mac.class_c = True
    while mac.step(0) != LISTEN:
        mac.was_kept(True, 0)
    frame = bytearray(8 + 1 + 32 + 4)
    frame[0] = 0x60
    frame[1:5] = session.addr
    spent = 0
    for i in range(ROUNDS):
        frame[6] = i & 255
        frame[8] = 5
        mic = session._mic(1, frame, 41, i)
        frame[41:45] = mic[:4]
        if not good:
            frame[44] ^= 1
        began = time.ticks_us()
        mac.heard(frame, len(frame), -90, 5, 0)
        spent += time.ticks_diff(time.ticks_us(), began)
        if (mac.refusal == 0) != good:
            raise RuntimeError("refusal %d" % mac.refusal)
        mac.receiver.port = -1
    return spent // ROUNDS


def keep():
    """Microseconds of building the state to store."""
    mac = device("EU868")
    began = time.ticks_us()
    for _ in range(ROUNDS):
        mac.stack.save(0, -1, 0)
    return time.ticks_diff(time.ticks_us(), began) // ROUNDS


def heap(region):
    """Bytes that one more MAC holds."""
    many: list = [None] * 4
    device(region)
    gc.collect()
    before = gc.mem_alloc()
    for i in range(4):
        many[i] = device(region)
    gc.collect()
    return (gc.mem_alloc() - before) // 4


def main():
    """See the head of this file."""
    for n in (12, 40, 242):
        print("send %d us" % n, uplink("EU868", n))
    print("send 40 in US915 us", uplink("US915", 40))
    print("heard us", downlink(True))
    print("refused us", downlink(False))
    print("keep us", keep())
    for name in NAMES:
        mac = device(name)
        if KEEP == mac.step(0):
            mac.was_kept(True, 0)
        print("heap %s bytes" % name, heap(name))
        print("kept %s bytes" % name, len(mac.kept()))


main()
