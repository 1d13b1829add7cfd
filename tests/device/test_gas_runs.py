"""Runs of readings: what ends one, and that a run unpacks to just what went in."""

import quality
from tag.events import CO, READING, READINGS
from tag.gas import runs
from ticks import add

START = (1 << 30) - 25000  # ticks wrap inside


def unpacked(event, period_ms=10000):
    """[(t_ms, value), ...] of an event, as the gateway reads it."""
    if event[0] == READING:
        return [(event[1], event[4])]
    assert event[0] == READINGS
    steps = [b - 256 if b > 127 else b for b in event[6]]
    values = [event[5]]
    for step in steps:
        values.append(values[-1] + step)
    n = len(values)
    return [(add(event[1], -(n - 1 - i) * period_ms), values[i]) for i in range(n)]


def fed(values, most=6, late_ms=0):
    """(readings as they come out, number of events) of values every ten seconds."""
    run = runs.new(10, most)
    out = []
    events = 0
    for i in range(len(values)):
        t_ms = add(START, i * 10000 + late_ms)
        if not runs.add(run, values[i], 0, t_ms):
            out += unpacked(runs.take(run, CO))
            events += 1
            assert runs.add(run, values[i], 0, t_ms)
        if runs.full(run):
            out += unpacked(runs.take(run, CO))
            events += 1
            assert run[0] == 0
    if run[0]:
        out += unpacked(runs.take(run, CO))
        events += 1
    return out, events


def test_what_comes_out_is_what_went_in():
    for values in ([0] * 20, [5, 132, 4, 131, 3], [-32768, 32767, 32640, -1, 126, 127, 255], list(range(0, -40, -1))):
        out, _ = fed(values)
        assert [value for _, value in out] == values
        assert [t_ms for t_ms, _ in out] == [add(START, i * 10000) for i in range(len(values))]


def test_a_step_beyond_a_byte_begins_anew():
    assert fed([0, 127, -1]) == ([(START, 0), (add(START, 10000), 127), (add(START, 20000), -1)], 1)
    assert fed([0, 128])[1] == fed([0, -129])[1] == 2
    assert fed([0] * 6)[1] == 1 and fed([0] * 7)[1] == 2 and fed([0] * 7, most=1)[1] == 7


def test_what_does_not_follow_is_refused_and_changes_nothing():
    run = runs.new(10, 6)
    assert runs.add(run, 7, quality.OK, START) and runs.add(run, 8, quality.OK, add(START, 10000))
    for q, after_ms in ((quality.CAL_DUE, 10000), (quality.OK, 4999), (quality.OK, 15001), (quality.OK, -10000)):
        assert not runs.add(run, 8, q, add(START, 10000 + after_ms))
    assert runs.take(run, CO) == (READINGS, add(START, 10000), CO, quality.OK, 10, 7, b"\x01")
    assert runs.add(run, 9, quality.FAILED, START) and runs.take(run, CO) == (READING, START, CO, quality.FAILED, 9)


def test_a_period_not_kept_exactly_still_makes_a_run():
    run = runs.new(10, 6)
    t_ms = START
    for wait_ms in (0, 5000, 15000, 10200, 9900, 10000):
        t_ms = add(t_ms, wait_ms)
        assert runs.add(run, 1, 0, t_ms)
    assert runs.full(run) and runs.take(run, CO)[1] == t_ms
