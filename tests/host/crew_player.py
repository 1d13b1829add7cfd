"""A worker for the tests of `davy.crew`, which does what its port's name says: `python -m crew_player LOG/what`.

`die`, `hang`, `deny` (says failed), `talk` (garbage, then an answer is asked for), `slow` (says `busy`, then waits for a word).
What it did stands in the folder, in a file of the port's name.
"""

import sys
import time
from pathlib import Path

from davy.crewtalk import NotWanted, speaking


def main() -> None:
    """The process."""
    log = Path(sys.argv[1])
    what = log.name.split("-")[0]
    say, heard = speaking()
    order = heard()
    note = log.with_name(f"{log.name}.{order['stage']}")
    note.write_text("began")
    if what == "die":
        sys.exit(3)
    if what == "hang":
        time.sleep(60)
    if what == "deny":
        say("failed", why="it will not")
        return
    say("hello", n=1)
    if what == "slow":
        say("busy")
    try:
        answer = heard()
        note.write_text(f"heard {answer['word']}")
    except NotWanted:
        note.write_text("let go")
        return
    say("done")


if __name__ == "__main__":
    main()
