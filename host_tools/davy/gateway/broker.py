"""The gateway's end of an MQTT broker: paho's client in its own thread, its messages handed over one by one.

The session is persistent: while the gateway is away the broker keeps the tags' events. A message is acknowledged only after it was
taken, so one that came in the moment of a crash comes again; one that could not be taken waits here, and at the broker too, should
we end before.
"""

import os
import queue
import ssl
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from paho.mqtt import client as paho
from paho.mqtt.enums import CallbackAPIVersion

from davy.errors import DavyError
from davy.gateway.chirpstack import EVENTS

TLS_PORT, PLAIN_PORT = 8883, 1883
CONNECT_S = 10.0
KEEP_ALIVE_S = 30
RETRY_MOST_S = 30


@dataclass(frozen=True)
class Place:
    """Which broker, and who we are to it."""

    host: str
    port: int
    user: str = ""
    password: str = ""
    ca: Path | None = None  # PEM; None: whom the computer trusts
    tls: bool = True
    client: str = "davy-gateway"

    def __str__(self) -> str:
        return f"{self.host}:{self.port}"


def place(text: str, *, tls: bool = True, **who: Any) -> Place:
    """HOST or HOST:PORT as a place."""
    host, colon, port = text.rpartition(":") if not text.endswith("]") else (text, "", "")
    if not colon:
        host, port = text, str(TLS_PORT if tls else PLAIN_PORT)
    if not host or not port.isdigit() or not 0 < int(port) < 65536:
        raise DavyError(f"'{text}' is no broker: write HOST or HOST:PORT, such as broker.mine:8883")
    return Place(host.strip("[]"), int(port), tls=tls, **who)


class Broker:
    """Connected when it has been made, and again whenever the connection breaks."""

    def __init__(self, where: Place, on_note: Callable[[str], None] = lambda text: None) -> None:
        self._where = where
        self._on_note = on_note
        self._messages: queue.SimpleQueue[paho.MQTTMessage] = queue.SimpleQueue()
        self._refused: list[paho.MQTTMessage] = []
        self._answered = threading.Event()
        self._refusal = ""
        self._client = paho.Client(
            CallbackAPIVersion.VERSION2, client_id=where.client, clean_session=False, manual_ack=True
        )
        self._client.on_connect = self._connected
        self._client.on_subscribe = self._subscribed
        self._client.on_disconnect = self._disconnected
        self._client.on_message = self._came
        self._client.reconnect_delay_set(1, RETRY_MOST_S)
        if where.user:
            self._client.username_pw_set(where.user, where.password or None)
        if where.tls:
            try:
                self._client.tls_set(str(where.ca) if where.ca else None)
            except OSError as error:  # also when there is no certificate in it
                raise DavyError(f"{where.ca}: {_words(error)}") from error
        try:
            self._client.connect(where.host, where.port, KEEP_ALIVE_S)
        except (OSError, ValueError) as error:
            raise DavyError(f"broker {where}: {_words(error)}") from error
        self._reader, self._writer = os.pipe()  # a byte a message, to wake a select
        self._client.loop_start()
        if not self._answered.wait(CONNECT_S) or self._refusal:
            self.close()
            raise DavyError(f"broker {where}: {self._refusal or f'no answer within {CONNECT_S:.0f} s'}")

    def fileno(self) -> int:
        """Readable while a message waits."""
        return self._reader

    def take(self, taker: Callable[[str, bytes], bool]) -> None:
        """Hand one waiting message over, then acknowledge it; not when `taker` says that it could not take it."""
        os.read(self._reader, 1)
        self._hand(self._messages.get(), taker)

    def again(self, taker: Callable[[str, bytes], bool]) -> None:
        """Hand over what could not be taken, in order."""
        refused, self._refused = self._refused, []
        for message in refused:
            self._hand(message, taker)

    def _hand(self, message: paho.MQTTMessage, taker: Callable[[str, bytes], bool]) -> None:
        if taker(message.topic, bytes(message.payload)):
            self._client.ack(message.mid, message.qos)
        else:
            self._refused.append(message)

    def publish(self, topic: str, payload: bytes) -> None:
        """QoS 1; kept by the client while the connection is away."""
        self._client.publish(topic, payload, qos=1)

    def close(self) -> None:
        """Leave; the broker keeps what comes meanwhile."""
        self._client.disconnect()
        self._client.loop_stop()
        os.close(self._reader)
        os.close(self._writer)

    # -- in paho's thread ----------------------------------------------------------------------------------------------

    def _connected(self, client: paho.Client, data: Any, flags: Any, code: Any, properties: Any) -> None:
        if code.is_failure:
            self._answer(str(code))
        else:
            client.subscribe(EVENTS, qos=1)

    def _subscribed(self, client: paho.Client, data: Any, mid: int, codes: Any, properties: Any) -> None:
        self._answer("it lets us hear no events" if any(code.is_failure for code in codes) else "")

    def _answer(self, refusal: str) -> None:
        self._refusal = refusal
        if self._answered.is_set():
            self._on_note(f"broker {self._where}: {refusal or 'connected again'}")
        self._answered.set()

    def _disconnected(self, client: paho.Client, data: Any, flags: Any, code: Any, properties: Any) -> None:
        if self._answered.is_set() and code.is_failure:
            self._on_note(f"broker {self._where}: the connection broke; trying again")

    def _came(self, client: paho.Client, data: Any, message: paho.MQTTMessage) -> None:
        self._messages.put(message)
        os.write(self._writer, b"m")


def _words(error: Exception) -> str:
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"its certificate does not hold: {error.verify_message}"
    if isinstance(error, ssl.SSLError):
        return f"TLS does not work: {error.reason or error}"
    return (error.strerror if isinstance(error, OSError) else None) or str(error) or type(error).__name__
