"""What a journal does at boot: finds its segments, its numbers and the end of its chain. Reads the newest segment only.

The file `state` holds the boot counter and the next seq of that boot: a floor, should the newest segment be lost; and how large
segments are and how many, since asking the file system how full it is costs thousands of reads.
"""

import os

from journal import marks
from journal.capacity import of_partition
from journal.replay import Replay
from journal.segment import TEMPORARY, files, first_of, size_of


def find(journal, floor: int) -> bool:
    """Make `journal` ready to append, with numbers from `floor` on or above. False when the flash refused something."""
    try:
        os.mkdir(journal.path)
    except OSError:
        pass  # it stands already; if it cannot be made, the listing says so
    state = marks.load(journal.path + "/state", 4)
    boot = -1  # not known
    next_seq = 1
    journal.low = 1
    try:
        journal.firsts, own, half = _listed(journal.path)
        if journal.reserve >= 0:
            if state and state[2]:
                journal.size(state[2], state[3])
            else:
                journal.size(*of_partition(journal.path, own, journal.reserve))
        while journal.firsts and size_of(journal.path, journal.firsts[-1]) == 0:
            journal.remove(journal.firsts.pop())  # power was cut between making a segment and its first flush
        while journal.firsts:
            found = Replay(journal, journal.room.walk)
            next_seq = max(next_seq, found.next_seq)
            if not found.foreign:
                boot = _take(journal, found)
                break
            journal.leave(journal.firsts[-1])
        while len(journal.firsts) > 1 and journal.firsts[0] < journal.low:
            journal.remove(journal.firsts.pop(0))  # given up; power was cut before their files were removed
        if half:
            journal.remove(-1)  # a segment that was not written anew to its end
    except OSError:
        return False  # not open: numbers already used are not known, so none may be given out
    if state:
        floor = max(floor, state[1])
        if boot < 0 or (state[0] - boot) & 0xFFFF < 0x8000:  # the later of the two; the counter wraps
            boot = state[0]
        if not journal.firsts and state[1] > 1:  # there was a journal, and it is lost
            journal.chained = state[1] - 1
            journal.linked = False
    if floor > next_seq:
        next_seq = floor
        journal.writer.seal()  # numbers inside a segment have no gaps
    journal.boot = (max(boot, 0) + 1) & 0xFFFF
    journal.next_seq = next_seq
    journal.flushed_seq = next_seq - 1
    try:
        plan = (journal.segment_bytes, journal.max_segments) if journal.reserve >= 0 else (0, 0)
        marks.save(journal.path + "/state", (journal.boot, next_seq) + plan)
    except OSError:
        journal.errors += 1
        return False
    return True


def _take(journal, found: Replay) -> int:
    """Go on where the newest segment ends; returns its boot counter."""
    journal.chained = found.after
    journal.link = found.link
    journal.linked = found.linked
    journal.low = found.low
    journal.recovered = journal.firsts[-1] - journal.firsts[0] + found.records
    journal.damaged = found.damaged
    if found.intact:
        journal.writer.resume(journal.firsts[-1], found.size)
    return found.boot


def measure(journal) -> None:
    """How large segments may become and how many there may be, as full as the partition is now. Raises OSError."""
    _, own, _ = _listed(journal.path)
    journal.size(*of_partition(journal.path, own, journal.reserve))


def _listed(folder: str) -> tuple:
    """(first seq of each segment, ascending; bytes of them all; whether there is a half-written one)."""
    firsts = []
    own = 0
    half = False
    for name, size in files(folder):
        first = first_of(name)
        if first >= 0:
            firsts.append(first)
            own += size
        half = half or name == TEMPORARY
    firsts.sort()
    return firsts, own, half
