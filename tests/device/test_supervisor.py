"""No task dies or hangs in silence, and the watchdog is fed for all of them or not at all."""

import asyncio
import time

from tag.events import CODE_CRASHED, CODE_LATE
from tag.supervisor import Supervisor, describe

# asyncio.sleep_ms and its virtual clock are MicroPython's.
INTERPRETERS = ("mp64", "mp32")


class Dog:
    def __init__(self):
        self.fed = 0

    def feed(self):
        self.fed += 1


class Rig:
    """Two tasks under a supervisor: 0 may be told to fail, 1 is always well."""

    def __init__(self):
        self.dog = Dog()
        self.crashes = []
        self.faults = []
        self.starts = 0
        self.mode = "well"
        self.supervisor = Supervisor(self.dog, time.ticks_ms, self.crashed, self.faulted)

    def crashed(self, task, text, t_ms):
        self.crashes.append((task, text))

    def faulted(self, code, t_ms):
        self.faults.append(code)

    async def moody(self):
        self.starts += 1
        while True:
            if self.mode == "raise":
                self.mode = "well"
                raise ValueError("sensor says 7")
            if self.mode == "hang":
                self.mode = "well"
                await asyncio.Event().wait()
            if self.mode == "end":
                self.mode = "well"
                return
            self.supervisor.report(0, time.ticks_ms())
            await asyncio.sleep_ms(100)

    async def steady(self):
        while True:
            self.supervisor.report(1, time.ticks_ms())
            await asyncio.sleep_ms(100)

    async def run(self, *script):
        """Start, then for each (mode, seconds): set the mode, check once a second."""
        self.supervisor.start(0, self.moody, 2000)
        self.supervisor.start(1, self.steady, 2000)
        unfed = 0
        for mode, seconds in script:
            self.mode = mode
            for _ in range(seconds):
                await asyncio.sleep_ms(1000)
                unfed += not self.supervisor.check(time.ticks_ms())
        return unfed


async def test_all_well_feeds_every_time():
    rig = Rig()
    assert await rig.run(("well", 30)) == 0
    assert rig.dog.fed == 30
    assert rig.crashes == [] and rig.faults == []


async def test_a_task_that_raises_is_recorded_and_starts_anew():
    rig = Rig()
    assert await rig.run(("raise", 5)) == 0
    assert rig.starts == 2
    assert len(rig.crashes) == 1 and rig.crashes[0][0] == 0
    assert "ValueError: sensor says 7" in rig.crashes[0][1]
    assert "moody" in rig.crashes[0][1]
    assert rig.faults == [CODE_CRASHED]


async def test_a_task_that_hangs_is_not_fed_for_and_starts_anew():
    rig = Rig()
    unfed = await rig.run(("hang", 8))
    assert 1 <= unfed <= 2
    assert rig.dog.fed == 8 - unfed
    assert rig.starts == 2
    assert rig.crashes == [(0, "late")]
    assert rig.faults == [CODE_LATE]


async def test_a_task_that_simply_returns_starts_anew():
    rig = Rig()
    await rig.run(("end", 3))
    assert rig.starts == 2


async def test_the_fault_ends_after_a_quiet_minute():
    rig = Rig()
    await rig.run(("raise", 59))
    assert rig.faults == [CODE_CRASHED]
    await rig.run(("well", 3))
    assert rig.faults == [CODE_CRASHED, 0]


async def test_a_task_that_raises_at_once_every_time_neither_stops_the_others_nor_spins():
    rig = Rig()

    async def broken():
        raise RuntimeError("always")

    rig.supervisor.start(2, broken, 60000)
    await rig.run(("well", 10))
    assert 15 <= len(rig.crashes) <= 25
    assert rig.dog.fed == 10


def test_a_description_names_the_error_and_its_place_and_is_short():
    try:
        raise KeyError("x" * 300)
    except KeyError as error:
        text = describe(error)
    assert text.startswith("KeyError")
    assert len(text) <= 96
