"""Bundles, recipes and plans of an update, without a tag."""

import base64
import random
import zlib
from pathlib import Path
from typing import Any

import pytest
from cli_here import davy, said_in_one_line
from hypothesis import given, settings
from hypothesis import strategies as st
from update_rig import state

from davy import limitkey
from davy.errors import DavyError
from davy.tagfacts import Facts
from davy.updating import bundle, plan, recipe, work
from davy.vtag import rom
from journal import capacity
from slotstate import PLAIN, STEADY, TRIAL, A, B

FILES = {
    "tag/app.mpy": bytes(range(256)) * 9,
    "tag/gas/a.mpy": b"M" * 70,
    "lib/ticks.mpy": b"t" * 63,
    "lib/empty.mpy": b"",
    "lib/b.mpy": b"b" * 5000,
}


# -- bundles --------------------------------------------------------------------------------------------------------------


def test_the_same_files_make_the_same_bytes_and_come_back() -> None:
    data = bundle.pack(FILES, 0x0102, "x64")
    assert data == bundle.pack(dict(reversed(FILES.items())), 0x0102, "x64")
    made = bundle.parse(data)
    assert (made.version, made.name, made.arch, made.signature) == (0x0102, "1.2", "x64", b"")
    found = [data[at : at + size] for at, size in recipe.files_of(data, bundle.HEAD_B)]
    assert sorted(found) == sorted(FILES.values())


def test_the_version_is_that_of_the_app() -> None:
    assert bundle.app_version() == 1


def test_no_damage_passes(tmp_path: Path) -> None:
    data = bundle.pack(FILES, 1, "x64")
    for at in [*range(64), *range(64, len(data), 97)]:
        with pytest.raises(DavyError, match=r"bundle"):
            bundle.parse(data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :])
    for n in [*range(70), len(data) - 1]:
        with pytest.raises(DavyError, match=r"bundle"):
            bundle.parse(data[:n])
    with pytest.raises(DavyError, match="damaged"):
        bundle.parse(data + b"x")
    file = tmp_path / "x.davy"
    for content, why in ((b"", "is no bundle"), (data[:900], "damaged"), (b"\0" * 100, "is no bundle")):
        file.write_bytes(content)
        done = davy("update", str(file), "--port", "/dev/none")
        assert said_in_one_line(done) and why in done.stderr and str(file) in done.stderr


def test_a_signature_is_by_one_key_over_everything(tmp_path: Path) -> None:
    mine, other = tmp_path / "mine", tmp_path / "other"
    public, strange = limitkey.create(mine, 32).public, limitkey.create(other, 32).public
    made = bundle.parse(bundle.pack(FILES, 1, "x64", mine))
    assert made.signed_by(public) and not made.signed_by(strange)
    assert not bundle.parse(bundle.pack(FILES, 1, "x64")).signed_by(public)
    changed = bundle.parse(bundle.pack({**FILES, "lib/b.mpy": b""}, 1, "x64", mine))
    moved = bundle.Bundle(**{**vars(changed), "signature": made.signature})
    assert not moved.signed_by(public)
    assert limitkey.read(mine).next == 2  # each has used up one leaf


def test_the_command_line_writes_a_signed_bundle_and_refuses_what_makes_no_sense(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bundle, "build", lambda board, arch=None, key=None: (bundle.pack(FILES, 1, "x64", key), {}))
    key, file = tmp_path / "key", tmp_path / "app.davy"
    assert davy("limits", "keygen", str(key), "--signatures", "32").returncode == 0
    done = davy("deploy", "virtual", "--bundle", str(file), "--key", str(key))
    assert done.returncode == 0 and "signed" in done.stdout and "not signed" not in done.stdout
    assert bundle.read(file).signed_by(limitkey.read(key).public)
    for words, why in (
        (("deploy", "virtual", "--bundle", str(file), "--port", "/dev/x"), "say one of"),
        (("deploy", "virtual", "--key", str(key)), "need --port or --bundle"),
        (("deploy", "virtual", "--bundle", str(tmp_path)), "is a folder"),
        (("update", str(tmp_path / "none"), "--port", "/dev/x"), "cannot be read"),
        (("update", str(file), "--port", "/dev/ttyNONE"), "cannot be opened"),
        (("update", str(file), "--port", "/dev/x", "--healthy", "2"), "5 to 3600 seconds"),
    ):
        done = davy(*words)
        assert said_in_one_line(done) and why in done.stderr, done


