"""A real broker on this computer: amqtt with TLS and passwords, in a thread of its own."""

import asyncio
import logging
import socket
import threading
from pathlib import Path
from typing import Any

from amqtt.broker import Broker
from paho.mqtt import client as paho

logging.getLogger("amqtt").setLevel(logging.CRITICAL)
logging.getLogger("transitions").setLevel(logging.CRITICAL)


def password_file(path: Path, **users: str) -> Path:
    """What amqtt reads: name and hash, a line each."""
    from pwdlib import PasswordHash
    from pwdlib.hashers.argon2 import Argon2Hasher

    hashed = PasswordHash((Argon2Hasher(),))
    path.write_text("".join(f"{name}:{hashed.hash(word)}\n" for name, word in users.items()))
    return path


def listening(client: paho.Client, port: int, topics: str, host: str = "127.0.0.1") -> None:
    """Connect, and return when the subscription is in force."""
    granted = threading.Event()

    def connected(*_: Any) -> None:
        client.subscribe(topics, 1)

    client.on_connect = connected
    client.on_subscribe = lambda *_: granted.set()
    client.connect(host, port)
    client.loop_start()
    assert granted.wait(20), f"no subscription to {topics}"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class RealBroker:
    """Use it as a context. `certificate`: PEM of certificate and key; `passwords`: a file of amqtt's, None: anybody may come,
    and then amqtt keeps nothing for sessions that are away."""

    def __init__(self, certificate: Path | None = None, passwords: Path | None = None) -> None:
        self.port = free_port()
        listener: dict[str, Any] = {"type": "tcp", "bind": f"127.0.0.1:{self.port}"}
        if certificate:
            listener.update(ssl=True, certfile=str(certificate), keyfile=str(certificate))
        plugins: dict[str, Any] = (
            {"amqtt.plugins.authentication.FileAuthPlugin": {"password_file": str(passwords)}}
            if passwords
            else {"amqtt.plugins.authentication.AnonymousAuthPlugin": {"allow_anonymous": True}}
        )
        self._config = {"listeners": {"default": listener}, "plugins": plugins}
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._started = threading.Event()
        self._broker: Broker | None = None

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._broker = Broker(self._config, loop=self._loop)
        self._loop.run_until_complete(self._broker.start())
        self._started.set()
        self._loop.run_forever()

    def __enter__(self) -> "RealBroker":
        self._thread.start()
        assert self._started.wait(20), "the broker does not start"
        return self

    def __exit__(self, *_: object) -> None:
        assert self._broker
        asyncio.run_coroutine_threadsafe(self._broker.shutdown(), self._loop).result(20)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(20)
