"""What goes over LoRaWAN, and when: records of the outbox as frames of the MAC, downlinks as messages.

    up    port 1   a batch: `length u8 | record`, again and again
          port 2   a part of a record too long for a frame (tag/reporting/fragments.py)
    down  port 1   message u8 | ident u16 | arguments (tag/reporting/messages.py)

Every frame asks the network to acknowledge it, which confirms all its records; without that they are tried again, later and
later. Urgent records go by themselves as soon as the band allows, out of the airtime that is kept for them (lorawan/duty.py, and
`alarms`), and cut off the repetitions of what is not urgent. Others wait for room for a whole frame, and while the airtime that
this site gives them is used up: it is refunded second by second, `air_s` an hour, and never more than that is saved up. Readings
wait altogether while a cheaper link is up.

    under way  means              then
    NOTHING    nothing of ours    what is due: BATCH; else the next part of a record that is too long: PART
    BATCH      a batch went       acknowledged: its records are delivered. NOTHING
    PART       a part went        acknowledged: the next one, and the last delivers the record; else the same once more,
                                  _TRIES times, then the record waits for its own next try. NOTHING

A network that has not answered for _FORGOTTEN frames, which takes days, has lost the session: the device joins anew.
"""

from array import array

import ticks
from journal.frame import MAX_RECORD
from lorawan.mac import ACKED, NONE
from micropython import const
from tag.events import MSG_ACK
from tag.reporting import fragments, messages
from tag.reporting.records import URGENT

BATCH_PORT = const(1)
PART_PORT = const(2)
MESSAGE_PORT = const(1)

NOTHING = const(0)
BATCH = const(1)
PART = const(2)

_PAYLOAD = const(242)
_TRIES = const(3)
_ALARM = const(21)  # bytes
_BRIEF = const(51)  # bytes that the lowest data rates carry, too
_BRIEF_MS = const(450)
_HOUR_S = const(3600)
# Airtime is counted in 1/36 ms: a second gives 10 * `air_s` of them, a millisecond of sending takes 36. All below 2^30.
_A_SECOND = const(10)
_A_MS = const(36)
_FORGOTTEN = const(1000)  # the 320th is at the lowest data rate: then some ten an hour


