"""The gateway without a network: what came and the time go in, what is to be sent comes out. One door for simulations, tests and
the server, for both links: sealed frames (Wi-Fi) by `receive`, bare records (LoRaWAN) by `receive_bare`.

A tag repeats a record until it has a receipt for its number, and a receipt is given only after `on_record` has returned: whoever
keeps the records keeps them first. A number that came before, by whichever link, is receipted again and not delivered again. With
other content it is another record, of a tag whose flash was erased: that is reported, and both are kept. LoRaWAN's records need no
receipt from here: the MAC gave it.

An order (gateway/orders.py) is repeated until the tag's own record says what became of it; by which link and when is
gateway/account.py. What the wearer saw and answered comes later, into `receipts`. A tag that starts is told the time, by frames;
by LoRaWAN it asks the network. A file goes out part by part.
"""

import zlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from codec.fields import get_u32
from davy.errors import DavyError
from davy.gateway.account import FRAME_RETRY_S as RETRY_S
from davy.gateway.account import Link, Message, TagAccount
from davy.gateway.orders import PART, PART_BY_LORAWAN, FileOnItsWay, Order
from davy.gateway.received import Received, read
from tag import events
from tag.reporting.link import REFUSALS
from tag.reporting.link_gateway import LinkGateway

__all__ = ("IDENTS", "RETRY_S", "Answer", "Gateway", "Order", "TagAccount")

IDENTS = 0x7FFF
STARTS = 16


@dataclass(frozen=True)
class Answer:
    """What goes back after a datagram, and to which tag; `tag` is empty when nobody known sent it."""

    tag: str = ""
    datagrams: tuple[bytes, ...] = ()


