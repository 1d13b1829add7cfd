"""The radio's task: LoRaWAN as a second way of the records and orders, and calls for help between tags.

    /lorawan.a, /lorawan.b    the MAC's state (lorawan/kept.py), the same in both, written one after the other

Loaded where the settings name a region, and not otherwise. `fault` says what keeps it from working: CODE_MISSING no radio on the
board, no key or no name; CODE_FAILED the radio has not answered for _BROKEN_MS; CODE_CORRUPT both files are damaged: the device
must not join before somebody has set `lora_floor`; CODE_FULL its DevNonces are used up: it needs a new identity.
"""

import binascii

import ticks
from lorawan.mac import Mac
from lorawan.regions.names import find
from lorawan.session import Otaa
from micropython import const
from tag.events import CODE_CORRUPT, CODE_FAILED, CODE_FULL, CODE_MISSING, FROM_LORAWAN
from tag.hal import lora, system
from tag.hal.lora_port import LoraPort
from tag.reporting.lora_link import LoraLink
from tag.reporting.shout import Shout

FILES = ("lorawan.a", "lorawan.b")
_LINK_MS = const(200)
_SLOW_MS = const(10000)
_BROKEN_MS = const(10000)
_TIME_MS = const(43200000)
_LEAST = const(21)  # an alarm in a frame of its own
_LEAP_S = const(18)  # GPS time runs ahead of UTC by so much since 2017
_GPS_TO_2000_S = const(630720000)
_FULL_MV = const(4200)  # of a lithium cell
_ENOENT = const(2)


