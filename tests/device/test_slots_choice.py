"""The slots on flash: which bundles are whole, and power that fails at any write of an update leaves one to start."""

import gc
import struct

from journal_tape import Replayed, Tape, cuts_of
from test_journal_rig import MOUNT

import slots
from slotstate import CONFIRMED, PLAIN, STATES, STEADY, TRIAL, A, B, State, decode, load, save

INTERPRETERS = ("mp64", "mp32")  # littlefs is there alone
BLOCKS = 32
OLD, OLDER, NEW = 3, 2, 4
SIZES = (2900, 3300, 9000)


def bundle(version, size=3000):
    """A whole bundle of bytes that are no file system: nothing is mounted here."""
    import binascii
    import hashlib

    image = bytes([version]) * size
    head = struct.pack("<4sBBH12sII32s", b"DVAP", 1, 0, version, b"x64", size, 5, hashlib.sha256(image).digest())
    return head + struct.pack("<I", binascii.crc32(head)) + image + b"signs"


def test_a_bundle_is_whole_or_it_is_not():
    good = bundle(1, 200)
    assert slots.whole(memoryview(good)) == 200
    for i in range(len(good) - 5):
        bad = bytearray(good)
        bad[i] ^= 4
        assert not slots.whole(memoryview(bad)), i
    for n in range(len(good)):
        assert not slots.whole(memoryview(good)[:n]), n
    assert not slots.whole(good + b"x")


class Disk:
    """A littlefs on a flash of the tape's kind."""

    def __init__(self, flash):
        import vfs

        self.vfs = vfs
        self.flash = flash

    def __enter__(self):
        self.vfs.mount(self.vfs.VfsLfs2(self.flash), MOUNT)

    def __exit__(self, *_):
        self.vfs.umount(MOUNT)


def put(name, data):
    with open(MOUNT + name, "wb") as file:
        file.write(data)


def nothing():
    pass


def version_in(slot):
    with open(MOUNT + slots.APPS[slot], "rb") as file:
        return file.read(8)[6]


def start():
    """The tag starts: the version that is chosen, and its state."""
    boot = slots.Boot(nothing, nothing, MOUNT)
    if boot.state.started(boot.whole):
        assert save(boot.state, MOUNT)
    assert boot.state.slot in (A, B), "no slot would start"
    assert boot.whole(boot.state.slot)
    return version_in(boot.state.slot), boot


def life(flash, marks):
    """An update from the first byte to the end of the trial, as updating/questions.py does it; `marks`: operations done before."""
    import os

    first = State()
    first.slot, first.back = A, B
    with Disk(flash):
        put("/app.a", bundle(OLD, SIZES[0]))
        put("/app.b", bundle(OLDER, SIZES[1]))
        assert save(first, MOUNT)
        marks.append(flash.length)
        os.remove(MOUNT + "/app.b")
        new = bundle(NEW, SIZES[2])
        with open(MOUNT + "/app.part", "wb") as file:
            for at in range(0, len(new), 1500):
                file.write(new[at : at + 1500])
                if at % 3000:
                    file.flush()
        for name in ("/slots.py", "/main.py"):
            put("/root.new", b"# new" * 300)
            os.rename(MOUNT + "/root.new", MOUNT + name)
        state = load(MOUNT)
        assert state.free == B
        os.rename(MOUNT + "/app.part", MOUNT + slots.APPS[B])
        marks.append(flash.length)
        state.installed(B, NEW, 60)
        assert save(state, MOUNT)
        marks.append(flash.length)
        version, boot = start()
        assert version == NEW and boot.trial
        boot.told()
        version, boot = start()
        assert version == NEW and boot.confirm()
        boot.told()
        assert (boot.state.phase, boot.state.back) == (STEADY, A)


