"""The engine: causes, deadlines, presses, what is shown, what is said, what a reset brings back."""

import ranks

import micropython
from tag.alarms import patterns
from tag.alarms.engine import Engine
from tag.events import (
    ACKED,
    ALARM,
    ALARM_EVACUATION,
    ALARM_FAULT,
    ALARM_GAS_HIGH,
    ALARM_GAS_LOW,
    ALARM_MAN_DOWN,
    ALARM_SOS,
    ALARM_WARNING,
    ALARM_WEAR,
    CAUSE_BUTTON,
    CAUSE_DROP,
    CAUSE_FALL,
    CAUSE_REMOTE,
    CAUSE_STILL,
    CH4,
    CO,
    ESCALATED,
    HELP,
    OFF,
    ON,
    PRE,
)
from tag.settings import DEFAULTS
from ticks import add

START = (1 << 30) - 4000  # ticks just before they wrap
PATTERN_OK = patterns.OK


class Bench:
    """An engine, its clock and what it said since the last look."""

    def __init__(self):
        self.said = []
        self.engine = Engine(DEFAULTS, self.said.append)
        self.engine.calm = PATTERN_OK
        self.t_ms = START

    def wait(self, ms):
        while ms > 0:
            step = min(ms, 250)
            self.t_ms = add(self.t_ms, step)
            self.engine.tick(self.t_ms)
            ms -= step

    def new(self):
        """[(alarm, state)] said since the last call."""
        found = [(event[2], event[3]) for event in self.said]
        assert all([event[0] == ALARM for event in self.said])
        self.said.clear()
        return found

    def shows(self):
        return self.engine.pattern(self.t_ms)


def test_an_alarm_says_its_cause_and_value():
    bench = Bench()
    bench.engine.raised(ALARM_GAS_LOW, CH4, 55, bench.t_ms)
    assert bench.said == [(ALARM, bench.t_ms, ALARM_GAS_LOW, ON, CH4, 55)]
    bench.said.clear()
    bench.engine.cleared(ALARM_GAS_LOW, CH4, 30, bench.t_ms)
    assert bench.said == [(ALARM, bench.t_ms, ALARM_GAS_LOW, OFF, CH4, 30)]
    bench.engine.raised(ALARM_GAS_LOW, CH4, 99999, bench.t_ms)
    assert bench.said[1][5] == 32767


def test_an_alarm_lasts_until_its_last_cause_has_gone():
    bench = Bench()
    bench.engine.raised(ALARM_GAS_LOW, CH4, 55, bench.t_ms)
    bench.engine.raised(ALARM_GAS_LOW, CO, 400, bench.t_ms)
    bench.engine.cleared(ALARM_GAS_LOW, CH4, 30, bench.t_ms)
    assert bench.new() == [(ALARM_GAS_LOW, ON)] and bench.engine.has(ALARM_GAS_LOW, CO)
    bench.engine.cleared(ALARM_GAS_LOW, CH4, 30, bench.t_ms)
    assert bench.new() == []
    bench.engine.cleared(ALARM_GAS_LOW, CO, 100, bench.t_ms)
    assert bench.new() == [(ALARM_GAS_LOW, OFF)]


def test_the_countdown_runs_across_the_wrap_of_the_ticks():
    bench = Bench()
    bench.engine.raised(ALARM_MAN_DOWN, CAUSE_STILL, 60, bench.t_ms)
    assert bench.new() == [(ALARM_MAN_DOWN, PRE)] and bench.engine.countdown_s(bench.t_ms) == 30
    bench.wait(29750)
    assert bench.new() == [] and bench.engine.countdown_s(bench.t_ms) == 1
    assert bench.t_ms < START
    # another cause in between does not start it anew
    bench.engine.raised(ALARM_MAN_DOWN, CAUSE_FALL, 3000, bench.t_ms)
    bench.wait(250)
    assert bench.new() == [(ALARM_MAN_DOWN, ON)] and bench.engine.countdown_s(bench.t_ms) == 0


