"""Opens an SPI bus and the pin that selects a part on it. Loaded by boards that have such a part, and by no other.

The clock idles high and data are taken on its second edge (mode 3), as every accelerometer of the tag has it.
"""

import machine


def opener(part, specs):
    """(bus, select pin) of a part, from the buses in board.json; ValueError when its bus is not among them."""
    for spec in specs or ():
        if spec["id"] == part["spi"]:
            select = machine.Pin(part["cs"], machine.Pin.OUT, value=1)
            sck, mosi, miso = machine.Pin(spec["sck"]), machine.Pin(spec["mosi"]), machine.Pin(spec["miso"])
            bus = machine.SPI(spec["id"], baudrate=spec["freq_hz"], polarity=1, phase=1, sck=sck, mosi=mosi, miso=miso)
            return bus, select
    raise ValueError("there is no spi " + str(part["spi"]))
