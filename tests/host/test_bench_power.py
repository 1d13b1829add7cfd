"""What a power switch, a watchdog and a flash that loses power do to a virtual tag running real MicroPython."""

from pathlib import Path

import pytest

from davy import roots
from davy.vtag import board, flashimage
from davy.vtag.bench import Bench
from davy.vtag.board import Board
from davy.vtag.flash import BLOCK, Flash, PowerCut
from davy.vtag.radio import Network
from davy.vtag.tag import VirtualTag, load_spec
from davy.vtag.world import World

SPEC = load_spec(roots.BOARDS / "virtual" / "board.json")


def bench_with(main: str, flash: Flash | None = None, **options) -> tuple[Bench, VirtualTag, bytearray]:
    """A bench with one tag whose flash holds only `main.py`."""
    if flash is None:
        flash = Flash(64)
        flash.load(flashimage.build({"main.py": main.encode()}, 64))
    bench = Bench()
    tag = bench.add(VirtualTag(Board(SPEC, World(), flash, Network()), console=False, **options))
    printed = bytearray()
    tag.console.on_output = printed.extend
    return bench, tag, printed


COUNT = """
import machine, time
rtc = machine.RTC()
n = (rtc.memory() or b"\\0")[0] + 1
rtc.memory(bytes([n]))
print("boot", n, "cause", machine.reset_cause())
"""


def test_watchdog_bites_a_tag_that_does_not_feed_and_retained_memory_survives() -> None:
    bench, tag, printed = bench_with(COUNT + "machine.WDT(timeout=2000)\nwhile True: time.sleep_ms(500)\n")
    with bench:
        tag.power_on(0)
        bench.run_until(7_000_000)
    assert b"boot 1 cause 1" in printed
    assert b"boot 2 cause 3" in printed
    assert b"boot 3 cause 3" in printed
    assert tag.boots == 4


def test_a_fed_watchdog_stays_quiet() -> None:
    main = COUNT + "w = machine.WDT(timeout=2000)\nwhile True:\n    w.feed()\n    time.sleep_ms(1900)\n"
    bench, tag, _ = bench_with(main)
    with bench:
        tag.power_on(0)
        bench.run_until(20_000_000)
    assert tag.boots == 1


def test_power_cut_forgets_retained_memory_a_reset_does_not() -> None:
    bench, tag, printed = bench_with(COUNT + "time.sleep_ms(1000)\nmachine.reset()\n")
    with bench:
        tag.power_on(0)
        bench.run_until(1_500_000)
        tag.power_cut(bench.now_us)
        tag.power_on(bench.now_us)
        bench.run_until(2_000_000)
    assert printed.count(b"boot 1 cause 1") == 2
    assert b"boot 2 cause 2" in printed


def test_deep_sleep_comes_back_with_its_cause() -> None:
    bench, tag, printed = bench_with(COUNT + "machine.deepsleep(60000)\n")
    with bench:
        tag.power_on(0)
        bench.run_until(59_000_000)
        assert not tag.on
        bench.run_until(61_000_000)
    assert b"boot 2 cause 4" in printed


def test_ticks_wrap_where_they_wrap_on_a_chip() -> None:
    main = "import time\na = time.ticks_ms()\ntime.sleep_ms(200)\nb = time.ticks_ms()\nprint(a, b, time.ticks_diff(b, a))\n"
    bench, tag, printed = bench_with(main + "while True: time.sleep_ms(1000)\n", ticks_start_ms=2**30 - 100)
    with bench:
        tag.power_on(0)
        bench.run_until(500_000)
    a, b, difference = (int(word) for word in printed.split()[:3])
    assert a >= 2**30 - 100
    assert b < 200
    assert difference == 200


def test_two_runs_are_the_same() -> None:
    main = "import asyncio, time\nasync def a():\n    for i in range(50):\n        print(time.ticks_ms(), time.ticks_us())\n"
    main += "        await asyncio.sleep_ms(7)\nasyncio.run(a())\nwhile True: time.sleep_ms(1000)\n"
    seen = []
    for _ in range(2):
        bench, tag, printed = bench_with(main)
        with bench:
            tag.power_on(0)
            bench.run_until(2_000_000)
        seen.append(bytes(printed))
    assert seen[0] == seen[1]
    assert seen[0].count(b"\n") >= 50


