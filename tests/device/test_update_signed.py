"""Who signed a bundle: one key and none other, for these bytes and no others; and whatever a file holds is no exception."""

import binascii
import os

import bundle_vector
from test_journal_rig import Disk

import slots
from tag import bundle

DISK = Disk(64)
os.mkdir(DISK.folder)
FILE = DISK.folder + "/bundle"
KEY = binascii.hexlify(binascii.a2b_base64(bundle_vector.KEY)).decode()
DATA = binascii.a2b_base64(bundle_vector.BUNDLE)


def problem(data, key=KEY):
    with open(FILE, "wb") as file:
        file.write(data)
    try:
        return bundle.problem_with(FILE, key)
    finally:
        os.remove(FILE)


def flipped(at):
    data = bytearray(DATA)
    data[at] ^= 1
    return bytes(data)


def test_the_signed_one_passes_and_without_a_key_all_do():
    assert slots.whole(memoryview(DATA)) == len(DATA) - 64 - 2348
    assert problem(DATA) == ""
    assert problem(b"anything", "") == ""


def test_no_other_head_signature_or_key_passes():
    for at in list(range(6, 24)) + list(range(28, 64)):
        assert problem(flipped(at)) == "signed by another key", at
    for at in range(len(DATA) - 2348, len(DATA), 97):
        assert problem(flipped(at)) == "signed by another key", at
    for at in range(0, len(KEY), 9):
        other = KEY[:at] + ("1" if KEY[at] == "0" else "0") + KEY[at + 1 :]
        assert problem(DATA, other) == "signed by another key", at


def test_what_is_no_bundle_is_told_so():
    unsigned = DATA[:24] + bytes(4) + DATA[28:]
    assert problem(unsigned) == "not signed"
    for data in (b"", DATA[:63], b"\xff" * 64, b"DVAQ" + DATA[4:]):
        assert problem(data) == "no bundle"
    assert problem(DATA[:-1]) == "signed by another key"
    assert problem(DATA[:20] + b"\xff\xff\xff\xff" + DATA[24:])
    assert problem(DATA, "xy").startswith("cannot be checked")
    assert bundle.problem_with(FILE, KEY).startswith("cannot be checked")
