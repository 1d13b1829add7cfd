"""A tag that runs from a slot: trials that end well and that do not, and slots that are damaged; in the end one runs."""

import pytest
from update_rig import BAD, HEALTHY_S, THOROUGH, SlotLife, app, state

from slotstate import CONFIRMED, FELL_BACK, PLAIN, ROLLED_BACK, STEADY, TAKEN_UP, TRIAL, A, B
from tag import events

from codec import hdlc  # isort: skip
from tag.console import kinds  # isort: skip

OLD, NEW = 1, 0x0102
FEW = ("raises at import", "hangs in a task", "a fault now and then")


def trial(what: str, **more: int) -> dict[str, bytes]:
    news = {"news": TAKEN_UP, "version": NEW, "faults": 0, **more}
    return {"app.a": app(), "app.b": app(what, NEW), "boot.a": state(TRIAL, B, A, **news)}


def test_a_good_version_is_taken_up_and_confirmed() -> None:
    with SlotLife(trial("good")) as life:
        life.live(HEALTHY_S / 2)
        assert life.said("update") == [(TAKEN_UP, NEW, "")] and life.state.news == 0
        assert (life.state.phase, life.state.tries) == (TRIAL, 2)
        life.live(HEALTHY_S)
        assert life.said("update") == [(TAKEN_UP, NEW, ""), (CONFIRMED, NEW, "")]
        assert (life.state.phase, life.state.slot, life.state.back, life.state.news) == (STEADY, B, A, 0)
        assert [int(boot[1]) for boot in life.said("boot")] == [NEW]
        life.tag.reset(life.bench.now_us)
        life.live(5)
        assert [int(boot[1]) for boot in life.said("boot")] == [NEW, NEW]
        assert len(life.said("update")) == 2 and life.said("crash") == []


WHYS = {
    "raises at import": "ValueError: no",
    "lacks a module": "ImportError: no module named 'nowhere'",
    "eats all memory": "MemoryError",
    "raises while it starts": "OSError: 5",
    "hangs at import": "not healthy in time",
    "hangs in a task": "not healthy in time",
    "a task is late": "faults 0x200",
    "a task dies": "faults 0x200",
    "a new fault": "faults 0x1",
    "a fault now and then": "faults 0x1",
    "ends": "not healthy in time",
}


@pytest.mark.parametrize("what", [name for name in BAD if name != "good" and (THOROUGH or name in FEW)])
def test_a_version_that_does_not_do_gives_way_to_the_one_before(what: str) -> None:
    with SlotLife(trial(what)) as life:
        if what == "ends":  # it stands at the prompt: whoever hangs there is restarted by the watchdog
            life.live(60)
        assert life.live_until(lambda: any(one[0] == ROLLED_BACK for one in life.said("update")), 6 * HEALTHY_S + 60)
        [told] = [one for one in life.said("update") if one[0] == ROLLED_BACK]
        assert told[1] == NEW and str(told[2]).startswith(WHYS[what]), told
        assert (life.state.phase, life.state.slot, life.state.back, life.state.news) == (STEADY, A, PLAIN, 0)
        assert int(life.said("boot")[-1][1]) == OLD
        boots = life.tag.boots
        life.live(HEALTHY_S)
        assert life.tag.boots == boots <= 5, "it starts again and again"
        assert life.alarm(events.ALARM_FAULT) in (events.OFF, events.ACKED) or what in ("a task dies",), life.said(
            "alarm"
        )


def test_a_fault_that_the_version_before_had_too_is_no_reason() -> None:
    with SlotLife(trial("a new fault", faults=1 << events.FAULT_MOTION)) as life:
        life.live(HEALTHY_S + 10)
        assert life.said("update")[-1] == (CONFIRMED, NEW, "")


def test_a_task_that_dies_is_a_reason_whatever_the_version_before_had() -> None:
    with SlotLife(trial("a task dies", faults=0xFFFF)) as life:
        assert life.live_until(lambda: any(one[0] == ROLLED_BACK for one in life.said("update")), 6 * HEALTHY_S)


def damaged(data: bytes, at: int) -> bytes:
    return data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :]


