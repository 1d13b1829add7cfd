"""The tag without its hardware: samples, readings, edges, orders and the time go in, events come out.

No clock and no I/O: a recorded day, a scenario, a fuzzer and the real tag walk the same door. Times are ticks of 1 ms modulo
2^30. Every method returns the events it caused, oldest first: `()` for none, which allocates nothing, or a list to keep.

What is concluded from unknown input:
    motion   bad quality, or silence: FAULT_MOTION, falls and stillness are not watched    tag/motion/watch.py
    gas      a bad sensor, or silence: FAULT_GAS, alarms stay as they are                  tag/gas/channel.py, watch.py
    battery  unknown: FAULT_BATTERY, as if low
    fatigue  seconds without samples: unknown after a while, never rested                  tag/fatigue/monitor.py
    orders   unknown: a DOWNLINK record that says so                                       tag/alarms/orders.py
"""

import ticks
from micropython import const
from tag import events
from tag.alarms import patterns
from tag.alarms.button import STUCK
from tag.alarms.engine import Engine
from tag.alarms.faults import Faults
from tag.alarms.orders import Orders
from tag.alarms.wearer import Wearer
from tag.gas.watch import GasWatch
from tag.motion.watch import MotionWatch

_BATTERY_BACK_MV = const(100)  # hysteresis: above low + this the battery is good again


