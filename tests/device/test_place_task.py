"""The task of the wearer's place on the virtual board: a walk, a ride, silence, a deaf receiver, alarms in the air, power cuts."""

import struct
import time

from limits_rig import SIZE, Key, Place, packed
from place_rig import STEP_DM, body, expected, ident
from test_journal_rig import CUTS, MICROPYTHON

import quality
import vport
from tag import settings, sitefile
from tag.events import (
    ALARM_MAN_DOWN,
    CODE_MISSING,
    CODE_UNSIGNED,
    CONFIG,
    OFF,
    ON,
    PLACE,
    PLACE_AIR,
    PLACE_BOARDED,
    PLACE_HEARD,
    PLACE_LEFT,
    PLACE_SILENT,
)
from tag.place.adverts import DAVY_BEACON, DAVY_TAG, IBEACON, Advert
from tag.place_task import PlaceTask

KEY = Key(b"the key of the site, for 32 byte")
STEP_MS = 50
LOCO = 4


HEIGHTS = b"\xfd\x10\xff\xfe\x4c\xff\xff\x88\xff\x00\xc4\xff"  # levels -3 to 0 at -240, -180, -120, -60 m


def site_file(leaf, version, schema=1, heights=b"", **rest):
    zones, beacons, spots, data = body(**rest)
    numbers = zones, beacons, spots, 0x0100 | version, SIZE, 3, len(heights)
    head = struct.pack("<4sBBBBHHHH16s", b"DVSM", schema, *numbers, b"rig")
    content = head + data + heights + b"en\n"
    return packed(content, KEY.sign(content, leaf))


class Alarms:
    def __init__(self):
        self.on = 0

    def state(self, alarm):
        return ON if alarm == self.on else OFF


class Air:
    """What a board's sensor says at a pressure."""

    def __init__(self):
        self.quality = quality.OK
        self.press_pa = 104000
        self.temp_c100 = 2000


