"""`updating.work.appliance` on a virtual tag's own port: the app arrives, is kept or rolled back, and nothing that goes wrong loses
a tag."""

import json
import random
from pathlib import Path
from typing import Any

import pytest
from cli_here import davy, said_in_one_line
from serial_relay import Relay
from update_rig import PULLS, THOROUGH, PortRig, app, goal, in_slots, state

from davy import limitkey
from davy.errors import DavyError
from davy.updating import bundle, plan, work
from davy.vtag.assembly import firmware
from slotstate import PLAIN, STEADY, TRIAL, A, B

NEW = 0x0102
PULL_B = 10_900  # what a tag says in such an update, and the first words of the trial


def ready(board: str, arch: str | None = None, key: Path | None = None) -> tuple[bytes, dict[str, bytes]]:
    """`bundle.build` of files that were compiled once."""
    files = firmware(board, arch or "x64").files
    return app(), {path: data for path, data in files.items() if path in bundle.ROOT}


def test_onto_a_tag_with_plain_files_from_the_command_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bundle, "build", ready)
    with PortRig({"slots.py": None, "slotstate.py": None, "main.py": b"# older\n"}) as rig:
        words = ("deploy", "virtual", "--port", rig.port, "--healthy", "8")
        dry = davy(*words, "--dry-run")
        assert dry.returncode == 0 and "nothing was changed" in dry.stdout and "write main.py" in dry.stdout, dry
        assert "app.a" not in rig.files and "app.part" not in rig.files
        done = davy(*words)
        assert done.returncode == 0 and "has been healthy for 8 s" in done.stdout, done
        assert (rig.state.phase, rig.state.slot, rig.state.back) == (STEADY, A, PLAIN)
        assert set(rig.files) > {"app.a", "slots.py", "slotstate.py"} and "app.part" not in rig.files
        again = davy(*words, "--json")
        assert again.returncode == 0 and json.loads(again.stdout)["state"] == "unchanged", again
        file = tmp_path / "bad.davy"
        file.write_bytes(app("raises at import", NEW))
        bad = davy("update", str(file), "--port", rig.port, "--healthy", "8")
        assert said_in_one_line(bad) and "ValueError: no" in bad.stderr and "the version before runs" in bad.stderr
        assert (rig.state.phase, rig.state.slot) == (STEADY, A)


def test_only_what_changed_travels_and_a_second_update_takes_the_other_slot() -> None:
    with PortRig(in_slots()) as rig:
        done = work.appliance(rig.port, goal())
        assert done.state == "confirmed", done
        assert done.sent_b < 16_000 < len(app()) // 10, done
        assert (rig.state.phase, rig.state.slot, rig.state.back) == (STEADY, B, A)
        assert rig.files["app.b"] == app("good", NEW) and rig.files["app.a"] == app()
        events: list[str] = []
        done = work.appliance(rig.port, goal(version=NEW + 1), lambda event, **more: events.append(event))
        assert (done.state, rig.state.slot, rig.state.back) == ("confirmed", A, B)
        assert {"ask", "send", "check", "start", "wait", "said"} == set(events)
        assert work.appliance(rig.port, goal(version=NEW + 1)).state == "unchanged"


def what_is_not_healthy_is_rolled_back_and_told() -> None:
    """The kinds that take longest; one that raises is above, all are in test_tag_slots.py."""
    for what in ("a task dies", "hangs at import"):
        with PortRig(in_slots()) as rig:
            done = work.appliance(rig.port, goal(what))
            assert done.state == "rolled back" and not done.well, done
            assert (rig.state.phase, rig.state.slot, rig.state.back) == (STEADY, A, PLAIN)


def test_the_tag_of_a_site_takes_what_its_key_signed_alone(tmp_path: Path) -> None:
    mine, other = tmp_path / "mine", tmp_path / "other"
    public = limitkey.create(mine, 32).public
    limitkey.create(other, 32)
    with PortRig(in_slots(), update_key=public) as rig:
        before = rig.files
        for bad, why in ((goal(), "is not signed"), (goal(key=other), "signed by another key")):
            with pytest.raises(DavyError, match=why):
                work.appliance(rig.port, bad)
        assert rig.files["boot.a"] == before["boot.a"] and "app.b" not in rig.files and "app.part" not in rig.files
        good = goal(key=mine)
        forged = plan.Goal(Unchecked(**vars(goal(key=other).bundle)), healthy_s=8)
        with pytest.raises(DavyError, match="the tag refuses the bundle: signed by another key"):
            work.appliance(rig.port, forged)
        assert "app.part" not in rig.files and rig.state.phase == STEADY
        assert work.appliance(rig.port, good).state == "confirmed"
        assert rig.files["app.b"] == good.bundle.data


class Unchecked(bundle.Bundle):
    """A computer that does not look."""

    def signed_by(self, public: str) -> bool:
        return True


