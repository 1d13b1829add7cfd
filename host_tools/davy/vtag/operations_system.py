"""What a tag asks of the chip itself: time, flash, retained memory, watchdog, reset. One method an operation."""

import errno
import json
from typing import TYPE_CHECKING

from davy.vtag.signals import Reset, Sleep
from davy.vtag.wires import WireError

if TYPE_CHECKING:
    from davy.vtag.board import Board

BUSY = 4  # times longer a watchdog for hangs waits in real time
HANG_US = 10_000_000

Answer = tuple[int, bytes]  # value, payload


class SystemOperations:
    """Each method takes (a, b, payload) of the request and returns the reply's value and payload."""

    def __init__(self, board: "Board") -> None:
        self.board = board

    def hello(self, a: int, b: int, payload: bytes) -> Answer:
        return int(self.board.host_clock), b""

    def time(self, a: int, b: int, payload: bytes) -> Answer:
        return 0, b""

    def sleep(self, a: int, b: int, payload: bytes) -> Answer:
        raise Sleep(None if a < 0 else a * 1000 + b)

    def epoch(self, a: int, b: int, payload: bytes) -> Answer:
        seconds, at_us = self.board.epoch_at_us
        return seconds + (self.board.t_us - at_us) // 1_000_000, b""

    def set_epoch(self, a: int, b: int, payload: bytes) -> Answer:
        self.board.epoch_at_us = (a, self.board.t_us)
        return 0, b""

    def booted(self, a: int, b: int, payload: bytes) -> Answer:
        return 0, b""

    def flash_info(self, a: int, b: int, payload: bytes) -> Answer:
        return self.board.flash.blocks, b""

    def flash_read(self, a: int, b: int, payload: bytes) -> Answer:
        return 0, self.board.flash.read(a, b & 0x1FFF, b >> 13)

    def flash_write(self, a: int, b: int, payload: bytes) -> Answer:
        self.board.flash.program(a, b, payload)
        return 0, b""

    def flash_erase(self, a: int, b: int, payload: bytes) -> Answer:
        self.board.flash.erase(a)
        return 0, b""

    def rtc_get(self, a: int, b: int, payload: bytes) -> Answer:
        return 0, self.board.rtc_memory

    def rtc_set(self, a: int, b: int, payload: bytes) -> Answer:
        self.board.rtc_memory = payload[:2048]
        return 0, b""

    def wdt_start(self, a: int, b: int, payload: bytes) -> Answer:
        self.board.wdt_timeout_us = a * 1000
        return self.wdt_feed(a, b, payload)

    def wdt_feed(self, a: int, b: int, payload: bytes) -> Answer:
        # In real time a busy computer makes a tag slow that would be quick as a chip: that is no hang.
        patience = BUSY if self.board.host_clock and self.board.wdt_timeout_us <= HANG_US else 1
        self.board.wdt_due_us = self.board.t_us + patience * self.board.wdt_timeout_us
        return 0, b""

    def reset(self, a: int, b: int, payload: bytes) -> Answer:
        raise Reset(a, b * 1000)

    def reset_cause(self, a: int, b: int, payload: bytes) -> Answer:
        return self.board.reset_cause, b""

    def unique_id(self, a: int, b: int, payload: bytes) -> Answer:
        return 0, (b"\x02" + self.board.name.encode() + bytes(6))[:6]

    def esp_temperature(self, a: int, b: int, payload: bytes) -> Answer:
        return 41, b""

    def nvs_get(self, a: int, b: int, payload: bytes) -> Answer:
        if payload not in self.board.nvs:
            raise WireError(errno.ENOENT)
        return 0, self.board.nvs[payload]

    def nvs_set(self, a: int, b: int, payload: bytes) -> Answer:
        space, key, value = payload.split(b"\0", 2)
        self.board.nvs[space + b"\0" + key] = value
        return 0, b""

    def control(self, a: int, b: int, payload: bytes) -> Answer:
        if self.board.on_control is None:
            raise WireError(errno.EPERM)
        try:
            return 0, json.dumps(self.board.on_control(json.loads(payload), self.board.t_us)).encode()
        except (ValueError, KeyError):
            raise WireError(errno.EINVAL) from None
