"""The BME280 driver on a virtual board: the datasheet's example, the range it may have, and every fault ends as a quality."""

import air_checks
from air_checks import Rig

from drivers.bme280 import BME280

RIG = Rig(BME280, "bme280", 0x76, (3, 20, 60))


def test_the_known_example():
    # BST-BMP280-DS001 3.12: adc_P 415148 and adc_T 519888 are 100653.27 Pa and 25.08 degrees.
    # The humidity: the formula in floating point says 51.151 %.
    sensor = RIG.good()
    raw = (0x65, 0x5A, 0xC0, 0x7E, 0xED, 0x00, 0x70, 0x00)
    for i in range(len(raw)):
        sensor._raw[i] = raw[i]
    assert sensor._convert()
    assert (sensor.temp_c100, sensor.press_pa, sensor.humid_pct100) == (2508, 100653, 5114)


def test_follows_the_world():
    air_checks.follows_the_world(
        RIG,
        (
            (-40 + 0.1, 300.5, 0.0),
            (84.9, 1099.5, 100.0),
            (25.0, 1013.25, 30.0),
            (-10.0, 700.0, 85.0),
            (50.0, 1099.0, 5.0),
        ),
    )


def test_fails_out_of_its_range():
    air_checks.fails_out_of_its_range(
        RIG, ((20.0, 1102.0, 50.0), (20.0, 298.0, 50.0), (86.0, 1013.0, 50.0), (-41.0, 1013.0, 50.0))
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
