"""What an update costs: `python bench/update.py`. Size of a bundle; bytes and seconds over a line of 115200 baud, paced both
ways, to a virtual tag; heap and start of an app in a slot against plain files and against a frozen image.
"""

import sys
import time
from pathlib import Path

sys.path += [str(Path(__file__).resolve().parents[1] / folder) for folder in ("host_tools", "tests", "tests/host")]

from davy.updating import bundle, plan, work
from davy.vtag.assembly import firmware
from host.serial_relay import Relay
from host.update_rig import PortRig, SlotLife, app, goal, in_slots, state
from slotstate import PLAIN, STEADY, A

LINE_B_S = 11_520


def sizes() -> None:
    """The bundle of a real board, built twice."""
    for board in ("lilygo-t3-s3", "esp32-c3-generic"):
        one, _ = bundle.build(board)
        two, _ = bundle.build(board)
        print(f"bundle of {board}: {len(one)} bytes; built again: {'the same' if one == two else 'ANOTHER'}")


def sent(what: str, rig: PortRig, wanted: plan.Goal) -> None:
    """Seconds until the tag checks it, and bytes both ways."""
    times: dict[str, float] = {}
    with rig, Relay(rig.port, bytes_s=LINE_B_S, to_tag_s=LINE_B_S) as relay:
        start_s = time.monotonic()

        def tell(event: str, **more: object) -> None:
            times.setdefault(event, time.monotonic() - start_s)

        done = work.appliance(relay.port, wanted, tell, wait=False)
        print(
            f"{what}: asked {times['send']:.1f} s, sent {times['check'] - times['send']:.1f} s, checked and taken up "
            f"{times['start'] - times['check']:.1f} s; {done.sent_b} characters of recipe, {relay.to_tag} bytes to the tag, "
            f"{relay.from_tag} from it"
        )


def lives(what: str, life: SlotLife) -> None:
    """Heap that is free after a minute, and how long a start takes here."""
    with life:
        start_s = time.monotonic()
        life.live_until(lambda: life.said("boot"), 30)
        took_s = time.monotonic() - start_s
        life.live(125)
        print(f"{what}: {life.said('heartbeat')[-1][2]} bytes free, starts here in {took_s:.2f} s")


def main() -> None:
    """All of it."""
    sizes()
    bare: dict[str, bytes | None] = {**dict.fromkeys(in_slots()), "main.py": b"print('hello')\n", "app.a": None}
    files = {path: data for path, data in firmware("virtual", "x64").files.items() if path in bundle.ROOT}
    sent("one file changed", PortRig(in_slots(), speed=1.0), goal())
    sent("plain files to slots", PortRig({}, speed=1.0), plan.Goal(goal().bundle, "virtual", files))
    sent(
        "onto bare MicroPython",
        PortRig({**bare, "boot.a": None}, speed=1.0),
        plan.Goal(goal().bundle, "virtual", files),
    )
    for interpreter, arch in (("mp64", "x64"), ("mp32", "x86")):
        slot = {"app.a": app("good", 1, arch), "boot.a": state(STEADY, A, PLAIN)}
        lives(f"{interpreter}, in a slot", SlotLife(slot, interpreter, heap="1m"))
        kind = "plain files" if interpreter == "mp64" else "from ROM, as frozen"
        lives(f"{interpreter}, {kind}", SlotLife({}, interpreter, plain=interpreter == "mp64", heap="1m"))


if __name__ == "__main__":
    main()
