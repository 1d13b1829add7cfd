"""What goes over LoRaWAN, and when: records of the outbox as frames of the MAC, downlinks as messages.

    up    port 1   a batch: `length u8 | record`, again and again
          port 2   a part of a record too long for a frame (tag/reporting/fragments.py)
    down  port 1   message u8 | ident u16 | arguments (tag/reporting/messages.py)

Every frame asks the network to acknowledge it, which confirms all its records; without that they are tried again, later and later.
Urgent records go as soon as the band allows, out of the airtime that is kept for them (lorawan/duty.py). Others wait while the
airtime that this site gives them in an hour is used up (energy, and the turn of other tags); readings wait altogether while a
cheaper link is up.

    under way  means              then
    NOTHING    nothing of ours    what is due: BATCH; else the next part of a record that is too long: PART
    BATCH      a batch went       acknowledged: its records are delivered. NOTHING
    PART       a part went        acknowledged: the next one, and the last delivers the record; else the same once more,
                                  _TRIES times, then the record waits for its own next try. NOTHING
"""

import ticks
from lorawan.mac import ACKED, NONE
from micropython import const
from tag.events import MSG_ACK
from tag.reporting import fragments, messages
from tag.reporting.records import LARGEST

BATCH_PORT = const(1)
PART_PORT = const(2)
MESSAGE_PORT = const(1)

NOTHING = const(0)
BATCH = const(1)
PART = const(2)

_PAYLOAD = const(242)
_TRIES = const(3)
_BRIEF = const(51)  # bytes that the lowest data rates carry, too
_BRIEF_MS = const(450)
_HOUR_S = const(3600)
# Airtime is counted in 1/36 ms: a second gives 10 * `air_s` of them, a millisecond of sending takes 36. All below 2^30.
_A_SECOND = const(10)
_A_MS = const(36)


class LoraLink:
    """`mac` as lib/lorawan's, `uplink` one of the outbox's; `air_s` seconds of airtime an hour for what is not urgent."""

    def __init__(self, mac, outbox, uplink, air_s: int, t_ms: int) -> None:
        self._mac = mac
        self._outbox = outbox
        self._uplink = uplink
        self._air_s = air_s
        self._air = self._air_most = air_s * 1000 * _A_MS
        self._air_ms = t_ms  # until then it was refunded
        self.under_way = NOTHING
        self._buf = bytearray(_PAYLOAD)
        self._record = bytearray(0)  # made when a record is too long for the first time
        self._n = 0  # its length
        self._seq = 0  # its number; 0: none goes in parts
        self._part = self._parts = self._tries = 0
        self._urgent = self._urgent_parts = False
        self._was_joined = False
        self.refused = 0  # downlinks that are no messages

    def step(self, alone, t_ms: int):
        """Send what is due; the messages that have come, as (kind, ident, arguments...). `alone`: no cheaper link is up."""
        self._refund(t_ms)
        mac = self._mac
        outcome = mac.take_outcome()
        if outcome != NONE:
            self._came(outcome == ACKED, t_ms)
        if not mac.joined:
            self._was_joined = False
            return ()
        if not self._was_joined:
            self._was_joined = True
            self._uplink.resume(t_ms)
        self._uplink.hold = not alone
        if self.under_way == NOTHING:
            self._send(t_ms)
        return self._listen() if mac.down_port >= 0 else ()

    def on_air(self, ms: int) -> None:
        """A frame of so many milliseconds goes out."""
        if not self._urgent:
            self._air -= ms * _A_MS

    def _refund(self, t_ms: int) -> None:
        seconds = ticks.diff(t_ms, self._air_ms) // 1000
        if seconds > 0:
            self._air_ms = ticks.add(self._air_ms, seconds * 1000)
            self._air = min(self._air_most, self._air + min(seconds, _HOUR_S) * self._air_s * _A_SECOND)

    # -- up ------------------------------------------------------------------------------------------------------------

    def _send(self, t_ms: int) -> None:
        mac = self._mac
        uplink = self._uplink
        room = mac.room(False, t_ms) if self._air > 0 else 0
        plain = room > 0
        if not plain:
            room = mac.room(True, t_ms)
        if room <= 0:
            return
        room = self._brief(min(room, _PAYLOAD)) if plain else min(room, _PAYLOAD)
        # While a record goes in parts, nothing but alarms comes between them.
        n = uplink.next_batch(self._buf, 0, room, t_ms, not plain or self._seq > 0)
        if n:
            self._urgent = uplink.urgent
            if mac.send(BATCH_PORT, self._buf, n, True, self._urgent, t_ms):
                self.under_way = BATCH
            return
        if not self._seq and uplink.kept.long:
            self._take(uplink.kept, t_ms)
        elif not self._seq and plain and not uplink.hold and uplink.bulk.long:
            self._take(uplink.bulk, t_ms)
        if self._seq and (plain or self._urgent_parts):
            self._send_part(room, t_ms)

    def _brief(self, room: int) -> int:
        """So many bytes that an alarm need not wait long for their exchange to end."""
        while room > _BRIEF and self._mac.lasts_ms(room) > _BRIEF_MS:
            room = max(_BRIEF, room * 3 // 4)
        return room

    def _take(self, lane, t_ms: int) -> None:
        """A record that is too long for a frame begins its way."""
        if not self._record:
            self._record = bytearray(LARGEST)
        seq = lane.long
        self._n = lane.whole(seq, self._record, t_ms)
        self._seq = seq if self._n else 0
        self._urgent_parts = lane is self._uplink.kept
        self._part = self._parts = self._tries = 0

    def _send_part(self, room: int, t_ms: int) -> None:
        parts = fragments.count(self._n, room)
        if not self._parts:
            self._parts = parts
        if not self._parts or parts > self._parts:
            self._seq = 0  # the data rate has fallen: anew at its next try; where it fits at no rate, never
            return
        self._urgent = self._urgent_parts
        n = fragments.put(self._record, 0, self._n, self._part, self._parts, self._buf, 0)
        if self._mac.send(PART_PORT, self._buf, n, True, self._urgent, t_ms):
            self.under_way = PART
            self._tries += 1

    def _came(self, acked, t_ms: int) -> None:
        """What became of the frame that was under way."""
        what = self.under_way
        self.under_way = NOTHING
        if what == BATCH and acked:
            batch = self._uplink.batch
            self._outbox.ack(self._uplink, memoryview(batch.seqs)[: batch.n], t_ms)
        elif what == PART and acked:
            self._part += 1
            self._tries = 0
            if self._part == self._parts:
                self._outbox.ack(self._uplink, (self._seq,), t_ms)
                self._seq = 0
        elif what == PART and self._tries >= _TRIES:
            self._seq = 0

    # -- down ----------------------------------------------------------------------------------------------------------

    def _listen(self):
        mac = self._mac
        buf = mac.payload
        found = ()
        args = None
        if mac.down_port == MESSAGE_PORT and mac.down_length >= 3:
            args = messages.decode(buf[0], buf, 3, mac.down_length)
        if args is None or buf[0] == MSG_ACK:
            self.refused += 1  # the network's acknowledgement is the only one here
        else:
            found = ((buf[0], buf[1] | buf[2] << 8) + args,)
        mac.taken()
        return found
