"""Signing: keys that never use a leaf twice, files that the tag's own code accepts, and the command `davy limits`."""

import fcntl
import io
import json
import os
from pathlib import Path
from unittest import mock

import pytest
from cli_here import davy, said_in_one_line

from davy import limitkey, limitpack, limitsource
from davy.errors import DavyError
from signature import lms

from tag import limitfile  # isort: skip
from tag.events import CODE_UNSIGNED  # isort: skip


@pytest.fixture
def key(tmp_path: Path) -> Path:
    path = tmp_path / "site.key"
    limitkey.create(path, 32)
    return path


def verified(path: Path, message: bytes, signature: bytes) -> int:
    return lms.verify(bytes.fromhex(limitkey.read(path).public), (message,), io.BytesIO(signature))


def test_the_tags_verifier_accepts_an_independent_signer_and_nothing_else(key: Path) -> None:
    """pyhsslms signs, lib/signature verifies; another message, another key, any flipped byte do not pass."""
    signature, _ = limitkey.sign(key, b"leave")
    assert verified(key, b"leave", signature) == 0
    assert verified(key, b"leavf", signature) == -1
    for at in range(0, len(signature), 97):
        assert verified(key, b"leave", signature[:at] + bytes([signature[at] ^ 128]) + signature[at + 1 :]) == -1
    other = key.with_name("other.key")
    limitkey.create(other, 32)
    assert verified(other, b"leave", signature) == -1


def test_the_independent_verifier_accepts_it_too(key: Path) -> None:
    from pyhsslms import pyhsslms

    signature, _ = limitkey.sign(key, b"leave")
    public = pyhsslms.LmsPublicKey.deserialize(bytes.fromhex(limitkey.read(key).public))
    assert public.verify(b"leave", signature)


def test_a_key_of_1024(tmp_path: Path) -> None:
    path = tmp_path / "big.key"
    assert limitkey.create(path).left == 1024
    signature, now = limitkey.sign(path, b"x")
    assert (verified(path, b"x", signature), now.left) == (0, 1023)


def test_no_leaf_signs_twice_and_the_last_one_is_the_last(key: Path) -> None:
    leaves = [int.from_bytes(limitkey.sign(key, b"x")[0][:4], "big") for _ in range(32)]
    assert leaves == list(range(32))
    before = key.read_bytes()
    with pytest.raises(DavyError, match="all 32 signatures are used up"):
        limitkey.sign(key, b"x")
    assert key.read_bytes() == before


def test_a_signature_that_fails_has_used_its_leaf_up(key: Path) -> None:
    """The file is on disk with the next leaf before a signature exists."""

    def sign(*_: object, **__: object) -> object:
        assert limitkey.read(key).next == 1
        raise MemoryError("the power is cut here")

    with mock.patch("pyhsslms.pyhsslms.LmsPrivateKey", sign), pytest.raises(MemoryError):
        limitkey.sign(key, b"x")
    assert int.from_bytes(limitkey.sign(key, b"x")[0][:4], "big") == 1


def test_a_disk_that_cannot_keep_the_next_leaf_gets_no_signature(key: Path) -> None:
    with mock.patch("os.replace", side_effect=OSError(28, "No space left on device")), pytest.raises(OSError):
        limitkey.sign(key, b"x")
    assert limitkey.read(key).next == 0


def test_two_at_once_never_get_the_same_leaf(key: Path) -> None:
    """While one `davy` holds the key's lock another gets no signature; the lock survives that signing replaces the file."""
    limitkey.sign(key, b"x")
    with open(f"{key}.lock") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        before = key.read_bytes()
        with pytest.raises(DavyError, match="another davy signs with it"):
            limitkey.sign(key, b"x")
        assert key.read_bytes() == before
    assert int.from_bytes(limitkey.sign(key, b"x")[0][:4], "big") == 1


def test_key_files_are_secret_and_never_overwritten(key: Path) -> None:
    assert key.stat().st_mode & 0o777 == 0o600
    limitkey.sign(key, b"x")
    assert key.stat().st_mode & 0o777 == 0o600
    with pytest.raises(DavyError, match="never overwritten"):
        limitkey.create(key, 32)
    os.chmod(key, 0o640)
    with pytest.raises(DavyError, match="chmod 600"):
        limitkey.sign(key, b"x")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("seed", "00"),
        ("seed", "z" * 64),
        ("public", 5),
        ("next", 33),
        ("next", -1),
        ("next", True),
        ("lms", 7),
        ("lms", "5"),
    ],
)
def test_a_damaged_key_file_is_refused(key: Path, name: str, value: object) -> None:
    values = json.loads(key.read_bytes())
    key.write_text(json.dumps({**values, name: value}), encoding="utf-8")
    with pytest.raises(DavyError, match=name):
        limitkey.sign(key, b"x")


def test_a_key_whose_public_half_is_wrong_gives_no_signature(key: Path) -> None:
    values = json.loads(key.read_bytes())
    values["public"] = values["public"][:-2] + ("00" if values["public"][-2:] != "00" else "01")
    key.write_text(json.dumps(values), encoding="utf-8")
    with pytest.raises(DavyError, match="does not verify"):
        limitkey.sign(key, b"x")


def packed(key: Path, name: str) -> bytes:
    public = bytes.fromhex(limitkey.read(key).public)
    return limitpack.pack(limitsource.read(name), public, lambda body: limitkey.sign(key, body)[0])