def test_a_cancelled_countdown_needs_a_fresh_cause():
    bench = Bench()
    bench.engine.raised(ALARM_MAN_DOWN, CAUSE_FALL, 3000, bench.t_ms)
    bench.engine.raised(ALARM_MAN_DOWN, CAUSE_STILL, 60, bench.t_ms)
    bench.engine.press(bench.t_ms)
    assert bench.new() == [(ALARM_MAN_DOWN, PRE), (ALARM_MAN_DOWN, OFF)]
    assert not bench.engine.has(ALARM_MAN_DOWN, CAUSE_FALL) and not bench.engine.has(ALARM_MAN_DOWN, CAUSE_STILL)
    bench.wait(60000)
    assert bench.new() == []
    bench.engine.raised(ALARM_MAN_DOWN, CAUSE_FALL, 3000, bench.t_ms)
    assert bench.new() == [(ALARM_MAN_DOWN, PRE)]


def test_high_gas_is_silent_for_5_s_at_most():
    bench = Bench()
    bench.engine.raised(ALARM_GAS_HIGH, CH4, 120, bench.t_ms)
    bench.engine.press(bench.t_ms)
    assert bench.new() == [(ALARM_GAS_HIGH, ON), (ALARM_GAS_HIGH, ACKED)] and bench.shows() == ranks.GAS_HUSHED
    bench.wait(4750)
    assert bench.new() == []
    bench.wait(250)
    assert bench.new() == [(ALARM_GAS_HIGH, ON)] and bench.shows() == ranks.GAS_HIGH
    bench.engine.cleared(ALARM_GAS_HIGH, CH4, 20, bench.t_ms)
    assert bench.new() == [] and bench.shows() == ranks.GAS_HIGH
    bench.engine.press(bench.t_ms)
    assert bench.new() == [(ALARM_GAS_HIGH, OFF)] and bench.shows() == PATTERN_OK


def test_a_press_is_for_what_is_shown():
    bench = Bench()
    engine = bench.engine
    engine.raised(ALARM_FAULT, 0, 2, bench.t_ms)
    engine.raised(ALARM_GAS_LOW, CH4, 50, bench.t_ms)
    engine.raised(ALARM_GAS_HIGH, CH4, 100, bench.t_ms)
    engine.raised(ALARM_MAN_DOWN, CAUSE_FALL, 3000, bench.t_ms)
    engine.raised(ALARM_EVACUATION, CAUSE_REMOTE, 5, bench.t_ms)
    bench.new()
    engine.press(bench.t_ms)  # the receipt; and who presses is awake
    assert bench.new() == [(ALARM_MAN_DOWN, OFF), (ALARM_EVACUATION, ACKED)] and engine.shown() == ALARM_GAS_HIGH
    engine.press(bench.t_ms)  # high gas, and the low one beneath it
    assert bench.new() == [(ALARM_GAS_LOW, ACKED), (ALARM_GAS_HIGH, ACKED)] and engine.shown() == ALARM_FAULT
    engine.press(bench.t_ms)
    assert bench.new() == [(ALARM_FAULT, ACKED)]


def test_sos_cannot_be_pressed_away():
    bench = Bench()
    bench.engine.raised(ALARM_SOS, CAUSE_BUTTON, 0, bench.t_ms)
    bench.engine.press(bench.t_ms)
    bench.wait(100000)
    assert bench.new() == [(ALARM_SOS, ON)]
    bench.engine.all_clear(bench.t_ms)
    assert bench.new() == []
    bench.engine.cancel(bench.t_ms)
    assert bench.new() == [(ALARM_SOS, OFF)]


def test_help_knows_names_an_alarm():
    bench = Bench()
    for alarm in (0, 9, -1, ALARM_SOS, ALARM_EVACUATION):
        assert not bench.engine.help_knows(alarm, bench.t_ms)
    bench.engine.raised(ALARM_SOS, CAUSE_BUTTON, 0, bench.t_ms)
    assert bench.engine.help_knows(ALARM_SOS, bench.t_ms) and bench.engine.help_knows(ALARM_SOS, bench.t_ms)
    assert bench.new() == [(ALARM_SOS, ON), (ALARM_SOS, HELP)] and bench.shows() == ranks.HELP_KNOWS
    bench.engine.raised(ALARM_EVACUATION, CAUSE_REMOTE, 1, bench.t_ms)
    assert not bench.engine.help_knows(ALARM_EVACUATION, bench.t_ms)


