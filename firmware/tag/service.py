"""What a person's computer calls over the raw REPL while the app is stopped: zero, span, bump test, and the clock.

    from tag.service import Service; s = Service()
    s.status()                                  what gases there are and how they stand
    s.set_clock(epoch_s)                        what time it is
    s.run(act, gas, applied, percent, within_s) an act (tag/gas/acts.py): a line a second, and one with its end
    s.keep(temp_c, text)                        put the ended act in force: constants, dates, a CALIBRATION record

Each prints lines of JSON; {"error": text} is a refusal. `run` changes nothing on the tag. `keep` is a call of its own, so that an
act whose person has gone, with the cable or without, leaves no trace; Ctrl-C in `run` cancels it. The store comes before the
record: a cut between them leaves constants without a record, never a record of constants that are not in force.

The watchdog runs all the time, so that the tag goes back on duty by itself: a minute after an act, 15 minutes after any other
call, and 8 s after `run` hangs. The wearer is not watched meanwhile.
"""

import json

import quality
import ticks
from micropython import const
from tag import calibration_store, config, events
from tag.calibrations import due
from tag.clock import FIRST_S, LAST_S, Clock
from tag.exposure_file import undate
from tag.gas import acts
from tag.gas.calibration import Calibration
from tag.hal import board, system
from tag.hal.parts import Parts
from tag.memory import Memory

_ROUND_MS = const(200)  # as in the app
_LINE_MS = const(1000)
_AIR_MS = const(10000)
_NO_TEMP = const(-128)


class _NoCore:
    """Memory tells a core of faults of its journal: here the person hears of them."""

    def fault(self, source: int, code: int, present: int, t_ms: int) -> tuple:
        return ()


