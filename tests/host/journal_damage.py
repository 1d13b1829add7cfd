"""What may happen to a segment of a journal: one of six kinds of damage, by chance."""

import random
from collections.abc import Sequence


def damaged(data: bytes, others: Sequence[bytes], chance: random.Random) -> bytes:
    """`data` with a bit turned, its end gone, bytes overwritten, put in, taken from one of `others`, or said twice."""
    hurt = bytearray(data)
    at = chance.randrange(len(hurt))
    match chance.randrange(6):
        case 0:
            hurt[at] ^= 1 << chance.randrange(8)
        case 1:
            del hurt[at:]
        case 2:
            hurt[at : at + 64] = chance.randbytes(len(hurt[at : at + 64]))
        case 3:
            hurt[at:at] = chance.randbytes(chance.randrange(1, 300))
        case 4:
            hurt[at : at + 200] = chance.choice(others)[at : at + 200]
        case _:
            hurt[at:at] = hurt[max(0, at - 150) : at]
    return bytes(hurt)