def test_power_may_fail_at_every_write_of_an_update_and_a_trial():
    import vfs

    tape = Tape(BLOCKS)
    vfs.VfsLfs2.mkfs(tape)
    marks = []
    life(tape, marks)
    gc.collect()
    flash = Replayed(BLOCKS)
    tried = 0
    seen = set()
    for i in range(tape.length):
        step = tape.step(i)
        if i >= marks[0]:
            for cut in cuts_of(step):
                flash.begin()
                flash.step(step, cut)
                with Disk(flash):
                    version, boot = start()
                    assert version == (OLD if i < marks[1] else version), (i, version)
                    assert version in (OLD, NEW), (i, cut, version)
                    seen.add((version, boot.state.phase))
                    again, _ = start()  # and the start after it
                    assert again in (OLD, NEW)
                flash.undo()
                tried += 1
        flash.step(step)
    print("cuts", tried)
    assert tried > 300 and seen == {(OLD, STEADY), (NEW, TRIAL), (NEW, STEADY)}, (tried, seen)


def test_both_copies_of_the_state_may_be_lost():
    import vfs

    flash = Replayed(BLOCKS)
    vfs.VfsLfs2.mkfs(flash)
    with Disk(flash):
        put("/app.b", bundle(NEW))
        for content in (b"", b"\xff" * 72, b"DVBT" + bytes(68)):
            for name in STATES:
                put(name, content)
            state = load(MOUNT)
            assert (state.phase, state.slot, state.generation) == (STEADY, PLAIN, 0)
            assert not slots.Boot(nothing, nothing, MOUNT).whole(A)


def test_a_state_never_overwrites_the_one_in_force_and_damage_brings_back_the_one_before():
    import vfs

    flash = Replayed(BLOCKS)
    vfs.VfsLfs2.mkfs(flash)
    with Disk(flash):
        state = State()
        for slot in (A, B, A, B):
            state.slot = slot
            assert save(state, MOUNT)
            found = []
            for name in STATES:
                try:
                    with open(MOUNT + name, "rb") as file:
                        found.append(decode(file.read()).generation)
                except OSError:
                    found.append(0)
            assert sorted(found) == [state.generation - 1, state.generation], found
        put(STATES[found.index(state.generation)], b"damaged")
        assert (load(MOUNT).slot, load(MOUNT).generation) == (A, 3)


def test_a_trial_whose_tries_cannot_be_counted_does_not_start():
    import vfs

    flash = Replayed(BLOCKS)
    vfs.VfsLfs2.mkfs(flash)
    with Disk(flash):
        state = State()
        put("/app.a", bundle(OLD))
        put("/app.b", bundle(NEW))
        state.slot = A
        state.installed(B, NEW, 60)
        assert save(state, MOUNT)
        full = slots.save
        slots.save = lambda state, root="": False
        try:
            boot = slots.Boot(nothing, nothing, MOUNT)
            boot.mount = nothing
            boot.start()
            assert (boot.state.phase, boot.state.slot) == (STEADY, A)
            assert boot.state.text == "its tries cannot be written"
        finally:
            slots.save = full
        assert load(MOUNT).tries == 3, "what is on flash stays for a start that can count"


def test_what_cannot_be_written_is_not_confirmed_and_news_are_told_again():
    import vfs

    flash = Replayed(BLOCKS)
    vfs.VfsLfs2.mkfs(flash)
    with Disk(flash):
        state = State()
        state.installed(A, NEW, 60)
        assert save(state, MOUNT)
        full = slots.save
        slots.save = lambda state, root="": False
        try:
            boot = slots.Boot(nothing, nothing, MOUNT)
            assert not boot.confirm() and boot.trial
        finally:
            slots.save = full
        resets = []
        boot = slots.Boot(nothing, lambda: resets.append(1), MOUNT)
        assert boot.confirm() and load(MOUNT).news == CONFIRMED
        boot.told()
        assert load(MOUNT).news == 0
        boot.crashed(ValueError("x"))
        assert not resets, "only a trial ends by a crash"
        boot.note(5)
        boot.note(5)
        assert load(MOUNT).faults == 5
