"""The gateway behind a broker: events and commands as JSON, ports, what comes while it is away, orders back the same way."""

import base64
import json
import os
import threading
import time
from pathlib import Path
from typing import Any

import pytest
from paho.mqtt import client as paho
from paho.mqtt.enums import CallbackAPIVersion
from real_broker import RealBroker, listening, password_file
from test_gateway_core import KEY, TAG, Tag, record
from test_mqtt_real import wait_for

from davy.gateway import broker as gateway_broker
from davy.gateway.chirpstack import command, read_event
from davy.gateway.core import Gateway
from davy.gateway.received import Received
from davy.gateway.server import Server, Store
from davy.gateway.uplinks import Uplinks
from tag import events

UP = f"application/davy/device/{TAG}/event/up"
DOWN = f"application/davy/device/{TAG}/command/down"


def event(frame: bytes, device: str = TAG, port: Any = 201) -> bytes:
    """As the tag sends it; what ChirpStack adds is in the test that reads it."""
    said = {"deviceInfo": {"devEui": device}, "fPort": port, "data": base64.b64encode(frame).decode()}
    return json.dumps(said).encode()


class Desk:
    """A core behind uplinks, and what they sent."""

    def __init__(self, **rest: Any) -> None:
        self.held: list[Received] = []
        self.notes: list[str] = []
        self.heard: list[str] = []
        self.sent: list[tuple[str, bytes]] = []
        gateway = Gateway({TAG: KEY}, on_record=self.held.append)
        self.uplinks = Uplinks(
            gateway, lambda topic, data: self.sent.append((topic, data)), self.notes.append, self.heard.append, **rest
        )


def test_an_event_of_chirpstack_v4_is_read_with_all_that_it_carries() -> None:
    # The form of ChirpStack's documentation, "Event types", up.
    text = {
        "deduplicationId": "3ac7e3c4-4401-4b8d-9386-a5c902f9202d",
        "time": "2022-07-18T09:34:15.775023242+00:00",
        "deviceInfo": {
            "tenantId": "52f14cd4-c6f1-4fbd-8f87-4025e1d49242",
            "applicationId": "17c82e96-be03-4f38-aef3-f83d48582d97",
            "devEui": "0101010101010101",
            "tags": {"key": "value"},
        },
        "devAddr": "00189440",
        "dr": 1,
        "fPort": 1,
        "data": "qg==",
        "rxInfo": [{"gatewayId": "0016c001f153a14c", "rssi": -35, "snr": 10.5}],
    }
    found = read_event(
        "application/17c82e96-be03-4f38-aef3-f83d48582d97/device/0101010101010101/event/up", json.dumps(text).encode()
    )
    assert (found.device, found.port, found.data, found.problem) == ("0101010101010101", 1, b"\xaa", "")


def test_a_frame_gives_records_and_a_receipt_for_the_application_it_came_by() -> None:
    desk, tag = Desk(), Tag()
    desk.uplinks.message(UP.replace("davy", "mine"), event(tag.frame(record(1), record(2))), 5.0)
    assert [r.seq for r in desk.held] == [1, 2] and desk.heard == [TAG]
    topic, payload = desk.sent[0]
    assert topic == DOWN.replace("davy", "mine")
    said = json.loads(payload)
    assert said["devEui"] == TAG and said["fPort"] == 201
    assert tag.hear((base64.b64decode(said["data"]),)) == [(events.MSG_ACK, 0, (1, 2))]


def test_unknown_ports_are_said_once() -> None:
    desk = Desk()
    for port in (3, 77, 3):
        desk.uplinks.message(UP, event(b"bare", port=port), 5.0)
    assert desk.uplinks.ignored == {"port 3": 2, "port 77": 1} and len(desk.notes) == 2 and desk.sent == []


