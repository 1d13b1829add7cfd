"""DFRobot modules on the virtual board, one on each kind of line, as the tests of their driver use them."""

import time

import machine

import vport
from drivers.dfrobot_gas import DFRobotGas
from drivers.frame9 import SerialFrames
from drivers.frame9_i2c import I2cFrames

COUNTS = {"o2": 100, "co": 10, "h2s": 10, "nh3": 10, "so2": 100, "no2": 100}  # as in tag.events
CLEAN = {"o2": 20.9}
ADDRESS = 0x74
GAS = 2


class Rig:
    """A module just soldered on, on I2C or on the serial line."""

    def __init__(self, kind, serial):
        self.kind = kind
        self.serial = serial
        where = {"uart": 1} if serial else {"i2c": 0, "address": ADDRESS}
        part = {"role": "gas", "chip": "dfrobot-gas", "gas": kind}
        part.update(where)
        vport.control({"do": "fit", "buses": {}, "parts": [part]})
        vport.control({"do": "reset_chip", "chip": "dfrobot-gas"})
        vport.control({"do": "sda_hold", "bus": 0, "clocks": 0})
        self.world(CLEAN.get(kind, 0.0))

    def world(self, value):
        vport.control({"do": "gas", "name": self.kind, "value": value})

    def fault(self, name, value=1.0):
        vport.control({"do": "fault", "chip": "dfrobot-gas", "name": name, "value": value})

    def clear(self):
        vport.control({"do": "clear", "chip": "dfrobot-gas"})
        vport.control({"do": "sda_hold", "bus": 0, "clocks": 0})

    def cut(self):
        """The module loses its power for a moment."""
        vport.control({"do": "reset_chip", "chip": "dfrobot-gas"})

    def port(self):
        if self.serial:
            return SerialFrames(machine.UART(1, 9600, tx=17, rx=16))
        return I2cFrames(machine.I2C(0, scl=machine.Pin(22), sda=machine.Pin(21), freq=100000), ADDRESS)

    def open(self, warmup_ms=0):
        return DFRobotGas(self.port(), GAS, self.kind, COUNTS[self.kind], warmup_ms)

    def make(self, value, warmup_ms=0):
        """A driver beside a module that has been warm for long."""
        self.world(value)
        time.sleep_ms(301000)
        sensor = self.open(warmup_ms)
        run(sensor, 2000)
        return sensor


def run(sensor, ms, step=200):
    """Poll for a while, 5 times a second as the tag does; number of refreshed readings."""
    fresh = 0
    for _ in range(ms // step):
        time.sleep_ms(step)
        if sensor.poll(time.ticks_ms()):
            fresh += 1
    return fresh
