"""The task of the wearer's place: listens for the site's beacons, says where he is, and lets rescuers hear the tag.

Loaded where the setting `place` asks for it, and not otherwise. Not quite a tenth of the time is listened, in one window of every
`place_every_ms`, at a moment of its first half drawn by chance: a window that came as regularly as a beacon's messages would
miss them for minutes. In between what was heard is weighed. Each change of the zone is a PLACE record (tag/events.py): the zone of
tag/place/zones.py, or the vehicle that carries the wearer (tag/place/vehicle.py). These are kept until they are delivered, so they
are rationed: where the zone flaps, or somebody makes it flap, one each 15 s, after twenty. Without a map the tag advertises only.

What the tag says of itself (tag/place/adverts.py, DAVY_TAG): four bytes of the SHA-256 of its tag_id, and its alarms, a bit each;
every second, and five times a second while there is an alarm.

Where the board has an air sensor and the map has heights, PLACE tells the level that the air pressure hints at (tag/place/level.py)
while the zone is unknown, or a vehicle.
"""

import binascii
import hashlib

import ticks
from micropython import const
from tag import sitefile
from tag.events import (
    ALARM_COUNT,
    CODE_MISSING,
    CONFIG,
    OFF,
    PLACE,
    PLACE_AIR,
    PLACE_BOARDED,
    PLACE_FOREIGN,
    PLACE_HEARD,
    PLACE_LEFT,
    PLACE_SILENT,
)
from tag.hal.ble import Ble
from tag.place.adverts import DAVY_TAG, TAG_LENGTH, Advert, tag_frame
from tag.place.estimate import Estimator
from tag.place.vehicle import ABOARD, Vehicle
from tag.place.zones import Zones

_CALM_MS = const(1000)
_ALARM_MS = const(200)
_RETRY_MS = const(3000)
_POWER_DBM = const(-62)  # at 1 m, of a tag on a belt: an assumption
_AT_ONCE = const(48)  # what the ring of hal/ble.py holds
_BURST = const(20)  # PLACE records at once
_EACH_MS = const(15000)  # and one more in so long
_SHARE = const(97)  # listens for so much of 1000: a tenth, less the window more than periods that a watch of 100 s sees
_SURVEY_MS = const(500)  # a window of a survey, one after the other
_REFUSED_MS = const(3000)  # after one that the radio refused
_NONE = const(255)
_NO_LEVEL = const(-128)
_AIR_MS = const(2000)
_HEARD_MS = const(6000)  # one window in which beacons of the walls were missed is nothing


