"""Orders to the wearer: what each does, that a drill never touches a real evacuation, and what is told back, in every sequence."""

from tag.alarms.engine import Engine
from tag.alarms.orders import Orders
from tag.events import (
    ACKED,
    ALARM_EVACUATION,
    ALARM_MESSAGE,
    ALARM_SOS,
    ANSWERED,
    CAUSE_BUTTON,
    CAUSE_DRILL,
    CAUSE_REMOTE,
    DONE,
    DOWNLINK,
    HELP,
    MESSAGES,
    MSG_ACK,
    MSG_ALL_CLEAR,
    MSG_DRILL_START,
    MSG_DRILL_STOP,
    MSG_EVACUATE,
    MSG_HELP,
    MSG_SHIFT_END,
    MSG_TEXT,
    OFF,
    ON,
    REFUSED,
    SHOWN,
    UNKNOWN,
)
from tag.settings import DEFAULTS

START = (1 << 30) - 5


class Tag:
    """Engine and orders together, with the shift's end counted; as the core uses them."""

    def __init__(self):
        self.said = []
        self.ended = 0
        self.engine = Engine(DEFAULTS, self.said.append)
        self.orders = Orders(self.engine, self, self.said.append)

    def end_shift(self, t_ms):
        self.ended += 1

    def order(self, kind, ident=1, arg=0):
        return self.orders.obey(kind, ident, arg, START)

    def tick(self):
        self.orders.tick(START)

    def press(self):
        meant = self.engine.meant()
        self.orders.pressed(meant, START)
        self.engine.press(START, meant)

    def answers(self):
        """[(kind, ident, result), ...] since this was last asked."""
        found = [event[2:] for event in self.said if event[0] == DOWNLINK]
        self.said.clear()
        return found

    def reset(self):
        """Another life that knows what the journal knows: the last state, cause and value of each alarm."""
        other = Tag()
        for alarm in (ALARM_EVACUATION, ALARM_MESSAGE):
            if self.engine.state(alarm) != OFF:
                cause, value = self.engine._cause[alarm], self.engine.value(alarm)
                other.engine.restore(alarm, self.engine.state(alarm), cause, value, START)
                other.orders.restored(alarm, START)
        return other


def test_help():
    tag = Tag()
    assert tag.order(MSG_HELP, arg=ALARM_SOS) == REFUSED
    tag.engine.raised(ALARM_SOS, CAUSE_BUTTON, 0, START)
    assert tag.order(MSG_HELP, arg=ALARM_SOS) == DONE and tag.engine.state(ALARM_SOS) == HELP
    for arg in (0, 99, -1, None, "sos", 1 << 40):
        assert tag.order(MSG_HELP, arg=arg) == REFUSED, arg


def test_evacuate_and_all_clear():
    tag = Tag()
    assert tag.order(MSG_ALL_CLEAR) == DONE
    assert tag.order(MSG_EVACUATE, 70000) == DONE and tag.engine.state(ALARM_EVACUATION) == ON
    tag.press()
    assert tag.engine.state(ALARM_EVACUATION) == ACKED
    # the same order repeated makes no new noise; a new one does
    assert tag.order(MSG_EVACUATE, 70000) == DONE and tag.engine.state(ALARM_EVACUATION) == ACKED
    assert tag.order(MSG_EVACUATE, 70001) == DONE and tag.engine.state(ALARM_EVACUATION) == ON
    assert tag.order(MSG_ALL_CLEAR) == DONE and tag.engine.state(ALARM_EVACUATION) == OFF


def test_text_waits_for_a_press_and_tells_when_it_was_shown_and_answered():
    tag = Tag()
    assert tag.order(MSG_TEXT, 7, "go to refuge 4") == DONE and tag.engine.state(ALARM_MESSAGE) == ON
    tag.tick()
    tag.tick()
    assert tag.answers() == [(MSG_TEXT, 7, SHOWN)]
    tag.press()
    assert tag.answers() == [(MSG_TEXT, 7, ANSWERED)] and tag.engine.state(ALARM_MESSAGE) == OFF
    assert tag.order(MSG_TEXT, 8, 5) == REFUSED and tag.engine.state(ALARM_MESSAGE) == OFF
    # Beneath a higher alarm it is not shown, and a press means the other.
    tag.engine.raised(ALARM_SOS, CAUSE_BUTTON, 0, START)
    assert tag.order(MSG_TEXT, 9, "hold on") == DONE
    tag.tick()
    tag.press()
    assert tag.answers() == [] and tag.engine.state(ALARM_MESSAGE) == ON
    tag.engine.cancel(START)
    tag.tick()
    tag.press()
    assert tag.answers() == [(MSG_TEXT, 9, SHOWN), (MSG_TEXT, 9, ANSWERED)]


