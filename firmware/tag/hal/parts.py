"""Opens the parts that board.json lists, each by its chip's opener. A part that cannot be opened is a fault, not an
end.

A driver is handed its bus and pins here; what is missing stays None, is named in `problems`, and the tag goes on
without it. Only what the board has is loaded: accelerometer chip "lis3dh" is LIS3DH in drivers.lis3dh.
"""

import machine
import neopixel

from drivers.battery import Battery
from drivers.button import Button
from drivers.buzzer import Buzzer
from drivers.rgb_led import PixelLed
from drivers.vibration import Vibration
from micropython import const
from tag.events import FAULT_BATTERY, FAULT_BOARD, FAULT_BUTTON, FAULT_GAS, FAULT_MOTION, FAULT_OUTPUTS, GASES
from tag.hal.board import problem

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


def _gas_id(part):
    for gas in GASES:
        if GASES[gas][0] == part["gas"]:
            return gas
    raise ValueError(part["gas"])


def _winsen(part, buses):
    from drivers.winsen_modules import MODULES
    from drivers.winsen_ndir import WinsenNDIR

    module = part.get("module", "mh-440d")
    if part["gas"] != MODULES[module][0]:
        raise ValueError(part["gas"])
    uart, gas = buses.uart[part["uart"]], _gas_id(part)
    return WinsenNDIR(uart, gas, part["range"], int(part.get("warmup_s", -1) * 1000), module)


def _dfrobot(part, buses):
    from drivers.dfrobot_gas import DFRobotGas

    gas = _gas_id(part)
    if "uart" in part:
        from drivers.frame9 import SerialFrames

        port = SerialFrames(buses.uart[part["uart"]])
    else:
        from drivers.frame9_i2c import I2cFrames

        bus = part["i2c"]
        port = I2cFrames(buses.i2c[bus], part["address"], lambda: buses.recover(bus))
    return DFRobotGas(port, gas, part["gas"], GASES[gas][2], part.get("warmup_s", 300) * 1000)


def _scd41(part, buses):
    from drivers.scd41 import SCD41

    bus = part["i2c"]
    return SCD41(buses.i2c[bus], _gas_id(part), lambda: buses.recover(bus))


def _cell(part, buses):
    from drivers.ads1115 import ADS1115
    from drivers.electrochemical import Electrochemical
    from drivers.lmp91000 import LMP91000

    cell = part["cell"]
    if isinstance(cell, str):
        raise ValueError(cell)  # a board file that no deploy has filled in
    bus = part["i2c"]
    place = (bus, part["adc"])
    if place not in buses.shared:
        buses.shared[place] = ADS1115(buses.i2c[bus], part["adc"], part["reference"], lambda: buses.recover(bus))
    enable = machine.Pin(part["enable"], machine.Pin.OUT, value=1)
    afe = LMP91000(buses.i2c[bus], enable, cell[0], cell[1])
    adc = buses.shared[place]
    return Electrochemical(afe, adc, part["channel"], _gas_id(part), cell, part.get("warmup_s", -1))


def _air(part, buses):
    chip = part["chip"]
    bus = part["i2c"]
    module = __import__("drivers." + chip, None, None, (chip,))
    return getattr(module, chip.upper())(buses.i2c[bus], part["address"], lambda: buses.recover(bus))


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


# chip -> opener(part, buses); an accelerometer and an air sensor need no line here
OPENERS = {
    "winsen-ndir": _winsen,
    "dfrobot-gas": _dfrobot,
    "scd41": _scd41,
    "lmp91000": _cell,
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
    """The tag's devices: `accel`, `buzzer`, `led`, `motor`, `button`, `battery`, `air` (each may be None) and the list
    `gas`. A tag may do without `air`: that is no fault."""

    def __init__(self, board, buses) -> None:
        self.accel = self.buzzer = self.led = self.motor = self.button = self.battery = self.air = None
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
            if role not in SOURCES and role != "air":
                return  # a radio, for instance: not this room's
        except (KeyError, TypeError) as error:
            self.problems.append((FAULT_BOARD, problem("part", error)))
            return
        try:
            opener = _accel if role == "accel" else _air if role == "air" else OPENERS[part["chip"]]
            device = opener(part, buses)
        except Exception as error:  # a port has many ways to refuse a pin; none may cost the tag its other parts
            self.problems.append((SOURCES.get(role, FAULT_BOARD), problem(role, error)))
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
