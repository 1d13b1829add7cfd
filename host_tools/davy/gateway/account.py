"""What the gateway knows of one tag, and by which link an order goes to it and when. A tag may be heard by frames (Wi-Fi: datagrams
or a broker) and by LoRaWAN; what is known of it is one.

An order goes by frames at once, and again after each uplink that comes FRAME_RETRY_S after the last try. By LoRaWAN it goes

    at once          when the tag has not been heard by frames for ALIVE_S
    HEAD_START_S on  when it has, and has not answered: perhaps Wi-Fi has just gone. So a tag on Wi-Fi costs no airtime, and few
                     copies of an order lie in the network's queue when it is answered already
    never            the time: the network tells it (DeviceTime), and a message that waited in a queue would tell a wrong one

and again when the copy before must have been lost. Class C hears at once: QUEUE_RETRY_S later. Class A hears one message after each
uplink, and can answer with its next: after as many uplinks as messages were given to the network and one more, and QUEUE_RETRY_S.
A copy is good until the next one at most (`expiresAt`), else an old "evacuate" could come hours later, when the tag has forgotten
that it knows it (the last 8 messages, until its next start).

Orders that contradict each other (CONTRARY): the newer one ends the repetitions of the older. Where a copy of that may still lie in
the network's queue, the newer one goes into the queue behind it at once and under an ident of its own, and by frames under
another: else an "all clear" left lying there would end the evacuation that came by Wi-Fi meanwhile, and the tag would take the
"evacuate" behind it for a repetition. An answer to the one in the queue is one to both.
"""

from dataclasses import dataclass, field
from typing import Any, Literal

from davy.gateway.orders import PART_BY_LORAWAN, FileOnItsWay, Order
from tag import events
from tag.alarms import table
from tag.reporting import messages

FRAME_RETRY_S = 5.0
QUEUE_RETRY_S = 120.0
QUEUE_KEEP_S = 1800.0  # class A: a copy that nobody has fetched by then is replaced
ALIVE_S = 60.0  # a tag on Wi-Fi says hello every 20 s
HEAD_START_S = 15.0
NEVER_S = float("-inf")
CONTRARY = {
    events.MSG_EVACUATE: (events.MSG_ALL_CLEAR,),
    events.MSG_ALL_CLEAR: (events.MSG_EVACUATE, events.MSG_DRILL_START),
    events.MSG_DRILL_START: (events.MSG_DRILL_STOP,),
    events.MSG_DRILL_STOP: (events.MSG_DRILL_START,),
}


Link = Literal["any", "frames", "queue"]


@dataclass(frozen=True)
class Message:
    """What goes to a tag on fPort 1, and for how long it is good in a queue."""

    data: bytes
    good_s: float


@dataclass
class Waiting:
    """An order that waits for its answer, and what was tried on each link."""

    order: Order
    since_s: float
    framed_s: float = NEVER_S
    queued_s: float = NEVER_S
    queued: int = 0  # copies so far
    turn: int = 0  # the uplink after which a class A tag gets the copy in the queue
    link: Link = "any"
    twin: int = 0  # of one for the queue: the ident of the same for frames

    def message(self, good_s: float) -> Message:
        """As LoRaWAN carries it: `message u8 | ident u16 | arguments`. A part of a file is cut to what fits at any data rate."""
        order = self.order
        args: tuple[Any, ...] = order.args
        if order.message == events.MSG_LIMITS:
            args = (args[0], args[1], args[2][:PART_BY_LORAWAN])
        head = bytes([order.message]) + order.ident.to_bytes(2, "little")
        return Message(head + messages.encode(order.message, args), good_s)


@dataclass(frozen=True)
class Copy:
    """A message that may lie in the network's queue: until when, and until which uplink."""

    message: int
    ident: int
    until_s: float
    turn: int


