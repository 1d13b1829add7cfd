"""Frames between tag and gateway over a link without security of its own (Wi-Fi UDP): layout, and the tag's end.

Up:    0xD1 | tag id 8 | boot nonce 4 | counter u32 | heard u32 | records u8 | (length u8 | record)* | mac 8
Down:  0xD2 | tag id 8 | boot nonce 4 | counter u32 | message u8 | ident u16 | body | mac 8
       body: the message's arguments, tag/reporting/messages.py

Integers are little endian. mac = first 8 bytes of HMAC-SHA256 over all before it. Each direction has its own key, derived from the
tag's key, so a frame cannot be turned round. The nonce is random for each boot of the tag and names a session; a downlink echoes it
and its counter must rise, so nothing said in an earlier session or earlier in this one is ever acted on again. `heard` is the last
downlink counter the tag accepted: a restarted gateway goes on above it. A tag that was never heard cannot be spoken to.

A decoder takes any bytes whatsoever and gives a message, or None with the reason in `refusal`, counted in `stats`. Checks
run in the order of REFUSALS; nothing is believed before the mac is right. The gateway's end is `link_gateway`.
"""

from codec.fields import get_u16, get_u32, put_u32
from codec.mac import SIZE, Mac
from micropython import const
from tag.reporting import messages

UP = const(0xD1)
DOWN = const(0xD2)
ID_BYTES = const(8)
NONCE_AT = const(9)
COUNTER_AT = const(13)
HEARD_AT = const(17)
RECORDS_AT = const(21)
UP_HEADER = const(22)
MESSAGE_AT = const(17)
IDENT_AT = const(18)
DOWN_HEADER = const(20)
MAC_BYTES = SIZE
MAX_FRAME = const(1200)
COUNTER_MAX = const(0x3FFFFFFF)

ACCEPTED = const(0)
SHORT = const(1)
MAGIC = const(2)
FOREIGN = const(3)
BAD_TAG = const(4)
REPLAY = const(5)
BAD_BODY = const(6)
REFUSALS = ("accepted", "short", "magic", "foreign", "bad tag", "replay", "bad body")


def direction_keys(key: bytes) -> tuple:
    """(Mac for uplinks, Mac for downlinks) of a tag's key of 16 or 32 bytes."""
    if len(key) != 16 and len(key) != 32:
        raise ValueError("a link key has 16 or 32 bytes, not %d" % len(key))
    master = Mac(key)
    return Mac(master.digest(b"davy link 1 up")), Mac(master.digest(b"davy link 1 down"))


def same(buf, at: int, data) -> bool:
    """Whether buf[at:] begins with `data`; the caller keeps the range inside the buffer."""
    for i in range(len(data)):
        if buf[at + i] != data[i]:
            return False
    return True


class Link:
    """The tag's end: `build` the next uplink in `buf`, `receive` a downlink."""

    def __init__(self, tag_id: bytes, key: bytes, nonce: bytes, max_frame: int = MAX_FRAME) -> None:
        if len(tag_id) != ID_BYTES or len(nonce) != 4:
            raise ValueError("a tag id has 8 bytes and a nonce 4")
        self._up, self._down = direction_keys(key)
        self._max = max_frame
        self.buf = bytearray(max_frame)
        self.buf[0] = UP
        self.buf[1:NONCE_AT] = tag_id
        self.buf[NONCE_AT:COUNTER_AT] = nonce
        self._session = bytes(self.buf[1:COUNTER_AT])
        self.counter = 0  # of the last uplink
        self.heard = 0  # of the last downlink accepted
        self.refusal = ACCEPTED
        self.stats = [0] * len(REFUSALS)

    def build(self, uplink, t_ms: int, hello: bool = False, urgent_only: bool = False) -> int:
        """Bytes of the next frame in `buf`; 0 when the outbox has nothing to send. `hello` sends an empty frame all the same."""
        if self.counter >= COUNTER_MAX:
            return 0  # 34 years at a frame a second: a restart begins a new session
        n = uplink.next_batch(self.buf, UP_HEADER, self._max - UP_HEADER - MAC_BYTES, t_ms, urgent_only)
        if n == 0 and (not hello or urgent_only):
            return 0
        self.counter += 1
        put_u32(self.buf, COUNTER_AT, self.counter)
        put_u32(self.buf, HEARD_AT, self.heard)
        self.buf[RECORDS_AT] = uplink.batch_records if n else 0
        return self._up.sign(self.buf, UP_HEADER + n)

    def numbers(self) -> tuple:
        """Numbers of the records in `buf`, as `build` has left it."""
        found = []
        at = UP_HEADER
        for _ in range(self.buf[RECORDS_AT]):
            found.append(get_u32(self.buf, at + 2))  # after its length and kind
            at += 1 + self.buf[at]
        return tuple(found)

    def receive(self, frame, n: int) -> "tuple | None":
        """(message, ident, args...) of the downlink in frame[:n], as MSG_HELP, ident, alarm; None when refused."""
        message = None
        refusal = self._refuse(frame, n)
        if refusal == ACCEPTED:
            self.heard = get_u32(frame, COUNTER_AT)
            args = messages.decode(frame[MESSAGE_AT], frame, DOWN_HEADER, n - MAC_BYTES)
            if args is None:
                refusal = BAD_BODY
            else:
                message = (frame[MESSAGE_AT], get_u16(frame, IDENT_AT)) + args
        self.refusal = refusal
        self.stats[refusal] += 1
        return message

    def _refuse(self, frame, n: int) -> int:
        if n < DOWN_HEADER + MAC_BYTES or n > len(frame):
            return SHORT
        if frame[0] != DOWN:
            return MAGIC
        if not same(frame, 1, self._session[:ID_BYTES]):
            return FOREIGN
        if not self._down.verify(frame, n - MAC_BYTES):
            return BAD_TAG
        if not same(frame, 1, self._session) or get_u32(frame, COUNTER_AT) <= self.heard:
            return REPLAY
        return ACCEPTED
