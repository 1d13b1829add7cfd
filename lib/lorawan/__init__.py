"""A LoRaWAN 1.0.4 end device of class A and C without radio and clock: bytes and time in, bytes and deadlines out.

`mac.Mac` is the whole of it for whoever runs a radio; `regions.find("EU868")` gives it the rules of a region. What the
files say of the protocol is from TS001-1.0.4 (L2 1.0.4) and RP002-1.0.4 (regional parameters) of the LoRa Alliance.
"""

# From the bottom up: imports that nest as deep as these modules lie would need more stack than a board has to spare.
from lorawan import channels, crypto, frame, join, stack  # noqa: F401
