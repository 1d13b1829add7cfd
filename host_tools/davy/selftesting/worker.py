"""One port of many, in a process of its own: `python -m davy.selftesting.worker PORT`, which hears the plan.

{"event": "step", "name": "motion"} {"event": "check", ...} {"event": "done", ...} or {"event": "failed", "why": "..."}
"""

import os
import signal
import sys
import threading
from dataclasses import asdict

from davy.crewtalk import speaking
from davy.errors import DavyError, plain
from davy.selftesting.plan import Plan
from davy.selftesting.session import Nobody, run


def _until_not_wanted() -> None:
    """In a thread: the end of standard input is a Ctrl-C, at which a test lets go of its tag."""
    sys.stdin.read()
    os.kill(os.getpid(), signal.SIGINT)


def main() -> None:
    """The process."""
    say, heard = speaking()
    port = sys.argv[1]
    try:
        told = heard()
        threading.Thread(target=_until_not_wanted, daemon=True).start()
        plan = Plan(**{**told, "ports": tuple(told["ports"]), "skip": tuple(told["skip"])})
        tested = run(
            port,
            plan,
            Nobody(),
            lambda check: say("check", **asdict(check)),
            lambda step: say("step", name=step),
        )
        say("done", **{key: getattr(tested, key) for key in ("tag_id", "board", "version", "at", "recorded")})
    except DavyError as error:
        say("failed", why=error.message)
    except KeyboardInterrupt:
        say("failed", why=f"{port}: stopped; nothing was recorded, and the tag is back on duty")
    except Exception as error:  # the process ends, the others go on: its last words tell why
        say("failed", why=plain(f"{port}: {type(error).__name__}: {error}", 200))


if __name__ == "__main__":
    main()
