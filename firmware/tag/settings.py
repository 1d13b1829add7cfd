"""What can be set on a tag: one row a setting, with its default, its range and why it has them.

The table only. Loading from flash, and what happens to a bad file, is `tag/config.py`.

type  "int"   low..high are values in the row's unit
      "int0"  the same, or 0: off
      "text"  low..high are UTF-8 bytes
      "hex"   low or high digits, nothing between; the empty text means "not given yet"
      "ipv4"  four numbers with dots, or the empty text
      "level" one level of a topic: low..high UTF-8 bytes without / + # and NUL
      "choice" one of the texts in low
"""

REGIONS = ("", "EU868", "RU864", "AS923-1", "AS923-2", "AS923-3", "AS923-4", "US915", "IN865")

# name -> (type, default, low, high, unit, why)
SETTINGS = {
    # what the tag does
    "prealarm_s": ("int", 30, 5, 120, "s", "countdown in which the wearer can cancel a man-down: 30 s is the custom"),
    "still_s": ("int", 60, 20, 1000, "s", "time without motion before man-down; under 20 s nags people who rest"),
    "vehicle_still_s": (
        "int0",
        300,
        60,
        3600,
        "s",
        "the same while only a machine shakes the tag: finds who fainted in a seat, lets a driver sit; 0: as still_s",
    ),
    "near_miss_g": (
        "int",
        6,
        3,
        16,
        "g",
        "harder hits without a fall are near misses: walking gives 3 g, a jump or a run 6",
    ),
    "wear_question_s": ("int", 60, 10, 600, "s", "how long a dropped tag asks before it takes no answer for man-down"),
    "checkin_s": ("int0", 0, 300, 14400, "s", "a lone worker presses the button at least so often; 0: nobody asks"),
    "escalation_s": ("int0", 120, 30, 3600, "s", "man-down or SOS that nobody answers is told anew, louder; 0: never"),
    "sos_hold_s": ("int", 3, 2, 10, "s", "how long to hold the button for SOS: no accident, yet possible when hurt"),
    "heartbeat_s": ("int", 60, 10, 3600, "s", "how often the tag says that it lives"),
    "reading_s": ("int", 10, 1, 600, "s", "how often a gas reading is recorded while nothing changes"),
    "calibration_days": (
        "int",
        180,
        0,
        730,
        "days",
        "a span is due so often: half a year is the custom for electrochemical cells; 0: never",
    ),
    "bump_days": (
        "int",
        30,
        0,
        365,
        "days",
        "a bump test is due so often: never more than 30 days by custom, 1 is the best; 0: never",
    ),
    "bump_force": (
        "int",
        0,
        0,
        1,
        "",
        "1: nobody works with a sensor whose calibration or bump test is overdue: the fault alarm says so",
    ),
    "shift_h": ("int0", 12, 4, 24, "h", "a shift's exposure is closed by itself after so long; 0: only by order"),
    "exposure_s": ("int", 600, 60, 3600, "s", "how often the exposure of each gas that was breathed is recorded"),
    "confidence_s": ("int", 60, 30, 60, "s", "how often flash and chirp say 'I work': 30-60 s is the custom"),
    # fatigue as an indicator: docs/fatigue.md
    "fatigue": (
        "int",
        0,
        0,
        2,
        "",
        "1: fatigue and workload are recorded; 2: and a light asks for reaction tests; 0: off",
    ),
    "awake_h": (
        "int0",
        0,
        1,
        24,
        "h",
        "hours awake when the shift begins, by roster or asked; 0: not known, 2 are assumed",
    ),
    "slept_h": ("int0", 0, 1, 14, "h", "hours slept before that; 0: not known, a usual night is assumed"),
    "utc_offset_min": (
        "int",
        900,
        -720,
        900,
        "min",
        "local time less UTC: people tire by local time; 900: not given, then nothing follows from the hour",
    ),
    "battery_low_mv": ("int", 3500, 3000, 4000, "mV", "a lithium cell has about a tenth left: enough to walk out"),
    # who it is and whom it talks to
    "tag_id": ("hex", "0000000000000000", 16, 16, "digits", "a record is known by tag_id and its number"),
    "key": ("hex", "", 32, 64, "digits", "proves records and orders; not given: the link stays closed"),
    "limits_key": (
        "hex",
        "",
        112,
        112,
        "digits",
        "public key of who signs limit profiles; not given: the built-in one",
    ),
    "update_key": (
        "hex",
        "",
        112,
        112,
        "digits",
        "public key of who signs the app's updates; not given: any bundle that is whole",
    ),
    "name": ("text", "", 0, 32, "bytes", "what people call the wearer or the tag"),
    "wifi_ssid": ("text", "", 0, 32, "bytes", "network to join, 32 bytes at most by IEEE 802.11; empty: no Wi-Fi"),
    "wifi_password": ("text", "", 0, 63, "bytes", "WPA2 passphrase, 63 bytes at most; empty: an open network"),
    "gateway_host": (
        "ipv4",
        "",
        0,
        15,
        "bytes",
        "the gateway's address: looking up a name would hold all tasks; empty: none",
    ),
    "gateway_port": ("int", 4750, 1, 65535, "", "UDP port of the gateway"),
    # an MQTT broker instead of that gateway: docs/network.md
    "mqtt_host": ("ipv4", "", 0, 15, "bytes", "the broker's address; empty: no broker, the gateway hears the tag"),
    "mqtt_port": ("int", 8883, 1, 65535, "", "TCP port of the broker: 8883 is MQTT over TLS, 1883 without"),
    "mqtt_name": ("text", "", 0, 64, "bytes", "name that the broker's certificate must carry; TLS needs one"),
    "mqtt_user": ("text", "", 0, 64, "bytes", "who the tag is to the broker: one for each tag; empty: nobody asks"),
    "mqtt_password": ("text", "", 0, 64, "bytes", "and how it proves that"),
    "mqtt_app": ("level", "davy", 1, 36, "bytes", "application in the topics; ChirpStack's are 36 letters long"),
    "mqtt_ca": ("text", "ca.der", 1, 32, "bytes", "file on flash: certificate in DER of who signs the broker's"),
    "mqtt_tls": ("int", 1, 0, 1, "", "0: without TLS, on the bench only: who listens sees password and records"),
    "mqtt_confirm": (
        "choice",
        "gateway",
        ("gateway", "broker"),
        0,
        "",
        "whose word makes a record delivered: the gateway's receipt, or already the broker's",
    ),
    "ntp_host": ("ipv4", "", 0, 15, "bytes", "a time server's address, asked where nobody with a key tells the time"),
    "expiry_h": ("int0", 168, 1, 8760, "h", "readings that could not be delivered for so long are given up; 0: never"),
    # LoRaWAN, on boards with a radio: docs/lorawan.md
    "lora_region": (
        "choice",
        "",
        REGIONS,
        0,
        "",
        "regional parameters: the law's and the network's; empty: no LoRaWAN",
    ),
    "lora_class": ("choice", "C", ("A", "C"), 0, "", "C hears orders at once, for 5 mA; A only after its own frames"),
    "lora_dev_eui": ("hex", "", 16, 16, "digits", "who the tag is to the network; not given: its tag_id"),
    "lora_join_eui": ("hex", "0000000000000000", 16, 16, "digits", "of the network's join server"),
    "lora_app_key": ("hex", "", 32, 32, "digits", "root key of the tag's sessions; not given: no LoRaWAN"),
    "lora_subband": ("int", 2, 1, 8, "", "US915: which eight channels the gateways have; most networks the second"),
    "lora_floor": (
        "int0",
        0,
        1,
        65535,
        "",
        "only when a tag says that its LoRaWAN state is lost: a DevNonce above all that it used",
    ),
    "lora_air_s": ("int", 20, 1, 3600, "s", "airtime an hour for what is not urgent: energy, and other tags' turn"),
    "lora_share": ("int", 25, 0, 80, "%", "of each band's legal airtime, kept for urgent records"),
    "lora_dbi": ("int", 0, -10, 10, "dBi", "gain of the antenna: the law limits what leaves it"),
    # where the wearer is, from Bluetooth beacons: docs/place.md
    "place": ("int", 0, 0, 1, "", "1: listen for the site's beacons, record zones, let rescuers hear the tag"),
    "map_key": ("hex", "", 112, 112, "digits", "public key of who signs the site's map; not given: limits_key"),
    "place_every_ms": ("int", 3000, 1000, 6000, "ms", "listen so often for a tenth of that: faster is dearer"),
    # calls for help from tag to tag, where no gateway hears
    "shout": (
        "int",
        0,
        0,
        1,
        "",
        "1: call neighbours by LoRa (lora_region) when no link delivers an alarm, show theirs",
    ),
    "site_key": ("hex", "", 32, 32, "digits", "proves such calls, the same on all tags of a site"),
}

