"""The task of the wearer's place and its radio: surveys, refusals, deafness, floods, what rescuers hear."""

from place_rig import expected, ident
from place_tag import Tag, around

import vport
from tag.events import (
    ALARM_MAN_DOWN,
    PLACE_SILENT,
)
from tag.place.adverts import DAVY_BEACON, DAVY_TAG, IBEACON, Advert

HASH4 = b"\x59\x9e\xd6\x22"


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