def test_what_is_calm_never_covers_what_is_loud():
    bench = Bench()
    bench.engine.raised(ALARM_EVACUATION, CAUSE_REMOTE, 1, bench.t_ms)
    bench.engine.press(bench.t_ms)
    for alarm, pattern in (
        (ALARM_FAULT, ranks.FAULT),
        (ALARM_GAS_LOW, ranks.GAS_LOW),
        (ALARM_MAN_DOWN, ranks.COUNTDOWN),
        (ALARM_GAS_HIGH, ranks.GAS_HIGH),
        (ALARM_SOS, ranks.SOS),
    ):
        bench.engine.raised(alarm, 1, 0, bench.t_ms)
        assert bench.shows() == pattern, alarm
        assert bench.engine.highest() == ALARM_EVACUATION


def test_a_reset_brings_alarms_back_without_saying_them_again():
    for alarm, state, then in (
        (ALARM_GAS_HIGH, ON, ON),
        (ALARM_GAS_HIGH, ACKED, ON),
        (ALARM_MAN_DOWN, PRE, ON),
        (ALARM_MAN_DOWN, HELP, HELP),
        (ALARM_SOS, ON, ON),
        (ALARM_EVACUATION, ACKED, ACKED),
    ):
        bench = Bench()
        assert bench.engine.restore(alarm, state, 1, 7, bench.t_ms)
        assert bench.new() == [] and bench.engine.state(alarm) == state and bench.engine.value(alarm) == 7
        if state == PRE:
            assert bench.engine.countdown_s(bench.t_ms) == 30
        bench.wait(31000)
        assert bench.engine.state(alarm) == then, (alarm, state)


def test_a_dropped_tag_asks_for_a_minute_and_then_stands_unanswered():
    for answer in ("press", "worn", "none"):
        bench = Bench()
        bench.engine.raised(ALARM_WEAR, CAUSE_DROP, 9000, bench.t_ms)
        assert bench.said == [(ALARM, bench.t_ms, ALARM_WEAR, PRE, CAUSE_DROP, 9000)] and bench.shows() == ranks.WEAR
        bench.new()
        bench.wait(30000)
        # a second drop asks on, and does not begin anew
        bench.engine.raised(ALARM_WEAR, CAUSE_DROP, 8000, bench.t_ms)
        bench.wait(29750)
        assert bench.new() == [] and bench.shows() == ranks.WEAR
        if answer == "press":
            bench.engine.press(bench.t_ms)
        elif answer == "worn":
            bench.engine.cleared(ALARM_WEAR, CAUSE_DROP, 0, bench.t_ms)
        else:
            bench.wait(250)
            assert bench.new() == [(ALARM_WEAR, ON)] and bench.shows() == ranks.WEAR
            continue  # what comes of it is the core's to say
        assert bench.new() == [(ALARM_WEAR, OFF)] and bench.shows() == PATTERN_OK, answer


def test_the_question_is_the_least_of_all():
    bench = Bench()
    bench.engine.raised(ALARM_WEAR, CAUSE_DROP, 9000, bench.t_ms)
    assert bench.engine.highest() == ALARM_WEAR
    for alarm, state in ((ALARM_FAULT, ON), (ALARM_GAS_LOW, ON), (ALARM_MAN_DOWN, PRE)):
        bench.engine.raised(alarm, 1, 0, bench.t_ms)
        assert bench.engine.highest() == alarm and bench.engine.shown() == alarm and bench.engine.state(alarm) == state


def test_a_warning_is_less_than_all_else_and_answered_with_the_gas_alarm_above_it():
    bench = Bench()
    engine = bench.engine
    engine.raised(ALARM_WARNING, CH4, 40, bench.t_ms)
    assert bench.said == [(ALARM, bench.t_ms, ALARM_WARNING, ON, CH4, 40)] and bench.shows() == ranks.WARNING
    assert engine.highest() == ALARM_WARNING and not engine.help_knows(ALARM_WARNING, bench.t_ms)
    bench.new()
    for above in (ALARM_GAS_LOW, ALARM_GAS_HIGH):
        engine.raised(ALARM_WARNING, CH4, 40, bench.t_ms)
        engine.raised(above, CH4, 60, bench.t_ms)
        assert engine.highest() == above and engine.shown() == above
        engine.press(bench.t_ms)
        assert engine.state(above) == ACKED and engine.state(ALARM_WARNING) == ACKED
    engine.cleared(ALARM_WARNING, CH4, 0, bench.t_ms)
    assert engine.state(ALARM_WARNING) == OFF
    # but no press that means something else reaches it
    engine.raised(ALARM_WARNING, CO, 40, bench.t_ms)
    engine.raised(ALARM_FAULT, 1, 0, bench.t_ms)
    engine.raised(ALARM_EVACUATION, CAUSE_REMOTE, 1, bench.t_ms)
    for shown, then in ((ALARM_EVACUATION, ON), (ALARM_FAULT, ON), (ALARM_WARNING, ACKED)):
        assert engine.shown() == shown
        engine.press(bench.t_ms)
        assert engine.state(ALARM_WARNING) == then


