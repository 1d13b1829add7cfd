"""What a journal must know before it gives records up: whoever delivers them tells it."""

from journal.frame import SEQ_MAX


class Keeper:
    """Whoever delivers the records; this one needs none of them, so that the oldest go."""

    keeps = 0  # kinds, as a bit set, of records that are not given up before they are delivered

    def delivered(self, first: int, last: int) -> bool:
        """Whether all records in this range of numbers are delivered; a quick answer that may say no too often."""
        return True

    def waits(self, seq: int) -> bool:
        """Whether this urgent record is not delivered yet."""
        return False

    def unread(self) -> int:
        """The number from which on no record has been read that is not urgent."""
        return SEQ_MAX + 1

    def gone(self, first: int, last: int, records: int, unread: int, t_ms: int) -> int:
        """`records` in this range are given up, `unread` of which nobody had read. Returns how many were not delivered.

        May append to the journal, to tell of it: such a record goes with the flush that is under way."""
        return 0
