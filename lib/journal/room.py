"""Which segment to give up when there is no room for another: the one of least worth, the oldest among equals.

Who delivers the records knows their worth. Finding out may mean reading a whole segment, so only the few oldest are asked
about.
"""

from micropython import const

_LOOKS = const(4)


class Keeper:
    """Knows what the records are still worth; this one needs none of them, so that the oldest go."""

    def worth(self, first: int, last: int) -> int:
        """Of the records in this range of numbers: 0 all are delivered, 1 one is not, 2 one is not and is urgent."""
        return 0

    def gone(self, first: int, last: int) -> None:
        """They are about to be discarded; they can still be read."""


def least_worth(firsts, ends, keeper: Keeper) -> int:
    """Index of the segment to discard, given the first number of each and the one after it; never the newest."""
    index = 0
    least = 3
    for i in range(min(len(firsts) - 1, _LOOKS)):
        worth = keeper.worth(firsts[i], ends[i] - 1)
        if worth < least:
            least = worth
            index = i
        if worth == 0:
            break
    return index
