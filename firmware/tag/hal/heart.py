"""Opens the heart-rate sensor that board.json describes. Loaded by boards that have one, where `fatigue` is on."""

from tag.hal.board import problem


def opened(part, buses):
    """(driver, ""), or (None, why not): a tag does without it. `buses` as in `tag.hal.board`."""
    try:
        chip = part["chip"]
        bus = part["i2c"]
        module = __import__("drivers." + chip, None, None, (chip,))
        address = int(part["address"])
        return getattr(module, chip.upper())(buses.i2c[bus], address, lambda: buses.recover(bus)), ""
    except Exception as error:  # whatever a wrong description brings about
        return None, problem("heart", error)
