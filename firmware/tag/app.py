"""The tag's shell: starts the tasks that carry data from the devices to the core and from the core to the devices.

    motion       10 times a second   accelerometer blocks -> core.motion
    gas           5 times a second   gas sensors -> core.gas; air -> gas sensors, battery -> core.battery, gas memory
    interface    50 times a second   button -> core.button, core.tick; the alarm's pattern -> light, buzzer, motor
    reporting     5 times a second   journal, heartbeat, link: records out, orders in -> core.downlink
    supervision   once a second      every task has reported? then the watchdog is fed

Whatever the core returns becomes a record in the journal, which is also the outbox. Nothing is decided here.
"""

import asyncio
import gc

import quality
import ticks
from micropython import const
from tag import config, events, limitfile, startup
from tag.alarms.patterns import Player
from tag.clock import Clock
from tag.core import Core
from tag.errands import Errands
from tag.exposure_file import undate
from tag.frame_link import FrameLink
from tag.gas_memory import GasMemory
from tag.hal import board, carriers, system
from tag.hal.motion import MotionSource
from tag.hal.parts import Parts
from tag.memory import Memory
from tag.reporter import Reporter
from tag.supervisor import Supervisor

VERSION = const(0x0001)  # major << 8 | minor

_MOTION_MS = const(100)  # a third of what the FIFO holds
_GAS_MS = const(200)
_INTERFACE_MS = const(20)
_REPORTING_MS = const(200)
_SUPERVISION_MS = const(1000)
_LATE_MS = const(3000)  # of every task: a second of flash work and a second to spare
_TICK_MS = const(100)
_READINGS_MS = const(1000)
_SLOW_MS = const(10000)


def _set_clock(epoch_s: int) -> None:
    undate()  # before: how long ago the exposure was kept is not known any more
    system.set_epoch_s(epoch_s)


