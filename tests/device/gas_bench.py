"""What the gas tests share: a sensor that says what it is told."""

import quality


class Reading:
    """As a driver: a gas, a value and a quality."""

    def __init__(self, gas, value=0, q=quality.OK):
        self.gas = gas
        self.value = value
        self.quality = q
