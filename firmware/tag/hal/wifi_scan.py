"""What access points the Wi-Fi radio hears. Loaded by the self-test alone; the radio is off afterwards."""

import network


def scan():
    """[(name, dBm)], loudest first; None when the radio refuses. Takes some 2 s on an ESP32, whose own scan has an end."""
    try:
        wlan = network.WLAN(network.STA_IF)
        wlan.active(True)
        try:
            found = [(_name(row[0]), row[3]) for row in wlan.scan()]
        finally:
            wlan.active(False)
    except (OSError, RuntimeError):
        return None
    found.sort(key=lambda row: -row[1])
    return found


def _name(raw) -> str:
    try:
        return bytes(raw).decode()
    except UnicodeError:
        return ""
