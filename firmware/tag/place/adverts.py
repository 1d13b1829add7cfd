"""What a Bluetooth LE advertisement says of who sends it: iBeacon, AltBeacon, Eddystone and Davy's own.

An advertisement is a row of structures `length u8 | type u8 | data` (Core Specification, vol. 3 part C, 11): the length counts type
and data, 0 ends the row. The first structure that is one of these tells:

    kind           structure, after its length                                identity          power, dBm at 1 m
    IBEACON        FF 4C00 02 15 | UUID 16 | major 2 | minor 2 | power i8     20 bytes          as said
    ALTBEACON      FF company 2 | BE AC | id 20 | power i8 | reserved         20 bytes          as said, 0 to -127
    EDDYSTONE_UID  16 AAFE 00 | power i8 | namespace 10 | instance 6          16 bytes          as said at 0 m, less 41
    EDDYSTONE_URL  16 AAFE 10 | power i8 | scheme u8 | text 0..17             scheme and text   as said at 0 m, less 41
    EDDYSTONE_TLM  16 AAFE 20 00 | mV u16 | temperature i8.8 | counters 8     none: it belongs to the address, not to an id
    DAVY_BEACON    FF FFFF "DV" 10 | power i8 | site u16 | number u16         site, number      as said
    DAVY_TAG       FF FFFF "DV" 11 | power i8 | hash 4 | alarms u16           hash of a tag     as said

Numbers are big endian but for company and service ids. Sources: Apple, Proximity Beacon Specification R1; AltBeacon Protocol
Specification v1.0; google/eddystone, its README files of UID (41 dB of loss in the first metre; 16 id bytes, RFU may be missing),
URL and TLM (unencrypted). Davy's own frames use 0xFFFF, which the Bluetooth SIG keeps for tests: a maker has an id of its own.

The air is hostile: whatever the bytes are, nothing raises, nothing is read beyond the end, nothing is allocated.
"""

from micropython import const

NONE = const(0)
IBEACON = const(1)
ALTBEACON = const(2)
EDDYSTONE_UID = const(3)
EDDYSTONE_URL = const(4)
DAVY_BEACON = const(5)
DAVY_TAG = const(6)
EDDYSTONE_TLM = const(7)

ID_MAX = const(20)
UNKNOWN = const(127)  # of a power
TAG_LENGTH = const(17)  # of Davy's frame of a tag, flags included

_MAKER = const(0xFF)
_SERVICE = const(0x16)
_LOSS_DB = const(41)
_TEST_ID = const(0xFF)


class Advert:
    """What the last `read` found; `ident` holds `size` bytes. Made once, used again and again."""

    def __init__(self) -> None:
        self.ident = bytearray(ID_MAX)
        self.kind = NONE
        self.size = 0
        self.power_dbm = UNKNOWN  # at 1 m
        self.alarms = 0  # DAVY_TAG: a bit each, events.ALARM_*
        self.battery_mv = 0  # EDDYSTONE_TLM; 0: not said
        self.temperature_q8 = -32768  # degrees C / 256; -32768: not said

    def read(self, buf, at: int, n: int) -> int:
        """The kind of the advertisement in buf[at : at + n]; NONE for whatever else it is. Never raises."""
        self.kind = NONE
        self.size = 0
        self.power_dbm = UNKNOWN
        self.alarms = 0
        end = min(at + n, len(buf))
        while 0 <= at < end - 1:
            length = buf[at]
            if not length or at + 1 + length > end:
                break  # the end, or a structure that was cut off
            if buf[at + 1] == _MAKER:
                self._maker(buf, at + 2, length - 1)
            elif buf[at + 1] == _SERVICE:
                self._service(buf, at + 2, length - 1)
            if self.kind:
                break
            at += 1 + length
        return self.kind

    def _maker(self, buf, at: int, n: int) -> None:
        """Data of a manufacturer, its company id first."""
        if n >= 25 and buf[at] == 0x4C and not buf[at + 1] and buf[at + 2] == 0x02 and buf[at + 3] == 0x15:
            self._take(IBEACON, buf, at + 4, 20, buf[at + 24], 0)
        elif n == 26 and buf[at + 2] == 0xBE and buf[at + 3] == 0xAC:
            self._take(ALTBEACON, buf, at + 4, 20, buf[at + 24], 0)
        elif n >= 10 and buf[at] == _TEST_ID == buf[at + 1] and buf[at + 2] == 0x44 and buf[at + 3] == 0x56:
            if buf[at + 4] == 0x10:
                self._take(DAVY_BEACON, buf, at + 6, 4, buf[at + 5], 0)
            elif buf[at + 4] == 0x11 and n >= 12:
                self._take(DAVY_TAG, buf, at + 6, 4, buf[at + 5], 0)
                self.alarms = buf[at + 10] << 8 | buf[at + 11]

    def _service(self, buf, at: int, n: int) -> None:
        """Data of a service, its 16-bit id first: Eddystone's is FEAA."""
        if n < 4 or buf[at] != 0xAA or buf[at + 1] != 0xFE:
            return
        frame = buf[at + 2]
        if frame == 0x00 and n >= 20:
            self._take(EDDYSTONE_UID, buf, at + 4, 16, buf[at + 3], _LOSS_DB)
        elif frame == 0x10 and 5 <= n <= 22:
            self._take(EDDYSTONE_URL, buf, at + 4, n - 4, buf[at + 3], _LOSS_DB)
        elif frame == 0x20 and n == 16 and not buf[at + 3]:
            self.kind = EDDYSTONE_TLM
            self.battery_mv = buf[at + 4] << 8 | buf[at + 5]
            self.temperature_q8 = ((buf[at + 6] << 8 | buf[at + 7]) ^ 0x8000) - 0x8000

    def _take(self, kind: int, buf, at: int, size: int, power: int, loss_db: int) -> None:
        ident = self.ident
        i = 0
        while i < size:
            ident[i] = buf[at + i]
            i += 1
        self.kind = kind
        self.size = size
        self.power_dbm = max(-127, (power ^ 0x80) - 0x80 - loss_db)


def tag_frame(buf, hash4, power_dbm: int, alarms: int) -> int:
    """Write what a tag says of itself, flags first, into `buf`; its length. Allocates nothing."""
    buf[0], buf[1], buf[2] = 2, 0x01, 0x06  # general discoverable, no BR/EDR
    buf[3], buf[4], buf[5], buf[6] = TAG_LENGTH - 4, _MAKER, _TEST_ID, _TEST_ID
    buf[7], buf[8], buf[9] = 0x44, 0x56, 0x11
    buf[10] = max(-127, min(126, power_dbm)) & 0xFF
    i = 0
    while i < 4:
        buf[11 + i] = hash4[i]
        i += 1
    buf[15] = alarms >> 8 & 0xFF
    buf[16] = alarms & 0xFF
    return TAG_LENGTH
