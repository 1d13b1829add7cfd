"""The MAX30102 model against its data sheet: registers, modes, FIFO, currents, averaging; and the skin before it."""

import itertools

import pytest

from davy.vtag.chips import CHIPS, max30102
from davy.vtag.chips.base import Nak
from davy.vtag.chips.max30102 import DEPTH, Max30102
from davy.vtag.skin import GLASS_NA_MA, Skin
from davy.vtag.world import World

MS = 1000


class Bus:
    """The chip with the clock in the test's hand; 100 nA come back of a mA."""

    def __init__(self, back_na_ma: float = 100.0, other_na: float = 0.0) -> None:
        self.world = World()
        self.world.light_source = lambda t_us: (back_na_ma, other_na)
        chip = CHIPS["max30102"]({"chip": "max30102", "i2c": 0}, self.world)
        assert isinstance(chip, Max30102)
        self.chip = chip
        self.t_us = 5 * MS

    def set(self, register: int, *values: int) -> None:
        self.chip.write(bytes((register, *values)), self.t_us)

    def get(self, register: int, n: int = 1) -> bytes:
        self.chip.write(bytes((register,)), self.t_us)
        return self.chip.read(n, self.t_us)

    def one(self, register: int) -> int:
        return self.get(register)[0]

    def pass_ms(self, ms: float) -> None:
        self.t_us += round(ms * MS)

    def measure(self, led: int = 50, conversion: int = 0x27, fifo: int = 0x40, mode: int = 7, slots: int = 2) -> None:
        """As the driver does: 25 samples a second of the infrared LED."""
        self.set(max30102.SLOTS, slots)
        self.set(max30102.LED1_PA, led, led)
        self.set(max30102.SPO2_CONFIG, conversion)
        self.set(max30102.FIFO_CONFIG, fifo)
        self.set(max30102.MODE, mode)

    def samples(self, n: int, channels: int = 1) -> list[int]:
        data = self.get(max30102.FIFO_DATA, 3 * n * channels)
        return [int.from_bytes(data[i : i + 3], "big") for i in range(0, len(data), 3)]


def test_after_power_up():
    bus = Bus()
    assert bus.one(max30102.PART_ID) == 0x15 and bus.one(max30102.REV_ID) == 0x03
    assert bus.one(max30102.STATUS_1) == max30102.PWR_RDY and bus.one(max30102.STATUS_1) == 0
    assert bus.get(max30102.WR_PTR, 3) == b"\0\0\0" and bus.one(max30102.MODE) == 0
    bus.pass_ms(1000)
    assert bus.get(max30102.WR_PTR, 3) == b"\0\0\0" and not bus.chip.measuring


def test_twenty_five_samples_a_second_of_what_comes_back():
    bus = Bus()
    bus.measure(led=50)  # 10 mA: 1000 of 4096 nA
    bus.pass_ms(1001)
    assert bus.one(max30102.WR_PTR) == 25 and bus.one(max30102.RD_PTR) == 0
    found = bus.samples(25)
    assert sum(found) / 25 == pytest.approx(1000 / 4096 * 0x40000, abs=5) and len(set(found)) > 5
    assert bus.one(max30102.RD_PTR) == 25
    assert bus.chip.led_ma == pytest.approx(10.0)


@pytest.mark.parametrize(
    ("conversion", "fifo", "hz"), [(0x03, 0x00, 50), (0x07, 0x00, 100), (0x07, 0x20, 50), (0x0B, 0x60, 25)]
)
def test_rates_and_averages(conversion: int, fifo: int, hz: int):
    bus = Bus()
    bus.measure(conversion=conversion, fifo=fifo)
    bus.pass_ms(201)
    assert bus.one(max30102.WR_PTR) == int(hz * 0.2)


@pytest.mark.parametrize(("code", "bits"), [(0, 15), (1, 16), (2, 17), (3, 18)])
def test_resolutions_are_left_justified(code: int, bits: int):
    bus = Bus()
    bus.measure(conversion=0x24 | code, fifo=0)
    bus.pass_ms(200)
    found = bus.samples(15)
    assert all(value % (1 << 18 - bits) == 0 for value in found)
    assert bits == 15 or any(value % (1 << 19 - bits) for value in found)


