"""A few numbers that must outlive a power cut, in one small file: `count u8 | count * u32 | crc u16`.

littlefs commits a file's new content as a whole when it is closed, so the file holds the old numbers or the new ones. A first write
that is cut leaves an empty file, which reads as None like a missing or damaged one: the owner then works the numbers out again.
"""

from codec.fields import get_u16, get_u32, put_u16, put_u32
from codec.native import crc16


def save(path: str, numbers) -> None:
    """Write the numbers; raises OSError when the filesystem refuses."""
    n = len(numbers)
    buf = bytearray(3 + 4 * n)
    buf[0] = n
    for i in range(n):
        put_u32(buf, 1 + 4 * i, numbers[i])
    put_u16(buf, 1 + 4 * n, crc16(buf, 0, 1 + 4 * n))
    with open(path, "wb") as file:
        file.write(buf)


def load(path: str, n: int):
    """The first `n` numbers as a list; None when there are none that can be trusted."""
    try:
        with open(path, "rb") as file:
            buf = file.read(3 + 4 * 255)
    except OSError:
        return None  # never written yet; a filesystem that fails will say so at the next save
    count = buf[0] if buf else 0
    end = 1 + 4 * count
    if count < n or len(buf) < end + 2 or get_u16(buf, end) != crc16(buf, 0, end):
        return None
    return [get_u32(buf, 1 + 4 * i) for i in range(n)]
