"""Rows of limit profiles: the built-in ones make sense, and nothing that makes none passes for a profile."""

import struct

from tag.events import ALARM_FAULT, ALARM_GAS_HIGH, ALARM_GAS_LOW, ALARM_WARNING, GASES
from tag.gas import limits

ROWS = [limits.BUILT_IN[at : at + limits.ROW] for at in range(0, len(limits.BUILT_IN), limits.ROW)]
CO = 2
LOW, HIGH, CEILING, STEL, TWA, SHIFT, STEP, MIXTURE, RISE, DRIFT, AHEAD, OVER = range(1, 13)


def row(
    gas=CO, kind=HIGH, flags=0, alarm=ALARM_GAS_HIGH, level=700, clear=600, delay=0, rest=0, group=0, told=0, zeros=0
):
    return struct.pack("<BBBBhhHHBBH", gas, kind, flags, alarm, level, clear, delay, rest, group, told, zeros)


def said(*rows):
    """What is wrong with the built-in profile and these rows."""
    return limits.problem_with(limits.BUILT_IN + b"".join(rows))


STEP_ROW = row(kind=STEP, level=171, clear=150, delay=3600, rest=120)
GOOD = (
    row(),
    row(kind=LOW, alarm=ALARM_GAS_LOW, delay=60),
    row(kind=CEILING, flags=2, told=8),
    row(kind=STEL, alarm=0),
    row(kind=TWA),
    row(kind=SHIFT),
    STEP_ROW,
    row(kind=RISE, alarm=ALARM_WARNING, delay=60),
    row(kind=DRIFT, flags=1, alarm=ALARM_FAULT, level=-10, clear=-9),
    row(kind=AHEAD, alarm=ALARM_WARNING, delay=3600),
    row(gas=4, kind=HIGH, flags=1, level=1900, clear=1901),
    row(gas=4, kind=AHEAD, flags=1, alarm=ALARM_WARNING, level=1950, clear=1951, delay=30),
)
BAD = (
    (row(gas=0), "gas"),
    (row(gas=10), "gas"),
    (row(gas=255), "gas"),
    (row(kind=0), "kind"),
    (row(kind=OVER), "kind"),
    (row(kind=255), "kind"),
    (row(flags=4), "flags"),
    (row(flags=16), "flags"),
    (row(kind=MIXTURE, flags=12, group=1), "flags"),
    (row(kind=STEL, flags=1, clear=710), "flags"),
    (row(kind=DRIFT, alarm=ALARM_FAULT, level=-10, clear=-11), "flags"),
    (row(alarm=ALARM_FAULT), "alarm"),
    (row(alarm=9), "alarm"),
    (row(alarm=255), "alarm"),
    (row(kind=AHEAD, delay=60), "alarm"),
    (row(kind=DRIFT, flags=1, alarm=ALARM_GAS_LOW, level=-10, clear=-9), "alarm"),
    (row(gas=1, kind=TWA, level=50, clear=40), "exposure"),
    (row(gas=4, kind=STEL, level=50, clear=40), "exposure"),
    (row(level=0, clear=-1), "level"),
    (row(level=-5, clear=-6), "level"),
    (row(kind=DRIFT, flags=1, alarm=ALARM_FAULT, level=0, clear=1), "level"),
    (row(gas=1, level=10001, clear=40), "level"),
    (row(clear=700), "clear"),
    (row(clear=701), "clear"),
    (row(flags=1, clear=699), "clear"),
    (row(delay=61), "delay"),
    (row(kind=STEL, delay=1), "delay"),
    (row(kind=RISE, alarm=ALARM_WARNING), "delay"),
    (row(kind=AHEAD, alarm=ALARM_WARNING, delay=3601), "delay"),
    (row(kind=STEP, rest=120, delay=30), "delay"),
    (row(kind=STEP, rest=120, delay=90), "delay"),
    (row(kind=STEP, delay=60), "rest"),
    (row(kind=STEP, delay=60, rest=1441), "rest"),
    (row(rest=1), "rest"),
    (row(group=1), "group"),
    (row(kind=MIXTURE), "group"),
    (row(told=9), "instruction"),
    (row(zeros=1), "instruction"),
    (row(kind=MIXTURE, group=1), "mixture of one"),
)


def test_the_built_in_profile_is_sound():
    assert limits.problem_with(limits.BUILT_IN) == ""
    profile = limits.Profile()
    assert (profile.ident, profile.rows) == (0, limits.BUILT_IN)


def test_rows_that_make_sense_pass():
    for good in GOOD:
        assert said(good) == "", (good, said(good))
    assert said(row(kind=MIXTURE, group=1), row(gas=3, kind=MIXTURE, group=1)) == ""
    assert said(row(kind=MIXTURE, flags=8, group=1), row(gas=3, kind=MIXTURE, flags=8, group=1)) == ""


def test_rows_that_make_none_do_not():
    for bad, word in BAD:
        found = said(bad)
        assert word in found and found.startswith("row %d: " % (len(ROWS) + 1)), (found, word)


def test_steps_and_mixtures_that_contradict_each_other():
    above = {"kind": STEP, "level": 429, "clear": 400}
    assert said(STEP_ROW, row(delay=1800, rest=120, **above)) == ""
    assert "steps" in said(STEP_ROW, row(delay=3600, rest=120, **above))
    assert "steps" in said(STEP_ROW, row(delay=7200, rest=120, **above))
    assert "steps" in said(STEP_ROW, row(delay=1800, rest=60, **above))
    assert "steps" in said(STEP_ROW, STEP_ROW)
    assert said(STEP_ROW, row(gas=3, delay=7200, rest=60, **above)) == ""
    mixture = row(kind=MIXTURE, group=1)
    assert "mixture" in said(mixture, mixture)
    assert "mixture" in said(mixture, row(gas=3, kind=MIXTURE, flags=4, group=1))
    assert "mixture" in said(mixture, row(gas=3, kind=MIXTURE, group=2))


def test_a_profile_that_forgets_a_gas_is_none():
    """A sensor whose gas has no alarm would be silent at any reading."""
    for gas in GASES:
        kept = [one for one in ROWS if one[0] != gas]
        assert limits.problem_with(b"".join(kept)) == "no alarm for " + GASES[gas][0]
        # a record only, a warning and what comes after 15 minutes are no alarm
        for kind in (LOW, HIGH):
            kept += [one[:3] + b"\x00" + one[4:] for one in ROWS if one[0] == gas and one[1] == kind]
        kept += [one for one in ROWS if one[0] == gas and one[1] > CEILING]
        assert limits.problem_with(b"".join(kept)) == "no alarm for " + GASES[gas][0]


def test_oxygen_needs_an_alarm_below():
    kept = [one for one in ROWS if one[0] != 4 or not one[2] & 1]
    assert limits.problem_with(b"".join(kept)) == "no alarm for o2"


def test_lengths():
    assert limits.problem_with(b"")
    assert limits.problem_with(limits.BUILT_IN[:-1])
    many = limits.BUILT_IN + row() * (limits.MAX_ROWS - len(ROWS))
    assert limits.problem_with(many) == ""
    assert limits.problem_with(many + row())


def test_no_bytes_make_it_raise():
    seed = 1
    for n in range(300):
        data = bytearray(limits.ROW * (1 + n % 5))
        for i in range(len(data)):
            seed = (seed * 1103515 + 12345) & 0x3FFFFFFF
            data[i] = seed >> 13 & 255 if n & 1 or seed & 0x1000 else seed >> 13 & 3
        assert limits.problem_with(bytes(data))
