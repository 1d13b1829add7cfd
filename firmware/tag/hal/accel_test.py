"""What a self-test needs of an accelerometer beyond its samples: the chip's own test, and a finer range. Loaded by it alone."""

import time

_FINE_G = 2


def force(accel, chip: str):
    """True when each axis follows the chip's own force; None when nothing is written for that chip. 0.5 s at rest, at most 4 s."""
    try:
        module = __import__("drivers." + chip + "_selftest", None, None, ("self_test",))
    except ImportError:
        return None
    return module.self_test(accel, time.sleep_ms)


def fine(part, buses):
    """The chip anew at +-2 g, for one whose digits are too coarse at the tag's range; afterwards `probe` the tag's own driver."""
    if "spi" in part:
        from tag.hal.spi import opener

        bus, at = opener(part, buses.spi)
    else:
        bus, at = buses.i2c[part["i2c"]], part["address"]
    chip = part["chip"]
    module = __import__("drivers." + chip, None, None, (chip,))
    return getattr(module, chip.upper())(bus, at, part["axes"], full_scale_g=_FINE_G)