class LoraTask:
    """`step` gives the orders that have come; `parts` are those of board.json, `root` is where the two files are."""

    def __init__(self, settings, parts, buses, memory, core, clock, t_ms: int, root: str = "") -> None:
        self._memory = memory
        self._core = core
        self._clock = clock
        self._root = root
        self._low_mv = settings["battery_low_mv"]
        self.battery_mv = -1
        self.fault = CODE_MISSING
        self.text = ""  # what is wrong, in words
        self._port = self._mac = self._link = self._radio = self._probe = None
        self._well_ms = self._link_ms = self._slow_ms = t_ms
        self._told_ms = t_ms  # when the network was asked for the time
        self._asked = False
        self._broken = False
        self._calls = 0
        self.shout = self._shout(settings)
        if not settings["lora_app_key"]:
            self.text = "lora_region is set, lora_app_key is not"
            return
        if not settings["lora_dev_eui"] and not settings["tag_id"]:
            self.text = "lora_region is set, neither lora_dev_eui nor tag_id is"
            return
        region = find(settings["lora_region"], None, settings["lora_subband"])
        self._radio = self._open(parts, buses, region.rx2_hz // 1000000)
        if self._radio:
            self._begin(settings, region, t_ms)

    def _shout(self, settings):
        if settings["shout"] and settings["site_key"] and settings["tag_id"]:
            key, tag_id = binascii.unhexlify(settings["site_key"]), binascii.unhexlify(settings["tag_id"])
            return Shout(key, tag_id, system.random_bits)
        return None

    def _open(self, parts, buses, mhz: int):
        for part in parts:
            try:
                if part["role"] == "radio":
                    return lora.open_radio(part, buses, mhz)
            except Exception as error:  # whatever a pin or bus refuses with: the tag goes on without it
                self.text = "radio: " + type(error).__name__ + " " + str(error)
                return None
        self.text = "lora_region is set, and the board has no radio"
        return None

    def _begin(self, settings, region, t_ms: int) -> None:
        dev_eui = binascii.unhexlify(settings["lora_dev_eui"] or settings["tag_id"])
        who = Otaa(dev_eui, binascii.unhexlify(settings["lora_join_eui"]), binascii.unhexlify(settings["lora_app_key"]))
        self._mac = mac = Mac(
            region,
            who,
            t_ms,
            system.random_bits(29),
            stored(self._root),
            floor=settings["lora_floor"],
            class_c=settings["lora_class"] == "C",
            share=settings["lora_share"],
            least=_LEAST,
            antenna_dbi=settings["lora_dbi"],
        )
        self._link = LoraLink(mac, self._memory.outbox, self._memory.lora, settings["lora_air_s"], t_ms)
        self._port = LoraPort(self._radio, mac, self._store, self._link, self.shout, t_ms)
        self.fault = CODE_CORRUPT if mac.lost else 0
        if mac.lost:
            self.text = "lorawan.a, lorawan.b: damaged; set lora_floor above any DevNonce that was used"

    def step(self, alone, t_ms: int):
        """A round, every 20 ms. `alone`: no other link is up."""
        if not self._port:
            return ()
        here = self._port.step(t_ms)
        if self._radio.working:
            self._well_ms = t_ms
            self._broken = False
        if not here:
            return ()
        if self._probe and self._probe.over(t_ms):  # here it sees the MAC idle, before the next record takes it
            self._probe = None
        if ticks.diff(t_ms, self._link_ms) < 0 and not self._mac.outcome and self._mac.down_port < 0:
            return ()
        self._link_ms = ticks.add(t_ms, _LINK_MS)
        self._port.listen_first(t_ms)
        orders = self._link.step(alone, self._radio.working, t_ms)
        self._hear_calls(t_ms)
        if ticks.diff(t_ms, self._slow_ms) >= 0:
            self._slow_ms = ticks.add(t_ms, _SLOW_MS)
            self._slowly(t_ms)
        self._tell_time(t_ms)
        return orders

    def _hear_calls(self, t_ms: int) -> None:
        if not self.shout:
            return
        news = self._port.news
        while news:
            self._memory.keep(news.pop(0))
        calls = self.shout.calls(t_ms)
        if calls != self._calls:
            self._calls = calls
            self._memory.keep_all(self._core.peers(calls, t_ms))

    def _slowly(self, t_ms: int) -> None:
        """Now and then."""
        self._broken = self._broken or ticks.diff(t_ms, self._well_ms) >= _BROKEN_MS
        if self.fault != CODE_CORRUPT:
            self.fault = CODE_FULL if self._mac.lost else CODE_FAILED if self._broken else 0
        if self.battery_mv >= 0:
            span = max(1, _FULL_MV - self._low_mv)
            self._mac.stack.commands.battery = max(1, min(254, 1 + (self.battery_mv - self._low_mv) * 253 // span))
        if self.shout:
            self.shout.minute = self._clock.now_s(t_ms) // 60 & 0xFFFF if self._clock.sure(t_ms) else 0
        if not self._mac.joined:
            self._asked = False
        elif not self._asked or ticks.diff(t_ms, self._told_ms) >= _TIME_MS:
            self._asked = True
            self._told_ms = t_ms
            self._mac.ask_time()

    def _tell_time(self, t_ms: int) -> None:
        """The network's time, once it has told it."""
        commands = self._mac.stack.commands
        if not commands.time_answered:
            return
        commands.time_answered = False
        ms = (commands.gps_256 * 1000 >> 8) + ticks.diff(t_ms, self._mac.gps_ms)
        now_s = commands.gps_s - _GPS_TO_2000_S - _LEAP_S + ms // 1000
        event = self._clock.told(now_s, ms % 1000, FROM_LORAWAN, t_ms)
        if event:
            self._memory.keep(event)

    def _store(self, state) -> bool:
        return store(state, self._root)

    def probe(self, most_ms: int, t_ms: int):
        """Ask how well the network hears: a lorawan/probe.py, which takes so long at most; None: `text` says what is wrong."""
        if not self._link:
            return None
        from lorawan.probe import Probe  # not loaded otherwise

        if self._probe:
            self._probe.drop()
        self._probe = Probe(self._mac, most_ms, self._link.left_ms(), t_ms)
        return self._probe

    def close(self) -> None:
        """The tag goes to service."""
        if self._radio:
            self._radio.sleep()


def store(state, root: str = "") -> bool:
    """Both files, one after the other: a power cut leaves one of them whole."""
    try:
        for name in FILES:
            with open(root + "/" + name, "wb") as file:
                file.write(state)
    except OSError:
        return False
    return True


def stored(root: str = "") -> list:
    """What the files hold: no bytes where there is none, one byte where there is one that cannot be read."""
    return [_read(root + "/" + name) for name in FILES]


def _read(path: str) -> bytes:
    try:
        with open(path, "rb") as file:
            return file.read(1024)
    except OSError as error:
        return b"" if error.errno == _ENOENT else b"?"  # it was there: the device is not new
