"""What the tests of electrochemical cells share: cells on a second bus of the virtual board, and the drivers before them."""

import time

import machine

import vport
from drivers.ads1115 import ADS1115
from drivers.electrochemical import Electrochemical
from drivers.lmp91000 import LMP91000

CO, H2S, O2, NO2 = 2, 3, 4, 5
ADC = 0x49
REFERENCE = 3
POLL_MS = 200  # as the tag's gas task

# As `davy deploy` writes them; tests/host/test_cells.py compares.
CELLS = {
    "CO-B4": [13, 128, 2786, 15, 5000, -100, 120, 15, 0, -20, 575, 20, 1000, 50, 1175],
    "SGX-4H2S": [17, 128, 3775, 17, 2000, -30, 60, 30, 0, -20, 800, 20, 1000, 50, 1100],
    "NO2-A43F": [21, 192, -4876, 14, 2000, -200, 120, 60, 0, -20, 700, 20, 1000, 50, 1100],
    "O2-A2": [14, 192, -6114, 16, 3000, -50, 60, 15, 0, -20, 880, 20, 1000, 50, 1040],
}
# cell -> gas, its name, its chip's name in orders, MENB, input
PLACES = {
    "CO-B4": (CO, "co", "lmp91000", 30, 0),
    "NO2-A43F": (NO2, "no2", "lmp91000:no2", 31, 1),
    "O2-A2": (O2, "o2", "lmp91000:o2", 29, 2),
}


def part(name):
    """The entry of board.json."""
    _, gas, _, enable, channel = PLACES[name]
    return {
        "role": "gas",
        "chip": "lmp91000",
        "gas": gas,
        "i2c": 1,
        "enable": enable,
        "adc": ADC,
        "channel": channel,
        "reference": REFERENCE,
        "cell": name,
    }


BUS = {"id": 1, "scl": 33, "sda": 32, "freq_hz": 100000}
ALL = ("CO-B4", "NO2-A43F", "O2-A2")

vport.control({"do": "fit", "buses": {"i2c": [BUS]}, "parts": [part(name) for name in ALL]})


def fault(chip, name, value=1.0):
    vport.control({"do": "fault", "chip": chip, "name": name, "value": value})


def clear():
    """No fault anywhere, clean air of 20 degC, every chip just powered up."""
    vport.control({"do": "sda_hold", "bus": 1, "clocks": 0})
    for chip in ["ads1115"] + [PLACES[name][2] for name in ALL]:
        vport.control({"do": "clear", "chip": chip})
        vport.control({"do": "reset_chip", "chip": chip})
    for gas, value in (("co", 0), ("no2", 0), ("o2", 20.9)):
        set_gas(gas, value)
    set_air(20, 1013.25)


def mend(chip):
    vport.control({"do": "clear", "chip": chip})


def reset(chip):
    vport.control({"do": "reset_chip", "chip": chip})


def set_gas(name, value):
    vport.control({"do": "gas", "name": name, "value": value})


def set_air(temp_c, press_hpa):
    vport.control({"do": "air", "temp_c": temp_c, "press_hpa": press_hpa, "humid_pct": 50})


def bus():
    return machine.I2C(1, scl=machine.Pin(33), sda=machine.Pin(32), freq=100000)


def enables():
    return [machine.Pin(PLACES[name][3], machine.Pin.OUT, value=1) for name in ALL]


def rig(names=("CO-B4",), warmup_s=0, free=None):
    """Drivers for these cells behind one converter, everything else in order and just powered up."""
    clear()
    i2c = bus()
    enables()
    adc = ADS1115(i2c, ADC, REFERENCE, free)
    made = []
    for name in names:
        gas, _, _, enable, channel = PLACES[name]
        numbers = CELLS[name]
        afe = LMP91000(i2c, machine.Pin(enable, machine.Pin.OUT, value=1), numbers[0], numbers[1])
        made.append(Electrochemical(afe, adc, channel, gas, numbers, warmup_s))
    return made


def run(cells, ms, seen=None):
    """Poll as the tag does; notes each new quality of the first cell in `seen`, as (ms since the start, quality)."""
    for i in range(ms // POLL_MS):
        time.sleep_ms(POLL_MS)
        t_ms = time.ticks_ms()
        for cell in cells:
            cell.poll(t_ms)
        if seen is not None and (not seen or seen[-1][1] != cells[0].quality):
            seen.append(((i + 1) * POLL_MS, cells[0].quality))
    return cells[0].quality
