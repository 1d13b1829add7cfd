"""What a self-test needs of a heart-rate sensor: it is opened, and its chip's own test is run. Loaded by it alone."""

from tag.hal import system
from tag.hal.heart import opened


def run(part, buses, feed) -> tuple:
    """(True, False, or None where it cannot be judged; nA of its light that come back, or None; why not) of the sensor that is
    `part` of board.json; `feed` is called at least each second."""
    sensor, why = opened(part, buses)
    if sensor is None:
        return False, None, why
    chip = part["chip"]
    try:
        module = __import__("drivers." + chip + "_selftest", None, None, ("self_test",))
    except ImportError:
        return None, None, "none for a " + chip

    def wait(ms: int) -> None:
        feed()
        system.sleep_ms(ms)

    found = module.self_test(sensor, wait, system.ticks_ms)
    if found[0] is False and not buses.recover(part["i2c"]):
        return False, None, "its bus is held"
    return found
