"""Starting processes where the kernel is not always able to.

With several threads that start processes at once, or memory short, `execve` now and then answers EFAULT ("Bad address") on
some virtual machines. Nothing has run then, and asked again it works.
"""

import errno
from collections.abc import Callable
from typing import TypeVar

Started = TypeVar("Started")
_STARTS = 4


def started(start: Callable[[], Started]) -> Started:
    """What `start` starts, by `subprocess.Popen` or `subprocess.run`."""
    for _ in range(_STARTS - 1):
        try:
            return start()
        except OSError as error:
            if error.errno != errno.EFAULT:
                raise
    return start()
