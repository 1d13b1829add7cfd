"""What tag/hal/lora_port.py stands between, for its tests: a radio that says what a test wants, and a MAC that orders it.

`Radio` is the interface of drivers/lora_radio.py and no chip: what the drivers themselves make of a chip is tested with models of
the chips (test_drivers_sx126x.py, test_drivers_sx127x.py, test_hal_lora.py). Here it may say anything at any time."""

from drivers.lora_radio import FAULT, NOTHING, RECEIVED, SENT, SILENT
from lora_airtime import airtime_us, header_us
from lorawan import mac as lorawan
from ticks import add, diff

SAYS = (NOTHING, SENT, RECEIVED, SILENT, FAULT)


class Radio:
    """Does as it is told while `own` is set: sends, listens, falls silent; else it says `say`, once. `takes` is what it answers to
    orders, `did` what those were; `incoming` are (time at which it ends, frame)."""

    def __init__(self, own=False):
        self.own = own
        self.say = NOTHING
        self.takes = True
        self.working = True
        self.start_ms = 6
        self.frame = bytearray(255)
        self.length = self.rssi_dbm = self.snr_db4 = self.done_ms = 0
        self.did = []
        self.hears = False
        self.incoming = []
        self._over_ms = 0
        self._doing = NOTHING  # SENT, RECEIVED: with an end, SILENT: without
        self._at_ms = 0

    def poll(self, t_ms):
        if not self.own:
            said, self.say = self.say, NOTHING
            return said
        if self._doing == SENT and diff(t_ms, self._over_ms) >= 0:
            self._doing = NOTHING
            self.done_ms = self._over_ms
            return SENT
        if self._doing == RECEIVED or self._doing == SILENT:
            for i in range(len(self.incoming)):
                at_ms, frame = self.incoming[i]
                if diff(t_ms, at_ms) >= 0:
                    self.incoming.pop(i)
                    self.put(frame, at_ms)
                    if self._doing == RECEIVED:
                        self._doing = NOTHING
                    return RECEIVED
        if self._doing == RECEIVED and diff(t_ms, self._over_ms) >= 0:
            self._doing = NOTHING
            return SILENT
        return NOTHING

    def put(self, frame, at_ms=0):
        self.frame[: len(frame)] = frame
        self.length = len(frame)
        self.rssi_dbm, self.snr_db4, self.done_ms = -97, -21, at_ms

    def begin_send(self, buf, n, hz, sf, bw_hz, dbm, t_ms, inverted=False, preamble=8, crc=True):
        if self.takes:
            self.did.append(("send", t_ms, bytes(buf[:n]), hz, sf, bw_hz, dbm, inverted, preamble, crc))
            self._doing = SENT
            self._over_ms = add(t_ms, self.start_ms + airtime_us(n, sf, bw_hz, preamble, crc) // 1000 + 1)
        return self.takes

    def begin_receive(self, hz, sf, bw_hz, timeout_ms, t_ms, inverted=True, crc=False, preamble=8):
        if self.takes:
            self.did.append(("listen", t_ms, hz, sf, bw_hz, timeout_ms, inverted, crc))
            self._doing = RECEIVED if timeout_ms else SILENT
            self._over_ms = add(t_ms, self.start_ms + timeout_ms + header_us(sf, bw_hz, preamble) // 1000 + 1)
        return self.takes

    def hearing(self):
        return self.hears

    def sleep(self):
        self.did.append(("sleep",))
        self._doing = NOTHING

    def kinds(self):
        """What it was told, and forget it."""
        found = [did[0] for did in self.did]
        self.did.clear()
        return found


class Wants:
    """In a MAC's place: gives `orders` one after the other, and notes in `told` what it is told."""

    def __init__(self, t_ms):
        self.orders = []
        self.told = []
        self.frame = bytearray(b"frame")
        self.length = 5
        self.freq_hz, self.sf, self.bw_hz, self.power_dbm = 868100000, 12, 125000, 14
        self.air_ms = 1155
        self.open_ms = add(t_ms, 1000)
        self.close_ms = add(t_ms, 1400)
        self.continuous = False
        self.lends = False
        self.busy = 1

    def step(self, t_ms):
        return self.orders.pop(0) if self.orders else lorawan.NOTHING

    def kept(self):
        return b"state"

    def was_kept(self, ok, t_ms):
        self.told.append(("kept", ok))

    def sent(self, t_ms):
        self.told.append(("sent", t_ms))

    def refused(self, t_ms):
        self.told.append(("refused",))

    def failed(self, t_ms):
        self.told.append(("failed",))

    def silent(self, t_ms):
        self.told.append(("silent",))

    def heard(self, buf, n, rssi, snr, t_ms):
        self.told.append(("heard", bytes(buf[:n]), rssi, snr, t_ms))

    def hearing(self, t_ms):
        self.told.append(("hearing",))

    def returned(self, t_ms):
        self.told.append(("returned",))

    def borrow(self, n, t_ms):
        return self.lends

    def common(self):
        return 869525000, 12, 125000

    def common_dbm(self):
        return 16

    def busy_ms(self, t_ms):
        return self.busy


class Calls:
    """In a Shout's place: `due` frames to send; knows a frame that begins with its mark."""

    def __init__(self):
        self.frame = bytearray(22)
        self.due = 0
        self.empty = False

    def waits(self, t_ms):
        return self.due > 0

    def next(self, t_ms):
        self.due -= 1
        return 0 if self.empty else 22

    def heard(self, buf, n, rssi_dbm, t_ms):
        return ("event", n, rssi_dbm) if buf[0] == 0xE0 else None


class Air:
    """In a LoraLink's place."""

    def __init__(self):
        self.ms = 0

    def on_air(self, ms):
        self.ms += ms