class Service:
    """The tag's sensors and what it remembers of them."""

    def __init__(self) -> None:
        self._dog = system.Watchdog()
        self._settings, _, _ = config.load()
        self._clock = Clock(system.epoch_s, system.ticks_ms())
        spec, _ = board.read()
        self._parts = Parts(spec, board.Buses(spec))
        self._parts.show(0, 0, 0, 0, 0)
        self._air = getattr(self._parts, "air", None)
        self._ended = None
        self._gas = 0
        self._dog.service()

    def status(self) -> None:
        """Every gas: what the sensor is, the constants in force, the last acts, what is due."""
        data, code, text = calibration_store.load()
        now_s = self._clock.now_s(system.ticks_ms())
        damaged = code == events.CODE_CORRUPT
        found = []
        for sensor in self._parts.gas:
            row = calibration_store.row_of(data, sensor.gas)
            gas, failed, _, _, zero, gain_q12, zero_s, span_s, bump_s = row
            one = {"gas": gas, "t90_s": getattr(sensor, "t90_s", 0), "full": _full(sensor)}
            one.update({"zero": zero, "gain_q12": gain_q12, "failed": failed, "damaged": damaged})
            one.update({"zero_s": zero_s, "span_s": span_s, "bump_s": bump_s})
            one["due"] = 1 if damaged else due(row, now_s, self._settings)
            found.append(one)
        problems = [problem for source, problem in self._parts.problems if source == events.FAULT_GAS]
        _say({"gases": found, "problems": problems, "store": text, "now_s": now_s, "clock_s": system.epoch_s()})
        self._dog.service()

    def set_clock(self, now_s: int) -> None:
        """It is so many seconds after 2000-01-01 00:00 UTC."""
        if not isinstance(now_s, int) or not FIRST_S <= now_s <= LAST_S:
            _say({"error": "no time of this century"})
            return
        undate()
        system.set_epoch_s(now_s)
        t_ms = system.ticks_ms()
        kept = self._clock.set(now_s, t_ms)
        memory = Memory(_NoCore(), system.random_bits, t_ms, self._settings)
        memory.keep((events.TIME, t_ms, now_s, 0, events.FROM_USB))
        memory.close(t_ms)
        _say({"clock_s": system.epoch_s(), "kept": kept})
        self._dog.service()

    def run(self, act: int, gas: int, applied: int, percent: int = 50, within_s: int = 0) -> None:
        """Do an act; at most half an hour."""
        self._ended = None
        sensor = None
        for one in self._parts.gas:
            if one.gas == gas and sensor is None:
                sensor = one
        problem = acts.refusal(act, gas, applied)
        if sensor is None:
            problem = "no sensor of that gas"
        elif _full(sensor) and applied > _full(sensor):
            problem = "beyond the range of the sensor"
        elif not 10 <= percent <= 100 or not 0 <= within_s <= 600:
            problem = problem or "no such response or time"
        if sensor is None or problem:
            _say({"error": problem})
            return
        row = calibration_store.row_of(calibration_store.load()[0], gas)
        t_ms = system.ticks_ms()
        self._gas = gas
        t90_s = getattr(sensor, "t90_s", 0)
        going = Calibration(act, gas, applied, row[4], row[5], t90_s, t_ms, percent, within_s)
        self._dog = system.Watchdog()
        try:
            self._watch(going, sensor, t_ms)
        except KeyboardInterrupt:
            going.cancel()
        finally:
            self._dog.retry()
        if going.outcome != acts.CANCELLED:
            self._ended = going
        _say(
            {
                "outcome": going.outcome,
                "act": act,
                "gas": gas,
                "applied": applied,
                "response": going.response,
                "zero": going.zero,
                "gain_q12": going.gain_q12,
                "before": [row[4], row[5]],
                "quality": sensor.quality,
                "temp_c": self._temp_c(),
            }
        )

    def _watch(self, going, sensor, t_ms: int) -> None:
        start_ms = line_ms = air_ms = t_ms
        while not going.outcome:
            t_ms = system.ticks_ms()
            if self._air:
                self._air.poll(t_ms)
                if ticks.diff(t_ms, air_ms) >= 0 and quality.usable(self._air.quality):
                    air_ms = ticks.add(t_ms, _AIR_MS)
                    if hasattr(sensor, "air"):
                        sensor.air(self._air.temp_c100, self._air.press_pa)
            if sensor.poll(t_ms) or not quality.usable(sensor.quality):
                going.feed(sensor.value, sensor.quality, t_ms)
            going.tick(t_ms)
            if ticks.diff(t_ms, line_ms) >= 0:
                line_ms = ticks.add(t_ms, _LINE_MS)
                _say(
                    {
                        "t_s": ticks.diff(t_ms, start_ms) // 1000,
                        "state": going.state,
                        "value": going.value,
                        "quality": sensor.quality,
                        "percent": going.progress(t_ms),
                    }
                )
            self._dog.feed()
            system.sleep_ms(_ROUND_MS)

    def keep(self, temp_c: int, text: str) -> None:
        """Store what `run` has found, also that it failed; `temp_c` -128: not known, `text`: gas lot and person."""
        going = self._ended
        if going is None:
            _say({"error": "no act has ended"})
            return
        self._ended = None
        t_ms = system.ticks_ms()
        now_s = self._clock.now_s(t_ms)
        data, code, _ = calibration_store.load()
        constants = (self._gas, going.zero, going.gain_q12, now_s)
        new = calibration_store.noted(data, going.act, going.outcome, *constants, code == events.CODE_CORRUPT)
        problem = calibration_store.save("", new)
        if problem:
            _say({"error": problem})
            return
        self._clock.keep()
        if temp_c == _NO_TEMP:
            temp_c = self._temp_c()
        memory = Memory(_NoCore(), system.random_bits, t_ms, self._settings)
        at = (events.CALIBRATION, t_ms, self._gas, going.act, going.outcome, going.applied, going.response)
        memory.keep(at + (going.zero, going.gain_q12, now_s if now_s >= FIRST_S else 0, temp_c, text))
        memory.close(t_ms)
        _say({"kept": True, "recorded": not memory.journal.fault, "epoch_s": now_s, "temp_c": temp_c})

    def _temp_c(self) -> int:
        air = self._air
        return (air.temp_c100 + 50) // 100 if air and quality.usable(air.quality) else _NO_TEMP


def _full(sensor) -> int:
    """The end of its range in counts, 0: not known."""
    return getattr(sensor, "full", 0) or getattr(sensor, "_full", 0)


def _say(line: dict) -> None:
    print(json.dumps(line))
