"""The tables of docs/lorawan.md, written from what the tag itself uses: regions, states, refusals.

    python -m davy.docs_lorawan         writes the tables into docs/lorawan.md of this checkout

Each stands between a comment with its name and the next `end`; the rest of the page is written by hand. A test compares the two.
"""

from davy import docs_tables, roots
from lorawan import states
from lorawan.frame import REFUSALS
from lorawan.region import Region
from lorawan.regions.names import NAMES, find

DOC = roots.CHECKOUT / "docs" / "lorawan.md"
STATES = ("IDLE", "READY", "SENDING", "PAUSE_1", "FIRST", "PAUSE_2", "SECOND", "AGAIN")
SYMBOLS = ("BUILT", "GO", "DROP", "SENT", "FAILED", "DUE", "ANSWER", "CLOSED", "MORE")
_WHY = {
    "accepted": "genuine, and acted on",
    "size": "shorter than its fields, or longer than its data rate allows",
    "kind": "no data downlink or join accept of LoRaWAN R1",
    "foreign": "another device's address, or there is no session",
    "mic": "changed, truncated, signed with another key, or invented",
    "replay": "genuine once: its counter was there before",
    "body": "genuine, with a port above 223, or MAC commands in FOpts and on port 0 at once, or FOpts longer than the frame",
    "class C commands": "genuine, with MAC commands outside the windows of class A",
    "busy": "genuine, with a payload while the application has not taken the last one",
    "unasked": "a frame when no window is open, or a join accept that nobody waits for",
    "join nonce": "a genuine join accept whose JoinNonce has not risen",
}


def _mhz(hz: int) -> str:
    return f"{hz / 1e6:.4f}".rstrip("0").rstrip(".")


def _region(region: Region) -> list[str]:
    sizes = " ".join(str(region.capacity(dr, False)) for dr in range(region.top_dr + 1))
    if region.size_dwell:
        sizes += "; 400 ms: " + " ".join(str(region.capacity(dr, True)) for dr in range(region.top_dr + 1))
    channels = ", ".join(_mhz(hz) for hz in region.default_hz) or "902.3 + 0.2 i (64), 903 + 1.6 i (8)"
    bands = "; ".join(f"{_mhz(low)}-{_mhz(high)}: {permille / 10:g} %" for low, high, permille in region.bands)
    return [
        region.name,
        channels,
        sizes,
        f"{_mhz(region.rx2_hz)} DR{region.rx2_dr}",
        f"0-{region.top_offset}",
        f"{region.eirp_dbm} dBm, -2 dB x 0-{region.top_power}",
        bands or "none",
    ]


def tables() -> dict[str, str]:
    """Name -> the table."""
    head = ("region", "channels, MHz", "N of uplinks, DR0...", "RX2", "RX1DROffset", "EIRP", "duty cycle by band, MHz")
    found = {"regions": docs_tables.table(head, (_region(find(name)) for name in NAMES))}
    rows = []
    for state, row in enumerate(states.TABLE):
        rows.append([STATES[state], *(STATES[after] if after != state else "" for after in row)])
    found["states"] = docs_tables.table(("", *SYMBOLS), rows)
    found["refusals"] = docs_tables.table(("counted as", "what it was"), ((name, _WHY[name]) for name in REFUSALS))
    return found


def render(text: str) -> str:
    """The page with its tables as they should be."""
    return docs_tables.filled(text, tables())


if __name__ == "__main__":
    DOC.write_text(render(DOC.read_text(encoding="utf-8")), encoding="utf-8")
