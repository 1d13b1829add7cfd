"""An MQTT client with a scripted broker's bytes: what both ends say is written out in hexadecimal or in parts."""

import ticks
from mqtt import client as states
from mqtt import packets
from mqtt.client import SUBSCRIBE_ID, Client

START = (1 << 30) - 7000  # ticks wrap soon after
TOPIC = b"application/davy/device/00112233445566aa/event/up"
DOWN = b"application/davy/device/00112233445566aa/command/down"
STATE = b"application/davy/device/00112233445566aa/state/conn"
CONNACK = b"\x20\x02\x00\x00"
SUBACK = b"\x90\x03\x00\x01\x01"
PING_MS = 15000


def publish(topic, payload, ident=0, flags=0):
    """A broker's PUBLISH; with `ident` of QoS 1."""
    body = bytes([len(topic) >> 8, len(topic) & 255]) + topic
    if ident:
        flags |= 2
        body += bytes([ident >> 8, ident & 255])
    body += payload
    length = b""
    n = len(body)
    while True:
        length += bytes([n & 127 | (128 if n > 127 else 0)])
        n >>= 7
        if not n:
            return bytes([0x30 | flags]) + length + body


class Rig:
    """A client whose stream is two byte strings."""

    def __init__(self, window=4, tx_bytes=400, rx_bytes=300, user=b"", password=b""):
        hello = packets.connect(b"00112233445566aa", 30, user, password, STATE, b"offline")
        self.t_ms = START
        self.client = Client(hello, packets.subscribe(SUBSCRIBE_ID, DOWN), PING_MS, window, tx_bytes, rx_bytes)
        self.messages = []  # (topic, payload)
        self.confirmed = []
        self.greeted = 0

    def open(self):
        self.client.open(self.t_ms)
        return self.written()

    def up(self):
        self.open()
        self.hear(CONNACK)
        self.written()
        self.hear(SUBACK)
        assert self.client.state == states.UP and self.greeted == 1
        return self

    def written(self, most=1 << 20):
        """What the client wants to write, at most so many bytes."""
        tx = self.client.tx
        n = min(tx.end - tx.at, most)
        data = bytes(tx.buf[tx.at : tx.at + n])
        tx.taken(n, self.t_ms)
        return data

    def hear(self, data, piece=1 << 20):
        """The broker's bytes, in pieces; returns what was not taken."""
        while data:
            n = min(self.client.wants(), piece, len(data))
            if n == 0:
                return data
            rx = self.client.rx
            rx.buf[rx.at : rx.at + n] = data[:n]
            data = data[n:]
            self.note(self.client.fed(n, self.t_ms))
        return data

    def note(self, event):
        client, rx = self.client, self.client.rx
        if event == states.MESSAGE:
            self.messages.append((bytes(rx.buf[2 : client.topic_end]), bytes(rx.buf[client.payload_at : rx.n])))
        elif event == states.CONFIRMED:
            self.confirmed.append(client.confirmed)
        elif event == states.GREETED:
            self.greeted += 1

    def wait(self, ms):
        for _ in range(ms // 100):
            self.t_ms = ticks.add(self.t_ms, 100)
            self.client.tick(self.t_ms)

    def say(self, payload, topic=TOPIC):
        """Publish; the packet's number, 0 when there was no room."""
        at = self.client.publish(topic, len(payload), self.t_ms)
        if at:
            self.client.tx.buf[at : at + len(payload)] = payload
        return self.client.last_id if at else 0
