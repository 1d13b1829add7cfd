"""A device's MAC, a radio that does as it is told, and the other side of the air in a few lines, for the tests of lib/lorawan.

The other side uses the device's own `Key`: what that is worth is shown by published vectors (test_lorawan_crypto.py) and
against other implementations on the host (tests/host/test_lorawan_frames.py).
"""

from codec.fields import put_u16, put_u32
from cryptolib import aes
from lorawan.crypto import Key
from lorawan.mac import KEEP, LISTEN, NOTHING, SEND, STOP, Mac
from lorawan.regions.names import find
from lorawan.session import Otaa, session_keys
from ticks import add, diff

DEV_EUI = b"\x70\xb3\xd5\x7e\xd0\x00\x00\x01"
JOIN_EUI = b"\x70\xb3\xd5\x7e\xd0\x00\xff\xff"
APP_KEY = b"\x2b\x7e\x15\x16\x28\xae\xd2\xa6\xab\xf7\x15\x88\x09\xcf\x4f\x3c"
ADDR = b"\x11\x22\x33\x44"  # as on the air
NET_ID = b"\x13\x00\x00"
T0 = (1 << 30) - 30000  # ticks are about to wrap
NAMES = ("NOTHING", "KEEP", "SEND", "LISTEN", "STOP")


def lcg(seed):
    """The same numbers on every interpreter."""
    state = [seed & 0xFFFFFF]

    def below(n):
        state[0] = (state[0] * 5 + 0x3C6EF) & 0xFFFFFF
        state[0] ^= state[0] >> 7
        state[0] = (state[0] * 33 + 1) & 0xFFFFFF
        return (state[0] >> 4) % n

    return below


def join_accept(nonce, settings=0, delay=1, cflist=b"", key=APP_KEY, addr=ADDR):
    """As a network makes it: encrypted with the inverse cipher."""
    fields = bytes((nonce & 255, nonce >> 8 & 255, nonce >> 16)) + NET_ID + addr + bytes((settings, delay)) + cflist
    signed = b"\x20" + fields
    mic = bytes(Key(key).cmac(None, signed, len(signed))[:4])
    return b"\x20" + aes(key, 1).decrypt(fields + mic)


class Side:
    """The network's side of a session."""

    def __init__(self, keys, addr=ADDR):
        self.nwk = Key(keys[:16])
        self.app = Key(keys[16:])
        self.addr = addr
        self.counter = 0

    def _block(self, first, down, counter, last):
        block = bytearray(16)
        block[0] = first
        block[5] = down
        block[6:10] = self.addr
        put_u32(block, 10, counter)
        block[15] = last
        return block

    def down(self, port=-1, payload=b"", options=b"", confirmed=False, ack=False, pending=False, counter=-1, control=0):
        """A downlink; its counter is the next one unless told."""
        if counter < 0:
            counter = self.counter
            self.counter += 1
        frame = bytearray(8)
        frame[0] = 0xA0 if confirmed else 0x60
        frame[1:5] = self.addr
        frame[5] = len(options) | (0x20 if ack else 0) | (0x10 if pending else 0) | control
        put_u16(frame, 6, counter & 0xFFFF)
        frame = frame + bytearray(options)
        if port >= 0:
            body = bytearray(payload)
            key = self.app if port else self.nwk
            key.stream(self._block(1, 1, counter, 0), body, 0, len(body))
            frame = frame + bytearray((port,)) + body
        return bytes(frame + self._mic(1, frame, counter))

    def _mic(self, down, frame, counter):
        return bytearray(self.nwk.cmac(self._block(0x49, down, counter, len(frame)), frame, len(frame))[:4])

    def up(self, frame, counter):
        """(confirmed, control, options, port, payload) of an uplink; None when it is not genuine."""
        n = len(frame)
        if bytes(self._mic(0, frame[: n - 4], counter)) != bytes(frame[n - 4 :]):
            return None
        if frame[6] | frame[7] << 8 != counter & 0xFFFF or bytes(frame[1:5]) != self.addr:
            return None
        end = 8 + (frame[5] & 15)
        port = -1
        body = bytearray()
        if end < n - 4:
            port = frame[end]
            body = bytearray(frame[end + 1 : n - 4])
            key = self.app if port else self.nwk
            key.stream(self._block(1, 0, counter, 0), body, 0, len(body))
        return frame[0] == 0x80, frame[5] & 0xF0, bytes(frame[8:end]), port, bytes(body)


