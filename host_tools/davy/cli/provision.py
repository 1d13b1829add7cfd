"""`davy provision`: identity and keys of tags."""

import contextlib
import json
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from davy.cli.group import group
from davy.cli.output import Json, console, print_json

if TYPE_CHECKING:
    from davy.provisioning.registry import Preview, Registry

app = group("Give tags their identity and keys, and keep these in an encrypted registry.")

PASSPHRASE = "DAVY_REGISTRY_PASSPHRASE"
Where = Annotated[
    Path, typer.Option("--registry", help=f"The registry's file; its passphrase: asked, or {PASSPHRASE}.")
]
REGISTRY = Path("registry.davy")
Tags = Annotated[list[str] | None, typer.Option("--tag", metavar="ID", help="This tag only; again for each.")]


@app.command("tag")
def tag(
    port: Annotated[list[str], typer.Option(help="The tag's serial port; again for each.")],
    site: Annotated[
        Path | None, typer.Option("--config", help="Settings of all tags of the site; see: davy config template")
    ] = None,
    registry: Where = REGISTRY,
    name: Annotated[str, typer.Option(help="What people call the wearer or the tag.")] = "",
    again: Annotated[bool, typer.Option("--again", help="New keys for a tag that has some.")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would be done, and change nothing.")] = False,
    as_json: Json = False,
) -> None:
    """Make a tag's id and keys, keep them in the registry, write them with the site's settings to the tag.

    Nothing secret is printed. What was cut off is finished by a second run. Exit code 1 when any port failed.

    davy provision tag --port /dev/ttyUSB0 --config site.toml --name "miner 7"
    """
    from davy import tagconfig
    from davy.errors import DavyError
    from davy.provisioning.registry import Preview

    if name and len(port) > 1:
        raise DavyError("one --name for several tags: provision them one by one, or without")
    values = dict(tagconfig.read(site)) if site else None
    told: list[dict[str, Any]] = []
    with contextlib.ExitStack() as stack:
        fresh = dry_run and not registry.exists()
        opened = None if fresh else stack.enter_context(_opened(registry, create=not dry_run))
        book = opened if opened and not dry_run else Preview(opened)
        for one in port:
            try:
                told.append(_provision(one, book, values, name, again, yes))
            except DavyError as error:
                told.append({"port": one, "state": "failed", "says": error.message})
    if as_json:
        print_json(told)
    elif len(told) == 1 and told[0]["state"] == "failed":
        raise DavyError(str(told[0]["says"]))
    else:
        for row in told:
            print(f"{row['port']}: {row['state']}: {row['says']}")
            for number, step in enumerate(row.get("steps", []), 1):
                print(f"  {number}. {step}")
    if any(row["state"] == "failed" for row in told):
        raise typer.Exit(1)


def _provision(
    port: str, book: "Registry | Preview", values: dict[str, Any] | None, name: str, again: bool, yes: bool
) -> dict[str, Any]:
    """One tag; with a `Preview` only what would be done. Without `values` the tag keeps the settings it has."""
    from davy import tagfacts
    from davy.errors import DavyError
    from davy.logs.pull import who
    from davy.provisioning import plan as planner
    from davy.provisioning.registry import Preview
    from davy.tagport import TagPort

    with TagPort(port) as link:
        facts = tagfacts.ask(link)
        if values is None:
            values = planner.without_secrets(who(link))
        made = planner.plan(facts, book, values, name, again)
        told: dict[str, Any] = {"port": port, "tag_id": made.tag_id, "kind": made.kind}
        if isinstance(book, Preview):
            return {**told, "state": "planned", "says": "nothing was changed", "steps": made.steps()}
        if made.kind == "renew" and not yes:
            if not sys.stdin.isatty():
                raise DavyError("new keys for a tag that has some: say --yes too")
            typer.confirm(f"tag {made.tag_id} has keys: give it new ones?", abort=True)
        entry = planner.carry_out(link, book, made)
    return {**told, "state": entry.state, "says": f"tag {entry.tag_id} {entry.name}".rstrip() + f", {made.kind}"}


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
    from davy.logs.export import replacing
    from davy.provisioning import exports

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
