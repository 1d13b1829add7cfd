"""A virtual tag in real time that stays up: its console for tools and people, its Wi-Fi led out to a real gateway.

The gateway that the tag's settings name is on the virtual network; with an address given, datagrams for it leave this computer by
UDP, and what comes back goes to the tag.
"""

import contextlib
import fcntl
import socket
from collections.abc import Mapping
from pathlib import Path
from typing import IO, Any

from davy import tagconfig
from davy.development import DEVELOPMENT_ID, DEVELOPMENT_KEY
from davy.errors import DavyError
from davy.vtag import flashimage
from davy.vtag.assembly import ARCH, make_tag
from davy.vtag.bench import Bench
from davy.vtag.flash import BLOCK
from davy.vtag.radio import Network

Address = tuple[str, int]

DEVELOPMENT: dict[str, Any] = {
    "tag_id": DEVELOPMENT_ID,
    "key": DEVELOPMENT_KEY,
    "name": "development tag",
    "wifi_ssid": "davy",
    "wifi_password": "davydavy",
    "gateway_host": "10.0.0.1",
    "gateway_port": 1700,
}


def address(text: str) -> Address:
    """HOST:PORT as a pair."""
    host, colon, port = text.rpartition(":")
    if not colon or not host or not port.isdigit() or not 0 < int(port) < 65536:
        raise DavyError(f"'{text}' is no address: write HOST:PORT, such as 127.0.0.1:4750")
    return host.strip("[]"), int(port)


class Station:
    """One tag on a bench of its own; the first five letters of `name` make its chip's address.

    Use it as a context: leaving it switches the tag off.
    """

    def __init__(
        self,
        board: str = "virtual",
        flash: Path | None = None,
        settings: Path | None = None,
        gateway: Address | None = None,
        interpreter: str = "mp64",
        name: str = "tag",
    ) -> None:
        if interpreter not in ARCH:
            raise DavyError(f"a tag runs on {' or '.join(ARCH)}, not on '{interpreter}'")
        config = {**DEVELOPMENT, **_settings(settings)}
        self._lock = _lock(flash) if flash else None
        kept = _kept(flash) if flash else None
        self.keeps_settings = kept is not None
        if kept is not None:  # the tag goes by what is on its flash, so the network around it does too
            config = {**DEVELOPMENT, **kept}
        self.network = Network()
        self.network.ssid = str(config["wifi_ssid"])
        self.network.password = str(config["wifi_password"])
        self._inside: Address = (str(config["gateway_host"]), int(config["gateway_port"]))
        self._socket = _connect(gateway) if gateway else None
        if self._socket:
            self.network.attach(*self._inside, self._out)
        self._bench = Bench(real=True)
        try:
            self._tag = make_tag(
                self._bench,
                board=board,
                network=self.network,
                config=config,
                flash_path=flash,
                interpreter=interpreter,
                name=name,
            )
        except OSError as error:
            raise DavyError(f"{error.filename or flash}: {error.strerror or error}") from error
        except ValueError as error:
            raise DavyError(str(error)) from error
        self._tag.power_on(self._bench.now_us)

    @property
    def port(self) -> str:
        """The serial port."""
        return self._tag.console.port

    def run(self) -> None:
        """Until somebody interrupts."""
        self._bench.run_until(None, until=self._in)

    def __enter__(self) -> "Station":
        return self

    def __exit__(self, *_: object) -> None:
        self._bench.close()
        for mine in (self._socket, self._lock):
            if mine:
                mine.close()

    def _out(self, datagram: bytes, sender: str, t_us: int) -> list[bytes]:
        assert self._socket is not None
        with contextlib.suppress(
            OSError
        ):  # nobody listens there (yet): lost, as on any network; the tag sends it again
            self._socket.send(datagram)
        return []

    def _in(self) -> bool:
        while self._socket:
            try:
                datagram = self._socket.recv(2048)
            except BlockingIOError:
                break
            except OSError:
                continue  # the answer to an earlier send that nobody took
            self._tag.board.wifi.push(*self._inside, datagram, self._bench.now_us)
        return False


def _settings(file: Path | None) -> dict[str, Any]:
    return {} if file is None else dict(tagconfig.read(file))


def _lock(flash: Path) -> IO[bytes]:
    """Keep the file to ourselves: two tags that write one flash would leave neither's file system."""
    try:
        file = flash.open("ab")
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            file.close()
            raise DavyError(f"{flash}: is the flash of another virtual tag that runs") from error
    except OSError as error:
        raise DavyError(f"{flash}: {error.strerror}") from error
    return file


def _kept(flash: Path) -> Mapping[str, Any] | None:
    """The settings that a flash file holds; None when it is fresh. A file that is no tag's flash is refused, because the tag
    would format it."""
    try:
        image = flash.read_bytes()
    except OSError as error:
        raise DavyError(f"{flash}: {error.strerror}") from error
    if len(image) % BLOCK:
        raise DavyError(f"{flash}: a flash image is a whole number of {BLOCK}-byte blocks")
    if image.count(0xFF) == len(image):
        return None
    try:
        files = flashimage.read(image)
    except DavyError as error:
        raise DavyError(f"{flash}: {error.message}: not the flash of a tag, or a damaged one") from error
    return tagconfig.in_force(files)


def _connect(place: Address) -> socket.socket:
    try:
        family, kind, proto, _, where = socket.getaddrinfo(*place, type=socket.SOCK_DGRAM)[0]
        link = socket.socket(family, kind, proto)
        link.connect(where)
    except OSError as error:
        raise DavyError(f"{place[0]}:{place[1]}: {error.strerror or error}") from error
    link.setblocking(False)
    return link
