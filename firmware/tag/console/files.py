"""The journal's files over the service console: listed, hashed, read, a frame a round. See kinds.py.

The flash is read in pieces of eight frames, and no file stays open between two rounds: the journal writes meanwhile.
"""

import hashlib

from codec.fields import put_u32
from journal.segment import Source, size_of
from micropython import const
from tag.console.kinds import DATA, ENTRIES, FAILED, HASH, HEAD, NOTHING, READ

_PIECE = const(3840)


class Files:
    """Fills bodies for the desk. `step` gives how many bytes stand in the body after its head; negative: NOTHING or FAILED."""

    def __init__(self, journal) -> None:
        self._journal = journal
        self._source = Source(journal.path)
        self._piece = memoryview(bytearray(_PIECE))
        self._piece_at = self._piece_n = 0
        self._first = self._at = self._until = 0
        self._kind = 0
        self._digest = None

    def begin(self, kind: int, first: int, at: int, until: int) -> None:
        """What is asked for; `kind` 0: nothing."""
        self._kind = kind
        self._first = first
        self._at = at
        self._until = until
        self._piece_n = 0
        self._digest = hashlib.sha256() if kind == HASH else None

    def go_on(self, first: int, until: int) -> None:
        """The asker keeps up: read on to there."""
        if self._kind == READ and first == self._first:
            self._until = max(self._until, until)

    @property
    def waits(self) -> bool:
        """Whether there is something to do now."""
        return self._kind != 0 and (self._kind != READ or self._at < self._until)

    def step(self, body, t_ms: int) -> int:
        """A round."""
        if self._kind == READ:
            return self._read(body)
        if self._kind == HASH:
            return self._hash(body)
        return self._list(body, t_ms)

    def taken(self, n: int) -> None:
        """What `step` gave was sent."""
        if self._kind == READ and n > 4:
            self._at += n - 4
        else:
            self._kind = 0

    def _list(self, body, t_ms: int) -> int:
        journal = self._journal
        journal.flush(t_ms)
        at = HEAD
        for first in sorted(journal.firsts + journal.foreign):
            if first < self._first or at == HEAD + 8 * ENTRIES:
                continue
            try:
                put_u32(body, at + 4, size_of(journal.path, first))
            except OSError:
                continue  # gone meanwhile
            put_u32(body, at, first)
            at += 8
        return at - HEAD

    def _hash(self, body) -> int:
        left = self._until - self._at
        if left > 0:
            found = self._fill(left)
            if found <= 0:
                return FAILED
            self._digest.update(self._piece[:found])
            self._at += found
            return NOTHING
        if not isinstance(self._digest, bytes):
            self._digest = self._digest.digest()
        put_u32(body, HEAD, self._at)
        body[HEAD + 4 : HEAD + 36] = self._digest
        return 36

    def _read(self, body) -> int:
        at = self._at
        start = at - self._piece_at
        if not 0 <= start < self._piece_n:
            self._piece_at = at
            self._piece_n = self._fill(_PIECE)
            if self._piece_n < 0:
                return FAILED
            start = 0
        n = min(self._piece_n - start, DATA, self._until - at)
        put_u32(body, HEAD, at)
        body[HEAD + 4 : HEAD + 4 + n] = self._piece[start : start + n]
        return 4 + n

    def _fill(self, n: int) -> int:
        """Read up to n bytes of the file from `_at` on; how many there were, negative when it cannot be read."""
        found = FAILED
        try:
            found = self._source.read(self._first, self._at, self._piece[: min(n, _PIECE)])
        except (OSError, ValueError, OverflowError):  # an offset that no file has, for one
            pass
        try:
            self._source.close()
        except OSError:
            found = FAILED
        return found
