"""The self-test of accelerometers: a good chip passes, a moved tag is told from a bad one, each fault of the models is found."""

import selftest_rig as rig
from selftest_rig import FAILED, NOT_FITTED, NOT_JUDGED, PASSED

import vport

MOTION = ("accelerometer", "rate", "gravity", "noise", "chip test")
CHIPS = {"lis3dh": 25, "adxl345": 83, "lsm6dso": 106, "mpu6050": 104, "mpu6500": 105}
# Faults of the models (davy.vtag.chips), their size, and the checks of which one at least has to fail.
FAULTS = {
    "nak": (1, ("accelerometer",)),
    "wrong_id": (1, ("accelerometer",)),
    "stuck_fifo": (1, ("accelerometer",)),
    "frozen": (1, ("chip test",)),
    "noise": (120, ("noise",)),
    "drift": (200, ("gravity",)),
}
# What the driver mends, and counts: a brown-out that is over at once, words of another sensor. "torn_fifo" costs no sample.
MENDED = {"lost_config": tuple(CHIPS), "foreign_tag": ("lsm6dso",)}


def part(chip):
    return {"role": "accel", "chip": chip, "i2c": 0, "address": CHIPS[chip], "axes": ["x", "y", "z"]}


def found(chip):
    bench = rig.Bench(rig.spec(part(chip)))
    bench.tag.motion()
    return bench.found()


def test_good_chips_pass():
    vport.control({"do": "accel", "mg": [0, 0, 1000]})
    for chip in CHIPS:
        told = found(chip)
        assert [told[name][0] for name in MOTION] == [PASSED] * 5, (chip, told)


def test_gravity_is_measured_by_fine_digits_and_the_range_comes_back():
    bench = rig.Bench(rig.spec(part("lis3dh")))
    for mg, outcome in ((954, PASSED), (944, FAILED), (1046, PASSED), (1056, FAILED)):
        vport.control({"do": "accel", "mg": [0, 0, mg]})
        bench.tag.motion()
        (shown,) = [line["value"] for line in bench.lines if line["check"] == 3]
        assert abs(shown - mg) <= 4, (mg, shown)
        assert bench.found()["gravity"][0] == outcome, mg
    vport.control({"do": "accel", "mg": [0, 0, 1000]})
    assert bench.tag._parts.accel._good() and bench.tag._parts.accel.scale == (12, 4)


def test_every_fault_fails_and_nothing_bad_passes():
    for chip in CHIPS:
        for name in FAULTS:
            size, where = FAULTS[name]
            bench = rig.Bench(rig.spec(part(chip)))
            vport.control({"do": "fault", "chip": chip, "name": name, "value": size})
            bench.tag.motion()
            told = bench.found()
            vport.control({"do": "clear", "chip": chip})
            assert [one for one in where if told[one][0] == FAILED], (chip, name, told)
            assert told[where[0]][1], (chip, name)


def test_what_the_driver_mends_does_not_pass_either():
    for name in MENDED:
        for chip in MENDED[name]:
            bench = rig.Bench(rig.spec(part(chip)))
            vport.control({"do": "fault", "chip": chip, "name": name})
            bench.tag.motion()
            told = bench.found()
            vport.control({"do": "clear", "chip": chip})
            assert told["accelerometer"][0] == FAILED, (chip, name, told)


def test_a_wrong_scale_is_no_gravity():
    for mg in (900, 1100):
        vport.control({"do": "accel", "mg": [0, 0, mg]})
        told = found("lsm6dso")
        assert told["gravity"][0] == FAILED and told["noise"][0] == PASSED, told
    vport.control({"do": "accel", "mg": [0, 600, -800]})
    assert found("lsm6dso")["gravity"][0] == PASSED
    vport.control({"do": "accel", "mg": [0, 0, 1000]})


def test_a_tag_in_the_hand_is_not_judged():
    from tag.selftest import verdicts

    block = []
    for k in range(200):  # a swing of 300 mg, 1 Hz
        phase = k % 100
        block += [0, 0, 1000 + (12 * phase - 300 if phase < 50 else 900 - 12 * phase)]
    axes = [verdicts.axis(block, 200, i) for i in range(3)]
    assert verdicts.noise(axes, "lis3dh", (12, 4)) == (NOT_JUDGED, axes_rms(axes), "not at rest")
    noisy = []
    seed = 1
    for _ in range(200):
        seed = seed * 1103515245 + 12345 & 0x7FFFFFFF
        noisy += [0, 0, 1000 + (seed >> 16) % 600 - 300]
    axes = [verdicts.axis(noisy, 200, i) for i in range(3)]
    assert verdicts.noise(axes, "lis3dh", (12, 4))[0] == FAILED


def axes_rms(axes):
    return int(max([one[1] for one in axes]) ** 0.5 + 0.5)


def test_without_an_accelerometer_it_is_not_fitted():
    bench = rig.Bench(rig.spec())
    bench.tag.motion()
    assert {one[0] for one in bench.found().values()} == {NOT_FITTED}


def test_a_held_bus_is_said():
    bench = rig.Bench(rig.spec(part("lis3dh")))
    vport.control({"do": "sda_hold", "bus": 0, "clocks": 100000})
    bench.tag.motion()
    told = bench.found()
    vport.control({"do": "sda_hold", "bus": 0, "clocks": 0})
    assert told["accelerometer"] == (FAILED, "its bus is held")
    assert [told[name][0] for name in MOTION[1:]] == [NOT_JUDGED] * 4


def test_the_limit_of_noise():
    from tag.selftest import verdicts

    for chip, scale, most in (("lis3dh", (1, 4), 2704), ("lsm6dso", (125, 8), 580), ("adxl345", (39, 10), 8100)):
        good, bad = (0, most, 100), (0, most + 30, 100)
        assert verdicts.noise([good] * 3, chip, scale)[0] == PASSED, chip
        assert verdicts.noise([good, bad, good], chip, scale)[0] == FAILED, chip
    assert verdicts.noise([(0, 0, 100)] * 3, "other", (1, 0))[0] == NOT_JUDGED
