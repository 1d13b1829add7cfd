"""`davy provision`: keys are made once, kept sealed, written to the tag, finished after a cut, never shown."""

import base64
import csv
import json
import sqlite3
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from cli_here import davy, said_in_one_line
from test_vtag_tools import Tag

from davy import tagconfig, tagfacts
from davy.errors import DavyError
from davy.provisioning import exports, worker
from davy.provisioning import plan as planner
from davy.provisioning import registry as book
from davy.provisioning.registry import Entry, Preview, Registry
from davy.tagfacts import Facts

ID = "348518fffe00da70"
SITE: dict[str, Any] = {"wifi_ssid": "shaft 3", "lora_region": "EU868", "mqtt_host": "10.0.0.1", "shout": 1}


@pytest.fixture(autouse=True)
def cheap(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(book, "COST", 1 << 10)
    monkeypatch.setenv("DAVY_REGISTRY_PASSPHRASE", "a lamp in the dark")


@pytest.fixture
def registry(tmp_path: Path) -> Iterator[Registry]:
    with Registry(tmp_path / "r.davy", "a lamp in the dark", create=True) as made:
        yield made


def facts(key: str = "", chip: str = "34851800da70", generation: int = 0, **more: Any) -> Facts:
    slot = {"name": "config.a", "generation": generation, "problem": "", "key": key}
    said = {"id": chip, "davy": 1, "board.json": ["virtual", "unix", 2], **more}
    return Facts(said, {"config.a": slot} if generation else {})


# -- the registry ---------------------------------------------------------------------------------------------------------


def test_what_is_kept_comes_back_and_only_with_the_passphrase(tmp_path: Path) -> None:
    path = tmp_path / "r.davy"
    entry = Entry(ID, "miner 7", "virtual", "written", "2027", {"key": "ab" * 16}, [{"key": "cd" * 16}])
    with Registry(path, "one", create=True) as made:
        made.put(entry)
    with Registry(path, "one") as again:
        assert again.get(ID) == entry and again.all() == [entry] and again.get("0" * 16) is None
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    raw = path.read_bytes()
    assert b"ab" * 16 not in raw and b"miner" not in raw and bytes.fromhex("ab" * 16) not in raw
    for wrong in ("two", "One"):
        with pytest.raises(DavyError, match="passphrase is not that"):
            Registry(path, wrong)
    with pytest.raises(DavyError, match="protects nothing"):
        Registry(path, "")


def test_two_that_ask_for_the_sites_key_at_once_get_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "r.davy"
    with Registry(path, "one", create=True) as first, Registry(path, "one") as second:
        looked: list[str] = []
        get = second.get

        def late(tag_id: str) -> Entry | None:
            if looked:
                return get(tag_id)
            looked.append(first.site_key())  # between the look and the key
            return None

        monkeypatch.setattr(second, "get", late)
        assert second.site_key() == looked[0] == first.site_key()


def test_an_entry_that_was_altered_or_exchanged_does_not_open(tmp_path: Path) -> None:
    path = tmp_path / "r.davy"
    with Registry(path, "one", create=True) as made:
        made.put(Entry("aa" * 8, secrets={"key": "1" * 32}))
        made.put(Entry("bb" * 8, secrets={"key": "2" * 32}))
    db = sqlite3.connect(path)
    sealed = dict(db.execute("SELECT ident, sealed FROM tags").fetchall())
    db.execute("UPDATE tags SET sealed = ? WHERE ident = ?", (sealed["bb" * 8], "aa" * 8))
    flipped = bytes([*sealed["bb" * 8][:-1], sealed["bb" * 8][-1] ^ 1])
    db.execute("UPDATE tags SET sealed = ? WHERE ident = ?", (flipped, "bb" * 8))
    db.commit()
    db.close()
    with Registry(path, "one") as again:
        for ident in ("aa" * 8, "bb" * 8):
            with pytest.raises(DavyError, match="was altered"):
                again.get(ident)


def test_what_is_no_registry_is_left_as_it_is(tmp_path: Path) -> None:
    other = tmp_path / "photo.jpg"
    other.write_bytes(b"\xff\xd8 a picture" * 200)
    with pytest.raises(DavyError, match="is no registry"):
        Registry(other, "one")
    assert other.read_bytes() == b"\xff\xd8 a picture" * 200
    with pytest.raises(DavyError, match="there is no registry yet"):
        Registry(tmp_path / "none", "one")
    costly = tmp_path / "r.davy"
    Registry(costly, "one", create=True).__exit__()
    db = sqlite3.connect(costly)
    db.execute("UPDATE about SET value = ? WHERE name = 'cost'", (1 << 30,))
    db.commit()
    db.close()
    with pytest.raises(DavyError, match="is damaged"):
        Registry(costly, "one")


# -- the plan -------------------------------------------------------------------------------------------------------------


def test_a_new_tag(registry: Registry) -> None:
    made = planner.plan(facts(), registry, SITE, "miner 7")
    assert (made.tag_id, made.kind, made.slot, made.generation) == (ID, "new", "config.a", 1)
    assert made.values["tag_id"] == ID and made.values["mqtt_user"] == ID and made.values["name"] == "miner 7"
    assert {len(made.values[one]) for one in ("key", "lora_app_key", "site_key")} == {32}
    assert made.values["site_key"] == registry.site_key()
    other = planner.plan(facts(chip="34851800da71"), registry, SITE)
    assert other.values["site_key"] == made.values["site_key"]
    assert len({one.values[name] for one in (made, other) for name in ("key", "lora_app_key", "mqtt_password")}) == 6
    secrets = [made.values[one] for one in planner.SECRETS]
    shown = " ".join([*made.steps(), repr(made), repr(made.entry)])
    assert not [one for one in secrets if one in shown]
    bare = planner.plan(facts(), registry, {})
    assert set(bare.values) == {"tag_id", "key"}


def test_what_is_written_next_depends_on_tag_and_registry(registry: Registry) -> None:
    has = planner.fingerprint("ab" * 16)
    entry = Entry(ID, "miner 7", state="written", secrets={"key": "ab" * 16})
    with pytest.raises(DavyError, match="this registry does not know: --again"):
        planner.plan(facts(has, generation=5), registry, {})
    assert planner.plan(facts(tagfacts.PUBLIC_KEY, generation=5), registry, {}).generation == 6
    assert planner.plan(facts(has, generation=5), registry, {}, again=True).kind == "new"
    registry.put(entry)
    made = planner.plan(facts(has, generation=5), registry, {})
    assert (made.kind, made.values["key"], made.slot, made.generation) == ("settings", "ab" * 16, "config.b", 6)
    with pytest.raises(DavyError, match="lost the key"):
        planner.plan(facts(), registry, {})
    made = planner.plan(facts(has, generation=5), registry, {}, again=True)
    assert made.kind == "renew" and made.values["key"] != "ab" * 16 and made.entry.earlier == [{"key": "ab" * 16}]
    assert registry.get(ID) == entry  # a plan changes nothing
    registry.put(Entry(ID, state="pending", secrets={"key": "cd" * 16}))
    assert planner.plan(facts(), registry, {}).values["key"] == "cd" * 16


@pytest.mark.parametrize(
    ("told", "site", "why"),
    [
        (facts(chip=""), {}, "no address of its own"),
        (facts(chip="zz851800da70"), {}, "no address of its own"),
        (facts(chip="0" * 16), {}, "no address of its own"),
        (facts(davy=None), {}, "no firmware that loads"),
        (facts(), {"key": "ab" * 16}, "hold key: leave that out"),
        (facts(), {"still_s": 99999}, "still_s"),
    ],
)
def test_what_cannot_be_provisioned_is_said(registry: Registry, told: Facts, site: dict[str, Any], why: str) -> None:
    with pytest.raises(DavyError, match=why):
        planner.plan(told, registry, site)
    assert registry.all() == []


def test_a_preview_keeps_nothing(registry: Registry) -> None:
    assert planner.plan(facts(), Preview(registry), SITE).kind == "new"
    assert planner.plan(facts(), Preview(None), SITE).kind == "new"
    assert registry.all() == []


class Cut:
    """A tag whose cable is pulled before, or after, it has kept its settings; or which says something else."""

    port = "/dev/ttyTEST"

    def __init__(self, answer: list[dict[str, Any]] | None = None) -> None:
        self.answer = answer

    def ask(self, code: str, on_line: object = None, most_s: float = 0) -> list[dict[str, Any]]:
        if self.answer is None:
            raise DavyError(f"{self.port}: the tag could not do that: {code}")  # a tag that echoes all it is asked
        return self.answer


def test_a_cut_is_finished_by_the_next_run_and_nothing_is_shown(registry: Registry) -> None:
    made = planner.plan(facts(), registry, SITE)
    for answer in (None, [], [{"generation": 1, "problem": "damaged (CRC)", "key": made.values["key"]}]):
        with pytest.raises(DavyError, match="run it again") as error:
            entry = planner.begin(registry, made)
            lines = worker.write(Cut(answer), made.slot, base64.b64encode(made.file()).decode())
            planner.finish(registry, made, entry, lines)
        assert not [one for one in planner.SECRETS if made.values[one] in error.value.message]
        assert error.value.__cause__ is None and error.value.__suppress_context__ is (answer is None)
        kept = registry.get(ID)
        assert kept and kept.state == "pending" and kept.secrets["key"] == made.values["key"]
        again = planner.plan(facts(), registry, SITE)
        assert again.kind == "finish" and again.values == made.values


# -- a virtual tag --------------------------------------------------------------------------------------------------------


def test_a_virtual_tag_from_first_key_to_label(tmp_path: Path) -> None:
    tag = Tag(tmp_path / "flash.bin")
    where = ("--registry", str(tmp_path / "r.davy"))
    site = tmp_path / "site.toml"
    site.write_text('wifi_ssid = "shaft 3"\nlora_region = "EU868"\ngateway_host = "10.0.0.1"\n')
    words = ("provision", "tag", "--port", tag.port, *where, "--config", str(site))
    said = []
    try:
        done = davy(*words, "--dry-run")
        assert done.returncode == 0 and "nothing was changed" in done.stdout, done
        assert not (tmp_path / "r.davy").exists()
        said.append(davy(*words, "--name", "miner 7"))
        assert said[-1].returncode == 0 and "miner 7" in said[-1].stdout and "1 of 1 provisioned" in said[-1].stdout, (
            said
        )
        said.append(davy(*words, "--json"))
        assert json.loads(said[-1].stdout)[0]["says"] == "settings, keys stay", said
        refused = davy(*words, "--again")
        assert said_in_one_line(refused) and "say --yes too" in refused.stderr
        said.append(davy(*words, "--again", "--yes", "--json"))
        assert json.loads(said[-1].stdout)[0]["kind"] == "renew"
        doctor = davy("doctor", "--port", tag.port, "--json")
        code = "from tag import config; print(config.load())"
        on_tag = tag.mpremote("exec", code)
    finally:
        tag.stop()
    with Registry(tmp_path / "r.davy", "a lamp in the dark") as made:
        [entry] = made.all()
    assert entry.state == "written" and len(entry.earlier) == 1
    assert entry.secrets["key"] in on_tag and entry.secrets["lora_app_key"] in on_tag and "shaft 3" in on_tag
    shown = " ".join(one.stdout + one.stderr for one in [*said, doctor, done])
    secrets = [*entry.secrets.values(), *entry.earlier[0].values()]
    assert not [one for one in secrets if one in shown]
    assert {check["name"] for check in json.loads(doctor.stdout)} & {"key", "settings"} == {"settings"}, doctor

    listed = davy("provision", "list", *where, "--json")
    assert json.loads(listed.stdout)[0]["tag_id"] == entry.tag_id and not [
        one for one in secrets if one in listed.stdout
    ]
    out = tmp_path / "tag.toml"
    assert davy("provision", "export", *where, "--out", str(out)).returncode == 0
    assert tagconfig.read(out) == {"tag_id": entry.tag_id, "name": "miner 7", "key": entry.secrets["key"]}
    assert stat.S_IMODE(out.stat().st_mode) == 0o600
    again = davy("provision", "export", *where, "--out", str(out))
    assert said_in_one_line(again) and "never overwritten" in again.stderr
    assert davy("provision", "labels", *where, "--out", str(tmp_path / "labels.html")).returncode == 0
    page = (tmp_path / "labels.html").read_text()
    assert entry.tag_id in page and "miner 7" in page and "<svg" in page and not [one for one in secrets if one in page]


def test_without_a_site_file_the_tag_keeps_its_settings(tmp_path: Path) -> None:
    tag = Tag(tmp_path / "flash.bin")
    try:
        done = davy("provision", "tag", "--port", tag.port, "--registry", str(tmp_path / "r.davy"))
        kept = tag.mpremote("exec", "from tag import config; print(config.load()[0]['wifi_ssid'])")
    finally:
        tag.stop()
    assert done.returncode == 0 and kept.strip() == "davy"


# -- for others -----------------------------------------------------------------------------------------------------------


ENTRIES = [
    Entry(ID, 'miner "7"', "virtual", secrets={"key": "ab" * 16, "lora_app_key": "cd" * 16}),
    Entry("348518fffe00da71", "", "virtual", secrets={"key": "ef" * 16}),
]


def test_chirpstack_gets_the_devices_that_have_a_key() -> None:
    [one] = exports.devices(ENTRIES, "app", "profile")
    assert one["device"] == {
        "applicationId": "app",
        "deviceProfileId": "profile",
        "devEui": ID,
        "joinEui": "0" * 16,
        "name": 'miner "7"',
        "description": "Davy tag, virtual",
    }
    assert one["deviceKeys"] == {"devEui": ID, "nwkKey": "cd" * 16}
    [row] = csv.DictReader(exports.as_csv([one]).splitlines())
    assert (row["dev_eui"], row["app_key"], row["name"], row["application_id"]) == (ID, "cd" * 16, 'miner "7"', "app")


def test_labels_hold_no_key_and_nothing_breaks_out_of_them() -> None:
    page = exports.labels([Entry(ID, "<script>", "virtual", secrets={"key": "ab" * 16})])
    assert "<script>" not in page and "ab" * 16 not in page and page.count("<svg") == 1


def test_bad_words_are_one_line(tmp_path: Path, registry: Registry, monkeypatch: pytest.MonkeyPatch) -> None:
    where = ("--registry", str(registry.path))
    for words, why in (
        (("list", "--registry", str(tmp_path / "none")), "there is no registry yet"),
        (("labels", *where), "no tag yet"),
        (("export", *where, "--out", str(tmp_path / "x.toml"), "--tag", "aa"), "no tag aa"),
        (("tag", "--port", "/dev/a", "--port", "/dev/b", "--name", "x", *where), "one --name for several"),
        (("tag", "--port", "/dev/ttyNONE", *where), "cannot be opened"),
    ):
        done = davy("provision", *words)
        assert said_in_one_line(done) and why in done.stderr, done
    registry.put(ENTRIES[1])
    done = davy("provision", "export", *where, "--out", str(tmp_path / "x.csv"))
    assert said_in_one_line(done) and "no tag has a key for LoRaWAN" in done.stderr
    done = davy("provision", "export", *where, "--out", str(tmp_path / "x.doc"))
    assert said_in_one_line(done) and "said by its ending" in done.stderr
    monkeypatch.delenv("DAVY_REGISTRY_PASSPHRASE")
    done = davy("provision", "list", *where)
    assert said_in_one_line(done) and "set DAVY_REGISTRY_PASSPHRASE" in done.stderr
