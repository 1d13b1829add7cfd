"""Time on air against figures that others have published, and against the datasheet's own limits.

Sources: Semtech's "SX1261 LoRa Calculator" as the project micropython-lib quotes it
(micropython/lora/tests/test_time_on_air.py); the frames of 25 bytes are those of pamoja-lora, with which
tests/host/test_lorawan_regions.py compares every frame there is.
"""

from lorawan.airtime import airtime_ms, airtime_us, symbol_us
from lorawan.regions.names import NAMES, find

KNOWN = (  # SF, bandwidth, bytes, us
    (12, 500000, 1, 206848),  # Semtech
    (12, 500000, 192, 1476608),  # Semtech
    (7, 125000, 25, 61696),
    (9, 125000, 25, 205824),
    (12, 125000, 25, 1482752),
)


def test_known_frames():
    for sf, bw_hz, n, us in KNOWN:
        assert airtime_us(sf, bw_hz, n) == us, (sf, n, airtime_us(sf, bw_hz, n))
    assert airtime_us(12, 500000, 1, False) == 165888  # Semtech, without CRC
    assert airtime_ms(7, 125000, 25) == 62 and airtime_ms(12, 125000, 25) == 1483


def test_symbols_are_whole_microseconds():
    assert symbol_us(7, 125000) == 1024 and symbol_us(12, 125000) == 32768
    assert symbol_us(12, 500000) == 8192 and symbol_us(7, 250000) == 512


def test_it_grows_with_the_frame_and_stays_small():
    for bw_hz in (125000, 250000, 500000):
        for sf in range(7, 13):
            last = 0
            for n in range(256):
                us = airtime_us(sf, bw_hz, n)
                assert last <= us < 1 << 24
                assert airtime_us(sf, bw_hz, n, False) <= us
                last = us


def test_no_payload_outlasts_the_dwell_time():
    for name in NAMES:
        region = find(name)
        for dr in range(region.top_dr + 1):
            size = region.capacity(dr, True)
            limited = len(region.size_dwell) > 0 or (region.fixed and region.bw[dr] == 1)
            if size and limited:
                assert airtime_ms(region.sf_of(dr), region.bw_hz(dr), size + 13) <= 400, (name, dr)
