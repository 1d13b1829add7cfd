"""Opens an SPI bus and the pin that selects a part on it. Loaded by boards that have such a part, and by no other.

In mode 3 the clock idles high and data are taken on its second edge, as every accelerometer of the tag has it; radios have mode 0.
One bus has one mode: the check of a board file refuses a board that needs two.
"""

import machine


def opener(part, specs, mode: int = 3):
    """(bus, select pin) of a part, from the buses in board.json; ValueError when its bus is not among them."""
    for spec in specs or ():
        if spec["id"] == part["spi"]:
            select = machine.Pin(part["cs"], machine.Pin.OUT, value=1)
            sck, mosi, miso = machine.Pin(spec["sck"]), machine.Pin(spec["mosi"]), machine.Pin(spec["miso"])
            polarity, phase = mode >> 1, mode & 1
            speed = spec["freq_hz"]
            bus = machine.SPI(spec["id"], baudrate=speed, polarity=polarity, phase=phase, sck=sck, mosi=mosi, miso=miso)
            return bus, select
    raise ValueError("there is no spi " + str(part["spi"]))
