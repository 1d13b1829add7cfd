"""The core and its sensors: gas alarms, unknown inputs, battery, readiness, heartbeat. The clock wraps early in each story."""

import ranks
from core_bench import START, Wearer, alarms, of

import micropython
import quality
from tag.alarms import patterns
from tag.events import (
    ACKED,
    ALARM,
    ALARM_FAULT,
    ALARM_GAS_HIGH,
    ALARM_GAS_LOW,
    ALARM_MAN_DOWN,
    ALARM_WARNING,
    CAUSE_FALL,
    CH4,
    CODE_CRASHED,
    CODE_FAILED,
    CODE_LOW,
    CODE_MISSING,
    CODE_RANGE,
    CODE_STALE,
    FAULT,
    FAULT_BATTERY,
    FAULT_BUTTON,
    FAULT_GAS,
    FAULT_LINK,
    FAULT_MOTION,
    FAULT_TASK,
    HEARTBEAT,
    LEVEL,
    O2,
    OFF,
    ON,
    READING,
    READINGS,
)
from ticks import add


def test_rising_methane_low_high_and_back():
    wearer = Wearer(gases=((CH4, 0),))
    assert of(READING, wearer.live(2)) == [(CH4, quality.OK, 0)] and wearer.shows() == patterns.OK
    wearer.gas(55)
    found = wearer.live(1)
    # so steep a rise is a warning, too, and the alarms are said before their levels
    assert [event[0] for event in found] == [READING, ALARM, ALARM, LEVEL, LEVEL]
    assert of(ALARM, found) == [(ALARM_GAS_LOW, ON, CH4, 55), (ALARM_WARNING, ON, CH4, 55)]
    assert of(LEVEL, found) == [(CH4, 9, 1, 55, 0, 1), (CH4, 1, 1, 55, 0, 2)] and wearer.shows() == ranks.GAS_LOW
    wearer.gas(130)
    found = wearer.live(1)
    assert of(ALARM, found) == [(ALARM_GAS_HIGH, ON, CH4, 130)] and wearer.shows() == ranks.GAS_HIGH
    assert alarms(wearer.press()) == [(ALARM_GAS_LOW, ACKED), (ALARM_GAS_HIGH, ACKED), (ALARM_WARNING, ACKED)]
    assert alarms(wearer.live(6)) == [(ALARM_GAS_HIGH, ON)]
    wearer.gas(30)
    assert alarms(wearer.live(1)) == [(ALARM_GAS_LOW, OFF)] and wearer.shows() == ranks.GAS_HIGH
    assert alarms(wearer.press()) == [(ALARM_GAS_HIGH, OFF)]
    # the rise is one until its minute is over
    assert wearer.live(1) == [] and wearer.shows() == ranks.ACKED and wearer.t_ms < START
    assert alarms(wearer.live(70)) == [(ALARM_WARNING, OFF)] and wearer.shows() == patterns.OK


def test_readings_come_in_their_time():
    wearer = Wearer(gases=((CH4, 5), (O2, 2090)), reading_s=10)
    found = wearer.live(70)
    assert of(READING, found) == [(CH4, 0, 5), (O2, 0, 2090)]
    assert of(READINGS, found) == [(CH4, 0, 10, 5, bytes(5)), (O2, 0, 10, 2090, bytes(5))]
    found = wearer.live(20)
    assert of(READINGS, found) == []
    assert of(READINGS, wearer.core.stop()) == [(CH4, 0, 10, 5, bytes(1)), (O2, 0, 10, 2090, bytes(1))]


def test_a_gas_sensor_that_fails_during_an_alarm_leaves_it_standing():
    for q, code in ((quality.FAILED, CODE_FAILED), (quality.STALE, CODE_STALE), (quality.UNDER, CODE_RANGE)):
        wearer = Wearer(gases=((CH4, 130),))
        wearer.live(1)
        wearer.gas(0, q)
        found = wearer.live(30)
        assert of(FAULT, found) == [(FAULT_GAS, code, 1)] and alarms(found) == [(ALARM_FAULT, ON)]
        assert wearer.core.alarms.state(ALARM_GAS_HIGH) == ON
        wearer.gas(0)
        found = wearer.live(1)
        assert of(FAULT, found) == [(FAULT_GAS, code, 0)] and (ALARM_FAULT, OFF) in alarms(found)
        assert wearer.core.alarms.state(ALARM_GAS_HIGH) == ON and wearer.core.alarms.state(ALARM_GAS_LOW) == OFF


def test_over_range_alarms_high():
    wearer = Wearer(gases=((CH4, 10),))
    wearer.live(1)
    wearer.gas(500, quality.OVER)
    found = wearer.live(1)
    assert alarms(found) == [(ALARM_GAS_LOW, ON), (ALARM_GAS_HIGH, ON)] and of(FAULT, found) == []


