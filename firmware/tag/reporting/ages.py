"""How old records are, roughly: now and then a number and the time are noted together, so that what is too old can be told.

The time is the tag's own lower bound of it (tag/clock.py), which goes on over resets: nothing is taken for older than it is.
"""

from micropython import const

_NOTES = const(9)  # eight pauses between them


class Ages:
    """Notes that reach back `span_s`, as far apart as an eighth of it."""

    def __init__(self, span_s: int) -> None:
        self._span_s = span_s
        self._notes = [(0, 0)] * _NOTES  # (last number written by then, time), the newest last

    def note(self, seq: int, now_s: int) -> int:
        """`seq` is the last number written now; returns the last number that is older than the span, 0: none is known to be."""
        notes = self._notes
        if now_s < notes[-1][1]:  # a clock that was set back: all notes are of no use
            notes = self._notes = [(0, 0)] * _NOTES
        if self._span_s and now_s - notes[-1][1] >= self._span_s // (_NOTES - 1):
            notes.pop(0)
            notes.append((seq, now_s))
        old = 0
        for then, at_s in notes:
            if then and now_s - at_s >= self._span_s:
                old = then
        return old

    def packed(self) -> list:
        """Two numbers a note."""
        return [number for note in self._notes for number in note]

    def unpack(self, numbers) -> None:
        """Take over what `packed` gave."""
        self._notes = [(numbers[i], numbers[i + 1]) for i in range(0, 2 * _NOTES, 2)]


NUMBERS = 2 * _NOTES
