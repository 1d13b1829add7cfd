"""`davy provision tag` at many ports: one process touches the registry, names come from a pattern, each tag has its own keys."""

import base64
import json
from pathlib import Path
from typing import Any

import pytest
from cli_here import davy, said_in_one_line
from test_vtag_tools import Tag

from davy import tagconfig
from davy.crew import Result
from davy.errors import DavyError
from davy.provisioning import registry as book
from davy.provisioning.registry import Entry, Registry
from davy.provisioning.stage import Provisioning, names

SECRET = "a lamp in the dark"


@pytest.fixture(autouse=True)
def cheap(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(book, "COST", 1 << 10)
    monkeypatch.setenv("DAVY_REGISTRY_PASSPHRASE", SECRET)


def facts(chip: str = "34851800da70") -> dict[str, Any]:
    said = {"micropython": "1.29.0", "id": chip, "davy": 0, "board.json": ["virtual", "unix", 2]}
    return {"event": "facts", "said": said, "slots": {}, "settings": {"still_s": 45, "key": "ab" * 16}}


def kept(answer: Any) -> dict[str, Any]:
    """What a tag says that has kept what it was sent."""
    import hashlib

    data = base64.b64decode(answer["data"])
    digest = hashlib.sha256(data).hexdigest()
    return {"event": "kept", "lines": [{"generation": tagconfig.generation_of(data), "problem": "", "sha256": digest}]}


def test_registry_first_then_the_tag_then_written(tmp_path: Path) -> None:
    with Registry(tmp_path / "r.davy", SECRET, create=True) as made:
        work = Provisioning(made, None, {"a": "miner 1"})
        one = Result("a", "working")
        assert work.order("a") == {"settings": True} and Provisioning(made, {}).order("a") == {"settings": False}
        answer = work.hear(one, facts())
        assert one.changing and answer and answer["slot"] == "config.a"
        [entry] = made.all()
        assert (entry.state, entry.name) == ("pending", "miner 1")  # before anything went to the tag
        sent = tagconfig.parse(base64.b64decode(answer["data"]))
        assert sent["key"] == entry.secrets["key"] != "ab" * 16 and sent["still_s"] == 45
        with pytest.raises(DavyError, match="did not keep its settings"):
            work.hear(one, {"event": "kept", "lines": []})
        assert made.all()[0].state == "pending"
        again = Provisioning(made, None)  # the next run
        second = again.hear(one, facts()) or {}
        assert tagconfig.parse(base64.b64decode(second["data"])) == sent
        again.hear(one, kept(second))
        assert made.all()[0].state == "written" and one.says == "keys of an earlier run"
        assert not [secret for secret in entry.secrets.values() if secret in json.dumps(one.as_dict())]


def test_two_chips_with_one_address_are_not_given_one_identity(tmp_path: Path) -> None:
    with Registry(tmp_path / "r.davy", SECRET, create=True) as made:
        work = Provisioning(made, {})
        work.hear(Result("a"), facts())
        with pytest.raises(DavyError, match="as the one on a does"):
            work.hear(Result("b"), facts())
        assert work.hear(Result("b"), facts("34851800da71"))
        assert len(made.all()) == 2


def test_names_are_free_numbers_in_the_order_of_the_ports() -> None:
    assert names("miner {n}", ["x", "y", "z"], ["miner 2", "cook"]) == {"x": "miner 1", "y": "miner 3", "z": "miner 4"}
    assert names("M{n:03}", ["x"], []) == {"x": "M001"}
    assert names("miner 7", ["x"], ["miner 7"]) == {"x": "miner 7"} and names("", ["x"], []) == {}
    for pattern in ("{", "{}", "{m}", "{n!z}", "{n.real.x}", "{{n}}", "{n:q}"):
        with pytest.raises(DavyError, match="is the number"):
            names(pattern, ["x"], [])
    with pytest.raises(DavyError, match="one --name for several"):
        names("miner", ["x", "y"], [])


def test_a_tag_that_has_a_name_keeps_it_when_names_come_from_a_pattern(tmp_path: Path) -> None:
    with Registry(tmp_path / "r.davy", SECRET, create=True) as made:
        made.put(Entry("348518fffe00da70", "miner 9", "virtual", "pending", "", {"key": "cd" * 16}))
        for keep, name in ((True, "miner 9"), (False, "miner 1")):
            one = Result("a")
            Provisioning(made, {}, {"a": "miner 1"}, keep_names=keep).hear(one, facts())
            assert one.facts["name"] == name


def test_a_tray_of_tags_and_a_dead_port(tmp_path: Path) -> None:
    site = tmp_path / "site.toml"
    site.write_text('wifi_ssid = "shaft 3"\nlora_region = "EU868"\ngateway_host = "10.0.0.1"\n')
    tags = [Tag(tmp_path / f"{i}.bin", "--name", name) for i, name in enumerate(("a", "b", "a"))]
    ports = [tags[0].port, "/dev/ttyNONE", tags[1].port, tags[2].port]
    words = ["--registry", str(tmp_path / "r.davy"), "--config", str(site), "--name", "miner {n}"]
    words += [word for port in ports for word in ("--port", port)]
    try:
        planned = davy("provision", "tag", *words, "--dry-run")
        assert (
            planned.returncode == 1
            and "3. write" in planned.stdout
            and "2 of 4 looked at" in planned.stdout
            and not (tmp_path / "r.davy").exists()
        )
        done = davy("provision", "tag", *words, "--json")
        told = json.loads(done.stdout)
        refused = davy("provision", "tag", *words, "--again")
        on_tags = [tag.mpremote("exec", "from tag import config; print(config.load()[0]['key'])") for tag in tags]
    finally:
        for tag in tags:
            tag.stop()
    assert done.returncode == 1 and [one["port"] for one in told] == ports
    assert told[1]["state"] == "failed" and "cannot be opened" in told[1]["says"]
    assert sorted((told[0]["state"], told[3]["state"])) == ["done", "failed"]  # whoever came first
    twin = told[0] if told[0]["state"] == "failed" else told[3]
    assert "two chips with one address" in twin["says"]
    assert said_in_one_line(refused) and "say --yes too" in refused.stderr
    with Registry(tmp_path / "r.davy", SECRET) as made:
        entries = {entry.tag_id: entry for entry in made.all()}
    good = [i for i, one in enumerate(told) if one["state"] == "done"]
    assert len(good) == len(entries) == 2 == len({entry.secrets["key"] for entry in entries.values()})
    for i in good:
        entry = entries[told[i]["tag_id"]]
        assert (entry.name, entry.state) == (f"miner {i + 1}", "written")
        assert on_tags[{0: 0, 2: 1, 3: 2}[i]].strip() == entry.secrets["key"]
    shown = planned.stdout + done.stdout + done.stderr
    assert not [secret for entry in entries.values() for secret in entry.secrets.values() if secret in shown]
