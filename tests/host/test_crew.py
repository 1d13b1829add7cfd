"""The crew: stages at many ports, each in a process of its own; one that fails, dies or hangs never stops the others."""

import time
from pathlib import Path
from typing import Any

import pytest

from davy import crew
from davy.crew import Crew, Event, Result
from davy.errors import DavyError


class Player:
    """Listens to crew_player. `word`: what it answers to hello; a DavyError in its place is raised."""

    module = "crew_player"
    silent_s = 20.0
    grace_s = 20.0

    def __init__(self, number: int = 0, word: str | DavyError | None = "go") -> None:
        self.number, self.word = number, word

    def order(self, port: str) -> Event:
        return {"stage": self.number}

    def hear(self, result: Result, event: Event) -> Event | None:
        match event["event"]:
            case "busy":
                result.changing = True
            case "hello":
                result.facts[f"stage {self.number}"] = event["n"]
                if isinstance(self.word, DavyError):
                    raise self.word
                return None if self.word is None else {"word": self.word}
            case "done":
                result.says = f"stage {self.number} done"
        return None


@pytest.fixture(autouse=True)
def importable(monkeypatch: pytest.MonkeyPatch) -> None:
    here = Path(__file__)
    monkeypatch.setenv("PYTHONPATH", f"{here.parent}:{here.parents[2] / 'host_tools'}")


def states(results: list[Result]) -> list[tuple[str, str]]:
    return [(one.state, one.says) for one in results]


def notes(folder: Path) -> dict[str, str]:
    return {path.name: path.read_text() for path in sorted(folder.iterdir())}


def test_each_port_goes_through_all_stages_whatever_the_others_do(tmp_path: Path) -> None:
    ports = [str(tmp_path / name) for name in ("talk-1", "die", "deny", "talk-2")]
    told: list[tuple[str, int, str]] = []
    results = crew.run(
        ports,
        [Player(0, "first"), Player(1, "second")],
        lambda result, event: told.append((Path(result.port).name, result.stage, event["event"])),
    )
    assert states(results) == [
        ("done", "stage 1 done"),
        ("failed", "its worker died: run it again"),
        ("failed", "it will not"),
        ("done", "stage 1 done"),
    ]
    assert notes(tmp_path) == {
        "talk-1.0": "heard first", "talk-1.1": "heard second", "talk-2.0": "heard first", "talk-2.1": "heard second",
        "die.0": "began", "deny.0": "began",
    }  # fmt: skip
    assert [row[1:] for row in told if row[0] == "talk-2"] == [
        (0, "hello"), (0, "done"), (1, "ended"), (1, "hello"), (1, "done"), (1, "ended"),
    ]  # fmt: skip
    assert results[0].facts == {"stage 0": 1, "stage 1": 1} and results[0].seconds > 0


def test_a_listener_that_refuses_ends_its_port_alone_and_its_worker_puts_things_back(tmp_path: Path) -> None:
    class Choosy(Player):
        def hear(self, result: Result, event: Event) -> Event | None:
            if result.port.endswith("2"):
                raise DavyError("not this one")
            return super().hear(result, event)

    results = crew.run([str(tmp_path / "talk-1"), str(tmp_path / "talk-2")], [Choosy()])
    assert states(results) == [("done", "stage 0 done"), ("failed", "not this one")]
    assert notes(tmp_path) == {"talk-1.0": "heard go", "talk-2.0": "let go"}


def test_a_listener_that_breaks_takes_its_port_with_it_and_no_other_and_shows_nothing(tmp_path: Path) -> None:
    class Broken(Player):
        def hear(self, result: Result, event: Event) -> Event | None:
            if result.port.endswith("2"):
                raise KeyError("a secret")
            return super().hear(result, event)

    results = crew.run([str(tmp_path / "talk-1"), str(tmp_path / "talk-2")], [Broken()])
    assert states(results) == [("done", "stage 0 done"), ("failed", "davy failed here (KeyError): run it again")]


def test_a_worker_that_cannot_be_started_is_one_failure(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = crew.started

    def start(what: Any) -> Any:
        if not monkeypatched:
            monkeypatched.append(True)
            raise OSError(11, "Resource temporarily unavailable")
        return real(what)

    monkeypatched: list[bool] = []
    monkeypatch.setattr(crew, "started", start)
    results = crew.run([str(tmp_path / "talk-1"), str(tmp_path / "talk-2")], [Player()])
    assert [one.state for one in results] == ["failed", "done"] and "cannot be started" in results[0].says


def test_who_says_nothing_is_ended_though_others_talk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Player, "silent_s", 5.0)  # a busy computer starts who talks within that
    start_s = time.monotonic()
    results = crew.run([str(tmp_path / "hang"), str(tmp_path / "talk")], [Player()])
    assert [one.state for one in results] == ["failed", "done"] and "nothing was heard for 5 s" in results[0].says
    assert time.monotonic() - start_s < 40  # long before it would have ended by itself


def test_who_is_let_go_and_stays_is_ended_after_its_grace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Player, "grace_s", 0.5)
    made = Crew([str(tmp_path / "hang")], [Player()], lambda result, event: None)
    start_s = time.monotonic()
    while not (tmp_path / "hang.0").exists() and time.monotonic() - start_s < 20:
        made.step()
    made.stop()
    while made.busy:
        made.step()
    assert states(made.results) == [("left", crew.LEFT)] and time.monotonic() - start_s < 40


@pytest.mark.parametrize("second", [True, False])
def test_ctrl_c_finishes_the_stage_that_changes_something_and_begins_no_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, second: bool
) -> None:
    real = Crew.step
    pressed = [False, False]

    def step(self: Any) -> None:
        for i, due in enumerate((self.results[0].changing and self.results[1].facts, second and self.stopping)):
            if due and not pressed[i]:
                pressed[i] = True
                if i == 0:  # what is being changed goes on once the key was pressed
                    self._say(self.results[0], {"word": "go"})
                raise KeyboardInterrupt
        real(self)

    monkeypatch.setattr(Crew, "step", step)

    ports = [str(tmp_path / name) for name in ("slow", "talk")]
    if second:
        with pytest.raises(KeyboardInterrupt):
            crew.run(ports, [Player(0, None), Player(1)])
        return
    results = crew.run(ports, [Player(0, None), Player(1)])
    assert states(results) == [
        ("left", "stage 0 done, then stopped: run it again for the rest"),
        ("left", crew.LEFT),
    ]
    assert notes(tmp_path) == {"slow.0": "heard go", "talk.0": "let go"}


def test_a_port_named_twice_is_refused() -> None:
    with pytest.raises(DavyError, match="named twice"):
        crew.run(["a", "a"], [Player()])
