"""How long a LoRa frame is on the air, in integers: the formula of the SX1276 datasheet, section 4.1.1.7, and of the
SX126x's, 6.1.4.

    symbol = 2^SF / bandwidth
    payload symbols = 8 + max(0, ceil((8 n - 4 SF + 28 + 16 CRC) / (4 (SF - 2 DE)))) * 5
    time = (8 + 4.25 + payload symbols) * symbol

with coding rate 4/5, an explicit header and a preamble of 8 symbols, as LoRaWAN has them; DE, the low data rate
optimisation, is on where a symbol lasts 16 ms or more (SF11 and SF12 at 125 kHz, SF12 at 250 kHz). Uplinks carry a CRC,
downlinks do not. Bandwidths are 125, 250 and 500 kHz, so a symbol is a whole number of microseconds.
"""

from micropython import const

_LONG_US = const(16000)


def symbol_us(sf: int, bw_hz: int) -> int:
    """Microseconds of a symbol."""
    return (8 << sf) // (bw_hz // 125000)


def airtime_us(sf: int, bw_hz: int, n: int, crc: bool = True) -> int:
    """Microseconds of a frame of `n` bytes; below 2^24 for every frame there is."""
    symbol = symbol_us(sf, bw_hz)
    bits = 8 * n - 4 * sf + (44 if crc else 28)
    a_group = 4 * (sf - 2) if symbol > _LONG_US else 4 * sf
    symbols = 8 + (bits + a_group - 1) // a_group * 5 if bits > 0 else 8
    return (4 * (12 + symbols) + 1) * symbol // 4


def airtime_ms(sf: int, bw_hz: int, n: int, crc: bool = True) -> int:
    """The same in milliseconds, rounded up."""
    return (airtime_us(sf, bw_hz, n, crc) + 999) // 1000