class App:
    """Every part of the tag, put together once at boot."""

    def __init__(self, watchdog) -> None:
        t_ms = system.ticks_ms()
        settings, config_code, config_text = config.load()
        # What needs the largest buffers comes first, while the heap is in one piece.
        profile, limits_code, limits_text = limitfile.load("", settings["limits_key"])
        watchdog.feed()  # a signature has been checked
        self.core = Core(settings, t_ms, profile)
        self.memory = Memory(self.core, system.random_bits, t_ms, settings)
        watchdog.feed()  # reading a full journal took its time; the rest of the start has as much again
        clock = Clock(system.epoch_s, t_ms, "", _set_clock)
        outbox = self.memory.outbox
        carrier = carriers.chosen(settings, t_ms)
        nonce = system.nonce().to_bytes(4, "little")
        wifi = FrameLink(settings, outbox, self.memory.wifi, carrier, nonce, t_ms)
        self.reporter = Reporter(self.core, self.memory, wifi, clock, carriers.time_server(settings, t_ms), t_ms)
        spec, board_text = board.read()
        self.buses = board.Buses(spec)
        self.parts = Parts(spec, self.buses)
        self.source = MotionSource(self.parts.accel, self._free_bus, t_ms)
        self.player = Player(settings["confidence_s"])
        self.supervisor = Supervisor(watchdog, system.ticks_ms, self._crashed, self._task_fault)
        self._output_fault = False
        self._link_fault = 0
        self.memory.begin(system.reset_cause(), VERSION, t_ms)
        files = (config_code, config_text), (limits_code, limits_text)
        startup.tell(self.core, self.memory, files[0], files[1], board_text, self.parts, t_ms)
        gases = [sensor.gas for sensor in self.parts.gas]
        self.gas_memory = GasMemory(self.core, self.memory, settings, gases, clock, t_ms)
        self.errands = Errands(self.core, self.memory.outbox, clock, settings)

    def _fault(self, source: int, code: int, present, t_ms: int) -> None:
        self.memory.keep_all(self.core.fault(source, code, present, t_ms))

    def _crashed(self, task: int, text: str, t_ms: int) -> None:
        self.memory.keep((events.CRASH, t_ms, task, text))

    def _task_fault(self, code: int, t_ms: int) -> None:
        self._fault(events.FAULT_TASK, code, 1 if code else 0, t_ms)

    def _free_bus(self) -> None:
        self.buses.recover(self.parts.accel_bus)

    async def motion(self) -> None:
        """Accelerometer to core. Allocates nothing while there is nothing to tell."""
        while True:
            t_ms = system.ticks_ms()
            self.source.read(t_ms)
            found = self.core.motion(self.source, t_ms)
            if found:
                self.memory.keep_all(found)
            self.supervisor.report(events.TASK_MOTION, t_ms)
            await asyncio.sleep_ms(_MOTION_MS)

    async def gas(self) -> None:
        """Gas sensors and battery to core."""
        sensors = self.parts.gas
        air = self.parts.air
        t_ms = system.ticks_ms()
        readings_ms = slow_ms = t_ms
        while True:
            t_ms = system.ticks_ms()
            refreshed = False
            for sensor in sensors:
                refreshed = sensor.poll(t_ms) or refreshed
            if refreshed or ticks.diff(t_ms, readings_ms) >= _READINGS_MS:
                readings_ms = t_ms
                self.memory.keep_all(self.core.gas(sensors, t_ms))
            if air:
                air.poll(t_ms)
            if ticks.diff(t_ms, slow_ms) >= 0:
                slow_ms = ticks.add(t_ms, _SLOW_MS)
                self._slowly(t_ms)
            self.supervisor.report(events.TASK_GAS, t_ms)
            await asyncio.sleep_ms(_GAS_MS)

    def _slowly(self, t_ms: int) -> None:
        """What the gas task does now and then."""
        if self.parts.battery:
            self.reporter.battery_mv = self.parts.battery.read_mv()
            self.memory.keep_all(self.core.battery(self.reporter.battery_mv, t_ms))
        air = self.parts.air
        if air:
            self._fault(events.FAULT_AIR, events.CODE_FAILED, air.quality > quality.WARMING, t_ms)
            if air.quality == quality.OK:
                for sensor in self.parts.gas:
                    if hasattr(sensor, "air"):
                        sensor.air(air.temp_c100, air.press_pa)
        self.gas_memory.tick(t_ms)

    async def interface(self) -> None:
        """Button to core; what the core wants shown to the wearer."""
        button = self.parts.button
        tick_ms = system.ticks_ms()
        while True:
            t_ms = system.ticks_ms()
            if button:
                edge = button.poll(t_ms)
                if edge >= 0:
                    self.memory.keep_all(self.core.button(edge, t_ms))
            if ticks.diff(t_ms, tick_ms) >= 0:
                tick_ms = ticks.add(t_ms, _TICK_MS)
                self.memory.keep_all(self.core.tick(t_ms))
                self._watch_outputs(t_ms)
            player = self.player
            if player.step(self.core.alarms.pattern(t_ms), t_ms):
                self.parts.show(player.r, player.g, player.b, player.hz, player.motor)
            self.supervisor.report(events.TASK_INTERFACE, t_ms)
            await asyncio.sleep_ms(_INTERFACE_MS)

    def _watch_outputs(self, t_ms: int) -> None:
        failed = self.parts.outputs_failed()
        if failed != self._output_fault:
            self._output_fault = failed
            # What works again does not bring back an output that was never there.
            missing = events.FAULT_OUTPUTS in self.parts.missing
            code = events.CODE_FAILED if failed else events.CODE_MISSING
            self._fault(events.FAULT_OUTPUTS, code, 1 if failed or missing else 0, t_ms)

    async def reporting(self) -> None:
        """Records to the gateway, orders to the core."""
        while True:
            t_ms = system.ticks_ms()
            for order in self.reporter.step(t_ms):
                self.memory.keep_all(self.errands.take(order, t_ms))
            if self.reporter.fault != self._link_fault:
                self._link_fault = self.reporter.fault
                self._fault(events.FAULT_LINK, self._link_fault, 1 if self._link_fault else 0, t_ms)
            self.supervisor.report(events.TASK_REPORTING, t_ms)
            await asyncio.sleep_ms(_REPORTING_MS)

    async def supervision(self) -> None:
        """Feed the watchdog while every task is in time."""
        while True:
            t_ms = system.ticks_ms()
            self.supervisor.report(events.TASK_SUPERVISION, t_ms)
            self.supervisor.check(t_ms)
            await asyncio.sleep_ms(_SUPERVISION_MS)

    async def run(self) -> None:
        """Start all tasks; never returns."""
        bodies = (self.motion, self.gas, self.interface, self.reporting, self.supervision)
        for task in range(len(bodies)):
            self.supervisor.start(task, bodies[task], _LATE_MS)
        while True:
            await asyncio.sleep_ms(60000)


def main(watchdog) -> None:
    """Run the tag. Ctrl-C on the console stops it for service; the watchdog puts it back on duty later."""
    gc.collect()
    app = App(watchdog)
    gc.collect()
    try:
        asyncio.run(app.run())
    except KeyboardInterrupt:
        app.parts.show(0, 0, 0, 0, 0)
        app.memory.keep_all(app.core.stop())
        app.reporter.close(system.ticks_ms())
        app.gas_memory.close(system.ticks_ms())
        app.memory.close(system.ticks_ms())
        watchdog.service()
        print("davy: stopped for service; restarts by itself in 15 minutes, or with machine.reset()")
