"""What goes into one frame: records, each as `length u8 | record`, and the numbers of those."""

from array import array

from codec.native import copy


class Batch:
    """`begin` on a stretch of a buffer; then `n` records end at `at`, and `seqs[:n]` are their numbers."""

    def __init__(self, most: int) -> None:
        self.seqs = array("I", [0] * most)
        self.n = 0
        self.at = 0
        self._end = 0
        self._buf = bytearray(0)

    def begin(self, buf, at: int, end: int) -> None:
        """Fill buf[at:end] from now on."""
        self._buf = buf
        self.at = at
        self._end = end
        self.n = 0

    @property
    def room(self) -> int:
        """Bytes left."""
        return self._end - self.at

    def add(self, source, start: int, n: int, seq: int) -> bool:
        """One more record of `n` bytes; False: there is no room."""
        at = self.at
        if at + n + 1 > self._end or self.n >= len(self.seqs):
            return False
        self._buf[at] = n
        copy(source, start, self._buf, at + 1, n)
        self.at = at + n + 1
        self.seqs[self.n] = seq
        self.n += 1
        return True
