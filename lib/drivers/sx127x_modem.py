"""What an SX127x is told before an order: frequency, modulation, power, what the errata ask for. Names, source: `drivers.sx127x`.

RF word    Hz * 2^19 / 32 MHz = Hz * 2^8 / 15625, rounded.
Power      PA_BOOST: 2..17 dBm, and with RegPaDac and a current limit of 140 mA up to 20 (5.4.2, 5.4.3); RFO: -4..14 dBm.
Errata     2.1 at 500 kHz 36h = 02h and 3Ah = 64h, 7Fh below 525 MHz, else 36h = 03h; 2.3 up to 250 kHz bit 7 of 31h = 0,
           2Fh = 40h, 30h = 00h, at 500 kHz bit 7 of 31h = 1.
"""

from drivers.registers_spi import SpiRegisters
from lora_airtime import low_rate
from micropython import const

_FRF = const(0x06)  # three bytes, then RegPaConfig, RegPaRamp, RegOcp
_MODEM_1 = const(0x1D)  # RegModemConfig1, 2, RegSymbTimeoutLsb, RegPreamble (two bytes), RegPayloadLength
_MODEM_3 = const(0x26)
_DETECT = const(0x31)
_PA_DAC = const(0x4D)

_MID_HZ = const(525000000)
_RAMP_40_US = const(0x09)
_AGC = const(0x04)
_OCP_100_MA = const(0x2B)
_OCP_140_MA = const(0x31)


class SX127xRegisters(SpiRegisters):
    """The same transfers, with the bit that tells read from write the other way round."""

    def _move(self, first: int, view, reading: bool) -> None:
        super()._move(first ^ 0x80, view, reading)

    def read(self, register: int, view) -> None:
        """Fill `view`, in two calls that are small enough for their frames not to come from the heap."""
        self._first[0] = register
        self._burst_into(view)

    def _burst_into(self, view) -> None:
        self._select(0)
        try:
            self._bus.write(self._first)
            self._bus.readinto(view)
        finally:
            self._select(1)


def low(freq_hz: int) -> bool:
    """Whether a frequency belongs to the lower bands, which have a receiver of their own."""
    return freq_hz < _MID_HZ


def tune(registers, n: int, freq_hz: int, sf: int, bw_hz: int, preamble: int, crc, symbols: int) -> None:
    """Frequency and modulation for frames of `n` bytes; `symbols` without a preamble end a window. No power."""
    # Both terms below 2^30: 1020 MHz // 15625 is 65280, and the remainder has 14 bits.
    word = (freq_hz // 15625 << 8) + ((freq_hz % 15625 << 8) + 7812) // 15625
    registers.write(_FRF, bytes((word >> 16, word >> 8 & 0xFF, word & 0xFF, 0, _RAMP_40_US, _OCP_100_MA)))
    first = 0x72 + (bw_hz // 250000 << 4)  # 4/5, explicit header
    second = sf << 4 | (0x04 if crc else 0) | symbols >> 8
    registers.write(_MODEM_1, bytes((first, second, symbols & 0xFF, preamble >> 8, preamble & 0xFF, n)))
    registers.set(_MODEM_3, low_rate(sf, bw_hz) << 3 | _AGC)
    detect = registers.get(_DETECT) & 0x7F
    if bw_hz == 500000:
        registers.set(0x36, 0x02)
        registers.set(0x3A, 0x7F if low(freq_hz) else 0x64)
        registers.set(_DETECT, detect | 0x80)
    else:
        registers.set(0x36, 0x03)
        registers.set(_DETECT, detect)
        registers.write(0x2F, b"\x40\x00")


def power(registers, boost: bool, dbm: int) -> None:
    """The nearest to `dbm` that PA_BOOST or RFO gives, until the next `tune`."""
    dac, ocp = 0x84, _OCP_100_MA
    if not boost:
        config = 0x70 | min(dbm, 14) if dbm > 0 else max(dbm, -4) + 4
    elif dbm > 17:
        config = 0xF0 | (min(dbm, 20) - 5)
        dac, ocp = 0x87, _OCP_140_MA
    else:
        config = 0xF0 | (max(dbm, 2) - 2)
    registers.write(_FRF + 3, bytes((config, _RAMP_40_US, ocp)))
    registers.set(_PA_DAC, dac)
