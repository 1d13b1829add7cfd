"""Zero, span and bump test as a state machine: each state with each input, the judgements at their limits, no wait without end."""

import quality
from tag.events import CH4, CO, CO2, GASES, H2S, NH3, NO, NO2, O2, SO2
from tag.gas import acts
from tag.gas.acts import BUMP, CANCELLED, FAILED, PASSED, SPAN, TIMED_OUT, UNSTABLE, ZERO
from tag.gas.calibration import CLEAN, DONE, GAS, READY, RISE, SETTLE, Calibration

START = 2**30 - 60000  # ticks wrap in every test
GAS_COUNTS = 1000  # 100 ppm of CO
UNUSABLE = (quality.WARMING, quality.UNDER, quality.OVER, quality.STALE, quality.FAILED)


class Bench:
    """An act, and a clock that wraps."""

    def __init__(self, act, gas=CO, applied=GAS_COUNTS, zero=0, gain_q12=4096, t90_s=30, percent=50, within_s=0):
        self.s = 0.0
        self.act = Calibration(act, gas, applied, zero, gain_q12, t90_s, self.t_ms(), percent, within_s)

    def t_ms(self):
        return (START + int(self.s * 1000)) & 0x3FFFFFFF

    def feed(self, value, q=quality.OK, after_s=1.0):
        self.s += after_s
        self.act.feed(value, q, self.t_ms())
        return self.act.state

    def hold(self, value, seconds, q=quality.OK):
        """The same reading, once a second, until the act has ended or so long."""
        for _ in range(seconds):
            if self.act.outcome:
                return
            self.feed(value, q)

    def ended(self):
        return self.act.state, self.act.outcome, self.act.zero, self.act.gain_q12


def in_state(act, state):
    """An act brought into a state the ordinary way; None where it never is in that state."""
    bench = Bench(act, applied=0 if act == ZERO else GAS_COUNTS)
    if state == READY:
        return bench
    if act == ZERO:
        if state == SETTLE:
            bench.feed(5)
            return bench
        if state == DONE:
            bench.hold(5, 60)
            return bench
        return None
    bench.feed(300)
    if state == CLEAN:
        return bench
    bench.feed(0)
    if state == GAS:
        return bench
    bench.feed(300)
    if state == (RISE if act == BUMP else SETTLE):
        return bench
    if state == DONE:
        bench.hold(900, 60)
        return bench
    return None


# the next state for: an unusable reading, clean air, a tenth and a bit, a fifth, nearly enough, enough, cancelled, late
NAMES = ("unusable", 0, 150, 200, 499, 500, "cancel", "late")
_BUMP_AND_SPAN = {
    READY: (READY, GAS, CLEAN, CLEAN, CLEAN, CLEAN, DONE, DONE),
    CLEAN: (CLEAN, GAS, CLEAN, CLEAN, CLEAN, CLEAN, DONE, DONE),
}
TABLE = {
    ZERO: {
        READY: (READY, SETTLE, SETTLE, SETTLE, SETTLE, SETTLE, DONE, DONE),
        SETTLE: (SETTLE, SETTLE, SETTLE, SETTLE, SETTLE, SETTLE, DONE, DONE),
        DONE: (DONE,) * 8,
    },
    SPAN: {
        GAS: (GAS, GAS, GAS, SETTLE, SETTLE, SETTLE, DONE, DONE),
        SETTLE: (SETTLE, SETTLE, SETTLE, SETTLE, SETTLE, SETTLE, DONE, DONE),
        DONE: (DONE,) * 8,
    },
    BUMP: {
        GAS: (GAS, GAS, GAS, RISE, RISE, DONE, DONE, DONE),
        RISE: (RISE, RISE, RISE, RISE, RISE, DONE, DONE, DONE),
        DONE: (DONE,) * 8,
    },
}
TABLE[SPAN].update(_BUMP_AND_SPAN)
TABLE[BUMP].update(_BUMP_AND_SPAN)
LATE = {
    READY: (900, TIMED_OUT),
    CLEAN: (120, TIMED_OUT),
    GAS: (120, TIMED_OUT),
    RISE: (60, FAILED),
    SETTLE: (600, UNSTABLE),
}


