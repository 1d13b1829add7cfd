"""Rows of integers and text, CRC and copy: limits, truncation, and reference values from elsewhere."""

import micropython
from codec.fields import TEXT_MAX, FieldError, get_u16, get_u32, pack, put_u16, put_u32, size, unpack
from codec.native import copy, crc16

ALL = "BbHhI"
TEXT = "Bs"
BYTES = "Bx"


def raises(function, *args):
    try:
        function(*args)
    except FieldError:
        return True
    return False


def test_little_endian_without_padding():
    buf = bytearray(20)
    end = pack(ALL, (1, -2, 0x0304, -5, 0x06070809), buf, 2)
    assert end == 12
    # reference: struct.pack("<BbHhI", 1, -2, 0x0304, -5, 0x06070809) on CPython 3.11
    assert bytes(buf[2:12]) == b"\x01\xfe\x04\x03\xfb\xff\x09\x08\x07\x06"
    assert unpack(ALL, buf, 2, 12) == (1, -2, 0x0304, -5, 0x06070809)
    assert size(ALL) == 10 and size(TEXT) == 1


def test_every_integer_saturates_at_both_ends():
    for kind, low, high in (
        ("B", 0, 255),
        ("b", -128, 127),
        ("H", 0, 65535),
        ("h", -32768, 32767),
        ("I", 0, 4294967295),
    ):
        for value, stored in (
            (low, low),
            (low - 1, low),
            (-(2**40), low),
            (high, high),
            (high + 1, high),
            (2**40, high),
            (0, 0),
            (low + 1, low + 1),
            (high - 1, high - 1),
        ):
            buf = bytearray(4)
            end = pack(kind, (value,), buf, 0)
            assert unpack(kind, buf, 0, end) == (stored,), (kind, value)


def test_truncation_is_one_named_error_at_every_length():
    buf = bytearray(10)
    pack(ALL, (1, 2, 3, 4, 5), buf, 0)
    for end in range(10):
        assert raises(unpack, ALL, buf, 0, end), end
    assert raises(unpack, ALL, buf, 0, 11)  # a length that points outside the buffer
    assert raises(pack, ALL, (1, 2, 3), bytearray(20), 0)
    assert raises(pack, ALL, (1, 2, 3, 4, 5, 6), bytearray(20), 0)


def test_bytes_of_a_newer_version_are_ignored():
    assert unpack("BH", b"\x01\x02\x03\xff\xff\xff", 0, 6) == (1, 0x0302)


def test_text_is_cut_at_a_character():
    buf = bytearray(200)
    for text in ("", "a", "\u00e4" * 10, "\u20ac" * 200, "ab" + "\U0001f525" * 60, "x" * 300):
        end = pack(TEXT, (7, text), buf, 0)
        value = unpack(TEXT, buf, 0, end)
        assert value[0] == 7 and text.startswith(value[1])
        assert end - 1 <= TEXT_MAX
        if value[1] != text:
            assert end - 1 > TEXT_MAX - 4
    for room in range(1, 12):  # a short buffer cuts it too
        small = bytearray(room)
        end = pack(TEXT, (7, "\u20ac\u20ac\u20ac"), small, 0)
        assert end == 1 + (room - 1) // 3 * 3 if room < 10 else end == 10
        assert unpack(TEXT, small, 0, end)[1] == "\u20ac" * ((end - 1) // 3)


def test_bytes_come_back_as_they_are_and_are_cut_to_their_limit_and_the_buffer():
    buf = bytearray(200)
    for n in (0, 1, 119, 120, 121, 300):
        data = bytes([(7 * i) & 255 for i in range(n)])
        end = pack(BYTES, (9, data), buf, 0)
        assert end == 1 + min(n, TEXT_MAX) and unpack(BYTES, buf, 0, end) == (9, data[:TEXT_MAX])
    small = bytearray(4)
    assert pack(BYTES, (9, b"abcdef"), small, 0) == 4 and small == b"\x09abc"


def test_text_that_is_no_utf8_does_not_spoil_the_row():
    assert unpack(TEXT, b"\x01ok\xff\xfe!", 0, 6) == (1, "ok??!")


def test_small_numbers():
    buf = bytearray(6)
    put_u16(buf, 0, 0x1234)
    put_u32(buf, 2, 0x89ABCDEF)
    assert bytes(buf) == b"\x34\x12\xef\xcd\xab\x89"
    assert get_u16(buf, 0) == 0x1234 and get_u32(buf, 2) == 0x89ABCDEF


def test_crc_published_and_independent_values():
    # CRC-16/CCITT-FALSE: check value of the CRC catalogue (Greg Cook); the others by binascii.crc_hqx(data, 0xFFFF) on CPython 3.11
    assert crc16(b"123456789", 0, 9) == 0x29B1
    assert crc16(b"xx123456789yy", 2, 11) == 0x29B1
    assert crc16(b"", 0, 0) == 0xFFFF
    assert crc16(b"\x00", 0, 1) == 0xE1F0
    assert crc16(b"\xff" * 32, 0, 32) == 0x75F8
    assert crc16(bytes(range(256)), 0, 256) == 0x3FBD


def test_crc_finds_every_single_and_double_bit_error_of_a_frame():
    data = bytearray(range(40, 60))
    good = crc16(data, 0, 20)
    for i in range(160):
        data[i >> 3] ^= 1 << (i & 7)
        assert crc16(data, 0, 20) != good
        for j in range(i):
            data[j >> 3] ^= 1 << (j & 7)
            assert crc16(data, 0, 20) != good
            data[j >> 3] ^= 1 << (j & 7)
        data[i >> 3] ^= 1 << (i & 7)


def test_copy_touches_only_its_range():
    target = bytearray(b"." * 10)
    copy(b"abcdefgh", 2, target, 3, 4)
    assert target == b"...cdef..."
    copy(b"abc", 0, target, 0, 0)
    assert target == b"...cdef..."


def test_packing_integers_crc_and_copy_do_not_allocate():
    buf = bytearray(32)
    values = (1, -2, 0x0304, -5, 0x06070809)
    pack(ALL, values, buf, 0)
    micropython.heap_lock()
    try:
        pack(ALL, values, buf, 0)
        crc16(buf, 0, 10)
        copy(buf, 0, buf, 16, 10)
        put_u16(buf, 30, get_u16(buf, 0))
    finally:
        micropython.heap_unlock()
