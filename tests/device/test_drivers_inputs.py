"""Button and battery: debouncing at every moment, a button that sticks, voltages that cannot be."""

import time

import machine

import vport
from drivers.battery import UNKNOWN, Battery
from drivers.button import NONE, PRESSED, RELEASED, Button


class _Pin:
    def __init__(self, level=1):
        self.level = level
        self.broken = False

    def value(self):
        if self.broken:
            raise OSError(5)
        return self.level


class _Adc:
    def __init__(self, *uv):
        self.uv = list(uv)
        self.broken = False

    def read_uv(self):
        if self.broken:
            raise OSError(5)
        self.uv.append(self.uv.pop(0))
        return self.uv[-1]


# -- button ------------------------------------------------------------------------------------------------------------


def _edges(levels, step=10, start=0, active_low=True):
    """(time, edge) of each edge while the pin shows `levels`, one a step; the button and its pin."""
    pin = _Pin()
    button = Button(pin, active_low)
    found = []
    for i, level in enumerate(levels):
        pin.level = level
        t_ms = (start + i * step) & 0x3FFFFFFF
        edge = button.poll(t_ms)
        if edge != NONE:
            found.append((i * step, edge))
    return found


def test_press_and_release_on_the_board():
    vport.control({"do": "button", "down": False})
    button = Button(machine.Pin(0, machine.Pin.IN, machine.Pin.PULL_UP))
    found = []
    for down in (False, True, True, False):
        vport.control({"do": "button", "down": down})
        for _ in range(10):
            time.sleep_ms(10)
            edge = button.poll(time.ticks_ms())
            if edge != NONE:
                found.append(edge)
    assert found == [PRESSED, RELEASED]


def test_an_edge_needs_thirty_still_milliseconds():
    assert _edges([1, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1]) == [(40, PRESSED), (90, RELEASED)]
    assert _edges([1, 0, 0, 0, 1, 1, 1]) == []
    assert _edges([0] * 31, 1) == [(30, PRESSED)]


def test_bounce_starts_the_time_anew():
    assert _edges([1, 0, 1, 0, 1, 0, 0, 0, 0, 1, 0, 0, 1, 1, 1, 1]) == [(80, PRESSED), (150, RELEASED)]


def test_every_pattern_of_ten_polls():
    """Against a plain restatement: an edge where the other level has been seen at four polls in a row (30 ms apart)."""
    for pattern in range(1024):
        levels = [1 - (pattern >> i & 1) for i in range(10)]
        expected, state, run = [], 1, 0
        for i, level in enumerate(levels):
            run = run + 1 if level != state else 0
            if run == 4:
                state, run = level, 0
                expected.append((i * 10, PRESSED if level == 0 else RELEASED))
        assert _edges(levels) == expected, levels


def test_rare_polls_give_edges_too():
    assert _edges([1, 0, 0, 1, 1], 250) == [(500, PRESSED), (1000, RELEASED)]


def test_active_high():
    assert _edges([0, 1, 1, 1, 1, 0, 0, 0, 0], active_low=False) == [(40, PRESSED), (80, RELEASED)]


def test_held_at_power_up_is_a_press():
    assert _edges([0, 0, 0, 0]) == [(30, PRESSED)]


def test_ticks_may_wrap():
    for start in range((1 << 30) - 100, 1 << 30, 10):
        assert _edges([1, 0, 0, 0, 0, 1, 1, 1, 1], 10, start) == [(40, PRESSED), (80, RELEASED)], start


def test_stuck_after_a_minute_until_released():
    pin = _Pin(0)
    button = Button(pin)
    button.poll(0)
    assert button.poll(30) == PRESSED
    for t_ms in range(1000, 60031, 1000):
        assert button.poll(t_ms) == NONE and not button.stuck, t_ms
    assert button.poll(60030) == NONE and not button.stuck
    button.poll(60031)
    assert button.stuck
    # It stays so however long, past half the range of the clock too.
    for day in range(1, 15):
        button.poll((day * 86400000) % (1 << 30))
        assert button.stuck
    pin.level = 1
    button.poll(1000)
    assert button.poll(1030) == RELEASED and not button.stuck


def test_long_rest_is_not_stuck():
    pin = _Pin(1)
    button = Button(pin)
    for day in range(15):
        assert button.poll((day * 86400000) % (1 << 30)) == NONE and not button.stuck


def test_broken_pin_gives_no_edge():
    pin = _Pin(0)
    button = Button(pin)
    button.poll(0)
    pin.broken = True
    assert button.poll(40) == NONE and button.errors == 1
    pin.broken = False
    assert button.poll(50) == PRESSED


# -- battery -----------------------------------------------------------------------------------------------------------


def test_battery_on_the_board():
    battery = Battery(machine.ADC(machine.Pin(35)), 2.0)
    for mv in (4200, 3700, 3001):
        vport.control({"do": "battery", "mv": mv})
        assert abs(battery.read_mv() - mv) <= 2
    for mv in (0, 2400, 4600):
        vport.control({"do": "battery", "mv": mv})
        assert battery.read_mv() == UNKNOWN
    assert battery.errors == 3
    vport.control({"do": "battery", "mv": 4050})


def test_median_of_five():
    for readings in ((1800000, 3300000, 1850000, 0, 1840000), (1840000, 1840000, 0, 0, 3300000)):
        assert Battery(_Adc(*readings), 2.0).read_mv() == 3680, readings


def test_dividers():
    for divider, uv, mv in (
        (1.0, 3700000, 3700),
        (2, 1850000, 3700),
        (4.9, 755102, 3699),
        (1.001, 3700000, 3703),
        (1.403, 2637000, 3699),
    ):
        assert Battery(_Adc(uv), divider).read_mv() == mv, divider


def test_plausible_range():
    for mv, expected in ((2499, UNKNOWN), (2500, 2500), (4500, 4500), (4501, UNKNOWN)):
        assert Battery(_Adc(mv * 1000), 1.0).read_mv() == expected
    assert Battery(_Adc(1900000), 1.0, 1800, 2000).read_mv() == 1900


def test_broken_adc():
    adc = _Adc(3700000)
    battery = Battery(adc, 1.0)
    adc.broken = True
    assert battery.read_mv() == UNKNOWN and battery.errors == 1
    adc.broken = False
    assert battery.read_mv() == 3700 and battery.errors == 1
