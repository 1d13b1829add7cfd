"""The gateway on a real network: a UDP socket, a broker if asked for, records to the screen and to a file, orders typed in.

With a file, a record is on disk before the tag gets its receipt, and after a restart the numbers in the file are known: nothing is
lost or kept twice. One line a record, JSON.

Orders, one a line on standard input, for every tag that was heard: gateway/orders.py.
"""

import json
import os
import select
import socket
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import IO, Any

from davy.errors import DavyError
from davy.gateway import orders
from davy.gateway.broker import Broker, Place
from davy.gateway.core import IDENTS, Gateway
from davy.gateway.lorawan import Again
from davy.gateway.received import Received
from davy.gateway.uplinks import Uplinks

LONGEST = 2048
TICK_S = 0.5
AGAIN_S = 10.0


class Store:
    """Records in a file, one a line; reading it again tells what is held already."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self.held: list[tuple[str, int, int]] = []  # tag, number, checksum; -1: kept by an older davy, which wrote none
        try:
            if path.exists():
                self._read(path.read_bytes())
            self._file: IO[bytes] = path.open("ab")
        except OSError as error:
            raise DavyError(f"{path}: {error.strerror}") from error

    def _read(self, data: bytes) -> None:
        whole = data.rfind(b"\n") + 1
        for number, line in enumerate(data[:whole].splitlines(), 1):
            try:
                record = json.loads(line)
                self.held.append((str(record["tag"]), int(record["seq"]), int(record.get("crc", -1))))
            except (ValueError, KeyError, TypeError) as error:
                raise DavyError(f"{self._path}:{number}: is no record of this gateway: {error}") from error
        if whole != len(
            data
        ):  # the last line was cut off while it was written: its record had no receipt and comes again
            os.truncate(self._path, whole)

    def keep(self, record: Received) -> None:
        """Put a record on disk before returning."""
        self._file.write(json.dumps({**record.as_dict(), "crc": record.checksum}).encode() + b"\n")
        self._file.flush()
        os.fsync(self._file.fileno())

    def close(self) -> None:
        """Give the file back."""
        self._file.close()


class Server:
    """A gateway that listens until it is interrupted."""

    def __init__(
        self,
        keys: Mapping[str, str],
        host: str,
        port: int,
        *,
        store: Store | None = None,
        broker: Place | None = None,
        application: str = "",
        euis: Mapping[str, str] | None = None,
        on_record: Callable[[Received], None] = lambda record: None,
        on_note: Callable[[str], None] = lambda text: None,
    ) -> None:
        """`application` and `euis`: LoRaWAN through the broker, as in gateway/uplinks.py."""
        self._store = store
        self._on_record = on_record
        self._on_note = on_note
        self._ways: dict[str, Callable[[bytes], None]] = {}  # tag -> how its last frame came
        self._by_lorawan: set[str] = set()
        self._again_s = 0.0  # when what could not be kept is tried again
        self._typed = b""
        self.gateway = Gateway(
            keys, on_record=self._keep, on_trouble=on_note, first_ident=int(time.time()) % IDENTS + 1, unix_s=0.0
        )
        for tag, seq, checksum in store.held if store else ():
            self.gateway.remember(tag, seq, checksum)
        self._socket = _bind(host, port)
        self.port: int = self._socket.getsockname()[1]
        self._broker: Broker | None = None
        if broker:
            try:
                self._broker = link = Broker(broker, on_note)
            except DavyError:
                self._socket.close()
                raise
            self._uplinks = Uplinks(
                self.gateway,
                link.publish,
                on_note,
                self._heard,
                application=application,
                euis=euis,
                on_lorawan=self._heard_by_lorawan,
            )

    def run(self, orders: IO[str] | None = None, until: Callable[[], bool] = lambda: False) -> None:
        """Serve until `until()` holds; `orders` is where the keyboard's lines come from."""
        while not until():
            sources: list[Any] = [self._socket, *([orders] if orders and _ours(orders) else [])]
            if self._broker:
                sources.append(self._broker)
            for source in select.select(sources, [], [], TICK_S)[0]:
                if source is self._socket:
                    self._datagram()
                    continue
                if isinstance(source, Broker):
                    source.take(self._message)
                    continue
                if not _ours(source):  # put into the background while we waited
                    continue
                typed = os.read(source.fileno(), LONGEST)
                *lines, self._typed = (self._typed + typed).split(b"\n")
                for line in lines:
                    self._order(line.decode(errors="replace").strip())
                if not typed:
                    orders = None  # nobody types here any more
            self._tick()

    def close(self) -> None:
        """Stop listening."""
        if self._broker:
            self._broker.close()
        self._socket.close()
        if self._store:
            self._store.close()

    def _datagram(self) -> None:
        try:
            data, sender = self._socket.recvfrom(LONGEST)
        except OSError:
            return  # the network's answer to something sent to a tag that has gone
        try:
            answer = self.gateway.receive(data, time.time())
        except OSError as error:  # the store: without it no receipt, so the tag keeps its records and tries again
            self._full(error)
            return
        if answer.tag:  # only now: the datagram was proved to come from the tag
            self._way(answer.tag, lambda datagram: self._send(datagram, sender), f"{sender[0]}:{sender[1]}")
        for datagram in answer.datagrams:
            self._send(datagram, sender)

    def _message(self, topic: str, payload: bytes) -> bool:
        """Whether the message is done with: a tag repeats a frame's records, what came by LoRaWAN is nowhere else any more."""
        try:
            self._uplinks.message(topic, payload)
        except Again as error:
            if time.time() >= self._again_s:
                self._again_s = time.time() + AGAIN_S
                self._on_note(f"records cannot be kept: {error.strerror}; trying again")
            return False
        except OSError as error:
            self._full(error)
        return True

    def _tick(self) -> None:
        if self._broker:
            if self._again_s and time.time() >= self._again_s:
                self._again_s = 0.0
                self._broker.again(self._message)
            self._uplinks.lorawan.tick(time.time())

    def _full(self, error: OSError) -> None:
        self._on_note(f"records cannot be kept: {error.strerror}; the tag keeps them until they can")

    def _heard(self, tag: str) -> None:
        self._way(tag, lambda datagram: self._uplinks.send(tag, datagram), "the broker")

    def _heard_by_lorawan(self, tag: str) -> None:
        if tag not in self._by_lorawan:
            self._on_note(f"tag {tag} speaks by LoRaWAN")
        self._by_lorawan.add(tag)

    def _way(self, tag: str, way: Callable[[bytes], None], place: str) -> None:
        if tag not in self._ways:
            self._on_note(f"tag {tag} speaks from {place}")
        self._ways[tag] = way

    def _send(self, datagram: bytes, where: Any) -> None:
        try:
            self._socket.sendto(datagram, where)
        except OSError as error:
            self._on_note(f"{where[0]}:{where[1]}: {error.strerror}")

    def _keep(self, record: Received) -> None:
        if self._store:
            self._store.keep(record)
        self._on_record(record)

    def _order(self, line: str) -> None:
        if not line:
            return
        heard = sorted({*self._ways, *self._by_lorawan})
        for tag in heard:
            try:
                order = orders.parse(line, self.gateway.tags[tag].pressing)
            except DavyError as error:
                self._on_note(error.message)
                return
            self._on_note(f"to tag {tag}: {order}")
            for datagram in self.gateway.order(tag, order, time.time()):
                self._ways[tag](datagram)
        if not heard:
            self._on_note("no tag has been heard yet: nobody to say that to")


def _ours(orders: IO[str]) -> bool:
    """Whether the keyboard is ours to read: a program in the background of its terminal is stopped when it tries."""
    try:
        return os.tcgetpgrp(orders.fileno()) == os.getpgrp()
    except OSError:
        return True  # no terminal, or not the one that stops us


def _bind(host: str, port: int) -> socket.socket:
    try:
        family, kind, proto, _, where = socket.getaddrinfo(host, port, type=socket.SOCK_DGRAM, flags=socket.AI_PASSIVE)[
            0
        ]
        listening = socket.socket(family, kind, proto)
        listening.bind(where)
    except OSError as error:
        raise DavyError(f"cannot listen on {host}:{port}: {error.strerror}") from error
    return listening
