"""The bytes of a configuration slot: what is written reads back, and nothing else passes for a configuration."""

import binascii
import json

from tag import config, settings

VALUES = {"still_s": 45, "name": 'Łukasz "Lu"', "gateway_port": 65535, "key": "00ff" * 16}


def framed(body, generation=b"7", magic=b"davy-config 1 "):
    """A slot with a right CRC around any body."""
    crc = "%08x" % (binascii.crc32(generation + body) & 0xFFFFFFFF)
    return magic + generation + b" " + crc.encode() + b"\n" + body


def test_a_slot_reads_back():
    for generation in (1, 2, 999999999):
        assert config.decode(config.encode(VALUES, generation)) == (generation, VALUES, "")
    assert config.decode(config.encode({}, 1)) == (1, {}, "")
    assert config.decode(config.encode(settings.DEFAULTS, 3)) == (3, settings.DEFAULTS, "")


def test_the_format_is_the_documented_one():
    # CRC-32 of b'12{"still_s":60}' by zlib.crc32 of CPython
    slot = b'davy-config 1 12 01f9433a\n{"still_s":60}'
    assert config.decode(slot) == (12, {"still_s": 60}, "")
    assert config.decode(framed(b'{"still_s":60}', b"12")) == (12, {"still_s": 60}, "")


def test_every_single_bit_matters():
    slot = config.encode({"still_s": 45, "name": "A"}, 41)
    for i in range(len(slot)):
        for bit in range(8):
            bad = bytearray(slot)
            bad[i] ^= 1 << bit
            generation, values, problem = config.decode(bytes(bad))
            assert (generation, values) == (0, None) and problem, (i, bit)


def test_every_truncation_and_every_extension_is_refused():
    slot = config.encode(VALUES, 12)
    for size in range(len(slot)):
        generation, values, problem = config.decode(slot[:size])
        assert (generation, values) == (0, None) and problem, size
    for more in (b"\x00", b"\n", b" ", b"{}", slot):
        assert config.decode(slot + more)[1] is None


def test_headers_that_are_none():
    body = b"{}"
    for magic in (
        b"davy-config 2 ",
        b"davy-config  1 ",
        b"Davy-config 1 ",
        b"davy-config 1",
        b"",
        b"\xefdavy-config 1 ",
    ):
        assert config.decode(framed(body, magic=magic))[1] is None, magic
    for generation in (b"0", b"-1", b"+1", b"1_0", b"0x1", b"1.0", b"", b"1 ", b"\xb2", b"1000000000", b"9" * 400):
        assert config.decode(framed(body, generation))[1] is None, generation
    for data in (b"", b"\n", b"\n\n\n", b" " * 3 + b"\n", b"\x00" * 64, b"\xff" * 64):
        assert config.decode(data)[:2] == (0, None), data


def test_bodies_that_are_no_table():
    # All with a right CRC: somebody meant them.
    bodies = (b"", b"[]", b"1", b"null", b'"still_s"', b"}", b"nul", b"\x00", b'"\xff"', b"-", b"1.2.3")
    for body in bodies + (b"[" * 3000, b"[" * 1500 + b"]" * 1500, b"{[]:1}", b'{} "x"'):
        generation, values, problem = config.decode(framed(body))
        assert (generation, values) == (0, None) and problem, body[:20]


def test_huge_is_refused_before_it_is_parsed():
    big = b'{"name": "' + b"x" * 5000 + b'"}'
    assert config.decode(framed(big)) == (0, None, "too long")


def test_any_bytes_at_all():
    # xorshift: the same bytes on every interpreter, without a module that one of them lacks
    state = 2463534242
    slot = config.encode(VALUES, 5)
    for _ in range(2000):
        data = bytearray(slot)
        for _ in range(3):
            state ^= (state << 13) & 0xFFFFFFFF
            state ^= state >> 17
            state ^= (state << 5) & 0xFFFFFFFF
            data[state % len(data)] = (state >> 11) & 0xFF
        generation, values, problem = config.decode(bytes(data))
        assert (generation, values) == (0, None) or (generation, values, problem) == (5, VALUES, "")


def test_a_setting_of_any_name_and_value_is_judged():
    good = (("still_s", 20), ("still_s", 1000), ("name", ""), ("name", "x" * 32), ("key", ""), ("key", "ab" * 16))
    for name, value in good:
        assert config.problem_with(name, value) == "", name
    bad = (("still_s", v) for v in (19, 1001, -1, 10**30, 1e999, 45.0, True, None, "45", [], {}, "\ud800"))
    for name, value in bad:
        assert config.problem_with(name, value).startswith("still_s: "), value
    bad = (("name", "x" * 33), ("name", "Ł" * 17), ("name", 5), ("key", "zz" * 16), ("key", "abc"), ("tag_id", "1"))
    for name, value in bad:
        assert config.problem_with(name, value).startswith(name + ": "), value
    assert config.problem_with("name", "\ud800") in ("", "name: cannot be a setting")  # MicroPython: bytes like others
    for name in ("", "Still_s", "still_s ", 1, None):
        assert config.problem_with(name, 1), name


def test_json_of_the_standard_library_agrees():
    slot = config.encode(VALUES, 9)
    assert json.loads(slot[slot.find(b"\n") + 1 :]) == VALUES
