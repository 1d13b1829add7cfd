"""The map: beacons found by their identity, and what cannot be a map is named."""

from place_rig import body, ident, site

import micropython
from tag.place.adverts import DAVY_BEACON, IBEACON
from tag.place.site import BEACON, SPOT, ZONE, problem_with


def test_every_beacon_is_found_and_no_other():
    for zones in (1, 5, 40, 63):
        one = site(zones=zones, vehicles=1, spots=1)
        for b in range(zones + 1):
            assert one.find(DAVY_BEACON, ident(b), 4) == b
            assert one.zone_of_beacon(b) == b + 1
            assert one.vehicle[b] == (zones + 1 if b == zones else 0)
        assert one.find(DAVY_BEACON, ident(zones + 1), 4) == -1
        assert one.find(IBEACON, ident(0), 4) == -1
        assert one.find(DAVY_BEACON, ident(0), 3) == -1
        assert one.level(0) == 0 and one.level(1) == 0
    assert site(zones=3).level(3) == -2


def test_beacons_of_all_slots_are_found_though_they_share_them():
    one = site(zones=63, vehicles=1, spots=1)
    buf = bytearray(20)
    for number in range(3000):
        buf[:4] = ident(number)
        assert one.find(DAVY_BEACON, buf, 4) == (number if number < 64 else -1)


def test_what_a_map_must_not_be():
    zones, beacons, spots, good = body()
    assert problem_with(zones, beacons, spots, good) == ""
    for args, word in (
        ((0, beacons, spots, good), "0 zones"),
        ((zones, 0, spots, good), "0 beacons"),
        ((zones, 65, spots, good), "65 beacons"),
        ((zones, 64, 65, good), "65 spots"),
        ((zones, beacons, spots, good[:-1]), "length"),
    ):
        assert word in problem_with(*args), args[:3]
    first = ZONE * zones
    spot = first + BEACON * beacons
    for at, value, word in (
        (0, 2, "zone 1"),
        (first, 0, "beacon 0"),
        (first + 1, 0, "beacon 0"),
        (first + 1, 21, "beacon 0"),
        (first + 2, zones + 1, "beacon 0"),
        (first + 3, 1, "beacon 0"),
        (first + BEACON - 1, 1, "beacon 0"),
        (first + BEACON + 7, 0, "beacon 1 is there twice"),
        (spot, 0, "spot 0"),
        (spot, zones + 1, "spot 0"),
        (spot, zones, "spot 0"),  # the vehicle
        (spot + SPOT + 1, 1, "spot 1"),
    ):
        bad = bytearray(good)
        bad[at] = value
        assert word in problem_with(zones, beacons, spots, bad), (at, value)


def test_finding_allocates_nothing():
    one = site()
    key = ident(2)
    micropython.heap_lock()
    try:
        found = one.find(DAVY_BEACON, key, 4)
    finally:
        micropython.heap_unlock()
    assert found == 2
