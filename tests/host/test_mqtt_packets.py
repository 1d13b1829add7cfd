"""The tag's packets read by amqtt's codec, and amqtt's packets read by the tag's client: an implementation that is not ours."""

import asyncio
from typing import Any

import pytest
from amqtt.adapters import BufferReader
from amqtt.mqtt import packet_class
from amqtt.mqtt.connack import ConnackPacket
from amqtt.mqtt.packet import MQTTFixedHeader
from amqtt.mqtt.puback import PubackPacket
from amqtt.mqtt.publish import PublishPacket
from amqtt.mqtt.suback import SubackPacket

from mqtt import client as states
from mqtt import packets
from mqtt.client import SUBSCRIBE_ID, Client

TOPIC = "application/davy/device/00112233445566aa/event/up"


def read(data: bytes) -> list[Any]:
    """All packets in these bytes."""

    async def all_of_it() -> list[Any]:
        reader, found = BufferReader(data), []
        while reader._stream.tell() < len(data):
            header = await MQTTFixedHeader.from_stream(reader)
            assert header
            found.append(await packet_class(header).from_stream(reader, fixed_header=header))
        return found

    return asyncio.run(all_of_it())


class End:
    """The tag's client, its stream in two byte strings."""

    def __init__(self, user: bytes = b"", password: bytes = b"") -> None:
        hello = packets.connect(b"00112233445566aa", 30, user, password, b"state/conn", b"offline")
        self.client = Client(hello, packets.subscribe(SUBSCRIBE_ID, b"command/down"), 15000, 8, 70000, 70000)
        self.heard: list[tuple[int, bytes]] = []
        self.client.open(0)

    def written(self) -> list[Any]:
        tx = self.client.tx
        data = bytes(tx.buf[tx.at : tx.end])
        tx.taken(len(data), 0)
        return read(data)

    def hear(self, data: bytes) -> None:
        while data:
            n = min(self.client.wants(), len(data))
            assert n
            rx = self.client.rx
            rx.buf[rx.at : rx.at + n] = data[:n]
            data = data[n:]
            what = self.client.fed(n, 0)
            if what:
                self.heard.append((what, bytes(rx.buf[: rx.n])))


@pytest.mark.parametrize(("user", "password"), [("", ""), ("tag7", ""), ("tag7", "sécret"), ("u" * 64, "p" * 64)])
def test_connect(user: str, password: str) -> None:
    (found,) = End(user.encode(), password.encode()).written()
    assert (found.variable_header.proto_name, found.variable_header.proto_level) == ("MQTT", 4)
    assert found.client_id == "00112233445566aa" and found.keep_alive == 30
    assert found.clean_session_flag and found.will_flag and found.will_retain_flag and found.will_qos == 1
    assert (found.will_topic, bytes(found.will_message)) == ("state/conn", b"offline")
    assert (found.username or "", found.password or "") == (user, password)
    assert found.variable_header.reserved_flag is False


def test_subscribe_publish_ping_and_goodbye() -> None:
    end = End()
    end.written()
    end.hear(ConnackPacket.build(0, 0).to_bytes())
    (found,) = end.written()
    assert found.variable_header.packet_id == SUBSCRIBE_ID and found.payload.topics == [("command/down", 1)]
    end.hear(SubackPacket.build(SUBSCRIBE_ID, [1]).to_bytes())
    for n in (0, 1, 60, 90, 127, 128, 700, 16300, 16400, 60000):
        at = end.client.publish(TOPIC.encode(), n, 0, retain=n == 60)
        end.client.tx.buf[at : at + n] = bytes(range(256)) * (n // 256) + bytes(range(n % 256))
        (found,) = end.written()
        assert found.topic_name == TOPIC and found.qos == 1 and not found.dup_flag and found.retain_flag == (n == 60)
        assert found.packet_id == end.client.last_id
        assert bytes(found.data or b"") == bytes(range(256)) * (n // 256) + bytes(range(n % 256))
        end.hear(PubackPacket.build(end.client.last_id).to_bytes())
        assert end.heard[-1][0] == states.CONFIRMED and end.client.confirmed == found.packet_id
    end.client.tick(15000)
    end.client.goodbye(15000)
    assert [type(packet).__name__ for packet in end.written()] == ["PingReqPacket", "DisconnectPacket"]


@pytest.mark.parametrize("n", [0, 1, 100, 127, 128, 16380, 16384, 65000])
@pytest.mark.parametrize("qos", [0, 1])
def test_messages_of_every_length(n: int, qos: int) -> None:
    end = End()
    end.written()
    end.hear(ConnackPacket.build(0, 0).to_bytes() + SubackPacket.build(SUBSCRIBE_ID, [1]).to_bytes())
    end.written()
    end.heard.clear()
    end.hear(PublishPacket.build(TOPIC, bytes(n), 4321 if qos else None, False, qos, False).to_bytes())
    ((what, body),) = end.heard
    assert what == states.MESSAGE
    assert body[2 : end.client.topic_end] == TOPIC.encode() and body[end.client.payload_at :] == bytes(n)
    answers = end.written()
    assert [(type(a).__name__, a.packet_id) for a in answers] == ([("PubackPacket", 4321)] if qos else [])
