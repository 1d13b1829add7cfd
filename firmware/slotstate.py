"""Which of two versions of the app starts, and what happens to a new one that does not do: the state and its machine.

    /boot.a, /boot.b    two copies of one state, the higher generation that is whole is in force; little endian
    0   4   "DVBT"
    4   1   format: 1
    5   1   phase: STEADY, TRIAL
    6   1   slot that starts: PLAIN, A, B
    7   1   back: where to go if that one does not do
    8   1   tries: starts that a trial has left
    9   1   news: what the journal has not been told yet
    10  2   version that the news are about
    12  2   healthy_s: so long must a trial be well
    14  2   faults of the version before, as bits; UNKNOWN
    16  4   generation
    20  48  text of the news, UTF-8, filled up with zeros
    68  4   CRC-32 of the above

PLAIN is the app as files in /tag and /lib, or frozen; A and B are bundles, see `slots.py`.

    phase   what happens                                   becomes
    STEADY  start, the slot is whole                       the same
    STEADY  start, the slot is damaged                     STEADY in `back` if that is whole, else PLAIN; FELL_BACK
    TRIAL   start, the slot is whole and tries are left    TRIAL with one less; written before anything is loaded
    TRIAL   start, no tries left, or damaged               STEADY in `back`, without one to go back to; ROLLED_BACK
    TRIAL   an exception ends the app, or it gives up      the same, and the tag starts anew
    TRIAL   healthy                                        STEADY, CONFIRMED; `back` stays the version before
    any     a new bundle lies in the slot that is `free`   TRIAL there with all tries, `back` is the one that proved itself
    any     the news are in the journal                    no news

A state that cannot be written is not entered: a trial that cannot count its tries does not start.
"""

import binascii
import struct

from micropython import const

PLAIN = 0
A = 1
B = 2
STEADY = 0
TRIAL = 1
TAKEN_UP = 1
CONFIRMED = 2
ROLLED_BACK = 3
FELL_BACK = 4
UNKNOWN = 0xFFFF  # faults of a version that left no note of them
TRIES = 3

STATES = ("/boot.a", "/boot.b")

_STATE = "<4s8BHHI48s"
_STATE_B = const(72)
_MAX_TEXT = const(48)
_LAST = const(0x3FFFFFFF)


class State:
    """As the head has it. `generation` 0: there was none to be read, the app is PLAIN."""

    def __init__(self) -> None:
        self.phase = STEADY
        self.slot = self.back = PLAIN
        self.tries = self.news = self.version = self.healthy_s = self.generation = 0
        self.faults = UNKNOWN
        self.text = ""

    def started(self, whole) -> bool:
        """The tag starts; `whole(slot)` says whether a bundle is good. True when the state has changed."""
        changed = False
        if self.phase == TRIAL:
            if self.tries and self.slot != PLAIN and whole(self.slot):
                self.tries -= 1
                return True
            self.rolled_back("not healthy in time" if not self.tries else "damaged")
            changed = True
        if self.slot != PLAIN and not whole(self.slot):
            self.slot = self.back if self.back != self.slot and self.back != PLAIN and whole(self.back) else PLAIN
            self.back = PLAIN
            self.news = FELL_BACK
            self.text = "damaged"
            changed = True
        return changed

    def rolled_back(self, why: str) -> None:
        """The new version does not do."""
        self.slot, self.back = self.back, PLAIN
        self.phase = STEADY
        self.tries = 0
        self.news = ROLLED_BACK
        self.text = why

    def confirmed(self) -> None:
        """The new version is healthy."""
        self.phase = STEADY
        self.tries = 0
        self.news = CONFIRMED
        self.text = ""

    def installed(self, slot: int, version: int, healthy_s: int) -> None:
        """A new bundle lies in `slot`, which is not the one to go back to."""
        self.back = self.base
        self.slot = slot
        self.phase = TRIAL
        self.tries = TRIES
        self.news = TAKEN_UP
        self.version = version
        self.healthy_s = healthy_s
        self.text = ""

    @property
    def base(self) -> int:
        """The version that has proved itself."""
        return self.back if self.phase == TRIAL else self.slot

    @property
    def free(self) -> int:
        """The slot that a new bundle may take."""
        return B if self.base == A else A


def encode(state: State) -> bytes:
    """The bytes of a state."""
    text = state.text.encode()[:_MAX_TEXT]
    ids = (state.phase, state.slot, state.back, state.tries, state.news, state.version & 0xFF, state.version >> 8)
    body = struct.pack(_STATE, b"DVBT", 1, *ids, state.healthy_s, state.faults, state.generation, text)
    return body + struct.pack("<I", binascii.crc32(body) & 0xFFFFFFFF)


def decode(data):
    """The state in these bytes, None where there is none that is whole."""
    if len(data) != _STATE_B or struct.unpack_from("<I", data, 68)[0] != binascii.crc32(data[:68]) & 0xFFFFFFFF:
        return None
    magic, form, phase, slot, back, tries, news, low, high, healthy_s, faults, gen, text = struct.unpack_from(
        _STATE, data
    )
    if magic != b"DVBT" or form != 1 or phase > TRIAL or slot > B or back > B or news > FELL_BACK:
        return None
    if not 0 < gen <= _LAST or tries > TRIES or (phase == TRIAL and slot in (PLAIN, back)):
        return None
    state = State()
    state.phase, state.slot, state.back, state.tries, state.news = phase, slot, back, tries, news
    state.version, state.healthy_s, state.faults, state.generation = high << 8 | low, healthy_s, faults, gen
    try:
        state.text = bytes(text).rstrip(b"\0").decode()
    except (ValueError, RuntimeError):  # a letter cut in half
        pass
    return state


def load(root: str = "") -> State:
    """The state in force; nothing raises."""
    found = State()
    for name in STATES:
        try:
            with open(root + name, "rb") as file:
                state = decode(file.read(_STATE_B + 1))
        except OSError:
            state = None
        if state and state.generation > found.generation:
            found = state
    return found


def save(state: State, root: str = "") -> bool:
    """Write a state as the newest, over the older of the two copies; False when it does not read back."""
    state.generation += 1
    kept = []
    for name in STATES:
        try:
            with open(root + name, "rb") as file:
                old = decode(file.read(_STATE_B + 1))
        except OSError:
            old = None
        kept.append(old.generation if old else 0)
    name = STATES[kept.index(min(kept))]
    data = encode(state)
    try:
        with open(root + name, "wb") as file:
            file.write(data)
        with open(root + name, "rb") as file:
            return file.read(_STATE_B + 1) == data
    except OSError:
        return False
