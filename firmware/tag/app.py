"""The tag's shell: starts the tasks that carry data from the devices to the core and from the core to the devices.

    motion       10 times a second   accelerometer blocks -> core.motion
    gas           5 times a second   gas sensors -> core.gas; air -> gas sensors, battery -> core.battery; gas and fatigue memory
    interface    50 times a second   button -> core.button, core.tick; the alarm's pattern -> light, buzzer, motor
    reporting     5 times a second   journal, heartbeat, Wi-Fi: records out, orders in -> core.downlink
    radio        50 times a second   LoRaWAN, where the settings name a region: the same; calls for help between tags
    place        20 times a second   where the setting asks for it: Bluetooth beacons -> zones; lets rescuers hear the tag
    heart         5 times a second   where the board has the sensor and fatigue is on: light from skin -> heart rate
    console      10 times a second   whoever asks over the USB cable: journal, live view, settings; then more often
    supervision   once a second      every task has reported? then the watchdog is fed

Whatever the core returns becomes a record in the journal, which is also the outbox. Nothing is decided here.
"""

import asyncio
import gc

from micropython import const
from tag import config, events, limitfile, options, startup
from tag.clock import Clock
from tag.console_task import ConsoleTask
from tag.core import Core
from tag.errands import Errands
from tag.exposure_file import undate
from tag.frame_link import FrameLink
from tag.gas_memory import GasMemory
from tag.gas_task import GasTask
from tag.hal import board, carriers, system
from tag.hal.motion import MotionSource
from tag.hal.parts import Parts
from tag.interface_task import InterfaceTask
from tag.memory import Memory
from tag.reporter import Reporter
from tag.supervisor import Supervisor

VERSION = const(0x0001)  # major << 8 | minor
boot = None  # how the tag was started: slots.Boot, put here by main.py where the app comes from a slot

_MOTION_MS = const(100)  # a third of what the FIFO holds
_GAS_MS = const(200)
_INTERFACE_MS = const(20)
_REPORTING_MS = const(200)
_RADIO_MS = const(20)
_PLACE_MS = const(50)
_SUPERVISION_MS = const(1000)
_LATE_MS = const(3000)  # of every task: a second of flash work and a second to spare


def _set_clock(epoch_s: int) -> None:
    undate()  # before: how long ago the exposure was kept is not known any more
    system.set_epoch_s(epoch_s)


