"""The core as a wearer meets it: man-down, SOS, help, evacuation. The clock wraps early in each story."""

from array import array

import ranks
from core_bench import START, Wearer, alarms, of
from motion_bench import FALL, blocks, sampled

from tag.alarms import patterns
from tag.events import (
    ACKED,
    ALARM,
    ALARM_EVACUATION,
    ALARM_MAN_DOWN,
    ALARM_SOS,
    BUTTON,
    CAUSE_CHECKIN,
    CAUSE_FALL,
    CAUSE_STILL,
    DONE,
    DOWNLINK,
    ESCALATED,
    HELP,
    MSG_ALL_CLEAR,
    MSG_EVACUATE,
    MSG_HELP,
    MSG_TEXT,
    OFF,
    ON,
    PRE,
    PRESS_LONG,
    PRESS_SHORT,
    REFUSED,
    STILL,
    UNKNOWN,
)
from tag.events import FALL as FALL_KIND
from ticks import add


def fall(wearer):
    """The wearer falls and lies; what was said."""
    found = []
    start = wearer.t_ms
    for block, t_ms in blocks(sampled(FALL, 100), 100, (25,)):
        wearer.t_ms = add(start, t_ms)
        found.extend(wearer.core.motion(block, wearer.t_ms))
        found.extend(wearer.core.tick(wearer.t_ms))
    return found


def test_stillness_counts_down_and_alarms():
    wearer = Wearer(still_s=20)
    assert wearer.live(5) == []
    found = wearer.live(21, moving=False)
    assert of(STILL, found) == [(20,)] and of(ALARM, found) == [(ALARM_MAN_DOWN, PRE, CAUSE_STILL, 20)]
    assert wearer.shows() == ranks.COUNTDOWN and 28 <= wearer.core.alarms.countdown_s(wearer.t_ms) <= 30
    assert alarms(wearer.live(31, moving=False)) == [(ALARM_MAN_DOWN, ON)]
    assert wearer.t_ms < START  # the ticks have wrapped
    # moved alone is not enough, nor pressed alone
    assert wearer.live(10) == [] and wearer.shows() == ranks.MAN_DOWN
    assert alarms(wearer.press()) == [(ALARM_MAN_DOWN, OFF)]


def test_moving_answers_a_countdown_after_stillness():
    wearer = Wearer(still_s=20)
    wearer.live(5)
    wearer.live(21, moving=False)
    assert alarms(wearer.live(3)) == [(ALARM_MAN_DOWN, OFF)]
    # and it takes the full time again
    assert alarms(wearer.live(19, moving=False)) == []
    assert alarms(wearer.live(3, moving=False)) == [(ALARM_MAN_DOWN, PRE)]


def test_a_press_answers_it_too_and_starts_the_time_anew():
    wearer = Wearer(still_s=20)
    wearer.live(5)
    wearer.live(21, moving=False)
    assert alarms(wearer.press()) == [(ALARM_MAN_DOWN, OFF)]
    assert alarms(wearer.live(19, moving=False)) == []
    assert alarms(wearer.live(3, moving=False)) == [(ALARM_MAN_DOWN, PRE)]


def test_pressed_while_lying_then_moved():
    wearer = Wearer(still_s=20)
    wearer.live(5)
    wearer.live(55, moving=False)
    assert alarms(wearer.press()) == [(ALARM_MAN_DOWN, ACKED)]
    assert alarms(wearer.live(3)) == [(ALARM_MAN_DOWN, OFF)]
    # pressed, and then still again: not answered for ever
    wearer.live(55, moving=False)
    assert alarms(wearer.press()) == [(ALARM_MAN_DOWN, ACKED)]
    assert alarms(wearer.live(22, moving=False)) == [(ALARM_MAN_DOWN, ON)]


