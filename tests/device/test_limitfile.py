"""The limit profile at boot: what replaces what, what is refused and told, and that no power cut leaves a tag without one."""

import struct

from limits_rig import Key, Place, made, packed, unsigned
from test_journal_rig import CUTS, MICROPYTHON

from tag import limitfile
from tag.events import CODE_CORRUPT, CODE_FAILED, CODE_MISSING, CODE_UNSIGNED
from tag.gas import limits

KEY = Key(b"the key of these tests, 32 bytes")
OTHER = Key(b"another key of these tests, 32 b")
STRICT = limits.BUILT_IN[:4] + struct.pack("<hh", 40, 30) + limits.BUILT_IN[8:]  # methane from 0.4 %vol on
OLD = 0x0101
NEW = 0x0102


def boot(place, key=KEY.hex):
    profile, code, text = limitfile.load(place.root, key)
    return profile.ident, code, text


def in_force(place, leaf=3):
    """A tag with profile 1 version 1 in force."""
    place.put("limits.new", made(KEY, leaf, OLD))
    assert boot(place)[:2] == (OLD, 0)
    return place


def names(place):
    return [name for name in ("new", "dav", "bak", "bad") if place.has("limits." + name)]


def test_without_key_and_file_the_built_in_profile_is_in_force():
    profile, code, text = limitfile.load(Place().root, "")
    assert (profile.ident, profile.rows, code, text) == (0, limits.BUILT_IN, 0, "")


def test_with_a_key_and_no_file_the_site_is_told():
    ident, code, text = boot(Place())
    assert (ident, code) == (0, CODE_MISSING) and "built-in" in text


def test_a_good_file_takes_its_place_and_stays_there():
    place = Place()
    place.put("limits.new", made(KEY, 3, NEW, STRICT))
    profile, code, text = limitfile.load(place.root, KEY.hex)
    assert (profile.ident, profile.rows, code) == (NEW, STRICT, 0)
    assert text == "limits: 1 version 2 is in force"
    assert names(place) == ["dav", "bak"] and place.get("limits.dav") == place.get("limits.bak")
    assert boot(place) == (NEW, 0, "")


def test_a_newer_file_replaces_it_and_the_same_again_is_no_fault():
    place = in_force(Place())
    place.put("limits.new", made(KEY, 4, NEW, STRICT))
    assert boot(place)[:2] == (NEW, 0)
    place.put("limits.new", made(KEY, 4, NEW, STRICT))
    assert boot(place)[:2] == (NEW, 0)
    assert names(place) == ["dav", "bak"]


def test_without_a_key_no_file_is_accepted_and_none_is_lost():
    place = in_force(Place())
    place.put("limits.new", made(KEY, 4, NEW))
    ident, code, text = boot(place, "")
    assert (ident, code) == (0, CODE_UNSIGNED) and "limits_key" in text
    assert boot(place)[:2] == (NEW, 0)  # the settings are back


def refused(data, code, word):
    """The file is put aside, told at this boot and the next; the last good profile stays in force."""
    place = in_force(Place())
    place.put("limits.new", data)
    for _ in range(2):
        ident, found, text = boot(place)
        assert (ident, found) == (OLD, code), (ident, found, text)
        assert word in text and len(text) <= 120, text
        assert names(place) == ["dav", "bak", "bad"]
    place.put("limits.new", made(KEY, 31, NEW))
    assert boot(place)[:2] == (NEW, 0)
    assert names(place) == ["dav", "bak"]


def test_an_unsigned_file_and_one_of_another_key_are_refused():
    refused(packed(unsigned(NEW, signed=0)), CODE_UNSIGNED, "not signed")
    refused(made(OTHER, 5, NEW), CODE_UNSIGNED, "not signed")


def test_a_file_whose_rows_were_changed_is_refused():
    good = made(KEY, 5, NEW)
    changed = good[:36] + b"\x7f" + good[37:-4]  # methane low at 1.27 %vol, and a CRC to go with it
    refused(packed(changed), CODE_UNSIGNED, "not signed")
    refused(good[:36] + b"\x7f" + good[37:], CODE_CORRUPT, "CRC")


def test_truncated_empty_longer_and_foreign_files_are_refused():
    good = made(KEY, 5, NEW)
    for data in (b"", good[:31], good[:-1], good[:2000], good + b"\x00", bytes(5000)):
        refused(data, CODE_CORRUPT, ": ")
    refused(made(KEY, 5, NEW, schema=2), CODE_CORRUPT, "schema 2")
    refused(b"{" + good[1:], CODE_CORRUPT, "no limit profile")


