"""How an operation tells the bench that the tag is not simply to go on."""


class Reset(Exception):
    """The tag asked to be restarted."""

    def __init__(self, cause: int, off_us: int = 0) -> None:
        super().__init__(f"reset, cause {cause}")
        self.cause = cause
        self.off_us = off_us


class Sleep(Exception):
    """The tag has nothing to do for `us` microseconds (None: until an event)."""

    def __init__(self, us: int | None) -> None:
        super().__init__(f"sleep {us}")
        self.us = us