def given(bench, what):
    """Hand one input of the table in."""
    if what == "cancel":
        bench.act.cancel()
    elif what == "late":
        # Nothing but warming up lets READY be late; elsewhere readings that lead nowhere come until it is.
        flip = 0
        while bench.act.state != DONE and bench.s < 2000:
            flip ^= 1
            state = bench.act.state
            value = (0, 150, 0, 300, 300 + 300 * flip)[state]
            q = quality.WARMING if state == READY else quality.OK
            bench.feed(value, q)
    elif what == "unusable":
        bench.feed(0, quality.STALE)
    else:
        bench.feed(what)


def test_every_state_with_every_input():
    walked = 0
    for act in (ZERO, SPAN, BUMP):
        for state in (READY, CLEAN, GAS, RISE, SETTLE, DONE):
            bench = in_state(act, state)
            assert (bench is not None) == (state in TABLE[act]), (act, state)
            for i in range(len(NAMES)):
                bench = in_state(act, state)
                if bench is None:
                    continue
                assert bench.act.state == state
                before = bench.ended()
                begun_s = bench.s
                given(bench, NAMES[i])
                assert bench.act.state == TABLE[act][state][i], (act, state, NAMES[i])
                if NAMES[i] == "cancel" and state != DONE:
                    assert bench.act.outcome == CANCELLED
                if NAMES[i] == "late" and state != DONE:
                    seconds, outcome = LATE[state]
                    assert bench.act.outcome == outcome and bench.s - begun_s == seconds, (act, state)
                if bench.act.outcome != PASSED or state == DONE:
                    assert bench.ended()[2:] == before[2:]  # the constants in force
                walked += 1
    assert walked == 8 * (3 + 5 + 5)


def test_no_walk_is_without_an_end_and_only_a_pass_changes_constants():
    seed = 12345
    outcomes = {}
    for walk in range(300):
        act = (ZERO, SPAN, BUMP)[walk % 3]
        bench = Bench(act, applied=0 if act == ZERO else GAS_COUNTS, zero=7, gain_q12=4200)
        level = 0
        while not bench.act.outcome:
            seed = (seed * 1103515245 + 12345) & 0x3FFFFFFF
            dice = seed >> 12
            if dice % 23 == 0:
                level = (dice >> 5) % 1200 - 20
            bad = dice % 31 == 0
            bench.feed(level + (dice >> 3) % 7, UNUSABLE[dice % 5] if bad else quality.OK, (dice >> 4) % 9 / 2)
            assert bench.s < 1900, (walk, bench.act.state)
            assert 0 <= bench.act.progress(bench.t_ms()) <= 100
        found = bench.act
        outcomes[found.outcome] = outcomes.get(found.outcome, 0) + 1
        if found.outcome != PASSED or act == BUMP:
            assert (found.zero, found.gain_q12) == (7, 4200)
        elif act == ZERO:
            assert found.gain_q12 == 4200 and abs(found.zero) <= 175
        else:
            assert found.zero == 7 and 1024 <= found.gain_q12 <= 8192
    assert len(outcomes) >= 3 and outcomes.get(PASSED, 0) > 10, outcomes


def test_a_silent_or_broken_sensor_fails_within_15_s_in_every_state():
    for act in (ZERO, SPAN, BUMP):
        for state in TABLE[act]:
            if state == DONE:
                continue
            for q in (quality.STALE, quality.FAILED, quality.OVER, quality.UNDER, -1):
                bench = in_state(act, state)
                good_s = bench.s
                while not bench.act.outcome and bench.s < good_s + 100:
                    if q < 0:  # not a word: only time passes
                        bench.s += 1
                        bench.act.tick(bench.t_ms())
                    else:
                        bench.feed(5000, q)
                assert bench.act.outcome == FAILED and bench.s - good_s == 15, (act, state, q)


