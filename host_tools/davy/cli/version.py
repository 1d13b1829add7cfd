"""`davy version`: which versions of what are at work here."""

import sys

from davy.cli.output import Json, print_json


def version(as_json: Json = False) -> None:
    """Say which versions are installed: davy, Python, MicroPython."""
    from davy import __version__, runtime

    versions = {"davy": __version__, "python": sys.version.split()[0]}
    try:
        versions["micropython"] = runtime.find("mp64").version
    except runtime.Unavailable as error:
        versions["micropython"] = f"not here: {error.reason}"
    if as_json:
        print_json(versions)
    else:
        for name, number in versions.items():
            print(f"{name:12} {number}")
