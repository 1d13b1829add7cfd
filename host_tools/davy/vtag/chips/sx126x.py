"""Semtech SX1261 and SX1262 at the level of their commands, as a driver meets them on SPI; the modem: `lora_modem`.

Modelled: commands with their length, modes and BUSY time, the status byte, registers, the buffer with its base addresses, sleep
with and without settings, TCXO on DIO3, calibration, antenna switch on DIO2, power by SetPaConfig and SetTxParams, interrupts with
their masks, DIO1, timer, counter of symbols, fallback mode, device errors, the known limitations (as complaints).
Not modelled: FSK, CAD, duty-cycled reception, implicit headers, DIO2 and DIO3 as interrupts, statistics, random numbers.

A command takes effect when the select pin rises. One that comes while BUSY is high is lost, with a complaint. Status after a
command: 1 done, 4 no such command or a wrong count of bytes, 5 not possible in this mode (13.5.1).

Sources: `sx126x_commands`. Not checked: how long the calibration of the image takes (as long as all others here), and that
SetStandby takes no time.
"""

from typing import Any

from davy.vtag.chips import sx126x_commands as c
from davy.vtag.chips.lora_modem import Event
from davy.vtag.chips.sx126x_settings import DONE, TICK_US, WRONG, Settings
from davy.vtag.ether import Ear, Transmission
from davy.vtag.loratime import Modulation
from davy.vtag.world import World

# A tag that has its antenna switch on DIO2 sends into an open switch without it.
SWITCH_DB = 60.0