def test_an_unanswered_call_escalates_and_is_said_again():
    for alarm, cause in ((ALARM_MAN_DOWN, CAUSE_FALL), (ALARM_SOS, CAUSE_BUTTON)):
        bench = Bench()
        bench.engine.raised(alarm, cause, 7, bench.t_ms)
        if alarm == ALARM_MAN_DOWN:
            bench.wait(30000)
        bench.new()
        bench.wait(119750)
        # the same cause again does not begin the time anew
        bench.engine.raised(alarm, cause, 7, bench.t_ms)
        assert bench.new() == []
        bench.wait(250)
        assert bench.said == [(ALARM, bench.t_ms, alarm, ESCALATED, cause, 7)] and bench.shows() == ranks.ESCALATED
        bench.new()
        bench.wait(600000)
        assert bench.new() == []
        assert bench.engine.help_knows(alarm, bench.t_ms) and bench.new() == [(alarm, HELP)]
        bench.wait(600000)
        assert bench.new() == [] and bench.shows() == ranks.HELP_KNOWS


def test_an_answered_call_does_not_escalate_nor_does_one_that_must_not():
    bench = Bench()
    bench.engine.raised(ALARM_MAN_DOWN, CAUSE_FALL, 7, bench.t_ms)
    bench.wait(60000)
    bench.engine.press(bench.t_ms)
    bench.engine.raised(ALARM_GAS_LOW, CH4, 55, bench.t_ms)
    bench.engine.raised(ALARM_EVACUATION, CAUSE_REMOTE, 1, bench.t_ms)
    bench.new()
    bench.wait(600000)
    assert bench.new() == []
    settings = dict(DEFAULTS)
    settings["escalation_s"] = 0
    bench.engine = Engine(settings, bench.said.append)
    bench.engine.raised(ALARM_SOS, CAUSE_BUTTON, 0, bench.t_ms)
    bench.wait(600000)
    assert bench.new() == [(ALARM_SOS, ON)]


def test_what_cannot_be_is_not_restored():
    bench = Bench()
    for alarm, state, cause in (
        (0, ON, 1),
        (11, ON, 1),
        (255, ON, 1),
        (1, OFF, 1),
        (1, 9, 1),
        (1, -1, 1),
        (1, ON, 30),
        (1, ON, -1),
    ):
        assert not bench.engine.restore(alarm, state, cause, 0, bench.t_ms), (alarm, state, cause)
    assert bench.engine.highest() == 0
    # nor has every kind every state
    assert bench.engine.restore(ALARM_GAS_LOW, ESCALATED, CH4, 0, bench.t_ms)
    assert bench.engine.state(ALARM_GAS_LOW) == ON
    assert bench.engine.restore(ALARM_WEAR, ESCALATED, CAUSE_DROP, 0, bench.t_ms)
    assert bench.engine.state(ALARM_WEAR) == ON
    # a countdown that the kind does not have is the alarm itself
    assert bench.engine.restore(ALARM_SOS, PRE, CAUSE_BUTTON, 0, bench.t_ms)
    assert bench.engine.state(ALARM_SOS) == ON


def test_waiting_allocates_nothing():
    bench = Bench()
    engine = bench.engine
    engine.raised(ALARM_GAS_HIGH, CH4, 120, bench.t_ms)
    t_ms = bench.t_ms
    micropython.heap_lock()
    for _ in range(20):
        t_ms = add(t_ms, 250)
        engine.tick(t_ms)
        engine.pattern(t_ms)
        engine.highest()
        engine.countdown_s(t_ms)
    micropython.heap_unlock()
