"""`mpflash download` in a process of its own: `python -m davy.flashing.fetcher PAGE VERSION MIRROR`.

An empty MIRROR is micropython.org. It keeps what it fetches in the folder that MPFLASH_FIRMWARE names.
"""

import sys


def main() -> None:
    """The process."""
    page, version, mirror = sys.argv[1:4]
    from mpflash.cli_main import mpflash
    from mpflash.download import from_web

    if mirror:
        from_web.MICROPYTHON_ORG_URL = mirror.rstrip("/") + "/"
    sys.argv = ["mpflash", "download", "--board", page, "--version", version]
    mpflash()


if __name__ == "__main__":
    main()
