"""What the journal remembers of the alarms: the last state of each, so that a latched alarm survives a power cut.

A row an alarm id: state, cause, value of its last ALARM record. An alarm is unresolved while its state is not OFF.
The rows pack into one number each, so that they can be kept beside the outbox's cursors and only newer records need
be replayed at boot.
"""

from journal.reader import Reader
from tag import events
from tag.reporting.records import decode

IDS = events.ALARM_COUNT  # id 0 is no alarm; its row stays zero


class Recall:
    """Last known state of every alarm."""

    def __init__(self) -> None:
        self._rows = [(events.OFF, 0, 0)] * IDS

    def note(self, alarm: int, state: int, cause: int, value: int) -> None:
        """An alarm has changed; an id this tag does not know is left alone."""
        if 0 < alarm < IDS:
            self._rows[alarm] = (state, cause, value)

    def note_record(self, buf, start: int, end: int) -> None:
        """Learn from a record; all but ALARM are passed over. Raises FieldError when it is cut short."""
        if buf[start] == events.ALARM:
            values = decode(buf, start, end)[4]
            self.note(values[0], values[1], values[2], values[3])

    def unresolved(self) -> list:
        """[(alarm, state, cause, value), ...] of the alarms that are not OFF, by ascending priority."""
        return [(alarm,) + self._rows[alarm] for alarm in range(IDS) if self._rows[alarm][0] != events.OFF]

    def packed(self) -> list:
        """One number an alarm id: state | cause << 8 | value << 16."""
        return [state & 0xFF | (cause & 0xFF) << 8 | (value & 0xFFFF) << 16 for state, cause, value in self._rows]

    def unpack(self, numbers) -> None:
        """Take over what `packed` gave."""
        for alarm in range(1, IDS):
            n = numbers[alarm]
            value = n >> 16 & 0xFFFF
            self._rows[alarm] = (n & 0xFF, n >> 8 & 0xFF, value - 0x10000 if value & 0x8000 else value)


def unresolved(journal, from_seq: int = 1) -> list:
    """Replay the journal: [(alarm, state, cause, value), ...] of the alarms whose last record says they are not OFF."""
    recall = Recall()
    reader = Reader(journal)
    reader.seek(from_seq)
    while reader.next(1 << events.ALARM):
        recall.note_record(reader.buf, reader.start, reader.end)
    return recall.unresolved()
