"""Units of gas against published pairs of ppm and mg/m3, and whether nonsense is refused."""

import math
from collections.abc import Mapping
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from davy import gasunits
from davy.errors import DavyError
from davy.gasunits import LEL, MOLAR_MASS, UNITS, convert, from_counts, in_counts, molar_volume

AT_25C = {"temp_c": 25, "press_hpa": "1013.25"}
AT_20C = {"temp_c": 20, "press_hpa": 1013}

# gas, ppm, mg/m3 as published
NIOSH_FACTORS = (  # Pocket Guide to Chemical Hazards, "Conversion": 25 C, 760 mmHg
    ("co", 1, "1.15"),
    ("h2s", 1, "1.40"),
    ("no2", 1, "1.88"),
    ("so2", 1, "2.62"),
    ("nh3", 1, "0.70"),
    ("co2", 1, "1.80"),
    ("no", 1, "1.23"),
)
US_LIMITS = (  # Documentation for IDLHs (1994): NIOSH REL and ACGIH TLV, 25 C, 760 mmHg
    ("co", 35, "40"),
    ("co", 200, "229"),
    ("co", 25, "29"),
    ("h2s", 10, "14"),
    ("h2s", 15, "21"),
    ("no2", 3, "5.6"),
    ("no2", 5, "9.4"),
    ("nh3", 25, "17"),
    ("nh3", 35, "24"),
    ("no", 25, "31"),
)
EU_LIMITS = (  # Directives 2017/164 and 2004/37 (Annex III): 20 C, 101.3 kPa
    ("co", 20, "23"),
    ("co", 100, "117"),
    ("so2", "0.5", "1.3"),
    ("so2", 1, "2.7"),
)
RUSSIAN_LIMITS = (  # GOST 12.1.005-88, mg/m3, and the ppm that go with them: 20 C, 101.3 kPa
    ("co", "17", 20),
    ("h2s", "7.1", 10),
    ("no2", "2.6", 5),
    ("so2", "3.8", 10),
    ("nh3", "28", 20),
)


def off(found: Fraction, published: str) -> float:
    """How far beyond rounding to the published digits, as a part: tables round factors to three digits first."""
    digits = len(published.partition(".")[2])
    half = Fraction(1, 2 * 10**digits)
    return float(max(Fraction(0), abs(found - Fraction(published)) - half) / Fraction(published))


@pytest.mark.parametrize(("gas", "ppm", "mg"), NIOSH_FACTORS + US_LIMITS)
def test_us_tables_at_25_c(gas: str, ppm: int, mg: str) -> None:
    assert off(convert(ppm, "ppm", "mg/m3", gas, **AT_25C), mg) < 0.004


@pytest.mark.parametrize(("gas", "ppm", "mg"), EU_LIMITS)
def test_eu_directives_at_20_c(gas: str, ppm: str, mg: str) -> None:
    assert off(convert(ppm, "ppm", "mg/m3", gas, **AT_20C), mg) < 0.004


@pytest.mark.parametrize(("gas", "ppm", "mg"), RUSSIAN_LIMITS)
def test_ex_soviet_limits_at_20_c(gas: str, ppm: str, mg: int) -> None:
    assert off(convert(mg, "mg/m3", "ppm", gas), ppm) == 0  # 20 C is the default


def test_the_tables_tell_the_two_temperatures_apart() -> None:
    def wrong(rows: tuple[tuple[str, int, str], ...], air: Mapping[str, Any]) -> int:
        return sum(off(convert(ppm, "ppm", "mg/m3", gas, **air), mg) >= 0.004 for gas, ppm, mg in rows)

    assert wrong(NIOSH_FACTORS, AT_20C) >= 5


def test_molar_volume() -> None:
    # CODATA: 22.413 969 54 L/mol at 0 C and 101.325 kPa, 22.710 954 64 at 100 kPa
    assert float(molar_volume(0, "1013.25")) == pytest.approx(22.41396954, abs=1e-8)
    assert float(molar_volume(0, 1000)) == pytest.approx(22.71095464, abs=1e-8)
    assert float(molar_volume(25, "1013.25")) == pytest.approx(24.465, abs=5e-4)
    assert float(molar_volume()) == pytest.approx(24.06, abs=5e-3)


def test_molar_masses_agree_with_the_pocket_guide() -> None:
    # NIOSH Pocket Guide, MW, one decimal
    guide = {"co": 28.0, "h2s": 34.1, "no2": 46.0, "so2": 64.1, "nh3": 17.0, "co2": 44.0, "no": 30.0}
    assert {gas: round(float(MOLAR_MASS[gas]), 1) for gas in guide} == guide


def test_co_steps_of_the_device_tests() -> None:
    # as in tests/device/test_gas_timesteps.py
    found = [in_counts(mg, "mg/m3", "co", rounded=math.floor) for mg in (20, 50, 100, 200)]
    assert found == [171, 429, 859, 1718]


