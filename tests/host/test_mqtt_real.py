"""The tag's carrier on real MicroPython sockets and TLS, a real broker (amqtt), the gateway's paho client: in real time."""

import select
import subprocess
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from certificates import Authority
from paho.mqtt import client as paho
from paho.mqtt.enums import CallbackAPIVersion
from real_broker import RealBroker, free_port, listening, password_file

from davy import roots, runtime
from davy.errors import DavyError
from davy.gateway import broker as gateway_broker
from davy.gateway.chirpstack import command, read_event

TAG = "00112233445566aa"
SCRIPT = Path(__file__).parents[1] / "device" / "mqtt_real_tag.py"
NAME = "localhost"


class RealTag:
    """The script in its own process; `lines` grows while it runs."""

    def __init__(self, interpreter: str, *args: object) -> None:
        path = ":".join([".frozen", str(roots.FIRMWARE), str(roots.LIB)])
        self.process = subprocess.Popen(
            [*runtime.command(interpreter, ""), str(SCRIPT), *map(str, args)],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            env={"MICROPYPATH": path},
        )
        self.lines: list[str] = []
        self.thread = threading.Thread(target=self._read, daemon=True)
        self.thread.start()

    def _read(self) -> None:
        assert self.process.stdout
        for line in self.process.stdout:
            self.lines.append(line.strip())

    def said(self, word: str) -> list[str]:
        return [line for line in self.lines if line.split(" ")[0] == word]

    def end(self) -> None:
        self.process.wait(90)
        self.thread.join(10)


def wait_for(what: Callable[[], object], most_s: float = 20) -> None:
    until = time.monotonic() + most_s
    while not what():
        assert time.monotonic() < until
        time.sleep(0.02)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> tuple[Authority, Path]:
    """A CA, and a folder with the files of it and of a broker called localhost."""
    folder = tmp_path_factory.mktemp("site")
    authority = Authority()
    (folder / "ca.der").write_bytes(authority.der)
    (folder / "ca.pem").write_bytes(authority.pem)
    (folder / "foreign.der").write_bytes(Authority("another").der)
    authority.server(folder / "server.pem", NAME)
    return authority, folder


@pytest.mark.parametrize("interpreter", ["mp64", "mp32"])
def test_frames_orders_status_and_confirmations_over_real_tls(interpreter: str, site: tuple[Authority, Path]) -> None:
    folder = site[1]
    with RealBroker(folder / "server.pem") as real:
        notes: list[str] = []
        messages: list[tuple[str, bytes]] = []
        where = gateway_broker.place(f"{NAME}:{real.port}", ca=folder / "ca.pem")
        link = gateway_broker.Broker(where, notes.append)
        status: list[tuple[str, bytes]] = []
        watcher = paho.Client(CallbackAPIVersion.VERSION2)
        watcher.tls_set(str(folder / "ca.pem"))
        watcher.on_message = lambda client, data, message: status.append((message.topic, bytes(message.payload)))
        listening(watcher, real.port, "application/+/device/+/state/conn", NAME)
        tag = RealTag(interpreter, real.port, folder / "ca.der", NAME, "", "", 60, "order")
        try:
            while len(messages) < 3:
                assert select.select([link], [], [], 20)[0], tag.lines
                link.take(lambda topic, payload: messages.append((topic, payload)) is None)
            events = [read_event(*message) for message in messages]
            assert [event.problem for event in events] == [""] * 3
            assert [(event.device, event.port) for event in events] == [(TAG, 201)] * 3
            assert [event.data[9] for event in events] == [0, 1, 2] and {len(event.data) for event in events} == {512}
            wait_for(lambda: len(tag.said("confirmed")) == 3)
            link.publish(*command("davy", TAG, b"\xd2" + bytes(range(199))))
            wait_for(lambda: tag.said("order"))
            assert tag.said("order") == ["order d2" + bytes(range(199)).hex()]
            link.publish(*command("davy", TAG, b"\xd2end!"))
            tag.end()
            wait_for(lambda: len(status) >= 2)
            # The goodbye and the close may overtake each other in the broker: then the will says it once more.
            assert {topic for topic, _ in status} == {f"application/davy/device/{TAG}/state/conn"}
            assert status[0][1] == b"online" and {word for _, word in status[1:]} == {b"offline"}
        finally:
            tag.process.kill()
            watcher.loop_stop()
            link.close()
        end = tag.said("end")[0].split()
        assert end[1] == "1", tag.lines  # the connection ended once: by its own goodbye
        print(interpreter, tag.said("up"), tag.said("confirmed"), f"longest step {int(end[2]) / 1000:.1f} ms")
        assert notes == []


@pytest.mark.parametrize(("ca", "name"), [("foreign.der", NAME), ("ca.der", "other.mine")])
def test_a_real_broker_with_another_certificate_gets_nothing(ca: str, name: str, site: tuple[Authority, Path]) -> None:
    folder = site[1]
    with RealBroker(folder / "server.pem") as real:
        tag = RealTag("mp64", real.port, folder / ca, name, "", "", 60, "ends")
        tag.end()
        assert tag.said("up") == [] and tag.said("fault") == ["fault 10"], tag.lines
        assert int(tag.said("end")[0].split()[1]) >= 2


def test_passwords_are_asked_by_a_real_broker(site: tuple[Authority, Path], tmp_path: Path) -> None:
    passwords = password_file(tmp_path / "passwords", tag7="secret")
    folder = site[1]
    with RealBroker(folder / "server.pem", passwords) as real:
        wrong = RealTag("mp64", real.port, folder / "ca.der", NAME, "tag7", "guess", 60, "ends")
        right = RealTag("mp64", real.port, folder / "ca.der", NAME, "tag7", "secret", 60, "confirmed")
        wrong.end()
        right.end()
        assert wrong.said("up") == [], wrong.lines
        assert len(right.said("confirmed")) == 3, right.lines
        with pytest.raises(DavyError, match=r"^broker localhost:\d+: ") as refused:
            gateway_broker.Broker(
                gateway_broker.place(f"{NAME}:{real.port}", ca=folder / "ca.pem", user="a", password="b")
            )
        assert "\n" not in refused.value.message


def test_the_gateway_says_in_one_line_why_it_cannot_have_a_broker(site: tuple[Authority, Path]) -> None:
    folder = site[1]
    with RealBroker(folder / "server.pem") as real:
        for place, text in (
            (gateway_broker.place(f"127.0.0.1:{real.port}", ca=folder / "ca.pem"), "its certificate does not hold"),
            (gateway_broker.place(f"{NAME}:{real.port}"), "its certificate does not hold"),
            (gateway_broker.place(f"{NAME}:{real.port}", ca=folder / "server.der"), "No such file"),
            (gateway_broker.place(f"{NAME}:{real.port}", ca=folder / "ca.der"), "ca.der: "),
            (gateway_broker.place(f"{NAME}:{free_port()}"), "refused"),
        ):
            with pytest.raises(DavyError, match=text) as said:
                gateway_broker.Broker(place)
            assert "\n" not in said.value.message
    for nonsense in ("", ":1883", "host:", "host:x", "host:70000"):
        with pytest.raises(DavyError, match="is no broker"):
            gateway_broker.place(nonsense)
    assert gateway_broker.place("broker.mine").port == 8883 and gateway_broker.place("b", tls=False).port == 1883
    assert gateway_broker.place("[::1]:99").host == "::1"