@pytest.mark.parametrize("at", [5, 200_000, -1])
def test_a_slot_that_is_damaged_later_falls_back_to_the_other(at: int) -> None:
    bad = app("good", NEW)[:-7] if at == -1 else damaged(app("good", NEW), at)
    with SlotLife({"app.a": app(), "app.b": bad, "boot.b": state(STEADY, B, A)}) as life:
        life.live(10)
        assert [int(boot[1]) for boot in life.said("boot")] == [OLD]
        assert life.said("update") == [(FELL_BACK, OLD, "damaged")]
        life.tag.reset(life.bench.now_us)
        life.live(5)
        assert [int(boot[1]) for boot in life.said("boot")] == [OLD, OLD] and len(life.said("update")) == 1


def test_a_new_version_that_is_damaged_is_never_started() -> None:
    with SlotLife({**trial("good"), "app.b": damaged(app("good", NEW), 150_000)}) as life:
        life.live(10)
        assert life.said("update") == [(ROLLED_BACK, NEW, "damaged")] and life.tag.boots == 1


@pytest.mark.parametrize(
    "files",
    [
        {"app.b": b"DVAP\x01", "boot.a": state(TRIAL, A, B)},
        {"app.a": app(), "boot.a": b"", "boot.b": state(STEADY, PLAIN, PLAIN)},
        {"app.a": damaged(app(), 99), "boot.a": state(STEADY, A, PLAIN)},
    ],
)
def test_without_a_whole_slot_plain_files_start(files: dict[str, bytes]) -> None:
    with SlotLife(files, plain=True) as life:
        life.live(10)
        assert life.tag.boots == 1 and [int(boot[1]) for boot in life.said("boot")] == [OLD]
        assert b"Traceback" not in life.printed


@pytest.mark.parametrize("name", ["app.b", "app.a"])
def test_with_no_state_and_no_plain_files_any_whole_slot_starts_and_keeps_its_place(name: str) -> None:
    files = {"app.a": b"x" * 70, "app.b": b"", name: app(), "boot.a": b"garbage"}
    with SlotLife(files) as life:
        life.live(10)
        assert life.tag.boots == 1 and [int(boot[1]) for boot in life.said("boot")] == [OLD]
        slot, other = (B, A) if name == "app.b" else (A, B)
        assert (life.state.slot, life.state.free) == (slot, other)


@pytest.mark.parametrize("name", ["slots.py", "slotstate.py"])
def test_with_what_chooses_damaged_plain_files_start(name: str) -> None:
    with SlotLife({"app.a": app(), "boot.a": state(STEADY, A, PLAIN), name: b"\xff\0def ("}, plain=True) as life:
        life.live(10)
        assert life.tag.boots == 1 and [int(boot[1]) for boot in life.said("boot")] == [OLD]
        assert b"davy: no slots: " in life.printed


def test_a_restart_by_cable_ends_in_a_start_whatever_does_not_close(monkeypatch: pytest.MonkeyPatch) -> None:
    stop = "        self.memory.keep_all(self.core.stop())\n"
    monkeypatch.setitem(BAD, "does not close", ("tag/app.py", stop, "        raise OSError(5)\n"))
    with SlotLife({"app.a": app("does not close"), "boot.a": state(STEADY, A, PLAIN)}) as life:
        life.live(10)
        frame = bytearray(hdlc.ROOM)
        n = hdlc.seal(bytearray([kinds.RESTART, 1, 0, 0, 0, 0]), kinds.HEAD, frame, hdlc.TO_TAG)
        life.tag.type(bytes(frame[:n]), life.bench.now_us)
        life.live(10)
        assert life.tag.boots == 2 and len(life.said("boot")) == 2 and life.said("crash") == []


def test_without_slots_the_tag_starts_as_ever_and_loads_nothing_of_them() -> None:
    with SlotLife({}, plain=True) as life:
        del_states = life.files
        assert "boot.a" not in del_states
        life.live(10)
        assert [int(boot[1]) for boot in life.said("boot")] == [OLD] and life.said("update") == []
        life.tag.type(b"\x03", life.bench.now_us)
        life.live(3)
        for key in b"import sys\rprint('slots' in sys.modules, 'slotstate' in sys.modules)\r":
            life.tag.type(bytes([key]), life.bench.now_us)
            life.live(0.05)
        life.live(1)
        assert b"False False" in life.printed
        assert "boot.a" not in life.files and "boot.b" not in life.files
