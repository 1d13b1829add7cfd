"""What follows a message's number and ident in a downlink: its arguments, typed as `tag.events.MESSAGES` says.

The same bytes on every link. A message that this tag does not know keeps its bytes, so that the core can say so.
"""

from codec.fields import TEXT_MAX, FieldError, get_u32, pack, put_u32, size, unpack
from tag.events import MESSAGES, MSG_ACK


def decode(kind: int, buf, start: int, end: int):
    """Arguments of the body in buf[start:end] as a tuple; None when it does not fit the message."""
    types = MESSAGES.get(kind)
    if types is None:
        return (bytes(memoryview(buf)[start:end]),)
    least = size(types)
    last = types[-1:]
    if end - start < least or (end - start > least and last not in ("s", "x")):
        return None
    if kind == MSG_ACK:
        return None if (end - start) % 4 else (tuple([get_u32(buf, at) for at in range(start, end, 4)]),)
    if last == "s":
        try:
            bytes(memoryview(buf)[start + least : end]).decode()
        except UnicodeError:
            return None  # a record shows '?' there; an order with other words than were sent is none
    return unpack(types, buf, start, end)


def encode(kind: int, args) -> bytes:
    """The body of a message. Raises FieldError when the arguments are not those of its types, or longer than 120 bytes."""
    types = MESSAGES.get(kind)
    if types is None:
        return args[0] if args else b""
    if kind == MSG_ACK:
        body = bytearray(4 * len(args[0]))
        for i in range(len(args[0])):
            put_u32(body, 4 * i, args[0][i])
        return bytes(body)
    last = args[-1] if types[-1:] in ("s", "x") else b""
    if isinstance(last, str):
        last = last.encode()
    if len(last) > TEXT_MAX:
        raise FieldError("%d bytes, and a message takes %d" % (len(last), TEXT_MAX))
    body = bytearray(size(types) + len(last))
    pack(types, args, body, 0)
    return bytes(body)
