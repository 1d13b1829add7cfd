"""The reaction test: every state with every input, medians, guesses and misses, over the wrap of the ticks."""

import micropython
from tag.fatigue.reaction import DONE, GO, IDLE, TRIALS, WAITING, Reaction
from ticks import add, diff

WRAP = (1 << 30) - 5000


def to_light(test, t_ms):
    """Wait until the light comes on; when it did."""
    assert test.state == WAITING and not test.light
    assert not test.tick(add(test.due_ms, -1)) and not test.light
    t_ms = test.due_ms
    assert test.tick(t_ms) and test.light
    return t_ms


def run(times, seed=7):
    """A test whose presses take so many ms; 0 is a miss."""
    test = Reaction()
    test.start(WRAP, seed)
    t_ms = WRAP
    for taken in times:
        t_ms = to_light(test, t_ms)
        if taken:
            t_ms = add(t_ms, taken)
            test.press(t_ms)
        else:
            t_ms = test.due_ms
            assert not test.tick(add(t_ms, -1)) and test.tick(t_ms)
    return test


def test_the_median_of_five():
    test = run((310, 250, 900, 260, 280))
    assert (test.state, test.median_ms, test.misses, test.early) == (DONE, 280, 0, 0)
    assert test.per_cent(280) == 100 and test.per_cent(200) == 140
    assert test.per_cent(0) == 0 and Reaction().per_cent(250) == 0


def test_a_miss_is_two_seconds_and_the_median_bears_two():
    test = run((300, 0, 250, 0, 260))
    assert (test.state, test.median_ms, test.misses) == (DONE, 300, 2)
    assert run((0, 0, 0, 0, 0)).median_ms == 2000


def test_a_late_press_before_the_tick_is_a_miss_in_time():
    test = Reaction()
    test.start(0, 1)
    for _ in range(TRIALS):
        test.press(add(to_light(test, 0), 60000))
    assert test.median_ms == 2000


def test_the_wait_cannot_be_known():
    found = set()
    for seed in range(60):
        test = Reaction()
        test.start(WRAP, seed * 977)
        for _ in range(TRIALS):
            t_ms = add(to_light(test, 0), 200)
            test.press(t_ms)
            if test.state == WAITING:
                wait_ms = diff(test.due_ms, t_ms)
                assert 2000 <= wait_ms < 6000
                found.add(wait_ms // 500)
    assert len(found) == 8


def test_who_presses_before_the_light_begins_anew_and_the_fourth_time_it_is_over():
    test = Reaction()
    test.start(WRAP, 3)
    t_ms = WRAP
    for n in range(1, 4):
        t_ms = add(t_ms, 100)
        test.press(t_ms)
        assert test.state == WAITING and test.early == n and diff(test.due_ms, t_ms) >= 2000
    test.press(add(t_ms, 100))
    assert test.state == IDLE and test.median_ms == 0


def test_a_guess_is_no_answer():
    test = Reaction()
    test.start(0, 3)
    test.press(add(to_light(test, 0), 99))
    assert test.state == WAITING and test.early == 1
    test.press(add(to_light(test, 0), 100))
    assert test.early == 1 and test._n == 1


def test_every_state_and_every_input():
    for state in (IDLE, WAITING, GO, DONE):
        for name, want in (
            ("start", (WAITING, WAITING, WAITING, WAITING)),
            ("press", (IDLE, WAITING, WAITING, DONE)),
            ("due", (IDLE, GO, WAITING, DONE)),
            ("stop", (IDLE, IDLE, IDLE, DONE)),
        ):
            test = run((200,) * TRIALS) if state == DONE else Reaction()
            if state in (WAITING, GO):
                test.start(0, 5)
            if state == GO:
                to_light(test, 0)
            assert test.state == state
            if name == "start":
                test.start(10, 9)
            elif name == "press":
                test.press(add(test.due_ms, -1000))
            elif name == "due":
                test.tick(test.due_ms)
            else:
                test.stop()
            assert test.state == want[state], (state, name)
            assert test.light == (test.state == GO)


def test_a_start_in_the_middle_forgets_what_was():
    test = Reaction()
    for _ in range(2):
        test.start(WRAP, 7)
        for taken in (1500, 1600, 1700):
            test.press(add(to_light(test, 0), taken))
    assert test.state == WAITING and test.median_ms == 0
    test.start(WRAP, 7)
    for taken in (200, 210, 220, 230, 240):
        test.press(add(to_light(test, 0), taken))
    assert (test.state, test.median_ms) == (DONE, 220)


def test_nothing_allocates():
    test = Reaction()
    micropython.heap_lock()
    test.start(0, 5)
    for _ in range(TRIALS):
        test.tick(test.due_ms)
        test.press(test.due_ms - 1700)
    told = test.per_cent(300)
    micropython.heap_unlock()
    assert test.state == DONE and told == 100
