"""What goes over the broker between tags and this gateway: ChirpStack's topics and JSON. Anything may come; nothing raises.

The tag's end is lib/mqtt/chirpstack.py, which has the forms.
"""

import base64
import binascii
import json
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from mqtt.chirpstack import PORT, topic

APPLICATION = "davy"
EVENTS = "application/+/device/+/event/up"
_EVENT = re.compile(r"application/([^/]+)/device/([0-9a-f]{16})/event/up")
LONGEST = 65536  # every gateway that heard it adds some 500 bytes, and a payload codec what it decoded


@dataclass(frozen=True)
class Event:
    """One uplink of a device; `problem` says why it cannot be used, then the rest is not to be trusted. On port 0 there is no data:
    MAC commands alone. `class_c`: the network server says that the device listens all the time."""

    device: str = ""
    application: str = ""
    port: int = 0
    data: bytes = b""
    problem: str = ""
    class_c: bool = False


def read_event(where: str, payload: bytes) -> Event:
    """The event in a message on topic `where`."""
    found = _EVENT.fullmatch(where)
    if not found:
        return Event(problem="a topic that names no device")
    application, device = found.groups()
    if len(payload) > LONGEST:
        return Event(problem=f"an event of more than {LONGEST} bytes")
    try:
        said = json.loads(payload)
        info = said["deviceInfo"]
        named, port, letters = info["devEui"], said.get("fPort", 0), said.get("data", "")
        class_c = info.get("deviceClassEnabled") == "CLASS_C"
        data = base64.b64decode(letters, validate=True)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError, binascii.Error):
        return Event(problem="an event that is not ChirpStack's JSON")
    if not isinstance(named, str) or named.lower() != device:
        return Event(problem="an event of another device than its topic")
    if not isinstance(port, int) or isinstance(port, bool) or not 0 <= port < 256 or (data and not port):
        return Event(problem="an event without a port")
    return Event(device, application, port, data, class_c=class_c)


def command(
    application: str, device: str, data: bytes, port: int = PORT, good_until_s: float | None = None
) -> tuple[str, bytes]:
    """(topic, payload) that brings `data` to a device. One for LoRaWAN says until when, in Unix time, it may wait in the network's
    queue: ChirpStack 4.20 keeps to it, older ones pass over it. It is unconfirmed: the tag's own record confirms it."""
    said: dict[str, Any] = {"devEui": device, "fPort": port, "data": base64.b64encode(data).decode()}
    if good_until_s is not None:
        until = datetime.fromtimestamp(good_until_s, UTC).isoformat(timespec="milliseconds")
        said |= {"confirmed": False, "expiresAt": until.replace("+00:00", "Z")}
    return topic(application, device, "command/down").decode(), json.dumps(said, separators=(",", ":")).encode()
