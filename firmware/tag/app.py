"""The tag's shell: starts the tasks that carry data from the devices to the core and from the core to the devices.

    motion       10 times a second   accelerometer blocks -> core.motion
    gas           5 times a second   gas sensors -> core.gas; air -> gas sensors, battery -> core.battery; gas and fatigue memory
    interface    50 times a second   button -> core.button, core.tick; the alarm's pattern -> light, buzzer, motor
    reporting     5 times a second   journal, heartbeat, Wi-Fi: records out, orders in -> core.downlink
    radio        50 times a second   LoRaWAN, where the settings name a region: the same; calls for help between tags
    place        20 times a second   where the setting asks for it: Bluetooth beacons -> zones; lets rescuers hear the tag
    console      10 times a second   whoever asks over the USB cable: journal, live view, settings; then more often
    supervision   once a second      every task has reported? then the watchdog is fed

Whatever the core returns becomes a record in the journal, which is also the outbox. Nothing is decided here.
"""

import asyncio
import gc

from micropython import const
from tag import config, events, limitfile, startup
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
        self.lora = self._open_lora(settings, spec["parts"], clock, t_ms)
        self.memory.begin(system.reset_cause(), VERSION, t_ms)
        self.update = None
        if boot and (boot.trial or boot.state.news):
            from tag.update import Update  # not loaded otherwise

            self.update = Update(boot, self.memory, VERSION, t_ms)
        files = (config_code, config_text), (limits_code, limits_text)
        startup.tell(self.core, self.memory, files[0], files[1], board_text, self.parts, self.lora, t_ms)
        self.place = self._open_place(settings, t_ms)
        self.interface_task = InterfaceTask(self.core, self.memory, self.parts, settings["confidence_s"], t_ms)
        gases = [sensor.gas for sensor in self.parts.gas]
        gas_memory = GasMemory(self.core, self.memory, settings, gases, clock, t_ms)
        self.gas_task = GasTask(self.core, self.memory, self.parts, gas_memory, self._battery, t_ms)
        self.fatigue = self._open_fatigue(settings, spec.get("worn"), clock, t_ms)
        self.errands = Errands(self.core, self.memory.outbox, clock, settings)
        self.console_task = ConsoleTask(self._desk, t_ms)
        self.memory.tell(self.console_task.heard)

    def _desk(self):
        from tag.console.desk import Desk  # only for a tag that is asked

        return Desk(self)

    def _open_lora(self, settings, parts, clock, t_ms: int):
        if not settings["lora_region"]:
            return None
        from tag.lora_task import LoraTask  # its modules and those of the MAC are not loaded otherwise

        lora = LoraTask(settings, parts, self.buses, self.memory, self.core, clock, t_ms)
        if lora.shout:
            self.memory.call_by(lora.shout)
        return lora

    def _open_fatigue(self, settings, worn, clock, t_ms: int):
        if not settings["fatigue"]:
            return None
        from tag.fatigue_memory import FatigueMemory  # not loaded otherwise, as the core's monitor is not

        return FatigueMemory(self.core, self.memory, settings, worn, clock, t_ms)

    def _open_place(self, settings, t_ms: int):
        if not settings["place"]:
            return None
        from tag.place_task import PlaceTask  # its modules are not loaded otherwise

        try:
            return PlaceTask(settings, self.core.alarms, self.memory.keep, t_ms, air=self.parts.air)
        except Exception as error:  # a board without Bluetooth, or no memory for it: the tag goes on without its place
            text = "place: " + type(error).__name__ + " " + str(error)
            self.memory.keep((events.CONFIG, t_ms, events.CODE_FAILED, text))
            return None

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
        while True:
            t_ms = system.ticks_ms()
            self.gas_task.step(t_ms)
            if self.fatigue:
                self.fatigue.tick(t_ms)
            self.supervisor.report(events.TASK_GAS, t_ms)
            await asyncio.sleep_ms(_GAS_MS)

    async def interface(self) -> None:
        """Button to core; what the core wants shown to the wearer."""
        while True:
            t_ms = system.ticks_ms()
            self.interface_task.step(t_ms)
            self.supervisor.report(events.TASK_INTERFACE, t_ms)
            await asyncio.sleep_ms(_INTERFACE_MS)

    async def reporting(self) -> None:
        """Records to the gateway, orders to the core."""
        while True:
            t_ms = system.ticks_ms()
            for order in self.reporter.step(t_ms):
                self.memory.keep_all(self.errands.take(order, t_ms))
            fault = self.lora.fault if self.lora and self.lora.fault else self.reporter.fault
            if fault != self._link_fault:
                self._link_fault = fault
                self._fault(events.FAULT_LINK, fault, 1 if fault else 0, t_ms)
            self.supervisor.report(events.TASK_REPORTING, t_ms)
            await asyncio.sleep_ms(_REPORTING_MS)

    async def radio(self) -> None:
        """LoRaWAN: the MAC's orders to the radio, records out, orders in."""
        while True:
            t_ms = system.ticks_ms()
            for order in self.lora.step(self.reporter.alone(t_ms), t_ms):
                self.memory.keep_all(self.errands.take(order, t_ms))
            self.supervisor.report(events.TASK_RADIO, t_ms)
            await asyncio.sleep_ms(_RADIO_MS)

    async def console(self) -> None:
        """Questions over the USB cable."""
        while True:
            t_ms = system.ticks_ms()
            wait_ms = self.console_task.step(t_ms)
            self.supervisor.report(events.TASK_CONSOLE, t_ms)
            await asyncio.sleep_ms(wait_ms)

    async def place_of(self) -> None:
        """Where the wearer is."""
        while True:
            t_ms = system.ticks_ms()
            self.place.step(t_ms)
            self.supervisor.report(events.TASK_PLACE, t_ms)
            await asyncio.sleep_ms(_PLACE_MS)

    async def supervision(self) -> None:
        """Feed the watchdog while every task is in time."""
        while True:
            t_ms = system.ticks_ms()
            self.supervisor.report(events.TASK_SUPERVISION, t_ms)
            well = self.supervisor.check(t_ms)
            if self.update and not self.update.step(well, self.core.faults.mask, t_ms):
                self.update = None
            await asyncio.sleep_ms(_SUPERVISION_MS)

    async def run(self) -> None:
        """Start all tasks; never returns."""
        bodies = (self.motion, self.gas, self.interface, self.reporting, self.supervision)
        for task in range(len(bodies)):
            self.supervisor.start(task, bodies[task], _LATE_MS)
        if self.lora:
            self.supervisor.start(events.TASK_RADIO, self.radio, _LATE_MS)
        self.supervisor.start(events.TASK_CONSOLE, self.console, _LATE_MS)
        if self.place:
            self.supervisor.start(events.TASK_PLACE, self.place_of, _LATE_MS)
        while True:
            await asyncio.sleep_ms(60000)

    def close(self, t_ms: int) -> None:
        """Stop on purpose: dark, and everything on flash."""
        self.parts.show(0, 0, 0, 0, 0)
        self.memory.keep_all(self.core.stop())
        self.reporter.close(t_ms)
        if self.lora:
            self.lora.close()
        if self.place:
            self.place.close()
        self.gas_task.close(t_ms)
        if self.fatigue:
            self.fatigue.save(t_ms)
        self.memory.close(t_ms)

    def restart(self, t_ms: int) -> None:
        """Start anew, on purpose."""
        self.close(t_ms)
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
