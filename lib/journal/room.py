"""Makes room for another segment: what is delivered goes first, then the oldest readings, an undelivered alarm never.

    chosen, never the newest            what becomes of it
    1  the oldest all of which is       the oldest segment of all: removed, once the next segment's head has said so (`low`);
       delivered                        another one: a gap behind the segment before, then removed
    2  else the oldest that is not      its undelivered urgent records are kept: behind the segment before it, if that has room
       compacted yet                    and the same key, else in its own file; without any, as 1
    3  else two compacted neighbours    joined, if they fit
    4  else none                        the journal is full

Every step is one commit of littlefs: cut between two, the journal holds some records twice, never fewer than it says. Where the
flash itself is full, because other files have eaten the reserve, the segment is always written anew in its own file, so that its
blocks are free before the next head is written.
"""

from journal.keeper import Keeper
from journal.segment import COMPACTED, GOOD, Source, size_of
from journal.survey import Survey, append, rewrite
from journal.walk import Walk
from micropython import const

_STEPS = const(4)  # segments dealt with for one place: a flush must end
_PLAIN = const(0)
_COMPACTED = const(1)
_EMPTY = const(2)  # compacted, nothing but gaps is left, and it must stay
_STUCK = const(3)  # cannot be read just now
_ENOENT = const(2)


class Room:
    """Gives up segments of a journal."""

    def __init__(self, journal) -> None:
        self._journal = journal
        self.walk = Walk()
        self._source = Source(journal.path)
        self._kinds = {}  # first -> _PLAIN ..., where it is known
        self._empty = {}  # first -> survey, of segments of which nothing is left but a gap
        self._joined = -1  # the journal's layout when no two segments could be joined
        self._removed = []  # surveys of segments that are given up, until the next head has said so

    def make(self, t_ms: int, now: bool = False) -> bool:
        """Win a place for one more segment; `now`: the flash is full, free some of it. Raises OSError."""
        if now:
            for survey in self._removed:
                if survey.size:
                    rewrite(self._journal, self.walk, survey, Keeper())
                    survey.size = 0  # its blocks are free now
                    return True
        won = 0
        for _ in range(_STEPS):
            i = self._choose(now)
            if i < 0:
                break
            try:
                won += self._give_up(i, t_ms, now)
            except OSError as e:
                first = self._journal.firsts[i]
                if not e.args or e.args[0] != _ENOENT:
                    self._kinds[first] = _STUCK
                    raise
                self._journal.firsts.remove(first)  # somebody has removed the file
                self._forget(first)
            if won >= (self._journal.segment_bytes if now else 1):
                break
        return won > 0

    def begin(self) -> None:
        """A new segment is about to be begun: its head can say that the oldest are empty."""
        firsts = self._journal.firsts
        while len(firsts) > 1 and firsts[0] in self._empty and self._empty[firsts[0]].after < self._journal.low:
            survey = self._empty[firsts[0]]
            survey.size = 0
            self._remove(survey)

    def written(self) -> None:
        """The next head is on flash: what it has given up may go."""
        while self._removed:
            self._journal.remove(self._removed.pop(0).first)

    def _choose(self, now: bool) -> int:
        """Index of the segment to deal with; -1 when nothing can be won."""
        firsts = self._journal.firsts
        for i in range(len(firsts) - 1):
            kind = self._kinds.get(firsts[i], _PLAIN)
            if (kind == _PLAIN or (kind == _COMPACTED and not now)) and self._journal.keeper.delivered(
                firsts[i], firsts[i + 1] - 1
            ):
                return i
        for i in range(len(firsts) - 1):
            if self._kind(firsts[i]) == _PLAIN:
                return i
        for first in firsts:
            if self._kinds.get(first) == _STUCK:
                self._kinds.pop(first)  # to be tried again
        return -1 if now else self._pair()

    def _pair(self) -> int:
        """Index of the second of two compacted segments that fit into one, or of the first when its gaps have an older key."""
        journal = self._journal
        if self._joined == journal.layout:
            return -1  # asked before
        sizes = [size_of(journal.path, first) for first in journal.firsts]
        for i in range(1, len(sizes) - 1):
            if sizes[i - 1] + sizes[i] <= journal.limit:
                one = self._head(journal.firsts[i - 1])
                two = self._head(journal.firsts[i])
                if one and two and one.key == two.key:
                    return i if one.maker == journal.chain.key_id else i - 1
        self._joined = journal.layout
        return -1

    def _kind(self, first: int) -> int:
        if first not in self._kinds:
            head = self._head(first)
            self._kinds[first] = _COMPACTED if head and head.flags & COMPACTED else _PLAIN
        return self._kinds[first]

    def _head(self, first: int):
        """The good head of a segment; None when it has none, or cannot be read."""
        try:
            return self.walk.head if self.walk.begin(self._source, first) == GOOD else None
        except OSError:
            return None
        finally:
            self._source.close()

    def _give_up(self, i: int, t_ms: int, now: bool) -> int:
        """Returns the places among the segments that are won, with `now` the bytes of flash."""
        journal = self._journal
        keeper = journal.keeper
        first = journal.firsts[i]
        survey = Survey(journal, self.walk, first, keeper)
        if survey.foreign:
            journal.leave(first)
            return 0 if now else 1
        oldest = i == 0 and survey.after < journal.low and survey.waiting == 0
        if oldest and not now:
            self._remove(survey)
            self._gone(survey, t_ms)
            return 1
        self._kinds[first] = _COMPACTED if survey.waiting else _EMPTY
        merged = i > 0 and not now and self._fits(survey, journal.firsts[i - 1])
        if merged:
            append(journal, self.walk, survey, keeper, journal.firsts[i - 1])
            if survey.waiting:
                self._kinds[journal.firsts[i - 1]] = _COMPACTED
            journal.firsts.pop(i)
            self._forget(first)
            journal.remove(first)
        elif survey.compacted and survey.records == survey.waiting and survey.head.maker == journal.chain.key_id:
            return 0  # nothing to win
        else:
            rewrite(journal, self.walk, survey, keeper)
            if survey.waiting == 0:
                self._empty[first] = survey
        journal.compactions += 1
        journal.layout += 1
        self._gone(survey, t_ms)
        if now:
            return survey.size
        return 1 if merged else 0

    def _remove(self, survey: Survey) -> None:
        """The oldest segment: `written` will remove its file."""
        self._journal.low = survey.last + 1
        self._journal.firsts.pop(0)
        self._forget(survey.first)
        self._removed.append(survey)

    def _forget(self, first: int) -> None:
        self._kinds.pop(first, None)
        self._empty.pop(first, None)

    def _fits(self, survey: Survey, to: int) -> bool:
        """Whether what is kept of a segment may stand behind the one before it."""
        head = self._head(to)
        if head is None or head.maker != self._journal.chain.key_id:
            return False
        if survey.waiting == 0:
            return True
        if survey.head is None or survey.head.key != head.key:
            return False
        return size_of(self._journal.path, to) + survey.bytes <= self._journal.limit

    def _gone(self, survey: Survey, t_ms: int) -> None:
        """Count and tell."""
        journal = self._journal
        records = survey.records - survey.waiting
        if records:
            journal.discarded += records
            journal.undelivered += journal.keeper.gone(survey.first, survey.last, records, survey.unread, t_ms)
