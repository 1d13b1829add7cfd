"""The self-test of a heart-rate sensor: a good one passes, each fault of its model has a name, who has none does not fail."""

import selftest_rig as rig
from selftest_rig import FAILED, NOT_FITTED, NOT_JUDGED, PASSED

import vport
from tag import events
from tag.reporting import records
from tag.selftest import checks

PART = {"role": "heart", "chip": "max30102", "i2c": 0, "address": 87}
# Faults of the model (davy.vtag.chips), their size, and what is said of them.
FAULTS = {
    "nak": (1, "no answer"),
    "wrong_id": (1, "another part"),
    "no_reset": (1, "its reset does not end"),
    "stuck_fifo": (1, "no samples"),
    "frozen": (1, "stands still"),
    "pointers": (1, "pointers that cannot be"),
    "never_empty": (1, "more samples than it had time for"),
    "dead_led": (1, "its light does not come back"),
    "no_temp": (1, "no temperature"),
    "clock": (1.12, "28 samples a second, not 25"),
}
MENDED = ("lost_config",)  # a brown-out that is over at once: it begins with a reset
LAMP = ("flicker",)  # not the chip's


def found(part=PART, light=None, **fault):
    """(outcome, cause, value) of the sensor in that light: its own glass, where nothing is said."""
    bench = rig.Bench(rig.spec(*(() if part is None else (part,))))
    vport.control(dict({"do": "skin", "worn": False}, **(light or {})))
    for name in fault:
        vport.control({"do": "fault", "chip": "max30102", "name": name, "value": fault[name]})
    bench.tag.heart()
    (line,) = [line for line in bench.lines if line.get("check") == checks.HEART]
    if part:
        vport.control({"do": "clear", "chip": "max30102"})
    outcome, cause = bench.found()["heart"]
    return outcome, cause, line["value"]


def test_good_ones_pass_in_front_of_glass_paper_and_skin():
    # nA that come back of a mA, the nA said: 25.4 times as much, at most the converter's 4096
    for light, least_na, most_na in (
        ({}, 70, 77),
        ({"worn": True, "back_na_ma": 60.0}, 1450, 1550),
        ({"worn": True, "back_na_ma": 900.0}, 4090, 4095),
        ({"ambient_na": 40000.0}, 70, 77),
    ):
        outcome, cause, na = found(light=light)
        assert (outcome, cause) == (PASSED, "") and least_na <= na <= most_na, (light, cause, na)


def test_every_fault_has_its_name():
    for name in FAULTS:
        size, cause = FAULTS[name]
        outcome, said, _ = found(**{name: size})
        assert outcome == FAILED and said == cause, (name, said)
    for name in MENDED:
        assert found(**{name: 1})[0] == PASSED


def test_a_held_bus_is_told_from_a_dead_chip():
    bench = rig.Bench(rig.spec(PART))
    vport.control({"do": "sda_hold", "bus": 0, "clocks": 1000})
    bench.tag.heart()
    vport.control({"do": "sda_hold", "bus": 0, "clocks": 0})
    assert bench.found()["heart"] == (FAILED, "its bus is held")


def test_power_that_goes_in_the_middle_is_no_darkness():
    bench = rig.Bench(rig.spec(PART))
    rounds = []

    def feed():
        rounds.append(1)
        if len(rounds) == 30:
            vport.control({"do": "fault", "chip": "max30102", "name": "lost_config", "value": 1})

    bench.tag._dog.feed, system = feed, rig.run.system
    dog = system.Watchdog
    system.Watchdog = lambda: bench.tag._dog
    try:
        bench.tag.heart()
    finally:
        system.Watchdog = dog
    assert bench.found()["heart"] == (FAILED, "its power was gone") and len(rounds) == 30


def test_what_has_nothing_pale_before_it_fails():
    outcome, cause, na = found(light={"worn": True, "back_na_ma": 0.4})
    assert (outcome, cause) == (FAILED, "its light does not come back") and na < 16


def test_other_light_is_no_verdict_and_passes_no_dead_led():
    for light, fault, cause in (
        ({"ambient_na": 60000.0}, {}, "too much other light"),
        ({}, {"flicker": 200}, "other light flickers"),
        ({"ambient_na": 60000.0}, {"dead_led": 1}, "too much other light"),
        ({}, {"flicker": 200, "dead_led": 1}, "other light flickers"),
    ):
        assert found(light=light, **fault)[:2] == (NOT_JUDGED, cause), (light, fault)
    # A flicker that is small beside the light does no harm.
    assert found(light={"worn": True}, flicker=200)[0] == PASSED


def test_a_slow_clock_is_told_and_a_fair_one_is_not():
    assert found(clock=0.88)[1] == "22 samples a second, not 25"
    assert found(clock=1.05)[0] == found(clock=0.95)[0] == PASSED


def test_a_board_without_one_is_not_failed():
    assert found(None) == (NOT_FITTED, "", None)


def test_one_that_cannot_be_opened_fails():
    for part, cause in ((dict(PART, i2c=7), "heart: KeyError 7"), (dict(PART, chip="max86150"), "heart: ")):
        bench = rig.Bench(rig.spec(part), solder=False)
        bench.tag.heart()
        outcome, said = bench.found()["heart"]
        assert outcome == FAILED and said.startswith(cause), said


def test_its_bit_goes_through_a_record_on_every_word_size():
    found = checks.Found()
    found.put(checks.HEART, FAILED, "no answer")
    found.put(checks.BOARD, PASSED, "")
    masks = (found.mask(PASSED), found.mask(FAILED), found.mask(NOT_JUDGED))
    assert masks == (1, 0x40000000, 0) and found.causes() == "no answer"
    buf = bytearray(records.LARGEST)
    end = records.encode((events.SELFTEST, 5) + masks + (1, 0, "no answer"), 1, 1, buf)
    assert records.decode(buf, 0, end)[4][:3] == masks
