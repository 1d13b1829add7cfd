"""Opens the parts that board.json lists, each by its chip's opener. A part that cannot be opened is a fault, not an
end.

A driver is handed its bus and pins here; what is missing stays None, is named in `problems`, and the tag goes on
without it. Of the accelerometers only the one that the board has is loaded: chip "lis3dh" is LIS3DH in drivers.lis3dh.
"""

import machine
import neopixel

from drivers.battery import Battery
from drivers.button import Button
from drivers.buzzer import Buzzer
from drivers.rgb_led import PixelLed
from drivers.vibration import Vibration
from drivers.winsen_ndir import WinsenNDIR
from micropython import const
from tag.events import FAULT_BATTERY, FAULT_BOARD, FAULT_BUTTON, FAULT_GAS, FAULT_MOTION, FAULT_OUTPUTS, GASES
from tag.hal.board import problem

_WARMUP_S = 180
_LEAST_G = const(8)  # a fall goes beyond 4 g


def _accel(part, buses):
    chip = part["chip"]
    full_scale_g = part.get("full_scale_g", 16)
    if full_scale_g < _LEAST_G:
        raise ValueError("full_scale_g")
    if "spi" in part:
        from tag.hal.spi import opener

        bus, at = opener(part, buses.spi)
    else:
        bus, at = buses.i2c[part["i2c"]], part["address"]
    module = __import__("drivers." + chip, None, None, (chip,))
    return getattr(module, chip.upper())(bus, at, part["axes"], full_scale_g=full_scale_g)


def _winsen(part, buses):
    for gas in GASES:
        if GASES[gas][0] == part["gas"]:
            return WinsenNDIR(buses.uart[part["uart"]], gas, part["range"], part.get("warmup_s", _WARMUP_S) * 1000)
    raise ValueError(part["gas"])


def _pwm(part):
    return machine.PWM(machine.Pin(part["pin"], machine.Pin.OUT), freq=2000, duty_u16=0)


def _button(part, buses):
    low = part.get("active_low", True)
    if not part.get("pull", True):
        return Button(machine.Pin(part["pin"], machine.Pin.IN), low)  # the board has a resistor, the pin cannot pull
    pull = machine.Pin.PULL_UP if low else machine.Pin.PULL_DOWN
    return Button(machine.Pin(part["pin"], machine.Pin.IN, pull), low)


def _battery(part, buses):
    if "enable" in part:
        machine.Pin(part["enable"], machine.Pin.OUT, value=part["enable_on"])
    return Battery(machine.ADC(machine.Pin(part["pin"]), atten=machine.ADC.ATTN_11DB), part["divider"])


# chip -> opener(part, buses); an accelerometer needs no line here
OPENERS = {
    "winsen-ndir": _winsen,
    "pwm-buzzer": lambda part, buses: Buzzer(_pwm(part)),
    "pwm-motor": lambda part, buses: Vibration(_pwm(part)),
    "ws2812": lambda part, buses: PixelLed(neopixel.NeoPixel(machine.Pin(part["pin"], machine.Pin.OUT), 1)),
    "button": _button,
    "adc-divider": _battery,
}

# role -> the fault source that speaks for it
SOURCES = {
    "accel": FAULT_MOTION,
    "gas": FAULT_GAS,
    "buzzer": FAULT_OUTPUTS,
    "led": FAULT_OUTPUTS,
    "motor": FAULT_OUTPUTS,
    "button": FAULT_BUTTON,
    "battery": FAULT_BATTERY,
}


class Parts:
    """The tag's devices: `accel`, `buzzer`, `led`, `motor`, `button`, `battery` (each may be None) and the list
    `gas`."""

    def __init__(self, board, buses) -> None:
        self.accel = self.buzzer = self.led = self.motor = self.button = self.battery = None
        self.gas = []
        self.accel_bus = -1
        self.problems = [(FAULT_BOARD, text) for text in buses.problems]  # (fault source, text)
        self.missing = []  # fault sources that have no part at all
        roles = []
        for part in board["parts"]:
            self._open(part, buses, roles)
        for role in SOURCES:
            if role not in roles and SOURCES[role] not in self.missing:
                self.missing.append(SOURCES[role])

    def _open(self, part, buses, roles) -> None:
        try:
            role = part["role"]
            if role not in SOURCES:
                return  # a radio, for instance: not this room's
        except (KeyError, TypeError) as error:
            self.problems.append((FAULT_BOARD, problem("part", error)))
            return
        try:
            opener = _accel if role == "accel" else OPENERS[part["chip"]]
            device = opener(part, buses)
        except Exception as error:  # a port has many ways to refuse a pin; none may cost the tag its other parts
            self.problems.append((SOURCES[role], problem(role, error)))
            return
        roles.append(role)
        if role == "gas":
            self.gas.append(device)
        else:
            setattr(self, role, device)
        if role == "accel":
            self.accel_bus = part.get("i2c", -1)

    def show(self, r: int, g: int, b: int, hz: int, percent: int) -> None:
        """What the wearer sees, hears and feels."""
        if self.led:
            self.led.show(r, g, b)
        if self.buzzer:
            self.buzzer.tone(hz)
        if self.motor:
            self.motor.drive(percent)

    def outputs_failed(self) -> bool:
        """True while the last command to an output failed."""
        for output in (self.led, self.buzzer, self.motor):
            if output is not None and output.fault:
                return True
        return False
