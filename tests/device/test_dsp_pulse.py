"""dsp.pulse: a rate where there is one, its gate reason by reason, no memory, and equal on every interpreter.

Errors over many made pulses, and NumPy's word: tests/host/test_pulse_numpy.py.
"""

from array import array

from dsp_bench import digest, noise

import micropython
from dsp import pulse
from dsp.pulse import BRIGHT, DARK, FAINT, FULL, MOST, MOVED, OK, SAMPLES, SHIFTED, SHORT, UNSTEADY, Pulse

LEVEL = 150000
# A beat in 32 parts, 0 to 100: the pulse wave, the notch, the second wave.
# fmt: off
BEAT = (0, 6, 22, 48, 75, 94, 100, 95, 84, 72, 62, 54, 48, 44, 42, 43, 46, 49, 50, 48, 44, 39, 34, 29, 24, 20, 16, 12, 9, 6, 3, 1)
# fmt: on
MEASURED = hasattr(micropython, "mem_total")


def made(bpm, height=900, level=LEVEL, shake=None):
    """Counts of a measurement: a steady pulse of `height` counts, less light where more blood is."""
    found = array("i", bytes(4 * SAMPLES))
    for i in range(SAMPLES):
        part = i * bpm * 32 * 64 // 1500  # 1/64 of a part
        a, b = BEAT[(part >> 6) % 32], BEAT[((part >> 6) + 1) % 32]
        found[i] = level - height * (a * 64 + (b - a) * (part & 63)) // 6400 + (shake[i] if shake else 0)
    return found


def measure(counts, block=5, motion_mg=0, into=None):
    found = into or Pulse()
    view = memoryview(counts)
    done = 0
    for at in range(0, SAMPLES, block):
        part = view[at : at + block]
        done += found.take(part, len(part), motion_mg)
    assert done == 1
    return found


def test_rates():
    for bpm in (40, 47, 60, 72, 85, 100, 119, 140, 160, 180):
        found = measure(made(bpm))
        assert found.why == OK and found.quality > 85, (bpm, found.why, found.quality)
        assert abs(found.bpm_q4 - 16 * bpm) <= 16, (bpm, found.bpm_q4)
        assert 28 < found.perfusion_e4 < 80 and abs(found.level - LEVEL) < 900, (found.perfusion_e4, found.level)


def test_no_heart_at_work_beats_like_that():
    for bpm in (34, 35, 36, 195, 205, 212):
        found = measure(made(bpm))
        assert found.why == UNSTEADY and found.bpm_q4 == 0, (bpm, found.bpm_q4)


def test_every_cut_into_blocks_says_the_same():
    counts = made(77)
    found = [measure(counts, block) for block in (1, 5, 7, 25, MOST)]
    told = [(one.bpm_q4, one.quality, one.perfusion_e4, one.level) for one in found]
    assert told == [told[0]] * 5, told


def test_nothing_is_known_before_the_end_and_nothing_added_after_it():
    counts = made(70)
    found = Pulse()
    assert found.why == SHORT and found.level == 0
    view = memoryview(counts)
    for at in range(0, SAMPLES - 5, 5):
        assert not found.take(view[at : at + 5], 5)
        assert found.bpm_q4 == 0 and found.why == SHORT
    assert found.take(view[SAMPLES - 5 :], 5)
    told = found.bpm_q4
    assert told and not found.take(view[:5], 5) and found.bpm_q4 == told
    found.restart()
    assert (found.bpm_q4, found.quality, found.why, found.level) == (0, 0, SHORT, 0)
    assert not found.take(view[:5], 0) and found.level == 0


def test_the_next_measurement_knows_nothing_of_the_one_before():
    found = Pulse()
    for counts, why in ((made(60), OK), (made(60, level=20000), DARK), (made(150), OK)):
        found.restart()
        measure(counts, into=found)
        fresh = measure(counts)
        assert found.why == why
        assert (found.bpm_q4, found.quality, found.perfusion_e4) == (fresh.bpm_q4, fresh.quality, fresh.perfusion_e4)


