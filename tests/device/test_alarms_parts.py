"""Button, faults and orders: the small rooms around the alarm engine."""

import micropython
from tag.alarms import button as b
from tag.alarms.engine import Engine
from tag.alarms.faults import Faults
from tag.events import (
    ACKED,
    ALARM,
    ALARM_FAULT,
    CODE_FAILED,
    CODE_LATE,
    CODE_LOW,
    CODE_MISSING,
    FAULT,
    FAULT_BATTERY,
    FAULT_GAS,
    FAULT_LINK,
    FAULT_TASK,
    OFF,
    ON,
)
from tag.settings import DEFAULTS
from ticks import add

START = (1 << 30) - 2000  # ticks just before they wrap


def at(ms):
    return add(START, ms)


# -- button --------------------------------------------------------------------------------------------------------


def gestures(*moves):
    """[(ms, gesture)] of moves (ms, edge), edge -1 = time only, with hold 3 s; and the button."""
    button = b.Button(3)
    found = []
    for ms, edge in moves:
        gesture = button.tick(at(ms)) if edge < 0 else button.edge(edge, at(ms))
        if gesture != b.NONE:
            found.append((ms, gesture))
    return found, button


def test_a_short_press_is_told_at_release():
    found, button = gestures((0, 1), (100, -1), (2999, 0), (5000, -1))
    assert found == [(2999, b.SHORT)] and button.state == b.UP and button.held_ms == 2999


def test_a_long_press_is_told_while_the_button_is_down_and_once():
    found, button = gestures((0, 1), (2999, -1), (3000, -1), (4000, -1), (5000, 0), (6000, -1))
    assert found == [(3000, b.LONG)] and button.state == b.UP
    # nobody ticked in between: then at the release
    assert gestures((0, 1), (3500, 0))[0] == [(3500, b.LONG)]


def test_repeated_edges_change_nothing():
    assert gestures((0, 0), (10, 0), (20, 1), (30, 1), (40, 0), (50, 0))[0] == [(40, b.SHORT)]


def test_a_button_that_stays_down_is_stuck_until_released():
    _, button = gestures((0, 1), (3000, -1), (29999, -1))
    assert button.state == b.SPENT
    button.tick(at(30000))
    assert button.state == b.STUCK and button.tick(at(90000)) == b.NONE
    assert button.edge(0, at(90001)) == b.NONE and button.state == b.UP
    assert button.edge(1, at(91000)) == b.NONE and button.edge(0, at(91100)) == b.SHORT


# -- faults --------------------------------------------------------------------------------------------------------


def faults():
    said = []
    engine = Engine(DEFAULTS, said.append)
    return Faults(engine, said.append), engine, said


def test_a_fault_is_said_once_and_raises_the_alarm():
    f, _, said = faults()
    for _ in range(3):
        f.tell(FAULT_TASK, CODE_LATE, 1, START)
    assert said == [(FAULT, START, FAULT_TASK, CODE_LATE, 1), (ALARM, START, ALARM_FAULT, ON, FAULT_TASK, CODE_LATE)]
    assert f.mask == 1 << FAULT_TASK
    f.tell(FAULT_TASK, 0, 0, START)
    f.tell(FAULT_TASK, 0, 0, START)
    assert said[2:] == [
        (FAULT, START, FAULT_TASK, CODE_LATE, 0),
        (ALARM, START, ALARM_FAULT, OFF, FAULT_TASK, CODE_LATE),
    ]
    assert f.mask == 0


def test_a_fault_that_touches_no_safety_is_a_record_only():
    f, engine, said = faults()
    f.tell(FAULT_LINK, CODE_FAILED, 1, START)
    assert said == [(FAULT, START, FAULT_LINK, CODE_FAILED, 1)] and engine.highest() == 0 and f.mask


def test_the_alarm_lasts_as_long_as_any_fault_and_a_second_one_is_heard():
    f, engine, _ = faults()
    f.find(FAULT_BATTERY, CODE_LOW, START)
    engine.press(START)
    assert engine.state(ALARM_FAULT) == ACKED
    f.tell(FAULT_GAS, CODE_MISSING, 1, START)
    assert engine.state(ALARM_FAULT) == ON
    f.find(FAULT_BATTERY, 0, START)
    assert engine.state(ALARM_FAULT) == ON
    f.tell(FAULT_GAS, 0, 0, START)
    assert engine.state(ALARM_FAULT) == OFF


def test_each_takes_back_only_its_own_word():
    f, engine, said = faults()
    f.tell(FAULT_GAS, CODE_MISSING, 1, START)
    f.find(FAULT_GAS, 0, START)
    assert f.code(FAULT_GAS) == CODE_MISSING
    f.find(FAULT_GAS, CODE_FAILED, START)
    f.tell(FAULT_GAS, CODE_MISSING, 0, START)
    assert f.code(FAULT_GAS) == CODE_FAILED and engine.state(ALARM_FAULT) == ON
    f.find(FAULT_GAS, 0, START)
    assert f.code(FAULT_GAS) == 0 and engine.state(ALARM_FAULT) == OFF
    assert [event[3:] for event in said if event[0] == FAULT] == [(CODE_MISSING, 1), (CODE_FAILED, 1), (CODE_FAILED, 0)]
    # no code given is still a fault; proof that it works ends every word against it
    f.tell(FAULT_GAS, 0, 1, START)
    f.find(FAULT_GAS, CODE_LATE, START)
    f.proved(FAULT_GAS, START)
    assert f.mask == 0 and engine.state(ALARM_FAULT) == OFF
    assert said[-2] == (FAULT, START, FAULT_GAS, CODE_LATE, 0)


def test_a_restored_fault_ends_after_10_s_unless_confirmed():
    for confirmed in (False, True):
        f, engine, said = faults()
        engine.restore(ALARM_FAULT, ON, FAULT_GAS, CODE_MISSING, START)
        f.restore(FAULT_GAS, CODE_MISSING, START)
        assert said == [] and f.mask == 1 << FAULT_GAS
        if confirmed:
            f.tell(FAULT_GAS, CODE_MISSING, 1, at(500))
        f.tick(at(9999))
        assert said == []
        f.tick(at(10000))
        f.tick(at(20000))
        assert (engine.state(ALARM_FAULT) == ON) == confirmed
        assert len(said) == (0 if confirmed else 2)
    f.restore(200, 1, START)
    f.restore(-1, 1, START)


def test_repeating_a_fault_allocates_nothing():
    f, _, _ = faults()
    f.find(FAULT_GAS, CODE_FAILED, START)
    micropython.heap_lock()
    for _ in range(10):
        f.find(FAULT_GAS, CODE_FAILED, START)
        f.find(FAULT_BATTERY, 0, START)
        f.tick(START)
    micropython.heap_unlock()
