"""Quality of a reading: a number means nothing without it.

OK        the value may be used
WARMING   the sensor is not ready yet; no value
UNDER     below the measuring range; for a toxic gas a sign of a broken cell
OVER      above the measuring range; counts as a high alarm
STALE     no fresh value within the sensor's deadline
FAILED    the sensor or its bus does not answer, or what it says cannot be true
CAL_DUE   the value may be used, but the calibration has run out
"""

from micropython import const

OK = const(0)
WARMING = const(1)
UNDER = const(2)
OVER = const(3)
STALE = const(4)
FAILED = const(5)
CAL_DUE = const(6)


def usable(quality: int) -> bool:
    """True when the value beside this quality is a measurement."""
    return quality == OK or quality == CAL_DUE
