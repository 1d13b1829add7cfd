"""What must outlive a power cut, as one object of bytes that the shell stores when the MAC orders KEEP.

    format u8 | region u8 | serial u16 | guard 18 | what lorawan/stack.py writes | guard 18 | crc16

    guard      next DevNonce u16 | last JoinNonce u32 (all ones: none) | next FCntUp u32 |
               last FCntDown u32 (all ones: none) | owner u16 | crc16

The counters in it are bounds: what is below them may have been used, what is not was never used. So a state that was stored
and a power cut right after it give at worst numbers that are skipped, never one that is used twice.

**Damage.** The shell should store each state in two files, both before it says `was_kept`; the MAC is given both at boot,
and takes the newer one (`serial`, which wraps) that is whole. When none is whole, the guards at both ends of each are tried
by themselves: the highest one found gives the counters, and the rest is as in a new device. When not even a guard is left,
the state is *lost*, and the MAC neither joins nor sends until it is told numbers that were surely not used (`Mac(...,
floor=n)`). An object without bytes is what littlefs leaves of a first write that was cut: it counts as not there.

**Another owner.** `owner` tells keys apart. After new keys the session and JoinNonce of the old ones are worth nothing; the
DevNonce goes on all the same, and so does the account of airtime.
"""

from codec.fields import get_u16, get_u32, put_u16, put_u32
from codec.native import crc16
from micropython import const

FORMAT = const(1)
NONE = const(0xFFFFFFFF)
GUARD_AT = const(4)
GUARD = const(18)
_WRAP = const(0x8000)


class Counters:
    """The numbers of a guard."""

    def __init__(self) -> None:
        self.dev_nonce = 0
        self.join_nonce = -1
        self.up = 0
        self.down = -1

    def save(self, buf, at: int, owner: int) -> None:
        """A guard into buf[at:]."""
        put_u16(buf, at, self.dev_nonce)
        put_u32(buf, at + 2, NONE if self.join_nonce < 0 else self.join_nonce)
        put_u32(buf, at + 6, self.up)
        put_u32(buf, at + 10, NONE if self.down < 0 else self.down)
        put_u16(buf, at + 14, owner)
        put_u16(buf, at + 16, crc16(buf, at, at + 16))

    def raise_to(self, buf, at: int, owner: int) -> bool:
        """Take the numbers of a guard where they are higher; False when it is not whole."""
        if at < 0 or at + GUARD > len(buf) or get_u16(buf, at + 16) != crc16(buf, at, at + 16):
            return False
        self.dev_nonce = max(self.dev_nonce, get_u16(buf, at))
        if get_u16(buf, at + 14) == owner:
            self.join_nonce = max(self.join_nonce, _number(buf, at + 2))
            self.up = max(self.up, get_u32(buf, at + 6))
            self.down = max(self.down, _number(buf, at + 10))
        return True


def whole(buf, size: int, region: int) -> bool:
    """Whether these bytes are a state of this size and region, as it was written."""
    good = len(buf) == size and buf[0] == FORMAT and buf[1] == region
    return good and get_u16(buf, size - 2) == crc16(buf, 0, size - 2)


def owner_of(buf) -> int:
    """Whose it is."""
    return get_u16(buf, GUARD_AT + 14)


def newest(copies, size: int, region: int):
    """The newest whole state among the copies; None when there is none."""
    best = None
    for buf in copies:
        if whole(buf, size, region) and (best is None or _later(buf, best)):
            best = buf
    return best


def salvage(copies, counters: Counters, owner: int) -> bool:
    """What the guards of all copies say; False when they say nothing."""
    found = False
    for buf in copies:
        found = counters.raise_to(buf, GUARD_AT, owner) or found
        found = counters.raise_to(buf, len(buf) - 2 - GUARD, owner) or found
    return found


def write(buf, region: int, counters: Counters, owner: int) -> None:
    """Write the parts of a state that stand here, last of all; the serial goes up."""
    buf[0] = FORMAT
    buf[1] = region
    put_u16(buf, 2, get_u16(buf, 2) + 1)
    counters.save(buf, GUARD_AT, owner)
    counters.save(buf, len(buf) - 2 - GUARD, owner)
    put_u16(buf, len(buf) - 2, crc16(buf, 0, len(buf) - 2))


def _number(buf, at: int) -> int:
    """A number that may be none, -1."""
    number = get_u32(buf, at)
    return -1 if number == NONE else number


def _later(a, b) -> bool:
    return (get_u16(a, 2) - get_u16(b, 2)) & 0xFFFF < _WRAP