class App:
    """Every part of the tag, put together once at boot."""

    def __init__(self, watchdog) -> None:
        t_ms = system.ticks_ms()
        settings, config_code, config_text = config.load()
        self.settings = settings
        self.version = VERSION
        # What needs the largest buffers comes first, while the heap is in one piece.
        profile, limits_code, limits_text = limitfile.load("", settings["limits_key"])
        watchdog.feed()  # a signature has been checked
        self.core = Core(settings, t_ms, profile)
        self.memory = Memory(self.core, system.random_bits, t_ms, settings, bool(boot))
        watchdog.feed()  # reading a full journal took its time; the rest of the start has as much again
        self.clock = clock = Clock(system.epoch_s, t_ms, "", _set_clock)
        outbox = self.memory.outbox
        carrier = carriers.chosen(settings, t_ms)
        nonce = system.nonce().to_bytes(4, "little")
        wifi = FrameLink(settings, outbox, self.memory.wifi, carrier, nonce, t_ms)
        self.reporter = Reporter(self.core, self.memory, wifi, clock, carriers.time_server(settings, t_ms), t_ms)
        spec, board_text = board.read()
        self.board = str(spec.get("name", ""))
        self.buses = board.Buses(spec)
        self.parts = Parts(spec, self.buses)
        self.source = MotionSource(self.parts.accel, self._free_bus, t_ms)
        self.supervisor = Supervisor(watchdog, system.ticks_ms, self._crashed, self._task_fault)
        self._link_fault = 0
        self.lora = options.lora(self, settings, spec["parts"], t_ms)
        self.memory.begin(system.reset_cause(), VERSION, t_ms)
        self.update = options.update(self, boot, t_ms)
        files = (config_code, config_text), (limits_code, limits_text)
        startup.tell(self.core, self.memory, files[0], files[1], board_text, self.parts, self.lora, t_ms)
        watchdog.feed()  # a site map has a signature of its own
        self.place = options.place(self, settings, t_ms)
        self.interface_task = InterfaceTask(self.core, self.memory, self.parts, settings["confidence_s"], t_ms)
        gases = [sensor.gas for sensor in self.parts.gas]
        gas_memory = GasMemory(self.core, self.memory, settings, gases, clock, t_ms)
        self.gas_task = GasTask(self.core, self.memory, self.parts, gas_memory, self._battery, t_ms)
        self.heart = options.heart(self, settings, spec["parts"], t_ms)
        self.fatigue = options.fatigue(self, settings, spec.get("worn"), t_ms)
        self.errands = Errands(self.core, self.memory.outbox, clock, settings)
        self.console_task = ConsoleTask(lambda: options.desk(self), t_ms)
        self.memory.tell(self.console_task.heard)

    def _fault(self, source: int, code: int, present, t_ms: int) -> None:
        self.memory.keep_all(self.core.fault(source, code, present, t_ms))

    def _crashed(self, task: int, text: str, t_ms: int) -> None:
        self.memory.keep((events.CRASH, t_ms, task, text))

    def _battery(self, mv: int) -> None:
        self.reporter.battery_mv = mv
        if self.lora:
            self.lora.battery_mv = mv

    def _task_fault(self, code: int, t_ms: int) -> None:
        self._fault(events.FAULT_TASK, code, 1 if code else 0, t_ms)

    def _free_bus(self) -> None:
        self.buses.recover(self.parts.accel_bus)

    # -- a round of each task ------------------------------------------------------------------------------------------

    def motion(self, t_ms: int) -> None:
        """Accelerometer to core. Allocates nothing while there is nothing to tell."""
        self.source.read(t_ms)
        found = self.core.motion(self.source, t_ms)
        if found:
            self.memory.keep_all(found)

    def gas(self, t_ms: int) -> None:
        """Gas sensors and battery to core."""
        self.gas_task.step(t_ms)
        if self.fatigue:
            self.fatigue.tick(t_ms)

    def reporting(self, t_ms: int) -> None:
        """Records to the gateway, orders to the core."""
        for order in self.reporter.step(t_ms):
            self.memory.keep_all(self.errands.take(order, t_ms))
        fault = self.lora.fault if self.lora and self.lora.fault else self.reporter.fault
        if fault != self._link_fault:
            self._link_fault = fault
            self._fault(events.FAULT_LINK, fault, 1 if fault else 0, t_ms)

    def radio(self, t_ms: int) -> None:
        """LoRaWAN: the MAC's orders to the radio, records out, orders in."""
        for order in self.lora.step(self.reporter.alone(t_ms), t_ms):
            self.memory.keep_all(self.errands.take(order, t_ms))

    def supervision(self, t_ms: int) -> None:
        """Feed the watchdog while every task is in time."""
        well = self.supervisor.check(t_ms)
        if self.update and not self.update.step(well, self.core.faults.mask, t_ms):
            self.update = None

    async def _rounds(self, task: int, step, period_ms: int) -> None:
        while True:
            t_ms = system.ticks_ms()
            wait_ms = step(t_ms)
            self.supervisor.report(task, t_ms)
            await asyncio.sleep_ms(period_ms if wait_ms is None else wait_ms)

    def _start(self, task: int, step, period_ms: int) -> None:
        self.supervisor.start(task, lambda: self._rounds(task, step, period_ms), _LATE_MS)

    async def run(self) -> None:
        """Start all tasks; never returns."""
        self._start(events.TASK_MOTION, self.motion, _MOTION_MS)
        self._start(events.TASK_GAS, self.gas, _GAS_MS)
        self._start(events.TASK_INTERFACE, self.interface_task.step, _INTERFACE_MS)
        self._start(events.TASK_REPORTING, self.reporting, _REPORTING_MS)
        self._start(events.TASK_SUPERVISION, self.supervision, _SUPERVISION_MS)
        if self.lora:
            self._start(events.TASK_RADIO, self.radio, _RADIO_MS)
        if self.place:
            self._start(events.TASK_PLACE, self.place.step, _PLACE_MS)
        # These two say themselves when they are due.
        if self.heart:
            self._start(events.TASK_HEART, self.heart.step, 0)
        self._start(events.TASK_CONSOLE, self.console_task.step, 0)
        while True:
            await asyncio.sleep_ms(60000)

    # -- the end -------------------------------------------------------------------------------------------------------

    def close(self, t_ms: int) -> None:
        """Stop on purpose: dark, and everything on flash."""
        self.parts.show(0, 0, 0, 0, 0)
        self.memory.keep_all(self.core.stop())
        self.reporter.close(t_ms)
        if self.lora:
            self.lora.close()
        if self.place:
            self.place.close()
        if self.heart:
            self.heart.close()
        self.gas_task.close(t_ms)
        if self.fatigue:
            self.fatigue.save(t_ms)
        self.memory.close(t_ms)

    def restart(self, t_ms: int) -> None:
        """Start anew, on purpose."""
        try:
            self.close(t_ms)
        finally:  # half closed nobody is watched
            system.reset()


def main(watchdog) -> None:
    """Run the tag. Ctrl-C on the console stops it for service; the watchdog puts it back on duty later."""
    gc.collect()
    print("davy: starts")  # who asks over the cable waits for it: reading a full journal takes its time
    app = App(watchdog)
    gc.collect()
    try:
        asyncio.run(app.run())
    except KeyboardInterrupt:
        app.close(system.ticks_ms())
        if boot:
            boot.note(app.core.faults.mask)
        watchdog.service()
        print("davy: stopped for service; restarts by itself in 15 minutes, or with machine.reset()")
