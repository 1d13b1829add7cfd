"""The ADS1115's model against its data sheet: registers, timing, inputs, ranges, faults."""

import itertools

import pytest

from davy.vtag.chips.ads1115 import Ads1115
from davy.vtag.world import World

MS = 1000


class Bus:
    """The chip with the clock in the test's hand."""

    def __init__(self) -> None:
        self.chip = Ads1115({"address": 0x49}, World())
        self.t_us = 5 * MS

    def set(self, register: int, value: int) -> None:
        self.chip.write(bytes((register, value >> 8, value & 0xFF)), self.t_us)

    def get(self, register: int) -> int:
        self.chip.write(bytes((register,)), self.t_us)
        return int.from_bytes(self.chip.read(2, self.t_us), "big")

    def convert(self, config: int, ms: int = 200) -> int:
        self.set(1, config)
        self.t_us += ms * MS
        value = self.get(0)
        return value - 65536 if value & 0x8000 else value


def config(mux: int = 4, pga: int = 1, rate: int = 0) -> int:
    """OS, single shot, comparator off."""
    return 0x8103 | mux << 12 | pga << 9 | rate << 5


def test_reset_values():
    bus = Bus()
    assert [bus.get(register) for register in range(4)] == [0, 0x8583, 0x8000, 0x7FFF]
    bus.set(1, config())
    bus.set(3, 0x1234)
    bus.chip.reset(0)
    assert [bus.get(register) for register in range(4)] == [0, 0x8583, 0x8000, 0x7FFF]


def test_the_pointer_stays_and_the_conversion_cannot_be_written():
    bus = Bus()
    bus.set(2, 0xABCD)
    assert bus.chip.read(2, bus.t_us) == b"\xab\xcd" == bus.chip.read(2, bus.t_us)
    bus.set(0, 0x1111)
    assert bus.get(0) == 0


# Data sheet, "Full-Scale Range and LSB size": 187.5, 125, 62.5, 31.25, 15.625, 7.8125 uV a code.
@pytest.mark.parametrize(
    ("pga", "lsb_uv"), [(0, 187.5), (1, 125), (2, 62.5), (3, 31.25), (4, 15.625), (5, 7.8125), (7, 7.8125)]
)
def test_ranges(pga: int, lsb_uv: float):
    bus = Bus()
    bus.chip.inputs[0] = lambda t_us: 0.2
    assert bus.convert(config(pga=pga)) == round(0.2e6 / lsb_uv)
    bus.chip.inputs[0] = lambda t_us: 3.3
    assert bus.convert(config(pga=pga)) == min(32767, round(3.3e6 / lsb_uv))


@pytest.mark.parametrize(
    ("mux", "volts"), [(0, -0.1), (1, -0.3), (2, -0.2), (3, -0.1), (4, 0.1), (5, 0.2), (6, 0.3), (7, 0.4)]
)
def test_inputs(mux: int, volts: float):
    bus = Bus()
    bus.chip.inputs[:] = [lambda t_us, v=v: v for v in (0.1, 0.2, 0.3, 0.4)]
    assert bus.convert(config(mux)) == pytest.approx(volts / 125e-6, abs=1)


def test_an_input_is_bounded_by_the_supply():
    bus = Bus()
    bus.chip.inputs[0] = lambda t_us: 9.0
    assert bus.convert(config()) == round(3.3 / 125e-6)
    bus.chip.inputs[0] = lambda t_us: -1.0
    assert bus.convert(config()) == 0


@pytest.mark.parametrize(("rate", "us"), [(0, 125_000), (1, 62_500), (4, 7_812), (7, 1_162)])
def test_a_conversion_takes_its_time(rate: int, us: int):
    bus = Bus()
    bus.chip.inputs[0] = lambda t_us: 1.0
    bus.set(1, config(rate=rate))
    bus.t_us += us - 100
    assert bus.get(1) == config(rate=rate) & 0x7FFF
    bus.set(1, config(5, rate=rate))  # no new start while it is busy
    assert bus.get(0) == 0
    bus.t_us += 200
    assert bus.get(1) & 0x8000
    assert bus.get(1) & 0x7000 == 0x5000


def test_the_mean_over_a_conversion():
    bus = Bus()
    start = bus.t_us
    bus.chip.inputs[0] = lambda t_us: 2.0 if t_us < start + 25_000 else 0.0
    assert bus.convert(config()) == pytest.approx(0.4 / 125e-6, rel=0.05)


def test_continuous_mode_goes_on_by_itself():
    bus = Bus()
    bus.chip.inputs[0] = lambda t_us: t_us * 1e-6
    bus.set(1, 0x4203)
    values = []
    for _ in range(4):
        bus.t_us += 125 * MS
        values.append(bus.get(0))
    assert [later - earlier for earlier, later in itertools.pairwise(values)] == [1000] * 3


def test_faults():
    bus = Bus()
    bus.chip.inputs[0] = lambda t_us: 1.0
    assert bus.convert(config()) == 8000
    bus.chip.faults.set("gain", 1.1)
    assert bus.convert(config()) == 8800
    bus.chip.faults.clear()
    bus.chip.faults.set("frozen")
    bus.chip.inputs[0] = lambda t_us: 2.0
    assert bus.convert(config()) == 8800
    bus.chip.faults.clear()
    bus.chip.faults.set("never_starts")
    assert bus.convert(config()) == 8800
    assert bus.get(1) & 0x8000
    bus.chip.faults.clear()
    bus.chip.faults.set("never_done")
    bus.set(1, config())
    bus.t_us += 10_000 * MS
    assert not bus.get(1) & 0x8000
    bus.chip.faults.clear()
    assert bus.get(0) == 16000
    bus.chip.faults.set("wrong_chip")
    assert bus.get(1) == bus.get(0) == 0x60A0
    assert bus.chip.reference_v(0) == 2.5
    bus.chip.faults.set("reference", 0.5)
    assert bus.chip.reference_v(0) == 1.25