class PlaceTask:
    """`step` often; `alarms` as in tag/alarms/engine.py, `keep` puts an event into the journal; `air` as in drivers/air.py,
    which somebody else polls, or None."""

    def __init__(self, settings, alarms, keep, t_ms: int, root: str = "", air=None) -> None:
        self._alarms = alarms
        self._keep = keep
        self._every_ms = settings["place_every_ms"]
        self._due_ms = self._period_ms = t_ms
        self._advert = Advert()
        self._frame = bytearray(TAG_LENGTH)
        self._hash = hashlib.sha256(binascii.unhexlify(settings["tag_id"])).digest()[:4]
        self._chance = (self._hash[0] << 8 | self._hash[1]) & 0x7FFF  # no two tags listen in step
        self._said = -1  # alarms that are advertised
        self._refused = False  # by the radio: what is said is not on the air
        self._retry_ms = t_ms
        self.zone = 0  # as recorded last; a vehicle's number counts as one
        self._rode = False  # so it was recorded
        self._ration = _BURST
        self._ration_ms = t_ms
        self.site, code, text = sitefile.load(root, settings["map_key"] or settings["limits_key"])
        if text or not self.site:
            code = code if text else CODE_MISSING
            keep((CONFIG, t_ms, code, text or "place is set, and there is no site map"))
        self._air = air
        self._told = _NO_LEVEL  # in the last record
        self._level = self._estimator = None
        self._air_ms = self._heard_ms = t_ms
        if air and self.site and self.site.heights:
            from tag.place.level import Level  # not loaded otherwise

            self._level = Level(self.site.heights, t_ms)
        if self.site:
            self._estimator = Estimator(self.site)
            self._zones = Zones(self._estimator, t_ms)
            self._vehicle = Vehicle(t_ms)
        self.ble = Ble(t_ms)
        self._surveyor = None
        self._survey_ms = t_ms  # its next window, not before

    def survey(self, surveyor) -> None:
        """Listen all the time, and give each beacon's advertisement to `surveyor.sighting(advert, dbm)`; None: no more. What was
        heard is weighed as often as ever."""
        self._surveyor = surveyor

    def step(self, t_ms: int) -> None:
        """Allocates nothing unless something changes."""
        self._advertise(t_ms)
        ble = self.ble
        over = ble.step(t_ms)
        left = _AT_ONCE  # in a flood the interrupt fills the ring as fast as it is emptied
        while left and ble.take(self._advert):
            self._take(ble.dbm)
            left -= 1
        if not self._surveyor:
            self._survey_ms = t_ms
        due = ticks.diff(t_ms, self._due_ms) >= 0
        if over and self._estimator and (due or not self._surveyor):
            self._weigh(t_ms)
        if ble.listening:
            pass
        elif self._surveyor:
            self._hear_on(due, t_ms)
        elif self._estimator and due:
            self._draw(t_ms)
            ble.begin(self._every_ms * _SHARE // 1000, t_ms)
        if self._level and ticks.diff(t_ms, self._air_ms) >= _AIR_MS:
            self._air_ms = t_ms
            self._feel(t_ms)

    def _draw(self, t_ms: int) -> None:
        """When the next window is due; a period each, so that their share of the time stays what it is."""
        self._period_ms = ticks.add(self._period_ms, self._every_ms)
        if not 0 <= ticks.diff(self._period_ms, t_ms) <= self._every_ms:  # nothing was due for a while
            self._period_ms = ticks.add(t_ms, self._every_ms)
        self._chance = (self._chance * 25173 + 13849) & 0x7FFF  # below 2^30; all 32768 values, each once
        self._due_ms = ticks.add(self._period_ms, self._every_ms // 2 * self._chance >> 15)

    def _hear_on(self, due, t_ms: int) -> None:
        """The next window of a survey."""
        ble = self.ble
        if due:  # what was heard has just been weighed
            self._due_ms = ticks.add(t_ms, self._every_ms)
        if ticks.diff(t_ms, self._survey_ms) >= 0 and not ble.begin(_SURVEY_MS, t_ms):
            self._survey_ms = ticks.add(t_ms, _REFUSED_MS)  # to start the controller anew takes time that others need

    def _take(self, dbm: int) -> None:
        advert = self._advert
        if not advert.size or advert.kind == DAVY_TAG:
            return
        if self._surveyor:
            self._surveyor.sighting(advert, dbm)
        if self._estimator:
            beacon = self.site.find(advert.kind, advert.ident, advert.size)
            if beacon >= 0:
                self._estimator.hear(beacon, dbm)

    def _weigh(self, t_ms: int) -> None:
        estimator, vehicle, site = self._estimator, self._vehicle, self.site
        b = 0
        while b < site.beacons:
            if site.vehicle[b]:
                dbm = estimator.median_dbm(b)
                if dbm > -128:
                    vehicle.hear(b, dbm)
            b += 1
        heard = estimator.close()
        if heard:
            self._heard_ms = t_ms
        self._zones.window(heard, t_ms)
        vehicle.window(self._zones.zone, t_ms)
        zone = self._zones.zone
        if vehicle.state == ABOARD:
            zone = site.vehicle[vehicle.beacon]
        if self._may(t_ms) and zone != self.zone:
            self._ration -= 1
            self._tell(zone, heard, t_ms)

    def _may(self, t_ms: int) -> bool:
        n = ticks.diff(t_ms, self._ration_ms) // _EACH_MS
        if n:
            self._ration = min(_BURST, self._ration + abs(n))
            self._ration_ms = ticks.add(t_ms, -(ticks.diff(t_ms, self._ration_ms) % _EACH_MS))
        return self._ration > 0

    def _tell(self, zone: int, heard: int, t_ms: int) -> None:
        beacon, sure = _NONE, 0
        level = self._level.level if self._level else _NO_LEVEL
        was_aboard = self._rode
        self._rode = self._vehicle.state == ABOARD
        if self._rode:
            why, beacon, sure = PLACE_BOARDED, self._vehicle.beacon, 100
        elif zone:
            why = PLACE_LEFT if was_aboard else PLACE_HEARD
            beacon = self._estimator.loudest if self._estimator.loudest >= 0 else _NONE
            sure = 50 + min(49, self._estimator.clear_q4 * 49 // 80)  # 5 nats are as sure as it gets
            level = self.site.level(zone)
        else:
            why = PLACE_LEFT if was_aboard else PLACE_FOREIGN if heard else PLACE_SILENT
        before = self.zone
        self.zone = zone
        self._told = level
        self._keep((PLACE, t_ms, zone, before, why, beacon, sure, level, self.site.ident))

    def _advertise(self, t_ms: int) -> None:
        said = 0
        alarm = 1
        while alarm < ALARM_COUNT:
            if self._alarms.state(alarm) != OFF:
                said |= 1 << alarm
            alarm += 1
        if said != self._said:
            self._said = said
            n = tag_frame(self._frame, self._hash, _POWER_DBM, said)
            self._refused = not self.ble.advertise(_ALARM_MS if said else _CALM_MS, self._frame, n)
            self._retry_ms = ticks.add(t_ms, _RETRY_MS)
        elif self._refused and not self.ble.listening and ticks.diff(t_ms, self._retry_ms) >= 0:
            self._retry_ms = ticks.add(t_ms, _RETRY_MS)
            self._refused = not self.ble.again()

    def close(self) -> None:
        """The tag goes to service."""
        self.ble.close()

    def _feel(self, t_ms: int) -> None:
        """The level by the air; told when it is another one where no beacon of a wall says it."""
        level = _NO_LEVEL
        if self._zones.zone and 0 <= ticks.diff(t_ms, self._heard_ms) <= _HEARD_MS:
            level = self.site.level(self._zones.zone)
        self._level.sample(level, self._air, t_ms)
        if self._level.level != self._told and (not self.zone or self._vehicle.state == ABOARD) and self._may(t_ms):
            self._ration -= 1
            self._hint(t_ms)

    def _hint(self, t_ms: int) -> None:
        zone = self.zone
        sure = 100 if zone else 0  # of the vehicle
        self._told = self._level.level
        self._keep((PLACE, t_ms, zone, zone, PLACE_AIR, _NONE, sure, self._told, self.site.ident))
