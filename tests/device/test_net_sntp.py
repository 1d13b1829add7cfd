"""SNTP: the bytes of RFC 4330, and every answer that is none."""

from net import sntp

NONCE = b"\x01\x02\x03\x04\x05\x06\x07\x08"


def reply(seconds=3987705600, fraction=0x80000000, first=0x24, stratum=2, nonce=NONCE):
    """As a server writes it; 3987705600 is 2026-05-14 00:00 UTC (1900 + 46154 days, by datetime of CPython)."""
    buf = bytearray(sntp.SIZE)
    buf[0] = first
    buf[1] = stratum
    buf[24:32] = nonce
    buf[40:44] = seconds.to_bytes(4, "big")
    buf[44:48] = fraction.to_bytes(4, "big")
    return buf


def test_the_question():
    buf = bytearray(b"\xff" * sntp.SIZE)
    sntp.question(buf, NONCE)
    assert buf == b"\x23" + bytes(39) + NONCE


def test_the_time_is_that_of_the_server_and_half_of_the_way():
    # 2026-05-14 is 9630 days after 2000-01-01
    assert sntp.answer(reply(), sntp.SIZE, NONCE, 0) == (9630 * 86400, 500)
    assert sntp.answer(reply(), sntp.SIZE, NONCE, 300) == (9630 * 86400, 650)
    assert sntp.answer(reply(fraction=0xFFFFFFFF), 60 - 12, NONCE, 40) == (9630 * 86400 + 1, 19)
    assert sntp.answer(reply(first=0xE4 & 0x3F), sntp.SIZE, NONCE, 0) is not None  # version 4, server


def test_after_2036_the_seconds_have_wrapped():
    # 2036-02-07 06:28:16 UTC, 2^32 seconds after 1900, is 1139293696 s after 2000 (CPython's datetime)
    assert sntp.answer(reply(seconds=16), sntp.SIZE, NONCE, 0) == (1139293696 + 16, 500)


def test_what_is_no_answer():
    good = reply()
    assert sntp.answer(good, 47, NONCE, 0) is None and sntp.answer(good, 200, NONCE, 0) is None
    assert sntp.answer(good, sntp.SIZE, NONCE, 2001) is None and sntp.answer(good, sntp.SIZE, NONCE, -1) is None
    assert sntp.answer(reply(first=0x23), sntp.SIZE, NONCE, 0) is None  # a question
    assert sntp.answer(reply(first=0xE4), sntp.SIZE, NONCE, 0) is None  # a clock that is not synchronised
    for stratum in (0, 16, 255):
        assert sntp.answer(reply(stratum=stratum), sntp.SIZE, NONCE, 0) is None
    assert sntp.answer(reply(seconds=0), sntp.SIZE, NONCE, 0) is None
    for i in range(8):
        nonce = bytearray(NONCE)
        nonce[i] ^= 1
        assert sntp.answer(reply(nonce=nonce), sntp.SIZE, NONCE, 0) is None
