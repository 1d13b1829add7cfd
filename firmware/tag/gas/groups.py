"""Mixtures: gases that act alike are judged together, each by its share of its own limit.

The sum of a group reaches a level of each of its gases that has a share in it: as an amount of that gas, sum * level, so that
it compares with the level like a reading. A gas without a sensor has no share; one whose share is not known now keeps the
others' causes: what is unknown takes none away.
"""

from tag.gas import table
from tag.gas.limits import ROW
from tag.gas.mixture import add


def mixed(rows) -> bool:
    """Whether a profile has a mixture that is judged at every reading."""
    for at in range(0, len(rows), ROW):
        if rows[at + table.KIND] == table.MIXTURE and not rows[at + table.FLAGS] & table.BASIS:
            return True
    return False


def mix(channels, channel, now) -> None:
    """Judge the mixtures of a channel: those of the reading (`now`), or those of the minute."""
    for i in range(channel.often, len(channel)):
        if channel.get(i, table.KIND) == table.MIXTURE:
            basis = channel.get(i, table.FLAGS) & table.BASIS
            if (basis == 0) == now:
                _judge(channels, channel, i)


def _judge(channels, channel, i: int) -> None:
    total = _sum(channels, channel.get(i, table.GROUP))
    amount = 0
    if channel.share(i) >> 1:
        amount = (total >> 1) * channel.level(i) >> 12  # below 2^30, as both factors are below 2^15
    channel.mix(i, amount, not total & 1)


def _sum(channels, group: int) -> int:
    """Twice the sum in q12, and 1 when a share of it is not known."""
    total = 0
    for n in range(len(channels)):
        total = _add(total, channels[n], group)
    return total


def _add(total: int, channel, group: int) -> int:
    if not channel.life:
        return total  # a gas without a sensor has no share
    for i in range(channel.often, len(channel)):
        kind = channel.get(i, table.KIND)
        if kind == table.MIXTURE and channel.get(i, table.GROUP) == group:
            total = _more(total, channel, i)
    return total


def _more(total: int, channel, i: int) -> int:
    share = channel.share(i)
    return add(total >> 1, share >> 1, channel.level(i)) << 1 | (total | share) & 1
