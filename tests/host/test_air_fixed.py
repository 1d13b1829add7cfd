"""The fixed point of the air sensors: no intermediate reaches 2^30, and the values are those of the formulas in floating point.

The formulas are the models' own, written from the datasheets in their own terms, and fed here with random calibrations too.
"""

import ast
import random
import sys
from collections.abc import Iterator
from types import ModuleType

import pytest
from test_dsp_bounds import Most, _Watch

from davy import roots
from davy.vtag.chips import bme280, bmp390
from drivers import wide

Chip = tuple[int, ...]


@pytest.fixture
def watched(monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, ModuleType]]:
    """The drivers with every arithmetic result passed through a check."""
    modules: dict[str, ModuleType] = {}
    for name in ("wide", "air", "bme280", "bmp390"):
        path = roots.LIB / "drivers" / f"{name}.py"
        tree = _Watch().visit(ast.parse(path.read_text()))
        module = ModuleType(f"drivers.{name}")
        module.__dict__["_watch"] = Most()
        monkeypatch.setitem(sys.modules, f"drivers.{name}", module)
        exec(compile(ast.fix_missing_locations(tree), str(path), "exec"), module.__dict__)
        modules[name] = module
    yield modules


def test_products_are_exact_and_small(watched: dict[str, ModuleType]):
    mul, dice = watched["wide"].mul, random.Random(1)
    top = (1 << 28) - 1
    for a in (-top, -1, 0, 1, 16383, 16384, -16384, top):
        for b in (-top, -1, 0, 1, 16383, 16384, -16384, top):
            assert mul(a, b, 28) == a * b >> 28
    for _ in range(20_000):
        a, b = (dice.randrange(-top, top) >> dice.randrange(28) for _ in range(2))
        shift = dice.randrange(14, 50)
        if abs(a * b >> shift) < 1 << 30:
            assert mul(a, b, shift) == a * b >> shift


def test_ratios_are_exact_and_small(watched: dict[str, ModuleType]):
    ratio, dice = watched["wide"].ratio, random.Random(2)
    top = (1 << 27) - 1
    for n, d in ((0, 1), (top - 1, top), (1, top)):
        assert ratio(n, d) == (n << 24) // d
    for _ in range(5_000):
        d = dice.randrange(1, top) >> dice.randrange(26) or 1
        n = dice.randrange(d)
        assert ratio(n, d) == (n << 24) // d


def near(dice: random.Random, usual: Chip) -> Chip:
    """A calibration like that of another chip of the kind: each number a fifth more or less."""
    return tuple(round(number * dice.uniform(0.8, 1.2)) for number in usual)


def put_bme280(chip, adc_p: int, adc_t: int, adc_h: int) -> None:
    chip._raw[:] = (adc_p << 4).to_bytes(3, "big") + (adc_t << 4).to_bytes(3, "big") + adc_h.to_bytes(2, "big")


@pytest.mark.parametrize("change", [False, True])
def test_bme280_against_floating_point(watched: dict[str, ModuleType], change: bool):
    dice = random.Random(3)
    chip = watched["bme280"].BME280(None)
    good = 0
    worst = [0.0, 0.0, 0.0]
    for _ in range(4_000):
        chip._t, chip._p, chip._h = (near(dice, c) if change else c for c in (bme280.T, bme280.P, bme280.H))
        adc_p, adc_t, adc_h = dice.randrange(1 << 20), dice.randrange(330_000, 720_000), dice.randrange(65536)
        put_bme280(chip, adc_p, adc_t, adc_h)
        fine = bme280.t_fine(adc_t, chip._t)
        pa = bme280.pressure_pa(adc_p, fine, chip._p)
        if chip._convert():
            good += 1
            pct = max(0.0, min(100.0, bme280.humidity_pct(adc_h, fine, chip._h)))
            found = (fine / 5120 - chip.temp_c100 / 100, pa - chip.press_pa, pct - chip.humid_pct100 / 100)
            worst = [max(w, abs(f)) for w, f in zip(worst, found, strict=True)]
        else:
            assert not (-39.99 < fine / 5120 < 84.99 and 30_001 < pa < 109_999)
    assert good > 1_500
    assert worst[0] < 0.006 and worst[1] < 1.0 and worst[2] < 0.03, worst


@pytest.mark.parametrize("change", [False, True])
def test_bmp390_against_floating_point(watched: dict[str, ModuleType], change: bool):
    dice = random.Random(4)
    chip = watched["bmp390"].BMP390(None)
    good = 0
    worst = [0.0, 0.0]
    for _ in range(4_000):
        chip._t, chip._p = (near(dice, c) if change else c for c in (bmp390.T, bmp390.P))
        up, ut = dice.randrange(1 << 24), dice.randrange(4_000_000, 13_000_000)
        chip._raw[:] = up.to_bytes(3, "little") + ut.to_bytes(3, "little")
        c = bmp390.temperature_c(ut, chip._t)
        pa = bmp390.pressure_pa(up, c, chip._p)
        if chip._convert():
            good += 1
            found = (c - chip.temp_c100 / 100, pa - chip.press_pa)
            worst = [max(w, abs(f)) for w, f in zip(worst, found, strict=True)]
        else:
            assert not (-39.99 < c < 84.99 and 30_001 < pa < 124_999)
    assert good > 1_500
    assert worst[0] < 0.006 and worst[1] < 1.0, worst


def test_no_calibration_and_no_count_overflows(watched: dict[str, ModuleType]):
    """Whatever a broken memory says: the watch raises if anything passes 2^30."""
    dice = random.Random(5)
    corners = (-32768, -1, 0, 1, 32767)
    for _ in range(6_000):
        first = watched["bme280"].BME280(None)
        first._t = (dice.choice((1, 27504, 65535)), *dice.choices(corners, k=2))
        first._p = (dice.choice((1, 36477, 65535)), *dice.choices(corners, k=8))
        first._h = (
            dice.choice((0, 255)),
            dice.choice(corners),
            dice.choice((0, 255)),
            *dice.choices((-2048, 2047), k=2),
        )
        first._h += (dice.choice((-128, 127)),)
        put_bme280(first, dice.randrange(1 << 20), dice.randrange(1 << 20), dice.choice((0, 65535, 30000)))
        first._convert()
        second = watched["bmp390"].BMP390(None)
        second._t = (*dice.choices((1, 27800, 65535), k=2), dice.choice((-128, 127)))
        byte = (-128, -1, 0, 127)
        second._p = (*dice.choices(corners, k=2), *dice.choices(byte, k=2), *dice.choices((0, 65535), k=2))
        second._p += (*dice.choices(byte, k=2), dice.choice(corners), *dice.choices(byte, k=2))
        second._raw[:] = dice.randbytes(6)
        second._convert()


def test_the_watch_sees_what_is_too_wide(watched: dict[str, ModuleType]):
    with pytest.raises(AssertionError):
        watched["wide"].mul(1 << 29, 1 << 29, 14)
    assert wide.mul(3, 1 << 20, 14) == 192
