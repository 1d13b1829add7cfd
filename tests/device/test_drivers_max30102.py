"""The MAX30102 driver on the virtual board: samples, currents, shutdown, overflow; every fault ends as a quality."""

import time
from array import array

import machine

import micropython
import quality
import vport
from drivers.max30102 import LEAST, MAX30102, MOST, OFF, RATE_HZ, RESET, RUN, START
from drivers.max30102_fifo import DEPTH, FULL
from drivers.max30102_selftest import self_test

vport.control({"do": "fit", "parts": [{"role": "heart", "chip": "max30102", "i2c": 0, "address": 0x57}]})
buf = array("i", bytes(4 * DEPTH))
MEASURED = hasattr(micropython, "mem_total")


def fault(name, value=1.0):
    vport.control({"do": "fault", "chip": "max30102", "name": name, "value": value})


def clear():
    vport.control({"do": "clear", "chip": "max30102"})
    vport.control({"do": "sda_hold", "bus": 0, "clocks": 0})


def skin(**fields):
    vport.control(dict({"do": "skin", "back_na_ma": 200.0}, **fields))


def bus():
    return machine.I2C(0, scl=machine.Pin(22), sda=machine.Pin(21), freq=400000)


def make(free=None, **fields):
    """A driver that has never spoken to its chip."""
    clear()
    vport.control({"do": "reset_chip", "chip": "max30102"})
    skin(**fields)
    return MAX30102(bus(), 0x57, free)


