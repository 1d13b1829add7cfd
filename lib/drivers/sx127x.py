"""Semtech SX1276, SX1277, SX1278 and SX1279, LoRa radios on SPI with registers; orders, deadlines and repair: `drivers.lora_radio`.

SPI        mode 0, at most 10 MHz; bit 7 of the address is set to write.
Modes      FSK or LoRa can be chosen in sleep only. In sleep the FIFO is lost, the registers are kept.
Window     RXSINGLE ends by itself after a number of symbols (4..1023) without a preamble. A longer one listens in RXCONTINUOUS
           and is ended by `poll`.
RSSI       -157 + n dBm, below 525 MHz -164 + n; n * 16 / 15 while SNR >= 0, else n + SNR (5.5.5). SNR n / 4 dB, signed.
DIO0       TxDone or RxDone, as each order maps it. DIO1: RxTimeout; it may be missing.
IQ         bits 6 (receiver, 1: inverted) and 0 (transmitter, 0: inverted; the datasheet has it the other way round) of 33h,
           3Bh = 19h with either, else 1Dh.

    step  what                                                    the next waits for
    0     version, image calibration of the lower bands           10 ms
    1     image calibration of the upper bands                    10 ms
    2     sleep, LoRa, sync word, gain, interrupts, standby

Chapters and tables are those of the SX1276/77/78/79 datasheet rev 7. Checked against Semtech's LoRaMac-node, sx1276.c (order of
things, errata note 1.1, limit of the bands, IQ, RSSI), micropython-lib's lora-sx127x (registers, power of RFO, symbols) and page 94
of the datasheet (power). Not seen: its other pages, the errata note itself.
"""

from drivers import sx127x_modem as modem
from drivers.lora_chip import ASLEEP
from drivers.lora_radio import SEEN_AWAY, SEEN_BAD_CRC, SEEN_END, SEEN_FRAME, SEEN_HEADER, SEEN_SENT, LoRaRadio
from lora_airtime import symbol_us
from micropython import const

_FIFO = const(0x00)
_OP_MODE = const(0x01)
_FRF = const(0x06)
_PA_CONFIG = const(0x09)
_LNA = const(0x0C)
_FIFO_ADDR = const(0x0D)  # then the bases of TX and RX
_RX_ADDR = const(0x10)
_IRQ_MASK = const(0x11)
_IRQ_FLAGS = const(0x12)
_RX_BYTES = const(0x13)
_PKT_SNR = const(0x19)
_PKT_RSSI = const(0x1A)
_INVERT_IQ = const(0x33)
_SYNC_WORD = const(0x39)
_IMAGE_CAL = const(0x3B)  # FSK
_INVERT_IQ_2 = const(0x3B)  # LoRa
_DIO_MAPPING_1 = const(0x40)
_VERSION = const(0x42)
_TCXO = const(0x4B)

_LORA = const(0x80)
_LOW_BANDS = const(0x08)
_STANDBY = const(1)
_TX = const(3)
_RX_CONTINUOUS = const(5)
_RX_SINGLE = const(6)

_RX_TIMEOUT = const(0x80)
_RX_DONE = const(0x40)
_CRC_ERROR = const(0x20)
_VALID_HEADER = const(0x10)
_TX_DONE = const(0x08)
_MASKED = const(0x07)

_CAL_START = const(0x40)
_CAL_RUNNING = const(0x20)
_SYMBOLS_LEAST = const(4)
_SYMBOLS_MOST = const(1023)
_RESET_US = const(200)  # 100 us are specified
_BOOT_US = const(5000)
_CRYSTAL_US = const(500)  # 250 us are specified