@pytest.mark.parametrize(("code", "range_na"), list(enumerate(max30102.RANGES_NA)))
def test_ranges_and_the_end_of_the_converter(code: int, range_na: int):
    bus = Bus()
    bus.measure(led=50, conversion=code << 5 | 7)
    bus.pass_ms(201)
    assert sum(bus.samples(5)) / 5 == pytest.approx(1000 / range_na * 0x40000, abs=10)
    bus.set(max30102.LED2_PA, 255)
    bus.pass_ms(400)
    bus.samples(5)
    assert min(bus.samples(5)) == pytest.approx(min(0x3FFFF, 5100 / range_na * 0x40000), abs=30)


@pytest.mark.parametrize(
    ("mode", "slots", "channels", "shares"),
    [(2, 0, 1, [0.5]), (3, 0, 2, [0.5, 1.0]), (7, 0x21, 2, [0.5, 1.0]), (7, 2, 1, [1.0]), (7, 0x12, 2, [1.0, 0.5])],
)
def test_modes_and_slots(mode: int, slots: int, channels: int, shares: list[float]):
    bus = Bus()
    bus.measure(mode=mode, slots=slots)
    bus.pass_ms(201)
    found = bus.samples(5, channels)
    assert bus.one(max30102.RD_PTR) == 5
    for i, share in enumerate(shares):
        assert sum(found[i::channels]) / 5 == pytest.approx(1000 * share / 4096 * 0x40000, abs=10)


def test_a_full_fifo_keeps_the_old_and_counts_what_it_refuses():
    bus = Bus()
    light = iter(range(10**6))
    bus.world.light_source = lambda t_us: (100.0 if t_us < 1_300_000 else 200.0, 0.0 * next(light))
    bus.measure()
    bus.pass_ms(32 * 40 + 1)
    assert bus.get(max30102.WR_PTR, 3) == b"\0\0\0"  # full to the sample looks like empty
    bus.pass_ms(5 * 40)
    assert bus.get(max30102.WR_PTR, 3) == b"\0\x05\0"
    assert max(bus.samples(1)) < 70_000 and bus.one(max30102.OVF) == 0
    assert max(bus.samples(DEPTH - 1)) < 70_000
    bus.pass_ms(40)
    assert bus.samples(1)[0] > 120_000
    bus.pass_ms(3_600_000)
    assert bus.one(max30102.OVF) == 0x1F


def test_rollover_keeps_the_new():
    bus = Bus()
    bus.world.light_source = lambda t_us: (100.0 if t_us < 1_300_000 else 200.0, 0.0)
    bus.measure(fifo=0x50)
    bus.pass_ms((32 + 10) * 40 + 1)
    found = bus.samples(DEPTH)
    assert max(found[:20]) < 70_000 and min(found[-8:]) > 120_000


def test_flags_of_status():
    bus = Bus()
    bus.one(max30102.STATUS_1)
    bus.measure(fifo=0x4F)  # almost full: 15 empty
    bus.pass_ms(10 * 40 + 1)
    assert bus.one(max30102.STATUS_1) == max30102.PPG_RDY and bus.one(max30102.STATUS_1) == 0
    bus.pass_ms(8 * 40)
    assert bus.one(max30102.STATUS_1) == max30102.PPG_RDY | max30102.A_FULL


def test_the_end_of_the_ambient_light_cancellation():
    bus = Bus(other_na=49_000)
    bus.measure()
    bus.pass_ms(201)
    assert not bus.one(max30102.STATUS_1) & max30102.ALC_OVF and bus.samples(1)[0] < 66_000
    bus.world.light_source = lambda t_us: (100.0, 52_000.0)
    bus.pass_ms(200)
    assert bus.one(max30102.STATUS_1) & max30102.ALC_OVF
    assert bus.samples(9)[-1] > 150_000


def test_shutdown_keeps_registers_and_reset_does_not():
    bus = Bus()
    bus.measure()
    bus.set(max30102.MODE, 0x87)
    bus.pass_ms(1000)
    assert bus.one(max30102.WR_PTR) == 0 and bus.one(max30102.LED2_PA) == 50 and bus.chip.led_ma == 0
    bus.set(max30102.MODE, 0x40)
    assert bus.one(max30102.MODE) == 0x40
    bus.set(max30102.LED2_PA, 9)  # a chip in reset hears nothing
    bus.pass_ms(1)
    assert bus.one(max30102.MODE) == 0 and bus.one(max30102.LED2_PA) == 0
    assert bus.one(max30102.STATUS_1) == 0  # it was no loss of power


def test_the_pointers_may_be_written_and_a_sample_read_again():
    bus = Bus()
    bus.measure()
    bus.pass_ms(201)
    first = bus.samples(2)
    bus.set(max30102.RD_PTR, 0)
    assert bus.samples(2) == first
    bus.set(max30102.WR_PTR, 0, 0, 0)
    assert bus.get(max30102.WR_PTR, 3) == b"\0\0\0"


