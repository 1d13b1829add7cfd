"""`davy lorawan`: the tag's LoRaWAN stack at work on this computer."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from davy.cli.group import group
from davy.cli.output import console

if TYPE_CHECKING:
    from rich.table import Table

app = group("The tag's LoRaWAN stack against a test network.", "trace")


@app.command("trace")
def trace(
    region: Annotated[str, typer.Option(help="EU868, RU864, AS923-1 to -4, US915 or IN865.")] = "EU868",
    device_class: Annotated[str, typer.Option("--class", help="A: hears after its own uplinks; C: always.")] = "A",
    seed: Annotated[int, typer.Option(min=0, help="Makes keys, EUIs, addresses and channels.")] = 1,
    out: Annotated[
        Path | None, typer.Option("--json", metavar="OUT", help="Write keys and every frame to this file.")
    ] = None,
    interpreter: Annotated[str, typer.Option(help="mp64, mp32 (MicroPython) or cpython.")] = "mp64",
) -> None:
    """Join and exchange more than 20 uplinks and downlinks; show every frame, or write it with keys for another decoder to check.

    EUIs, addresses and keys are written in hex as on a label, most significant byte first.
    """
    from davy.errors import DavyError
    from davy.lorawan.trace import trace as run

    if out and (out.is_dir() or not out.absolute().parent.is_dir()):
        raise DavyError(f"{out}: is a folder, or there is none to write it to")
    found = run(region.upper(), device_class.upper(), seed, interpreter)
    if out:
        out.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
        print(f"{out}: {len(found['frames'])} frames")
        return
    screen = console()
    for what in ("device", "session"):
        screen.print("  ".join(f"[dim]{name}[/dim] {value}" for name, value in found[what].items()), soft_wrap=True)
    screen.print(_table(found["frames"]))


def _table(frames: list[dict[str, Any]]) -> "Table":
    from rich.table import Table

    table = Table(box=None, pad_edge=False, header_style="dim", padding=(0, 1, 0, 0))
    for heading in ("s", "", "MHz", "rate", "fcnt", "port", "bytes", "what"):
        right = heading in ("s", "MHz", "fcnt", "port", "bytes")
        table.add_column(heading, justify="right" if right else "left", no_wrap=heading != "what")
    for frame in frames:
        kind = frame["kind"]
        words = [word for word in ("confirmed", "ack", "f_pending", "adr_ack_req") if frame.get(word)]
        words += [f"{name} {frame[name]}" for name in ("fopts", "payload") if frame.get(name)]
        words += [frame["window"]] if "window" in frame else []
        words += ["lost"] * frame["lost"]
        table.add_row(
            f"{frame['t_ms'] / 1000:.3f}",
            "up" if frame["direction"] == "up" else "[cyan]down[/cyan]",
            f"{frame['freq_hz'] / 1e6:.3f}",
            f"DR{frame['dr']} SF{frame['sf']}/{frame['bw_hz'] // 1000}",
            str(frame.get("fcnt", "")),
            "" if frame.get("port") is None else str(frame["port"]),
            str(len(frame["phy"]) // 2),
            ", ".join([kind.replace("_", " ")] * (kind != "data") + words),
            style="dim" if frame["lost"] else None,
        )
    return table
