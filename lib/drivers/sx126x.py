"""Semtech SX1261 and SX1262, LoRa radios on SPI that take commands; orders, deadlines and repair: `drivers.lora_radio`.

SPI        mode 0, at most 16 MHz; `drivers.sx126x_commands`.
Clock      a TCXO is fed by DIO3, with a voltage and for a time before use that are settings. The chip switches it on for each
           order, which therefore begins late: `start_ms`. After a reset, before it knows, XOSC_START_ERR is set (13.3.6).
RF word    Hz * 2^25 / 32 MHz = Hz * 2^14 / 15625, rounded.
Timer      1/64 ms; ends a window that has seen no header by then (13.1.5), and a transmission that does not end.
RSSI       of the LoRa signal, -n / 2 dBm; SNR n / 4 dB, signed.
Buffer     256 bytes for both directions, which the chip never uses at once.

    step  what                                                            the next waits for
    0     standby, regulator, antenna switch, TCXO, all calibrations      BUSY: 3.5 ms and the TCXO, 18 ms have been seen
    1     no error? image calibration of the band                         BUSY: as above
    2     LoRa, standby after each order, buffer, DIO1, sync word, clamp

Known limitations (15): 1 bit 2 of 0889h is 0 at 500 kHz, else 1, before each transmission; 2 bits 4..1 of 08D8h are 1 (SX1262);
3 does not concern explicit headers; 4 bit 2 of 0736h is 0 with inverted IQ, else 1.

GetStatus is not used: right after SetRx it was seen to start an endless transmission (note in micropython-lib); GetIrqStatus tells
the same. Sleep keeps the settings, but not the gain (9.6), which each order writes.

Chapters and tables are those of the SX1261/2 datasheet rev 2.1. Checked against Semtech's sx126x_driver 2.2 (commands, arguments,
interrupts, limitations, current limits, what sleep loses); micropython-lib's lora-sx126x (power, image calibration, how long
calibration takes, GetStatus); ST RM0453 table 33 (how long BUSY is high). Not seen: the datasheet's own pages.
"""

from drivers import sx126x_tables as tables
from drivers.lora_chip import ASLEEP, SENDING
from drivers.lora_radio import SEEN_ALL, SEEN_AWAY, SEEN_ENDS, LoRaRadio
from drivers.sx126x_commands import Commands
from lora_airtime import low_rate
from micropython import const

_STDBY_RC = const(2)
_RX = const(5)
_TX = const(6)

_IQ_POLARITY = const(0x0736)
_SYNC_WORD = const(0x0740)
_TX_MODULATION = const(0x0889)
_RX_GAIN = const(0x08AC)
_TX_CLAMP = const(0x08D8)
_OCP = const(0x08E7)

_BUSY_US = const(2000)
_CALIBRATION_US = const(20000)
_RESET_US = const(200)  # 100 us are specified
_ASLEEP_US = const(500)  # from there on it can be woken