class Tag:
    def __init__(self, with_map=True, air=None, heights=b"", **given):
        self.place = Place()
        if with_map:
            self.place.put("site.new", site_file(1, 1, 2 if heights else 1, heights))
        self.alarms = Alarms()
        self.kept = []
        self.t_ms = (1 << 30) - 15000
        values = dict(settings.DEFAULTS, place=1, tag_id="00112233445566aa", map_key=KEY.hex)
        values.update(given)
        self.start_ms = self.t_ms
        self.task = PlaceTask(values, self.alarms, self.kept.append, self.t_ms, self.place.root, air)

    def live(self, seconds):
        for _ in range(seconds * 1000 // STEP_MS):
            time.sleep_ms(STEP_MS)
            self.t_ms = (self.t_ms + STEP_MS) & 0x3FFFFFFF
            self.task.step(self.t_ms)

    def places(self):
        return [event[2:6] for event in self.kept if event[0] == PLACE]


def frame(beacon):
    return "0201060bffffff445610c5" + "".join(["%02x" % byte for byte in ident(beacon)])


def around(x_dm, loco=0, deaf=False, walls=True):
    """What is on the air at a place of the gallery: wall beacons, a stranger, a tag, and a loco if it is heard."""
    heard = [["0201061aff4c000215" + "00" * 21, -50], ["0201060dffffff445611c2a0a0a0a00000", -40], ["ffff", -60]]
    if walls:
        heard += [[frame(b), -expected(x_dm, b)] for b in range(4) if expected(x_dm, b) < 95]
    if loco:
        heard.append([frame(LOCO), loco])
    vport.control({"do": "beacons", "heard": heard, "deaf": deaf})


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


class Surveyor:
    def __init__(self):
        self.heard = []

    def sighting(self, advert, dbm):
        self.heard.append((advert.kind, bytes(advert.ident[: advert.size]), dbm))


def test_a_survey_hears_all_the_time_and_the_zone_is_told_meanwhile():
    for with_map in (True, False):
        tag = Tag(with_map)
        around(50)
        tag.live(6)
        surveyor = Surveyor()
        around(250)
        tag.task.survey(surveyor)
        before_ms = tag.task.ble.listened_ms
        tag.live(10)
        assert tag.task.ble.listened_ms - before_ms >= 9500
        assert {one[:2] for one in surveyor.heard} >= {(DAVY_BEACON, ident(2)), (IBEACON, bytes(20))}
        assert not [one for one in surveyor.heard if one[0] == DAVY_TAG]
        loudest = [dbm for kind, name, dbm in surveyor.heard if name == ident(2)]
        assert len(loudest) >= 30 and set(loudest) == {-expected(250, 2)}
        assert [zone for zone, _, _, _ in tag.places()] == ([1, 3] if with_map else [])
        tag.task.survey(None)
        n, before_ms = len(surveyor.heard), tag.task.ble.listened_ms
        tag.live(60)
        assert len(surveyor.heard) == n
        assert tag.task.ble.listened_ms - before_ms <= (6500 if with_map else 500)
        assert [zone for zone, _, _, _ in tag.places()] == ([1, 3] if with_map else [])


def test_a_survey_by_a_radio_that_refuses_does_not_start_it_anew_all_the_time():
    tag = Tag()
    ble = tag.task.ble
    around(50)
    tag.live(1)
    ble._ble = Controller(ble._ble)
    tag.task.survey(Surveyor())
    restarts, listened_ms = ble.restarts, ble.listened_ms
    tag.live(12)
    assert 3 <= ble.restarts - restarts <= 5 and ble.listened_ms == listened_ms
    ble._ble.dead = False
    tag.live(12)
    assert ble.listened_ms - listened_ms > 8000
    tag.task.survey(None)
    tag.live(1)
    tag.t_ms = (tag.t_ms + (1 << 29)) & 0x3FFFFFFF  # so long that ticks cannot tell any more what was before
    tag.live(1)
    listened_ms = ble.listened_ms
    tag.task.survey(Surveyor())
    tag.live(3)
    assert ble.listened_ms - listened_ms > 2000


def test_silence_is_unknown():
    tag = Tag()
    around(150)
    tag.live(9)
    around(150, walls=False)
    tag.live(30)
    assert tag.places() == [(2, 0, PLACE_HEARD, 1), (0, 2, PLACE_SILENT, 255)]


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


def test_a_receiver_gone_deaf_is_started_anew():
    tag = Tag()
    around(150)
    tag.live(9)
    around(250, deaf=True)
    tag.live(100)
    assert tag.task.ble.restarts == 1 and tag.places()[-1][0] == 3, tag.places()
    said = vport.control({"do": "ble"})
    assert said["says"] and said["ms"] == 1000  # and it is still heard by others


class Controller:
    """The radio's, which refuses whatever is asked of it while it is `dead`."""

    def __init__(self, whole):
        self.whole = whole
        self.dead = True

    def __getattr__(self, name):
        if self.dead:
            raise OSError(19)
        return getattr(self.whole, name)


def test_a_controller_that_refuses_every_window_leaves_no_zone_standing():
    tag = Tag()
    around(150)
    tag.live(9)
    assert tag.places()[-1][0] == 2
    ble = tag.task.ble
    ble._ble = Controller(ble._ble)
    tag.live(30)
    assert tag.places()[-1] == (0, 2, PLACE_SILENT, 255), tag.places()
    ble._ble.dead = False
    tag.live(12)
    assert tag.places()[-1][0] == 2


def test_an_alarm_that_the_radio_refused_to_say_is_said_later():
    for with_map in (True, False):
        tag = Tag(with_map=with_map)
        tag.live(1)
        ble = tag.task.ble
        ble._ble = Controller(ble._ble)
        tag.alarms.on = ALARM_MAN_DOWN
        tag.live(1)
        ble._ble.dead = False
        tag.live(5)
        assert vport.control({"do": "ble"})["ms"] == 200, with_map


def test_a_strength_that_is_not_available_is_no_strength():
    tag = Tag()
    ble = tag.task.ble
    for dbm in (127, 21):
        ble._on_event(5, (0, b"", 0, dbm, b"\x02\x01\x06"))
    assert not ble.take(Advert()) and ble.heard == 0
    ble._on_event(5, (0, b"", 0, 20, b"\x02\x01\x06"))
    assert ble.take(Advert()) and ble.dbm == 0


def test_a_flood_of_advertisements_does_not_hold_the_task():
    tag = Tag()
    ble = tag.task.ble
    taken = []

    def refill(dbm):
        taken.append(dbm)
        assert len(taken) < 1000
        ble._on_event(5, (0, b"", 0, -60, b"\x02\x01\x06"))

    tag.task._take = refill
    refill(0)
    tag.task.step(tag.t_ms)
    assert len(taken) <= 50


def test_rescuers_hear_the_tag_and_its_alarms():
    for with_map in (True, False):
        tag = Tag(with_map=with_map)
        tag.live(1)
        calm = vport.control({"do": "ble"})
        tag.alarms.on = ALARM_MAN_DOWN
        tag.live(1)
        alarm = vport.control({"do": "ble"})
        advert = Advert()
        for said, ms, alarms in ((calm, 1000, 0), (alarm, 200, 1 << ALARM_MAN_DOWN)):
            frame = bytes([int(said["says"][i : i + 2], 16) for i in range(0, len(said["says"]), 2)])
            assert advert.read(frame, 0, len(frame)) == DAVY_TAG and said["ms"] == ms
            assert advert.alarms == alarms
        # the first four bytes of SHA-256 of the tag's id, by sha256sum
        assert bytes(advert.ident[:4]) == HASH4
        tag.task.close()
        assert not vport.control({"do": "ble"})["on"]


HASH4 = b"\x59\x9e\xd6\x22"


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
