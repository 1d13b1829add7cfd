"""`davy gateway` beside a ChirpStack server's broker, a real one: records kept before they are acknowledged, orders into the queue.

What was not acknowledged comes again after a crash; that was tried with Mosquitto 2.0.11. The broker here (amqtt) does not do it.
"""

import base64
import json
import os
from pathlib import Path

import pytest
from cli_here import davy, said_in_one_line
from paho.mqtt import client as paho
from paho.mqtt.enums import CallbackAPIVersion
from real_broker import RealBroker, listening, password_file
from test_gateway_core import TAG, record
from test_gateway_lorawan import APPLICATION, DOWN, UP, batch, event
from test_gateway_mqtt import Running
from test_mqtt_real import wait_for

from davy.cli.gateway import _keys
from davy.errors import DavyError
from davy.gateway import server as gateway_server
from davy.gateway.received import Received
from tag import events


def test_records_and_orders_pass_a_real_broker_and_what_cannot_be_kept_waits(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gateway_server, "AGAIN_S", 0.5)
    acknowledged: list[int] = []
    ack = paho.Client.ack
    monkeypatch.setattr(paho.Client, "ack", lambda self, mid, qos: (acknowledged.append(mid), ack(self, mid, qos))[1])
    commands: list[dict[str, object]] = []
    with RealBroker(passwords=password_file(tmp_path / "passwords", gateway="g", network="n")) as real:
        network = paho.Client(CallbackAPIVersion.VERSION2)
        network.on_message = lambda _, data, message: commands.append(json.loads(message.payload))
        network.username_pw_set("network", "n")
        listening(network, real.port, DOWN)
        running = Running(real.port, tmp_path / "records.jsonl", application=APPLICATION)
        try:
            network.publish(UP, event(batch(record(1), record(2))), 1).wait_for_publish(10)
            wait_for(lambda: len(running.held) == 2)
            assert f"tag {TAG} speaks by LoRaWAN" in running.notes and commands == []
            os.write(running.keyboard, b"evacuate\n")
            wait_for(lambda: len(commands) == 1)
            assert base64.b64decode(str(commands[0]["data"]))[0] == events.MSG_EVACUATE and commands[0]["fPort"] == 1

            store = running.server._store
            assert store
            keep = store.keep

            def full(_: Received) -> None:
                raise OSError(28, "No space left on device")

            store.keep = full  # type: ignore[method-assign]
            network.publish(UP, event(batch(record(3))), 1).wait_for_publish(10)
            network.publish(UP, event(batch(record(4))), 1).wait_for_publish(10)
            wait_for(lambda: any("No space left on device; trying again" in note for note in running.notes))
            assert len(running.held) == 2 and len(acknowledged) == 1
            store.keep = keep
            wait_for(lambda: len(running.held) == 4 and len(acknowledged) == 3)
        finally:
            running.stop()
            network.loop_stop()
    lines = [json.loads(line)["seq"] for line in (tmp_path / "records.jsonl").read_text().splitlines()]
    assert sorted(lines) == [1, 2, 3, 4]


def test_the_command_line_knows_who_has_which_eui(tmp_path: Path) -> None:
    for number, eui in enumerate(("", "70B3D57ED0000001", "70b3d57ed0000001"), 1):
        own = f'lora_dev_eui = "{eui}"' if eui else ""
        (tmp_path / f"{number}.toml").write_text(f'tag_id = "000000000000000{number}"\nkey = "{"ab" * 32}"\n{own}\n')
    _, euis = _keys([tmp_path / "1.toml", tmp_path / "2.toml"])
    assert euis == {"0000000000000001": "0000000000000001", "70b3d57ed0000001": "0000000000000002"}
    with pytest.raises(DavyError, match="is that of another file"):
        _keys([tmp_path / "2.toml", tmp_path / "3.toml"])
    done = davy("gateway", "--lorawan", APPLICATION)
    assert said_in_one_line(done) and "--mqtt" in done.stderr
