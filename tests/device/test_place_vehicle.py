"""Riding: each state and symbol, a parked vehicle, one that passes, a ride, changing vehicles."""

import micropython
import ticks
from tag.place.vehicle import (
    ABOARD,
    AWAY,
    BOARD_MS,
    CARRIED,
    CLOSE,
    CLOSE_DBM,
    GONE,
    LEAVE_MS,
    NEAR,
    TABLE,
    WEAK,
    Vehicle,
)

EVERY_MS = 3000
START = (1 << 30) - 10000
LOCO = 7
OTHER = 8


class Ride:
    def __init__(self):
        self.t_ms = START
        self.vehicle = Vehicle(START)
        self.changes = []

    def windows(self, n, zone, dbm, beacon=LOCO):
        """n windows that hear the vehicle so loud (-128: not at all)."""
        for _ in range(n):
            self.t_ms = ticks.add(self.t_ms, EVERY_MS)
            if dbm > -128:
                self.vehicle.hear(beacon, dbm)
            if self.vehicle.window(zone, self.t_ms):
                self.changes.append(self.vehicle.state)
        return self.vehicle.state


def at(state):
    ride = Ride()
    if state != AWAY:
        ride.windows(1, 1, CLOSE_DBM)
    if state == ABOARD:
        ride.windows(6, 2, CLOSE_DBM)
    assert ride.vehicle.state == state
    return ride


def test_every_state_and_symbol():
    for state in (AWAY, NEAR, ABOARD):
        for symbol in (GONE, WEAK, CLOSE, CARRIED):
            if state == AWAY and symbol in (WEAK, CARRIED):
                continue  # nothing is close yet that could be weak, or carry
            ride = at(state)
            if symbol == GONE:
                ride.t_ms = ticks.add(ride.t_ms, LEAVE_MS - EVERY_MS)
            elif symbol == CARRIED:
                ride.t_ms = ticks.add(ride.t_ms, BOARD_MS)
            zone = 3 if symbol == CARRIED else 1
            ride.windows(1, zone, CLOSE_DBM - 1 if symbol == WEAK else CLOSE_DBM if symbol > WEAK else -128)
            assert ride.vehicle.state == TABLE[state][symbol], (state, symbol)
            assert (ride.vehicle.beacon < 0) == (ride.vehicle.state == AWAY)
    assert TABLE[AWAY][CARRIED] == NEAR and TABLE[AWAY][WEAK] == AWAY


def test_a_parked_vehicle_and_one_that_passes_carry_nobody():
    ride = Ride()
    assert ride.windows(200, 1, -45) == NEAR  # ten minutes beside it
    assert ride.windows(2, 2, -75) == NEAR and ride.windows(7, 2, -128) == AWAY
    assert ride.windows(2, 2, -50) == NEAR and ride.windows(8, 3, -90) == AWAY  # it passes as one walks on
    assert not ride.changes


def test_a_ride_where_the_zone_changes_and_its_end():
    ride = Ride()
    ride.windows(3, 1, -50)
    assert ride.windows(1, 0, -52) == NEAR  # another place, but not for long enough
    assert ride.windows(3, 0, -52) == ABOARD
    assert ride.windows(20, 5, -60) == ABOARD and ride.windows(5, 1, -80) == ABOARD  # the zone of the start too: a loop
    assert ride.windows(3, 5, -128) == AWAY
    assert ride.changes == [ABOARD, AWAY]


def test_a_place_that_is_found_beside_a_parked_vehicle_is_no_ride():
    ride = Ride()
    ride.windows(1, 0, -50)  # the tag has just started: no zone is known yet
    assert ride.windows(200, 3, -50) == NEAR and not ride.changes
    assert ride.windows(1, 4, -50) == ABOARD  # from there it goes on


def test_the_louder_vehicle_takes_over_by_ten_decibels():
    ride = at(ABOARD)
    ride.changes.clear()
    for other, state in ((CLOSE_DBM + 9, ABOARD), (CLOSE_DBM + 10, NEAR)):
        ride.vehicle.hear(LOCO, CLOSE_DBM)
        assert ride.windows(1, 3, other, OTHER) == state
    assert ride.vehicle.beacon == OTHER and ride.changes == [NEAR]
    assert ride.windows(6, 4, CLOSE_DBM + 10, OTHER) == ABOARD


def test_one_message_of_a_passing_vehicle_ends_no_ride():
    ride = at(ABOARD)
    ride.changes.clear()
    ride.windows(2, 0, -50)
    ride.windows(1, 0, -61, OTHER)  # its own was missed in this window
    assert ride.vehicle.state == ABOARD and ride.vehicle.beacon == LOCO
    assert ride.windows(100, 0, -50) == ABOARD and not ride.changes
    ride.windows(1, 0, -40, OTHER)
    assert ride.vehicle.beacon == OTHER, "10 dB louder than its own was"


def test_a_train_with_a_beacon_at_each_end_heard_in_turns_is_ridden():
    ride = Ride()
    for n in range(8):
        ride.windows(1, 1 + n // 4, -55, LOCO + n % 2)
    assert ride.changes == [ABOARD] and ride.vehicle.beacon == LOCO


def test_who_has_left_one_vehicle_rides_on_another():
    ride = at(ABOARD)
    ride.windows(1, 2, -50)
    assert ride.windows(LEAVE_MS // EVERY_MS, 2, -50, OTHER) == ABOARD, "its own is only missed so far"
    assert ride.windows(2, 2, -50, OTHER) == NEAR and ride.vehicle.beacon == OTHER


def test_after_weeks_beside_a_vehicle_a_ride_is_noticed():
    ride = at(NEAR)
    for _ in range(14 * 24 * 3600 // 15):
        ride.t_ms = ticks.add(ride.t_ms, 15000 - EVERY_MS)
        ride.windows(1, 1, -50)
        if ride.vehicle.state != NEAR:
            break
    assert ride.vehicle.state == NEAR
    assert ride.windows(6, 2, -50) == ABOARD


def test_nothing_is_allocated():
    ride = at(NEAR)
    micropython.heap_lock()
    try:
        ride.vehicle.hear(LOCO, -50)
        changed = ride.vehicle.window(2, ride.t_ms)
    finally:
        micropython.heap_unlock()
    assert not changed
