"""A tag's outbox over a real MAC, and a network that hears its frames, for the tests of tag/reporting/lora_link.py."""

from lorawan_rig import Rig
from test_outbox_uplinks import Tag

from lorawan.mac import LISTEN, SEND
from lorawan.states import FIRST
from tag import events
from tag.reporting.lora_link import BATCH_PORT, NOTHING, PART_PORT, LoraLink
from tag.reporting.records import decode
from ticks import add, diff

TEXT = "0123456789" * 12
ACK = {"ack": True}


class Station(Rig):
    """`network(up)` gives the answer to an uplink as arguments of `Side.down`; False: the answer gets lost, None: it was not heard.
    What went out is in `ups` (ms since the start, confirmed, port, payload, urgent), what arrived in `held`."""

    def __init__(self, air_s=3600, region="EU868", disk=None, least=21, dr=0, alarms=0, **settings):
        Rig.__init__(self, region, least=least, **settings)
        self.tag = Tag(disk)
        self.alone = True
        self.well = True
        self.ups = []
        self.orders_got = []
        self.held = {}  # number -> how often it came
        self.acked = set()  # the tag knows of these
        self.twice = []
        self.network = lambda up: ACK
        self.reply = None
        self.numbers = []  # what an acknowledgement now would deliver
        self.before = b""
        self.parts = {}
        self.link = LoraLink(self.mac, self.tag.outbox, self.tag.lora, air_s, self.t_ms, alarms)
        self.join()
        self.mac.stack.terms.dr = dr
        self.start_ms = self.t_ms

    def step(self):
        order = Rig.step(self)
        if order == SEND:
            self.link.on_air(self.mac.air_ms)
            if self.side and self.mac.joined:
                self._up()
        elif order == LISTEN and self.reply and self.mac.state == FIRST:
            reply, self.reply = self.reply, None
            frame = self.side.down(**reply)
            if self.hear(frame) == 0 and reply.get("ack"):
                self.acked.update(self.numbers)
        return order

    def _up(self):
        confirmed, _, _, port, payload = self.side.up(self.sent[-1][1], self.mac.stack.session.up - 1)
        self.ups.append((diff(self.t_ms, self.start_ms), confirmed, port, payload, self.mac.sender.urgent))
        self.reply = self.network(self.ups[-1])
        found, last = self._numbers(port, payload, self.reply is not None)
        self.numbers = found if last else []
        self.twice += [seq for seq in found if seq in self.acked]
        if self.reply is not None and self.sent[-1][1] != self.before:  # a repetition is known by its counter
            self.before = self.sent[-1][1]
            for seq in found:
                self.held[seq] = self.held.get(seq, 0) + 1

    def _numbers(self, port, payload, heard):
        """Of the records that this frame brings or makes whole; and whether an acknowledgement of it delivers them."""
        found = []
        last = True
        if port == BATCH_PORT:
            at = 0
            while at < len(payload):
                found.append(decode(payload, at + 1, at + 1 + payload[at])[1])
                at += 1 + payload[at]
        elif port == PART_PORT:
            many = (payload[2] & 15) + 1
            key = (payload[0], payload[1], many)
            have = self.parts.setdefault(key, {})
            if heard:
                have[payload[2] >> 4] = payload[3:]
            last = payload[2] >> 4 == many - 1
            if len(have) == many:
                found.append(decode(b"".join([have[i] for i in range(many)]))[1])
        return found, last

    def until(self, orders, most_ms=4 * 3600000):
        """As the rig's, and waits for the airtime that a join needs."""
        return Rig.until(self, orders, most_ms)

    def live(self, ms, stride_ms=200):
        """Time passes; the link is stepped as often as the tag's task does, or less often."""
        end = add(self.t_ms, ms)
        while diff(end, self.t_ms) > 0:
            self.orders_got += self.link.step(self.alone, self.well, self.t_ms)
            self.until((), min(stride_ms, diff(end, self.t_ms)))
        return self

    def ports(self):
        return [up[2] for up in self.ups]

    def done(self):
        """Whether this link has delivered everything."""
        return self.tag.lora.kept.drained() and self.tag.lora.bulk.drained() and self.link.under_way == NOTHING

    def put(self, event):
        self.tag.t_ms = self.t_ms
        seq = self.tag.outbox.put(event, self.t_ms)
        self.tag.journal.flush(self.t_ms)
        return seq

    def alarm(self, value=0):
        return self.put((events.ALARM, self.t_ms, events.ALARM_GAS_HIGH, events.ON, events.CH4, value))

    def reading(self, value=0):
        return self.put((events.READING, self.t_ms, events.CH4, 0, value))

    def long_alarm(self):
        """An urgent record of 132 bytes."""
        return self.put((events.CONFIG, self.t_ms, events.CODE_CORRUPT, TEXT))

    def long_reading(self, n=100):
        return self.put((events.SAMPLES, self.t_ms, 7, 0, bytes(n)))

    def order(self, *args, **named):
        """A downlink in the first window after an uplink of now."""
        before = self.network
        self.network = lambda up: dict(named, ack=True, port=args[0], payload=args[1])
        self.alarm()
        self.live(4000)
        self.network = before

    def end(self):
        self.tag.disk.unmount()
        assert self.twice == [], self.twice