def test_temperature_of_the_die():
    bus = Bus()
    bus.world.air_source = lambda t_us: (-12.25, 1000.0, 50.0)
    bus.set(max30102.TEMP_CONFIG, 1)
    bus.pass_ms(20)
    assert bus.one(max30102.TEMP_CONFIG) == 1
    bus.pass_ms(10)
    assert bus.one(max30102.TEMP_CONFIG) == 0 and bus.one(max30102.STATUS_2) == max30102.DIE_TEMP_RDY
    whole, part = bus.get(max30102.TEMP_INT, 2)
    assert (whole ^ 0x80) - 0x80 + part / 16 == pytest.approx(-10.75, abs=0.1)


def test_faults():
    bus = Bus()
    bus.measure()
    bus.chip.faults.set("wrong_id")
    assert bus.one(max30102.PART_ID) == 0x11
    bus.chip.faults.set("nak")
    with pytest.raises(Nak):
        bus.one(max30102.PART_ID)
    bus.chip.faults.clear()
    bus.chip.faults.set("frozen")
    bus.pass_ms(1000)
    assert len(set(bus.samples(20))) == 1
    bus.chip.faults.clear()
    bus.chip.faults.set("dead_led")
    bus.pass_ms(400)
    bus.samples(10)
    bus.pass_ms(400)
    assert max(bus.samples(5)) < 50
    bus.chip.faults.clear()
    bus.chip.faults.set("stuck_fifo")
    before = bus.one(max30102.WR_PTR)
    bus.pass_ms(400)
    assert bus.one(max30102.WR_PTR) == before
    bus.chip.faults.clear()
    bus.chip.faults.set("pointers")
    assert bus.one(max30102.WR_PTR) == 0xFF
    bus.chip.faults.clear()
    bus.chip.faults.set("never_empty")
    for _ in range(3):
        assert (bus.one(max30102.WR_PTR) - bus.one(max30102.RD_PTR)) % 32 == 31
        bus.samples(31)
    bus.chip.faults.clear()
    bus.measure()
    for value, n in ((1.1, 27), (0.9, 22)):
        bus.chip.faults.set("clock", value)
        bus.pass_ms(200)
        bus.set(max30102.WR_PTR, 0, 0, 0)
        bus.pass_ms(1000)
        assert (bus.one(max30102.WR_PTR) - bus.one(max30102.RD_PTR)) % 32 in (n, n + 1)
    bus.chip.faults.clear()
    bus.chip.faults.set("flicker", 16.0)
    bus.set(max30102.WR_PTR, 0, 0, 0)
    bus.pass_ms(1200)
    seen = bus.samples(25)
    assert 900 < max(seen) - min(seen) < 1100  # 64 counts a nA
    bus.chip.faults.clear()
    bus.chip.faults.set("lost_config")
    assert bus.one(max30102.MODE) == 0 and bus.one(max30102.STATUS_1) == max30102.PWR_RDY
    bus.set(max30102.MODE, 0x40)
    bus.chip.faults.set("no_reset")
    bus.pass_ms(100)
    assert bus.one(max30102.MODE) == 0x40


def test_beats_of_a_skin():
    skin = Skin(bpm=90, seed=3)
    assert skin.rate_bpm(10, 70) == pytest.approx(90, rel=0.02)
    quick = Skin(bpm=60, drift_bpm_min=30)
    assert quick.rate_bpm(110, 120) == pytest.approx(118, abs=3)
    assert [skin.light(t_us) for t_us in (10**6, 2 * 10**6)] != [skin.light(10**6)] * 2
    calm = Skin(noise=0.0, breath=0.0, sway=0.0, perfusion=0.01)
    values = [calm.light(t_ms * MS)[0] for t_ms in range(0, 20_000, 10)]
    assert (max(values) - min(values)) / 200 == pytest.approx(0.01, rel=0.1)
    assert sum(values) / len(values) == pytest.approx(200, rel=0.001)
    ups = sum(a < 199.5 <= b for a, b in itertools.pairwise(values))
    assert 20 <= ups <= 50
    assert Skin(worn=False).light(0) == (GLASS_NA_MA, 0.0)
    walked = Skin(noise=0.0, perfusion=0.0, breath=0.0, sway=0.0, shake=0.02)
    shaken = [walked.light(t_ms * MS)[0] for t_ms in range(0, 5000, 10)]
    assert max(shaken) - min(shaken) > 4
