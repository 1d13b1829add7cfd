"""A whole virtual tag that walks past beacons, rides a vehicle, loses power, hears nothing: zones as records, and its duty."""

import json
import math
import random
from collections.abc import Iterator
from pathlib import Path

import pytest
from cli_here import davy
from tag_life import Life

from davy import runtime
from davy.site import pack, source
from davy.site.learn import LAW, POWER_DBM
from davy.site.model import SiteMap
from tag import events

MAP = """
schema = 1
name = "gallery"
number = 7
version = 2
pitch_m = 5.0
{zones}
[[vehicle]]
name = "loco"
{beacons}
[[beacon]]
name = "on the loco"
kind = "davy"
id = "7:99"
vehicle = "loco"
"""
ZONES = 5
SIDE_M = 20.0
LOCO = ZONES + 1


class Gallery:
    """Where the wearer is at each moment: (from s, x in m, metres a second); and the loco, from when to when he rides it."""

    def __init__(self, steps: list[tuple[float, float, float]], ride: tuple[float, float] = (0.0, 0.0)) -> None:
        self.steps = steps
        self.ride = ride
        self.silent = False
        self._chance = random.Random(11)

    def x_m(self, t_s: float) -> float:
        began, x, speed = [step for step in self.steps if step[0] <= t_s][-1]
        return x + speed * (t_s - began)

    def beacons(self, t_us: int) -> list[tuple[bytes, bytes, int]]:
        t_s = t_us / 1e6
        if self.silent:
            return []
        x = self.x_m(t_s)
        heard = []
        for zone in range(ZONES):
            away = max(1.0, abs(x - (zone + 0.5) * SIDE_M))
            dbm = POWER_DBM - LAW * math.log10(away) + self._chance.gauss(0, 4)
            if dbm > -97:
                heard.append((bytes(6), frame(zone), round(dbm)))
        if self.ride[0] <= t_s < self.ride[1]:
            heard.append((bytes(6), frame(99), round(-52 + self._chance.gauss(0, 3))))
        return heard


def frame(number: int) -> bytes:
    return bytes.fromhex("0201060bffffff445610c5") + (7).to_bytes(2, "big") + number.to_bytes(2, "big")


HEIGHTS_M = {0: -60, -1: -120, -2: -180, -3: -240, -4: -300}


def press_hpa(height_m: float) -> float:
    """The barometric formula at 20 degrees C, M g / R = 0.0341626 K/m (ISO 2533)."""
    return 1013.25 * math.exp(-0.0341626 * height_m / 293.15)


@pytest.fixture(scope="module")
def signed(tmp_path_factory: pytest.TempPathFactory) -> tuple[bytes, str]:
    """A map's file, and the public key for the settings."""
    folder: Path = tmp_path_factory.mktemp("site")
    zones = "".join(
        f'[[zone]]\nname = "z{n + 1}"\nareas = [[{n * SIDE_M}, 0, {(n + 1) * SIDE_M}, 5]]\nlevel = {-n}\n'
        for n in range(ZONES)
    )
    beacons = "".join(
        f'[[beacon]]\nname = "b{n + 1}"\nkind = "davy"\nid = "7:{n}"\nzone = "z{n + 1}"\nat = [{(n + 0.5) * SIDE_M}, 0]\n'
        for n in range(ZONES)
    )
    levels = "".join(f"[[level]]\nnumber = {level}\nheight_m = {height}\n" for level, height in HEIGHTS_M.items())
    (folder / "map.toml").write_text(MAP.format(zones=zones, beacons=beacons) + levels)
    assert davy("limits", "keygen", str(folder / "key"), "--signatures", "32").returncode == 0
    done = davy("site", "sign", str(folder / "map.toml"), "--key", str(folder / "key"), "-o", str(folder / "m.dav"))
    assert done.returncode == 0, done.stderr
    site: SiteMap = source.read(folder / "map.toml")
    assert pack.parse((folder / "m.dav").read_bytes()).map.ident == site.ident == 0x0702
    public = json.loads(davy("limits", "key", str(folder / "key"), "--json").stdout)["public"]
    return (folder / "m.dav").read_bytes(), public


def tag_in(
    gallery: Gallery, signed: tuple[bytes, str], interpreter: str = "mp64", heap: str = "", board: str = "virtual"
) -> Iterator[Life]:
    with Life(interpreter, heap, board=board, place=1, map_key=signed[1]) as life:
        life.flash(lambda files: files.__setitem__("site.new", signed[0]))
        life.board.ble.beacons = gallery.beacons
        yield life


