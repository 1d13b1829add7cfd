"""A survey over the service console: sightings in frames, more of them than the line takes, what ends it, what it cannot."""

import json

from console_rig import Rig

from tag.console import kinds, survey
from tag.place.adverts import Advert

HEAD = kinds.HEAD


class Ble:
    lost = 7
    listened_ms = (1 << 30) - 100
    heard = 65535
    starts = 0

    def again(self):
        self.starts += 1


class Place:
    """As tag/place_task.py for a survey."""

    def __init__(self):
        self.ble = Ble()
        self.surveyor = None

    def survey(self, surveyor):
        self.surveyor = surveyor


def begun(seconds=3, link=0):
    rig = Rig()
    rig.app.place = Place()
    rig.ask(kinds.SURVEY, data=bytes((seconds, link)))
    return rig


def hear(rig, number, dbm=-60):
    advert = Advert()
    advert.kind = 1
    advert.size = 20
    advert.ident[0] = number
    rig.app.place.surveyor.sighting(advert, dbm)


def frames(bodies):
    """(number, dBm) of the sightings in them."""
    found = []
    for body in bodies:
        assert body[:3] == bytes((kinds.SURVEY | kinds.ANSWER, 9, kinds.SIGHTINGS)), body
        assert (len(body) - 3) % 23 == 0
        for at in range(3, len(body), 23):
            assert body[at] == 20 and body[at + 2] == 1
            found.append((body[at + 3], body[at + 1] - 256))
    return found


def test_sightings_come_at_once_and_the_rest_at_the_end():
    rig = begun()
    assert frames(rig.work()) == []  # it has begun
    assert rig.work() == []
    for number in range(12):
        hear(rig, number, -60 - number)
    assert frames(rig.work()) == [(number, -60 - number) for number in range(12)]
    rig.t_ms += 1000
    assert len(rig.work()) == 1  # it goes on
    hear(rig, 99, -128)
    rig.t_ms += 2000
    bodies = rig.work()
    assert frames(bodies[:1]) == [(99, -128)]
    assert json.loads(bodies[1][3:]) == {"seen": 13, "lost": 0, "listened_ms": 0, "link": None} and bodies[1][2] == 0
    assert rig.app.place.surveyor is None and rig.work() == []


def test_what_the_line_does_not_take_is_counted():
    rig = begun()
    rig.work()
    for number in range(100):
        hear(rig, number)
    rig.app.place.ble.lost += 5
    rig.app.place.ble.listened_ms = 2400
    rig.t_ms += 3000
    *bodies, last = rig.work()
    assert [number for number, _ in frames(bodies)] == list(range(52))  # 1200 bytes of them
    assert json.loads(last[3:]) == {"seen": 100, "lost": 5, "listened_ms": 2500, "link": None}  # 48 are missing


def test_another_question_ends_it_and_so_does_a_line_that_nobody_reads():
    rig = begun(60)
    rig.work()
    assert rig.app.place.surveyor
    rig.ask(kinds.HELLO)
    assert rig.app.place.surveyor is None
    assert {body[0] for body in rig.work()} == {kinds.HELLO | kinds.ANSWER}
    rig = begun(60)
    rig.port.takes = False
    rig.work()
    for _ in range(11):
        hear(rig, 1)
        rig.work()
        rig.t_ms += 1000
    assert rig.app.place.surveyor is None
    rig.port.takes = True
    assert rig.work() == []


def test_a_watcher_is_told_meanwhile():
    rig = begun(5)
    rig.work()
    rig.ask(kinds.WATCH, data=b"\x01")
    assert kinds.STATE in {body[0] for body in rig.work()} and rig.app.place.surveyor


class Lora:
    """As tag/lora_task.py for a survey, and what it gives."""

    text = "lora_region is set, lora_app_key is not"
    state = 7
    sf = 12
    dbm = 16

    def __init__(self, well=True):
        self.well = well
        self.left = 3
        self.dropped = 0

    def probe(self, most_ms, t_ms):
        return self if self.well else None

    def over(self, t_ms):
        self.left -= 1
        return self.left < 0

    def drop(self):
        self.dropped += 1


def test_a_tag_that_could_not_listen_is_said_and_who_asks_no_more_takes_the_question_back():
    rig = Rig()
    rig.app.lora = Lora()
    rig.ask(kinds.SURVEY, data=b"\x00\x01")
    bodies = []
    for _ in range(5):
        bodies += rig.work()
        rig.t_ms += 1000
    assert json.loads(bodies[-1][3:])["link"] == {"why": "the tag could not send or listen", "sf": 12, "dbm": 16}
    rig.app.lora = lora = Lora()
    rig.ask(kinds.SURVEY, data=b"\x00\x01")
    rig.work()
    assert not lora.dropped
    rig.ask(kinds.HELLO)
    assert lora.dropped == 1


def test_memory_that_ends_while_it_begins_leaves_nobody_listening():
    rig = Rig()
    rig.app.place = Place()
    make = survey.Survey

    def broken(*args):
        make(*args)
        raise MemoryError

    survey.Survey = broken
    try:
        rig.ask(kinds.SURVEY, data=b"\x05\x00")
    finally:
        survey.Survey = make
    [body] = rig.work()
    assert body[0] == kinds.REFUSED and body[3:] == b"no memory" and rig.app.place.surveyor is None


def test_a_radio_that_hears_nothing_at_all_is_started_anew_once_at_half_time():
    for heard, starts in ((65535, 1), (0, 0)):
        rig = begun(4)
        rig.work()
        ble = rig.app.place.ble
        ble.heard = heard
        for _ in range(19):
            rig.t_ms += 100
            rig.work()
        assert not ble.starts
        for _ in range(30):
            rig.t_ms += 100
            rig.work()
        assert ble.starts == starts


def test_what_is_set_and_does_not_work_is_not_asked_to_be_set():
    rig = Rig()
    rig.app.settings["place"] = 1
    rig.app.lora = Lora(well=False)
    rig.ask(kinds.SURVEY, data=b"\x05\x00")
    assert rig.work()[0][3:] == b"its Bluetooth does not work"
    rig.ask(kinds.SURVEY, data=b"\x00\x01")
    assert rig.work()[0][3:] == b"lora_region is set, lora_app_key is not"


def test_what_the_tag_cannot_is_refused():
    for seconds, link, why in ((5, 0, "place=1"), (0, 1, "lora_region"), (5, 1, "place=1")):
        rig = Rig()
        rig.ask(kinds.SURVEY, data=bytes((seconds, link)))
        [body] = rig.work()
        assert body[0] == kinds.REFUSED and why in body[3:].decode()
    rig = Rig()
    rig.ask(kinds.SURVEY, data=bytes((0, 0)))
    *_, body = rig.work()
    assert json.loads(body[3:]) == {"seen": 0, "lost": 0, "listened_ms": 0, "link": None}
    rig.ask(kinds.SURVEY, data=b"\x05")  # cut short
    [body] = rig.work()
    assert body[0] == kinds.REFUSED
