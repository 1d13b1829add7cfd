"""Power fails during an update: at each of DAVY_CUTS places of what a whole one does to the flash, the tag boots.

The update runs once, from the old version's slot through transfer, check, rename and trial to its confirmation, and every write and
erase is kept. Then a tag is switched on whose flash is as a cut at that place leaves it.
"""

import pytest
from update_rig import CUTS, PortRig, SlotLife, Step, app, goal, in_slots, newest

from davy.updating import work
from davy.vtag import flashimage
from davy.vtag.flash import BLOCK
from slotstate import CONFIRMED, STEADY, TRIAL, A, B
from tag import events

OLD, NEW = 1, 0x0102


@pytest.fixture(scope="module")
def tape() -> tuple[bytes, list[Step]]:
    """The flash before, and all that an update does to it."""
    rig = PortRig(in_slots({"app.b": app("good", 3)}))
    with rig:
        before = bytes(rig.board.flash.data)
        rig.steps = []
        done = work.appliance(rig.port, goal())
        assert done.state == "confirmed", done
        steps, rig.steps = rig.steps, None
    return before, steps


def after(before: bytes, steps: list[Step], torn: bool) -> bytes:
    """The flash after these operations; `torn`: the last of them is half done."""
    data = bytearray(before)
    for i, (block, offset, what) in enumerate(steps):
        half = torn and i == len(steps) - 1
        at = block * BLOCK + offset
        n = (BLOCK if what is None else len(what)) // (2 if half else 1)
        data[at : at + n] = b"\xff" * n if what is None else what[:n]
    return bytes(data)


def places(before: bytes, steps: list[Step]) -> list[int]:
    """Half of them evenly over the whole, half around the moment in which the new version's trial begins."""
    low, high = 0, len(steps)
    while high - low > 1:
        middle = (low + high) // 2
        if newest(flashimage.read(after(before, steps[:middle], False))).generation > 1:
            high = middle
        else:
            low = middle
    even = CUTS // 2
    first = max(1, high - (CUTS - even) // 2)
    found = {1 + i * (len(steps) - 1) // max(even - 1, 1) for i in range(even)}
    n = first
    while len(found) < CUTS and n <= len(steps):
        found.add(n)
        n += 1
    return sorted(found)


def test_it_boots_wherever_power_fails(tape: tuple[bytes, list[Step]]) -> None:
    before, steps = tape
    states = set()
    for i, n in enumerate(places(before, steps)):
        for torn in (False, True) if CUTS > 100 else (bool(i % 2),):
            data = after(before, steps[:n], torn)
            found = newest(flashimage.read(data))
            with SlotLife({}) as life:
                life.board.flash.load(data)
                assert life.live_until(lambda: life.said("boot"), 12), (n, torn, bytes(life.printed[-800:]))
                version = int(life.said("boot")[0][1])
                assert version in (OLD, NEW) and b"Traceback" not in life.printed, (n, torn, version)
                assert version == (NEW if found.slot == B else OLD), (n, torn)
                states.add((version, found.phase))
                if i in (0, CUTS - 1) or (CUTS > 100 and i % 50 == 0):  # and it comes to rest
                    life.live(15)
                    assert life.state.phase == STEADY and life.tag.boots == 1, (n, torn)
                    told = [one[0] for one in life.said("update")]
                    assert version == OLD or told[-1:] == [CONFIRMED] or found.news == 0, (n, torn, told)
                    assert life.alarm(events.ALARM_FAULT) == events.OFF
    print(f"{CUTS} places of {len(steps)} operations: {sorted(states)}")
    assert (OLD, STEADY) in states and (NEW, STEADY) in states
    assert CUTS < 100 or (NEW, TRIAL) in states
    assert {found.slot for found in [newest(flashimage.read(before))]} == {A}