def test_a_fall_counts_down_and_moving_is_no_answer():
    wearer = Wearer()
    found = fall(wearer)
    score, peak_mg, tilt_deg, age_ms = of(FALL_KIND, found)[0]
    assert len(of(FALL_KIND, found)) == 1 and score >= 100 and tilt_deg > 35 and age_ms <= 3400
    assert of(ALARM, found) == [(ALARM_MAN_DOWN, PRE, CAUSE_FALL, peak_mg)]
    assert alarms(wearer.live(10)) == [] and wearer.shows() == ranks.COUNTDOWN
    assert alarms(wearer.live(20)) == [(ALARM_MAN_DOWN, ON)]
    assert alarms(wearer.press()) == [(ALARM_MAN_DOWN, OFF)]  # moved before, acknowledged now


def test_the_alarm_is_said_before_its_reason():
    # Each event is on flash before the next: a power cut between the two must leave the alarm.
    assert [event[0] for event in fall(Wearer()) if event[0] in (ALARM, FALL_KIND)] == [ALARM, FALL_KIND]
    wearer = Wearer(still_s=20)
    wearer.live(5)
    assert [event[0] for event in wearer.live(21, moving=False)] == [ALARM, STILL]


def test_a_cancelled_fall_stays_cancelled():
    wearer = Wearer()
    fall(wearer)
    assert alarms(wearer.press()) == [(ALARM_MAN_DOWN, OFF)]
    assert alarms(wearer.live(40)) == []


def test_a_driver_is_not_asked_every_minute_and_found_when_he_faints():
    wearer = Wearer(still_s=20, vehicle_still_s=60)
    wearer.live(5)
    wearer.block.walk, wearer.block.engine = wearer.block.engine, wearer.block.walk
    lean = wearer.block.engine  # a quarter of a second of it: he looks over his shoulder
    for _ in range(4):
        assert wearer.live(50) == []
        assert wearer.feel(lean) == []
    # now he only sits, and the engine runs on
    assert wearer.live(57) == []
    found = wearer.live(5)
    assert of(STILL, found) == [(60,)] and of(ALARM, found) == [(ALARM_MAN_DOWN, PRE, CAUSE_STILL, 60)]
    # the engine is no answer, neither in the countdown nor after
    assert alarms(wearer.live(35)) == [(ALARM_MAN_DOWN, ON)]
    assert alarms(wearer.press()) == [(ALARM_MAN_DOWN, ACKED)]


def test_without_a_time_of_its_own_the_vehicle_has_that_of_stillness():
    wearer = Wearer(still_s=20, vehicle_still_s=0)
    wearer.live(5)
    wearer.block.walk = wearer.block.engine
    assert alarms(wearer.live(18)) == []
    assert alarms(wearer.live(4)) == [(ALARM_MAN_DOWN, PRE)]


def test_a_machine_that_starts_cancels_no_countdown():
    wearer = Wearer(still_s=20)
    wearer.live(5)
    assert alarms(wearer.live(22, moving=False)) == [(ALARM_MAN_DOWN, PRE)]
    wearer.block.walk = wearer.block.engine
    assert alarms(wearer.live(31)) == [(ALARM_MAN_DOWN, ON)]


def test_an_alarm_needs_both_the_move_and_the_press():
    for first in ("move", "press"):
        wearer = Wearer(still_s=20)
        wearer.live(5)
        wearer.live(55, moving=False)
        assert wearer.core.alarms.state(ALARM_MAN_DOWN) == ON
        if first == "move":
            assert wearer.live(3) == []
            assert alarms(wearer.press()) == [(ALARM_MAN_DOWN, OFF)]
        else:
            assert alarms(wearer.press()) == [(ALARM_MAN_DOWN, ACKED)]
            assert alarms(wearer.live(3)) == [(ALARM_MAN_DOWN, OFF)]


