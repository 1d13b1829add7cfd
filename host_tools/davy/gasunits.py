"""Concentrations of gases in ppm, ppb, %vol, mg/m3, %LEL and the tag's counts, each from each, exactly: results are fractions.

    parts by volume    1 %vol = 10 000 ppm = 10 000 000 ppb, whatever the temperature
    mass in air        mg/m3 = ppm * M / V,   V = R T / p: ideal gas; 24.06 L/mol at 20 C and 1013 hPa
    %LEL               %vol / LEL * 100; of which LEL must be said: for methane 5.0 ("us") and 4.4 %vol ("iec") are both in use

A limit in mg/m3 holds for the air that its law names. 20 C and 1013 hPa, the default, is that of the EU (Directive
98/24/EC's lists) and of the ex-Soviet norms (GOST 12.1.016: 293 K, 101.3 kPa); OSHA, NIOSH and ACGIH have 25 C and
760 mmHg, with V rounded to 24.45 L/mol, 0.06 % less than what is computed here.

Molar masses: CIAAW, standard atomic weights 2021, abridged: H 1.008, C 12.011, N 14.007, O 15.999, S 32.06.
LEL: "us" is NIOSH's (Pocket Guide, Documentation for IDLHs) and ISO 10156's for methane, "iec" IEC 60079-20-1.
"""

from collections.abc import Callable, Collection
from fractions import Fraction

import davy.roots  # noqa: F401  puts the tag's code on sys.path
from davy.errors import DavyError
from tag import events

Number = int | float | str | Fraction

UNITS = ("ppm", "ppb", "%vol", "mg/m3", "%LEL")
TEMP_C = 20
PRESS_HPA = 1013

# g/mol
MOLAR_MASS = {
    "ch4": Fraction("16.043"),
    "co": Fraction("28.010"),
    "h2s": Fraction("34.076"),
    "o2": Fraction("31.998"),
    "no2": Fraction("46.005"),
    "so2": Fraction("64.058"),
    "nh3": Fraction("17.031"),
    "co2": Fraction("44.009"),
    "no": Fraction("30.006"),
}
# %vol
LEL = {
    "us": {"ch4": Fraction(5), "co": Fraction("12.5"), "h2s": Fraction(4), "nh3": Fraction(15)},
    "iec": {"ch4": Fraction("4.4")},
}
_R = Fraction("8.31446261815324")  # J/(mol K), exact since 2019
_IN_COUNTS = {row[0]: row[2:4] for row in events.GASES.values()}  # gas -> counts per unit, unit


def convert(
    value: Number,
    unit: str,
    to: str,
    gas: str,
    *,
    temp_c: Number = TEMP_C,
    press_hpa: Number = PRESS_HPA,
    lel: Number | None = None,
) -> Fraction:
    """The same concentration in another unit; `lel` is "us", "iec" or a number in %vol. `DavyError` says what cannot be."""
    _known("gas", gas, MOLAR_MASS)
    ppm = _number("concentration", value) * _ppm(unit, gas, temp_c, press_hpa, lel)
    if abs(ppm) > 1_000_000:
        raise DavyError(f"{value} {unit} of {gas} is more than there is room for: {float(ppm / 10_000):.4g} %vol")
    return ppm / _ppm(to, gas, temp_c, press_hpa, lel)


def in_counts(
    value: Number,
    unit: str,
    gas: str,
    *,
    temp_c: Number = TEMP_C,
    press_hpa: Number = PRESS_HPA,
    lel: Number | None = None,
    rounded: Callable[[Fraction], int] = round,
) -> int:
    """The concentration as the tag counts it (tag/events.py, GASES): rounded to nearest, or by `math.floor`, `math.ceil`."""
    _known("gas", gas, MOLAR_MASS)
    per_unit, shown = _IN_COUNTS[gas]
    counts = rounded(convert(value, unit, shown, gas, temp_c=temp_c, press_hpa=press_hpa, lel=lel) * per_unit)
    if not -0x8000 <= counts <= 0x7FFF:
        raise DavyError(f"{value} {unit} of {gas} is more than the tag can count: {0x7FFF / per_unit:g} {shown}")
    return counts


def from_counts(
    counts: int,
    to: str,
    gas: str,
    *,
    temp_c: Number = TEMP_C,
    press_hpa: Number = PRESS_HPA,
    lel: Number | None = None,
) -> Fraction:
    """What the tag counts, in a unit."""
    _known("gas", gas, MOLAR_MASS)
    per_unit, shown = _IN_COUNTS[gas]
    return convert(Fraction(counts, per_unit), shown, to, gas, temp_c=temp_c, press_hpa=press_hpa, lel=lel)


def molar_volume(temp_c: Number = TEMP_C, press_hpa: Number = PRESS_HPA) -> Fraction:
    """L/mol of an ideal gas."""
    kelvin = _within("temperature", temp_c, -100, 100, "C") + Fraction("273.15")
    return _R * kelvin / _within("pressure", press_hpa, 100, 2000, "hPa") * 10


def _ppm(unit: str, gas: str, temp_c: Number, press_hpa: Number, lel: Number | None) -> Fraction:
    """How many ppm one of this unit is."""
    _known("unit", unit, UNITS)
    if unit == "mg/m3":
        return molar_volume(temp_c, press_hpa) / MOLAR_MASS[gas]
    if unit == "%LEL":
        return _lel(gas, lel) * 100
    return {"ppm": Fraction(1), "ppb": Fraction(1, 1000), "%vol": Fraction(10_000)}[unit]


def _lel(gas: str, lel: Number | None) -> Fraction:
    if lel is None:
        known = ", ".join(f'"{name}" {float(table[gas]):g} %vol' for name, table in LEL.items() if gas in table)
        raise DavyError(f"%LEL of {gas}: which LEL? {known or f'{gas} has none here'}, or a number in %vol")
    if isinstance(lel, str) and lel in LEL:
        if gas not in LEL[lel]:
            raise DavyError(f'{gas} has no LEL in the table "{lel}": give it as a number in %vol')
        return LEL[lel][gas]
    found = _number("LEL", lel)
    if not 0 < found <= 100:
        raise DavyError(f"LEL {lel} is not within 0..100 %vol")
    return found


def _known(what: str, value: str, table: Collection[str]) -> None:
    if value not in table:
        raise DavyError(f"unknown {what} {value!r}: {', '.join(table)} are known")


def _within(what: str, value: Number, least: int, most: int, unit: str) -> Fraction:
    number = _number(what, value)
    if not least <= number <= most:
        raise DavyError(f"{what} {value} is not within {least}..{most} {unit}")
    return number


def _number(what: str, value: Number) -> Fraction:
    """A float is taken as it is written: 0.1 is a tenth."""
    try:
        return Fraction(repr(value) if isinstance(value, float) else value)
    except (ValueError, TypeError, OverflowError, ZeroDivisionError):
        raise DavyError(f"{what} {value!r} is not a number") from None
