"""The virtual tag's terminal without a tag: whatever has been printed can be read."""

import os

from davy.vtag.console import Console

# The kernel hands a reader one part after another (on Linux at most 4 095 bytes, and a part cut anywhere if it is still
# carrying the rest over): a test that stops the world and looks at what was printed must see all of it.
PRINTED = b"boot 1 cause 1\n" * 500


def test_one_look_shows_all_that_has_been_printed() -> None:
    terminal = Console(outside=False)
    terminal.prepare()
    seen = bytearray()
    terminal.on_output = seen.extend
    os.set_blocking(terminal.child_fd, False)
    assert os.write(terminal.child_fd, PRINTED) == len(PRINTED)
    assert terminal.read_child() == seen == PRINTED.replace(b"\n", b"\r\n")
    assert terminal.read_child() == b""
    terminal.close()