def test_who_does_not_check_in_is_asked_and_then_missed():
    wearer = Wearer(checkin_s=300)
    # motion is no answer, a press of any length begins the time anew
    assert wearer.live(290) == []
    wearer.press()
    assert wearer.live(298) == []
    found = wearer.live(3)
    assert of(ALARM, found) == [(ALARM_MAN_DOWN, PRE, CAUSE_CHECKIN, 300)] and wearer.shows() == ranks.COUNTDOWN
    assert alarms(wearer.live(28)) == []
    assert alarms(wearer.press()) == [(ALARM_MAN_DOWN, OFF)]
    assert wearer.live(299) == []
    assert alarms(wearer.live(32)) == [(ALARM_MAN_DOWN, PRE), (ALARM_MAN_DOWN, ON)]
    # who was asked is not asked again; nobody answers, so it escalates
    assert alarms(wearer.live(900)) == [(ALARM_MAN_DOWN, ESCALATED)]
    wearer.order(MSG_HELP, 9, ALARM_MAN_DOWN)
    assert alarms(wearer.live(400)) == []
    # the press is the answer, it takes no second one
    assert alarms(wearer.press()) == [(ALARM_MAN_DOWN, OFF)]
    assert wearer.live(298) == []


def test_a_check_in_missed_by_who_fell_needs_more_than_the_press_in_the_end():
    wearer = Wearer(checkin_s=300, still_s=1000)
    wearer.live(1)
    wearer.live(297, moving=False)
    fall(wearer)
    assert wearer.core.alarms.has(ALARM_MAN_DOWN, CAUSE_FALL) and wearer.core.alarms.has(ALARM_MAN_DOWN, CAUSE_CHECKIN)
    wearer.live(31, moving=False)
    assert alarms(wearer.press()) == [(ALARM_MAN_DOWN, ACKED)]  # nobody has seen him move
    assert not wearer.core.alarms.has(ALARM_MAN_DOWN, CAUSE_CHECKIN)


def test_nobody_is_asked_to_check_in_unless_it_is_set():
    wearer = Wearer()
    assert wearer.live(4000) == []


def test_a_restored_check_in_is_answered_by_a_press():
    wearer = Wearer(checkin_s=300)
    wearer.core.restore(ALARM_MAN_DOWN, ON, CAUSE_CHECKIN, 300, START)
    assert alarms(wearer.press()) == [(ALARM_MAN_DOWN, OFF)]


def test_an_sos_that_nobody_hears_escalates_until_help_knows():
    wearer = Wearer()
    wearer.live(2)
    wearer.press(3500)
    assert alarms(wearer.live(119)) == []
    assert alarms(wearer.live(2)) == [(ALARM_SOS, ESCALATED)] and wearer.shows() == ranks.ESCALATED
    assert alarms(wearer.press(200)) == []
    assert alarms(wearer.order(MSG_HELP, 5, ALARM_SOS)) == [(ALARM_SOS, HELP)]
    assert alarms(wearer.live(200)) == []
    assert alarms(wearer.press(3500)) == [(ALARM_SOS, OFF)]


def test_button_presses_are_recorded():
    wearer = Wearer()
    wearer.live(2)
    assert of(BUTTON, wearer.press(200)) == [(PRESS_SHORT, 200)]
    assert wearer.said[-1][0] == BUTTON
    found = wearer.press(3500)
    assert of(BUTTON, found) == [(PRESS_LONG, 3000)]


def test_sos_is_immediate_latched_and_cancelled_deliberately():
    wearer = Wearer()
    wearer.live(2)
    assert alarms(wearer.press(3500)) == [(ALARM_SOS, ON)] and wearer.shows() == ranks.SOS
    assert alarms(wearer.press(200)) == []
    assert alarms(wearer.press(3500)) == []  # too soon: begun within 5 s
    wearer.live(6)
    assert alarms(wearer.press(2500)) == []  # too short
    assert alarms(wearer.press(3500)) == [(ALARM_SOS, OFF)]
    assert alarms(wearer.press(3500)) == [(ALARM_SOS, ON)]


def test_one_endless_press_does_not_cancel_its_own_sos():
    wearer = Wearer()
    wearer.live(2)
    assert alarms(wearer.press(25000)) == [(ALARM_SOS, ON)]