class LoraLink:
    """`mac` as lib/lorawan's, `uplink` one of the outbox's; `air_s` seconds of airtime an hour for what is not urgent, which leaves
    so much of the law's hour that `alarms` more can go: at the lowest data rates that is more than the MAC's share."""

    def __init__(self, mac, outbox, uplink, air_s: int, t_ms: int, alarms: int = 16) -> None:
        self._mac = mac
        self._outbox = outbox
        self._uplink = uplink
        self._air_s = air_s
        self._alarms = alarms
        self._air = self._air_most = air_s * 1000 * _A_MS
        self._air_ms = t_ms  # until then it was refunded
        self.under_way = NOTHING
        self._buf = bytearray(_PAYLOAD)
        # Of the batch under way: the uplink's own are those of the next one.
        self._seqs = array("I", [0] * len(uplink.batch.seqs))
        self._n = 0
        self._record = bytearray(0)  # made when a record is too long for the first time
        self._length = 0
        self._lane = uplink.kept  # the record's
        self._seq = 0  # its number; 0: none goes in parts
        self._part = self._parts = self._tries = 0
        self._urgent = False  # it is
        self._aired = False  # the frame under way
        self._was_joined = False
        self.refused = 0  # downlinks that are no messages

    def step(self, alone, well, t_ms: int):
        """Send what is due; the messages that have come, as (kind, ident, arguments...). `alone`: no cheaper link is up; `well`:
        the radio works, so that a frame would go out."""
        self._refund(t_ms)
        mac = self._mac
        outcome = mac.take_outcome()
        if outcome != NONE:
            self._came(outcome == ACKED, t_ms)
        self._uplink.hold = not alone
        if not mac.joined:
            self._was_joined = False
        else:
            if not self._was_joined:
                self._was_joined = True
                self._uplink.resume(t_ms)
            if well and (self.under_way == NOTHING or not mac.urgent):
                self._send(t_ms)
        return self._listen() if mac.down_port >= 0 else ()

    def on_air(self, ms: int) -> None:
        """A frame of the MAC goes out, of so many milliseconds."""
        self._aired = True
        if not self._mac.urgent:
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
        room = min(_PAYLOAD, mac.room(True, t_ms))
        if room <= 0:
            return  # also while a frame is under way that is not being repeated
        n = uplink.next_batch(self._buf, 0, room, t_ms, True)
        if n:
            self._send_batch(n, True, t_ms)
            return
        if self.under_way != NOTHING:
            return
        most = min(_PAYLOAD, mac.largest(True))
        # What is longer than a frame is, not what is longer than the last bit of a band's hour.
        if uplink.long and room >= most and not (self._seq and self._urgent):
            self._take(uplink.long, t_ms)
        if self._seq and self._urgent:
            self._send_part(room, most, t_ms)
            return
        room = self._plain_room(t_ms)
        if room <= 0:
            return
        if not self._seq:
            n = uplink.next_batch(self._buf, 0, room, t_ms)
            if n:
                self._send_batch(n, False, t_ms)
                return
            if uplink.long:
                self._take(uplink.long, t_ms)
        if self._seq:
            self._send_part(room, room, t_ms)

    def _plain_room(self, t_ms: int) -> int:
        """Bytes for what is not urgent: those of a whole frame or, where a whole one never fits into the hour, what does."""
        mac = self._mac
        room = min(_PAYLOAD, mac.room(False, t_ms)) if self._air > 0 else 0
        most = min(_PAYLOAD, mac.largest(False))
        if 0 < room < most and mac.wait_ms(most, False, t_ms) >= 0:
            return 0
        room = self._brief(room)
        if room <= 0 or mac.beyond_ms(self.left_ms(), t_ms) < mac.lasts_ms(room):
            return 0
        return room

    def left_ms(self) -> int:
        """Airtime that what is not urgent leaves for alarms."""
        return self._alarms * self._mac.lasts_ms(_ALARM)

    def _send_batch(self, n: int, urgent: bool, t_ms: int) -> None:
        mac = self._mac
        batch = self._uplink.batch
        if not mac.send(BATCH_PORT, self._buf, n, True, urgent, t_ms):
            self._uplink.hurry(t_ms)  # that was no try
            return
        if self.under_way != NOTHING:  # a frame that was being repeated has given way
            mac.take_outcome()
            self._came(False, t_ms)
        self.under_way = BATCH
        self._aired = False
        self._n = batch.n
        for i in range(batch.n):
            self._seqs[i] = batch.seqs[i]

    def _brief(self, room: int) -> int:
        """So many bytes that an alarm need not wait long for their exchange to end."""
        while room > _BRIEF and self._mac.lasts_ms(room) > _BRIEF_MS:
            room = max(_BRIEF, room * 3 // 4)
        return room

    def _take(self, lane, t_ms: int) -> None:
        """A record that is too long for a frame begins its way."""
        if not self._record:
            self._record = bytearray(MAX_RECORD)  # a newer firmware may have left longer ones than this one writes
        seq = lane.long
        self._lane = lane
        self._length = lane.whole(seq, self._record, t_ms)
        self._seq = seq if self._length else 0
        self._urgent = lane is self._uplink.kept and URGENT >> self._record[0] & 1 == 1
        self._part = self._parts = self._tries = 0

    def _send_part(self, room: int, most: int, t_ms: int) -> None:
        uplink = self._uplink
        parts = fragments.count(self._length, most)
        if not self._parts:
            self._parts = parts
        given_up = self._lane.window.find(self._seq) < 0 or (uplink.hold and self._lane is not uplink.kept)
        if given_up or not parts or parts > self._parts:
            # Another link has it, or is to; or the data rate has fallen: anew at its next try; where it fits at no rate, never.
            self._seq = 0
            return
        n = fragments.put(self._record, 0, self._length, self._part, self._parts, self._buf, 0)
        if n <= room and self._mac.send(PART_PORT, self._buf, n, True, self._urgent, t_ms):
            self.under_way = PART
            self._aired = False
            self._tries += 1

    def _came(self, acked, t_ms: int) -> None:
        """What became of the frame that was under way."""
        what = self.under_way
        self.under_way = NOTHING
        if what == BATCH and acked:
            self._outbox.ack(self._uplink, memoryview(self._seqs)[: self._n], t_ms)
        elif what == PART and acked:
            self._part += 1
            self._tries = 0
            if self._part == self._parts:
                self._outbox.ack(self._uplink, (self._seq,), t_ms)
                self._seq = 0
        elif what == PART and self._tries >= _TRIES:
            self._seq = 0
        if not self._aired:  # what the MAC must keep cannot be kept, or the radio did not take it: that was no try
            self._uplink.hurry(t_ms)
        if not acked and self._mac.stack.adr.count >= _FORGOTTEN:
            self._mac.rejoin(t_ms)

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