def test_a_drill_is_an_evacuation_that_says_so_and_yields_to_a_real_one():
    tag = Tag()
    assert tag.order(MSG_DRILL_STOP) == DONE and tag.engine.state(ALARM_EVACUATION) == OFF
    assert tag.order(MSG_DRILL_START, 5) == DONE and tag.engine.state(ALARM_EVACUATION) == ON
    assert tag.said[0][2:] == (ALARM_EVACUATION, ON, CAUSE_DRILL, 5)
    tag.tick()
    tag.press()
    assert tag.answers() == [(MSG_DRILL_START, 5, SHOWN), (MSG_DRILL_START, 5, ANSWERED)]
    # A real one with the same number is real all the same.
    assert tag.order(MSG_EVACUATE, 5) == DONE and tag.engine.state(ALARM_EVACUATION) == ON
    assert tag.order(MSG_DRILL_START, 6) == REFUSED
    assert tag.order(MSG_DRILL_STOP) == DONE and tag.engine.state(ALARM_EVACUATION) == ON
    tag.tick()
    tag.press()
    assert tag.answers() == [(MSG_EVACUATE, 5, SHOWN), (MSG_EVACUATE, 5, ANSWERED)]
    assert tag.order(MSG_ALL_CLEAR) == DONE and tag.engine.state(ALARM_EVACUATION) == OFF
    tag.order(MSG_DRILL_START, 9)
    assert tag.order(MSG_ALL_CLEAR) == DONE and tag.engine.state(ALARM_EVACUATION) == OFF
    tag.order(MSG_DRILL_START, 9)
    assert tag.order(MSG_DRILL_STOP) == DONE and tag.engine.state(ALARM_EVACUATION) == OFF


def test_shift_end_and_what_is_not_for_the_wearer():
    tag = Tag()
    assert tag.order(MSG_SHIFT_END) == DONE and tag.ended == 1
    mine = (MSG_HELP, MSG_EVACUATE, MSG_ALL_CLEAR, MSG_TEXT, MSG_SHIFT_END, MSG_DRILL_START, MSG_DRILL_STOP)
    for kind in [kind for kind in MESSAGES if kind not in mine] + [0, 99, -1, None, "x", 1 << 40]:
        assert tag.order(kind) == UNKNOWN, kind
    assert tag.said == [] and MSG_ACK in MESSAGES


# -- every sequence ----------------------------------------------------------------------------------------------------

INPUTS = (
    (MSG_EVACUATE, 1),
    (MSG_EVACUATE, 2),
    (MSG_ALL_CLEAR, 3),
    (MSG_DRILL_START, 1),
    (MSG_DRILL_START, 2),
    (MSG_DRILL_STOP, 4),
    (MSG_TEXT, 1),
    (MSG_TEXT, 2),
    "press",
    "tick",
    "reset",
)


def told(tag):
    return (tag.orders._state[ALARM_EVACUATION], tag.orders._state[ALARM_MESSAGE])


def key(tag):
    engine = tag.engine
    both = (ALARM_EVACUATION, ALARM_MESSAGE)
    return (
        tuple([(engine.state(a), engine._causes[a], engine._cause[a], engine.value(a)) for a in both]),
        told(tag),
    )


def made(path):
    """The tag after these inputs, and its answers to the last of them."""
    tag = Tag()
    answers = []
    for step in path:
        tag.said.clear()
        if step == "press":
            tag.press()
        elif step == "tick":
            tag.tick()
        elif step == "reset":
            tag = tag.reset()
        else:
            tag.order(step[0], step[1], "words")
        answers = tag.answers()
    return tag, answers


def test_every_sequence():
    seen = {key(Tag()): ()}
    todo = [()]
    moves = 0
    while todo:
        path = todo.pop()
        before, _ = made(path)
        for step in INPUTS:
            after, answers = made(path + (step,))
            moves += 1
            judge(before, step, after, answers)
            if key(after) not in seen:
                seen[key(after)] = path + (step,)
                todo.append(path + (step,))
    print("    orders:", len(seen), "states,", moves, "moves")
    assert len(seen) > 60


def judge(before, step, after, answers):
    real = before.engine.has(ALARM_EVACUATION, CAUSE_REMOTE)
    if real and step != (MSG_ALL_CLEAR, 3):
        assert after.engine.state(ALARM_EVACUATION) != OFF, "only the all clear ends what is real"
        assert after.engine.has(ALARM_EVACUATION, CAUSE_REMOTE) or step == "reset", step
    if step[0] == MSG_EVACUATE:
        assert after.engine.has(ALARM_EVACUATION, CAUSE_REMOTE) and after.engine.state(ALARM_EVACUATION) in (ON, ACKED)
    if before.engine.state(ALARM_MESSAGE) == ON and step != "press":
        assert after.engine.state(ALARM_MESSAGE) == ON, "a message stays until somebody presses"
    for _, ident, result in answers:
        assert ident in (1, 2)
        assert (result == SHOWN and step == "tick") or (result == ANSWERED and step == "press")
    assert len(answers) <= (1 if step in ("tick", "press") else 0)
    if step == "press":
        given, shown = (
            before.engine.shown(),
            [a for a in (ALARM_EVACUATION, ALARM_MESSAGE) if told(before)[a == 9] == 2],
        )
        assert bool(answers) == (given in shown), "a press answers what is shown and was told, and once"
