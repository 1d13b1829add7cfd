"""A start that the kernel refuses for the moment is tried again, and nothing else is."""

import errno

import pytest

from davy.processes import started


class Kernel:
    """Refuses so many starts."""

    def __init__(self, refusals: int, number: int = errno.EFAULT) -> None:
        self.left = refusals
        self.number = number
        self.asked = 0

    def __call__(self) -> str:
        self.asked += 1
        if self.left:
            self.left -= 1
            raise OSError(self.number, "no")
        return "runs"


def test_a_start_that_is_refused_for_the_moment_is_tried_again() -> None:
    assert started(Kernel(0)) == "runs"
    kernel = Kernel(3)
    assert started(kernel) == "runs"
    assert kernel.asked == 4


def test_one_that_is_always_refused_ends() -> None:
    kernel = Kernel(99)
    with pytest.raises(OSError, match="no"):
        started(kernel)
    assert kernel.asked == 4


def test_another_error_is_said_at_once() -> None:
    kernel = Kernel(1, errno.ENOENT)
    with pytest.raises(FileNotFoundError):
        started(kernel)
    assert kernel.asked == 1
