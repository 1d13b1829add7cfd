"""docs/lorawan.md says what the tag's own tables say, and its figures hold here."""

import os
import subprocess

from davy import docs_lorawan, roots, runtime
from lorawan import states
from lorawan.frame import REFUSALS
from lorawan.regions.names import NAMES

UPLINK_US = 5000  # the target: build an uplink in 5 ms on the 64-bit runtime


def test_the_tables_are_those_of_the_code() -> None:
    text = docs_lorawan.DOC.read_text(encoding="utf-8")
    assert text == docs_lorawan.render(text), "run python -m davy.docs_lorawan"


def test_every_state_refusal_and_region_is_in_it() -> None:
    found = docs_lorawan.tables()
    assert len(docs_lorawan.STATES) == len(states.TABLE) and len(docs_lorawan.SYMBOLS) == len(states.TABLE[0])
    for number, name in enumerate(docs_lorawan.STATES):
        assert getattr(states, name) == number
    for number, name in enumerate(docs_lorawan.SYMBOLS):
        assert getattr(states, name) == number
    for name in (*NAMES, *REFUSALS):
        assert any(f"| {name} |" in table for table in found.values())


def measured() -> dict[str, int]:
    done = subprocess.run(
        [*runtime.command("mp64"), str(roots.BASE / "bench" / "device" / "lorawan_mac.py")],
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
        env={**os.environ, "MICROPYPATH": f"{roots.LIB}:.frozen"},
    )
    return {name: int(number) for name, number in (line.rsplit(" ", 1) for line in done.stdout.splitlines())}


def test_an_uplink_is_built_in_time_and_the_kept_state_has_the_size_it_says() -> None:
    figures = measured()
    for name, us in figures.items():
        if name.startswith("send"):
            assert us <= UPLINK_US, (name, us)
    text = " ".join(docs_lorawan.DOC.read_text(encoding="utf-8").split())
    shown = {"EU868": "EU868", "RU864": "RU864", "AS923": "AS923-1", "IN865": "IN865", "US915": "US915"}
    sizes = ", ".join(f"{short} {figures[f'kept {name} bytes']}" for short, name in shown.items())
    assert f"One object of bytes ({sizes})" in text