# -- recipes --------------------------------------------------------------------------------------------------------------


def carried_out(batches: list[recipe.Batch], files: list[bytes], start: bytes) -> bytes:
    """What the tag makes of it: `RECIPE` in questions.py, by CPython's zlib."""
    made = bytearray(start)
    for batch in batches:
        assert batch.at == len(made) and len(batch.text) < 6000
        for word in eval(f"[{batch.text}]", {"__builtins__": {}}):
            if isinstance(word, int):
                made += files[word]
            elif word.startswith("!"):
                made += zlib.decompress(base64.b64decode(word[1:]), -recipe.WINDOW)
            else:
                made += base64.b64decode(word)
        assert len(made) == batch.at + batch.size
    return bytes(made)


@given(
    st.dictionaries(st.from_regex(r"[a-z]{1,6}\.mpy", fullmatch=True), st.binary(max_size=9000), max_size=8),
    st.randoms(use_true_random=False),
    st.booleans(),
)
@settings(max_examples=150)
def test_a_recipe_makes_the_bundle_whatever_the_tag_holds(
    files: dict[str, bytes], rng: random.Random, packed: bool
) -> None:
    data = bundle.pack(files, 1, "x64")
    held_files = [content for content in files.values() if rng.random() < 0.6] + [b"something else" * 20]
    rng.shuffle(held_files)
    held = [recipe.Held(recipe.digest(one), len(one)) for one in held_files]
    start = rng.choice([0, 0, rng.randrange(len(data))])
    pieces = recipe.pieces(data, bundle.HEAD_B, held, start)
    batches = list(recipe.batches(pieces, held, start, packed))
    assert carried_out(batches, held_files, data[:start]) == data


def test_what_is_held_does_not_travel() -> None:
    data = bundle.pack(FILES, 1, "x64")
    held = [recipe.Held(recipe.digest(one), len(one)) for one in FILES.values()]
    pieces = recipe.pieces(data, bundle.HEAD_B, held)
    assert sum(len(one) for one in pieces if isinstance(one, bytes)) < 64 + 63 + 120
    assert sorted(one for one in pieces if isinstance(one, int)) == [0, 1, 4]


def test_folders_of_a_rom_file_system_are_those_of_mpremote() -> None:
    image = rom.image({"a/b/c": b"1" * 200, "a/d": b"22", "e": b"3" * 70000})
    assert [image[at : at + n] for at, n in recipe.files_of(image)] == [b"1" * 200, b"22", b"3" * 70000]
    with pytest.raises(DavyError, match="damaged"):
        recipe.files_of(image[:40])


# -- plans ----------------------------------------------------------------------------------------------------------------

DATA = bundle.pack(FILES, 0x0102, "x64")
GOAL = plan.Goal(bundle.parse(DATA), "virtual", {"main.py": b"main"}, 60)
SAID: dict[str, Any] = {
    "mpy": 6, "arch": 2, "vfs": 1, "deflate": 1, "heap": 1 << 20, "free": 1 << 20, "block": 4096, "slots": 0, "update_key": "",
}  # fmt: skip
FACTS = Facts({"board.json": ["virtual", "unix", 2], "files": {"slots.py": 1}, "machine": "x"})
MAIN = {"/main.py": bundle.hashlib.sha256(b"main").hexdigest()}
WHOLE = bundle.hashlib.sha256(DATA).hexdigest()


def planned(goal: plan.Goal = GOAL, facts: Facts = FACTS, part: tuple[int, str] = (0, ""), **said: Any) -> plan.Plan:
    hashes = {**MAIN, "/app.a": WHOLE, "/app.b": WHOLE}
    return plan.plan(goal, plan.stand(facts, {**SAID, **said}), hashes, part)


HEAD = DATA[:72].hex()
OTHER = bundle.pack(FILES, 2, "x64")[:72].hex()


def boot(phase: int, slot: int, back: int) -> str:
    return state(phase, slot, back).hex()