@pytest.mark.parametrize(
    ("topic", "payload"),
    [
        (UP, b""),
        (UP, b"{"),
        (UP, b"[]"),
        (UP, b"null"),
        (UP, b"\xff\xfe"),
        (UP, b"[" * 8000),
        (UP, b" " * 9000),
        (UP, event(b"x", device="0000000000000008")),
        (UP, event(b"x", port=0)),
        (UP, event(b"x", port=True)),
        (UP, event(b"x", port="201")),
        (UP, event(b"x", port=1e400)),
        (UP, event(b"x").replace(b'"eA=="', b'"e*=="')),
        (UP, event(b"x").replace(b'"eA=="', b"5")),
        (UP, event(b"x").replace(b'"eA=="', b'"\\ud800"')),
        (UP.replace(TAG, "../../x"), event(b"x")),
        (UP.replace("/up", "/join"), event(b"x")),
    ],
)
def test_whatever_is_published_is_ignored_and_counted(topic: str, payload: bytes) -> None:
    desk = Desk()
    desk.uplinks.message(topic, payload, 5.0)
    assert sum(desk.uplinks.ignored.values()) == 1 and desk.sent == [] and len(desk.notes) == 1
    assert "\n" not in desk.notes[0]


def test_a_frame_under_another_tags_topic_or_without_its_key_gives_nothing() -> None:
    desk = Desk()
    other = "00000000000000ff"
    desk.uplinks.message(UP.replace(TAG, other), event(Tag().frame(record(1)), device=other), 5.0)
    desk.uplinks.message(UP, event(Tag(key="ff" * 16).frame(record(1))), 5.0)
    desk.uplinks.message(UP, event(b"\xd1"), 5.0)
    assert desk.held == [] and desk.sent == [] and desk.heard == []


class Running:
    """A server in a thread behind a real broker, and a keyboard."""

    def __init__(self, port: int, store: Path, **rest: Any) -> None:
        self.held: list[Received] = []
        self.notes: list[str] = []
        self.done = False
        reader, self.keyboard = os.pipe()
        self.typed = os.fdopen(reader)
        where = gateway_broker.place(f"127.0.0.1:{port}", tls=False, user="gateway", password="g")
        self.server = Server(
            {TAG: KEY},
            "127.0.0.1",
            0,
            store=Store(store),
            broker=where,
            on_record=self.held.append,
            on_note=self.notes.append,
            **rest,
        )
        self.thread = threading.Thread(target=self.server.run, args=(self.typed, lambda: self.done), daemon=True)
        self.thread.start()

    def stop(self) -> None:
        self.done = True
        self.thread.join(10)
        self.server.close()
        os.close(self.keyboard)
        self.typed.close()


def test_records_are_stored_receipted_and_kept_by_the_broker_while_the_gateway_is_away(tmp_path: Path) -> None:
    tag, commands = Tag(), []
    with RealBroker(passwords=password_file(tmp_path / "passwords", gateway="g", tags="t")) as real:
        client = paho.Client(CallbackAPIVersion.VERSION2)
        client.on_message = lambda _, data, message: commands.append(bytes(message.payload))
        client.username_pw_set("tags", "t")
        listening(client, real.port, DOWN)
        first = Running(real.port, tmp_path / "records.jsonl")
        try:
            client.publish(UP, event(tag.frame(record(1))), 1).wait_for_publish(10)
            wait_for(lambda: len(commands) == 2)  # the receipt, and the time
            assert [r.seq for r in first.held] == [1]
            os.write(first.keyboard, b"evacuate\n")
            wait_for(lambda: len(commands) == 3)
        finally:
            first.stop()
        assert any("speaks from the broker" in note for note in first.notes)
        client.publish(UP, event(tag.frame(record(2))), 1).wait_for_publish(10)
        time.sleep(0.3)
        second = Running(real.port, tmp_path / "records.jsonl")
        try:
            wait_for(lambda: [r.seq for r in second.held] == [2])
            wait_for(lambda: len(commands) >= 4)
        finally:
            second.stop()
            client.loop_stop()
    lines = [json.loads(line)["seq"] for line in (tmp_path / "records.jsonl").read_text().splitlines()]
    assert lines == [1, 2]
    assert command("davy", TAG, b"x")[0] == DOWN
