"""The task of the wearer's place where the board has an air sensor: the level that the pressure hints at."""

from limits_rig import Place
from place_tag import HEIGHTS, KEY, LOCO, Air, Tag, around, site_file

import quality
from tag import sitefile
from tag.events import (
    PLACE,
    PLACE_AIR,
    PLACE_BOARDED,
    PLACE_HEARD,
    PLACE_SILENT,
)


def levels(tag):
    """(zone, why, level) of what was told."""
    return [(event[2], event[4], event[7]) for event in tag.kept if event[0] == PLACE]


def ride_down(tag, pa, walls=False, loco=0):
    """60 m of air, some 740 Pa, in ten seconds."""
    for _ in range(10):
        tag.task._air.press_pa += pa // 10
        around(150, walls=walls, loco=loco)
        tag.live(1)


def test_air_pressure_hints_at_the_level_while_no_zone_is_known():
    tag = Tag(air=Air(), heights=HEIGHTS)
    around(150)
    tag.live(60)
    assert levels(tag) == [(2, PLACE_HEARD, -1)]
    ride_down(tag, 740)
    tag.live(30)
    # on the way down its level is that of before; when the beacons are given up it is the next one, and that is told at once
    assert levels(tag)[1:] == [(0, PLACE_SILENT, -2)], levels(tag)
    ride_down(tag, 740)
    tag.live(30)
    assert levels(tag)[2:] == [(0, PLACE_AIR, -3)], levels(tag)
    last = tag.kept[-1]
    assert last[2:] == (0, 0, PLACE_AIR, 255, 0, -3, 0x0101)
    tag.task._air.quality = quality.FAILED
    tag.live(10)
    assert levels(tag)[3:] == [(0, PLACE_AIR, -128)]
    around(150)
    tag.live(12)
    assert levels(tag)[4:] == [(2, PLACE_HEARD, -1)]


def test_air_pressure_hints_at_the_level_of_a_cage_with_a_beacon():
    tag = Tag(air=Air(), heights=HEIGHTS)
    around(150, loco=-50)
    tag.live(60)
    ride_down(tag, 740, loco=-50)
    around(150, walls=False, loco=-50)
    tag.live(60)
    assert levels(tag)[1][:2] == (LOCO + 1, PLACE_BOARDED) and levels(tag)[-1][2] == -2, levels(tag)
    ride_down(tag, -740, loco=-50)
    tag.live(20)
    assert levels(tag)[-1] == (LOCO + 1, PLACE_AIR, -1) and tag.kept[-1][6] == 100, levels(tag)


def test_without_a_sensor_or_heights_nothing_of_it_is_there():
    for given in ({"air": None, "heights": HEIGHTS}, {"air": Air(), "heights": b""}):
        tag = Tag(**given)
        around(150)
        tag.live(30)
        around(150, walls=False)
        tag.live(30)
        assert levels(tag) == [(2, PLACE_HEARD, -1), (0, PLACE_SILENT, -128)] and tag.task._level is None


def test_a_map_with_heights_comes_after_one_without_and_wrong_ones_are_named():
    place = Place()
    place.put("site.new", site_file(1, 1))
    assert sitefile.load(place.root, KEY.hex)[0].heights == b""
    place.put("site.new", site_file(2, 2, 2, HEIGHTS))
    site, code, text = sitefile.load(place.root, KEY.hex)
    assert (site.ident, bytes(site.heights), code) == (0x0102, HEIGHTS, 0), text
    for data, word in (
        (site_file(3, 3, 1, HEIGHTS), "schema 1"),
        (site_file(3, 3, 2, b""), "schema 2"),
        (site_file(3, 3, 3, HEIGHTS), "schema 3"),
        (site_file(3, 3, 2, HEIGHTS[:3]), "3 bytes of heights"),
        (site_file(3, 3, 2, HEIGHTS[:-1]), "11 bytes of heights"),
        (site_file(3, 3, 2, HEIGHTS[3:] + HEIGHTS[:3]), "in no order"),
        (site_file(3, 3, 2, HEIGHTS * 9), "length"),
    ):
        place.put("site.new", data)
        site, code, text = sitefile.load(place.root, KEY.hex)
        assert site.ident == 0x0102 and code and word in text, (text, word)
