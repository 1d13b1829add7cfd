"""The virtual printed circuit board: answers every hardware operation of one tag from the chip models.

Built from a `board.json`: each part becomes its register-level model on its bus, or a pin with something at its end.
What the tag does to its outputs can be read here (`rgb`, `buzzer_hz`, `motor_percent`); what surrounds it comes from
the `World`.
"""

import errno
from collections.abc import Callable
from typing import Any

from davy.vtag.chips import CHIPS, named
from davy.vtag.chips.lmp91000 import solder
from davy.vtag.chips.lora_chip import LoraChip
from davy.vtag.device import wire
from davy.vtag.flash import Flash
from davy.vtag.operations_bus import Answer, BusOperations
from davy.vtag.operations_radio import RadioOperations
from davy.vtag.operations_system import SystemOperations
from davy.vtag.radio import Ble, Network, Wifi
from davy.vtag.wires import I2cBus, Pins, Uart, WireError
from davy.vtag.wires_spi import CommandFront, SpiBus, SpiFront
from davy.vtag.world import World

POWER_ON, HARD, WATCHDOG, DEEP_SLEEP, SOFT = 1, 2, 3, 4, 5


class Board:
    """One tag's hardware. `handle` answers one request at world time `t_us`."""

    def __init__(self, spec: dict[str, Any], world: World, flash: Flash, network: Network, name: str = "tag") -> None:
        self.spec = spec
        self.world = world
        self.flash = flash
        self.name = name
        self.pins = Pins()
        self.wifi = Wifi(network, name)
        self.ble = Ble()
        self.i2c: dict[int, I2cBus] = {}
        self.uart: dict[int, Uart] = {}
        self.spi: dict[int, SpiBus] = {}
        self.chips: dict[str, Any] = {}
        self.rgb = (0, 0, 0)
        self.buzzer_hz = 0
        self.motor_percent = 0
        self.wake: Callable[[int], None] = lambda t_us: None  # ends the tag's sleep
        self.on_output: Callable[[str, int], None] = lambda what, t_us: None
        self.on_control: Callable[[dict[str, Any], int], Any] | None = None
        self.rtc_memory = b""
        self.nvs: dict[bytes, bytes] = {}
        self.epoch_at_us: tuple[int, int] = (0, 0)  # seconds since 2000, at world time
        self.reset_cause = POWER_ON
        self.wdt_timeout_us = 0
        self.wdt_due_us: int | None = None
        self.host_clock = False
        self.t_us = 0
        self.pwm: dict[int, str] = {}
        self.adc: dict[int, float] = {}
        self.fit(spec)
        groups = (BusOperations(self), SystemOperations(self), RadioOperations(self))
        self._operations: dict[int, Callable[[int, int, bytes], Answer]] = {
            number: getattr(group, name.lower())
            for name, number in vars(wire).items()
            for group in groups
            if name.isupper() and hasattr(group, name.lower())
        }

    def fit(self, spec: dict[str, Any]) -> None:
        """Solder buses and parts on, in the words of a board.json."""
        buses = spec.get("buses", {})
        for bus in buses.get("i2c", []):
            self.i2c[bus["id"]] = I2cBus(bus["scl"], bus["sda"], bus.get("freq_hz", 400_000))
        for bus in buses.get("uart", []):
            self.uart[bus["id"]] = Uart()
        for bus in buses.get("spi", []):
            self.spi[bus["id"]] = SpiBus(bus["sck"], bus["mosi"], bus["miso"], bus["freq_hz"])
        names = {id(part): name for name, part in named(spec.get("parts", [])).items()}
        for part in spec.get("parts", []):
            chip, role = part["chip"], part["role"]
            if chip in CHIPS:
                model: Any = CHIPS[chip](part, self.world)  # an I2cChip, SpiChip or UartChip, as its entry says
                self.chips[names[id(part)]] = model
                if chip == "lmp91000":
                    solder(self, part, model)
                elif "i2c" in part:
                    self.i2c[part["i2c"]].chips[model.address] = model
                elif "spi" in part:
                    radio = isinstance(model, LoraChip)
                    front = CommandFront(model, lambda: self.t_us) if radio else SpiFront(model)
                    self.spi[part["spi"]].chips[part["cs"]] = front
                    self.pins.watchers[part["cs"]] = front.select
                    if radio:
                        model.wire(self, part, names[id(part)])
                elif "uart" in part:
                    self.uart[part["uart"]].chip = model
            elif role in ("buzzer", "motor"):
                self.pwm[part["pin"]] = role
            elif role == "button":
                active_low = part.get("active_low", True)
                self.pins.inputs[part["pin"]] = lambda t_us, low=active_low: int(self.world.button(t_us) != low)
            elif role == "battery":
                self.adc[part["pin"]] = float(part.get("divider", 1.0))
        for bus in self.i2c.values():
            self.pins.watchers[bus.scl] = bus.drive_scl
            self.pins.inputs[bus.sda] = lambda t_us, bus=bus: bus.sda_level()

    def power_up(self, t_us: int, cause: int) -> None:
        """Power has come (or a reset has ended): chips keep their state through resets, and lose it in a power cut."""
        self.reset_cause = cause
        self.pins.reset()
        for bus in self.spi.values():
            bus.release()
        self.wifi.reset()
        self.ble.reset()
        self.wdt_due_us = None
        self._outputs_off(t_us)
        if cause == POWER_ON:
            self.rtc_memory = b""
            self.epoch_at_us = (0, t_us)
            for chip in self.chips.values():
                chip.reset(t_us)

    def power_cut(self, t_us: int) -> None:
        """The power goes: what was on the air is cut."""
        for chip in self.chips.values():
            if isinstance(chip, LoraChip):
                chip.modem.stop(t_us)
        self.power_down(t_us)

    def power_down(self, t_us: int) -> None:
        """Nothing sounds or shines without power, or in a reset."""
        self.wdt_due_us = None
        self.wifi.reset()
        self.ble.reset()
        self._outputs_off(t_us)

    def _outputs_off(self, t_us: int) -> None:
        for what, off in (("rgb", (0, 0, 0)), ("buzzer_hz", 0), ("motor_percent", 0)):
            self.output(what, off, t_us)

    def output(self, what: str, value: Any, t_us: int) -> None:
        """The tag changes what shines, sounds or shakes."""
        if getattr(self, what) != value:
            setattr(self, what, value)
            self.on_output(what, t_us)

    def handle(self, op: int, a: int, b: int, payload: bytes, t_us: int) -> tuple[int, int, bytes]:
        """(errno or 0, value, payload) of the reply; raises `Sleep` and `Reset`, which are the caller's to carry out."""
        operation = self._operations.get(op)
        if operation is None:
            return errno.ENOSYS, 0, b""
        self.t_us = t_us
        try:
            value, data = operation(a, b, payload)
        except WireError as error:
            return error.number, 0, b""
        return 0, value, data

    def cost_us(self, op: int, a: int, b: int, payload: bytes) -> int:
        """World time that an operation takes on the wire."""
        if wire.I2C_WRITE <= op <= wire.I2C_MEM_WRITE:
            bus = self.i2c.get(a & 0xFF)
            return bus.cost_us(len(payload) + (b >> 8)) if bus else 0
        if op == wire.SPI_TRANSFER:
            bus = self.spi.get(a)
            return bus.cost_us(len(payload) or b & 0xFFFF) if bus else 0
        if op == wire.FLASH_ERASE:
            return 30_000  # a 4 kB sector of the usual NOR chips: 30-60 ms
        if op == wire.FLASH_WRITE:
            return 3 * len(payload)  # 0.7 ms a page of 256
        return 0
