"""LoRaWAN uplinks to the gateway's core, and what is to be said to those tags back to whoever can queue it: a ChirpStack server
(gateway/uplinks.py) or the virtual air (gateway/lora_bench.py).

    fPort 0   nothing but MAC commands; it counts as an uplink
    fPort 1   (length u8 | record)*
    fPort 2   a fragment of one record, see codecs/fragments.py

An uplink comes decrypted and proved by the network server, and its MAC has acknowledged it: records that cannot be kept must come
again from there (`Again`). Anything else may come; what cannot be used is counted and said once.
"""

from collections.abc import Callable, Mapping

from davy.codecs.fragments import Assembler, Fragment, read_fragment
from davy.codecs.payload import BATCH, FRAGMENT, split
from davy.gateway.account import Message
from davy.gateway.core import Gateway
from tag.reporting.records import HEADER

EMPTY = 0
PORTS = (EMPTY, BATCH, FRAGMENT)


class Again(OSError):
    """The records of an uplink could not be kept, and nobody else has them: it must be taken once more."""


class Lorawan:
    """One gateway core behind a network server. `send(device, message, now_s)` queues; `on_heard` is told the tag of each uplink;
    `euis`: DevEUI -> tag id, both in small letters; without it a tag's DevEUI is its id."""

    def __init__(
        self,
        gateway: Gateway,
        send: Callable[[str, Message, float], None],
        on_note: Callable[[str], None] = lambda text: None,
        on_heard: Callable[[str], None] = lambda tag: None,
        euis: Mapping[str, str] | None = None,
    ) -> None:
        self._gateway = gateway
        self._send = send
        self._on_note = on_note
        self._on_heard = on_heard
        self._euis = {tag: tag for tag in gateway.tags} if euis is None else euis
        self._devices: dict[str, str] = {}  # tag -> DevEUI, of those that were heard
        self._fragments = Assembler()
        self.ignored: dict[str, int] = {}  # reason -> how often

    def take(self, device: str, port: int, data: bytes, now_s: float, class_c: bool = False) -> None:
        """An uplink of a device; raises Again, and nothing else."""
        tag = self._euis.get(device)
        if tag not in self._gateway.tags:
            self._ignore("a device that is no tag of ours")
            return
        part, found = None, []
        if port == BATCH:
            found = self._batch(data)
        elif port == FRAGMENT:
            part, found = self._fragment(device, data, now_s)
        try:
            self._gateway.receive_bare(tag, found, now_s, class_c)
        except OSError as error:
            if part and found:
                self._put_back(device, part, found[0], now_s)
            raise Again(error.errno, error.strerror) from error
        self._devices[tag] = device
        self._on_heard(tag)
        self._say(tag, now_s)

    def tick(self, now_s: float) -> None:
        """Time has passed, or an order was given."""
        for tag in self._devices:
            self._say(tag, now_s)

    def _say(self, tag: str, now_s: float) -> None:
        for message in self._gateway.queue(tag, now_s):
            self._send(self._devices[tag], message, now_s)

    def _batch(self, data: bytes) -> list[bytes]:
        found = []
        for record, cut in split(data):
            if cut:
                self._ignore("a record that is cut short")
            elif len(record) < HEADER:
                self._ignore("a record that is too short to be one")
            else:
                found.append(record)
        return found

    def _fragment(self, device: str, data: bytes, now_s: float) -> tuple[Fragment | None, list[bytes]]:
        part, _ = read_fragment(data)
        if part is None:
            self._ignore("a fragment that is none")
            return None, []
        refused, given_up = self._fragments.refused, self._fragments.given_up
        record = self._fragments.add(device, part, now_s)
        if self._fragments.refused > refused:
            self._ignore("fragments that do not fit together")
        if self._fragments.given_up > given_up:
            self._ignore("records whose fragments did not all come", self._fragments.given_up - given_up)
        return part, [record] if record else []

    def _put_back(self, device: str, last: Fragment, record: bytes, now_s: float) -> None:
        """The last fragment will come again: let it find the others."""
        size = -(-len(record) // last.count)
        for index in range(last.count):
            if index != last.index:
                cut = record[index * size : (index + 1) * size]
                self._fragments.add(device, Fragment(last.seq, index, last.count, cut), now_s)

    def _ignore(self, reason: str, times: int = 1) -> None:
        before = self.ignored.get(reason, 0)
        self.ignored[reason] = before + times
        if not before:  # once: whoever sends rubbish sends much
            self._on_note(f"by LoRaWAN came {reason}: ignored")
