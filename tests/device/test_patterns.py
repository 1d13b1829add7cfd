"""Patterns and their player: what each says to eye, ear and hand, and that it plays in time."""

import ranks

import micropython
from tag.alarms import patterns, table
from tag.alarms.patterns import PATTERNS, SHOWN, Player
from tag.events import (
    ACKED,
    ALARM_FAULT,
    ALARM_GAS_HIGH,
    ALARM_GAS_LOW,
    ALARM_MAN_DOWN,
    ALARM_MESSAGE,
    ALARM_PEER,
    ALARM_WARNING,
    ALARM_WEAR,
    ESCALATED,
    HELP,
    OFF,
    ON,
    PRE,
)
from ticks import add

START = (1 << 30) - 1500  # ticks just before they wrap
LOUD = (
    ranks.WEAR,
    ranks.FAULT,
    ranks.PEER,
    ranks.GAS_LOW,
    ranks.COUNTDOWN,
    ranks.GAS_HIGH,
    ranks.MAN_DOWN,
    ranks.SOS,
    ranks.ESCALATED,
    ranks.EVACUATION,
)


def length_ms(steps):
    return sum([step[0] for step in steps])


def test_every_step_is_within_what_the_outputs_can_do():
    assert len(PATTERNS) == ranks.EVACUATION + 1
    for steps, again in PATTERNS:
        assert 0 <= again < len(steps)
        for ms, rgb, hz, motor in steps:
            assert ms == 0 or 50 <= ms <= 10000
            assert 0 <= rgb <= 0xFFFFFF and (hz == 0 or 1000 <= hz <= 4000) and 0 <= motor <= 100
        assert len([1 for step in steps if step[0] == 0]) <= 1


def test_what_is_loud_has_light_sound_and_motor():
    for pattern in LOUD:
        steps, again = PATTERNS[pattern]
        for k in (1, 2, 3):
            assert any([step[k] for step in steps[again:]]), (pattern, k)
        # and is never silent for more than 5 s
        silent_ms = 0
        for step in steps[again:] + steps[again:]:
            silent_ms = 0 if step[2] else silent_ms + step[0]
            assert silent_ms <= 5000, pattern


def test_all_patterns_differ():
    for a in range(len(PATTERNS)):
        for b in range(a):
            assert PATTERNS[a] != PATTERNS[b], (a, b)


def test_every_alarm_and_state_shows_something():
    assert len(SHOWN) == len(table.KINDS) + 1
    for alarm in table.KINDS:
        assert len(SHOWN[alarm]) == 6 and SHOWN[alarm][OFF] == patterns.DARK
        for state in (PRE, ON, ACKED, HELP, ESCALATED):
            assert SHOWN[alarm][state] > patterns.NOT_READY
        loud = {ALARM_WARNING: (ranks.WARNING,), ALARM_MESSAGE: (ranks.MESSAGE,)}.get(alarm, LOUD)
        assert SHOWN[alarm][ON] in loud and SHOWN[alarm][ESCALATED] in loud
        assert SHOWN[alarm][ESCALATED] >= SHOWN[alarm][ON]
        assert alarm == ALARM_WEAR or SHOWN[alarm][ACKED] not in LOUD
    # by priority, but a countdown is a question and stands below the order to leave
    least = [ALARM_MESSAGE, ALARM_WARNING, ALARM_WEAR, ALARM_FAULT, ALARM_PEER]
    on = [SHOWN[alarm][ON] for alarm in least + sorted(set(table.KINDS) - set(least))]
    assert on == sorted(on)
    assert ranks.ESCALATED > max(on[:-1]) and ranks.ESCALATED < on[-1]
    assert SHOWN[ALARM_GAS_LOW][ON] < SHOWN[ALARM_MAN_DOWN][PRE] < SHOWN[ALARM_GAS_HIGH][ON]


