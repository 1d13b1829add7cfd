"""A broker in virtual time: MQTT 3.1.1 from the standard, written apart from the tag's client, with faults to order.

It serves streams of the virtual network (`network.listen(host, port, broker.accept)`; with TLS through `davy.vtag.tls.secured`)
and handlers in this process (`listen`, `publish`), such as a gateway under test. QoS 0 and 1, retained messages, wills, persistent
sessions, take-over of a client that comes anew, keep-alive.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

from davy.vtag.broker_session import Connection
from davy.vtag.streams import Near

Handler = Callable[[str, bytes, int], None]  # topic, payload, world time


@dataclass
class Faults:
    """What is wrong with the broker. Counts are counted down as they strike."""

    no_connack: bool = False
    connack_code: int = 0
    refuse_subscriptions: bool = False
    drop_pubacks: int = 0  # take so many messages without confirming them
    lose_messages: int = 0  # confirm so many without passing them on
    garbage: bytes = b""  # said instead of the next CONNACK
    cut_after_bytes: int = -1  # a connection breaks off after so many bytes, in the middle of a packet
    no_pingresp: bool = False


@dataclass
class Session:
    """What the broker keeps of a client that wants to be kept."""

    topics: dict[str, int] = field(default_factory=dict)
    waiting: list[tuple[str, bytes]] = field(default_factory=list)
    connection: Connection | None = None

    def wants(self, topic: str) -> bool:
        """Whether one of its subscriptions takes in this topic."""
        return any(matches(topics, topic) for topics in self.topics)


class Broker:
    """`schedule(t_us, action)` calls back at a world time, as `Bench.at`; `users`: name -> password, None: anybody."""

    def __init__(
        self,
        schedule: Callable[[int, Callable[[int], None]], None] | None = None,
        users: dict[str, str] | None = None,
    ) -> None:
        self.schedule = schedule
        self.users = users
        self.faults = Faults()
        self.sessions: dict[str, Session] = {}
        self.retained: dict[str, bytes] = {}
        self.seen: list[tuple[int, str, bytes]] = []  # world time, topic, payload of all that was published
        self.connects: list[tuple[int, str]] = []  # world time, client
        self.violations: list[str] = []
        self._handlers: list[tuple[str, Handler]] = []

    @staticmethod
    def session() -> Session:
        """What is kept of a new client."""
        return Session()

    def accept(self, stream: Near, t_us: int) -> Connection:
        """The server's end of a connection."""
        return Connection(self, stream, t_us)

    def listen(self, topics: str, handler: Handler) -> None:
        """Call `handler` for each message whose topic matches."""
        self._handlers.append((topics, handler))

    def publish(self, topic: str, payload: bytes, t_us: int, retain: bool = False) -> None:
        """Hand a message to all who want it."""
        self.seen.append((t_us, topic, payload))
        if retain:
            self.retained.pop(topic, None)
            if payload:
                self.retained[topic] = payload
        for topics, handler in self._handlers:
            if matches(topics, topic):
                handler(topic, payload, t_us)
        for session in list(self.sessions.values()):
            if session.wants(topic):
                if session.connection:
                    session.connection.deliver(topic, payload, t_us)
                else:
                    session.waiting.append((topic, payload))


def matches(topics: str, topic: str) -> bool:
    """Whether a topic is among those that a filter names: `+` one level, `#` all that follows."""
    wanted, given = topics.split("/"), topic.split("/")
    for place, level in enumerate(wanted):
        if level == "#":
            return True
        if place >= len(given) or level not in ("+", given[place]):
            return False
    return len(wanted) == len(given)
