"""The task of the wearer's place: a walk, a ride, flapping, silence, no map, maps and power cuts."""

from limits_rig import Place
from place_rig import STEP_DM
from place_tag import KEY, LOCO, Tag, around, site_file
from test_journal_rig import CUTS, MICROPYTHON

import vport
from tag import sitefile
from tag.events import (
    CODE_MISSING,
    CODE_UNSIGNED,
    CONFIG,
    PLACE,
    PLACE_BOARDED,
    PLACE_HEARD,
    PLACE_LEFT,
    PLACE_SILENT,
)


def test_a_walk_through_the_gallery():
    tag = Tag()
    for x_dm in range(20, 4 * STEP_DM, 20):
        around(x_dm)
        tag.live(3)
    said = tag.places()
    assert [(zone, before) for zone, before, _, _ in said] == [(1, 0), (2, 1), (3, 2), (4, 3)], said
    assert all([why == PLACE_HEARD and beacon == zone - 1 for zone, _, why, beacon in said]), said
    last = [event for event in tag.kept if event[0] == PLACE][-1]
    assert 50 <= last[6] <= 99 and last[7] == -3 and last[8] == 0x0101
    duty = tag.task.ble.listened_ms / ((tag.t_ms - tag.start_ms) & 0x3FFFFFFF)
    heard = vport.control({"do": "ble"})
    assert 0.09 < duty <= 0.101, duty
    assert abs(heard["listened_ms"] - tag.task.ble.listened_ms) < 1  # as the radio itself has counted


def test_a_ride_and_its_end():
    tag = Tag()
    around(50, loco=-50)
    tag.live(12)
    assert tag.places() == [(1, 0, PLACE_HEARD, 0)]
    for x_dm in range(60, 400, 20):
        around(x_dm, loco=-52)
        tag.live(3)
    zone, _, why, beacon = tag.places()[-1]
    assert (zone, why, beacon) == (LOCO + 1, PLACE_BOARDED, LOCO), tag.places()
    around(350)
    tag.live(30)
    assert tag.places()[-1][:3] == (4, LOCO + 1, PLACE_LEFT), tag.places()


def test_a_place_that_flaps_fills_no_journal_and_is_right_in_the_end():
    tag = Tag()
    for i in range(100):
        around(50 if i & 1 else 350)
        tag.live(6)
    assert 20 < len(tag.places()) <= 20 + 600 // 15, len(tag.places())
    around(150)
    tag.live(21)
    said = tag.places()
    assert said[-1][0] == 2
    assert [row[1] for row in said[1:]] == [row[0] for row in said[:-1]], "each says where the one before it was"
    tag.live(301)
    around(350)
    tag.live(6)
    assert tag.places()[-1][0] == 4


def test_silence_is_unknown():
    tag = Tag()
    around(150)
    tag.live(9)
    around(150, walls=False)
    tag.live(30)
    assert tag.places() == [(2, 0, PLACE_HEARD, 1), (0, 2, PLACE_SILENT, 255)]


def test_without_a_map_the_site_is_told_and_nothing_is_listened_to():
    tag = Tag(with_map=False)
    before = vport.control({"do": "ble"})["listened_ms"]
    around(150)
    tag.live(10)
    assert tag.places() == [] and vport.control({"do": "ble"})["listened_ms"] == before
    assert tag.kept[0][0] == CONFIG and tag.kept[0][2] == CODE_MISSING
    assert Tag().kept[0][2:] == (0, "site: 1 version 1 is in force")
    tag = Tag(map_key="")
    assert tag.kept[0][2] == CODE_UNSIGNED and tag.task.site is None


def test_a_map_outlives_every_power_cut_while_a_newer_one_comes():
    if not MICROPYTHON:
        return  # there is littlefs, whose power can be cut
    place = Place()
    place.put("site.new", site_file(1, 1))
    assert sitefile.load(place.root, KEY.hex)[0].ident == 0x0101
    place.put("site.new", site_file(2, 2))
    place.unmount()
    image = bytes(place.flash.image)
    points = 0
    for cut in CUTS:
        cut_at = 0
        while True:
            place = Place(image=image, cut_at=cut_at, cut=cut)
            site, _, _ = sitefile.load(place.root, KEY.hex)
            assert site.ident in (0x0101, 0x0102)
            was_cut = place.flash.dead
            place.power_up()
            site, code, text = sitefile.load(place.root, KEY.hex)
            assert (site.ident, code) == (0x0102, 0), (cut, cut_at, text)
            if not was_cut:
                break
            cut_at += 1
        points += cut_at
    assert points > 20, points


def test_what_is_no_map_is_put_aside_and_named():
    good = site_file(3, 3)
    for data, word in (
        (good[:-1], "length"),
        (good[:40] + b"\xff" + good[41:], "CRC"),
        (b"DVLM" + good[4:], "no site map"),
        (good[:4] + b"\x02" + good[5:], "schema 2"),
        (b"", "no site map"),
    ):
        place = Place()
        place.put("site.new", site_file(1, 1))
        assert sitefile.load(place.root, KEY.hex)[0].ident == 0x0101
        place.put("site.new", data)
        for _ in range(2):
            site, code, text = sitefile.load(place.root, KEY.hex)
            assert site.ident == 0x0101 and code and word in text, (text, word)
    site, code, text = sitefile.load(place.root, KEY.hex)
    assert text.startswith("site.bad: ")
