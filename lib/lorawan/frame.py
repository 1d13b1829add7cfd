"""PHY payloads (TS001 section 4): what stands where, and the order in which a downlink is doubted.

    data            MHDR | DevAddr 4 | FCtrl | FCnt 2 | FOpts 0-15 | FPort | payload | MIC 4
    join request    MHDR | JoinEUI 8 | DevEUI 8 | DevNonce 2 | MIC 4
    join accept     MHDR | JoinNonce 3 | NetID 3 | DevAddr 4 | DLSettings | RxDelay | CFList 0 or 16 | MIC 4
                    (all but MHDR encrypted)

    FCtrl up        ADR | ADRACKReq | ACK | ClassB | length of FOpts, 4 bit
    FCtrl down      ADR | -         | ACK | FPending | length of FOpts, 4 bit

Integers are little endian. A parser here takes any bytes whatsoever and gives a reason, a number of `REFUSALS`; nothing is
believed before the MIC is right, and nothing is changed before the whole frame is found good.
"""

from codec.fields import get_u16
from lorawan.session import COUNTER_MAX, MIC
from micropython import const

JOIN_REQUEST = const(0x00)
JOIN_ACCEPT = const(0x20)
UP_PLAIN = const(0x40)
DOWN_PLAIN = const(0x60)
UP_CONFIRMED = const(0x80)
DOWN_CONFIRMED = const(0xA0)

ADR = const(0x80)
ADR_ACK = const(0x40)
ACK = const(0x20)
PENDING = const(0x10)

OPTIONS_AT = const(8)
OPTIONS_MAX = const(15)
_CONTROL_AT = const(5)
_COUNTER_AT = const(6)
_LEAST = const(12)  # bytes of a data frame
TOP_PORT = const(223)  # of applications
LONGEST = const(255)

ACCEPTED = const(0)
SIZE = const(1)  # shorter than its fields, or longer than the data rate allows
KIND = const(2)  # no downlink of LoRaWAN R1
FOREIGN = const(3)  # another device's address, or no session
BAD_MIC = const(4)
REPLAY = const(5)  # genuine, with a counter that was there before
BODY = const(6)  # genuine, with a port or commands that may not be
CLASS_C = const(7)  # genuine, with MAC commands outside the windows of class A
BUSY = const(8)  # genuine, but the application has not taken the last one yet
UNASKED = const(9)  # a join accept that nobody waits for
OLD_NONCE = const(10)  # a join accept whose JoinNonce has not risen
REFUSALS = (
    "accepted",
    "size",
    "kind",
    "foreign",
    "mic",
    "replay",
    "body",
    "class C commands",
    "busy",
    "unasked",
    "join nonce",
)


class Downlink:
    """The last data frame looked at; its fields mean something only after `read` has given ACCEPTED."""

    def __init__(self) -> None:
        self.confirmed = False
        self.control = 0
        self.counter = 0
        self.options = 0  # bytes of FOpts, from OPTIONS_AT on
        self.port = -1
        self.at = 0  # of the payload
        self.n = 0

    def read(self, buf, n: int, session, longest: int) -> int:
        """Take buf[:n] apart and check all that does not depend on the state of the device; the payload stays encrypted."""
        if n < _LEAST or n > longest or n > len(buf):
            return SIZE
        if buf[0] != DOWN_PLAIN and buf[0] != DOWN_CONFIRMED:
            return KIND
        if not session.live:
            return FOREIGN
        for i in range(4):
            if buf[1 + i] != session.addr[i]:
                return FOREIGN
        low = get_u16(buf, _COUNTER_AT)
        last = session.down
        counter = low if last < 0 else (last & ~0xFFFF) | low
        older = last >= 0 and counter <= last
        if older:
            counter += 0x10000
        if counter > COUNTER_MAX or not session.genuine(buf, n - MIC, counter):
            return REPLAY if older and session.genuine(buf, n - MIC, counter - 0x10000) else BAD_MIC
        self.confirmed = buf[0] == DOWN_CONFIRMED
        self.control = buf[_CONTROL_AT]
        self.counter = counter
        self.options = self.control & 15
        port_at = OPTIONS_AT + self.options
        end = n - MIC
        if port_at > end:
            return BODY
        self.port = buf[port_at] if port_at < end else -1
        self.at = port_at + 1
        self.n = max(0, end - self.at)
        if self.port > TOP_PORT or (self.port == 0 and self.options):
            return BODY
        return ACCEPTED