@pytest.mark.parametrize(
    ("said", "act", "slot"),
    [
        ({}, "send", A),
        ({"boot.a": boot(STEADY, A, PLAIN), "app.a": OTHER, "slots": 1}, "send", B),
        ({"boot.a": boot(STEADY, A, B), "app.a": HEAD, "slots": 1}, "nothing", A),
        ({"boot.a": boot(STEADY, A, B), "app.a": HEAD, "slots": 0}, "send", B),  # it is damaged: something else runs
        ({"boot.a": boot(TRIAL, B, A), "app.b": HEAD, "slots": 2}, "wait", B),
        ({"boot.a": boot(TRIAL, B, A), "app.b": OTHER, "slots": 2}, "send", B),
        ({"boot.a": boot(STEADY, A, PLAIN), "app.b": HEAD, "slots": 1}, "take", B),
        ({"boot.b": boot(STEADY, B, PLAIN), "app.a": HEAD, "slots": 2}, "take", A),
    ],
)
def test_the_plan_is_the_tables(said: dict[str, Any], act: str, slot: int) -> None:
    made = planned(**said)
    assert (made.act, made.slot, made.put) == (act, slot, ())
    assert made.steps(GOAL)


def test_a_part_is_gone_on_with_if_it_is_one() -> None:
    half = bundle.hashlib.sha256(DATA[:3000]).hexdigest()
    size = {"app.part": HEAD, "app.part:size": 3000}
    assert planned(part=(3000, half), **size).start == 3000
    made = planned(part=(3000, "00"), **size)
    assert made.start == 0 and made.remove == ("/app.part",)


@pytest.mark.parametrize(
    ("said", "facts", "why"),
    [
        ({"arch": 10}, {}, "the bundle is for x64, this tag runs xtensawin"),
        ({"arch": 0}, {}, "this tag runs no native code"),
        ({"arch": 15}, {}, r"this tag runs \?"),
        ({"mpy": 5}, {}, "loads no .mpy of version 6"),
        ({"vfs": 0}, {}, "freeze the app"),
        ({"heap": 100_000}, {}, "97 kB of memory, an app in a slot needs"),
        ({"free": 30_000}, {}, "flash is full: 29 kB free, 48 needed"),
        ({"update_key": "00" * 56}, {}, "the bundle is not signed: say --key"),
        ({}, {"board.json": ["lilygo-t3-s3", "esp32s3", 4]}, "this tag is a lilygo-t3-s3, not a virtual"),
        ({}, {"machine": "Generic ESP32S3 module with ESP32S3"}, "this chip is an ESP32S3"),
    ],
)
def test_what_cannot_be_is_refused_with_what_to_do(said: dict[str, Any], facts: dict[str, Any], why: str) -> None:
    with pytest.raises(DavyError, match=why) as error:
        planned(facts=Facts({**FACTS.said, **facts}), **said)
    assert "\n" not in error.value.message


def test_two_bundles_fit_beside_a_full_journal_on_the_smallest_board() -> None:
    partition, firmware_b = 2 << 20, 300_000  # tests/host/test_deploy.py has the size of the real one
    segment_b, segments = capacity.plan(partition, 0, capacity.SLOTS_RESERVE)
    free = partition - segment_b * segments
    full = {**SAID, "free": free - firmware_b, "boot.a": boot(STEADY, A, PLAIN), "app.a": OTHER, "slots": 1}
    goal = plan.Goal(bundle.parse(bundle.sealed(bytes(firmware_b), 3, "x64")))
    assert plan.plan(goal, plan.stand(FACTS, full), {}, (0, "")).remove == ()


def test_without_a_board_a_tag_must_start_from_slots_already() -> None:
    goal = plan.Goal(GOAL.bundle)
    assert planned(goal).act == "send"
    with pytest.raises(DavyError, match="davy deploy BOARD --port PORT first"):
        planned(goal, Facts({**FACTS.said, "files": {}}))


_JSON = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=8), st.lists(st.integers(), max_size=3)
)


@given(
    st.dictionaries(st.sampled_from([*SAID, "boot.a", "boot.b", "app.a", "app.b", "app.part", "app.part:size"]), _JSON)
)
@settings(max_examples=300)
def test_whatever_a_tag_says_the_answer_is_a_plan_or_one_line(said: dict[str, Any]) -> None:
    try:
        made = planned(**said)
        assert made.act in ("nothing", "wait", "take", "send")
    except DavyError as error:
        assert "\n" not in error.message


@given(st.lists(st.dictionaries(st.sampled_from(["i", "n", "h", "end"]), _JSON), max_size=5))
@settings(max_examples=100)
def test_whatever_it_says_of_its_files(lines: list[dict[str, Any]]) -> None:
    for held in work._held(lines):
        assert type(held.size) is int