def test_every_bundled_profile_is_accepted_by_the_tags_own_code(key: Path, tmp_path: Path) -> None:
    public = limitkey.read(key).public
    for name in sorted({"osha", "niosh", "acgih", "eu", "ru-by-kz", "msha-57-gassy", "site"}):
        (tmp_path / "limits.new").write_bytes(packed(key, name))
        profile, code, text = limitfile.load(str(tmp_path), public)
        wanted = limitsource.read(name)
        assert (profile.ident, profile.rows, code) == (wanted.ident, wanted.pack(), 0), text
    (tmp_path / "limits.new").write_bytes(packed(key, "osha")[:-3000])
    assert limitfile.load(str(tmp_path), public)[0].ident == limitsource.read("site").ident


def test_no_file_of_the_built_in_profile(key: Path) -> None:
    with pytest.raises(DavyError, match="built into every tag"):
        packed(key, "default")
    assert limitkey.read(key).next == 0


def test_what_was_packed_is_read_back(key: Path) -> None:
    data = packed(key, "ru-by-kz")
    found = limitpack.parse(data)
    assert (found.profile.name, found.profile.ident, found.leaf) == ("ru-by-kz", limitsource.read("ru-by-kz").ident, 0)
    assert found.profile.pack() == limitsource.read("ru-by-kz").pack()
    for wrong in (b"", data[:40], data[:-1], data[:50] + b"\xff" + data[51:]):
        with pytest.raises(DavyError):
            limitpack.parse(wrong)


# -- the command --------------------------------------------------------------------------------------------------------


def test_from_key_to_signed_file(tmp_path: Path) -> None:
    key, out = tmp_path / "k", tmp_path / "out.dav"
    made = json.loads(davy("limits", "keygen", str(key), "--signatures", "32", "--json").stdout)
    assert made["left"] == 32 and len(made["public"]) == 112
    signed = json.loads(davy("limits", "sign", "eu", "--key", str(key), "-o", str(out), "--json").stdout)
    assert signed == {"out": str(out), "bytes": out.stat().st_size, "ident": 0x0401, "leaf": 0, "left": 31}
    assert limitfile.load(str(tmp_path), "")[1] == 0
    os.rename(out, tmp_path / "limits.new")
    assert limitfile.load(str(tmp_path), "")[1] == CODE_UNSIGNED
    assert limitfile.load(str(tmp_path), made["public"])[0].ident == 0x0401
    assert davy("limits", "check", str(tmp_path / "limits.dav")).returncode == 0
    assert "31 of 32 signatures left" in davy("limits", "key", str(key)).stdout
    assert (
        davy("limits", "diff", "eu", str(tmp_path / "limits.dav")).stdout == "no difference that a tag would notice\n"
    )


def test_show_says_levels_sources_and_what_is_unconfirmed() -> None:
    text = davy("limits", "show", "ru-by-kz").stdout
    for word in ("171.8 ppm", "200 mg/m3", "mixture 1", "GOST 12.1.005-88", "nobody has compared"):
        assert word in text, word
    shown = json.loads(davy("limits", "show", "acgih", "--json").stdout)
    [twa] = [row for row in shown["rows"] if (row["gas"], row["kind"]) == ("co", "shift")]
    assert (twa["level"], twa["unit"], twa["unconfirmed"]) == (25.0, "ppm", True)
    assert {row["name"] for row in json.loads(davy("limits", "show", "--json").stdout)} >= {"osha", "site"}


def test_diff_of_two_laws() -> None:
    found = {row["what"]: row["how"] for row in json.loads(davy("limits", "diff", "osha", "acgih", "--json").stdout)}
    assert found["co twa"].startswith("gone") and found["co shift"].startswith("new: 25 ppm")


def test_the_template_is_a_profile_once_it_has_a_name(tmp_path: Path) -> None:
    file = tmp_path / "mine.toml"
    text = davy("limits", "template").stdout
    file.write_text(text, encoding="utf-8")
    assert said_in_one_line(davy("limits", "check", str(file)))
    file.write_text(text.replace('"site"', '"mine"'), encoding="utf-8")
    assert davy("limits", "check", str(file)).stdout == f"{file}: good\n"


@pytest.mark.parametrize(
    "words",
    [
        ("check", "nix"),
        ("show", "nix.toml"),
        ("show", "{tmp}/nix.dav"),
        ("sign", "osha", "--key", "{tmp}/none"),
        ("sign", "default", "--key", "{tmp}/site.key"),
        ("sign", "osha", "--key", "{tmp}/site.key", "-o", "{tmp}/no/such"),
        ("sign", "osha", "--key", "{tmp}/site.key", "-o", "{tmp}"),
        ("keygen", "{tmp}/site.key"),
        ("keygen", "{tmp}/x", "--signatures", "33"),
        ("keygen", "{tmp}/no/such"),
        ("key", "{tmp}"),
        ("install", "{tmp}/none", "--port", "/dev/null"),
        ("install", "{tmp}/site.key", "--port", "/dev/null"),
    ],
)
def test_what_cannot_be_is_told_in_one_line_and_uses_no_signature(key: Path, words: tuple[str, ...]) -> None:
    done = davy("limits", *(word.replace("{tmp}", str(key.parent)) for word in words))
    assert said_in_one_line(done), done
    assert limitkey.read(key).next == 0
