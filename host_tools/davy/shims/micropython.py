"""The few names of MicroPython's `micropython` module that device code uses at import, for CPython."""


def const(value):
    """A constant is just its value here."""
    return value


def viper(function):
    """Device code compiled by viper is plain Python on CPython: the same source, tested equal to the bit."""
    return function


native = viper


def opt_level(level: int = 0) -> int:
    """CPython's own optimisation level is fixed at start."""
    return level


def heap_lock() -> int:
    """CPython has no heap to lock: allocation is proved on MicroPython only."""
    return 0


def heap_unlock() -> int:
    """See `heap_lock`."""
    return 0
