"""Power cuts without living the same life again: the flash's operations are recorded once, then power fails at each of them.

What a cut leaves behind depends on the bytes on the flash alone: those of all operations before it, and what the one under way
has done. So one life is enough: `Tape` keeps every write and erase, with what had been promised when it began. `Replayed` plays
them back one by one; at each it shows the flash as the four kinds of cut leave it, lets a trial run on it, and takes the trial's
writes back.

`after` an operation is not tried: it leaves the same bytes as `before` the next one, with fewer promises.
"""

from array import array

from test_journal_rig import AFTER, BEFORE, BLOCK, ERASED, TORN, Flash

_STEPS = 4000
_SLAB = 240000
_slab = bytearray(_SLAB)  # what was written; made at once, while the heap is in one piece
_steps = array("I", bytes(16 * _STEPS))  # block, offset, bytes (0: erase), place in the slab


class Tape(Flash):
    """A flash that remembers what was done to it since it was new. One at a time: they share their memory."""

    def __init__(self, blocks):
        super().__init__(blocks)
        self.length = 0
        self._end = 0

    def step(self, i):
        """(block, offset, bytes written; None: an erase)."""
        n, at = _steps[4 * i + 2], _steps[4 * i + 3]
        return _steps[4 * i], _steps[4 * i + 1], memoryview(_slab)[at : at + n] if n else None

    def writeblocks(self, block, buf, offset=0):
        self._add(block, offset, buf)
        return super().writeblocks(block, buf, offset)

    def ioctl(self, op, arg):
        if op == 6:
            self._add(arg, 0, b"")
        return super().ioctl(op, arg)

    def _add(self, block, offset, data):
        i = 4 * self.length
        n = len(data)
        assert self._end + n <= _SLAB and self.length < _STEPS
        _slab[self._end : self._end + n] = data
        _steps[i], _steps[i + 1], _steps[i + 2], _steps[i + 3] = block, offset, n, self._end
        self._end += n
        self.length += 1


class Replayed(Flash):
    """The flash at a point of a tape. Whatever is written between `begin` and `undo` is taken back, and listed in `steps`."""

    def __init__(self, blocks):
        super().__init__(blocks)
        self._saved = {}
        self.trial = False
        self.steps = []

    def writeblocks(self, block, buf, offset=0):
        if self.trial:
            self._save(block)
            self.steps.append((block, offset, bytes(buf)))
        return super().writeblocks(block, buf, offset)

    def ioctl(self, op, arg):
        if op == 6 and self.trial:
            self._save(arg)
            self.steps.append((arg, 0, None))
        return super().ioctl(op, arg)

    def begin(self):
        """A trial begins: what it writes will be undone."""
        self.trial = True
        self.reads = 0
        self.steps = []

    def undo(self):
        """The flash is as it was when the trial began."""
        for block in self._saved:
            self.image[block * BLOCK : block * BLOCK + BLOCK] = self._saved[block]
        self._saved.clear()
        self.trial = False

    def step(self, step, cut=AFTER):
        """Do a step of a tape, wholly or as a cut leaves it."""
        block, offset, data = step
        if self.trial:
            self._save(block)
        at = block * BLOCK + offset
        if cut == BEFORE:
            return
        if data is None:
            n = BLOCK // 2 if cut == TORN else BLOCK
            self.image[at : at + n] = b"\xff" * n
        elif cut == ERASED:
            self.image[at : at + len(data)] = b"\xff" * len(data)
        else:
            n = len(data) // 2 if cut == TORN else len(data)
            self.image[at : at + n] = data[:n]

    def _save(self, block):
        if block not in self._saved:
            self._saved[block] = bytes(memoryview(self.image)[block * BLOCK : block * BLOCK + BLOCK])


def cuts_of(step):
    """The kinds of cut that leave bytes of their own: for an erase, done and erased again are the same."""
    return (BEFORE, TORN) if step[2] is None else (BEFORE, TORN, ERASED)