def test_gas_at_a_level_is_never_silent_but_for_the_5_s():
    for alarm in (ALARM_GAS_LOW, ALARM_GAS_HIGH):
        for state in (ON, ACKED, HELP):
            pattern = SHOWN[alarm][state]
            sounds = any([step[2] for step in PATTERNS[pattern][0]])
            assert sounds == (pattern != ranks.GAS_HUSHED), (alarm, state)
    assert (
        SHOWN[ALARM_GAS_HIGH][ACKED] == ranks.GAS_HUSHED
        and table.timed(ALARM_GAS_HIGH, ACKED)
        and table.BRIEF_MS == 5000
    )
    # what stands above calm gas sounds too, or lasts 5 s
    for pattern in range(ranks.GAS_ACKED + 1, len(PATTERNS)):
        assert pattern == ranks.GAS_HUSHED or any([step[2] for step in PATTERNS[pattern][0]])


def test_the_countdown_shakes_harder_and_harder():
    steps, again = PATTERNS[ranks.COUNTDOWN]
    beats = [step[3] for step in steps if step[3]]
    assert beats == sorted(beats) and len(set(beats)) == len(beats) and beats[-1] == 100
    assert 5000 <= length_ms(steps[:again]) <= 20000
    # even in the shortest countdown that can be set, 5 s, there are three degrees of it
    t_ms = 0
    felt = set()
    for step in steps:
        if t_ms < 5000 and step[3]:
            felt.add(step[3])
        t_ms += step[0]
    assert len(felt) >= 3


def test_an_early_warning_is_heard_and_felt_but_leaves_the_wearer_to_work():
    steps, again = PATTERNS[ranks.WARNING]
    for k in (1, 2, 3):
        assert any([step[k] for step in steps]), k
    assert sum([step[0] for step in steps if step[2]]) * 10 < length_ms(steps) <= 10000 and again == 0
    # nothing that asks for a deed is covered by it
    assert ranks.WARNING < min(LOUD)


def test_the_question_to_a_dropped_tag_is_gentle():
    steps, _ = PATTERNS[ranks.WEAR]
    assert max([step[3] for step in steps]) <= 40 and sum([step[0] for step in steps if step[2]]) * 10 < length_ms(
        steps
    )


def played(player, pattern, ms, step_ms=20, start=START):
    """[(ms, rgb, hz, motor)] of the changes while a pattern plays."""
    found = []
    t = 0
    while t < ms:
        if player.step(pattern, add(start, t)):
            found.append((t, player.r << 16 | player.g << 8 | player.b, player.hz, player.motor))
        t += step_ms
    return found


def test_the_player_follows_the_table():
    for pattern in LOUD:
        steps, again = PATTERNS[pattern]
        found = played(Player(), pattern, 12000, 5)
        t = i = 0
        shown = (0, 0, 0)
        expected = []
        while t < 12000:
            if steps[i][1:] != shown:
                shown = steps[i][1:]
                expected.append((t,) + shown)
            t += steps[i][0]
            i = i + 1 if i < len(steps) - 1 else again
        assert found == expected, pattern


def test_the_confidence_signal_comes_once_in_its_period():
    for confidence_s in (30, 60):
        found = played(Player(confidence_s), patterns.OK, confidence_s * 2000 + 100)
        times = [row[0] for row in found if row[2]]
        assert times == [0, confidence_s * 1000, confidence_s * 2000], times
        assert all([row[3] == 0 for row in found])


def test_a_new_pattern_starts_at_once_from_its_first_step():
    player = Player()
    played(player, patterns.OK, 1000)
    assert player.hz == 0
    assert player.step(ranks.GAS_HIGH, add(START, 1001)) and player.hz and player.motor == 100
    assert (
        player.step(patterns.DARK, add(START, 1002))
        and (player.r, player.g, player.b, player.hz, player.motor) == (0,) * 5
    )
    assert not player.step(patterns.DARK, add(START, 1500))


def test_a_player_that_was_not_called_starts_anew():
    player = Player()
    player.step(ranks.SOS, START)
    t_ms = add(START, 400000)
    player.step(ranks.SOS, t_ms)
    assert player.hz  # the first dot
    assert [row[0] for row in played(player, ranks.SOS, 700, start=t_ms)] == [160, 300, 460, 600]


def test_the_player_allocates_nothing():
    player = Player()
    t_ms = START
    n = 0
    micropython.heap_lock()
    for pattern in range(len(PATTERNS)):
        for _ in range(100):
            t_ms = add(t_ms, 50)
            if player.step(pattern, t_ms):
                n += 1
    micropython.heap_unlock()
    assert n > 100
