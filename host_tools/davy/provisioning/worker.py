"""The tag at one port, in a process of its own: `python -m davy.provisioning.worker PORT`, lines of JSON both ways.

    hears  {"settings": true}                        tell the settings in force too
    says   {"event": "facts", "said": ..., "slots": ..., "settings": ...}
    hears  {"slot": "config.b", "data": "base64"}    write that; {}: leave the tag as it is
    says   {"event": "kept", "lines": [...]}         what the tag's own decoder says of what it reads back
    says   {"event": "done"} or {"event": "failed", "why": "..."}, when the tag is back on duty

What passes here holds keys: it goes through pipes, never into an argument, a file or an error.
"""

import sys
from typing import Any

from davy import tagfacts
from davy.crewtalk import Heard, NotWanted, Say, speaking
from davy.errors import DavyError
from davy.logs.questions import Link
from davy.tagport import TagPort

_WRITE = """
import binascii, json
from tag import config
name = "%s"
with open("/" + name, "wb") as f:
    f.write(binascii.a2b_base64("%s"))
with open("/" + name, "rb") as f:
    d = f.read()
g, v, problem = config.decode(d)
import hashlib
print(json.dumps({"generation": g, "problem": problem, "sha256": binascii.hexlify(hashlib.sha256(d).digest()).decode()}))
"""


def work(link: Link, say: Say, heard: Heard) -> None:
    """Both halves, with a tag that has been stopped. Raises DavyError; NotWanted when the other side has gone."""
    order = heard()
    facts = tagfacts.ask(link, load=False)
    settings = _settings(link) if order.get("settings") else None
    say("facts", said=facts.said, slots=facts.slots, settings=settings)
    order = heard()
    if order:
        say("kept", lines=write(link, order["slot"], order["data"]))


def write(link: Link, slot: str, data: str) -> list[dict[str, Any]]:
    """Put base64 into a slot; what the tag says of it. Raises DavyError, whose text holds nothing of what was sent."""
    try:
        return link.ask(_WRITE % (slot, data))
    except DavyError as error:
        where = error.message.partition(": ")[0]
        raise DavyError(f"{where}: the settings did not reach the tag: run it again") from None


def _settings(link: Link) -> dict[str, Any]:
    from davy.logs.pull import who

    return who(link)


def main() -> None:
    """The process."""
    say, heard = speaking()
    try:
        with TagPort(sys.argv[1]) as link:
            work(link, say, heard)
        say("done")
    except NotWanted:
        pass  # leaving the port has put the tag back on duty
    except DavyError as error:
        say("failed", why=error.message)
    except Exception as error:  # the process ends, the others go on; the text could hold what was sent
        say("failed", why=f"davy failed at this port ({type(error).__name__}): run it again")


if __name__ == "__main__":
    main()
