"""Frames on a console: published CRC, every byte through, no control character towards a tag, text between, hostile bytes."""

import random
from binascii import crc32

from codec import hdlc


def frame(body, controls=hdlc.TO_COMPUTER):
    data = bytearray(body + bytes(hdlc.OVERHEAD))
    out = bytearray(2 * (len(body) + hdlc.OVERHEAD) + 2)
    return bytes(out[: hdlc.seal(data, len(body), out, controls)])


def found(receiver, stream):
    bodies = []
    for b in stream:
        if receiver.take(b):
            bodies.append(bytes(receiver.buf[: receiver.n]))
    return bodies


def test_the_crc_is_that_of_ieee_802_3_and_the_bytes_stand_as_in_rfc_1662():
    # the check value of CRC-32/ISO-HDLC in every catalogue
    assert frame(b"123456789") == b"~123456789\x26\x39\xf4\xcb~"
    assert frame(b"\x7e\x7d\x0a\x0d\x00")[1:9] == b"\x7d\x5e\x7d\x5d\x7d\x2a\x7d\x2d"


def test_the_room_of_a_frame_is_enough():
    assert len(frame(b"~" * hdlc.LARGEST)) <= hdlc.ROOM == 2 * (hdlc.LARGEST + hdlc.OVERHEAD) + 2


def test_every_byte_goes_through_both_ways():
    for controls in (hdlc.TO_COMPUTER, hdlc.TO_TAG):
        receiver = hdlc.Receiver()
        for start in range(0, 256, 64):
            body = bytes(range(start, start + 64))
            assert found(receiver, frame(body, controls)) == [body]


def test_towards_a_tag_no_control_character_and_towards_a_computer_no_line_end():
    random.seed(5)
    for _ in range(200):
        body = bytes([random.randrange(256) for _ in range(random.randrange(1, 60))])
        assert min(frame(body, hdlc.TO_TAG)) >= 0x20
        assert not set(frame(body)) & {0x0A, 0x0D, 0x11, 0x13}
        assert len(frame(body)) <= 2 * (len(body) + hdlc.OVERHEAD) + 2


def test_text_between_frames_and_shared_flags():
    receiver = hdlc.Receiver()
    one, two = frame(b"one"), frame(b"two")
    assert found(receiver, b"davy 12 alarm (4, 2)\r\n" + one + b"text ~ text\n" + two) == [b"one", b"two"]
    assert found(receiver, one + two[1:]) == [b"one", b"two"]
    assert found(receiver, b"~~~~" + one) == [b"one"]


def test_the_longest_body_fits_and_one_byte_more_does_not():
    receiver = hdlc.Receiver()
    assert found(receiver, frame(b"x" * hdlc.LARGEST)) == [b"x" * hdlc.LARGEST]
    assert found(receiver, frame(b"x" * (hdlc.LARGEST + 1))) == []
    assert found(receiver, frame(b"again")) == [b"again"]


def test_every_flipped_bit_and_every_cut_is_noticed():
    whole = frame(b"\x84\x07what stands in a file")
    for at in range(len(whole)):
        for bit in range(8):
            bad = bytearray(whole)
            bad[at] ^= 1 << bit
            got = found(hdlc.Receiver(), bad)
            assert got == [], (at, bit)
        assert found(hdlc.Receiver(), whole[:at]) == []
        receiver = hdlc.Receiver()
        assert found(receiver, whole[at:] + frame(b"next"))[-1] == b"next"


def test_garbage_never_passes_and_never_raises():
    random.seed(11)
    receiver = hdlc.Receiver()
    for _ in range(20000):
        assert not receiver.take(random.choice((0x7E, 0x7D, random.randrange(256))))
    assert found(receiver, b"~" + frame(b"still well")) == [b"still well"]


def test_an_empty_body_is_none():
    crc = crc32(b"")
    assert found(hdlc.Receiver(), b"~" + bytes([crc >> s & 255 for s in (0, 8, 16, 24)]) + b"~") == []
    assert found(hdlc.Receiver(), b"~ab~abc~") == []