class Sx126x(Settings):
    """One chip. `part`: "chip", and as the board is built "tcxo_mv" and "dio2_rf_switch"; "tcxo_us": how long that clock takes."""

    def __init__(self, part: dict[str, Any], world: World) -> None:
        super().__init__(part, world)
        self.reset(0)

    def outputs(self) -> tuple[str, ...]:
        """The interrupt, and BUSY."""
        return ("dio1", "busy")

    def reset(self, t_us: int) -> None:
        """Power has just come up, or the reset line has risen."""
        self.modem.stop(t_us)
        self._forget()
        self._busy_us = t_us + c.COLD_US

    def hold(self, level: int, t_us: int) -> None:
        """The reset line."""
        if self._held and level:
            self.reset(t_us)
        elif not level:
            self.modem.stop(t_us)
        self._held = not level

    def level(self, key: str, t_us: int) -> int:
        """BUSY or DIO1."""
        self._advance(t_us)
        if "absent" in self.faults:
            return 0
        if key == "busy":
            return int(self._busy(t_us))
        return int(bool(self._irq & self._dio1) and "no_irq" not in self.faults)

    def _busy(self, t_us: int) -> bool:
        return self._held or self.mode == c.SLEEP or t_us < self._busy_us or "stuck_busy" in self.faults

    # -- the bus

    def select(self, on: bool, t_us: int) -> None:
        """A falling select wakes it, a rising one lets a command take effect."""
        self._advance(t_us)
        if not on:
            if self._heard and self._bytes:
                self._carry_out(t_us)
            self._heard = False
            return
        self._bytes.clear()
        if self.mode == c.SLEEP:
            self._wake(t_us)
            return
        self._heard = not self._busy(t_us) and "absent" not in self.faults

    def _wake(self, t_us: int) -> None:
        if t_us < self._slept_us + c.ASLEEP_US:
            self.complain("woken while it went to sleep")
        if not self._warm:
            self.reset(t_us)
            return
        self.mode = c.STBY_RC
        self._busy_us = t_us + c.WARM_US
        self._buffer = bytearray(256)
        for register in c.NOT_KEPT:
            self._registers[register] = c.RESET[register]

    def exchange(self, data: bytes, t_us: int) -> bytes:
        """Bytes of a command, and its answer."""
        if not self._heard:
            if data and "absent" not in self.faults:
                self.complain("a command while BUSY")
            return b"\xff" * len(data)
        answer = bytearray()
        for byte in data:
            self._bytes.append(byte)
            answer.append(self._answer(len(self._bytes) - 1, t_us))
        return bytes(answer)

    def _answer(self, at: int, t_us: int) -> int:
        status = self.mode << 4 | self._status << 1
        command = c.COMMANDS.get(self._bytes[0])
        if command is None or not command.reads or at == 0:
            return status
        if command.name == "read_register":
            register = int.from_bytes(self._bytes[1:3], "big") + at - 4
            return status if at < 4 else self._read(register)
        if command.name == "read_buffer":
            return status if at < 3 else self._buffer[(self._bytes[1] + at - 3) % 256]
        words = getattr(self, f"_{command.name}")()
        return status if at == 1 else words[at - 2] if at - 2 < len(words) else 0

    def _read(self, register: int) -> int:
        if register == c.SYNC_WORD and "foreign" in self.faults:
            return 0x55
        return self._registers.get(register, 0)

    def _carry_out(self, t_us: int) -> None:
        command = c.COMMANDS.get(self._bytes[0])
        arguments = bytes(self._bytes[1:])
        most = None if command is None else command.most
        if command is None or len(arguments) < command.least or (most is not None and len(arguments) > most):
            self._status = WRONG
            self.complain(f"wrong command {self._bytes.hex()}")
            return
        if command.reads:
            return
        if self.mode not in command.modes:
            self._refuse(f"{command.name} in mode {self.mode}")
            return
        self._busy_us = t_us + c.SETTLE_US
        self._status = DONE
        getattr(self, f"_{command.name}")(arguments, t_us)

    # -- modes

    def _crystal_us(self) -> int | None:
        """How long it takes until the 32 MHz are there, None when they never are."""
        if self.mode not in (c.STBY_RC, c.SLEEP):
            return 0
        if not self._tcxo_mv:
            return 0
        good = self._clock is not None and self._clock[0] == self._tcxo_mv and self._clock[1] >= self._tcxo_us
        if self._clock is None or not good or "dead_tcxo" in self.faults:
            self._errors |= c.XOSC_START_ERR
            return None
        return self._clock[1]

    def _standby(self, mode: int, t_us: int) -> None:
        self.modem.stop(t_us)
        self.mode = mode

    def _set_standby(self, a: bytes, t_us: int) -> None:
        if a[0] and self._crystal_us() is None:
            self._refuse("no clock for STDBY_XOSC")
            return
        if a[0]:
            self._busy_us = t_us + (self._crystal_us() or 0) + c.XOSC_US
        self._standby(c.STBY_XOSC if a[0] else c.STBY_RC, t_us)

    def _set_fs(self, a: bytes, t_us: int) -> None:
        self._start(c.FS, c.FS_US, t_us)

    def _set_sleep(self, a: bytes, t_us: int) -> None:
        self.modem.stop(t_us)
        self.mode = c.SLEEP
        self._slept_us = t_us
        self._warm = bool(a[0] & 0x04)

    def _calibrate(self, a: bytes, t_us: int) -> None:
        crystal_us = self._crystal_us()
        if crystal_us is None:
            self._errors |= c.PLL_CALIB_ERR
        self._busy_us = t_us + c.CALIBRATE_US + (crystal_us or 0)
        self.image = (0xE1, 0xE9)

    def _calibrate_image(self, a: bytes, t_us: int) -> None:
        crystal_us = self._crystal_us()
        self._busy_us = t_us + c.CALIBRATE_US + (crystal_us or 0)
        if crystal_us is not None:
            self.image = (a[0], a[1])

    def _start(self, mode: int, takes_us: int, t_us: int) -> int | None:
        """Go to a mode that needs the clock; when it is there, None when it never is."""
        crystal_us = self._crystal_us()
        if crystal_us is None:
            self._status = 5
            self._standby(c.STBY_RC, t_us)
            return None
        self.modem.stop(t_us)
        self.mode = mode
        self._busy_us = t_us + crystal_us + takes_us
        return self._busy_us

    # -- the air

    def _checked(self) -> tuple[Modulation, tuple[int, int, bool, bool]] | None:
        if self.how is None or self.packet is None or not self.freq_hz:
            self._refuse("no modulation, packet or frequency set")
            return None
        if bool(self._registers[c.IQ_POLARITY] & 0x04) == self.packet[3]:
            self.complain("limitation 15.4: inverted IQ")
        if not self.image[0] * 4 <= self.freq_hz / 1e6 <= self.image[1] * 4:
            self.complain(
                f"image calibrated for {self.image[0] * 4}..{self.image[1] * 4} MHz, used at {self.freq_hz:.0f} Hz"
            )
        return self.how, self.packet

    def _sync(self) -> int:
        high, low = self._registers[c.SYNC_WORD], self._registers[c.SYNC_WORD + 1]
        return (high & 0xF0 | low >> 4) if high & 0x0F == low & 0x0F == 4 else 0x100 | high

    def _set_tx(self, a: bytes, t_us: int) -> None:
        good = self._checked()
        if good is None or self.pa is None or self.power is None:
            self._refuse("SetTx without power")
            return
        how, (preamble, n, crc, inverted) = good
        if bool(self._registers[c.TX_MODULATION] & 0x04) == (how.bw_hz == 500_000):
            self.complain("limitation 15.1: modulation at 500 kHz")
        if self._hp and self._registers[c.TX_CLAMP] & 0x1E != 0x1E:
            self.complain("limitation 15.2: clamping")
        from_us = self._start(c.TX, c.TX_US, t_us)
        if from_us is None:
            return
        most, level = c.OPTIMAL.get(self.pa, (14, 22))
        dbm = most - level + self.power - (SWITCH_DB if self.part.get("dio2_rf_switch") and not self._dio2 else 0.0)
        payload = bytes(self._buffer[(self._bases[0] + at) % 256] for at in range(n))
        sent = Transmission("", payload, self.freq_hz, how, from_us, inverted, self._sync(), dbm, preamble, crc)
        self.modem.send(sent, t_us)
        ticks = int.from_bytes(a, "big")
        self._tx_limit_us = from_us + int(ticks * TICK_US) if ticks else None
        if self._tx_limit_us is not None:
            self.ether.call_at(self._tx_limit_us, self.settle)

    def _set_rx(self, a: bytes, t_us: int) -> None:
        good = self._checked()
        from_us = self._start(c.RX, c.RX_US, t_us) if good else None
        if good is None or from_us is None:
            return
        how, (_, _, _, inverted) = good
        ticks = int.from_bytes(a, "big")
        self._rx_at = self._bases[1]
        ends = self.modem.listen(
            Ear(self.freq_hz, how, inverted, self._sync()),
            from_us,
            single=ticks != 0xFFFFFF,
            symbols=self._symbols or None,
            timer_us=int(ticks * TICK_US) if 0 < ticks < 0xFFFFFF else None,
        )
        for end_us in ends:
            self.ether.call_at(end_us, self.settle)

    def _advance(self, t_us: int) -> None:
        if "lost_config" in self.faults:
            self.faults.clear("lost_config")
            self.reset(t_us)
        if self.mode == c.TX:
            self._advance_tx(t_us)
        elif self.mode == c.RX:
            for event in self.modem.advance(t_us):
                self._happened(event)

    def _advance_tx(self, t_us: int) -> None:
        end_us = self.modem.sending.whole_us if self.modem.sending else t_us
        limit_us = self._tx_limit_us
        if "endless_tx" in self.faults:
            return
        if limit_us is not None and limit_us < end_us and t_us >= limit_us:
            self._standby(c.STBY_RC, limit_us)
            self._raise(c.TIMEOUT)
        elif self.modem.advance(t_us):
            self.mode = self._fallback
            self._status = 6
            self._raise(c.TX_DONE)

    def _raise(self, flags: int) -> None:
        self._irq |= flags & self._mask

    def _happened(self, event: Event) -> None:
        _, what, got = event
        if what == "header":
            self._raise(c.PREAMBLE | c.HEADER)
        elif what == "header_error":
            self._raise(c.PREAMBLE | c.HEADER_ERR)
        elif what == "timeout":
            self.mode = c.STBY_RC
            self._status = 3
            self._raise(c.TIMEOUT)
        elif got is not None:
            n, at = len(got.payload), self._rx_at
            self._write_buffer(bytes((at,)) + got.payload, 0)
            self._rx, self._rx_at = (n, at), (at + n) % 256
            bad = got.crc is False or "corrupt" in self.faults
            rssi = min(255, max(0, round(-2 * got.rssi_dbm)))
            self._strength = (rssi, round(got.snr_db * 4) & 0xFF, rssi)
            self._status = 2
            self._raise(c.RX_DONE | (c.CRC_ERR if bad else 0))
            if self.modem.state == "IDLE":
                self.mode = self._fallback
