"""How long a LoRa frame is on the air: explicit header, coding rate 4/5, spreading factors 7 to 12.

    symbol    2^sf / bw
    symbols   preamble + 4.25 + 8 + max(0, ceil((8n - 4sf + 28 + 16crc) / 4(sf - 2low))) * 5
    low       low data rate optimisation: 1 when a symbol takes 16.38 ms or more (here: from 16 ms on, there is none in between)

All in whole microseconds, exact at 125, 250 and 500 kHz, below 2^30 for a preamble of at most 4096 symbols.

Source: SX1261/2 datasheet rev 2.1, 6.1.1.4 and 6.1.4; SX1276/77/78/79 datasheet rev 7, 4.1.1.6 and 4.1.1.7.
"""

from micropython import const

_LOW_RATE_US = const(16000)
_HEADER_SYMBOLS = const(8)  # the first block of a frame: header, and what it has room for


def symbol_us(sf: int, bw_hz: int) -> int:
    """One symbol."""
    return (1 << sf) * 1000 // (bw_hz // 1000)


def low_rate(sf: int, bw_hz: int) -> int:
    """1 when both ends must use low data rate optimisation, else 0."""
    return 1 if symbol_us(sf, bw_hz) >= _LOW_RATE_US else 0


def header_us(sf: int, bw_hz: int, preamble: int = 8) -> int:
    """From the first symbol of the preamble to the end of the header."""
    return (4 * (preamble + 4 + _HEADER_SYMBOLS) + 1) * symbol_us(sf, bw_hz) // 4


def airtime_us(n: int, sf: int, bw_hz: int, preamble: int = 8, crc: bool = True) -> int:
    """A whole frame with `n` bytes of payload."""
    bits = 8 * n - 4 * sf + 28 + (16 if crc else 0)
    block = 4 * (sf - 2 * low_rate(sf, bw_hz))
    symbols = (bits + block - 1) // block * 5 if bits > 0 else 0
    return header_us(sf, bw_hz, preamble) + symbols * symbol_us(sf, bw_hz)


def airtime_ms(n: int, sf: int, bw_hz: int, crc: bool = True) -> int:
    """The same in milliseconds, rounded up."""
    return (airtime_us(n, sf, bw_hz, 8, crc) + 999) // 1000
