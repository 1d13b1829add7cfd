"""Two LoRa radios on the virtual board, as the tests of their drivers use them: one under test, one that answers."""

import time

import machine

import vport
from drivers.lora_radio import NOTHING

LINES = {1: (18, 23, 19), 2: (4, 24, 29)}  # of both buses: clock, to the chip, from it
FREQ_HZ = 868100000
UP = {"inverted": False, "crc": True}


def spi(mode=0, bus=1):
    sck, mosi, miso = LINES[bus]
    pins = {"sck": machine.Pin(sck), "mosi": machine.Pin(mosi), "miso": machine.Pin(miso)}
    return machine.SPI(bus, baudrate=2000000, polarity=mode >> 1, phase=mode & 1, **pins)


def control(do, **more):
    more["do"] = do
    return vport.control(more)


def dead(level):
    """The wires of the bus are broken: all reads so; -1 mends them."""
    control("spi_dead", bus=1, level=level)


def sent():
    """The newest frame that was put on the air."""
    return control("radio_log")[-1]


def gateway(payload, in_ms=20, sf=7, **more):
    """A frame from outside."""
    control("radio_send", payload=payload, in_ms=in_ms, freq_hz=more.pop("freq_hz", FREQ_HZ), sf=sf, **more)


def now():
    return time.ticks_ms()


def poll(radio, ms=5000, step_ms=20):
    """What `poll` says first, within `ms`, in the rhythm of the tag's loop."""
    for _ in range(ms // step_ms):
        said = radio.poll(now())
        if said != NOTHING:
            return said
        time.sleep_ms(step_ms)
    return NOTHING


class Rig:
    """A chip just soldered on; `open` gives a driver."""

    def __init__(self, chip, pins, driver):
        self.chip = chip
        self.part = {"role": "radio", "chip": chip, "spi": 1, "cs": 5, "reset": 12}
        self.part.update(pins)
        self._driver = driver
        self.fit()

    def fit(self):
        bus = self.part["spi"]
        sck, mosi, miso = LINES[bus]
        buses = {"spi": [{"id": bus, "sck": sck, "mosi": mosi, "miso": miso, "freq_hz": 2000000}]}
        vport.control({"do": "fit", "buses": buses, "parts": [self.part]})

    def open(self, **options):
        """A driver as the tag opens it, on a chip without faults and with nothing to complain of."""
        self.clear()
        dead(-1)
        control("radio_path", loss_db=100)
        self.complaints()
        return self._driver(self.part, options)

    def fault(self, name):
        control("fault", chip=self.chip, name=name)

    def clear(self):
        control("clear", chip=self.chip)

    def complaints(self):
        return control("complaints", chip=self.chip)


def pin(number):
    return machine.Pin(number, machine.Pin.IN)


def sx126x(part, options):
    from drivers.sx126x import SX126x

    reset = machine.Pin(part["reset"], machine.Pin.OUT, value=1)
    cs = machine.Pin(part["cs"], machine.Pin.OUT, value=1)
    given = {
        "chip": part["chip"],
        "tcxo": (part["tcxo_mv"], 5) if "tcxo_mv" in part else None,
        "dio2": part.get("dio2_rf_switch", False),
    }
    given.update(options)
    stamp = time.ticks_ms
    return SX126x(spi(0, part["spi"]), cs, pin(part["busy"]), reset, pin(part["dio1"]), stamp, time.sleep_us, **given)


def sx127x(part, options):
    from drivers.sx127x import SX127x

    reset = machine.Pin(part["reset"], machine.Pin.OUT, value=1)
    cs = machine.Pin(part["cs"], machine.Pin.OUT, value=1)
    given = {"pa_boost": part.get("pa_boost", True)}
    given.update(options)
    dio1 = pin(part["dio1"]) if "dio1" in part else None
    return SX127x(spi(0, part["spi"]), cs, reset, pin(part["dio0"]), dio1, time.ticks_ms, time.sleep_us, **given)


PINS_126X = {"busy": 13, "dio1": 14, "tcxo_mv": 1800, "dio2_rf_switch": True}
PINS_127X = {"dio0": 13, "dio1": 14}
