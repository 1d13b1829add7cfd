"""The carrier of link frames that the settings ask for. Only the one that is used takes memory.

All have `up`, `ready` (for what can wait), `room` (for an alarm), `step(t_ms)`, `send(frame, t_ms) -> bool` with `last_id`,
`receive() -> n` with `frame`, `confirms` and `confirmed() -> id`, `fault`, `close(t_ms)`.
"""


def chosen(settings, t_ms: int):
    """A broker when the settings name one, else the gateway."""
    if settings["mqtt_host"]:
        from tag.hal.mqtt import MqttLink

        return MqttLink(settings, t_ms)
    from tag.hal.udp import UdpLink

    return UdpLink(settings, t_ms)


def time_server(settings, t_ms: int):
    """Whom to ask for the time, or None."""
    if not settings["ntp_host"]:
        return None
    from tag.hal.ntp import Ntp

    return Ntp(settings["ntp_host"], t_ms)
