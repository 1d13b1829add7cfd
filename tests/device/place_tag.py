"""The task of the wearer's place on the virtual board, its site map on flash, and what is on the air around it."""

import struct
import time

from limits_rig import SIZE, Key, Place, packed
from place_rig import body, expected, ident

import quality
import vport
from tag import settings
from tag.events import (
    OFF,
    ON,
    PLACE,
)
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
