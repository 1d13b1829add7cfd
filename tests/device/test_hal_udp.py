"""Wi-Fi and the datagram carrier on the virtual air: joining for ever, losing the access point, a radio that refuses."""

import time

import vport
from tag.hal import carriers, wifi
from tag.hal.udp import UdpLink
from tag.settings import DEFAULTS

SETTINGS = dict(DEFAULTS, wifi_ssid="davy", wifi_password="davydavy", gateway_host="10.0.0.1", gateway_port=1700)


def until(link, up: bool, most_ms: int) -> int:
    """Step until it is so; the time it took."""
    t0 = time.ticks_ms()
    while link.up != up and time.ticks_diff(time.ticks_ms(), t0) < most_ms:
        link.step(time.ticks_ms())
        time.sleep_ms(100)
    return time.ticks_diff(time.ticks_ms(), t0)


def test_it_is_the_carrier_of_settings_without_a_broker():
    assert isinstance(carriers.chosen(SETTINGS, time.ticks_ms()), UdpLink)


def test_it_joins_loses_and_joins_again_for_ever():
    vport.control({"do": "wifi", "up": True})
    link = UdpLink(SETTINGS, time.ticks_ms())
    assert not link.send(b"x", time.ticks_ms()) and link.receive() == 0 and not link.ready and not link.room
    assert until(link, True, 10000) < 3000
    assert link.send(b"x", time.ticks_ms()) and link.ready and link.room
    assert link.receive() == 0 and link.confirmed() == 0
    vport.control({"do": "wifi", "up": False})
    assert until(link, False, 10000) < 3000
    drops = link.wifi.drops
    for _ in range(1500):
        link.step(time.ticks_ms())
        time.sleep_ms(100)
    assert 3 <= link.wifi.drops - drops <= 9, link.wifi.drops  # pauses grow from 2 s, each try lasts 15 s
    vport.control({"do": "wifi", "up": True})
    assert until(link, True, 120000) < 50000
    link.close(time.ticks_ms())
    assert not link.up


def test_without_an_access_point_or_a_gateway_the_radio_stays_off():
    for settings in (dict(SETTINGS, wifi_ssid=""), dict(SETTINGS, gateway_host="")):
        link = UdpLink(settings, time.ticks_ms())
        for _ in range(50):
            link.step(time.ticks_ms())
            time.sleep_ms(100)
        assert not link.up and link.wifi.drops == 0


def test_a_radio_that_cannot_be_had_is_tried_again_and_ends_nothing():
    class NoRadio:
        STA_IF = 0
        asked = 0

        def WLAN(self, which):
            self.asked += 1
            raise OSError("WiFi Out of Memory")

    real = wifi.network
    wifi.network = none = NoRadio()  # pyright: ignore[reportAttributeAccessIssue]
    try:
        link = UdpLink(SETTINGS, time.ticks_ms())
        for _ in range(100):
            link.step(time.ticks_ms())
            time.sleep_ms(100)
    finally:
        wifi.network = real
    assert not link.up and 2 <= none.asked <= 4 and link.wifi.errors == none.asked == link.wifi.drops


def test_a_radio_that_raises_at_every_call_ends_nothing():
    class Sick:
        def active(self, *what):
            raise OSError(5)

        connect = isconnected = active

    class Radio:
        STA_IF = 0

        def WLAN(self, which):
            return Sick()

    real = wifi.network
    wifi.network = Radio()  # pyright: ignore[reportAttributeAccessIssue]
    try:
        link = UdpLink(SETTINGS, time.ticks_ms())
        for _ in range(100):
            link.step(time.ticks_ms())
            time.sleep_ms(100)
    finally:
        wifi.network = real
    assert not link.up and link.wifi.drops >= 2


def test_five_datagrams_in_a_row_that_cannot_be_sent_begin_anew_with_the_radio_off():
    vport.control({"do": "wifi", "up": True})
    link = UdpLink(SETTINGS, time.ticks_ms())
    until(link, True, 10000)

    class Broken:
        def send(self, data):
            raise OSError(12)

        def close(self):
            pass

    good, link._socket = link._socket, Broken()
    for _ in range(4):
        assert not link.send(b"x", time.ticks_ms()) and link.up
    link._socket = good
    assert link.send(b"x", time.ticks_ms())
    link._socket = Broken()
    for n in range(5):
        assert link.up and not link.send(b"x", time.ticks_ms()), n
    assert not link.up
    drops = link.wifi.drops
    link.step(time.ticks_ms())
    assert link.wifi.drops == drops + 1 and not link.wifi.up
    assert until(link, True, 10000) < 5000