class SX127x(LoRaRadio):
    """The chip on an open `spi` in mode 0, with its pins; `dio1` may be None; `tcxo`: no crystal. OSError when it is not there."""

    STEPS = 3
    LOWEST_HZ = 137_000_000
    HIGHEST_HZ = 1_020_000_000

    def __init__(self, spi, cs, reset, dio0, dio1, stamp, sleep_us, pa_boost=True, tcxo=False) -> None:
        super().__init__(stamp, sleep_us, 1)
        self.registers = modem.SX127xRegisters(spi, cs)
        self._line = reset
        self._boost = pa_boost
        self._clock = 0x19 if tcxo else 0x09
        self._mode = _STANDBY  # as it was last set
        self._low = False  # the last order's frequency is below 525 MHz
        self._asked = bytearray(_RX_BYTES)  # RegOpMode to RegRxNbBytes: mode, flags, where the frame lies
        self.start()
        for pin in (dio0, dio1):
            if pin is not None:
                pin.irq(self.on_irq, pin.IRQ_RISING)

    # -- start and rest

    def _reset(self) -> None:
        self._line(0)
        self._sleep_us(_RESET_US)
        self._line(1)
        self._sleep_us(_BOOT_US)

    def _boot(self, step: int) -> bool:
        registers = self.registers
        if step == 0:
            if registers.get(_VERSION) != 0x12:
                raise OSError(19)
            registers.set(_TCXO, self._clock)
            registers.set(_PA_CONFIG, 0)  # no power out of the calibration; the frequency is 434 MHz since the reset
        else:
            if registers.get(_IMAGE_CAL) & _CAL_RUNNING:
                return False
            if step == 1:
                registers.write(_FRF, b"\xd9\x00\x00")  # 868 MHz
        if step < 2:
            registers.set(_IMAGE_CAL, registers.get(_IMAGE_CAL) & 0xBF | _CAL_START)
            return True
        registers.set(_OP_MODE, 0)
        registers.set(_OP_MODE, _LORA)
        registers.set(_SYNC_WORD, 0x34)
        registers.set(_LNA, 0x23)  # most gain, boosted; the gain control takes it from there
        registers.set(_IRQ_MASK, _MASKED)
        self._switch(_STANDBY)
        self._sleep_us(_CRYSTAL_US)
        return self._intact()

    def _intact(self) -> bool:
        return self.registers.get(_OP_MODE) & 0xF0 == _LORA and self.registers.get(_SYNC_WORD) == 0x34

    def _switch(self, mode: int) -> None:
        self._mode = mode
        self.registers.set(_OP_MODE, _LORA | (_LOW_BANDS if self._low else 0) | mode)

    def _idle(self) -> None:
        self._switch(_STANDBY)
        if self.state == ASLEEP:
            self._sleep_us(_CRYSTAL_US)

    def _sleep(self) -> None:
        self._switch(0)

    # -- orders

    def _transmit(self, buf, n, freq_hz, sf, bw_hz, power_dbm, inverted, preamble, crc, limit_ms) -> None:
        registers = self.registers
        modem.tune(registers, n, freq_hz, sf, bw_hz, preamble, crc, _SYMBOLS_LEAST)
        modem.power(registers, self._boost, power_dbm)
        self._prepare(freq_hz, 0x26 if inverted else 0x27, inverted, 0x40)
        registers.write(_FIFO, memoryview(buf)[:n])
        self._switch(_TX)

    def _listen(self, freq_hz, sf, bw_hz, window_ms, inverted, preamble, crc, limit_ms) -> None:
        symbols = max(window_ms * 1000 // symbol_us(sf, bw_hz) + 1, _SYMBOLS_LEAST)
        self._soft = window_ms > 0 and symbols > _SYMBOLS_MOST
        modem.tune(self.registers, 255, freq_hz, sf, bw_hz, preamble, crc, min(symbols, _SYMBOLS_MOST))
        self._prepare(freq_hz, 0x67 if inverted else 0x27, inverted, 0x00)
        self._switch(_RX_CONTINUOUS if self._soft or not window_ms else _RX_SINGLE)

    def _prepare(self, freq_hz: int, iq: int, inverted, mapping: int) -> None:
        """IQ, pins and FIFO of an order, flags of the one before."""
        registers = self.registers
        self._low = modem.low(freq_hz)
        registers.set(_INVERT_IQ, iq)
        registers.set(_INVERT_IQ_2, 0x19 if inverted else 0x1D)
        registers.set(_DIO_MAPPING_1, mapping)
        registers.write(_FIFO_ADDR, b"\x00\x00\x00")
        registers.set(_IRQ_FLAGS, 0xFF)

    def _ask(self) -> int:
        asked = self._asked
        self.registers.read(_OP_MODE, asked)
        flags = asked[_IRQ_FLAGS - _OP_MODE]
        if asked[0] & 0xF0 != _LORA or flags & _MASKED:
            raise OSError(5)
        seen = 0 if asked[0] & 7 == self._mode else SEEN_AWAY
        if flags & _TX_DONE:
            seen |= SEEN_SENT
        if flags & _RX_DONE:
            seen |= SEEN_FRAME
        if flags & _CRC_ERROR:
            seen |= SEEN_BAD_CRC
        if flags & _VALID_HEADER:
            seen |= SEEN_HEADER
        if flags & _RX_TIMEOUT:
            seen |= SEEN_END
        return seen

    def _clear(self) -> None:
        """Of what `_ask` has seen."""
        self.registers.set(_IRQ_FLAGS, self._asked[_IRQ_FLAGS - _OP_MODE])

    def _fetch(self) -> bool:
        n = self._asked[_RX_BYTES - _OP_MODE]
        if n == 0:
            return False
        registers = self.registers
        registers.set(_FIFO_ADDR, self._asked[_RX_ADDR - _OP_MODE])
        registers.read(_FIFO, memoryview(self.frame)[:n])
        snr = (registers.get(_PKT_SNR) ^ 0x80) - 0x80
        rssi = registers.get(_PKT_RSSI)
        rssi = rssi + snr // 4 if snr < 0 else rssi * 16 // 15
        self.length = n
        self.rssi_dbm = rssi - (164 if self._low else 157)
        self.snr_db4 = snr
        return True
