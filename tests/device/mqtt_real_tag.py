"""Runs under MicroPython with its own sockets and TLS: the tag's carrier and outbox-less link against a real broker.

    mqtt_real_tag.py PORT CA.der NAME USER PASSWORD SECONDS UNTIL

UNTIL is what ends it, or else SECONDS do: "order", that of five bytes; "confirmed", all three frames; "ends", the second connection
that has ended. Prints what happens, one line each. The only thing that is not real is the radio, which this computer does not have.
"""

import sys
import time

import ticks


class WLAN:
    """An access point that is always there."""

    def __init__(self, which):
        pass

    def active(self, on):
        pass

    def connect(self, ssid, password):
        pass

    def isconnected(self):
        return True


class network:
    STA_IF = 0
    WLAN = WLAN


sys.modules["network"] = network

from tag.hal.mqtt import MqttLink  # noqa: E402
from tag.settings import DEFAULTS  # noqa: E402

port, ca, name, user, password, seconds, until = sys.argv[1:]
settings = dict(DEFAULTS, tag_id="00112233445566AA", wifi_ssid="real", mqtt_host="127.0.0.1", mqtt_port=int(port))
settings.update(mqtt_ca=ca.lstrip("/"), mqtt_name=name, mqtt_user=user, mqtt_password=password, mqtt_confirm="broker")
link = MqttLink(settings, time.ticks_ms())
start_ms = time.ticks_ms()
sent = {}
fault = 0
longest_us = 0
was_up = over = False
confirmed = 0
while not over and ticks.diff(time.ticks_ms(), start_ms) < int(seconds) * 1000:
    begun_us = time.ticks_us()
    t_ms = time.ticks_ms()
    link.step(t_ms)
    if link.up and not was_up:
        print("up", ticks.diff(t_ms, start_ms))
        for n in range(3):
            frame = bytearray([0xD1]) + bytes.fromhex("00112233445566aa") + bytes([n]) * 503
            if link.send(frame, time.ticks_ms()):
                sent[link.last_id] = n, time.ticks_ms()
    if was_up and not link.up:
        print("down")
    was_up = link.up
    n = link.receive()
    if n:
        print("order", bytes(link.frame[:n]).hex())
    ident = link.confirmed()
    while ident:
        if ident in sent:
            confirmed += 1
            print("confirmed", sent[ident][0], ticks.diff(time.ticks_ms(), sent[ident][1]))
        ident = link.confirmed()
    if link.fault != fault:
        fault = link.fault
        print("fault", fault)
    longest_us = max(longest_us, time.ticks_diff(time.ticks_us(), begun_us))
    over = {"order": n == 5 and link.frame[0] == 0xD2, "confirmed": confirmed == 3, "ends": link.ends >= 2}[until]
    time.sleep_ms(20)
link.close(time.ticks_ms())
print("end", link.ends, longest_us)
