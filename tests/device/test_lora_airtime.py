"""How long frames are on the air: Semtech's calculator for the SX1261, whose figures stand in micropython-lib's tests, and the
formula of the datasheets by hand."""

from lora_airtime import airtime_ms, airtime_us, header_us, low_rate, symbol_us
from lorawan.regions.names import NAMES, find


def test_the_calculators_figures():
    # sf, bw, preamble, bytes, crc -> us
    for sf, bw_hz, preamble, n, crc, us in (
        (12, 500000, 8, 1, True, 206848),
        (12, 500000, 12, 64, True, 649216),
        (12, 500000, 8, 1, False, 165888),
        (12, 500000, 8, 192, True, 1476608),
    ):
        assert airtime_us(n, sf, bw_hz, preamble, crc) == us, (sf, n)


def test_frames_that_others_have_measured():
    # bytes, sf -> us: pamoja-lora, with which tests/host/test_lorawan_regions.py compares every frame there is
    for n, sf, us in ((25, 7, 61696), (25, 9, 205824), (25, 12, 1482752)):
        assert airtime_us(n, sf, 125000) == us
    assert airtime_ms(25, 7, 125000) == 62 and airtime_ms(25, 12, 125000) == 1483


def test_it_grows_with_the_frame_and_stays_small():
    for bw_hz in (125000, 250000, 500000):
        for sf in range(7, 13):
            last = 0
            for n in range(256):
                us = airtime_us(n, sf, bw_hz)
                assert last <= us < 1 << 24 and airtime_us(n, sf, bw_hz, crc=False) <= us
                last = us


def test_no_payload_of_lorawan_outlasts_the_dwell_time():
    for name in NAMES:
        region = find(name)
        for dr in range(region.top_dr + 1):
            size = region.capacity(dr, True)
            limited = len(region.size_dwell) > 0 or (region.fixed and region.bw[dr] == 1)
            if size and limited:
                assert airtime_ms(size + 13, region.sf_of(dr), region.bw_hz(dr)) <= 400, (name, dr)


def test_by_hand():
    # 12.25 + 8 + 5 * ceil((8n - 4sf + 28 + 16crc) / 4(sf - 2low)) symbols
    for sf, bw_hz, n, crc, symbols4 in (
        (7, 125000, 12, True, 161),  # 112 / 28 = 4 blocks
        (7, 125000, 13, True, 181),  # 120 / 28: 5
        (9, 125000, 12, True, 141),  # 104 / 36: 3
        (12, 125000, 12, True, 141),  # 92 / 40: 3
        (12, 125000, 12, False, 121),  # 76 / 40: 2
        (11, 125000, 51, True, 321),  # 408 / 36: 12
        (10, 125000, 1, False, 81),  # -4 is none
        (10, 125000, 2, False, 101),  # 4 / 40: 1
        (12, 250000, 51, True, 301),  # 404 / 40: 11, low data rate
        (12, 500000, 51, True, 261),  # 404 / 48: 9
    ):
        assert airtime_us(n, sf, bw_hz, 8, crc) == symbols4 * symbol_us(sf, bw_hz) // 4, (sf, bw_hz, n)
    assert header_us(7, 125000) == 20736 and header_us(12, 125000) == 663552
    assert header_us(7, 125000, 12) == 24832


def test_symbols_and_low_data_rate():
    for sf in range(7, 13):
        assert symbol_us(sf, 125000) == 1 << (sf + 3)
        assert symbol_us(sf, 500000) == 1 << (sf + 1)
        assert low_rate(sf, 125000) == (1 if sf >= 11 else 0)
        assert low_rate(sf, 250000) == (1 if sf == 12 else 0)
        assert low_rate(sf, 500000) == 0


def test_the_longest_stays_a_small_integer():
    assert 0 < airtime_us(255, 12, 125000, 4096) < 1 << 30