def test_signed_nonsense_is_refused_too():
    rows = [limits.BUILT_IN[at : at + 16] for at in range(0, len(limits.BUILT_IN), 16)]
    refused(made(KEY, 5, NEW, b"".join([row for row in rows if row[0] != 6])), CODE_CORRUPT, "no alarm for so2")
    refused(made(KEY, 5, NEW, limits.BUILT_IN[:5] + b"\x80" + limits.BUILT_IN[6:]), CODE_CORRUPT, "row 1: level")
    refused(made(KEY, 5, NEW, b""), CODE_CORRUPT, "rows")
    for ident in (0, 5, 0x500):
        refused(made(KEY, 5, ident), CODE_CORRUPT, "ident")


def test_what_was_signed_before_the_one_in_force_is_a_roll_back():
    refused(made(KEY, 2, 0x0109, STRICT), CODE_UNSIGNED, "signed before")
    refused(made(KEY, 3, NEW, STRICT), CODE_UNSIGNED, "signed before")  # two files of one leaf: the key is lost


def test_going_back_is_signing_again():
    place = in_force(Place())
    place.put("limits.new", made(KEY, 4, NEW, STRICT))
    boot(place)
    place.put("limits.new", made(KEY, 5, OLD))
    assert boot(place)[:2] == (OLD, 0)


def test_a_file_that_came_before_its_key_is_accepted_later():
    place = Place()
    place.put("limits.new", made(KEY, 3, NEW))
    assert boot(place, OTHER.hex)[:2] == (0, CODE_UNSIGNED)
    assert names(place) == ["bad"]
    assert boot(place)[:2] == (NEW, 0)
    assert names(place) == ["dav", "bak"]


def test_a_damaged_file_in_force_is_replaced_by_its_copy_and_told():
    place = in_force(Place())
    place.damage("limits.dav", 40)
    for _ in range(2):
        ident, code, text = boot(place)
        assert (ident, code) == (OLD, CODE_CORRUPT) and text == "limits.bad: damaged (CRC)"
    assert place.get("limits.dav") == place.get("limits.bak")
    place.put("limits.bad", b"")  # nothing left of it: still told, until somebody deletes it
    assert boot(place)[1] == CODE_CORRUPT


def test_a_damaged_copy_is_written_anew():
    place = in_force(Place())
    place.damage("limits.bak", 100)
    assert boot(place) == (OLD, 0, "")
    assert place.get("limits.dav") == place.get("limits.bak")


def test_file_and_copy_damaged_is_the_built_in_profile_and_a_fault():
    place = in_force(Place())
    place.damage("limits.dav", 40)
    place.damage("limits.bak", 40)
    assert boot(place)[:2] == (0, CODE_CORRUPT)


def test_a_flash_that_refuses_writing_keeps_the_last_good_one():
    if not MICROPYTHON:
        return
    place = in_force(Place())
    place.put("limits.new", made(KEY, 4, NEW, STRICT))
    place.flash.refuse = True
    ident, code, text = boot(place)
    assert (ident, code) == (OLD, CODE_FAILED) and text
    place.flash.refuse = False
    place.mount()
    assert boot(place)[:2] == (NEW, 0)


def test_a_key_that_is_no_key_is_a_fault_not_an_end():
    place = in_force(Place())
    for key in ("zz", "00", "00" * 56):
        ident, code, _ = boot(place, key)
        assert ident == 0 and code


def test_power_cut_at_every_operation_of_a_boot():
    """After each cut a profile is in force, the old one or the new one, and the next boots arrive at the new one."""
    if not MICROPYTHON:
        return
    place = in_force(Place())
    place.put("limits.new", made(KEY, 4, NEW, STRICT))
    place.unmount()
    image = bytes(place.flash.image)
    points = 0
    for cut in CUTS:
        cut_at = 0
        while True:
            place = Place(image=image, cut_at=cut_at, cut=cut)
            ident, code, _ = boot(place)
            assert ident in (OLD, NEW)
            was_cut = place.flash.dead
            place.power_up()
            ident, code, text = boot(place)
            assert (ident, code) == (NEW, 0), (cut, cut_at, ident, code, text)
            assert boot(place) == (NEW, 0, "") and names(place) == ["dav", "bak"]
            if not was_cut:
                break
            cut_at += 1
        points += cut_at
    print("    power cut at %d points" % points)
    assert points > 20
