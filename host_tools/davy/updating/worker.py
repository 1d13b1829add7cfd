"""The app onto the tag at one port, in a process of its own: `python -m davy.updating.worker PORT`.

hears  {"board": ..., "bundle": "base64", "files": {name: "base64"}, "healthy_s": 60}
says   {"event": "ask"} {"event": "send", "done": ..., "total": ...} and the others of `work.appliance`
says   {"event": "done", "says": ...} or {"event": "failed", "why": "..."}
"""

import base64
import sys
import time
from pathlib import Path

from davy.crewtalk import NotWanted, speaking
from davy.errors import DavyError, plain
from davy.updating import bundle as bundles
from davy.updating import work
from davy.updating.plan import Goal

THERE_S = 10.0  # a chip with USB of its own comes back so long after it was flashed


def main() -> None:
    """The process."""
    say, heard = speaking()
    port = sys.argv[1]
    try:
        order = heard()
        data = base64.b64decode(order["bundle"])
        files = {name: base64.b64decode(text) for name, text in order["files"].items()}
        goal = Goal(bundles.parse(data), order["board"], files, order["healthy_s"])
        end_s = time.monotonic() + THERE_S
        while not Path(port).exists() and time.monotonic() < end_s:
            time.sleep(0.2)
        done = work.appliance(port, goal, say, wait=False)
        say("done", says=done.says)
    except NotWanted:
        pass
    except DavyError as error:
        say("failed", why=error.message)
    except Exception as error:  # the process ends, the others go on: its last words tell why
        say("failed", why=plain(f"davy failed at this port: {type(error).__name__}: {error}", 200))


if __name__ == "__main__":
    main()