@dataclass
class TagAccount:
    """One tag's."""

    held: dict[int, int] = field(default_factory=dict)  # seq -> checksum of the record
    repeated: int = 0  # records that came again: the receipt was lost on its way, or both links brought it
    conflicts: list[int] = field(default_factory=list)
    alarms: dict[int, int] = field(default_factory=dict)  # alarm -> its last state
    alarm_seq: dict[int, int] = field(default_factory=dict)
    pending: dict[int, Waiting] = field(default_factory=dict)  # by ident
    receipts: dict[int, list[tuple[int, int, int]]] = field(default_factory=dict)  # ident -> (result, boot, t_ms) each
    file: FileOnItsWay | None = None
    starts: list[bytes] = field(default_factory=list)  # nonces of the newest starts heard: each was told the time
    framed_s: float = NEVER_S  # last heard by frames
    lorawan_s: float = NEVER_S  # last heard by LoRaWAN
    class_c: bool = False
    uplinks: int = 0  # by LoRaWAN
    copies: list[Copy] = field(default_factory=list)

    @property
    def pressing(self) -> int:
        """The highest alarm that waits for help; 0: none."""
        waiting = (events.ON, events.ESCALATED, events.ACKED)
        return max((alarm for alarm, state in self.alarms.items() if state in waiting and helps(alarm)), default=0)

    @property
    def by_lorawan(self) -> bool:
        """Whether it was ever heard by LoRaWAN."""
        return self.lorawan_s != NEVER_S

    def by_frames(self, now_s: float) -> bool:
        """Whether its Wi-Fi is alive."""
        return now_s - self.framed_s < ALIVE_S

    def put(self, order: Order, now_s: float, link: Link = "any", twin: int = 0) -> None:
        """Let an order wait for its answer, under its ident; what contradicts it is not repeated any more."""
        contrary = CONTRARY.get(order.message, ())
        self.pending = {
            ident: waiting for ident, waiting in self.pending.items() if waiting.order.message not in contrary
        }
        self.pending[order.ident] = Waiting(order, now_s, link=link, twin=twin)

    def answered(self, ident: int) -> None:
        """The tag has said what became of it."""
        waiting = self.pending.pop(ident, None)
        if waiting and waiting.twin:
            self.pending.pop(waiting.twin, None)
        if waiting and waiting.framed_s == NEVER_S and waiting.queued == 1:  # that copy is what the tag has heard
            self.copies = [copy for copy in self.copies if copy.ident != ident]

    def must_chase(self, order: Order, now_s: float) -> bool:
        """Whether something that contradicts it may still lie in the network's queue."""
        self._forget(now_s)
        return any(copy.message in CONTRARY.get(order.message, ()) for copy in self.copies)

    def frames_due(self, now_s: float, only: int | None = None) -> list[Order]:
        """Orders to say by frames now; they count as tried."""
        found = []
        for ident, waiting in self.pending.items():
            wanted = only in (None, ident) and waiting.link != "queue"
            if wanted and now_s - waiting.framed_s >= FRAME_RETRY_S:
                waiting.framed_s = now_s
                found.append(waiting.order)
        return found

    def queue_due(self, now_s: float) -> list[Message]:
        """Messages to give to the LoRaWAN network now; they count as tried."""
        if not self.by_lorawan:
            return []
        good_s = QUEUE_RETRY_S if self.class_c else QUEUE_KEEP_S
        self._forget(now_s)
        found = []
        for waiting in self.pending.values():
            if self._queue_due(waiting, now_s, good_s):
                waiting.queued_s = now_s
                waiting.queued += 1
                waiting.turn = max([self.uplinks, *(copy.turn for copy in self.copies)]) + 1
                order = waiting.order
                self.copies.append(Copy(order.message, order.ident, now_s + good_s, waiting.turn))
                found.append(waiting.message(good_s))
        return found

    def _queue_due(self, waiting: Waiting, now_s: float, good_s: float) -> bool:
        head_start = waiting.link == "any" and self.by_frames(now_s) and now_s - waiting.since_s < HEAD_START_S
        if head_start or waiting.link == "frames" or waiting.order.message == events.MSG_TIME:
            return False
        waited_s = now_s - waiting.queued_s
        return waited_s >= good_s or (waited_s >= QUEUE_RETRY_S and self.uplinks > waiting.turn)

    def _forget(self, now_s: float) -> None:
        """Copies that do not lie in the queue any more."""
        self.copies = [
            copy for copy in self.copies if now_s < copy.until_s and (self.class_c or self.uplinks <= copy.turn)
        ]


def helps(alarm: int) -> bool:
    """Whether "help knows" makes sense for an alarm."""
    return bool(table.KINDS[alarm][4]) if alarm in table.KINDS else False
