"""What a verifier may find, of the records with numbers first to last.

Kinds up to BREAK, and DOWNGRADED, mean that the journal is not as its owner wrote it; UNVERIFIED, UNKNOWN_KEY and VERSION that
nobody can say; those from SKIPPED on tell what the owner itself has done.
"""

from micropython import const

ALTERED = const(1)  # what stands there is not what was written
MISSING = const(2)  # they were written and are gone, and nothing says why
INSERTED = const(3)  # it stands where no such record was written; 0: bytes that are no record
REORDERED = const(4)  # it was written at another place
UNVERIFIED = const(5)  # nobody can say whether it is as it was written: the record before it is altered or gone

HEAD = const(6)  # the head of the segment that begins with this number is not as it was written
GAP = const(7)  # a gap over these numbers is not as it was written
# the segment that begins here does not follow the one before: one is of another journal, or its owner could not read its own
BREAK = const(8)
UNKNOWN_KEY = const(9)  # these records have a key that is not given: only their order and number are known
VERSION = const(10)  # the segment that begins here is of a version this verifier does not know
DOWNGRADED = const(11)  # from here on the key is the public one, though there was another one before
SKIPPED = const(16)  # never used: what a power cut may have lost
GIVEN_UP = const(17)  # given up for room, as the journal itself says
COPIES = const(18)  # written twice, because of a failed write or a power cut
TORN = const(19)  # the segment ends in bytes that are no record; they come after this number
PUBLIC = const(20)  # the segment that begins here has the public key: accidents show, forgery does not

NAMES = {
    ALTERED: "altered",
    MISSING: "missing",
    INSERTED: "inserted",
    REORDERED: "moved",
    UNVERIFIED: "unverified",
    HEAD: "head altered",
    GAP: "gap altered",
    BREAK: "chain broken",
    UNKNOWN_KEY: "unknown key",
    VERSION: "unknown version",
    DOWNGRADED: "key dropped",
    SKIPPED: "never used",
    GIVEN_UP: "given up",
    COPIES: "written twice",
    TORN: "torn",
    PUBLIC: "public key",
}
