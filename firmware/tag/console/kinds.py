"""What can be asked over the service console, and how it is answered. Tag and computer share this file.

Frames are those of lib/codec/hdlc.py; a body is `kind u8 | ident u8 | arguments`, little endian, 246 bytes at most. `ident` is the
asker's own, given back with the answer, so that a late answer is not taken for the next one's. An answer's kind is the question's
with 0x80.

    asked      arguments                        answered
    HELLO      -                                text: JSON, who and what the tag is; ends what was under way
    LIST       from u32                         (first u32, bytes u32) of the journal's files from that number on, 30 at most
    HASH       first u32, bytes u32             bytes u32, SHA-256 of so many from the file's beginning
    READ       first u32, at u32, until u32     at u32, up to 240 bytes, again and again until `until`; none: the file's end
    WATCH      on u8                            15 s long STATE once a second, RECORD for each that is kept
    SETTINGS   -                                text: JSON, the settings that are in force from the next start
    SET        more u8, text                    text: JSON, lines `name=value` are kept or why not, once `more` is 0
    RESTART    -                                text: JSON; the tag starts anew, unless an alarm is on
    SURVEY     seconds u8, link u8              for so long, again and again: 2 u8 | (n u8, dbm i8, kind u8, n bytes of identity)
                                                of beacons that are heard; then text: JSON, with `link` 1 how LoRaWAN gets through

Text is `more u8 | UTF-8`, in as many frames as it needs. REFUSED carries one that says why. One thing is under way at a time, a
frame a round; a new question ends it. But a READ whose `at` is GO_ON moves the end of the one that is under way: so the asker says
that it keeps up, and a tag never talks long to one that is gone. STATE (text) and RECORD (as in tag/reporting/records.py) come of
themselves, with ident 0.

What is secret never leaves: of keys and passwords SETTINGS has a list with four bytes of their SHA-256 in hex.
"""

from micropython import const

HELLO = const(1)
LIST = const(2)
HASH = const(3)
READ = const(4)
WATCH = const(5)
SETTINGS = const(6)
SET = const(7)
RESTART = const(8)
SURVEY = const(9)
ANSWER = const(0x80)
STATE = const(0x90)
RECORD = const(0x91)
REFUSED = const(0xFF)

HEAD = const(2)
DATA = const(240)  # bytes of a file in a frame
TEXT = const(243)
ENTRIES = const(30)
GO_ON = const(0x3FFFFFFF)  # no file is so long
NO_ANSWER = "no answer"  # of the network, in a survey; whatever else is said there: it was not measured
SIGHTINGS = const(2)  # where a text has whether there is more of it
WATCH_MS = const(15000)

# What is under way gives instead of bytes:
NOTHING = const(-1)  # at once again
LATER = const(-2)
FAILED = const(-3)
OVER = const(-4)