def run(sensor, ms, step=200):
    """Read for a while: all counts, and the qualities one after the other."""
    counts, seen = [], []
    for _ in range(ms // step):
        time.sleep_ms(step)
        n = sensor.read(buf, time.ticks_ms())
        counts += list(buf[:n])
        if not seen or seen[-1] != sensor.quality:
            seen.append(sensor.quality)
    return counts, seen


def good(**fields):
    """One that measures."""
    sensor = make(**fields)
    assert sensor.begin(time.ticks_ms())
    run(sensor, 600)
    assert sensor.state == RUN and sensor.quality == quality.OK and sensor.errors == 0
    return sensor


def mean(counts):
    return sum(counts) // len(counts)


def chip_register(register):
    return bus().readfrom_mem(0x57, register, 1)[0]


class Still:
    """Registers of a chip whose FIFO has 12 samples."""

    def read(self, register, view):
        if register == 0:
            for i in range(7):
                view[i] = 12 if i == 4 else 0


def test_nothing_shines_before_it_begins():
    sensor = make()
    assert (sensor.state, sensor.quality, sensor.errors, sensor.lit) == (OFF, quality.WARMING, 0, True)
    assert sensor.look()
    assert sensor.read(buf, time.ticks_ms()) == 0
    assert chip_register(0x09) == 0 and chip_register(0x0D) == 0


def test_a_measurement_from_begin_to_end():
    sensor = make()
    assert sensor.begin(time.ticks_ms()) and sensor.state == RESET and sensor.lit
    counts, seen = run(sensor, 4000)
    assert seen == [quality.WARMING, quality.OK] or seen == [quality.OK]
    assert 92 <= len(counts) <= 4 * RATE_HZ, len(counts)
    # 6.2 mA, 200 nA a mA, 64 counts a nA
    assert abs(mean(counts) - 79360) < 1500, mean(counts)
    assert len(set(counts)) > 50
    assert chip_register(0x0C) == 0 and chip_register(0x0D) == START  # the red LED is dark
    assert sensor.end() and sensor.state == OFF and not sensor.lit
    assert chip_register(0x09) & 0x80
    time.sleep_ms(400)
    assert sensor.read(buf, time.ticks_ms()) == 0 and sensor.errors == 0


def test_no_sample_is_lost_and_none_comes_twice():
    sensor = good()
    begun_ms = time.ticks_ms()
    total = 0
    for i in range(40):
        counts, _ = run(sensor, 100 + i % 6 * 200, 100 + i % 6 * 200)
        total += len(counts)
    ms = time.ticks_diff(time.ticks_ms(), begun_ms)
    assert abs(total - ms * RATE_HZ // 1000) <= 1, (total, ms)
    assert sensor.overruns == 0 and sensor.errors == 0


def test_a_short_buffer_leaves_the_rest_in_the_fifo():
    sensor = good()
    time.sleep_ms(400)
    short = array("i", (7, 7, 7))
    assert sensor.read(short, time.ticks_ms()) == 3 and min(short) > 1000
    assert sensor.read(buf, time.ticks_ms()) in (6, 7, 8)


def test_an_overflow_is_counted_and_what_was_kept_is_the_old():
    sensor = good()
    time.sleep_ms(1250)
    assert sensor.look()
    time.sleep_ms(40)  # the model measures when it is spoken to: what is old is of the skin before
    assert sensor.look()
    skin(back_na_ma=400.0)
    time.sleep_ms(900)
    assert sensor.read(buf, time.ticks_ms()) == DEPTH
    assert sensor.overruns == 1 and sensor.quality == quality.OK
    assert max(buf) < 90000
    counts, _ = run(sensor, 400)
    assert mean(counts) > 150000 and sensor.overruns == 1


def test_the_light_is_aimed_within_its_bounds():
    # back: nA a mA; then the current it should come to, 0.2 mA, and what it cannot reach
    for back, least, most in (
        (50.0, MOST, MOST),
        (80.0, 100, MOST),
        (200.0, 45, 75),
        (1500.0, 5, 10),
        (9000.0, LEAST, LEAST),
    ):
        sensor = good(back_na_ma=back)
        for _ in range(6):
            counts, _ = run(sensor, 400)
            if not sensor.aim(mean(counts)):
                break
            run(sensor, 200)
        assert least <= sensor.led <= most, (back, sensor.led)
        assert chip_register(0x0D) == sensor.led
        counts, _ = run(sensor, 400)
        if 60 <= back <= 5000:
            assert 0.375 * FULL <= mean(counts) <= 0.8 * FULL, (back, mean(counts))
        assert not sensor.aim(mean(counts))
        # the next measurement begins with what was found
        assert sensor.end() and sensor.begin(time.ticks_ms())
        run(sensor, 400)
        assert chip_register(0x0D) == sensor.led


def test_what_a_broken_one_was_aimed_by_is_forgotten():
    sensor = good(back_na_ma=50.0)
    while sensor.aim(mean(run(sensor, 400)[0])):
        pass
    assert sensor.led == MOST
    fault("stuck_fifo")
    run(sensor, 1400)
    assert sensor.quality == quality.FAILED and sensor.led == START


def test_off_the_skin_and_in_the_sun():
    sensor = good(worn=False)
    counts, _ = run(sensor, 400)
    assert max(counts) < 3000 and not sensor.glare
    skin(ambient_na=60000.0)
    counts, _ = run(sensor, 1000)
    assert sensor.glare and max(counts) == FULL and sensor.quality == quality.OK
    skin()
    assert sensor.begin(time.ticks_ms())
    run(sensor, 400)
    assert not sensor.glare


def test_each_fault_ends_the_measurement_and_heals():
    for name, within_ms, failure in (
        ("nak", 200, "no answer"),
        ("pointers", 200, "pointers that cannot be"),
        ("lost_config", 200, "its power was gone"),
        ("stuck_fifo", 1400, "no samples"),
        ("frozen", 2400, "stands still"),
        ("never_empty", 800, "more samples than it had time for"),
        ("sda_hold", 200, "no answer"),
    ):
        sensor = good()
        if name == "sda_hold":
            vport.control({"do": "sda_hold", "bus": 0, "clocks": 1000})
        else:
            fault(name)
        _, seen = run(sensor, within_ms)
        assert seen[-1] == quality.FAILED and sensor.state == OFF, (name, seen)
        assert sensor.errors == 1 and sensor.resets == (name == "lost_config")
        assert sensor.failure == failure, (name, sensor.failure)
        counts, seen = run(sensor, 1000)
        assert counts == [] and seen == [quality.FAILED]
        clear()
        assert sensor.begin(time.ticks_ms()), name
        counts, seen = run(sensor, 1000)
        assert seen[-1] == quality.OK and len(counts) > 15, name
        assert sensor.end()


def test_who_does_not_begin_says_so():
    for name in ("nak", "wrong_id", "sda_hold"):
        sensor = make()
        if name == "sda_hold":
            vport.control({"do": "sda_hold", "bus": 0, "clocks": 1000})
        else:
            fault(name)
        assert not sensor.look() and sensor.quality == quality.FAILED
        assert not sensor.begin(time.ticks_ms()) and sensor.errors == 2, name
        assert run(sensor, 400) == ([], [quality.FAILED])
        clear()
        assert sensor.begin(time.ticks_ms())


def test_a_reset_that_never_ends_is_a_fault():
    sensor = make()
    fault("no_reset")
    assert sensor.begin(time.ticks_ms())
    _, seen = run(sensor, 1400)
    assert seen == [quality.WARMING, quality.FAILED] and sensor.errors == 1


def test_stale_before_failed():
    sensor = good()
    fault("stuck_fifo")
    _, seen = run(sensor, 1400)
    assert seen == [quality.OK, quality.STALE, quality.FAILED]


def test_a_dead_led_gives_darkness_that_lives():
    sensor = good()
    fault("dead_led")
    counts, seen = run(sensor, 4000)
    assert max(counts[-50:]) < 100 and seen == [quality.OK]
    assert self_test(sensor, time.sleep_ms, time.ticks_ms)[0] is False


def test_the_end_is_tried_again_until_it_is_heard():
    sensor = good()
    fault("nak")
    assert not sensor.end() and sensor.lit and sensor.state == OFF
    clear()
    assert sensor.end() and not sensor.lit and chip_register(0x09) & 0x80


def test_the_bus_is_freed_after_three_faults_in_a_row():
    freed = []
    sensor = make(lambda: freed.append(1))
    fault("nak")
    for times in range(1, 8):
        assert not sensor.look()
        assert len(freed) == times // 3
    clear()
    assert sensor.look()
    fault("wrong_id")
    for _ in range(4):
        assert not sensor.look()
    assert len(freed) == 2  # another part is no bus that is held


def test_self_test():
    sensor = make()
    begun_ms = time.ticks_ms()
    good, na, why = self_test(sensor, time.sleep_ms, time.ticks_ms)
    assert good is True and na > 4000 and why == ""
    assert time.ticks_diff(time.ticks_ms(), begun_ms) < 6000
    assert not sensor.lit and sensor.led == START
    for name in ("nak", "wrong_id", "dead_led", "no_temp", "stuck_fifo", "no_reset"):
        # What is said of each: test_selftest_heart.py
        sensor = make()
        fault(name)
        begun_ms = time.ticks_ms()
        good, _, why = self_test(sensor, time.sleep_ms, time.ticks_ms)
        assert good is False and why and sensor.led == START, name
        assert time.ticks_diff(time.ticks_ms(), begun_ms) < 6000
        clear()
        # Another part was not written to; a chip that is not there, or in its reset, hears nothing.
        assert chip_register(0x09) & 0x80 or name in ("nak", "wrong_id", "no_reset"), name
    clear()
    vport.control({"do": "air", "temp_c": 20, "press_hpa": 1013, "humid_pct": 50})


def test_ticks_may_wrap():
    sensor = make()
    t_ms = (1 << 30) - 1500
    assert sensor.begin(t_ms)
    total = 0
    for _ in range(20):
        time.sleep_ms(200)
        t_ms = (t_ms + 200) % (1 << 30)
        total += sensor.read(buf, t_ms)
    assert sensor.quality == quality.OK and sensor.errors == 0 and total > 85


class Black(Still):
    """Whose samples are all 0."""

    def read(self, register, view):
        for i in range(len(view)):
            view[i] = 12 if register == 0 and i == 4 else 0

    def set(self, register, value):
        pass


def test_black_may_stand_still_in_the_dark_and_not_in_its_light():
    sensor = make()
    assert sensor.begin(time.ticks_ms(), True)
    run(sensor, 400)
    assert sensor.quality == quality.OK and chip_register(0x0D) == 0
    sensor.registers = Black()
    t_ms = time.ticks_ms()
    for k in range(1, 9):
        assert sensor.read(buf, t_ms + 480 * k) == 12
    assert sensor.quality == quality.OK and sensor.shine()
    assert sensor.read(buf, t_ms + 480 * 9) == 0 and sensor.quality == quality.FAILED


def test_reading_allocates_nothing():
    """Counted without the bus, which is virtual: a frame too large for the stack passes under `heap_lock`."""
    sensor = good()
    if MEASURED:
        sensor.registers = Still()
        taken = micropython.mem_total
        none = taken()
        none = taken() - none
        before = taken()
        n = sensor.read(buf, 5)
        after = taken()
        assert n == 12 and after - before - none == 0, (n, after - before - none)
    sensor = good()
    total = 0
    for i in range(40):
        if i == 20:
            time.sleep_ms(1500)
        if i == 30:
            fault("stuck_fifo")
        time.sleep_ms(200)
        t_ms = time.ticks_ms()
        micropython.heap_lock()
        try:
            total += sensor.read(buf, t_ms)
        finally:
            micropython.heap_unlock()
    assert total > 150 and sensor.overruns == 1 and sensor.quality == quality.FAILED
