"""Calls for help from tag to tag, where no gateway hears: a plain broadcast on the channel that every class C tag listens to.

    0xE0 | version 1 << 4 | hops u8 | peer 4 | seq u32 | alarm u8 | state u8 | minute u16 | mac 8        22 bytes

0xE0 is a "proprietary" frame of LoRaWAN, which its devices pass over. `peer` are the last four bytes of the caller's tag id, `seq`
is the number of its alarm record, which never repeats, `minute` the time of day in minutes since 2000 modulo 65536, 0: not known.
The mac is by the site's key: nobody else can call, or pass a call on. Off until a site sets that key and allows it.

A tag calls when its alarm is on and no link has delivered the record in _ALONE_MS; again after 20 s, then 40, 80, 160 s, until
the record is delivered or the alarm is over; the end is said three times. Who hears a call shows it, and passes it on once, up to
two hops, after a pause by chance; a call that is heard again meanwhile was passed on by another. Not more than _RELAYS a minute.

What is known of each alarm of a peer:

    heard                                        then
    a seq below the last one of that alarm       a replay, or one that came late: nothing
    the same seq                                 a repetition: it lives on
    a higher seq                                 news: told, shown while `state` is not OFF, passed on
    a minute more than _OLD_MIN from ours        a replay of another day: nothing
    nothing for _SILENT_MS                       not calling any more, as far as anybody can hear
"""

import ticks
from codec.fields import get_u16, get_u32, put_u16, put_u32
from codec.mac import Mac
from micropython import const
from tag.events import ALARM_COUNT, ALARM_GAS_HIGH, ALARM_MAN_DOWN, ALARM_SOS, ESCALATED, OFF, PEER, PRE
from tag.reporting.relay import Relay

LENGTH = const(22)
_BODY = const(14)  # before the mac
_MHDR = const(0xE0)
_VERSION = const(0x10)
_ALONE_MS = const(15000)
_FIRST_MS = const(20000)
_LONGEST_MS = const(160000)
_ENDS = const(3)
_SILENT_MS = const(600000)
_OLD_MIN = const(3)
_PEERS = const(16)
CALLS = (ALARM_GAS_HIGH, ALARM_MAN_DOWN, ALARM_SOS)


class Shout:
    """`key` is the site's, `random_bits(n)` gives n random bits. The frame to send is in `frame`."""

    def __init__(self, key: bytes, tag_id: bytes, random_bits) -> None:
        self._mac = Mac(Mac(key).digest(b"davy shout 1"))
        self._me = bytes(tag_id[-4:])
        self._random_bits = random_bits
        self.frame = bytearray(LENGTH)
        self.minute = 0  # minutes since 2000 modulo 65536; 0: not known
        # own calls: alarm -> [seq, state, time of the next one, pause after it or, once OFF, how often it is still said]
        self._own = {}
        # (peer, alarm, seq, state, heard at), the latest last
        self._peers = []
        self._relay = Relay(random_bits)
        self.refused = 0

    # -- own calls -----------------------------------------------------------------------------------------------------

    def alarm(self, alarm: int, state: int, seq: int, t_ms: int) -> None:
        """An alarm of this tag has changed, and that record is on flash as number `seq`."""
        if alarm not in CALLS:
            return
        row = self._own.get(alarm)
        if row is None:
            if state > PRE:
                self._own[alarm] = [seq, state, ticks.add(t_ms, _ALONE_MS), 0]
        elif state > PRE:
            row[0], row[1] = seq, state  # and it keeps its time: however often it changes, it is not said more often
        elif row[3]:
            self._own[alarm] = [seq, OFF, t_ms, _ENDS]
        else:
            self._own.pop(alarm)  # nobody was told of it

    def delivered(self, seq: int) -> None:
        """A link has delivered this record: help is told."""
        for alarm in CALLS:
            if alarm in self._own and self._own[alarm][0] == seq:
                self._own.pop(alarm)

    def waits(self, t_ms: int) -> bool:
        """Whether `next` has something to broadcast."""
        for alarm in CALLS:
            row = self._own.get(alarm)
            if row and ticks.diff(t_ms, row[2]) >= 0:
                return True
        return self._relay.waits(t_ms)

    def next(self, t_ms: int) -> int:
        """Bytes to broadcast now, in `frame`; 0 for none. What is asked for is taken as sent."""
        for alarm in CALLS:
            row = self._own.get(alarm)
            if row and ticks.diff(t_ms, row[2]) >= 0:
                return self._call(alarm, row, t_ms)
        n = self._relay.next(self.frame, t_ms)
        if n:
            self._seal()
        return n

    def _call(self, alarm: int, row, t_ms: int) -> int:
        frame = self.frame
        frame[0] = _MHDR
        frame[1] = _VERSION
        frame[2:6] = self._me
        put_u32(frame, 6, row[0])
        frame[10] = alarm
        frame[11] = row[1]
        put_u16(frame, 12, self.minute)
        self._seal()
        pause_ms = _FIRST_MS
        if row[1] != OFF:
            pause_ms = row[3] = min(max(row[3] * 2, _FIRST_MS), _LONGEST_MS)
        elif row[3] > 1:
            row[3] -= 1
        else:
            self._own.pop(alarm)
        row[2] = ticks.add(t_ms, pause_ms + (pause_ms * self._random_bits(8) >> 10))
        return LENGTH

    def _seal(self) -> None:
        self._mac.sign(self.frame, _BODY)

    # -- those of others -----------------------------------------------------------------------------------------------

    def heard(self, buf, n: int, rssi_dbm: int, t_ms: int):
        """A frame from the air: the PEER event of what is new in it, else None. Never raises, whatever it holds."""
        if n != LENGTH or n > len(buf) or buf[0] != _MHDR or buf[1] & 0xF0 != _VERSION:
            return None  # not ours: the channel is everybody's
        if not self._mac.verify(buf, _BODY) or not self._sane(buf):
            self.refused += 1
            return None
        peer, seq, alarm = get_u32(buf, 2), get_u32(buf, 6), buf[10]
        before = -1
        for i in range(len(self._peers)):
            if self._peers[i][:2] == (peer, alarm):
                before = self._peers[i][2]
                if seq >= before:
                    self._peers.pop(i)
                break
        if seq < before:
            self.refused += 1
            return None
        self._peers.append((peer, alarm, seq, buf[11], t_ms))
        if seq == before:
            self._relay.again(peer, seq)
            return None
        del self._peers[:-_PEERS]
        self._relay.take(buf, t_ms)
        return (PEER, t_ms, peer, alarm, buf[11], rssi_dbm, buf[1] & 0x0F)

    def _sane(self, buf) -> bool:
        if bytes(buf[2:6]) == self._me or not 0 < buf[10] < ALARM_COUNT or buf[11] > ESCALATED:
            return False
        minute = get_u16(buf, 12)
        if not minute or not self.minute:
            return True  # one of us does not know what time it is: the number alone decides
        return (minute - self.minute + _OLD_MIN) & 0xFFFF <= 2 * _OLD_MIN

    def calls(self, t_ms: int) -> int:
        """The alarms (bits) for which somebody calls now."""
        found = 0
        for i in range(len(self._peers)):
            peer, alarm, seq, state, at_ms = self._peers[i]
            if state == OFF:
                continue
            if 0 <= ticks.diff(t_ms, at_ms) < _SILENT_MS:
                found |= 1 << alarm
            else:
                self._peers[i] = (peer, alarm, seq, OFF, at_ms)  # or it would call again when the ticks come round
        return found
