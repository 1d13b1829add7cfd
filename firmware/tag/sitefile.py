"""The map of the site in force: a signed file in flash, as limit profiles are, by `map_key`, or where that is not set by their key.

    offset  bytes       little endian
    0       32          head: tag/place/site.py; its ident: site number * 256 + version, not 0
    32                  zones, beacons, spots, what is expected, heights: the same
                        names: host_tools/davy/sitepack.py; the tag does not read them
                        signature of all above: signature/lms.py
    end-4   4           CRC-32 (IEEE 802.3) of all above

site.new, site.dav, site.bak and site.bad, what replaces what, and the codes: tag/signedfile.py. Without a map no zone is known.
"""

import struct

from micropython import const
from tag.events import CODE_CORRUPT, CODE_MISSING
from tag.place.site import HEAD, MOST_BEACONS, MOST_EXPECTED, MOST_HEIGHTS, Site, problem_with, size_of_body
from tag.signedfile import SignedFile, leaf_of

NEW = "/site.new"
MOST_NAMES = const(4096)
_KEY = "map_key"


def load(root: str, key_hex: str) -> tuple:
    """`(site, code, text)`: the map in force or None, what is wrong, and what to tell, "" for nothing."""
    file = SignedFile(root, "site", check, _KEY)
    file.load(key_hex)
    text = file.text
    if file.code == CODE_MISSING:
        text = "no site map: no zone can be known"
    return file.content, file.code, text


def check(file, size: int, key: bytes) -> tuple:
    """`(site, leaf, 0, "")` of a good file, open and of `size` bytes, else `(None, -1, code, what is wrong)`."""
    head = file.read(HEAD)
    if len(head) < HEAD or head[:4] != b"DVSM":
        return None, -1, CODE_CORRUPT, "no site map"
    schema, zones, beacons, spots, ident, signed, names, heights = struct.unpack_from("<BBBBHHHH", head, 4)
    if schema != (2 if heights else 1):
        return None, -1, CODE_CORRUPT, "schema %d is not known" % schema
    length = size_of_body(zones, beacons, spots)
    fits = (
        beacons <= MOST_BEACONS and spots * beacons <= MOST_EXPECTED and names <= MOST_NAMES and heights <= MOST_HEIGHTS
    )
    if not fits or size != HEAD + length + heights + names + signed + 4:
        return None, -1, CODE_CORRUPT, "its length is wrong"
    body = file.read(length + heights + names)
    leaf, code, text = leaf_of(file, HEAD + len(body), size, head, body, key, _KEY)
    if code:
        return None, -1, code, text
    problem = problem_with(zones, beacons, spots, memoryview(body)[:length])
    heights = body[length : length + heights]
    if not problem and heights:
        from tag.place.level import problem_with as problem_with_heights  # only for a map that has them

        problem = problem_with_heights(heights)
    if not problem and not (ident >> 8 and ident & 255):
        problem = "ident %d" % ident
    if problem:
        return None, -1, CODE_CORRUPT, problem
    return Site(ident, zones, beacons, spots, body, heights), leaf, 0, ""