def test_an_sos_of_a_week_can_still_be_cancelled():
    wearer = Wearer()
    wearer.live(1)
    assert alarms(wearer.press(3500)) == [(ALARM_SOS, ON)]
    wearer.t_ms = add(wearer.t_ms, (1 << 29) + 60000)  # further than ticks can tell before from after
    assert (ALARM_SOS, OFF) in alarms(wearer.press(3500))


def test_the_hold_time_of_sos_is_a_setting():
    wearer = Wearer(sos_hold_s=5)
    wearer.live(2)
    assert alarms(wearer.press(4900)) == [] and alarms(wearer.press(5000)) == [(ALARM_SOS, ON)]


def test_help_knows_is_shown_and_recorded():
    wearer = Wearer()
    wearer.live(2)
    assert of(DOWNLINK, wearer.order(MSG_HELP, 4, ALARM_SOS)) == [(MSG_HELP, 4, REFUSED)]
    wearer.press(3500)
    found = wearer.order(MSG_HELP, 5, ALARM_SOS)
    assert alarms(found) == [(ALARM_SOS, HELP)] and of(DOWNLINK, found) == [(MSG_HELP, 5, DONE)]
    assert wearer.shows() == ranks.HELP_KNOWS


def test_evacuation_with_receipt_and_all_clear():
    wearer = Wearer()
    wearer.live(2)
    found = wearer.order(MSG_EVACUATE, 9, 0)
    assert alarms(found) == [(ALARM_EVACUATION, ON)] and wearer.shows() == ranks.EVACUATION
    assert alarms(wearer.press()) == [(ALARM_EVACUATION, ACKED)] and wearer.shows() == ranks.ACKED
    assert wearer.live(60) == []
    found = wearer.order(MSG_ALL_CLEAR, 10, 0)
    assert alarms(found) == [(ALARM_EVACUATION, OFF)] and wearer.live(1) == [] and wearer.shows() == patterns.OK


def test_no_order_whatever_it_is_raises():
    wearer = Wearer()
    for message in (
        (99, 7, 0),
        (0, 0, 0),
        (-1, 70000, 0),
        ("x", 1, 2),
        (1 << 40, 1 << 40, 0),
        (None, None, None),
        (),
        (3,),
        None,
        5,
        "evacuate",
        b"xx",
        [99, 1],
        (True, 1, 1),
        (MSG_TEXT, 1, b"bytes"),
    ):
        found = wearer.core.downlink(message, wearer.t_ms)
        assert found[-1][0] == DOWNLINK and found[-1][4] in (UNKNOWN, REFUSED, DONE), message
        assert 0 <= found[-1][2] <= 255 and 0 <= found[-1][3] <= 65535
    assert wearer.order(77, 5, 0) == [(DOWNLINK, wearer.t_ms, 77, 5, UNKNOWN)]


def test_a_reset_brings_back_sos_and_man_down():
    wearer = Wearer(still_s=20)
    assert wearer.core.restore(ALARM_SOS, ON, 3, 0, START) == ()
    assert wearer.core.restore(ALARM_MAN_DOWN, PRE, CAUSE_STILL, 20, START) == ()
    assert wearer.shows() == ranks.SOS and wearer.core.alarms.countdown_s(START) == 30
    found = wearer.live(31, moving=False)
    assert alarms(found) == [(ALARM_MAN_DOWN, ON)]
    assert alarms(wearer.press(3500)) == [(ALARM_SOS, OFF)]


def test_nobody_has_seen_a_restored_man_move():
    wearer = Wearer()
    wearer.core.restore(ALARM_MAN_DOWN, ON, CAUSE_FALL, 3000, START)
    assert wearer.live(1, motion=False) == []
    wearer.block.n = 0
    assert alarms(wearer.press()) == [(ALARM_MAN_DOWN, ACKED)]


def test_an_alarm_that_cannot_be_is_ignored_at_boot():
    wearer = Wearer()
    for row in ((0, 1, 1, 0), (200, 2, 1, 0), (1, 2, 200, 0), (2, 2, 29, 0), (3, 77, 1, 0)):
        assert wearer.core.restore(row[0], row[1], row[2], row[3], START) == ()
    assert isinstance(wearer.block.mg, array)
