"""Every fault of an electrochemical cell's chain ends as a fault quality within 10 s, and never as a wrong number."""

import time

import cell_rig as rig

import quality
import vport
from drivers.cell_presence import SETTLE, STEP, TEST

FAULTY = (quality.STALE, quality.FAILED)


def chain(names=("CO-B4",), free=None):
    """Cells at work: 100 ppm of CO, 4 ppm of NO2, 20.9 % of O2."""
    cells = rig.rig(names, 0, free)
    rig.set_gas("co", 100)
    rig.set_gas("no2", 4)
    rig.run(cells, 12000)
    for cell in cells:
        assert cell.quality == quality.OK, cell.gas
    return cells


TRUE = {rig.CO: (1000, 6), rig.NO2: (400, 12), rig.O2: (2090, 12)}


def watch(cells, ms):
    """Poll; what looks like a measurement must be right."""
    for _ in range(ms // 200):
        rig.run(cells, 200)
        for cell in cells:
            if quality.usable(cell.quality):
                value, tolerance = TRUE[cell.gas]
                assert abs(cell.value - value) <= tolerance, (cell.gas, cell.value)


def test_faults_of_the_converter():
    for name, value in (
        ("nak", 1),
        ("never_done", 1),
        ("never_starts", 1),
        ("frozen", 1),
        ("wrong_chip", 1),
        ("gain", 1.1),
        ("gain", 0.9),
        ("reference", 0),
        ("reference", 0.97),
        ("reference", 1.04),
        ("reference", 1.32),  # shorted to the supply
    ):
        cells = chain(rig.ALL)
        rig.fault("ads1115", name, value)
        watch(cells, 10000)
        for cell in cells:
            assert cell.quality in FAULTY, (name, value, cell.gas, cell.quality)
            assert cell.errors > 0
        rig.mend("ads1115")
        watch(cells, 4000)
        for cell in cells:
            assert cell.quality == quality.OK, (name, cell.gas)


def test_a_frozen_result_is_refused_at_whatever_it_froze():
    for ms in (0, 200, 400, 600, 800, 1000, 1200, 1400):
        cells = chain(rig.ALL)
        rig.run(cells, ms)
        rig.fault("ads1115", "frozen")
        watch(cells, 10000)
        assert all(cell.quality in FAULTY for cell in cells)


def test_faults_of_the_potentiostat():
    for name in ("nak", "wrong_chip", "forgets"):
        cells = chain(rig.ALL)
        rig.fault("lmp91000:no2", name)
        watch(cells, 10000)
        assert [cell.quality for cell in cells] == [quality.OK, quality.FAILED, quality.OK], name
        assert cells[1].errors > 0 and cells[0].errors == 0
        rig.mend("lmp91000:no2")
        watch(cells, 8000)
        assert cells[1].quality == quality.OK, name


def test_a_potentiostat_that_lost_its_registers_fails_at_once_and_warms_up_again():
    cells = rig.rig(("CO-B4",), 20)
    rig.set_gas("co", 100)
    rig.run(cells, 22000)
    assert cells[0].quality == quality.OK
    rig.reset("lmp91000")
    seen = []
    rig.run(cells, 30000, seen)
    assert [q for _, q in seen][-3:] == [quality.FAILED, quality.WARMING, quality.OK], seen
    assert seen[-3][0] <= 1400 and 20000 <= seen[-1][0] - seen[-3][0] <= 24000
    assert cells[0].resets == 1


def test_each_register_is_looked_at():
    i2c = rig.bus()
    for register, value in ((0x01, 0x00), (0x10, 0x0E), (0x11, 0x81), (0x12, 0x02), (0x12, 0x83)):
        cells = rig.rig(("CO-B4",), 10)
        rig.set_gas("co", 100)
        assert rig.run(cells, 12000) == quality.OK
        enable = rig.enables()[0]
        enable.value(0)
        i2c.writeto_mem(0x48, 0x01, b"\x00")
        i2c.writeto_mem(0x48, register, bytes((value,)))
        if register != 0x01:
            i2c.writeto_mem(0x48, 0x01, b"\x01")
        enable.value(1)
        watch(cells, 1400)
        assert cells[0].resets == 1, (register, value)


def test_a_short_silence_needs_no_warm_up():
    (cell,) = rig.rig(("CO-B4",), 20)
    rig.set_gas("co", 100)
    rig.run([cell], 22000)
    for fault in (("lmp91000", "nak"), ("ads1115", "nak")):
        rig.fault(*fault)
        seen = []
        rig.run([cell], 9000, seen)
        assert [q for _, q in seen] == [quality.OK, quality.STALE, quality.FAILED], seen
        assert seen[2][0] <= 6800
        rig.mend(fault[0])
        assert rig.run([cell], 2000) == quality.OK


def test_a_select_pin_that_is_stuck():
    # NO2's chip hears everything: the others cannot be told from it. What they hear does not reach it either.
    cells = chain(rig.ALL)
    rig.fault("lmp91000:no2", "select_stuck")
    watch(cells, 10000)
    assert [cell.quality for cell in cells] == [quality.FAILED, quality.OK, quality.FAILED]
    rig.mend("lmp91000:no2")
    watch(cells, 10000)
    assert [cell.quality for cell in cells] == [quality.OK] * 3
    cells = rig.rig(rig.ALL)
    rig.fault("lmp91000:no2", "select_stuck")
    rig.run(cells, 10000)
    assert [cell.quality for cell in cells] == [quality.FAILED] * 3


def test_nobody_there():
    cells = rig.rig(rig.ALL)
    rig.fault("ads1115", "nak")
    for chip in ("lmp91000", "lmp91000:no2", "lmp91000:o2"):
        rig.fault(chip, "nak")
    rig.run(cells, 1000)
    assert [cell.quality for cell in cells] == [quality.FAILED] * 3
    rig.mend("ads1115")
    rig.run(cells, 8000)
    assert [cell.quality for cell in cells] == [quality.FAILED] * 3


def test_a_held_bus_is_freed():
    from drivers.i2c_recovery import recover

    freed = []

    def free():
        import machine

        scl = machine.Pin(33, machine.Pin.OPEN_DRAIN, machine.Pin.PULL_UP, value=1)
        sda = machine.Pin(32, machine.Pin.OPEN_DRAIN, machine.Pin.PULL_UP, value=1)
        freed.append(recover(scl, sda, time.sleep_us))
        rig.bus()

    (cell,) = chain(("CO-B4",), free)
    vport.control({"do": "sda_hold", "bus": 1, "clocks": 5})
    watch([cell], 6000)
    assert freed == [True] and cell.quality == quality.OK
    vport.control({"do": "sda_hold", "bus": 1, "clocks": 1000000})
    watch([cell], 10000)
    assert cell.quality == quality.FAILED and len(freed) > 2
    vport.control({"do": "sda_hold", "bus": 1, "clocks": 0})


# -- no cell


def test_a_cell_that_is_taken_out_fails_and_comes_back():
    for name in rig.ALL:
        for polluted in (False, True):
            cells = rig.rig(rig.ALL)
            if polluted:
                rig.set_gas("co", 60)
                rig.set_gas("no2", 4)
            rig.run(cells, 12000)
            chip = rig.PLACES[name][2]
            index = rig.ALL.index(name)
            rig.fault(chip, "open")
            rig.run(cells, 10000)
            for i in range(3):
                expected = quality.FAILED if i == index else quality.OK
                assert cells[i].quality == expected, (name, polluted, i, cells[i].quality)
            rig.run(cells, 60000)
            assert cells[index].quality == quality.FAILED
            rig.mend(chip)
            rig.run(cells, 16000)
            assert cells[index].quality == quality.OK, (name, polluted)


def test_a_socket_that_is_empty_at_power_on():
    (cell,) = rig.rig(("CO-B4",), 60)
    rig.fault("lmp91000", "open")
    rig.run([cell], 8000)
    assert cell.quality == quality.FAILED
    rig.run([cell], 60000)
    assert cell.quality == quality.FAILED
    rig.mend("lmp91000")
    rig.run([cell], 40000)
    assert cell.quality == quality.WARMING  # as long as any other that has just got its power
    rig.run([cell], 40000)
    assert cell.quality == quality.OK


def test_much_gas_at_power_on_is_no_empty_socket():
    for ppm in (520, 700, 5000, -50, -5000):
        (cell,) = rig.rig()
        rig.set_gas("co", ppm)
        rig.run([cell], 60000)
        assert cell.quality == (quality.OVER if ppm > 0 else quality.UNDER), ppm
        rig.set_gas("co", 10)
        rig.run([cell], 5000)
        assert cell.quality == quality.OK and abs(cell.value - 100) <= 2


def test_a_good_cell_without_noise_is_tested_rarely_and_stays_good():
    (cell,) = rig.rig()
    rig.fault("lmp91000", "quiet")
    rig.run([cell], 10000)
    steps = 0
    for _ in range(5 * 300):
        before = cell.state
        assert rig.run([cell], 200) == quality.OK
        assert -2 <= cell.value <= 1
        steps += before != STEP and cell.state == STEP
    assert 4 <= steps <= 5, steps
    rig.fault("lmp91000", "open")
    rig.run([cell], 75000)
    assert cell.quality == quality.FAILED


def test_a_good_cell_is_not_disturbed():
    (cell,) = rig.rig()
    rig.set_gas("co", 30)
    rig.run([cell], 10000)
    for _ in range(10 * 300):
        assert rig.run([cell], 200) == quality.OK
        assert cell.state not in (TEST, STEP, SETTLE)


def test_a_fault_during_the_step_is_no_verdict():
    for chip in ("ads1115", "lmp91000"):
        for ms in (200, 800, 3000):
            (cell,) = rig.rig()
            for _ in range(30):
                if cell.state != STEP:
                    rig.run([cell], 200)
            assert cell.state == STEP
            rig.fault(chip, "nak")
            rig.run([cell], ms)
            rig.mend(chip)
            for _ in range(60):
                assert rig.run([cell], 200) != quality.FAILED, (chip, ms)
            assert cell.quality == quality.OK and not cell._afe.stepped, (chip, ms)
