"""What the tag remembers: every event becomes a record in the journal, and at boot the alarms that nobody resolved return.

The journal is chained with the tag's key and takes what its partition can spare, less where two versions of the app need room
(`slots`). Segments that a later firmware has written in
another format are left alone, and the tag says so.

A journal that cannot take records any more raises the journal fault once, and ends it once it can again; the tag goes
on alarming without it.
"""

import binascii

from journal.capacity import RESERVE, SLOTS_RESERVE
from journal.log import FULL, Journal
from micropython import const
from tag import events
from tag.reporting.outbox import Outbox

JOURNAL = "/records"  # not "/journal": a folder in the root would hide the package of that name in /lib
CURSOR = "/outbox"
_LAST_PART = const(9)  # of the samples of an event
_LORA_S = const(900)


class Memory:
    """The journal and its outbox, as the shell uses them."""

    def __init__(self, core, random_bits, t_ms: int, settings, slots: bool = False) -> None:
        self._core = core
        self._fault = 0
        self._foreign = 0
        self._unkept = 0
        self._shout = None
        self._listener = None
        self.journal = Journal(
            JOURNAL, key=binascii.unhexlify(settings["key"]), reserve=SLOTS_RESERVE if slots else RESERVE
        )
        self.journal.open()
        self.outbox = outbox = Outbox(self.journal, CURSOR, random_bits)
        lora = settings["lora_region"]
        expiry_s = settings["expiry_h"] * 3600
        self.wifi = self.lora = None
        if settings["gateway_host"] or settings["mqtt_host"] or not lora:
            self.wifi = outbox.uplink(32, 1000, 30000, expiry_s)
        if lora:
            # An exchange takes some seconds. Beside Wi-Fi, old readings are left to that.
            self.lora = outbox.uplink(16, 5000, 300000, min(_LORA_S, expiry_s or _LORA_S) if self.wifi else expiry_s)
        outbox.open(t_ms)

    def call_by(self, shout) -> None:
        """Before `begin`: where the site allows calls from tag to tag, `shout` (tag/reporting/shout.py) hears of alarms."""
        self._shout = shout
        self.outbox.watch(shout.delivered)

    def tell(self, listener) -> None:
        """`listener(event, seq)` hears of all that is kept from now on."""
        self._listener = listener

    def begin(self, reset_cause: int, version: int, t_ms: int) -> None:
        """After a boot: bring back what was not resolved, then write that the tag has started."""
        unresolved = self.outbox.unresolved()
        for alarm, state, cause, value in unresolved:
            self.keep_all(self._core.restore(alarm, state, cause, value, t_ms))
        journal = self.journal
        boot = (events.BOOT, t_ms, reset_cause, version, journal.boot, journal.recovered, journal.damaged)
        seq = self.keep(boot)
        for alarm, state, cause, _ in unresolved:
            self._call(alarm, state, cause, seq, t_ms)
        journal.flush(t_ms)  # a tag that loses power again in a minute has still started

    def keep_all(self, found) -> None:
        """Remember what the core returned."""
        for event in found:
            self.keep(event)

    def keep(self, event) -> int:
        """Remember one event; one that is urgent is on flash when this returns. Its number, 0 when the journal refuses."""
        t_ms = event[1]
        if event[0] != events.SAMPLES:
            print("davy", t_ms, events.SCHEMA[event[0]][0], event[2:])
        seq = self.outbox.put(event, t_ms)
        if self._listener:
            self._listener(event, seq)
        if event[0] == events.ALARM:
            self._call(event[2], event[3], event[4], seq, t_ms)
        if event[0] == events.SAMPLES and event[3] == _LAST_PART:
            self.journal.flush(t_ms)  # once for the ten: after a fall anything may follow, a power cut too
        self._judge(t_ms)
        return seq

    def _call(self, alarm: int, state: int, cause: int, seq: int, t_ms: int) -> None:
        """Neighbours may have to hear of an alarm. One that the journal could not take has a number above all that it gave."""
        if self._shout and cause != events.CAUSE_DRILL:
            if not seq:
                self._unkept += 1
                seq = self.journal.next_seq + self._unkept
            self._shout.alarm(alarm, state, seq, t_ms)

    def tick(self, t_ms: int, now_s: int = 0) -> None:
        """Flush what has waited long enough; `now_s` now and then, as tag/clock.py has it."""
        self.outbox.tick(t_ms, now_s)
        self._judge(t_ms)

    def _judge(self, t_ms: int) -> None:
        foreign = len(self.journal.foreign)
        if foreign != self._foreign:
            self._foreign = foreign
            text = "%s: %d segments of another version, left alone" % (JOURNAL, foreign)
            self.keep((events.CONFIG, t_ms, events.CODE_CORRUPT, text))
        fault = self.journal.fault
        if fault != self._fault:
            self._fault = fault
            code = events.CODE_FULL if fault == FULL else events.CODE_FAILED
            self.keep_all(self._core.fault(events.FAULT_JOURNAL, code, 1 if fault else 0, t_ms))

    def close(self, t_ms: int) -> None:
        """Put everything on flash: somebody stops the tag on purpose."""
        self.outbox.close(t_ms)
