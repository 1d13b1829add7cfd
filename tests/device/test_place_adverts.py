"""Advertisements: published example frames field by field, hostile bytes, and that nothing is allocated."""

import random
from binascii import unhexlify

import micropython
from tag.place.adverts import (
    ALTBEACON,
    DAVY_BEACON,
    DAVY_TAG,
    EDDYSTONE_TLM,
    EDDYSTONE_UID,
    EDDYSTONE_URL,
    IBEACON,
    NONE,
    TAG_LENGTH,
    UNKNOWN,
    Advert,
    tag_frame,
)

# Frames from the tests of others: android-beacon-library (AltBeacon, Eddystone-UID), ble_monitor (iBeacon and TLM as captured),
# the Physical Web's Android scanner (URL, TLM).
IBEACON_FRAME = unhexlify("02011A1AFF4C000215E2C56DB5DFFB48D2B060D0F5A71096E000640000C5")
ALT_FRAME = unhexlify("02011a1bff1801beac2f234454cf6d4a0fadf2f4911ba9ffa600010002c509")
UID_FRAME = unhexlify("0201060303aafe1516aafe00e700010203040506070809010203040506")
URL_FRAME = unhexlify("0201060303AAFE1716AAFE10EE01626C7565636861726D626561636F6E7300")
TLM_FRAME = unhexlify("0201060303AAFE1116AAFE20000C6F1E000002006D41DB9AB6")
DAVY_FRAME = unhexlify("0201060BFFFFFF445610C501020304")
FRAMES = (IBEACON_FRAME, ALT_FRAME, UID_FRAME, URL_FRAME, TLM_FRAME, DAVY_FRAME)


def read(frame, at=0, n=None):
    advert = Advert()
    advert.read(frame, at, len(frame) if n is None else n)
    return advert


def ident(advert):
    return bytes(advert.ident[: advert.size])


def test_ibeacon_as_captured():
    advert = read(IBEACON_FRAME)
    assert advert.kind == IBEACON and advert.power_dbm == -59
    assert ident(advert) == unhexlify("E2C56DB5DFFB48D2B060D0F5A71096E0") + b"\x00\x64\x00\x00"  # major 100, minor 0


def test_altbeacon():
    advert = read(ALT_FRAME)
    assert advert.kind == ALTBEACON and advert.power_dbm == -59
    assert ident(advert) == unhexlify("2f234454cf6d4a0fadf2f4911ba9ffa6") + b"\x00\x01\x00\x02"


def test_eddystone_uid_with_and_without_its_reserved_bytes():
    for frame in (UID_FRAME, UID_FRAME[:7] + b"\x17" + UID_FRAME[8:] + b"\x00\x00"):
        advert = read(frame)
        assert advert.kind == EDDYSTONE_UID
        assert advert.power_dbm == -25 - 41  # E7 is -25 dBm at 0 m, and a metre loses 41 dB
        assert ident(advert) == unhexlify("00010203040506070809") + unhexlify("010203040506")


def test_eddystone_url():
    advert = read(URL_FRAME)
    assert advert.kind == EDDYSTONE_URL and advert.power_dbm == -18 - 41
    assert ident(advert) == b"\x01bluecharmbeacons\x00"  # https://www. ... .com/


def test_eddystone_telemetry_has_a_battery_and_no_identity():
    advert = read(TLM_FRAME)
    assert advert.kind == EDDYSTONE_TLM and advert.size == 0
    assert advert.battery_mv == 3183 and advert.temperature_q8 == 30 * 256
    assert advert.power_dbm == UNKNOWN


def test_davy_beacon_and_tag():
    advert = read(DAVY_FRAME)
    assert (advert.kind, ident(advert), advert.power_dbm) == (DAVY_BEACON, b"\x01\x02\x03\x04", -59)
    buf = bytearray(31)
    n = tag_frame(buf, b"abcd", -62, 0x0410)
    assert n == TAG_LENGTH == 17 and bytes(buf[:3]) == b"\x02\x01\x06"
    advert = read(buf, 0, n)
    assert (advert.kind, ident(advert), advert.power_dbm, advert.alarms) == (DAVY_TAG, b"abcd", -62, 0x0410)
    assert read(IBEACON_FRAME).alarms == 0


def test_one_advert_forgets_what_it_read_before():
    advert = Advert()
    for frame in FRAMES:
        advert.read(frame, 0, len(frame))
        assert advert.kind
        advert.read(b"\x02\x01\x06", 0, 3)
        assert (advert.kind, advert.size, advert.power_dbm, advert.alarms) == (NONE, 0, UNKNOWN, 0)


def test_in_the_middle_of_a_buffer_nothing_beyond_it_is_read():
    for frame in FRAMES:
        buf = b"\xff" * 7 + frame + b"\xff" * 40
        assert read(buf, 7, len(frame)).kind == read(frame).kind
        for n in range(len(frame)):
            assert read(buf, 7, n).kind in (NONE, read(frame, 0, n).kind)
        assert read(buf, 7, len(frame) - 1).kind == NONE  # a frame that was cut off says nothing


def test_the_structure_may_stand_anywhere_in_the_row():
    for frame in FRAMES[2:]:
        name = b"\x05\x09mine"
        assert read(name + frame).kind == read(frame).kind
    assert read(b"\x00" + IBEACON_FRAME).kind == NONE  # 0 ends the row


def test_hostile_bytes_never_raise():
    random.seed(7)
    advert = Advert()
    for turn in range(4000):
        frame = bytearray(FRAMES[turn % len(FRAMES)])
        for _ in range(random.getrandbits(3)):
            frame[random.getrandbits(8) % len(frame)] = random.getrandbits(8)
        advert.read(frame, 0, random.getrandbits(6))
        assert 0 <= advert.size <= 20 and -127 <= advert.power_dbm <= 127
    for buf in (b"", b"\xff", b"\x01", b"\x1f\xff", bytes(range(256)), b"\xff" * 255):
        for at in (-1, 0, 1, 300):
            for n in (-1, 0, 1, 31, 300):
                advert.read(buf, at, n)


def test_nothing_is_allocated():
    advert = Advert()
    buf = bytearray(31)
    hash4 = b"abcd"
    advert.read(IBEACON_FRAME, 0, len(IBEACON_FRAME))
    micropython.heap_lock()
    try:
        for frame in FRAMES:
            advert.read(frame, 0, len(frame))
        tag_frame(buf, hash4, -60, 3)
    finally:
        micropython.heap_unlock()
