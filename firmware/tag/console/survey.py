"""What can be heard where the tag is now: Bluetooth beacons for some seconds, and meanwhile a question to the LoRaWAN network.

The tag stays on duty: its own radios, windows and parser hear, and the place task hands on what it takes from them. Each
second it says something, so that whoever asked knows that it goes on.
"""

import ticks
from micropython import const
from tag.console.kinds import DATA, HEAD, LATER, NO_ANSWER, OVER, SIGHTINGS

_WAITS_B = const(1200)  # sightings that nobody has sent yet: a step of the place task brings 48 at most
_HEAD = const(3)
_LINK_MS = const(30000)  # a first window may open 15 s after the question
_SAY_MS = const(1000)
_WHY = (  # by the states of lorawan/probe.py
    "",
    "",
    "",
    NO_ANSWER,
    "no airtime is left in this hour",
    "not joined",
    "too late",
    "the tag could not send or listen",
    "the network answers, but not this question",
)


class Survey:
    """One of them, with the interface of tag/console/files.py. `place` as in tag/place_task.py, `probe` as in lorawan/probe.py;
    either may be None. `told` is for the end: sightings seen, those of them that found no room here are missing in what was given;
    advertisements lost before that; for how long the radio has listened; and what became of the question."""

    waits = True  # until it is over

    def __init__(self, place, probe, seconds: int, t_ms: int) -> None:
        self.told = {}
        self._place = place
        self._probe = probe
        self._end_ms = ticks.add(t_ms, 1000 * seconds)
        self._half_ms = ticks.add(t_ms, 500 * seconds)
        self._say_ms = t_ms
        self._waiting = bytearray(_WAITS_B if place else 0)
        self._n = self._seen = self._lost = self._listened_ms = 0
        self._heard = 0  # advertisements of whatever kind, before
        self._listens = self._halved = False

    def sighting(self, advert, dbm: int) -> None:
        """A beacon was heard."""
        n = self._n
        size = advert.size
        self._seen += 1
        if n + _HEAD + size > len(self._waiting):
            return
        waiting = self._waiting
        waiting[n] = size
        waiting[n + 1] = dbm & 255
        waiting[n + 2] = advert.kind
        i = 0
        while i < size:
            waiting[n + _HEAD + i] = advert.ident[i]
            i += 1
        self._n = n + _HEAD + size

    def step(self, body, t_ms: int) -> int:
        """Fill `body` after its head: how many bytes; LATER: there is nothing to say yet; OVER: `told` says the rest."""
        over = ticks.diff(t_ms, self._end_ms) >= 0
        if over:
            self._hush()
        elif self._place and not self._listens:  # not earlier: the desk has it by now, and will end it
            self._listen()
        elif self._listens and not self._halved and ticks.diff(t_ms, self._half_ms) >= 0:
            self._halved = True
            if self._place.ble.heard == self._heard:
                self._place.ble.again()  # scans fall silent: so that silence is no controller's
        asks = self._probe and not self._probe.over(t_ms)
        if over and not asks and not self._n:
            self.told = {"seen": self._seen, "lost": self._lost & 0xFFFF, "link": self._link()}
            self.told["listened_ms"] = self._listened_ms & 0x3FFFFFFF
            return OVER
        if not self._n and ticks.diff(t_ms, self._say_ms) < 0:
            return LATER
        self._say_ms = ticks.add(t_ms, _SAY_MS)
        n = self._whole()
        body[HEAD] = SIGHTINGS
        body[HEAD + 1 : HEAD + 1 + n] = self._waiting[:n]
        return 1 + n

    def _listen(self) -> None:
        ble = self._place.ble
        self._listens = True
        self._heard = ble.heard
        self._lost = -ble.lost
        self._listened_ms = -ble.listened_ms
        self._place.survey(self)

    def _whole(self) -> int:
        """Bytes of whole sightings that a frame holds."""
        n = 0
        while n < self._n and n + _HEAD + self._waiting[n] < DATA:
            n += _HEAD + self._waiting[n]
        return n

    def taken(self, n: int) -> None:
        """What `step` gave was sent."""
        n -= 1
        left = self._n - n
        self._waiting[:left] = self._waiting[n : self._n]
        self._n = left

    def _link(self):
        probe = self._probe
        if not probe:
            return None
        said = {"why": _WHY[probe.state], "sf": probe.sf, "dbm": probe.dbm}
        if not said["why"]:
            said.update({"margin_db": probe.margin_db, "gateways": probe.gateways})
            said.update({"rssi_dbm": probe.rssi_dbm, "snr_db": probe.snr_db})
        return said

    def end(self) -> None:
        """It is over, or nobody wants it any more."""
        self._hush()
        if self._probe:
            self._probe.drop()

    def _hush(self) -> None:
        """No more beacons."""
        if self._listens:
            self._lost += self._place.ble.lost
            self._listened_ms += self._place.ble.listened_ms
            self._place.survey(None)
            self._listens = False
        self._place = None


def begin(app, seconds: int, link, t_ms: int):
    """(survey, ""), or (None, why there can be none); `app` as in tag/app.py."""
    if seconds and not app.place:
        if app.settings["place"]:
            return None, "its Bluetooth does not work"
        return None, "it does not listen for beacons: davy config set place=1"
    if link and not app.lora:
        return None, "it has no LoRaWAN: davy config set lora_region=EU868 lora_app_key=..."
    probe = app.lora.probe(_LINK_MS, t_ms) if link else None
    if link and not probe:
        return None, app.lora.text
    return Survey(app.place if seconds else None, probe, seconds, t_ms), ""
