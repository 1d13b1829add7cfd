"""The action levels of one gas: the rows of the limit profile that are about it, each with its state, and what they cause.

What states there are and what is compared with what: tag/gas/table.py. Rows are kept in this order, so that each way of
judging has its stretch: rise, step and ahead; low, high, ceiling, drift and "over"; those of every minute. Most readings lie
past the clear levels of the second stretch while all of it is CLEAR: then nothing there can change, and it is left out.
"""

from array import array

from micropython import const
from tag.events import ALARM_GAS_HIGH, ALARM_WARNING, O2
from tag.gas import rise, table
from tag.gas.ahead import Ahead
from tag.gas.limits import ROW
from tag.gas.table import TABLE
from ticks import diff

_MADE = const(255)  # the number of table.OVER_ROW

# _kept, for each row: its number in the profile, its state, whether its cause was told as present
_STATE = const(1)
_TOLD = const(2)
_KEPT = const(3)


class Levels:
    """`causes`: bits of the alarms that have one here. `moved`: a cause has come or gone since `said` was last asked."""

    def __init__(self, gas: int, rows, exposure, steps) -> None:
        self.gas = gas
        self.value = self.causes = 0
        self.moved = False
        self.exposure = exposure
        self.steps = steps
        self._side = table.NOTHING
        self._doubt = 0  # alarms that a reset has left to this gas and no row of it raises
        self._rows = rows
        self._ahead = None
        rises = []
        aheads = []
        plain = []
        minutes = []
        for i in range(min(_MADE, len(rows) // ROW)):
            kind = rows[i * ROW + table.KIND]
            if rows[i * ROW] != gas or kind == table.STEP:
                continue
            if kind == table.RISE:
                rises.append(i)
            elif kind == table.AHEAD:
                aheads.append(i)
            elif table.STEL <= kind <= table.MIXTURE:
                minutes.append(i)
            else:
                plain.append(i)
        self._rises = tuple([rise.window(table.pair(rows, i * ROW + table.DELAY)) for i in rises])
        early = rises + [at // ROW for at in table.steps(rows, gas)] + aheads
        self._early = len(early)  # the first stretch
        numbers = early + plain + [_MADE] + minutes
        self.often = len(numbers) - len(minutes)  # the first two: what is judged at each reading
        self._quiet = False
        self._over = min([32767] + [table.word(rows, i * ROW + 6) for i in plain if not table.falls(rows, i * ROW)])
        self._under = max([-32768] + [table.word(rows, i * ROW + 6) for i in plain if table.falls(rows, i * ROW)])
        self._kept = bytearray(_KEPT * len(numbers))
        for i in range(len(numbers)):
            self._kept[_KEPT * i] = numbers[i]
        # PENDING: since when; of a rise, a mixture: the amount
        self._note = array("i", (0,) * len(numbers))

    def foresee(self, t90_s: int) -> None:
        """From now on look ahead, if any level asks for it; `t90_s` of the sensor, 0: unknown."""
        if self._early and self.get(self._early - 1, table.KIND) == table.AHEAD:
            self._ahead = Ahead(t90_s)

    def __len__(self) -> int:
        return len(self._note)

    def get(self, i: int, k: int) -> int:
        """Byte `k` of row `i`."""
        number = self._kept[_KEPT * i]
        return table.OVER_ROW[k] if number == _MADE else self._rows[number * ROW + k]

    def alarm(self, i: int) -> int:
        """The alarm that level `i` raises, 0: none, record only. An early warning is never more than that."""
        alarm = self.get(i, table.ALARM)
        if self.get(i, table.KIND) == table.AHEAD or alarm == ALARM_WARNING:
            return ALARM_WARNING
        return min(alarm, ALARM_GAS_HIGH)

    def amount(self, i: int) -> int:
        """What is compared with level `i`, counts."""
        kind = self.get(i, table.KIND)
        if kind == table.RISE or kind == table.MIXTURE:
            return self._note[i]
        if table.STEL <= kind <= table.SHIFT:
            return min(32767, self._figure_q4(kind) >> 4)
        return self.value

    def _figure_q4(self, kind: int) -> int:
        e = self.exposure
        return e.stel_q4 if kind == table.STEL else e.twa_q4 if kind == table.TWA else e.shift_q4

    def level(self, i: int) -> int:
        """Level `i`, one of a gas that only rises."""
        return self.get(i, table.LEVEL) | self.get(i, table.LEVEL + 1) << 8

    def share(self, i: int) -> int:
        """Twice what mixture `i` counts of this gas in counts * 16, and 1 when that is not known now."""
        basis = self.get(i, table.FLAGS) & table.BASIS
        if basis:
            unknown = 1 if self._missed() else 0
            return self._figure_q4(table.STEL if basis == table.BY_STEL else table.SHIFT) << 1 | unknown
        if self._side == table.USABLE:
            return max(0, self.value) << 5
        return self.top() << 5 if self._side == table.ABOVE else 1

    def top(self) -> int:
        """The highest of its rising levels, counts: what a reading over the range counts as at least."""
        top = self.value
        for i in range(len(self._note)):
            if not self.get(i, table.FLAGS) & table.FALLING:
                top = max(top, self.level(i))
        return top

    def falls(self) -> bool:
        """Whether below the range of its sensor is danger, too."""
        for i in range(self.often):
            if self.get(i, table.KIND) <= table.CEILING and self.get(i, table.FLAGS) & table.FALLING:
                return True
        return self.gas == O2

    # -- judging -----------------------------------------------------------------------------------------------------

    def judge(self, t_ms: int) -> None:
        """Compare the reading with the levels."""
        if self._side == table.USABLE:
            for i in range(len(self._rises)):
                self._rise(i, t_ms)
            if self._ahead:
                self._ahead.feed(self.value, t_ms)
        for i in range(self._early):
            self._judge(i, t_ms)
        if not self.calm():
            self._judge_all(t_ms)

    def calm(self) -> bool:
        """Whether the reading is past the clear levels and none of them has anything to say."""
        return self._quiet and self._side == table.USABLE and self._under < self.value < self._over

    def _judge_all(self, t_ms: int) -> None:
        quiet = True
        for i in range(self._early, self.often):
            self._judge(i, t_ms)
            if self._kept[_KEPT * i + _STATE]:
                quiet = False
        self._quiet = quiet

    def weigh(self, t_ms: int) -> None:
        """Compare the figures of the minute with their levels."""
        for i in range(len(self._note)):
            kind = self.get(i, table.KIND)
            if table.STEL <= kind <= table.STEP:
                self._judge(i, t_ms)

    def _judge(self, i: int, t_ms: int) -> None:
        self._put(i, self._input(i, t_ms), t_ms)

    def _rise(self, i: int, t_ms: int) -> None:
        value = -self.value if self.get(i, table.FLAGS) & table.FALLING else self.value
        self._note[i] = rise.feed(self._rises[i], value, t_ms)

    def mix(self, i: int, amount: int, known) -> None:
        """The sum of level `i`, a mixture, as an amount of this gas; `known`: all its gases have their say."""
        self._note[i] = amount
        found = self._input(i, 0)
        if known or found == table.LASTED:
            self._put(i, found, 0)

    def press(self, alarms: int, state: int, t_ms: int) -> None:
        """A press meant for these alarms, a set of bits: first told to what is PENDING, then to what is HELD and may be let go."""
        for i in range(len(self._note)):
            if alarms >> self.alarm(i) & 1 and self._kept[_KEPT * i + _STATE] == state:
                safe = self._side == table.USABLE and self._input(i, t_ms) == table.INSIDE
                if safe or state == table.PENDING:
                    self._put(i, table.PRESS, t_ms)

    def end_shift(self) -> None:
        """What was accumulated over the shift ends with it, and its latch too."""
        for i in range(self.often, len(self._note)):
            if self.get(i, table.KIND) == table.SHIFT and self._kept[_KEPT * i + _STATE]:
                self._kept[_KEPT * i + _STATE] = table.CLEAR
                self.moved = True

    def restore(self, alarm: int) -> None:
        """Before the reset this gas was a cause of that alarm: by which level nobody knows."""
        self._doubt |= 1 << alarm
        for i in range(len(self._note)):
            if self.alarm(i) == alarm and self.get(i, table.KIND) != table.OVER:
                self._kept[_KEPT * i + _STATE] = table.BEYOND
                self._kept[_KEPT * i + _TOLD] = 1
                self._doubt &= ~(1 << alarm)  # the level sees to it
        self._quiet = False
        self.settle()

    def news(self, i: int) -> int:
        """1 when the cause of level `i` has come since `told`, 0 when it has gone, -1: neither."""
        present = 1 if self._kept[_KEPT * i + _STATE] == table.BEYOND else 0
        return present if present != self._kept[_KEPT * i + _TOLD] else -1

    def told(self, i: int) -> None:
        """The news of level `i` has been said."""
        self._kept[_KEPT * i + _TOLD] ^= 1

    def settle(self) -> None:
        """Sum up the causes."""
        causes = self._doubt
        for i in range(len(self._note)):
            if self._kept[_KEPT * i + _STATE] >= table.BEYOND:
                causes |= 1 << self.alarm(i)
        self.causes = causes

    def _put(self, i: int, symbol: int, t_ms: int) -> None:
        """An input for level `i`."""
        state = self._kept[_KEPT * i + _STATE]
        if TABLE[state][symbol] != state:
            self._go(i, symbol, t_ms)

    def _go(self, i: int, symbol: int, t_ms: int) -> None:
        before = self._kept[_KEPT * i + _STATE]
        state = table.step(before, symbol, self._latches(i))
        self._kept[_KEPT * i + _STATE] = state
        if state == table.PENDING:
            self._note[i] = t_ms
        if before >= table.BEYOND or state >= table.BEYOND:
            self.moved = True

    def _latches(self, i: int):
        # The high alarm latches of itself (tag/alarms/table.py): so that no press ends it while the air is unknown.
        if self.get(i, table.FLAGS) & table.LATCHES:
            return self.get(i, table.KIND) != table.AHEAD
        return self.alarm(i) == ALARM_GAS_HIGH

    def _input(self, i: int, t_ms: int) -> int:
        """What level `i` is to be told now."""
        at = self._kept[_KEPT * i] * ROW
        if at == _MADE * ROW:
            return table.over(self._side)
        kind = self._rows[at + table.KIND]
        if kind <= table.CEILING or kind == table.DRIFT:
            return table.reading(self._rows, at, self._side, self.value) or self._lasted(i, at, t_ms)
        if i >= self.often:
            return self._figure(i, at)
        if self._side != table.USABLE:
            return table.UNKNOWN
        if kind == table.AHEAD:
            return self._sight(at) if self._ahead else table.UNKNOWN
        return self._step(i, at) if kind == table.STEP else table.compare(self._rows, at, self._note[i])

    def _figure(self, i: int, at: int) -> int:
        amount = self.amount(i)
        found = table.compare(self._rows, at, amount)
        if found == table.INSIDE and self._rows[at + table.KIND] <= table.SHIFT and self._missed():
            return table.UNKNOWN  # what was not measured takes nothing away
        return found

    def _missed(self) -> bool:
        return self.exposure.mean_q4 < 0

    def _lasted(self, i: int, at: int, t_ms: int) -> int:
        """AT or LASTED, by the delay."""
        if self._kept[_KEPT * i + _STATE] != table.PENDING:
            return table.AT
        delay_s = table.pair(self._rows, at + table.DELAY)
        return table.LASTED if diff(t_ms, self._note[i]) >= delay_s * 1000 else table.AT

    def _step(self, i: int, at: int) -> int:
        if not self.steps.used >> (i - len(self._rises)) & 1:
            return table.INSIDE
        if self.value > self.steps.lowest:
            return table.LASTED
        return max(table.BETWEEN, table.compare(self._rows, at, self.value))

    def _sight(self, at: int) -> int:
        if 0 <= self._seconds_to(at) <= table.pair(self._rows, at + table.DELAY):
            return table.LASTED
        # One warning from clear level to clear level: out of sight is not yet away. docs/gas.md has what it is worth.
        return max(table.BETWEEN, table.reading(self._rows, at, table.USABLE, self.value))

    def _seconds_to(self, at: int) -> int:
        level = table.word(self._rows, at + table.LEVEL)
        return self._ahead.seconds_to(level, self._rows[at + table.FLAGS] & table.FALLING)
