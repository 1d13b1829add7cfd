"""What goes over the broker between tags and this gateway: ChirpStack's topics and JSON. Anything may come; nothing raises.

The tag's end is lib/mqtt/chirpstack.py, which has the forms.
"""

import base64
import binascii
import json
import re
from dataclasses import dataclass

from mqtt.chirpstack import PORT, topic

APPLICATION = "davy"
EVENTS = "application/+/device/+/event/up"
_EVENT = re.compile(r"application/([^/]+)/device/([0-9a-f]{16})/event/up")
LONGEST = 8192


@dataclass(frozen=True)
class Event:
    """One uplink of a device; `problem` says why it cannot be used, then the rest is not to be trusted."""

    device: str = ""
    application: str = ""
    port: int = 0
    data: bytes = b""
    problem: str = ""


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
        named, port, letters = said["deviceInfo"]["devEui"], said["fPort"], said["data"]
        data = base64.b64decode(letters, validate=True)
    except (ValueError, KeyError, TypeError, RecursionError, binascii.Error):
        return Event(problem="an event that is not ChirpStack's JSON")
    if not isinstance(named, str) or named.lower() != device:
        return Event(problem="an event of another device than its topic")
    if not isinstance(port, int) or isinstance(port, bool) or not 0 < port < 256:
        return Event(problem="an event without a port")
    return Event(device, application, port, data)


def command(application: str, device: str, data: bytes, port: int = PORT) -> tuple[str, bytes]:
    """(topic, payload) that brings `data` to a device."""
    said = {"devEui": device, "fPort": port, "data": base64.b64encode(data).decode()}
    return topic(application, device, "command/down").decode(), json.dumps(said, separators=(",", ":")).encode()