# Never told to anybody who asks: a hash of four bytes says whether two are the same.
SECRETS = ("key", "site_key", "lora_app_key", "wifi_password", "mqtt_password")

DEFAULTS = {name: row[1] for name, row in SETTINGS.items()}

_HEX = "0123456789abcdefABCDEF"
_NO_LEVEL = "/+#\0"


def check(name: str, value) -> str:
    """What is wrong with `value` for the setting `name`; the empty text when it may be used."""
    row = SETTINGS.get(name)
    if row is None:
        return "unknown setting: " + str(name)
    kind, _, low, high, unit, _ = row
    if kind.startswith("int"):
        if isinstance(value, bool) or not isinstance(value, int):
            return name + ": not a whole number"
        if not value and kind != "int":
            return ""
        size = value
    else:
        if not isinstance(value, str):
            return name + ": not a text"
        if kind == "choice":
            return "" if value in low else name + ": not one of " + ", ".join([text for text in low if text])
        size = len(value.encode())
        if kind == "level" and any(c in _NO_LEVEL for c in value):
            return name + ": not one level of a topic"
        if kind == "hex":
            if not value:
                return ""
            if size % 2 or not all(c in _HEX for c in value):
                return name + ": not pairs of hexadecimal digits"
            if low < size < high:
                return "%s: %d %s, not %d or %d" % (name, size, unit, low, high)
        elif kind == "ipv4" and value:
            parts = value.split(".")
            if len(parts) != 4 or not all(1 <= len(n) <= 3 and n.isdigit() and int(n) <= 255 for n in parts):
                return name + ": not an address like 192.168.1.10"
    if not low <= size <= high:
        return "%s: %d is not within %d..%d %s" % (name, size, low, high, unit)
    return ""