def test_warming_up_is_not_ready_and_neither_fault_nor_clean():
    wearer = Wearer(gases=((CH4, 0),))
    wearer.gas(0, quality.WARMING)
    assert of(FAULT, wearer.live(20)) == [] and wearer.shows() == patterns.NOT_READY
    wearer.core.restore(ALARM_GAS_HIGH, ON, CH4, 130, wearer.t_ms)
    assert alarms(wearer.live(20)) == [] and wearer.shows() == ranks.GAS_HIGH
    wearer.gas(0)
    assert alarms(wearer.live(1)) == [] and alarms(wearer.press()) == [(ALARM_GAS_HIGH, OFF)]


def test_silent_gas_is_a_fault():
    wearer = Wearer(gases=((CH4, 0),))
    wearer.live(2)
    wearer.gases = []
    found = wearer.live(11)
    assert of(FAULT, found) == [(FAULT_GAS, CODE_STALE, 1)] and of(READING, found) == [(CH4, quality.STALE, 0)]


def test_a_motion_sensor_that_fails_is_a_fault_and_no_stillness():
    for q, code in ((quality.FAILED, CODE_FAILED), (quality.STALE, CODE_STALE)):
        wearer = Wearer(still_s=20)
        wearer.live(5)
        wearer.block.quality = q
        wearer.block.n = 0
        found = wearer.live(60, moving=False)
        assert of(FAULT, found) == [(FAULT_MOTION, code, 1)] and alarms(found) == [(ALARM_FAULT, ON)]
        assert wearer.core.motions.still.paused and wearer.core.alarms.state(ALARM_MAN_DOWN) == OFF
        wearer.block.quality = quality.OK
        wearer.block.n = 25
        found = wearer.live(1)
        assert of(FAULT, found) == [(FAULT_MOTION, code, 0)] and alarms(found) == [(ALARM_FAULT, OFF)]


def test_a_flapping_bus_is_one_fault_until_it_has_been_good_for_10_s():
    wearer = Wearer()
    wearer.live(5)
    found = []
    for _ in range(100):
        for q in (quality.FAILED, quality.OK):
            wearer.block.quality = q
            found.extend(wearer.live(0.5))
    codes = [(FAULT_MOTION, CODE_FAILED, present) for present in (1, 0, 1)]
    assert of(FAULT, found) == codes and wearer.core.faults.code(FAULT_MOTION) == CODE_FAILED
    assert of(FAULT, wearer.live(9)) == [] and of(FAULT, wearer.live(2)) == [(FAULT_MOTION, CODE_FAILED, 0)]
    # and from then on a single loss is a short fault again
    wearer.block.quality = quality.FAILED
    assert len(of(FAULT, wearer.live(1))) == 1
    wearer.block.quality = quality.OK
    assert len(of(FAULT, wearer.live(1))) == 1


def test_a_failed_motion_sensor_does_not_read_as_moving():
    wearer = Wearer()
    wearer.live(5)
    assert wearer.core.motions.still.moving
    wearer.block.quality = quality.FAILED
    wearer.live(1)
    wearer.core.restore(ALARM_MAN_DOWN, ON, CAUSE_FALL, 3000, wearer.t_ms)
    wearer.live(5)
    # nobody saw the wearer move, so a press alone does not end it
    assert alarms(wearer.press()) == [(ALARM_MAN_DOWN, ACKED)]
    wearer.block.quality = quality.OK
    assert (ALARM_MAN_DOWN, OFF) in alarms(wearer.live(3))


def test_silent_motion_and_a_wrong_rate_are_faults():
    wearer = Wearer()
    wearer.live(2)
    assert of(FAULT, wearer.live(3, motion=False)) == [(FAULT_MOTION, CODE_STALE, 1)]
    assert of(FAULT, wearer.live(11)) == [(FAULT_MOTION, CODE_STALE, 0)]
    for rate_hz in (0, -5, 9, 401, 100000):
        wearer.block.odr_hz = rate_hz
        assert of(FAULT, wearer.live(1)) == [(FAULT_MOTION, CODE_RANGE, 1)], rate_hz
        wearer.block.odr_hz = 100
        assert of(FAULT, wearer.live(1)) == [(FAULT_MOTION, CODE_RANGE, 0)]
        assert wearer.live(10) == []
    wearer.block.odr_hz = 200
    assert wearer.live(1) == []


def test_a_fresh_core_is_not_ready_and_empty_or_warming_blocks_say_nothing():
    wearer = Wearer()
    assert wearer.live(20, motion=False) == [] and wearer.shows() == patterns.NOT_READY
    wearer.block.quality = quality.WARMING
    assert wearer.live(1) == []
    wearer.block.quality = quality.OK
    wearer.block.n = 0
    assert wearer.live(1) == [] and wearer.shows() == patterns.NOT_READY
    wearer.block.n = 25
    assert wearer.live(1) == [] and wearer.shows() == patterns.OK