class SX126x(LoRaRadio):
    """The `chip` ("sx1261", "sx1262") on an open `spi` in mode 0, with its pins. `tcxo`: mV and ms, None: it has a crystal. `dio2`:
    that pin switches the antenna; `dcdc`: not the LDO; `mhz`: the band in use, because the first order in another one takes some
    10 ms more. Raises ValueError for a voltage it cannot give, OSError when it is not there."""

    STEPS = 3
    LOWEST_HZ = 150_000_000
    HIGHEST_HZ = 960_000_000

    def __init__(
        self, spi, cs, busy, reset, dio1, stamp, sleep_us, chip="sx1262", tcxo=None, dio2=False, dcdc=True, mhz=868
    ) -> None:
        mv, ms = tcxo or (0, 0)
        if mv and mv not in tables.TCXO_MV:
            raise ValueError("sx126x: tcxo")
        super().__init__(stamp, sleep_us, ms + 1)
        self._kind = chip
        self._chip = Commands(spi, cs, busy, sleep_us, _BUSY_US + self.start_ms * 1000)
        self._line = reset
        self._tcxo = (tables.TCXO_MV.index(mv), 0, ms >> 2, ms << 6 & 0xFF) if mv else None
        self._dio2 = dio2
        self._dcdc = dcdc
        self._band = tables.band(mhz * 1000000)  # the image is calibrated for it
        self._asked = bytearray(4)
        self._answered = bytearray(3)
        self.start()
        dio1.irq(self.on_irq, dio1.IRQ_RISING)

    # -- start and rest

    def _reset(self) -> None:
        self._line(0)
        self._sleep_us(_RESET_US)
        self._line(1)
        self._sleep_us(_RESET_US)

    def _boot(self, step: int) -> bool:
        chip = self._chip
        if chip.busy():
            return False
        if step == 0:
            chip.send(0x80, 0)
            if chip.send(0x12, 0, 0, 0)[1] >> 4 & 7 != _STDBY_RC or chip.get(_SYNC_WORD) != 0x14:
                raise OSError(19)
            chip.send(0x96, 1 if self._dcdc else 0)
            chip.send(0x9D, 1 if self._dio2 else 0)
            if self._tcxo:
                chip.send(0x97, *self._tcxo)
            chip.send(0x07, 0, 0)
            chip.send(0x89, 0x7F)
        elif step == 1:
            errors = chip.send(0x17, 0, 0, 0)
            if errors[2] or errors[3]:
                raise OSError(5)
            if self._band:
                chip.send(0x98, *self._band)
        else:
            chip.send(0x8A, 1)
            chip.send(0x93, 0x20)
            chip.send(0x8F, 0, 0)
            chip.send(0x08, SEEN_ALL >> 8, SEEN_ALL & 0xFF, SEEN_ENDS >> 8, SEEN_ENDS & 0xFF, 0, 0, 0, 0)
            chip.send(0x0D, _SYNC_WORD >> 8, _SYNC_WORD & 0xFF, 0x34, 0x44)
            if self._kind == "sx1262":
                chip.set(_TX_CLAMP, chip.get(_TX_CLAMP) | 0x1E)
        return True

    def _intact(self) -> bool:
        word = self._chip.send(0x1D, _SYNC_WORD >> 8, _SYNC_WORD & 0xFF, 0, 0, 0)
        return word[4] == 0x34 and word[5] == 0x44

    def _idle(self) -> None:
        if self.state == ASLEEP:
            self._chip.wake()
        self._chip.send(0x80, 0)

    def _sleep(self) -> None:
        self._chip.send(0x84, 0x04)
        self._sleep_us(_ASLEEP_US)

    # -- orders

    def _transmit(self, buf, n, freq_hz, sf, bw_hz, power_dbm, inverted, preamble, crc, limit_ms) -> None:
        chip = self._chip
        self._tune(n, freq_hz, sf, bw_hz, inverted, preamble, crc)
        config, level = tables.power(self._kind, power_dbm, freq_hz)
        chip.send(0x95, *config)
        chip.set(_OCP, tables.OCP[self._kind])
        chip.send(0x8E, level & 0xFF, 0x04)  # ramp of 200 us
        modulation = chip.get(_TX_MODULATION) & 0xFB
        chip.set(_TX_MODULATION, modulation if bw_hz == 500000 else modulation | 0x04)
        chip.move(b"\x0e\x00", memoryview(buf)[:n], False)
        self._go(0x83, limit_ms << 6)

    def _listen(self, freq_hz, sf, bw_hz, window_ms, inverted, preamble, crc, limit_ms) -> None:
        self._tune(255, freq_hz, sf, bw_hz, inverted, preamble, crc)
        self._chip.set(_RX_GAIN, 0x96)  # boosted
        self._go(0x82, limit_ms << 6 if limit_ms else 0xFFFFFF)

    def _tune(self, n: int, freq_hz: int, sf: int, bw_hz: int, inverted, preamble: int, crc) -> None:
        chip = self._chip
        band = tables.band(freq_hz)
        if band and band != self._band:
            self._band = band
            chip.send(0x98, *band)
            chip.wait(_CALIBRATION_US)
        # Both terms below 2^30: 960 MHz // 15625 is 61440, and the remainder has 14 bits.
        word = (freq_hz // 15625 << 14) + ((freq_hz % 15625 << 14) + 7812) // 15625
        chip.send(0x86, word >> 24, word >> 16 & 0xFF, word >> 8 & 0xFF, word & 0xFF)
        chip.send(0x8B, sf, 4 + bw_hz // 250000, 1, low_rate(sf, bw_hz))
        chip.send(0x8C, preamble >> 8, preamble & 0xFF, 0, n, 1 if crc else 0, 1 if inverted else 0)
        polarity = chip.get(_IQ_POLARITY) & 0xFB
        chip.set(_IQ_POLARITY, polarity if inverted else polarity | 0x04)
        chip.send(0x02, 0xFF, 0xFF)

    def _go(self, opcode: int, timer: int) -> None:
        self._chip.send(opcode, timer >> 16 & 0xFF, timer >> 8 & 0xFF, timer & 0xFF)

    def _ask(self) -> int:
        asked = self._asked
        asked[0] = 0x12
        asked[1] = asked[2] = asked[3] = 0
        self._chip.exchange(asked)
        mode = asked[1] >> 4 & 7
        irq = asked[2] << 8 | asked[3]
        if not _STDBY_RC <= mode <= _TX or irq & ~SEEN_ALL:
            raise OSError(5)
        return irq if mode == (_TX if self.state == SENDING else _RX) else irq | SEEN_AWAY

    def _clear(self) -> None:
        """Of what `_ask` has seen."""
        command = self._answered
        command[0] = 0x02
        command[1] = self._asked[2]
        command[2] = self._asked[3]
        self._chip.exchange(command)

    def _fetch(self) -> bool:
        at = self._chip.send(0x13, 0, 0, 0)
        n = at[2]
        if n == 0:
            return False
        self._chip.move(bytes((0x1E, at[3], 0)), memoryview(self.frame)[:n], True)
        strength = self._chip.send(0x14, 0, 0, 0, 0)
        self.length = n
        self.rssi_dbm = -(strength[4] >> 1)
        self.snr_db4 = strength[3] - 256 if strength[3] > 127 else strength[3]
        return True