class Rig:
    """Runs a MAC with a radio that is always well; `store` says what becomes of KEEP."""

    def __init__(self, region="EU868", mac=None, t_ms=T0, store=True, **settings):
        self.t_ms = t_ms
        self.mac = mac or Mac(find(region), Otaa(DEV_EUI, JOIN_EUI, APP_KEY), t_ms, 7, **settings)
        self.store = store
        self.stored = []
        self.sent = []  # (t_ms, frame, freq_hz, sf, bw_hz)
        self.orders = []  # all that were given, but NOTHING
        self.side = None
        self.window = False

    def step(self):
        """One order, carried out as far as the radio goes; a window stays open."""
        mac = self.mac
        order = mac.step(self.t_ms)
        if order != NOTHING:
            self.orders.append(order)
        if order == KEEP:
            if self.store:
                self.stored.append(bytes(mac.kept()))
            mac.was_kept(self.store, self.t_ms)
        elif order == SEND:
            self.sent.append((self.t_ms, bytes(mac.frame[: mac.length]), mac.freq_hz, mac.sf, mac.bw_hz))
            self.window = False
            self.t_ms = add(self.t_ms, mac.sender.air_ms)
            mac.sent(self.t_ms)
        elif order == LISTEN:
            self.window = True
        elif order == STOP:
            self.window = False
        return order

    def until(self, orders, most_ms=100000):
        """Steps until one of these orders; False when none came in time. Windows that close in between are silent."""
        end = add(self.t_ms, most_ms)
        while diff(end, self.t_ms) > 0:
            order = self.step()
            if order in orders:
                return order
            if order == NOTHING:
                if self.window and not self.mac.continuous and self.mac.state in (4, 6):
                    self.t_ms = self.mac.close_ms
                    self.window = False
                    self.mac.silent(self.t_ms)
                else:
                    due = diff(self.mac.due_ms, self.t_ms)
                    self.t_ms = add(self.t_ms, max(1, min(due, diff(end, self.t_ms))))
        return False

    def hear(self, frame, snr=5):
        """The frame is received now, as far as its window is open."""
        if not self.mac.continuous and diff(self.mac.open_ms, self.t_ms) > 0:
            self.t_ms = self.mac.open_ms
        self.t_ms = add(self.t_ms, 60)
        self.window = self.window and self.mac.continuous
        self.mac.heard(frame, len(frame), -90, snr, self.t_ms)
        return self.mac.refusal

    def join(self, **accept):
        """Join, and know the session's other side."""
        mac = self.mac
        assert self.until((SEND,)) == SEND and self.sent[-1][1][0] == 0
        nonce = mac.stack.nonce - 1
        assert self.until((LISTEN,)) == LISTEN
        number = accept.pop("nonce", 1)
        frame = join_accept(number, **accept)
        assert self.hear(frame) == 0, mac.refusal
        assert mac.joined
        plain = bytes((number & 255, number >> 8 & 255, number >> 16)) + NET_ID
        self.side = Side(session_keys(Key(APP_KEY), plain, nonce))
        while self.step() != NOTHING:
            pass
        return self

    def send(self, payload=b"hello", port=1, confirmed=False, urgent=False):
        """Send; what went on the air, decrypted."""
        assert self.mac.send(port, payload, len(payload), confirmed, urgent, self.t_ms)
        return self.go()

    def go(self, most_ms=100000):
        """What goes on the air next, decrypted by the other side."""
        assert self.until((SEND,), most_ms) == SEND
        return self.side.up(self.sent[-1][1], self.mac.stack.session.up - 1)

    def silence(self):
        """Nobody answers; the exchange ends, unless it is repeated."""
        while self.mac.state not in (0, 7):
            self.until((), 1)

    def answer(self, *args, **named):
        """A downlink in the first window; why it was refused, or 0."""
        assert self.until((LISTEN,)) == LISTEN
        frame = self.side.down(*args, **named)
        refusal = self.hear(frame)
        self.settle()
        return refusal

    def settle(self):
        """Carry out what can be done without waiting."""
        while self.step() != NOTHING:
            pass