def test_faults_from_outside():
    wearer = Wearer()
    wearer.live(1)
    found = wearer.core.fault(FAULT_TASK, CODE_CRASHED, 1, wearer.t_ms)
    assert of(FAULT, found) == [(FAULT_TASK, CODE_CRASHED, 1)] and alarms(found) == [(ALARM_FAULT, ON)]
    assert wearer.shows() == ranks.FAULT
    assert alarms(wearer.press()) == [(ALARM_FAULT, ACKED)] and wearer.shows() == ranks.FAULT_ACKED
    assert alarms(wearer.core.fault(FAULT_TASK, CODE_CRASHED, 0, wearer.t_ms)) == [(ALARM_FAULT, OFF)]
    # the core's own findings do not take back what it was told
    wearer.core.fault(FAULT_GAS, CODE_MISSING, 1, wearer.t_ms)
    assert wearer.live(5) == [] and wearer.core.faults.code(FAULT_GAS) == CODE_MISSING


def test_no_sign_of_confidence_while_anything_is_faulty():
    wearer = Wearer()
    wearer.live(1)
    assert wearer.shows() == patterns.OK
    wearer.core.fault(FAULT_LINK, CODE_FAILED, 1, wearer.t_ms)
    wearer.live(1)
    assert wearer.shows() == patterns.DARK
    wearer.core.fault(FAULT_LINK, CODE_FAILED, 0, wearer.t_ms)
    wearer.live(1)
    assert wearer.shows() == patterns.OK


def test_battery_low_unknown_and_back():
    wearer = Wearer()
    t_ms = wearer.t_ms
    core = wearer.core
    assert core.battery(3500, t_ms) == ()
    assert of(FAULT, core.battery(3499, t_ms)) == [(FAULT_BATTERY, CODE_LOW, 1)]
    assert core.battery(3400, t_ms) == () and core.battery(3599, t_ms) == ()
    assert of(FAULT, core.battery(3600, t_ms)) == [(FAULT_BATTERY, CODE_LOW, 0)]
    assert core.battery(3550, t_ms) == ()
    assert of(FAULT, core.battery(-1, t_ms)) == [(FAULT_BATTERY, CODE_FAILED, 1)] and core.battery(-1, t_ms) == ()
    assert of(FAULT, core.battery(3300, t_ms)) == [(FAULT_BATTERY, CODE_LOW, 1)]


def test_a_stuck_button_is_a_fault():
    wearer = Wearer()
    wearer.live(1)
    found = wearer.press(31000)
    assert of(FAULT, found) == [(FAULT_BUTTON, CODE_FAILED, 1)] and wearer.shows() == ranks.SOS
    assert of(FAULT, wearer.live(1)) == [(FAULT_BUTTON, CODE_FAILED, 0)]


def test_a_restored_fault_is_kept_until_its_source_has_spoken():
    wearer = Wearer()
    wearer.core.restore(ALARM_FAULT, ON, FAULT_MOTION, CODE_FAILED, START)
    assert wearer.core.faults.mask == 1 << FAULT_MOTION and wearer.shows() == ranks.FAULT
    found = wearer.live(1)
    assert of(FAULT, found) == [(FAULT_MOTION, CODE_FAILED, 0)] and alarms(found) == [(ALARM_FAULT, OFF)]


def test_heartbeat():
    wearer = Wearer(heartbeat_s=10)
    assert not wearer.core.heartbeat_due(wearer.t_ms)
    due = []
    for i in range(31):
        if wearer.core.heartbeat_due(add(START, i * 1000)):
            due.append(i)
    assert due == [10, 20, 30]
    wearer.core.fault(FAULT_LINK, CODE_FAILED, 1, START)
    wearer.core.fault(FAULT_GAS, CODE_FAILED, 1, START)
    mask = 1 << FAULT_LINK | 1 << FAULT_GAS
    assert wearer.core.heartbeat(119, -1, 50000, 70000, START) == (
        HEARTBEAT,
        START,
        1,
        0,
        50000,
        mask,
        65535,
        ALARM_FAULT,
    )


def test_an_ordinary_quarter_second_allocates_nothing():
    wearer = Wearer()
    wearer.live(8)
    core, block, t_ms = wearer.core, wearer.block, wearer.t_ms
    n = 0
    micropython.heap_lock()
    for i in range(400):
        block.mg = block.walk if i & 64 else block.rest
        t_ms = add(t_ms, 250)
        n += len(core.motion(block, t_ms))
        n += len(core.tick(t_ms))
    micropython.heap_unlock()
    assert n == 0