@pytest.mark.parametrize("mode", ["before", "torn", "after"])
def test_power_cut_inside_a_write_leaves_a_file_system_that_mounts(mode: str, tmp_path: Path) -> None:
    main = """
import os, time
try:
    print("found", os.stat("/data")[6])
except OSError:
    print("nothing")
f = open("/data", "wb")
while True:
    f.write(bytes(600))
    f.flush()
    time.sleep_ms(10)
"""
    flash = Flash(64, tmp_path / "flash.bin")
    flash.load(flashimage.build({"main.py": main.encode()}, 64))
    bench, tag, printed = bench_with(main, flash)
    with bench:
        flash.cut_at, flash.cut_mode = 60, mode
        tag.power_on(0)
        bench.run_until(5_000_000)
    assert tag.boots == 2
    assert b"nothing" in printed
    assert printed.count(b"found") == 1
    assert int(printed.split(b"found ")[1].split()[0]) >= 600
    again = Flash(64, tmp_path / "flash.bin")
    assert "main.py" in flashimage.read(bytes(again.data))


def test_flash_programs_to_zeros_only() -> None:
    flash = Flash(2)
    flash.program(0, 0, b"\xf0\xff")
    flash.program(0, 0, b"\x0f\x01")
    assert flash.read(0, 0, 2) == b"\x00\x01"
    assert flash.overwrites == 1
    flash.erase(0)
    assert flash.read(0, 0, 2) == b"\xff\xff"


def test_flash_refuses_an_image_of_odd_size_and_a_write_past_its_end(tmp_path: Path) -> None:
    (tmp_path / "odd.bin").write_bytes(b"x" * 100)
    with pytest.raises(ValueError, match="whole number"):
        Flash(2, tmp_path / "odd.bin")
    with pytest.raises(ValueError, match="past the end"):
        Flash(2).program(1, 4000, bytes(200))


def test_flash_cut_modes() -> None:
    for mode, expected in (("before", b"\xff" * 4), ("torn", b"\0\0\xff\xff"), ("after", b"\0" * 4)):
        flash = Flash(1)
        flash.cut_at, flash.cut_mode = 0, mode
        with pytest.raises(PowerCut):
            flash.program(0, 0, bytes(4))
        assert flash.read(0, 0, 4) == expected
        flash.program(0, 8, bytes(4))  # power is back


def test_the_image_builder_says_what_does_not_fit() -> None:
    from davy.errors import DavyError

    with pytest.raises(DavyError, match=r"big\.bin does not fit"):
        flashimage.build({"big.bin": bytes(BLOCK * 20)}, 8)
    with pytest.raises(DavyError, match="no littlefs"):
        flashimage.read(b"\xff" * BLOCK * 8)


def test_reset_causes_are_the_ports() -> None:
    assert (board.POWER_ON, board.HARD, board.WATCHDOG, board.DEEP_SLEEP, board.SOFT) == (1, 2, 3, 4, 5)


def test_a_flash_that_cannot_be_mounted_never_shows_the_computers_own_files() -> None:
    bench, tag, printed = bench_with("", Flash(1))
    with bench:
        tag.power_on(0)
        bench.run_until(1_000_000)
        assert b">>> " in printed
        tag.type(b"import os; print('seen', os.listdir())\r", bench.now_us)
        bench.run_until(2_000_000)
    assert b"OSError" in printed
    assert b"seen []" in printed


@pytest.mark.parametrize("wait_ms", range(0, 40, 4))
def test_ctrl_c_while_it_starts_leaves_a_prompt_and_a_file_system(wait_ms: int) -> None:
    # ampy sends Ctrl-C half a second after its soft reset, which on a slow computer is in the midst of the start.
    flash = Flash(64)
    flash.load(flashimage.build({"kept.txt": b"kept"}, 64))
    printed = bytearray()
    with Bench(real=True) as bench:
        tag = bench.add(VirtualTag(Board(SPEC, World(), flash, Network()), console=False))
        tag.console.on_output = printed.extend
        tag.power_on(0, raw_repl=True)
        bench.run_for(wait_ms * 1000)
        tag.type(b"\x03", bench.now_us)
        bench.run_for(20_000_000, until=lambda: b"raw REPL" in printed and tag.console.at_prompt())
        tag.type(b"print(open('/kept.txt').read() * 2)\x04", bench.now_us)
        bench.run_for(20_000_000, until=lambda: b"\x04\x04>" in printed)
    assert b"OKkeptkept" in printed