def test_why_a_rate_is_unknown():
    lifted = made(70)
    for i in range(200, SAMPLES):
        lifted[i] -= 17000
    glaring = made(70, level=250000)
    glaring[300] = FULL
    shaken = noise(3 * SAMPLES, 7)
    for counts, mg, why in (
        (made(70, level=30000), 0, DARK),
        (glaring, 0, BRIGHT),
        (made(70), 20, MOVED),
        (lifted, 0, SHIFTED),
        (made(70, height=40), 0, FAINT),
        (array("i", [LEVEL] * SAMPLES), 0, FAINT),
        (made(70, height=0, shake=[v // 20 for v in shaken[:SAMPLES]]), 0, UNSTEADY),
    ):
        found = measure(counts, 5, mg)
        assert (found.why, found.bpm_q4, found.quality) == (why, 0, 0), (why, found.why, found.bpm_q4)
    assert measure(made(70), 5, 19).why == OK


def test_one_moment_of_motion_is_enough():
    counts = memoryview(made(70))
    found = Pulse()
    for at in range(0, SAMPLES, 5):
        found.take(counts[at : at + 5], 5, 25 if at == 50 else 3)
    assert found.why == MOVED and found.motion_mg == 25


def test_every_other_beat_alike_is_no_rate():
    """Is it 90, or 45 with two waves? The beats must not say the first when it might be the second, nor the other way round."""
    slow, quick = made(45), made(90)
    for percent in (0, 30, 50):
        mixed = array("i", [(slow[i] * percent + quick[i] * (100 - percent)) // 100 for i in range(SAMPLES)])
        found = measure(mixed)
        assert found.bpm_q4 == 0 or abs(found.bpm_q4 - 16 * 90) < 32, (percent, found.bpm_q4)


def test_two_rates_in_one_measurement_are_none():
    quick, slow = made(120), made(80)
    found = measure(array("i", [quick[i] if i < 225 else slow[i] for i in range(SAMPLES)]))
    assert found.why == UNSTEADY and found.bpm_q4 == 0


def test_equal_on_every_interpreter():
    told = array("i")
    for bpm in (41, 66, 97, 133, 171):
        shake = [v // 200 for v in noise(SAMPLES, bpm)]
        found = measure(made(bpm, 300, shake=shake))
        told.extend(array("i", (found.bpm_q4, found.quality, found.perfusion_e4, found.why)))
        told.extend(found._periods)
    assert digest(told) == EXPECTED, digest(told)


EXPECTED = 794115


def test_the_largest_input_wraps_nowhere():
    for counts in (
        array("i", [FULL if i % 9 < 4 else 0 for i in range(SAMPLES)]),
        array("i", [0] * SAMPLES),
        array("i", [FULL] * SAMPLES),
        array("i", [LEVEL + (16000 if i % 8 < 4 else -300) for i in range(SAMPLES)]),
    ):
        found = measure(counts, MOST)
        assert 0 <= found.quality <= 100 and 0 <= found.perfusion_e4 < 1 << 30 and found.bpm_q4 < 16 * 220


def test_takes_no_memory():
    counts = memoryview(made(70))
    found = Pulse()
    parts = [counts[at : at + 25] for at in range(0, SAMPLES, 25)]
    total = micropython.mem_total() if MEASURED else 0
    none = micropython.mem_total() - total if MEASURED else 0
    for _ in range(2):
        found.restart()
        found.take(parts[0], 25, 5)  # settles the filter, whose frame is a large one: once a measurement
        total = micropython.mem_total() if MEASURED else 0
        micropython.heap_lock()
        try:
            i = 1
            while i < len(parts):
                found.take(parts[i], 25, 5)
                i += 1
        finally:
            micropython.heap_unlock()
        if MEASURED:
            assert micropython.mem_total() - total - none == 0
    assert found.bpm_q4 and pulse.RATE_HZ == 25
