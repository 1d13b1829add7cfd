"""The tag's regional tables against an independent source (pamoja-lora, RP002-1.0.5), and against the network's own."""

import pytest
from pamoja import lora

from davy.lorawan.plans import PLANS
from lora_airtime import airtime_ms, airtime_us
from lorawan.channels import Channels
from lorawan.fixed import FixedChannels
from lorawan.region import EIRP_DBM, Region
from lorawan.regions.names import NAMES, find
from lorawan.terms import Terms

_SHIFT_HZ = {"AS923-2": -1_800_000, "AS923-3": -6_600_000, "AS923-4": -5_900_000}
# Where pamoja-lora 0.1.18 and RP002 differ: AS923's DR2 without dwell time carries M = 123 (RP002-1.0.5 table 73, as the
# stack of The Things Network has it too), and pamoja does not know the limits with dwell time: M = 19, 61, 133 (the same
# table).
_SIZES = {("AS923", 2): 123}


def plan_of(name: str) -> lora.ChannelPlan:
    return lora.plan_for(name.partition("-")[0])


@pytest.mark.parametrize("name", NAMES)
def test_data_rates(name: str) -> None:
    region, plan = find(name), plan_of(name)
    for dr in range(16):
        theirs = plan.data_rate(dr, "downlink" if region.fixed and dr >= 8 else "uplink")
        rate = (theirs.spreading_factor or 0, theirs.bandwidth_hz or 0) if theirs and theirs.kind == "lora" else (0, 0)
        known = rate[0] >= 7
        assert region.knows(dr) == known, dr
        if known:
            assert (region.sf_of(dr), region.bw_hz(dr)) == rate


@pytest.mark.parametrize("name", NAMES)
def test_payloads(name: str) -> None:
    region, plan = find(name), plan_of(name)
    for dr in range(region.top_dr + 1):
        theirs = plan.max_payload(dr, "uplink_direct")
        assert theirs
        expected = _SIZES.get((name.partition("-")[0], dr), theirs.mac_payload)
        assert region.capacity(dr, False) + 8 == expected, dr
    if name.startswith("AS923"):
        assert [region.capacity(dr, True) for dr in range(6)] == [0, 0, 11, 53, 125, 242]
    else:
        assert [region.capacity(dr, True) for dr in range(5)] == [region.capacity(dr, False) for dr in range(5)]


def test_downlinks_of_us915_are_as_long_as_they_may() -> None:
    """RP002-1.0.4 table for US915 downlinks: M = 61, 137, 250 (without a repeater)."""
    assert [find("US915").longest(dr) - 5 for dr in range(8, 14)] == [61, 137, 250, 250, 250, 250]


@pytest.mark.parametrize("name", NAMES)
def test_first_windows(name: str) -> None:
    region, plan = find(name), plan_of(name)
    info = plan.info()
    assert region.top_offset == info.max_rx1_data_rate_offset
    for dwell in (False, True) if name.startswith("AS923") else (False,):
        for dr in range(region.top_dr + 1):
            for offset in range(region.top_offset + 1):
                theirs = plan.rx1_data_rate(dr, offset, dwell)
                assert theirs is not None
                expected = theirs if region.knows(theirs) else -1
                assert region.rx1_dr(dr, offset, dwell) == expected, (dr, offset, dwell)


@pytest.mark.parametrize("name", NAMES)
def test_channels_and_second_window(name: str) -> None:
    region, plan = find(name), plan_of(name)
    shift = _SHIFT_HZ.get(name, 0)
    assert (region.rx2_hz - shift, region.rx2_dr) == plan.rx2()
    channels = FixedChannels(region) if region.fixed else Channels(region)
    count = plan.info().default_channel_count
    for i in range(channels.count):
        theirs = plan.channel_frequency_hz(i) if i < count else None
        assert channels.hz(i) == (theirs + shift if theirs else 0)
    blocks = [(block.min_data_rate, block.max_data_rate, block.count) for block in plan.channel_blocks("default")]
    rates = [pair for low, top, n in blocks for pair in [(low, top)] * n]
    for i, (low, top) in enumerate(rates):
        assert [dr for dr in range(8) if channels.carries(i, dr)] == list(range(low, top + 1))


@pytest.mark.parametrize("name", NAMES)
def test_power(name: str) -> None:
    region, plan = find(name), plan_of(name)
    info = plan.info()
    assert region.eirp_dbm == info.default_max_eirp_dbm and region.top_power == info.max_tx_power_index
    terms = Terms(region, 0, -20, 40)
    for index in range(16):
        theirs = plan.tx_power_dbm(index, info.default_max_eirp_dbm)
        assert terms.can_power(index) == (theirs is not None)
        if theirs is not None:
            assert terms.power_dbm(index, False, False) == theirs


