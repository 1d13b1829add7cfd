"""The BMP390 driver on a virtual board: a real chip's calibration, the range it may have, and every fault ends as a quality."""

import air_checks
from air_checks import Rig

from drivers.bmp390 import BMP390

RIG = Rig(BMP390, "bmp390", 0x77, (3, 5, 0))


def test_the_known_example():
    # github.com/asasine/bmp390 has these counts of a real chip; the formulas in floating point say 25.771 and 98370.57.
    sensor = RIG.good()
    raw = (0xCB, 0xB3, 0x6B, 0xD1, 0xBA, 0x82)
    for i in range(len(raw)):
        sensor._raw[i] = raw[i]
    assert sensor._convert()
    assert (sensor.temp_c100, sensor.press_pa, sensor.humid_pct100) == (2577, 98370, 0)


def test_follows_the_world():
    air_checks.follows_the_world(
        RIG,
        (
            (-40 + 0.1, 300.5, 0.0),
            (84.9, 1249.5, 100.0),
            (25.0, 1013.25, 30.0),
            (-10.0, 700.0, 85.0),
            (50.0, 1150.0, 5.0),
        ),
    )


def test_fails_out_of_its_range():
    air_checks.fails_out_of_its_range(
        RIG, ((20.0, 1252.0, 50.0), (20.0, 298.0, 50.0), (86.0, 1013.0, 50.0), (-41.0, 1013.0, 50.0))
    )


def test_begins_warming_and_reads_once_a_second():
    air_checks.begins_warming_and_reads_once_a_second(RIG)


def test_is_stale_before_it_fails():
    air_checks.is_stale_before_it_fails(RIG)


def test_a_single_fault_passes_without_notice():
    air_checks.a_single_fault_passes_without_notice(RIG)


def test_lost_configuration_is_found_and_written_again():
    air_checks.lost_configuration_is_found_and_written_again(RIG)


def test_what_was_never_there_fails():
    air_checks.what_was_never_there_fails(RIG)


def test_each_fault_ends_as_a_quality_within_ten_seconds_and_heals():
    air_checks.each_fault_ends_as_a_quality_within_ten_seconds_and_heals(RIG)


def test_ticks_may_wrap():
    air_checks.ticks_may_wrap(RIG)


def test_polling_allocates_nothing():
    air_checks.polling_allocates_nothing(RIG)


def test_computing_takes_no_frame_from_the_heap():
    air_checks.computing_takes_no_frame_from_the_heap(RIG)
