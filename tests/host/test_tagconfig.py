"""A configuration on the host: TOML in, slot file out, and every mistake named."""

import json
import zlib
from pathlib import Path

import pytest

from davy import tagconfig
from davy.errors import DavyError
from tag import config, settings


def written(tmp_path: Path, text: str | bytes) -> Path:
    file = tmp_path / "tag.toml"
    file.write_bytes(text if isinstance(text, bytes) else text.encode())
    return file


def test_a_toml_file_becomes_what_the_tag_reads(tmp_path: Path):
    file = written(tmp_path, 'still_s = 45 # as agreed\nname = "Łukasz"\nwifi_password = "a\\"b\\\\ ü"\n')
    values = tagconfig.read(file)
    assert values == {"still_s": 45, "name": "Łukasz", "wifi_password": 'a"b\\ ü'}
    (tmp_path / "config.a").write_bytes(tagconfig.build(values))
    assert config.load(str(tmp_path)) == ({**settings.DEFAULTS, **values}, 0, "")


def test_the_bytes_are_the_documented_format():
    data = tagconfig.build({"still_s": 45}, generation=12)
    head, _, body = data.partition(b"\n")
    assert json.loads(body) == {"still_s": 45}
    assert head == b"davy-config 1 12 %08x" % zlib.crc32(b"12" + body)
    assert tagconfig.parse(data) == {"still_s": 45}


def test_an_empty_file_is_all_defaults(tmp_path: Path):
    assert tagconfig.read(written(tmp_path, "")) == {}
    assert tagconfig.parse(tagconfig.build({})) == {}


@pytest.mark.parametrize(
    ("text", "key", "what"),
    [
        ("still = 45", "still", "unknown setting: prealarm_s, still_s, "),
        ("still_s = 5", "still_s", "5 is not within 20..1000 s"),
        ("still_s = 45.0", "still_s", "not a whole number"),
        ("still_s = true", "still_s", "not a whole number"),
        ('still_s = "45"', "still_s", "not a whole number"),
        ("still_s = 2026-11-21", "still_s", "not a whole number"),
        ("[still_s]\nx = 1", "still_s", "not a whole number"),
        ("[tag]\nstill_s = 45", "tag", "unknown setting"),
        ("name = 5", "name", "not a text"),
        (f'wifi_ssid = "{"x" * 33}"', "wifi_ssid", "33 is not within 0..32 bytes"),
        ('key = "secret!!"', "key", "not pairs of hexadecimal digits"),
        ("still_s = ", "", "is not TOML: Invalid value (at end of document)"),
        ("still_s = 45\nstill_s = 46\n", "", "is not TOML: Cannot overwrite a value (at line 2, column 13)"),
        ("a = " + "[" * 100_000, "", "is not TOML: "),
        (b"name = '\xff'", "", "is not UTF-8 text (byte 8)"),
    ],
)
def test_what_is_wrong_is_named(tmp_path: Path, text: str | bytes, key: str, what: str):
    file = written(tmp_path, text)
    (problem,) = tagconfig.check(file)
    assert (problem.file, problem.key) == (file, key) and problem.text.startswith(what), problem
    with pytest.raises(DavyError) as caught:
        tagconfig.read(file)
    assert caught.value.message == str(problem) and "\n" not in caught.value.message
    assert "secret" not in caught.value.message


def test_all_problems_are_found_at_once(tmp_path: Path):
    file = written(tmp_path, "still_s = 5\nprealarm_s = 0\nname = 1\nheartbeat_s = 60\n")
    assert [problem.key for problem in tagconfig.check(file)] == ["still_s", "prealarm_s", "name"]
    with pytest.raises(DavyError, match=r"still_s: 5 is not within 20\.\.1000 s \(and 2 more\)$"):
        tagconfig.read(file)


def test_a_missing_file(tmp_path: Path):
    with pytest.raises(DavyError, match=r"none\.toml: cannot be read: No such file or directory$"):
        tagconfig.read(tmp_path / "none.toml")


def test_build_refuses_what_a_tag_would_refuse():
    for values, generation, what in (
        ({"still_s": 5}, 1, "setting still_s: 5 is not within"),
        ({"colour": 1}, 1, "setting unknown setting: colour"),
        ({}, 0, "configuration of generation 0: bad generation"),
        ({}, -1, "bad generation"),
        ({}, 10**9, "bad generation"),
    ):
        with pytest.raises(DavyError, match=what):
            tagconfig.build(values, generation)


def test_parse_refuses_every_damaged_file():
    data = tagconfig.build({"still_s": 45, "name": "A"}, 3)
    for size in range(len(data)):
        with pytest.raises(DavyError, match=r"^configuration: "):
            tagconfig.parse(data[:size])
    for i in range(len(data)):
        with pytest.raises(DavyError, match=r"^configuration: "):
            tagconfig.parse(data[:i] + bytes([data[i] ^ 0x10]) + data[i + 1 :])


def test_parse_names_a_setting_that_is_out_of_range():
    with pytest.raises(DavyError, match=r"^configuration: setting still_s: 5 is not within"):
        tagconfig.parse(config.encode({"still_s": 5}, 1))


def test_the_generation_of_a_slot():
    assert tagconfig.generation_of(tagconfig.build({}, 41)) == 41
    assert tagconfig.generation_of(b"") == tagconfig.generation_of(tagconfig.build({}, 41)[:-1]) == 0


def test_the_newest_whole_slot_is_in_force():
    old, new = tagconfig.build({"still_s": 40}, 1), tagconfig.build({"still_s": 45}, 2)
    assert tagconfig.in_force({"config.a": old, "config.b": new, "main.py": b""}) == {"still_s": 45}
    assert tagconfig.in_force({"config.a": old, "config.b": new[:-3]}) == {"still_s": 40}
    assert tagconfig.in_force({"config.a": b"junk"}) == {}
    assert tagconfig.in_force({}) == {}


def test_the_template_is_all_defaults_and_stays_so_when_uncommented(tmp_path: Path):
    text = tagconfig.template()
    assert tagconfig.read(written(tmp_path, text)) == {}
    filled = "\n".join(line.removeprefix("# ") for line in text.splitlines() if " = " in line)
    assert tagconfig.read(written(tmp_path, filled)) == settings.DEFAULTS
