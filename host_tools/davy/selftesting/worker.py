"""One port of many, in a process of its own: `python -m davy.selftesting.worker PORT`, the plan as JSON on standard input.

{"event": "step", "name": "motion"} {"event": "check", ...} {"event": "done", ...} or {"event": "failed", "why": "..."}
"""

import json
import os
import sys
from dataclasses import asdict
from typing import Any

from davy.errors import DavyError, plain
from davy.selftesting.plan import Plan
from davy.selftesting.session import Nobody, run


def main() -> None:
    """The process."""
    said = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)

    def say(event: str, **more: Any) -> None:
        said.write(json.dumps({"event": event, **more}) + "\n")
        said.flush()

    port = sys.argv[1]
    try:
        told = json.load(sys.stdin)
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
