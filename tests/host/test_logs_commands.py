"""`davy logs verify` and `davy logs export` as a person types them."""

import json
from pathlib import Path

import logs_made
import pytest
from cli_here import davy, said_in_one_line

from davy import tagconfig
from davy.provisioning import registry


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A pulled journal, and the settings of its tag beside it."""
    logs_made.write(tmp_path / "pulled", logs_made.journal(logs_made.working(300), segment_bytes=2500))
    (tmp_path / "tag.toml").write_text(
        f'tag_id = "00000000000da771"\nname = "miner 7"\nkey = "{logs_made.KEY.hex()}"\n'
    )
    return tmp_path


def test_a_whole_journal(folder: Path) -> None:
    done = davy("logs", "verify", str(folder / "pulled"), "--tag", str(folder / "tag.toml"))
    assert done.returncode == 0, done
    assert done.stdout.splitlines() == [
        "00000000000da771 miner 7: 300 records in 3 segments, to 300",
        "whole: all is as the tag wrote it",
    ]


def test_the_tags_own_settings_file_serves_too(folder: Path) -> None:
    slot = folder / "config.a"
    slot.write_bytes(tagconfig.build({"key": logs_made.KEY.hex()}))
    assert davy("logs", "verify", str(folder / "pulled"), "--tag", str(slot)).returncode == 0
    slot.write_bytes(slot.read_bytes()[:-1])
    done = davy("logs", "verify", str(folder / "pulled"), "--tag", str(slot))
    assert said_in_one_line(done) and "config.a: configuration: damaged" in done.stderr


def test_an_altered_journal_is_named_and_exported_all_the_same(folder: Path) -> None:
    first = sorted((folder / "pulled").iterdir())[1]
    data = first.read_bytes()
    at = 41 + data[41] + 7
    first.write_bytes(data[:at] + data[at + data[at] + 7 :])  # the second record of the second segment
    gone = int(first.name[:8], 16) + 1
    words = (str(folder / "pulled"), "--tag", str(folder / "tag.toml"))
    done = davy("logs", "verify", *words)
    assert done.returncode == 2
    assert f"  missing: {gone}: written, gone, and nothing says why" in done.stdout
    assert f"  unverified: {gone + 1}: " in done.stdout
    told = json.loads(davy("logs", "verify", *words, "--json").stdout)
    assert told["state"] == "altered" and {"kind": "missing", "first": gone, "last": gone} in told["findings"]
    done = davy("logs", "export", *words, "--out", str(folder / "x.csv"))
    assert done.returncode == 0 and "ALTERED" in done.stdout
    assert len((folder / "x.csv").read_text().splitlines()) == 300


def test_what_the_gateway_has_seen_shows_what_was_cut_off(folder: Path) -> None:
    words = ("logs", "verify", str(folder / "pulled"), "--tag", str(folder / "tag.toml"), "--last")
    assert davy(*words, "300").returncode == 0
    done = davy(*words, "302")
    assert done.returncode == 2 and "missing: 301 to 302" in done.stdout


def test_without_a_key_nobody_can_say(folder: Path) -> None:
    done = davy("logs", "verify", str(folder / "pulled"))
    assert done.returncode == 3 and "no key was given: say --tag FILE" in done.stderr
    assert done.stdout.count("unknown key") == 1
    (folder / "other.toml").write_text(f'key = "{"ab" * 16}"\n')
    done = davy("logs", "verify", str(folder / "pulled"), "--tag", str(folder / "other.toml"))
    assert done.returncode == 3 and "needs each of its keys" in done.stderr


def test_bad_input_is_one_line(folder: Path) -> None:
    pulled = str(folder / "pulled")
    (folder / "keyless.toml").write_text('name = "x"\n')
    (folder / "noise.toml").write_bytes(bytes(range(256)))
    (folder / "empty").mkdir()
    for words, why in (
        (("verify", str(folder / "empty")), "there is no journal in it"),
        (("verify", pulled, "--tag", str(folder / "keyless.toml")), "key: is missing"),
        (("verify", pulled, "--tag", str(folder / "noise.toml")), "not UTF-8"),
        (("verify", pulled, "--tag", str(folder / "nonesuch.toml")), "cannot be read"),
        (("export", pulled, "--out", str(folder / "x.xls")), "said by its ending"),
        (("export", pulled, "--out", str(folder / "nonesuch" / "x.csv")), "cannot be written"),
    ):
        done = davy("logs", *words)
        assert said_in_one_line(done) and why in done.stderr, (words, done)


def test_parquet_without_pyarrow_says_how(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "pyarrow", None)
    done = davy("logs", "export", str(folder / "pulled"), "--out", str(folder / "x.parquet"))
    assert said_in_one_line(done) and "pip install 'davy[parquet]'" in done.stderr


def test_the_registry_has_the_keys_earlier_ones_too(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registry, "COST", 1 << 10)
    monkeypatch.setenv("DAVY_REGISTRY_PASSPHRASE", "a lamp in the dark")
    where = str(folder / "r.davy")
    with registry.Registry(folder / "r.davy", "a lamp in the dark", create=True) as book:
        earlier = [{"key": logs_made.KEY.hex()}]
        book.put(registry.Entry("00000000000da771", "miner 7", secrets={"key": "ab" * 16}, earlier=earlier))
        book.put(registry.Entry("00000000000da772", "miner 8", secrets={"key": "cd" * 16}))
    words = ("logs", "verify", str(folder / "pulled"), "--registry", where)
    assert davy(*words).returncode == 0  # nobody knows whose it is: all keys are tried
    (folder / "pulled" / "pull.json").write_text('{"tag_id": "00000000000da771", "name": "miner 7"}')
    assert "miner 7: 300 records" in davy(*words).stdout
    (folder / "pulled" / "pull.json").write_text('{"tag_id": "00000000000da772"}')
    assert davy(*words).returncode == 3
    (folder / "pulled" / "pull.json").write_text('{"tag_id": "00000000000da779"}')
    done = davy(*words)
    assert said_in_one_line(done) and "no key of tag 00000000000da779" in done.stderr
    (folder / "pulled" / "pull.json").write_text("[1, {")
    assert davy(*words).returncode == 0
