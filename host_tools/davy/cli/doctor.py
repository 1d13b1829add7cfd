"""`davy doctor`: what is wrong, and how to mend it."""

from dataclasses import asdict
from typing import Annotated

import typer

from davy.cli.output import Json, console, print_json

_STYLES = {"ok": "green", "warn": "yellow", "bad": "bold red"}


def doctor(
    port: Annotated[str, typer.Option(help="Look at the tag on this port too; it stops for some seconds.")] = "",
    as_json: Json = False,
) -> None:
    """Say what on this computer, or on a tag, is wrong and how to mend it.

    Exit code 0: nothing is bad; 1: something is.
    """
    from davy import doctor as physician
    from davy import ports, tagfacts
    from davy.errors import DavyError, plain
    from davy.tagport import TagPort

    checks = physician.computer()
    if port:
        [one] = ports.found([port])
        if one.state != "there":
            checks.append(physician.Check("port", "bad", f"{port}: {one.state}", one.says))
        else:
            try:
                with TagPort(port) as link:
                    checks += physician.tag(tagfacts.ask(link))
            except DavyError as error:
                mend = "press its reset button; if that does not help, davy flash"
                checks.append(physician.Check("tag", "bad", error.message, mend))
    if as_json:
        print_json([asdict(check) for check in checks])
    else:
        out = console()
        for check in checks:
            out.print(f"[{_STYLES[check.state]}]{check.state:5}[/]", end="")
            out.print(f"{check.name:12} {plain(check.says, 400)}", markup=False, soft_wrap=True)
            if check.mend and check.state != "ok":
                out.print(f"      {'':12} {check.mend}", markup=False, soft_wrap=True, style="dim")
    if any(check.state == "bad" for check in checks):
        raise typer.Exit(1)
