"""The `davy` command: every group of commands has a file here, and this one puts them together and catches what goes wrong.

A mistake that a person can mend is one line on standard error, beginning with `davy:`, and exit code 1; DAVY_TRACEBACK=1 shows
where it came from. Nothing heavy is imported before the command that needs it runs, so that `davy --help` is quick.
"""

import os
import sys

import typer

from davy.cli import (
    boards,
    calibrate,
    config,
    deploy,
    doctor,
    evaluate,
    flash,
    gateway,
    limits,
    logs,
    lorawan,
    muster,
    ports,
    provision,
    records,
    replay,
    samples,
    selftest,
    sim,
    site,
    survey,
    tune,
    update,
    version,
    vtag,
)
from davy.cli.group import group
from davy.errors import DavyError

_ABOUT = """
Davy is a wearable safety tag. This command runs it on your computer, plays scenarios and recordings on it, hears it as a
gateway does, and prepares boards. It is not certified equipment.

[b]Start here[/b]

  davy sim run tests/scenarios/demo.toml   [dim]watch a fall, gas and power cuts[/dim]
  davy replay tests/recordings/fall.csv    [dim]what the tag makes of a recording[/dim]
  davy vtag start                          [dim]a tag for mpremote and ampy[/dim]

Every command has --help; those that report have --json.
"""

app = group(
    _ABOUT,
    "sim",
    "replay",
    "evaluate",
    "tune",
    "vtag",
    "gateway",
    "muster",
    "lorawan",
    "records",
    "logs",
    "samples",
    "calibrate",
    "ports",
    "doctor",
    "flash",
    "provision",
    "selftest",
    "boards",
    "config",
    "limits",
    "site",
    "survey",
    "deploy",
    "update",
    "version",
)
TRY = "Try it on this computer"
HEAR = "Hear tags"
PREPARE = "Prepare a tag"

app.add_typer(sim.app, name="sim", rich_help_panel=TRY)
app.command("replay", rich_help_panel=TRY)(replay.replay)
app.add_typer(evaluate.app, name="evaluate", rich_help_panel=TRY)
app.add_typer(tune.app, name="tune", rich_help_panel=TRY)
app.add_typer(vtag.app, name="vtag", rich_help_panel=TRY)
app.command("gateway", rich_help_panel=HEAR)(gateway.gateway)
app.command("muster", rich_help_panel=HEAR)(muster.muster)
app.add_typer(lorawan.app, name="lorawan", rich_help_panel=HEAR)
app.add_typer(records.app, name="records", rich_help_panel=HEAR)
app.add_typer(logs.app, name="logs", rich_help_panel=HEAR)
app.command("samples", rich_help_panel=HEAR)(samples.samples)
app.command("ports", rich_help_panel=PREPARE)(ports.ports)
app.command("doctor", rich_help_panel=PREPARE)(doctor.doctor)
app.command("flash", rich_help_panel=PREPARE)(flash.flash)
app.add_typer(provision.app, name="provision", rich_help_panel=PREPARE)
app.command("selftest", rich_help_panel=PREPARE)(selftest.selftest)
app.add_typer(calibrate.app, name="calibrate", rich_help_panel=PREPARE)
app.add_typer(boards.app, name="boards", rich_help_panel=PREPARE)
app.add_typer(config.app, name="config", rich_help_panel=PREPARE)
app.add_typer(limits.app, name="limits", rich_help_panel=PREPARE)
app.add_typer(site.app, name="site", rich_help_panel=PREPARE)
app.command("survey", rich_help_panel=PREPARE)(survey.survey)
app.command("deploy", rich_help_panel=PREPARE)(deploy.deploy)
app.command("update", rich_help_panel=PREPARE)(update.update)
app.command("version", rich_help_panel=PREPARE)(version.version)


def main() -> None:
    """The entry point: runs a command and ends the process."""
    try:
        code = app(standalone_mode=False, prog_name="davy")
        if sys.stdout:  # None when davy was started with it closed
            sys.stdout.flush()
    except BrokenPipeError:
        # The reader has gone (davy ... | head): nothing more to say, also not when Python flushes at its end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        code = 1
    except (KeyboardInterrupt, typer.Abort):
        code = 130
    except (DavyError, typer.TyperException) as error:
        code = _say(error, error.message if isinstance(error, DavyError) else error.format_message())
    except OSError as error:  # a full disk, a folder that may not be written
        code = _say(error, f"{error.filename or 'cannot write'}: {error.strerror or error}")
    except Exception as error:  # the last net: a person gets a line, whoever mends it asks for the traceback
        text = f"{type(error).__name__}: {error} (an error in davy itself; DAVY_TRACEBACK=1 shows where)"
        code = _say(error, text)
    sys.exit(code if isinstance(code, int) else 0)


def _say(error: Exception, text: str) -> int:
    if os.environ.get("DAVY_TRACEBACK"):
        raise error
    print(f"davy: {' '.join(text.split())}", file=sys.stderr)
    return 1
