"""The app as a stage of the crew: onto a tag behind its port, beside one that is none; and what `davy flash --app` plans."""

from pathlib import Path

import pytest
from cli_here import davy, said_in_one_line
from test_flash import image
from update_rig import PortRig, app, goal, in_slots

from davy import crew
from davy.updating.stage import App, at
from slotstate import STEADY, TRIAL, B


def test_a_tag_gets_the_app_and_a_port_without_one_is_told(tmp_path: Path) -> None:
    with PortRig(in_slots()) as rig:
        events: list[crew.Event] = []
        results = crew.run(
            [rig.port, str(tmp_path / "none")], [App(goal())], lambda result, event: events.append(event)
        )
        assert [result.state for result in results] == ["done", "failed"], results
        assert results[0].facts["app"] and "on trial" in results[0].says
        assert "cannot be opened" in results[1].says
        assert rig.state.phase in (TRIAL, STEADY) and rig.state.slot == B and rig.files["app.b"] == app("good", 0x0102)
    sent = [done for done in map(at, events) if done is not None]
    assert sent == sorted(sent) and sent[-1] == len(app("good", 0x0102))


def test_flash_plans_the_app_after_the_image(tmp_path: Path) -> None:
    file = tmp_path / "image.bin"
    file.write_bytes(image())
    words = ("flash", "--board", "lilygo-t3-s3", "--image", str(file), "--port", "/dev/ttyNONE", "--dry-run")
    assert "into a slot" not in davy(*words).stdout
    done = davy(*words, "--app")
    assert done.returncode == 0 and done.stdout.splitlines()[-2].lstrip().startswith("6. put app"), done
    done = davy(*words, "--key", str(file))
    assert said_in_one_line(done) and "say --app too" in done.stderr


@pytest.mark.parametrize("event", [{}, {"event": "send"}, {"event": "send", "done": "x"}, {"event": "ask", "done": 5}])
def test_what_is_no_progress_moves_no_bar(event: crew.Event) -> None:
    assert at(event) is None
