"""Bodies of downlinks: every message there and back, and what does not fit its message."""

from codec.fields import FieldError, size
from tag import events
from tag.reporting import messages

SAMPLES = {"B": 200, "H": 40000, "I": 0x12345678, "s": "leave by the east, Zjöl", "x": b"\x00\xffbytes"}


def arguments(kind):
    if kind == events.MSG_ACK:
        return ((1, 0x3FFFFFFF, 70000),)
    return tuple([SAMPLES[letter] for letter in events.MESSAGES[kind]])


def test_every_message_there_and_back():
    for kind in events.MESSAGES:
        body = messages.encode(kind, arguments(kind))
        padded = b"\x55\x55\x55" + body + b"\x55"
        assert messages.decode(kind, padded, 3, 3 + len(body)) == arguments(kind), kind
    assert len(events.MESSAGES) == max(events.MESSAGES)


def test_what_is_too_short_or_too_long_is_no_message():
    for kind in events.MESSAGES:
        types = events.MESSAGES[kind]
        body = messages.encode(kind, arguments(kind))
        for n in range(size(types)):
            assert messages.decode(kind, body, 0, n) is None, (kind, n)
        if types[-1:] not in ("s", "x"):
            assert messages.decode(kind, body + b"\x00", 0, len(body) + 1) is None, kind
    for n in range(1, 12):
        assert (messages.decode(events.MSG_ACK, bytes(12), 0, n) is None) == bool(n % 4), n


def test_text_that_is_none():
    assert messages.decode(events.MSG_TEXT, b"\xc3\x28", 0, 2) is None
    assert messages.decode(events.MSG_CONFIG, b"a=\xff", 0, 3) is None
    assert messages.decode(events.MSG_TEXT, b"", 0, 0) == ("",)


def test_a_message_nobody_knows_keeps_its_bytes():
    assert messages.decode(200, b"abcdef", 2, 4) == (b"cd",)
    assert messages.encode(200, (b"cd",)) == b"cd" and messages.encode(200, ()) == b""


def test_what_cannot_be_said_is_refused():
    wrong = (
        (events.MSG_HELP, ()),
        (events.MSG_EVACUATE, (1,)),
        (events.MSG_TEXT, ("ä" * 61,)),
        (events.MSG_LIMITS, (1, 2, bytes(121))),
    )
    for kind, args in wrong:
        try:
            messages.encode(kind, args)
            raise AssertionError("said %d %s" % (kind, args))
        except FieldError:
            pass
    assert len(messages.encode(events.MSG_TEXT, ("ä" * 60,))) == 120