def test_warming_up_may_take_its_time_at_the_start_only():
    bench = Bench(ZERO, applied=0)
    bench.hold(0, 890, quality.WARMING)
    assert bench.act.state == READY and not bench.act.outcome
    bench.hold(3, 60)
    assert bench.ended()[1:3] == (PASSED, 3)
    bench = in_state(SPAN, SETTLE)
    bench.hold(0, 16, quality.WARMING)
    assert bench.act.outcome == FAILED


def test_a_pause_empties_the_window():
    bench = in_state(ZERO, SETTLE)
    for _ in range(6):
        bench.hold(5, 25)  # of the 30 s window
        assert not bench.act.outcome
        bench.feed(5, quality.STALE)
    bench.hold(5, 40)
    assert bench.act.outcome == PASSED


def test_zero_is_the_stable_reading_and_its_limit_is_half_a_low_alarm():
    for raw, outcome in ((175, PASSED), (176, FAILED), (-175, PASSED), (-176, FAILED), (0, PASSED)):
        bench = Bench(ZERO, applied=0, zero=11, gain_q12=5000)
        bench.hold(raw, 60)
        assert bench.ended() == (DONE, outcome, raw if outcome == PASSED else 11, 5000), raw
        assert bench.act.response == acts.corrected(raw, 11, 5000)


def test_zero_of_carbon_dioxide_in_fresh_air():
    bench = Bench(ZERO, CO2, 40, gain_q12=4096)
    bench.hold(62, 60)
    assert bench.ended() == (DONE, PASSED, 22, 4096)
    assert acts.corrected(62, 22, 4096) == 40


def test_span_gives_the_gain_that_makes_the_reading_right():
    for raw, zero in ((1000, 0), (870, 0), (520, 20), (1900, -50), (4000, 100)):
        bench = Bench(SPAN, zero=zero)
        bench.hold(zero, 5)
        bench.hold(raw, 60)
        assert bench.act.outcome == PASSED, raw
        assert abs(acts.corrected(raw, zero, bench.act.gain_q12) - GAS_COUNTS) <= 1
        assert bench.act.zero == zero and bench.act.response == raw - zero


def test_span_judges_the_gain():
    # 0.25 and 2.0 are in, what is past them is not: 4000 and 500 counts of a sensor in 1000 counts of gas
    for raw, outcome in ((4000, PASSED), (4002, FAILED), (500, PASSED), (499, FAILED), (220, FAILED)):
        bench = Bench(SPAN)
        bench.hold(0, 5)
        bench.hold(raw, 60)
        assert bench.act.outcome == outcome, raw


def test_a_span_whose_gas_runs_out_fails():
    bench = in_state(SPAN, SETTLE)
    bench.hold(900, 10)
    bench.hold(-3, 60)
    assert bench.ended() == (DONE, FAILED, 0, 4096)


def test_gas_that_is_not_stable():
    bench = in_state(SPAN, SETTLE)
    for i in range(700):
        if bench.act.outcome:
            break
        bench.feed(900 + (41 if i % 20 < 10 else 0))  # 1/25 of the gas is 40
    assert bench.act.outcome == UNSTABLE
    bench = in_state(SPAN, SETTLE)
    for i in range(60):
        if not bench.act.outcome:
            bench.feed(900 + (40 if i % 20 < 10 else 0))
    assert bench.act.outcome == PASSED


def test_a_slow_sensor_is_measured_at_its_end():
    # First order, T90 as the driver says: the span may lie 1 % off at most (0.8 % of lag, and rounding).
    for t90_s in (15, 30, 60, 138):
        bench = Bench(SPAN, t90_s=t90_s)
        bench.hold(0, 3)
        kept, level = 0.1 ** (1 / t90_s), 0.0
        while not bench.act.outcome:
            level = 900 + (level - 900) * kept
            bench.feed(round(level))
        assert bench.act.outcome == PASSED
        assert 891 <= bench.act.response <= 901, (t90_s, bench.act.response)


