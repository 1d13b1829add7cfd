"""What an SX126x keeps: registers, buffer, settings, flags; what it is told and asked. Modes and air: `sx126x`."""

from typing import Any

from davy.vtag.chips import sx126x_commands as c
from davy.vtag.chips.lora_chip import LoraChip
from davy.vtag.loratime import Modulation
from davy.vtag.world import World

TICK_US = 15.625
DONE, WRONG, REFUSED = 1, 4, 5


class Settings(LoraChip):
    """State after a reset, and a method for each command that only changes or tells it."""

    def __init__(self, part: dict[str, Any], world: World) -> None:
        super().__init__(part, world, "stuck_busy", "dead_tcxo", "foreign")
        self._hp = part["chip"] != "sx1261"
        self._tcxo_mv: int = part.get("tcxo_mv", 0)
        self._tcxo_us: int = part.get("tcxo_us", 2000)
        self._held = False

    def _forget(self) -> None:
        """All as after a reset."""
        self.mode = c.STBY_RC
        self._registers = dict(c.RESET)
        self._buffer = bytearray(256)
        self._status = DONE
        self._heard = False  # the select pin is low and the chip listens
        self._bytes = bytearray()
        self._errors = c.XOSC_START_ERR if self._tcxo_mv else 0
        self._irq = self._mask = self._dio1 = 0
        self._clock: tuple[int, int] | None = None  # TCXO: mV, us
        self._dio2 = False
        self._packet_type = 0
        self.dcdc = False
        self.image = (0xE1, 0xE9)
        self.pa: tuple[int, int, int] | None = None
        self.power: int | None = None
        self.freq_hz = 0.0
        self.how: Modulation | None = None
        self.packet: tuple[int, int, bool, bool] | None = None  # preamble, length, crc, inverted
        self._bases = (0, 0)
        self._symbols = 0
        self._fallback = c.STBY_RC
        self._warm = False
        self._rx_at = 0
        self._rx = (0, 0)  # length, where
        self._strength = (0, 0, 0)

    def _refuse(self, text: str) -> None:
        self._status = REFUSED
        self.complain(text)

    # -- what it is asked

    def _get_status(self) -> tuple[int, ...]:
        return ()

    def _get_irq(self) -> tuple[int, ...]:
        return self._irq >> 8, self._irq & 0xFF

    def _get_packet_type(self) -> tuple[int, ...]:
        return (self._packet_type,)

    def _get_rx_buffer(self) -> tuple[int, ...]:
        return self._rx

    def _get_packet_status(self) -> tuple[int, ...]:
        return self._strength

    def _get_rssi(self) -> tuple[int, ...]:
        return (240,)

    def _get_errors(self) -> tuple[int, ...]:
        return self._errors >> 8, self._errors & 0xFF

    # -- settings

    def _write_register(self, a: bytes, t_us: int) -> None:
        for at, value in enumerate(a[2:]):
            self._registers[int.from_bytes(a[:2], "big") + at] = value

    def _write_buffer(self, a: bytes, t_us: int) -> None:
        for at, value in enumerate(a[1:]):
            self._buffer[(a[0] + at) % 256] = value

    def _set_dio_irq(self, a: bytes, t_us: int) -> None:
        self._mask, self._dio1 = int.from_bytes(a[0:2], "big"), int.from_bytes(a[2:4], "big")

    def _clear_irq(self, a: bytes, t_us: int) -> None:
        self._irq &= ~int.from_bytes(a, "big")

    def _clear_errors(self, a: bytes, t_us: int) -> None:
        self._errors = 0

    def _set_dio2(self, a: bytes, t_us: int) -> None:
        self._dio2 = a[0] == 1

    def _set_dio3(self, a: bytes, t_us: int) -> None:
        self._clock = (c.TCXO_MV[a[0] & 7], int(int.from_bytes(a[1:], "big") * TICK_US))

    def _set_regulator(self, a: bytes, t_us: int) -> None:
        self.dcdc = a[0] == 1

    def _set_packet_type(self, a: bytes, t_us: int) -> None:
        self._packet_type = a[0]

    def _set_frequency(self, a: bytes, t_us: int) -> None:
        self.freq_hz = int.from_bytes(a, "big") * 32e6 / (1 << 25)

    def _set_pa_config(self, a: bytes, t_us: int) -> None:
        self.pa = (a[2], a[0], a[1])
        self._registers[c.OCP] = 0x38 if a[2] == 0 else 0x18
        if (a[2] == 0) != self._hp or self.pa not in c.OPTIMAL or a[3] != 1:
            self.complain(f"SetPaConfig {a.hex()}")

    def _set_tx_params(self, a: bytes, t_us: int) -> None:
        self.power = int.from_bytes(a[:1], "big", signed=True)
        if not (-9 <= self.power <= 22 if self._hp else -17 <= self.power <= 14):
            self.complain(f"SetTxParams {a.hex()}")

    def _set_modulation(self, a: bytes, t_us: int) -> None:
        if self._packet_type != 1 or not 5 <= a[0] <= 12 or a[1] not in c.BANDWIDTH_HZ or not 1 <= a[2] <= 4:
            self._refuse(f"SetModulationParams {a.hex()}")
            return
        self.how = Modulation(a[0], c.BANDWIDTH_HZ[a[1]], bool(a[3]), a[2])

    def _set_packet(self, a: bytes, t_us: int) -> None:
        if self._packet_type != 1 or a[2]:
            self._refuse(f"SetPacketParams {a.hex()}")
            return
        self.packet = (int.from_bytes(a[:2], "big"), a[3], a[4] == 1, a[5] == 1)

    def _set_buffer_base(self, a: bytes, t_us: int) -> None:
        self._bases = (a[0], a[1])

    def _set_symbol_timeout(self, a: bytes, t_us: int) -> None:
        self._symbols = a[0]

    def _stop_timer_on_preamble(self, a: bytes, t_us: int) -> None:
        if a[0]:
            self._refuse("StopTimerOnPreamble is not modelled")

    def _set_fallback(self, a: bytes, t_us: int) -> None:
        self._fallback = {0x20: c.STBY_RC, 0x30: c.STBY_XOSC, 0x40: c.FS}[a[0]]
