"""Numbers over a reset: all of a monitor comes back as it was, and no bytes whatever make it fail later."""

from fatigue_rig import Worker, fatigue

from tag.fatigue.index import ALERTNESS, DRIFT, HIGH, NONE, RESTED, UNKNOWN
from tag.fatigue.keeping import Keeping


def kept(monitor):
    """Its bytes."""
    counting = Keeping(b"", True)
    monitor.keep(counting)
    data = bytearray(counting.at)
    writing = Keeping(data, True)
    monitor.keep(writing)
    assert not writing.bad and writing.at == len(data) and counting.bad
    return data


def given(data, **settings):
    """A new core that has read them; whether they could be."""
    worker = Worker(**settings)
    reading = Keeping(data, False)
    worker.monitor.keep(reading)
    return worker, not reading.bad


def test_a_number_and_its_range():
    data = bytearray(12)
    writing = Keeping(data, True)
    assert [writing.number(v, -5, 1 << 30) for v in (-5, 7, 1 << 30)] == [-5, 7, 1 << 30]
    assert not writing.bad and writing.at == 12
    writing.number(0, 0, 1)
    assert writing.bad, "there is no room for a fourth"
    reading = Keeping(data, False)
    assert [reading.number(0, -5, 1 << 30) for _ in range(3)] == [-5, 7, 1 << 30] and not reading.bad
    for low, high in ((-4, 0), (-9, -6)):
        reading = Keeping(data, False)
        assert reading.number(3, low, high) == 3 and reading.bad
    clipping = Keeping(data, True)
    clipping.number(99, 0, 9)
    assert data[0] == 9


def test_all_of_it_comes_back():
    worker = Worker()
    worker.live(420, 480)
    worker.live(1201, 540, 75)
    worker.monitor.testing.rested_ms = 310
    data = kept(worker.monitor)
    assert len(data) < 600
    again, good = given(data)
    assert good and kept(again.monitor) == data
    assert again.monitor.index.level == worker.monitor.index.level == HIGH
    assert again.monitor.testing.rested_ms == 310 and again.monitor.shift.minutes == 27
    assert again.monitor.ledger.steps == worker.monitor.ledger.steps


def test_which_part_has_warned_is_still_known_after_a_reset():
    worker = Worker()
    worker.live(420, 480)
    index = worker.monitor.index
    assert index.level == RESTED
    index.set(ALERTNESS, 90, 60)
    index.judge()
    again, good = given(kept(worker.monitor))
    # the clock is not set: nobody knows the time of day
    again.live(130, 480)
    index = again.monitor.index
    assert good and (index.part(ALERTNESS), index.level) == (NONE, HIGH) and 0 <= index.part(DRIFT) < 30
    index.set(ALERTNESS, 10, 60)
    index.judge()
    assert index.level == RESTED


def test_what_is_usual_is_still_known_after_a_reset_in_mid_shift():
    worker = Worker()
    worker.live(420, 480)
    assert worker.monitor.index.level == RESTED
    again, good = given(kept(worker.monitor))
    assert good
    found = fatigue(again.live(900, 540, 75))
    assert found[0]["drift"] > 0 and found[-1]["level"] == HIGH
    # without it the tired walk is what is usual
    fresh = Worker()
    fresh.live(900, 540, 75)
    assert fresh.monitor.index.level == RESTED


def test_in_the_middle_of_the_learning_too():
    worker = Worker()
    worker.live(150, 480)
    assert worker.monitor.watch.drift.windows == 1
    again, good = given(kept(worker.monitor))
    assert good
    again.live(300, 480)
    assert again.monitor.index.level == RESTED


def test_forgotten_is_as_new():
    worker = Worker()
    worker.live(420, 480)
    worker.core.shift_end(worker.t_ms)
    worker.live(420, 480)
    worker.monitor.forget()
    assert kept(worker.monitor)[:20] == kept(Worker().monitor)[:20]
    worker.live(430, 480)
    fresh = Worker()
    fresh.live(430, 480)
    for i in range(8):
        assert abs(worker.monitor.watch.drift.spread_q4(i) - fresh.monitor.watch.drift.spread_q4(i)) <= 16 * 40
    assert worker.monitor.index.level in (UNKNOWN, RESTED)


def test_no_bytes_make_it_fail_later():
    worker = Worker()
    worker.live(420, 480)
    good = kept(worker.monitor)
    seed = 5
    taken = refused = 0
    for round_ in range(len(good) // 4 * 3):
        data = bytearray(good)
        # one number is another: of the file's own, or any
        at = round_ % (len(good) // 4) * 4
        seed = (seed * 1103515245 + 12345) & 0x3FFFFFFF
        other = (bytes(4), b"\xff\xff\xff\x7f", (seed & 0x3FFF).to_bytes(4, "little"))[round_ * 4 // len(good)]
        data[at : at + 4] = other
        again, believed = given(data, window_s=60)
        taken += believed
        refused += not believed
        if not believed:
            again.monitor.forget()
        drift = again.monitor.watch
        for values in ((32767,) * 8, (-32768,) * 8, (0,) * 8):
            drift.take(values, 255, again.monitor.index)
        drift.take((100,) * 8, 0, again.monitor.index)
        again.monitor._minute(61, again.t_ms)
        assert 0 <= again.monitor.index.level <= HIGH and -1 <= again.monitor.index.index <= 100
    assert taken > 50 and refused > 50, (taken, refused)
    for short in (0, 1, 3, 4, len(good) - 1):
        assert not given(good[:short])[1]