def test_a_shift_on_foot_and_on_a_loco(signed: tuple[bytes, str]) -> None:
    gallery = Gallery([(0, 5, 0), (60, 5, 0.8), (115, 49, 0), (300, 49, 1.5), (330, 94, 0)], ride=(280, 332))
    for life in tag_in(gallery, signed):
        life.live(240)
        walked = life.said("place")
        assert [row[0] for row in walked] == [1, 2, 3], walked  # stood, walked on, and stands for two minutes
        assert all(row[6] == 0x0702 for row in walked) and [row[5] for row in walked] == [0, -1, -2]
        life.live(92)
        boarded = life.said("place")[-1]
        assert (boarded[0], boarded[2]) == (LOCO, events.PLACE_BOARDED), life.said("place")
        life.live(60)
        left = life.said("place")[-1]
        assert (left[0], left[1], left[2]) == (5, LOCO, events.PLACE_LEFT), life.said("place")
        duty = life.board.ble.listened_us / life.bench.now_us
        assert 0.09 < duty <= 0.10, duty
        assert life.said("crash") == [] and life.said("fault") == []


def test_a_power_cut_forgets_the_place_and_finds_it_again(signed: tuple[bytes, str]) -> None:
    gallery = Gallery([(0, 30, 0)])
    for life in tag_in(gallery, signed):
        life.live(40)
        assert [row[0] for row in life.said("place")] == [2]
        assert life.board.ble.advertising and life.board.ble.interval_us == 1_000_000
        life.tag.power_cut(life.bench.now_us)
        life.tag.power_on(life.bench.now_us)
        life.live(40)
        assert [row[:2] for row in life.said("place")] == [
            (2, 0),
            (2, 0),
        ]  # the gateway hears that it had to be found anew
        assert life.said("crash") == []


def test_a_radio_that_hears_nothing_any_more(signed: tuple[bytes, str]) -> None:
    gallery = Gallery([(0, 30, 0)])
    for life in tag_in(gallery, signed):
        life.live(40)
        life.board.ble.deaf = True
        life.live(40)
        assert life.said("place")[-1][:3] == (0, 2, events.PLACE_SILENT)
        life.live(60)
        assert not life.board.ble.deaf  # off and on
        assert life.said("place")[-1][:3] == (2, 0, events.PLACE_HEARD)


@pytest.mark.parametrize("interpreter", ["mp64", "mp32"])
def test_a_cage_without_beacons_is_followed_by_its_air_pressure(signed: tuple[bytes, str], interpreter: str) -> None:
    if interpreter == "mp32" and not has_mp32():
        pytest.skip("the 32-bit runtime cannot be had here")
    gallery = Gallery([(0, 50, 0)])  # zone 3, level -2 at -180 m
    cage = Gallery([(0, -180, 0), (90, -180, -6), (110, -300, 0), (200, -300, 6), (210, -240, 0)])
    for life in tag_in(gallery, signed, interpreter, board="virtual-multigas"):
        life.board.world.air_source = lambda t_us: (23.0, press_hpa(cage.x_m(t_us / 1e6)), 60.0)
        life.live(90)
        assert [row[:3] for row in life.said("place")] == [(3, 0, events.PLACE_HEARD)]
        gallery.silent = True
        life.live(110)
        assert [(row[0], row[5]) for row in life.said("place")][-1] == (0, -4), life.said("place")
        life.live(50)
        last = life.said("place")[-1]
        assert (last[0], last[1], last[2], last[5]) == (0, 0, events.PLACE_AIR, -3), life.said("place")
        gallery.silent = False
        life.live(20)
        assert [(row[0], row[5]) for row in life.said("place")][-1] == (3, -2)
        assert life.said("crash") == [] and life.said("fault") == []


def test_in_an_alarm_rescuers_hear_it_more_often(signed: tuple[bytes, str]) -> None:
    gallery = Gallery([(0, 30, 0)])
    for life in tag_in(gallery, signed):
        life.board.world.button_source = lambda t_us: 20e6 < t_us < 24e6
        life.live(30)
        assert life.alarm(events.ALARM_SOS) == events.ON
        assert life.board.ble.interval_us == 200_000
        assert life.board.ble.advertising is not None
        assert int.from_bytes(life.board.ble.advertising[-2:], "big") == 1 << events.ALARM_SOS


def test_a_tag_without_the_setting_leaves_the_radio_off() -> None:
    with Life() as life:
        life.live(20)
        assert not life.board.ble.active and life.said("place") == []


def has_mp32() -> bool:
    try:
        runtime.find("mp32")
    except runtime.Unavailable:
        return False
    return True


@pytest.mark.skipif(not has_mp32(), reason="the 32-bit runtime cannot be had here")
def test_what_place_takes_of_the_heap_on_32_bit(signed: tuple[bytes, str]) -> None:
    gallery = Gallery([(0, 5, 0), (60, 5, 0.8), (115, 49, 0)])
    for life in tag_in(gallery, signed, "mp32", "180k"):
        life.live(310)
        assert b"MemoryError" not in life.printed and life.tag.boots == 1
        assert [row[0] for row in life.said("place")] == [1, 2, 3]
        assert life.said("crash") == []
        free_b = [int(beat[2]) for beat in life.said("heartbeat")]
        print("free", free_b)
        assert min(free_b) > 5_000 and free_b[-1] >= free_b[1] - 500
