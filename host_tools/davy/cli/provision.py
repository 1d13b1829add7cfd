"""`davy provision`: identity and keys of tags."""

import contextlib
import json
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from davy.cli import tray
from davy.cli.group import group
from davy.cli.output import Json, console, print_json

if TYPE_CHECKING:
    from davy.crew import Event, Result
    from davy.provisioning.registry import Registry

app = group("Give tags their identity and keys, and keep these in an encrypted registry.")

PASSPHRASE = "DAVY_REGISTRY_PASSPHRASE"
Where = Annotated[
    Path, typer.Option("--registry", help=f"The registry's file; its passphrase: asked, or {PASSPHRASE}.")
]
REGISTRY = Path("registry.davy")
STEPS = ("facts", "kept", "done")  # as the worker says them
COLUMNS = {
    "tag": lambda facts: facts.get("tag_id", ""),
    "name": lambda facts: facts.get("name", ""),
}
Tags = Annotated[list[str] | None, typer.Option("--tag", metavar="ID", help="This tag only; again for each.")]


@app.command("tag")
def tag(
    port: tray.Ports = None,
    every: tray.Every = False,
    site: Annotated[
        Path | None, typer.Option("--config", help="Settings of all tags of the site; see: davy config template")
    ] = None,
    registry: Where = REGISTRY,
    name: Annotated[
        str, typer.Option(help="What people call the wearer or the tag; {n} is the next free number.")
    ] = "",
    again: Annotated[bool, typer.Option("--again", help="New keys for tags that have some.")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would be done, and change nothing.")] = False,
    as_json: Json = False,
) -> None:
    """Make the id and keys of one tag or a tray of them, keep them in the registry, write them with the site's settings to the tag.

    Nothing secret is printed. What was cut off is finished by a second run. Exit code 1 when any port failed.

    davy provision tag --all --config site.toml --name "miner {n}"
    """
    from davy import tagconfig
    from davy.errors import DavyError
    from davy.provisioning import stage
    from davy.provisioning.registry import Preview

    ports = tray.chosen(port or [], every)
    stage.names(name, ports, ())  # a pattern that is none is told before a passphrase is asked for
    values = dict(tagconfig.read(site)) if site else None
    if again and not yes and not dry_run:
        if not sys.stdin.isatty():
            raise DavyError("--again gives new keys to tags that have some: say --yes too")
        typer.confirm(f"give new keys to {', '.join(ports)}?", abort=True)
    with contextlib.ExitStack() as stack:
        fresh = dry_run and not registry.exists()
        opened = None if fresh else stack.enter_context(_opened(registry, create=not dry_run))
        book = opened if opened and not dry_run else Preview(opened)
        named = stage.names(name, ports, [entry.name for entry in opened.all()] if opened else [])
        work = stage.Provisioning(book, values, named, again, keep_names="{" in name)
        results = tray.run(ports, [(work, len(STEPS), _at)], as_json)
    _tell(results, as_json, "looked at" if dry_run else "provisioned")
    if any(result.state != "done" for result in results):
        raise typer.Exit(1)


def _at(event: "Event") -> float | None:
    """How far a tag is."""
    said = event.get("event")
    return STEPS.index(said) + 1 if said in STEPS else None


def _tell(results: "list[Result]", as_json: bool, verb: str) -> None:
    from davy.errors import DavyError

    if as_json:
        print_json([result.as_dict() for result in results])
        return
    if len(results) == 1 and results[0].state == "failed":
        raise DavyError(results[0].says)
    tray.show(results, COLUMNS, verb)
    for result in results:
        for number, step in enumerate(result.facts.get("steps", []), 1):
            print(f"{result.port}: {number}. {step}")


@app.command("list")
def list_tags(registry: Where = REGISTRY, as_json: Json = False) -> None:
    """List the tags of the registry, without their keys."""
    with _opened(registry) as book:
        entries = [entry for entry in book.all() if entry.tag_id != "site"]
    rows = [
        {"tag_id": one.tag_id, "name": one.name, "board": one.board, "state": one.state, "changed": one.changed}
        for one in entries
    ]
    if as_json:
        print_json(rows)
        return
    from rich.markup import escape
    from rich.table import Table

    from davy.errors import plain

    table = Table(box=None, pad_edge=False, header_style="dim")
    for heading in ("tag_id", "name", "board", "state", "changed"):
        table.add_column(heading)
    for row in rows:
        table.add_row(*(escape(plain(text)) for text in row.values()))
    console().print(table)


@app.command("export")
def export(
    out: Annotated[Path, typer.Option("--out", "-o", help="FILE.json or FILE.csv for ChirpStack; FILE.toml: one tag.")],
    registry: Where = REGISTRY,
    tags: Tags = None,
    application: Annotated[str, typer.Option(help="ChirpStack's id of the application.")] = "",
    profile: Annotated[str, typer.Option(help="ChirpStack's id of the device profile.")] = "",
) -> None:
    """Write keys for a network server, or the settings of one tag for `davy gateway --tag` and `davy logs --tag`.

    The file holds keys: only you may read it, and it never overwrites another one.
    """
    from davy.errors import DavyError
    from davy.provisioning import exports

    with _opened(registry) as book:
        entries = _chosen(book, tags or [])
    match out.suffix:
        case ".json" | ".csv":
            made = exports.devices(entries, application, profile)
            if not made:
                raise DavyError("no tag has a key for LoRaWAN: provision with lora_region in the site's settings")
            text = json.dumps(made, indent=2) + "\n" if out.suffix == ".json" else exports.as_csv(made)
        case ".toml":
            if len(entries) != 1:
                raise DavyError("a settings file is for one tag: say --tag ID")
            made, text = entries, exports.settings(entries[0])
        case _:
            raise DavyError(f"{out}: what it should become is said by its ending: .json, .csv or .toml")
    exports.write_private(out, text)
    print(f"{out}: {len(made)} {'tag' if len(made) == 1 else 'tags'}; it holds keys: delete it when it was used")


@app.command("labels")
def labels(
    out: Annotated[Path, typer.Option("--out", "-o", help="HTML file to write.")] = Path("labels.html"),
    registry: Where = REGISTRY,
    tags: Tags = None,
) -> None:
    """Write a page of labels to print: name, id, and the id as a QR code; no key."""
    from davy.provisioning import exports
    from davy.writing import replacing

    with _opened(registry) as book:
        entries = _chosen(book, tags or [])
    with replacing(out) as part:
        part.write_text(exports.labels(entries), encoding="utf-8")
    print(f"{out}: {len(entries)} {'label' if len(entries) == 1 else 'labels'}")


def _chosen(book: "Registry", wanted: Sequence[str]) -> list[Any]:
    from davy.errors import DavyError

    entries = [entry for entry in book.all() if entry.tag_id != "site"]
    missing = {one.lower() for one in wanted} - {entry.tag_id for entry in entries}
    if missing:
        raise DavyError(f"{book.path}: no tag {min(missing)}: davy provision list")
    if not entries:
        raise DavyError(f"{book.path}: no tag yet: davy provision tag")
    return [entry for entry in entries if not wanted or entry.tag_id in {one.lower() for one in wanted}]


def _opened(path: Path, create: bool = False) -> "Registry":
    from davy.provisioning.registry import Registry

    return Registry(path, passphrase_of(path), create)


def passphrase_of(path: Path) -> str:
    """The passphrase of a registry: from the environment, or asked."""
    from davy.errors import DavyError

    passphrase = os.environ.get(PASSPHRASE, "")
    if not passphrase:
        if not sys.stdin.isatty():
            raise DavyError(f"{path}: its passphrase is needed: set {PASSPHRASE}")
        passphrase = typer.prompt(f"passphrase of {path}", hide_input=True, confirmation_prompt=not path.exists())
    return passphrase
