"""Electrochemical cells on a virtual board: values against the cells' data sheets, over temperature and pressure, three cells on
one converter, warm-up, heap, ticks that wrap.

Reference: VOUT = zero + sensitivity * gas * resistance, in floating point in the model, from boards/cells.json.
"""

import time

import cell_rig as rig

import micropython
import quality
from drivers.cell_presence import RUN
from drivers.electrochemical import Electrochemical

NOISE = {"CO-B4": 1, "NO2-A43F": 10, "O2-A2": 1}  # counts, from the amplifier's 3.4 uVpp
PPM = {"CO-B4": ("co", 10), "NO2-A43F": ("no2", 100), "O2-A2": ("o2", 100)}


def near(cell, expected, tolerance):
    assert abs(cell.value - expected) <= tolerance, (cell.gas, cell.value, expected, tolerance)


def test_concentrations_of_each_kind_of_cell():
    for name, amounts in (
        ("CO-B4", (0, 1, 35, 70, 134, 138, 300, 400, 499)),  # its output leaves the finest ranges at 142 and 420 ppm
        ("NO2-A43F", (0, 0.5, 3, 6, 19.5)),
        ("O2-A2", (0.2, 10, 19.5, 20.9, 23.5, 29.5)),
    ):
        gas, counts = PPM[name]
        (cell,) = rig.rig((name,))
        rig.run([cell], 6000)
        for amount in amounts:
            rig.set_gas(gas, amount)
            assert rig.run([cell], 2000) == quality.OK
            expected = round(amount * counts)
            near(cell, expected, NOISE[name] + expected // 1000 + 1)
        assert cell.errors == 0 and cell.resets == 0


def test_over_and_under_range():
    (cell,) = rig.rig()
    rig.run([cell], 6000)
    rig.set_gas("co", 510)
    assert rig.run([cell], 2000) == quality.OVER and cell.value == 5000
    rig.set_gas("co", 5000)  # the amplifier is at its end
    assert rig.run([cell], 2000) == quality.OVER and cell.value == 5000
    rig.set_gas("co", -9)
    assert rig.run([cell], 2000) == quality.OK
    for low in (-12, -200):
        rig.set_gas("co", low)
        assert rig.run([cell], 2000) == quality.UNDER
    rig.set_gas("co", 20)
    assert rig.run([cell], 2000) == quality.OK
    near(cell, 200, 1)


def test_saturation_counts_by_its_sign():
    # A gas that is reduced drives the output down: the lower rail is its over range.
    for name, high, low in (
        ("CO-B4", quality.OVER, quality.UNDER),
        ("NO2-A43F", quality.UNDER, quality.OVER),
        ("O2-A2", quality.UNDER, quality.OVER),
    ):
        (cell,) = rig.rig((name,))
        rig.run([cell], 6000)
        for fault, expected in (("high", high), ("low", low)):
            rig.fault(rig.PLACES[name][2], fault)
            assert rig.run([cell], 2000) == expected, (name, fault)
            assert rig.run([cell], 30000) == expected, (name, fault)  # no test of the cell in between
            rig.mend(rig.PLACES[name][2])


def test_span_over_temperature():
    for name, amount in (("CO-B4", 100), ("NO2-A43F", 10), ("O2-A2", 20.9)):
        gas, counts = PPM[name]
        (cell,) = rig.rig((name,))
        rig.set_gas(gas, amount)
        rig.run([cell], 6000)
        for celsius in (-35, -20, -7.5, 0, 19.99, 20, 20.01, 36, 50, 70):
            rig.set_air(celsius, 1013.25)
            cell.air(int(celsius * 100), 101325)
            rig.run([cell], 2000)
            expected = round(amount * counts)
            near(cell, expected, NOISE[name] * 2 + expected // 400 + 1)
        rig.set_air(-20, 1013.25)  # nobody says so: the span of the last temperature known stays
        rig.run([cell], 2000)
        assert cell.value < amount * counts * 9 // 10


def test_pressure_is_for_cells_that_need_it():
    for partial in (0, 1):
        (cell,) = rig.rig(("O2-A2",))
        numbers = list(rig.CELLS["O2-A2"])
        numbers[8] = partial
        numbers[2:4] = (-3057, 15)  # room for 50 kPa
        cell = Electrochemical(cell._afe, _Codes(80000), 2, rig.O2, numbers)
        for press_pa in (0, 40000, 50000, 80000, 101325, 110000, 120000, 130000):
            cell.air(2000, press_pa)
            cell._read(0, -14000, 0)
            known = max(50000, min(120000, press_pa)) if press_pa else 101325
            near(cell, round(14000 * 3057 / 32768 * (101325 / known if partial else 1)), 2)


def test_three_cells_share_one_converter():
    cells = rig.rig(rig.ALL)
    rig.run(cells, 10000)
    rig.set_gas("co", 50)
    rig.set_gas("no2", 4)
    rig.set_gas("o2", 18)
    rig.run(cells, 2600)
    for cell, name, expected in zip(cells, rig.ALL, (500, 400, 1800)):
        assert cell.quality == quality.OK
        near(cell, expected, NOISE[name] + 2)
    fresh = [0, 0, 0]
    for _ in range(60):
        time.sleep_ms(200)
        t_ms = time.ticks_ms()
        for i in range(3):
            fresh[i] += cells[i].poll(t_ms)
    assert all(9 <= n <= 11 for n in fresh), fresh  # each 1.2 s
    assert [cell.errors for cell in cells] == [0, 0, 0]


def test_configurations_reach_one_potentiostat_each():
    cells = rig.rig(rig.ALL)
    rig.run(cells, 3000)
    i2c = rig.bus()
    seen = []
    for pin, name in zip(rig.enables(), rig.ALL):
        pin.value(0)
        seen.append((i2c.readfrom_mem(0x48, 0x10, 1)[0] & 0x1F, i2c.readfrom_mem(0x48, 0x11, 1)[0]))
        pin.value(1)
        assert seen[-1] == (rig.CELLS[name][0], rig.CELLS[name][1]), name
    try:
        i2c.readfrom_mem(0x48, 0x10, 1)
    except OSError:
        return
    raise AssertionError("somebody answers though nobody is selected")


def test_warm_up_from_power_on():
    (cell,) = rig.rig(warmup_s=-1)
    rig.set_gas("co", 100)
    assert cell.quality == quality.WARMING and cell.t90_s == 15
    start = time.ticks_ms()
    for _ in range(700):
        if cell.quality == quality.WARMING:
            rig.run([cell], 200)
    assert cell.quality == quality.OK
    assert 119800 <= time.ticks_ms() - start <= 120800
    near(cell, 1000, 2)


def test_polling_allocates_nothing():
    cells = rig.rig(rig.ALL)
    rig.run(cells, 600)
    states = set()
    for i in range(150):
        if i == 60:
            rig.fault("lmp91000", "open")  # the test of the cell is on this path, too
        time.sleep_ms(200)
        t_ms = time.ticks_ms()
        micropython.heap_lock()
        try:
            for cell in cells:
                cell.poll(t_ms)
                cell.air(1234 + i, 99000)
        finally:
            micropython.heap_unlock()
        states.add(cells[0].state)
    assert cells[0].quality == quality.FAILED and cells[1].quality == quality.OK and cells[2].quality == quality.OK
    assert len(states) >= 3, states


class _Codes:
    """A converter without a chip."""

    def __init__(self, reference):
        self.codes = [0, 0, 0, reference]
        self.numbers = bytearray(4)
        self.clipped = bytearray(4)
        self.reference = 3
        self.errors = 0
        self.channel = -1
        self.since_ms = 0

    def want(self, channel):
        pass

    def poll(self, t_ms):
        pass


def test_arithmetic_is_exact_and_small():
    # Reference: the same in floating point. Under the lock a product of 2^30 or more would fail on 32 bits.
    for numbers in list(rig.CELLS.values()) + [[0, 0, 8000, 16, 32767, -32767, 0, 0, 0, -20, 125, 20, 1000, 50, 1000]]:
        cell = Electrochemical(None, _Codes(80000), 0, rig.CO, numbers)
        for gain in (numbers[2], None):
            if gain is None:
                cell.air(-2000, 101325)  # the largest gain there is
            for delta in list(range(-131068, 131069, 1777)) + [-131068, 131068, 1, 0, -1]:
                micropython.heap_lock()
                try:
                    cell._read(0, delta, 0)
                finally:
                    micropython.heap_unlock()
                exact = delta * cell._gain / (1 << numbers[3]) * (-1 if numbers[2] < 0 else 1)
                exact = max(-numbers[4], min(numbers[4], exact))
                assert abs(cell.value - exact) <= 0.501, (numbers, delta, cell.value, exact)


class _Potentiostat:
    stepped = False

    def configure(self):
        return True

    def good(self):
        return True


def test_a_code_without_a_new_reference_does_not_count():
    adc = _Codes(80000)
    cell = Electrochemical(_Potentiostat(), adc, 0, rig.CO, rig.CELLS["CO-B4"], 0)
    cell.poll(1000)
    for reference, number, expected in ((80000, 1, True), (80000, 1, False), (80000, 2, True), (78300, 3, False)):
        adc.codes[0] = 16000
        adc.codes[3] = reference
        adc.numbers[0] += 1
        adc.numbers[3] = number
        assert cell._take(2000) == expected
    assert cell.errors == 2


def test_ticks_may_wrap():
    (cell,) = rig.rig(warmup_s=5)
    rig.set_gas("co", 100)
    top = 1 << 30
    t_ms = top - 3000
    for i in range(60):
        time.sleep_ms(200)
        t_ms = (t_ms + 200) % top
        cell.poll(t_ms)
        if i > 30:
            assert cell.quality == quality.OK and cell.state == RUN
    near(cell, 1000, 2)
    assert cell.errors == 0