class Gateway:
    """Serves the tags in `keys`: tag id -> key, both in hexadecimal."""

    def __init__(
        self,
        keys: Mapping[str, str],
        *,
        on_record: Callable[[Received], None] = lambda record: None,
        on_trouble: Callable[[str], None] = lambda text: None,
        first_ident: int = 1,
        unix_s: float | None = None,
    ) -> None:
        """`unix_s` is the Unix time when the `now_s` of all calls is 0; with None no tag is told the time."""
        self.tags: dict[str, TagAccount] = {}
        self.refused: dict[str, int] = {}  # reason -> datagrams
        self._on_record = on_record
        self._on_trouble = on_trouble
        self._ident = first_ident
        self._unix_s = unix_s
        self._link = LinkGateway()
        for tag, key in keys.items():
            try:
                self._link.add_tag(bytes.fromhex(tag), bytes.fromhex(key))
            except ValueError as error:
                raise DavyError(f"tag {tag}: {error}") from error
            self.tags[tag.lower()] = TagAccount()

    def remember(self, tag: str, seq: int, checksum: int = -1) -> None:
        """A record is held from before, by whoever keeps them; -1: its content is not known any more."""
        if tag in self.tags:
            self.tags[tag].held[seq] = checksum

    def receive(self, datagram: bytes, now_s: float) -> Answer:
        """Take what came and say what goes back: a receipt for its records, and orders that wait."""
        uplink = self._link.receive(datagram)
        if uplink is None:
            reason = REFUSALS[self._link.refusal]
            self.refused[reason] = self.refused.get(reason, 0) + 1
            if self.refused[reason] == 1:  # once: whoever sends rubbish sends much
                self._on_trouble(f"a datagram was refused: {reason}")
            return Answer()
        tag = uplink.tag_id.hex()
        account = self.tags[tag]
        account.framed_s = now_s
        if self._unix_s is not None and uplink.nonce not in account.starts:
            account.starts.append(uplink.nonce)
            del account.starts[:-STARTS]
            self._put(account, Order(events.MSG_TIME), now_s)
        seqs = [self._take(tag, account, record, now_s) for record in uplink.records]
        answers = []
        if seqs:
            answers.append(self._link.downlink(uplink.tag_id, events.MSG_ACK, 0, seqs))
        return Answer(tag, (*answers, *self._due(tag, account, now_s)))

    def receive_bare(self, tag: str, found: Sequence[bytes], now_s: float, class_c: bool = False) -> None:
        """Take the records of an uplink by LoRaWAN, which may have none; each has a header at least. `tag` is one of `tags`, proved
        by whoever decrypted the uplink. What is to be said to it: `queue`."""
        account = self.tags[tag]
        for record in found:
            self._take(tag, account, record, now_s)
        account.lorawan_s, account.class_c = now_s, class_c
        account.uplinks += 1

    def queue(self, tag: str, now_s: float) -> list[Message]:
        """What is to be given to the LoRaWAN network for a tag now: ask after each of its uplinks, each order, and every second."""
        return self.tags[tag].queue_due(now_s)

    def order(self, tag: str, order: Order | FileOnItsWay, now_s: float) -> tuple[bytes, ...]:
        """Say something to a tag: the datagram for now, if it was ever heard by frames; `queue` has what goes by LoRaWAN. It is
        repeated until it is answered."""
        account = self.tags.get(tag.lower())
        if account is None:
            raise DavyError(f"no tag {tag}: there are {', '.join(self.tags)}")
        if isinstance(order, FileOnItsWay):
            account.file = order
            order = self._part(account, order, now_s)
        elif order.message == events.MSG_TIME and account.by_lorawan and not self._link.can_reach(bytes.fromhex(tag)):
            self._on_trouble(f"tag {tag}: has the time from its LoRaWAN network")
            return ()
        link: Link = "any"
        if account.must_chase(order, now_s):
            link = "frames"
        ident = self._put(account, order, now_s, link)
        if link == "frames":
            account.put(replace(order, ident=self._next_ident()), now_s, "queue", twin=ident)
        return self._due(tag.lower(), account, now_s, only=ident)

    def _part(self, account: TagAccount, file: FileOnItsWay, now_s: float) -> Order:
        """The next part, of a size for the link it goes by."""
        file.room = PART_BY_LORAWAN if account.by_lorawan and not account.by_frames(now_s) else PART
        return file.part

    def _put(self, account: TagAccount, order: Order, now_s: float, link: Link = "any") -> int:
        """Let an order wait for its answer, under the number that is returned."""
        ident = self._next_ident()
        account.put(replace(order, ident=ident), now_s, link)
        if order.message == events.MSG_LIMITS and account.file:
            account.file.ident = ident
        return ident

    def _next_ident(self) -> int:
        ident = self._ident
        self._ident = ident % IDENTS + 1
        return ident

    def _due(self, tag: str, account: TagAccount, now_s: float, only: int | None = None) -> tuple[bytes, ...]:
        ident = bytes.fromhex(tag)
        if not self._link.can_reach(ident):
            return ()
        unix_s = (self._unix_s or 0.0) + now_s
        return tuple(
            self._link.downlink(ident, order.message, order.ident, *order.arguments(unix_s))
            for order in account.frames_due(now_s, only)
        )

    def _take(self, tag: str, account: TagAccount, data: bytes, now_s: float) -> int:
        """Hold a record; returns its number for the receipt."""
        seq = get_u32(data, 1)
        checksum = zlib.crc32(data)
        before = account.held.get(seq)
        if before in (checksum, -1):
            account.repeated += 1
            return seq
        if (
            before is not None
        ):  # its flash was erased and it counts from 1 again: what it says now may be a call for help
            account.conflicts.append(seq)
            account.alarm_seq.clear()
            self._on_trouble(f"tag {tag}: record {seq} came again with other content: both are kept")
        self._on_record(self._read(tag, data, now_s))
        account.held[seq] = checksum
        return seq

    def _read(self, tag: str, data: bytes, now_s: float) -> Received:
        record, problem = read(tag, data, now_s)
        if problem:
            self._on_trouble(f"tag {tag}: record {record.seq} cannot be read: {problem}")
        if not record.known:
            return record
        self._learn(self.tags[tag], record)
        return record

    def _learn(self, account: TagAccount, record: Received) -> None:
        if record.kind == events.DOWNLINK:
            self._answered(account, record)
        elif record.kind == events.CONFIG and account.file:
            account.file.said.append(record.fields["text"])
        elif record.kind == events.ALARM:
            alarm = record.fields["alarm"]
            if record.seq >= account.alarm_seq.get(alarm, 0):  # records may come out of order: the latest counts
                account.alarm_seq[alarm] = record.seq
                account.alarms[alarm] = record.fields["state"]

    def _answered(self, account: TagAccount, record: Received) -> None:
        ident, result = record.fields["ident"], record.fields["result"]
        account.answered(ident)
        account.receipts.setdefault(ident, []).append((result, record.boot, record.t_ms))
        file = account.file
        if file and ident == file.ident:
            file.answered(result == events.DONE)
            if not file.over:
                self._put(account, self._part(account, file, record.at_s), record.at_s)
                return
            account.file = None
            if file.problem:
                self._on_trouble(f"tag {record.tag}: {file.problem}")