def test_a_full_flash_is_told_before_anything_is_written_and_room_is_made_of_the_old_slot() -> None:
    with PortRig(in_slots({"app.b": app("good", 3), "fill": bytes(1_120_000)})) as rig:
        steps = work.appliance(rig.port, goal(), dry_run=True).says
        assert "remove /app.b, for its room" in steps
        if THOROUGH:
            assert work.appliance(rig.port, goal()).state == "confirmed"
    with PortRig(in_slots({"fill": bytes(1_500_000)})) as rig:
        with pytest.raises(DavyError, match="flash is full: "):
            work.appliance(rig.port, goal())
        assert "app.part" not in rig.files and "app.b" not in rig.files


def test_a_tag_on_trial_is_waited_for_and_a_bundle_that_lies_there_is_not_sent_again() -> None:
    half = app("good", 3)[:50_000]  # of another one, whose cable was pulled
    with PortRig(in_slots({"app.b": app("good", NEW), "app.part": half})) as rig:
        done = work.appliance(rig.port, goal(healthy_s=60), wait=False)
        assert rig.files["app.b"] == app("good", NEW)
        assert (done.state, done.sent_b, rig.state.phase, rig.state.slot) == ("open", 0, TRIAL, B)
        assert work.appliance(rig.port, goal(healthy_s=60)).state == "confirmed"


def test_another_board_another_architecture_no_slots_are_refused() -> None:
    with PortRig(in_slots()) as rig:
        before = rig.files
        made = goal().bundle
        other = bundle.parse(bundle.sealed(made.image, NEW, "xtensawin"))
        for bad, why in (
            (plan.Goal(made, "lilygo-t3-s3"), "this tag is a virtual, not a lilygo-t3-s3"),
            (plan.Goal(other), "the bundle is for xtensawin, this tag runs x64"),
        ):
            with pytest.raises(DavyError, match=why):
                work.appliance(rig.port, bad)
        after = rig.files
        assert {name: after[name] for name in before if name[:3] in ("app", "boo")} == {
            name: before[name] for name in before if name[:3] in ("app", "boo")
        }
    with PortRig({"slots.py": None}) as rig, pytest.raises(DavyError, match="davy deploy BOARD --port PORT first"):
        work.appliance(rig.port, goal())


def bare_micropython_gets_the_whole_app() -> None:
    """Not a file of Davy's is on the tag."""
    files: dict[str, bytes | None] = dict.fromkeys(in_slots())
    with PortRig({**files, "app.a": None, "boot.a": None, "main.py": b"print('hello')\n"}) as rig:
        rig.load(dict.fromkeys(("slots.py", "slotstate.py", "board.json", "board.bak.json", "config.a")))
        done = work.appliance(rig.port, plan.of_board("virtual", arch="x64", healthy_s=8))
        assert done.state == "confirmed" and done.sent_b > 100_000, done


def bits_that_flip() -> None:
    """On the way from the tag; a second run finishes."""
    rng = random.Random(4)
    with PortRig(in_slots()) as rig:
        with Relay(rig.port, flip=lambda n: n > 3000 and rng.random() < 0.002) as relay:
            with pytest.raises(DavyError) as error:
                work.appliance(relay.port, goal())
            assert "\n" not in error.value.message
        assert newest_version(rig) in (1, NEW)
        assert work.appliance(rig.port, goal()).well


if THOROUGH:
    test_what_is_not_healthy = what_is_not_healthy_is_rolled_back_and_told
    test_bare_micropython_gets_the_whole_app = bare_micropython_gets_the_whole_app
    test_bits_that_flip_are_one_line = bits_that_flip


def newest_version(rig: PortRig) -> int:
    """What the flash would start."""
    found = rig.files[f"app.{'?ab'[rig.state.slot]}"]
    return bundle.parse(found).version


@pytest.mark.parametrize("at", [300 + PULL_B * (i + 1) // (PULLS + 1) for i in range(PULLS)])
def test_the_cable_is_pulled(at: int) -> None:
    pull(at)


def pull(at: int) -> dict[str, Any]:
    """Pull the cable after so many bytes from the tag; it starts as it stands, and a second run finishes."""
    with PortRig(in_slots()) as rig:
        with Relay(rig.port, cut_after=at) as relay:
            try:
                first = work.appliance(relay.port, goal()).state
            except DavyError as error:
                first = error.message
                assert "\n" not in first and first.startswith(relay.port), first
        whole = newest_version(rig), rig.state.phase
        assert whole in ((1, STEADY), (NEW, TRIAL), (NEW, STEADY)), whole
        second = work.appliance(rig.port, goal())
        assert second.well, (at, first, second)
        assert (rig.state.phase, rig.state.slot, rig.files["app.b"]) == (STEADY, B, app("good", NEW)), at
        return {"first": first, "sent": second.sent_b}


def test_a_state_on_trial_is_as_it_was_made() -> None:
    assert len(state(TRIAL, B, A)) == 72