def test_bump_by_fraction_and_time():
    bench = Bench(BUMP, percent=80, within_s=45)
    bench.hold(0, 2)
    bench.hold(799, 45)
    assert bench.act.state == RISE and bench.act.progress(bench.t_ms()) == 79
    bench.feed(800)
    assert bench.act.outcome == FAILED  # 45 s after it had begun to rise: too late
    bench = Bench(BUMP, percent=80, within_s=45)
    bench.hold(0, 2)
    bench.hold(799, 44)
    bench.feed(800, quality.CAL_DUE)
    assert bench.ended() == (DONE, PASSED, 0, 4096) and bench.act.response == 800
    assert [acts.within(t90_s) for t90_s in (0, 5, 15, 30, 60, 138)] == [60, 30, 30, 60, 120, 120]


def test_bump_judges_the_corrected_reading():
    bench = Bench(BUMP, zero=100, gain_q12=8192)
    bench.hold(100, 2)
    bench.hold(350, 5)  # (350 - 100) * 2 = 500
    assert bench.act.outcome == PASSED and bench.act.response == 500


def test_a_stuck_sensor_passes_neither_bump_nor_span():
    for act in (BUMP, SPAN):
        for stuck in (0, 150, 500, 1000, 2000):
            bench = Bench(act)
            bench.hold(stuck, 700)
            assert bench.act.outcome == TIMED_OUT and bench.act.response == stuck, (act, stuck)


def test_oxygen_is_bumped_with_less_and_spanned_with_fresh_air():
    bench = Bench(BUMP, O2, 1800)
    bench.hold(2085, 3)
    bench.hold(1990, 3)
    assert bench.act.state == RISE
    bench.feed(1944)
    assert bench.act.outcome == PASSED and bench.act.response == 1944  # half of the way from 20.9 to 18.0 %vol
    bench = Bench(SPAN, O2, 2090)
    bench.hold(1990, 60)
    assert bench.act.outcome == PASSED and acts.corrected(1990, 0, bench.act.gain_q12) == 2090
    bench = Bench(BUMP, O2, 1800)
    bench.hold(2085, 3)
    bench.hold(2300, 130)  # more oxygen is not less
    assert bench.act.outcome == TIMED_OUT


def test_a_zero_may_be_out_by_half_a_low_alarm():
    # Industrial Scientific's defaults, counts; oxygen 19.5 %vol; methane the first level of 30 CFR 57, 0.5 %vol
    low = {CH4: 50, CO: 350, H2S: 100, NO2: 300, SO2: 200, NH3: 250, CO2: 500, NO: 250, O2: 2090 - 1950}
    assert {gas: row[2] for gas, row in acts.GASES.items()} == {gas: level // 2 for gas, level in low.items()}
    assert set(acts.GASES) == set(GASES)
    assert sorted([gas for gas, row in acts.GASES.items() if row[0]]) == [O2, CO2]  # that are in clean air


def test_what_is_refused():
    fine = (
        (ZERO, CO, 0), (ZERO, CO2, 40), (ZERO, CO2, 0), (ZERO, O2, 0), (SPAN, CO, 200), (SPAN, O2, 2090),
        (SPAN, O2, 2100), (SPAN, O2, 1800), (BUMP, O2, 0), (BUMP, H2S, 250), (BUMP, CH4, 100), (SPAN, CO, 32767),
    )  # fmt: skip
    for act, gas, applied in fine:
        assert acts.refusal(act, gas, applied) == "", (act, gas, applied)
    wrong = (
        (0, CO, 0), (4, CO, 100), (ZERO, 0, 0), (ZERO, 99, 0), (ZERO, CO, 5), (ZERO, O2, 2090), (SPAN, CO, 199),
        (SPAN, CO, 0), (BUMP, CO, 0), (BUMP, O2, 2090), (SPAN, O2, 2000), (BUMP, CO2, 30), (SPAN, CO, -1),
        (SPAN, CO, 32768), (SPAN, O2, 0), (BUMP, CH4, 99),
    )  # fmt: skip
    for act, gas, applied in wrong:
        assert acts.refusal(act, gas, applied), (act, gas, applied)


def test_correction_saturates_and_stays_small():
    assert acts.corrected(32767, -32768, 16384) == 32767
    assert acts.corrected(-32768, 32767, 16384) == -32768
    assert (32767 + 32768) * 16384 + 2048 < 2**30
    assert acts.corrected(100, 0, 4096) == 100 and acts.corrected(-7, 0, 2048) == -3
