"""What the pins of each microcontroller can do, as far as a board file can get it wrong.

Source: Espressif, ESP-IDF Programming Guide, "GPIO & RTC GPIO" for esp32, esp32s3 and esp32c3 (tables and notes) and the
chips' data sheets (how many bus controllers); for the native-code architectures the list of `mpy-cross -march=`. ADC2
is left out on purpose: it cannot be read while Wi-Fi is on.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field


def _pins(*ranges: tuple[int, int]) -> frozenset[int]:
    return frozenset(pin for low, high in ranges for pin in range(low, high + 1))


@dataclass(frozen=True)
class Mcu:
    """Pins that exist, and those among them with a restriction."""

    archs: tuple[str, ...]  # what mpy-cross may compile native code for; the first is the usual one
    pins: frozenset[int]
    input_only: frozenset[int] = frozenset()  # no output stage and no pull resistors either
    adc1: frozenset[int] = frozenset()
    strapping: frozenset[int] = frozenset()  # sampled at reset: a part that drives one can keep the tag from booting
    taken: Mapping[int, str] = field(default_factory=dict)  # pin -> what the chip itself needs it for
    # ids that MicroPython gives the bus controllers, without those of the console and the flash
    controllers: Mapping[str, tuple[int, ...]] = field(
        default_factory=lambda: {"i2c": (0, 1), "uart": (1, 2), "spi": (1, 2)}
    )


_FLASH = "the flash chip"
_USB = "USB"
_CONSOLE = "the serial console"

MCUS: Mapping[str, Mcu] = {
    "esp32": Mcu(
        archs=("xtensawin",),
        pins=_pins((0, 19), (21, 23), (25, 27), (32, 39)),
        input_only=_pins((34, 39)),
        adc1=_pins((32, 39)),
        strapping=frozenset((0, 2, 5, 12, 15)),
        taken=dict.fromkeys(range(6, 12), _FLASH) | {1: _CONSOLE, 3: _CONSOLE},
    ),
    "esp32s3": Mcu(
        archs=("xtensawin",),
        pins=_pins((0, 21), (26, 48)),
        adc1=_pins((1, 10)),
        strapping=frozenset((0, 3, 45, 46)),
        taken=dict.fromkeys(range(26, 33), "the flash chip or PSRAM") | {19: _USB, 20: _USB},
    ),
    "esp32c3": Mcu(
        archs=("rv32imc",),
        pins=_pins((0, 21)),
        adc1=_pins((0, 4)),
        strapping=frozenset((2, 8, 9)),
        taken=dict.fromkeys(range(11, 18), _FLASH) | {18: _USB, 19: _USB},
        controllers={"i2c": (0,), "uart": (1,), "spi": (1,)},
    ),
    # The virtual tag: its pins are names only, and its word size is that of the runtime it is started with.
    "unix": Mcu(archs=("x64", "x86"), pins=_pins((0, 48)), adc1=_pins((0, 48))),
}
