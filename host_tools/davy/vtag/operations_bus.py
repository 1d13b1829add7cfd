"""What a tag asks of its buses and pins, answered from the chip models: one method an operation, named as in `wire`."""

import errno
from typing import TYPE_CHECKING

from davy.vtag.wires import I2cBus, Uart, WireError

if TYPE_CHECKING:
    from davy.vtag.board import Board

Answer = tuple[int, bytes]  # value, payload


class BusOperations:
    """Each method takes (a, b, payload) of the request and returns the reply's value and payload."""

    def __init__(self, board: "Board") -> None:
        self.board = board

    def i2c_init(self, a: int, b: int, payload: bytes) -> Answer:
        for number, bus in self.board.i2c.items():
            if (bus.scl, bus.sda) == (b & 0xFF, b >> 8):
                for pin in (bus.scl, bus.sda):
                    self.board.pins.mode[pin] = 0
                return number, b""
        return (a, b"") if a in self.board.i2c else (99, b"")  # pins with nothing on them: every transfer finds nobody

    def _bus(self, number: int) -> I2cBus:
        if number not in self.board.i2c:
            raise WireError(errno.ENODEV)
        return self.board.i2c[number]

    def i2c_write(self, a: int, b: int, payload: bytes) -> Answer:
        self._bus(a).write(b, payload, self.board.t_us)
        return len(payload), b""

    def i2c_read(self, a: int, b: int, payload: bytes) -> Answer:
        return 0, self._bus(a).read(b & 0xFF, b >> 8, self.board.t_us)

    def i2c_mem_read(self, a: int, b: int, payload: bytes) -> Answer:
        bus = self._bus(a & 0xFF)
        bus.write(b & 0xFF, ((a >> 8) & 0xFFFF).to_bytes(a >> 24, "big"), self.board.t_us)
        return 0, bus.read(b & 0xFF, b >> 8, self.board.t_us)

    def i2c_mem_write(self, a: int, b: int, payload: bytes) -> Answer:
        self._bus(a & 0xFF).write(b & 0xFF, ((a >> 8) & 0xFFFF).to_bytes(a >> 24, "big") + payload, self.board.t_us)
        return 0, b""

    def i2c_scan(self, a: int, b: int, payload: bytes) -> Answer:
        found = []
        for address in range(8, 120):
            try:
                self._bus(a).write(address, b"", self.board.t_us)
            except WireError:
                continue
            found.append(address)
        return len(found), bytes(found)

    def spi_init(self, a: int, b: int, payload: bytes) -> Answer:
        for number, bus in self.board.spi.items():
            if bus.pins == tuple(payload):
                bus.mode = a >> 8
                bus.freq_hz = b
                return number, b""
        return 99, b""  # pins with nothing on them

    def spi_transfer(self, a: int, b: int, payload: bytes) -> Answer:
        data = payload or bytes((b >> 16,)) * (b & 0xFFFF)
        if a not in self.board.spi:
            return 0, b"\xff" * len(data)
        return 0, self.board.spi[a].transfer(data, self.board.t_us)

    def pin_init(self, a: int, b: int, payload: bytes) -> Answer:
        self.board.pins.init(a, b & 0xFF, (b >> 8) & 0xFF, (b >> 16) - 1)
        return 0, b""

    def pin_get(self, a: int, b: int, payload: bytes) -> Answer:
        return self.board.pins.read(a, self.board.t_us), b""

    def pin_set(self, a: int, b: int, payload: bytes) -> Answer:
        self.board.pins.drive(a, b)
        return 0, b""

    def pin_irq(self, a: int, b: int, payload: bytes) -> Answer:
        self.board.pins.watch(a, b, self.board.t_us)
        return 0, b""

    def pin_pending(self, a: int, b: int, payload: bytes) -> Answer:
        return (self.board.pins.pending.pop(0) if self.board.pins.pending else -1), b""

    def pwm_set(self, a: int, b: int, payload: bytes) -> Answer:
        duty = int.from_bytes(payload, "little")
        role = self.board.pwm.get(a)
        if role == "buzzer":
            self.board.output("buzzer_hz", b if duty else 0, self.board.t_us)
        elif role == "motor":
            self.board.output("motor_percent", round(duty * 100 / 65535), self.board.t_us)
        return 0, b""

    def adc_read(self, a: int, b: int, payload: bytes) -> Answer:
        divider = self.board.adc.get(a)
        return (0 if divider is None else int(self.board.world.battery_mv(self.board.t_us) * 1000 / divider)), b""

    def neopixel(self, a: int, b: int, payload: bytes) -> Answer:
        self.board.output("rgb", (payload[1], payload[0], payload[2]), self.board.t_us)
        return 0, b""

    def _line(self, number: int) -> Uart:
        if number not in self.board.uart:
            raise WireError(errno.ENODEV)
        return self.board.uart[number]

    def uart_init(self, a: int, b: int, payload: bytes) -> Answer:
        self._line(a)
        return 0, b""

    def uart_write(self, a: int, b: int, payload: bytes) -> Answer:
        self._line(a).write(payload, self.board.t_us)
        return len(payload), b""

    def uart_any(self, a: int, b: int, payload: bytes) -> Answer:
        return self._line(a).waiting(self.board.t_us), b""

    def uart_read(self, a: int, b: int, payload: bytes) -> Answer:
        return 0, self._line(a).read(b, self.board.t_us)
