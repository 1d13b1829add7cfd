"""Why an interpreter cannot be had on this computer."""

from davy.errors import DavyError


class Unavailable(DavyError):
    """`name` is the interpreter, `reason` one line without a full stop."""

    def __init__(self, name: str, reason: str) -> None:
        self.name = name
        self.reason = " ".join(reason.split())
        super().__init__(f"{name}: {self.reason}")
