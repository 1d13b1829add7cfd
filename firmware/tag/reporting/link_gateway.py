"""The gateway's end of the link frames of `link`: receives uplinks, builds downlinks. Runs on the host; pure, as the tag's end is.

A session is one boot of a tag, named by its nonce. For each session the gateway keeps the highest uplink counter accepted and the
highest downlink counter used; a frame whose counter does not rise is a replay. The `sessions` newest sessions of a tag are kept: a
frame of an even older one, replayed, would bring only records that are known by (tag, seq), but never locks the tag out.
Downlinks go to the session heard last.
"""

from codec.fields import get_u32, put_u16, put_u32
from tag.reporting import messages
from tag.reporting.link import (
    ACCEPTED,
    BAD_BODY,
    BAD_TAG,
    COUNTER_AT,
    COUNTER_MAX,
    DOWN,
    DOWN_HEADER,
    FOREIGN,
    HEARD_AT,
    IDENT_AT,
    MAC_BYTES,
    MAGIC,
    MAX_FRAME,
    MESSAGE_AT,
    NONCE_AT,
    RECORDS_AT,
    REFUSALS,
    REPLAY,
    SHORT,
    UP,
    UP_HEADER,
    direction_keys,
)
from tag.reporting.records import HEADER


class Session:
    """One boot of a tag, as the gateway knows it."""

    def __init__(self, nonce: bytes) -> None:
        self.nonce = nonce
        self.up_counter = 0
        self.down_counter = 0


class Uplink:
    """An authenticated uplink: who, in which session, and its records as bytes."""

    def __init__(self, tag_id: bytes, nonce: bytes, counter: int, heard: int, records: list) -> None:
        self.tag_id = tag_id
        self.nonce = nonce
        self.counter = counter
        self.heard = heard
        self.records = records


class _Peer:
    def __init__(self, key: bytes) -> None:
        self.up, self.down = direction_keys(key)
        self.sessions = []  # oldest heard first


class LinkGateway:
    """Speaks with the tags whose keys it was given."""

    def __init__(self, max_frame: int = MAX_FRAME, sessions: int = 64) -> None:
        self._max = max_frame
        self._sessions = sessions
        self._peers = {}
        self.refusal = ACCEPTED
        self.stats = [0] * len(REFUSALS)

    def add_tag(self, tag_id: bytes, key: bytes) -> None:
        """Know a tag; raises ValueError for a key of wrong length."""
        self._peers[bytes(tag_id)] = _Peer(key)

    def receive(self, frame):
        """The `Uplink` in these bytes; None when refused."""
        uplink = None
        refusal, peer = self._refuse(frame)
        if refusal == ACCEPTED:
            nonce = bytes(frame[NONCE_AT:COUNTER_AT])
            counter = get_u32(frame, COUNTER_AT)
            heard = get_u32(frame, HEARD_AT)
            records = self._records(frame)
            session = self._session(peer, nonce)
            if counter <= session.up_counter:
                refusal = REPLAY
            elif records is None:
                refusal = BAD_BODY
            else:
                session.up_counter = counter
                session.down_counter = max(session.down_counter, heard)
                peer.sessions.remove(session)
                peer.sessions.append(session)
                uplink = Uplink(bytes(frame[1:NONCE_AT]), nonce, counter, heard, records)
            while len(peer.sessions) > self._sessions:
                peer.sessions.pop(0)
        self.refusal = refusal
        self.stats[refusal] += 1
        return uplink

    def can_reach(self, tag_id: bytes) -> bool:
        """Whether the tag was heard, so that a downlink can name its session."""
        peer = self._peers.get(bytes(tag_id))
        return peer is not None and len(peer.sessions) > 0

    def downlink(self, tag_id: bytes, message: int, ident: int, *args) -> bytes:
        """A downlink frame for the tag's last session; args as in `Link.receive`. Raises ValueError for what cannot be said."""
        tag_id = bytes(tag_id)
        if not self.can_reach(tag_id):
            raise ValueError("this tag was never heard: its session is not known")
        body = messages.encode(message, args)
        if DOWN_HEADER + len(body) + MAC_BYTES > self._max:
            raise ValueError(
                "downlink longer than a frame: %d bytes of %d" % (len(body), self._max - DOWN_HEADER - MAC_BYTES)
            )
        peer = self._peers[tag_id]
        session = peer.sessions[-1]
        if session.down_counter >= COUNTER_MAX:
            raise ValueError("session used up")
        session.down_counter += 1
        frame = bytearray(DOWN_HEADER + len(body) + MAC_BYTES)
        frame[0] = DOWN
        frame[1:NONCE_AT] = tag_id
        frame[NONCE_AT:COUNTER_AT] = session.nonce
        put_u32(frame, COUNTER_AT, session.down_counter)
        frame[MESSAGE_AT] = message
        put_u16(frame, IDENT_AT, ident)
        frame[DOWN_HEADER : DOWN_HEADER + len(body)] = body
        peer.down.sign(frame, DOWN_HEADER + len(body))
        return bytes(frame)

    def _refuse(self, frame) -> tuple:
        """(refusal, peer): everything that can be said before the session is looked at."""
        if len(frame) < UP_HEADER + MAC_BYTES:
            return SHORT, None
        if frame[0] != UP:
            return MAGIC, None
        peer = self._peers.get(bytes(frame[1:NONCE_AT]))
        if peer is None:
            return FOREIGN, None
        if not peer.up.verify(frame, len(frame) - MAC_BYTES):
            return BAD_TAG, None
        return ACCEPTED, peer

    def _session(self, peer: _Peer, nonce: bytes) -> Session:
        for session in peer.sessions:
            if session.nonce == nonce:
                return session
        session = Session(nonce)
        peer.sessions.append(session)
        return session

    def _records(self, frame):
        """The records as bytes; None when their number or lengths do not fit the frame."""
        end = len(frame) - MAC_BYTES
        at = UP_HEADER
        records = []
        while at < end:
            after = at + 1 + frame[at]
            if after > end or frame[at] < HEADER:
                return None
            records.append(bytes(frame[at + 1 : after]))
            at = after
        return records if len(records) == frame[RECORDS_AT] else None