def test_lel_is_said_and_each_basis_is_its_own() -> None:
    # NIOSH, Documentation for IDLHs: LEL 12.5 % (10 % LEL: 12 500 ppm), 4.0 % (4000 ppm), 15 % (15 000 ppm)
    for gas, ppm in (("co", 12500), ("h2s", 4000), ("nh3", 15000), ("ch4", 5000)):
        assert convert(10, "%LEL", "ppm", gas, lel="us") == ppm
    assert convert(10, "%LEL", "%vol", "ch4", lel="iec") == Fraction("0.44")
    assert convert(1, "%vol", "%LEL", "ch4", lel="us") == 20
    assert convert(22, "%LEL", "%LEL", "ch4", lel="4.4") == 22
    assert convert(100, "%LEL", "%vol", "no", lel=12) == 12
    assert all(gas in MOLAR_MASS for table in LEL.values() for gas in table)


def test_colder_and_denser_air_holds_more() -> None:
    sea = convert(35, "ppm", "mg/m3", "co")
    assert convert(35, "ppm", "mg/m3", "co", temp_c=-20) / sea == Fraction("293.15") / Fraction("253.15")
    assert convert(35, "ppm", "mg/m3", "co", press_hpa=1120) / sea == Fraction(1120, 1013)  # 800 m below ground


def test_counts_are_those_of_the_tag() -> None:
    for value, unit, gas, counts in (
        (35, "ppm", "co", 350),
        ("0.5", "ppm", "no2", 50),
        (1, "%vol", "ch4", 100),
        (5000, "ppm", "co2", 500),
        ("20.9", "%vol", "o2", 2090),
        (-17.5, "ppm", "co", -175),
        (500, "ppb", "so2", 50),
    ):
        assert in_counts(value, unit, gas) == counts
        assert from_counts(counts, unit, gas) == Fraction(str(value))
    assert in_counts(10, "%LEL", "ch4", lel="iec", rounded=math.floor) == 44
    assert in_counts("35.04", "ppm", "co") == 350 and in_counts("35.04", "ppm", "co", rounded=math.ceil) == 351
    assert convert(0.1, "ppm", "ppb", "co") == 100  # a float is what is written
    assert from_counts(1000, "mg/m3", "co") == convert(100, "ppm", "mg/m3", "co")


@given(
    gas=st.sampled_from(sorted(MOLAR_MASS)),
    units=st.lists(st.sampled_from(UNITS), min_size=2, max_size=5),
    ppm=st.fractions(-100_000, 100_000),
    temp_c=st.integers(-100, 100),
    press_hpa=st.integers(100, 2000),
)
def test_any_way_round_comes_back(gas: str, units: list[str], ppm: Fraction, temp_c: int, press_hpa: int) -> None:
    value, unit = ppm, "ppm"
    for to in [*units, "ppm"]:
        value = convert(value, unit, to, gas, temp_c=temp_c, press_hpa=press_hpa, lel=10)
        unit = to
    assert value == ppm


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ((1, "ppm", "mg/m3", "xe"), "unknown gas 'xe': ch4, co, "),
        ((1, "ppm", "mg", "co"), "unknown unit 'mg': ppm, "),
        ((1, "PPM", "ppm", "co"), "unknown unit 'PPM'"),
        (("ten", "ppm", "ppm", "co"), "concentration 'ten' is not a number"),
        (("1/0", "ppm", "ppm", "co"), "is not a number"),
        ((float("nan"), "ppm", "ppm", "co"), "is not a number"),
        ((float("inf"), "ppm", "ppm", "co"), "is not a number"),
        ((None, "ppm", "ppm", "co"), "is not a number"),
        ((101, "%vol", "ppm", "ch4"), "101 %vol of ch4 is more than there is room for"),
        ((2_000_000, "mg/m3", "ppm", "co"), "is more than there is room for: 171.8 %vol"),
        ((10, "%LEL", "ppm", "ch4"), '%LEL of ch4: which LEL? "us" 5 %vol, "iec" 4.4 %vol, or'),
        ((10, "%LEL", "ppm", "o2"), "%LEL of o2: which LEL? o2 has none here"),
    ],
)
def test_nonsense_is_refused(arguments: tuple[object, ...], told: str) -> None:
    with pytest.raises(DavyError) as error:
        convert(*arguments)  # type: ignore[arg-type]
    assert told in error.value.message


def test_impossible_air_and_lel_are_refused() -> None:
    for told, more in (
        ("temperature -300 is not within -100..100 C", {"temp_c": -300}),
        ("temperature 293.15 is not within", {"temp_c": 293.15}),
        ("pressure '101.3 kPa' is not a number", {"press_hpa": "101.3 kPa"}),
        ("pressure 101325 is not within 100..2000 hPa", {"press_hpa": 101325}),
        ("pressure 0 is not within", {"press_hpa": 0}),
        ('co has no LEL in the table "iec"', {"lel": "iec"}),
        ("LEL 0 is not within 0..100 %vol", {"lel": 0}),
        ("LEL 'eu' is not a number", {"lel": "eu"}),
    ):
        unit = "%LEL" if "lel" in more else "mg/m3"
        with pytest.raises(DavyError) as error:
            convert(1, unit, "ppm", "co", **more)
        assert told in error.value.message
    with pytest.raises(DavyError, match=r"more than the tag can count: 3276\.7 ppm"):
        in_counts(4000, "ppm", "co")
    with pytest.raises(DavyError, match="unknown gas"):
        from_counts(1, "ppm", "h2")


def test_every_gas_of_the_tag_has_its_mass() -> None:
    assert set(MOLAR_MASS) == set(gasunits._IN_COUNTS)
