"""The Wi-Fi association: every row of its table against a second reading of it, pauses, and an access point that flaps."""

import ticks
from net.association import IDLE, JOIN, JOIN_MS, JOINING, LEAVE, MOST_MS, NOTHING, STEADY_MS, UP, Association
from net.backoff import Backoff

START = (1 << 30) - 20000  # ticks wrap in the middle


def longest(n):
    return 0


def shortest(n):
    return (1 << n) - 1


class Radio:
    """Steps an association every 100 ms and counts what it was told."""

    def __init__(self, bits=longest):
        self.t_ms = START
        self.machine = Association(Backoff(2000, MOST_MS, bits), START)
        self.told = []

    def run(self, ms, connected, refuse=False):
        for _ in range(ms // 100):
            self.step(connected, refuse)

    def step(self, connected, refuse=False):
        action = self.machine.step(connected, self.t_ms)
        if action == JOIN and refuse:
            action = self.machine.refused(self.t_ms)
        if action != NOTHING:
            self.told.append((action, ticks.diff(self.t_ms, START)))
        self.t_ms = ticks.add(self.t_ms, 100)
        return action


DEADLINE_MS = {IDLE: 2000, JOINING: JOIN_MS, UP: STEADY_MS}


def at(state):
    """An association that has just entered a state, and when its deadline there is."""
    radio = Radio()
    radio.step(False)
    entered_ms = START
    if state != JOINING:
        while radio.machine.state == JOINING:
            entered_ms = radio.t_ms
            radio.step(state == UP)
    assert radio.machine.state == state
    return radio.machine, ticks.add(entered_ms, DEADLINE_MS[state])


def expected(state, connected, due, complaint):
    """(action, next state) as the table at the head of net/association.py reads, row by row."""
    if state == IDLE:
        return (JOIN, JOINING) if due else (NOTHING, IDLE)
    if state == JOINING:
        if connected:
            return NOTHING, UP
        return (LEAVE, IDLE) if due else (NOTHING, JOINING)
    if connected and not complaint:
        return NOTHING, UP
    return LEAVE, IDLE


def test_every_state_meets_every_event_as_the_table_says():
    met = 0
    for state in (IDLE, JOINING, UP):
        for connected in (False, True):
            for due in (False, True):
                for complaint in (False, True):
                    machine, due_ms = at(state)
                    if complaint:
                        machine.complain()
                    t_ms = due_ms if due else ticks.add(due_ms, -1)
                    action = machine.step(connected, t_ms)
                    assert (action, machine.state) == expected(state, connected, due, complaint), (
                        state,
                        connected,
                        due,
                        complaint,
                        action,
                        machine.state,
                    )
                    met += 1
    assert met == 24


def test_a_radio_that_refuses_leaves_and_waits_longer_each_time():
    radio = Radio()
    radio.run(200000, False, refuse=True)
    assert radio.machine.state == IDLE
    assert all(action == LEAVE for action, _ in radio.told)
    gaps = [radio.told[n + 1][1] - radio.told[n][1] for n in range(len(radio.told) - 1)]
    assert gaps == [2000, 4000, 8000, 16000] + [30000] * (len(gaps) - 4), gaps


def test_it_tries_for_ever_and_the_radio_goes_off_and_on_for_each_try():
    radio = Radio()
    radio.run(3600000, False)
    joins = [t_ms for action, t_ms in radio.told if action == JOIN]
    leaves = [t_ms for action, t_ms in radio.told if action == LEAVE]
    assert 78 <= len(joins) <= 82 and abs(len(joins) - len(leaves)) <= 1  # 3600 s in tries of 15 s and pauses of 30 s
    assert joins[0] == 0 and leaves[0] == JOIN_MS


def test_chance_shortens_a_pause_to_half_and_no_more():
    slow, quick = Radio(longest), Radio(shortest)
    for radio in (slow, quick):
        radio.run(300000, False, refuse=True)
    assert slow.told[1][1] - slow.told[0][1] == 2000
    assert 1000 <= quick.told[1][1] - quick.told[0][1] <= 1100


def test_a_connection_that_holds_makes_the_next_pause_short_again_and_one_that_flaps_does_not():
    radio = Radio()
    radio.run(100000, False)
    while radio.machine.state != JOINING:
        radio.step(False)
    radio.run(STEADY_MS + 300, True)
    assert radio.machine.state == UP
    radio.told.clear()
    radio.run(2300, False)
    assert [action for action, _ in radio.told] == [LEAVE, JOIN]
    flapping = Radio()
    for _ in range(36000):
        flapping.step(flapping.machine.state == JOINING)  # accepted, and dropped at once
    joins = [t_ms for action, t_ms in flapping.told if action == JOIN]
    assert 115 <= len(joins) <= 130, len(joins)  # an hour in pauses of 30 s


def test_a_complaint_drops_the_connection_once():
    radio = Radio()
    radio.run(1000, True)
    assert radio.machine.state == UP
    radio.machine.complain()
    assert radio.step(True) == LEAVE
    radio.machine.complain()  # late, and about the connection that is gone
    radio.run(5000, True)
    assert radio.machine.state == UP and [action for action, _ in radio.told] == [JOIN, LEAVE, JOIN]


def test_a_week_of_being_connected_does_not_confuse_it():
    radio = Radio()
    radio.run(1000, True)
    for _ in range(14 * 8):
        radio.t_ms = ticks.add(radio.t_ms, 3 * 3600 * 1000)
        assert radio.machine.step(True, radio.t_ms) == NOTHING
    assert radio.machine.state == UP
    assert radio.machine.step(False, radio.t_ms) == LEAVE