class Core:
    """`settings` is a dict as in tag/settings.py DEFAULTS; `t_ms` is now; `profile` as in tag/gas/limits.py, None: built in."""

    def __init__(self, settings, t_ms: int, profile=None) -> None:
        self._out = ()
        say = self._say
        self.alarms = alarms = Engine(settings, say)
        self.faults = Faults(alarms, say)
        self.fatigue = None
        if settings["fatigue"]:
            from tag.fatigue.monitor import Monitor  # its modules are not loaded otherwise

            self.fatigue = Monitor(settings, say, alarms, t_ms)
        self.motions = MotionWatch(settings, say, alarms.raised, self.faults, self.fatigue)
        self.gases = GasWatch(settings, say, alarms, t_ms, profile)
        self._orders = Orders(alarms, self.gases, say)
        self.wearer = Wearer(settings, say, alarms, self.motions, self.fatigue, self._pressed, t_ms)
        self._low_mv = settings["battery_low_mv"]
        self._beat_ms = settings["heartbeat_s"] * 1000
        self._beat_due_ms = ticks.add(t_ms, self._beat_ms)

    # -- what goes in ----------------------------------------------------------------------------------------------

    def motion(self, block, t_ms: int):
        """A block of acceleration whose last sample was taken at `t_ms`. Without events it allocates nothing."""
        self.motions.feed(block, t_ms)
        return self._take() if self._out else ()

    def gas(self, readings, t_ms: int):
        """Readings: objects with `.gas .value .quality`, and `.t90_s` where it is known. Without events it allocates nothing."""
        self.gases.take(readings, t_ms)
        self.faults.find(events.FAULT_GAS, self.gases.fault, t_ms)
        return self._take() if self._out else ()

    def correct(self, gas: int, zero: int, gain_q12: int) -> bool:
        """From now on a gas's readings are (reading - zero) * gain_q12 / 4096; False for what cannot be: nothing is changed."""
        return self.gases.correct(gas, zero, gain_q12)

    def due(self, gas: int, state: int, t_ms: int):
        """A gas's calibration or bump test is fine (0), due (1), or overdue where nobody works without (2)."""
        self.gases.owe(gas, state, t_ms)
        self.faults.find(events.FAULT_DUE, events.CODE_DUE if self.gases.owes(1) else 0, t_ms)
        self.faults.find(events.FAULT_OVERDUE, events.CODE_DUE if self.gases.owes(2) else 0, t_ms)
        return self._take()

    def shift_end(self, t_ms: int):
        """The wearer's shift is over: exposure is told and begins anew."""
        self.gases.end_shift(t_ms)
        if self.fatigue:
            self.fatigue.end_shift(t_ms)
        return self._take()

    def button(self, edge: int, t_ms: int):
        """The button went down (1) or up (0)."""
        self.wearer.edge(edge, t_ms)
        return self._take()

    def downlink(self, message, t_ms: int):
        """An order from the gateway, (kind, ident, arg), already proved genuine. Never raises."""
        kind, ident, arg = (tuple(message) + (0, 0, 0))[:3] if isinstance(message, (tuple, list)) else (0, 0, 0)
        kind = kind if isinstance(kind, int) else 0
        ident = ident & 0xFFFF if isinstance(ident, int) else 0
        if kind == events.MSG_REACTION:
            result = events.DONE if self.fatigue and self.fatigue.ask(t_ms) else events.REFUSED
        else:
            result = self._orders.obey(kind, ident, arg, t_ms)
        if kind == events.MSG_SHIFT_END and self.fatigue:
            self.fatigue.end_shift(t_ms)
        return self.answer(kind & 255, ident, result, t_ms)

    def answer(self, kind: int, ident: int, result: int, t_ms: int):
        """What has become of a message, the core's or one that concerned the shell: DONE and its kin."""
        self._say((events.DOWNLINK, t_ms, kind, ident, result))
        return self._take()

    def peers(self, calls: int, t_ms: int):
        """The alarms (bits) for which neighbours call for help now, of those heard by radio."""
        alarms = self.alarms
        for alarm in range(1, events.ALARM_COUNT):
            calling = calls >> alarm & 1
            if calling != alarms.has(events.ALARM_PEER, alarm):
                change = alarms.raised if calling else alarms.cleared
                change(events.ALARM_PEER, alarm, 0, t_ms)
        return self._take()

    def fault(self, source: int, code: int, present, t_ms: int):
        """The hardware layer or the supervisor found a fault, or found it gone."""
        self.faults.tell(source, code, present, t_ms)
        return self._take()

    def battery(self, mv: int, t_ms: int):
        """Battery voltage; negative: unknown."""
        low = self.faults.code(events.FAULT_BATTERY) == events.CODE_LOW
        code = 0
        if mv < 0:
            code = events.CODE_FAILED
        elif mv < (self._low_mv + _BATTERY_BACK_MV if low else self._low_mv):
            code = events.CODE_LOW
        self.faults.find(events.FAULT_BATTERY, code, t_ms)
        return self._take()

    def restore(self, alarm: int, state: int, cause: int, value: int, t_ms: int):
        """At boot: an alarm that the journal knows as not ended goes on. No event: it is no transition."""
        if self.alarms.restore(alarm, state, cause, value, t_ms):
            if alarm == events.ALARM_FAULT:
                self.faults.restore(cause, value, t_ms)
            elif alarm in (events.ALARM_GAS_LOW, events.ALARM_GAS_HIGH, events.ALARM_WARNING):
                self.gases.restore(alarm, cause, t_ms)
            self._orders.restored(alarm, t_ms)
        return self._take()

    def breathed(self) -> bool:
        """Whether there is any exposure to keep in this shift."""
        return self.gases.shift.breathed()

    def exposure_size(self) -> int:
        """Bytes that `exposure_save` needs now."""
        return self.gases.shift.size()

    def exposure_save(self, buf) -> int:
        """Write into `buf` what was breathed so far, to go on from after a reset; how many bytes it took."""
        return self.gases.shift.save(buf)

    def exposure_load(self, buf, gap_min: int, t_ms: int) -> bool:
        """At boot, after `restore`: go on from that, `gap_min` minutes later. False when a gas's part cannot be believed: it is
        left out. What follows comes with the next `tick`."""
        return self.gases.load(buf, gap_min, t_ms)

    def was_off(self, gap_min: int, t_ms: int):
        """It has turned out for how long the tag was off, before what the fatigue monitor had kept went on."""
        if self.fatigue:
            self.fatigue.was_off(gap_min, t_ms)
        return self._take()

    def tick(self, t_ms: int):
        """Time passes; at least every 250 ms."""
        self.wearer.tick(t_ms)
        self.motions.tick(t_ms)
        self.gases.tick(t_ms)
        self.wearer.watch(t_ms)
        faults = self.faults
        faults.find(events.FAULT_GAS, self.gases.fault, t_ms)
        faults.find(events.FAULT_BUTTON, events.CODE_FAILED if self.wearer.button.state == STUCK else 0, t_ms)
        faults.tick(t_ms)
        self.alarms.tick(t_ms)
        self._orders.tick(t_ms)
        if self.alarms.state(events.ALARM_WEAR) == events.ON:
            self.wearer.unanswered(t_ms)
        ready = self.motions.rate_hz and self.gases.ready
        self.alarms.calm = patterns.DARK if faults.mask else patterns.OK if ready else patterns.NOT_READY
        if self.fatigue:
            self._watch(self.fatigue, t_ms)
        return self._take() if self._out else ()

    def stop(self):
        """The tag stops on purpose: what waits to be told."""
        self.gases.stop()
        return self._take()

    # -- what the shell asks ---------------------------------------------------------------------------------------

    def heartbeat_due(self, t_ms: int) -> bool:
        """True once in every `heartbeat_s`: then ask for one."""
        if ticks.diff(t_ms, self._beat_due_ms) < 0:
            return False
        self._beat_due_ms = ticks.add(t_ms, self._beat_ms)
        return True

    def heartbeat(self, uptime_s: int, battery_mv: int, free_b: int, pending: int, t_ms: int):
        """The HEARTBEAT event, of what the shell knows and what the core knows."""
        battery_mv = max(0, min(0xFFFF, battery_mv))
        pending = min(0xFFFF, pending)
        return (
            events.HEARTBEAT,
            t_ms,
            uptime_s // 60,
            battery_mv,
            free_b,
            self.faults.mask,
            pending,
            self.alarms.highest(),
        )

    # -- inside ----------------------------------------------------------------------------------------------------

    def _say(self, event) -> None:
        if self._out:
            self._out.append(event)
        else:
            self._out = [event]

    def _take(self):
        out = self._out
        self._out = ()
        return out

    def _watch(self, fatigue, t_ms: int) -> None:
        fatigue.tick(t_ms)
        if fatigue.testing.asking.state:
            self.alarms.calm = patterns.TESTS[fatigue.testing.shows]

    def _pressed(self, meant: int, t_ms: int) -> None:
        self._orders.pressed(meant, t_ms)
        self.gases.press(meant, t_ms)
        self.alarms.press(t_ms, meant)