def test_power_stays_within_the_radio_and_the_law() -> None:
    terms = Terms(find("EU868"), 3, 2, 14)
    assert [terms.power_dbm(index, False, False) for index in (0, 1, 5, 7)] == [13, 11, 3, 2]
    assert terms.can_power(5) and not terms.can_power(6)
    terms.eirp = 2
    assert EIRP_DBM[2] == 12 and terms.power_dbm(0, False, False) == 9
    terms = Terms(find("US915"), 2, 2, 40)
    assert [terms.power_dbm(0, *kind) for kind in ((False, False), (False, True), (True, False))] == [30, 21, 26]
    assert Terms(find("US915"), 9, 2, 40).power_dbm(0, False, False) == 27


@pytest.mark.parametrize("name", NAMES)
def test_bands(name: str) -> None:
    region, plan = find(name), plan_of(name)
    shift = _SHIFT_HZ.get(name, 0)
    for band in plan.sub_bands():
        for hz in range(band.start_hz + 62_500, band.end_hz - 62_499, 12_500):
            found = region.band(hz + shift)
            assert found >= 0 and region.bands[found][2] == band.duty_cycle_permille, hz
    if not plan.sub_bands():
        assert region.bands == ()
    for hz in region.default_hz:
        assert region.band(hz) >= 0


def test_bands_of_eu868_are_those_of_the_recommendation() -> None:
    """ERC/REC 70-03 annex 1: a channel lies in one of them with both its edges, or may not be used."""
    region = find("EU868")
    for hz, permille in (
        (863_100_000, 1),
        (867_100_000, 10),
        (868_100_000, 10),
        (868_500_000, 10),
        (868_800_000, 1),
        (869_525_000, 100),
        (869_850_000, 10),
    ):
        assert region.bands[region.band(hz)][2] == permille
    for hz in (
        863_000_000,
        865_000_000,
        868_600_000,
        868_650_000,
        869_300_000,
        869_450_000,
        869_680_000,
        869_980_000,
        870_100_000,
    ):
        assert region.band(hz) == -1, hz


@pytest.mark.parametrize("name", NAMES)
def test_the_tag_and_the_network_have_the_same_plan(name: str) -> None:
    region, plan = find(name), PLANS[name]
    assert plan.rx2 == (region.rx2_hz, region.rx2_dr)
    channels = FixedChannels(region) if region.fixed else Channels(region)
    assert plan.channels == {i: channels.hz(i) for i in range(channels.count) if channels.hz(i)}
    for dr in range(region.top_dr + 1):
        assert plan.dr_of(region.sf_of(dr), region.bw_hz(dr)) == dr
        for offset in range(region.top_offset + 1):
            for dwell in (False, True) if name.startswith("AS923") else (False,):
                theirs = plan.rx1_dr(dr, offset, dwell)
                assert region.rx1_dr(dr, offset, dwell) == (theirs if region.knows(theirs) else -1)
    for i in range(channels.count):
        if channels.hz(i):
            assert plan.rx1_hz(channels.hz(i)) == channels.down_hz(i)
    for hz in plan.extra:
        assert region.band(hz) >= 0


def test_back_off_is_one_data_rate_at_a_time() -> None:
    for name in NAMES:
        region, plan = find(name), plan_of(name)
        for dr in range(1, region.top_dr + 1):
            if region.knows(dr):
                assert plan.next_backoff_data_rate(dr) == dr - 1


def test_airtime_is_that_of_another_implementation() -> None:
    for bw_hz in (125_000, 250_000, 500_000):
        for sf in range(7, 13):
            up = lora.link(sf, bw_hz)
            down = lora.link(sf, bw_hz, crc=False)
            for n in range(256):
                assert airtime_us(n, sf, bw_hz) == up.airtime_us(n)
                assert airtime_us(n, sf, bw_hz, crc=False) == down.airtime_us(n)
                assert airtime_ms(n, sf, bw_hz) == -(-up.airtime_us(n) // 1000)


def test_an_unknown_region_is_refused() -> None:
    for name in ("", "EU433", "AS923", "AS923-5", "as923-1", "US915 "):
        with pytest.raises(ValueError, match="there are EU868"):
            find(name)
    with pytest.raises(ValueError, match="sub-bands"):
        find("US915", sub_band=9)
    assert isinstance(find("US915", sub_band=8), Region)
