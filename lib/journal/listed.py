"""Which segments a journal has, and where a number may stand."""

import os

from journal.segment import path_of


class Listed:
    """The segment files in the folder `path`, by the first number of each."""

    def __init__(self, path: str) -> None:
        self.path = path
        self.firsts = []  # ascending; the last one is being written
        self.foreign = []  # of another version: left alone
        self.layout = 0  # how often records were moved
        self.errors = 0  # failed writes and deletes

    def holder(self, seq: int) -> int:
        """First seq of the segment where this number may stand, else of the oldest; -1 when there is none."""
        found = -1
        for first in self.firsts:
            if first <= seq or found < 0:
                found = first
        return found

    def after(self, first: int) -> int:
        """First seq of the segment after the one named; -1 when that is the newest."""
        for following in self.firsts:
            if following > first:
                return following
        return -1

    def leave(self, first: int) -> None:
        """This segment is of another version: not ours."""
        if first in self.firsts:
            self.firsts.remove(first)
            self.foreign.append(first)

    def remove(self, first: int) -> None:
        """Delete the file of a segment that is no longer listed."""
        try:
            os.remove(path_of(self.path, first))
        except OSError:
            self.errors += 1
