"""A whole virtual tag on a helmet: its wearer walks, sits and nods off three times, and the gateway's words say so."""

import json
import math

from tag_life import Life

from davy import words
from tag import events

WALKS_S, NOD_S, NODS = 75, 25, 3


def head(t_us: int) -> tuple[float, float, float]:
    """A walk at 2 Hz; then every 25 s the head sinks to 45 degrees in 4 s, is down for 2 s, and is up at once."""
    t_s = t_us / 1e6
    if t_s < WALKS_S:
        return 0.0, -1000 + 300 * math.sin(2 * math.pi * 2 * t_s), 0.0
    at_s = (t_s - WALKS_S) % NOD_S - 15
    nods = t_s < WALKS_S + NODS * NOD_S and 0 <= at_s < 6
    angle = math.radians(45 * min(1.0, at_s / 4)) if nods else 0.0
    return 0.0, -1000 * math.cos(angle), 1000 * math.sin(angle)


def test_who_nods_off_under_a_helmet_is_told() -> None:
    for worn in ("helmet", None):
        with Life(fatigue=1) as life:

            def place(files: dict[str, bytes], worn: str | None = worn) -> None:
                files["board.json"] = json.dumps({**json.loads(files["board.json"]), "worn": worn or "trunk"}).encode()

            life.flash(place)
            life.board.world.accel_source = head
            life.live(WALKS_S + NODS * NOD_S + 65)
            rows = [dict(zip(words.fields(events.FATIGUE), row, strict=True)) for row in life.said("fatigue")]
            assert life.said("crash") == []
            if not worn:
                assert rows == []
                continue
            assert [(row["level"], row["nods"], row["nod_count"]) for row in rows] == [(2, 45, NODS)]
            text = words.readable(events.FATIGUE, rows[0])
            assert "nods 45" in text and "3 nods in an hour" in text and "advice: break" in text, text
