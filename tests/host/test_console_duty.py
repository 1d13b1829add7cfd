"""A tag whose journal is being pulled is on duty: gas rises meanwhile and it alarms as it does without; nothing is missing."""

import threading
import time
from pathlib import Path

import logs_made
from duty import on_duty
from serial_relay import Relay

from davy.console import Console
from davy.logs import chain, pull
from davy.vtag import flashimage
from davy.vtag.assembly import make_tag
from davy.vtag.bench import Bench
from davy.vtag.flash import BLOCK
from davy.vtag.station import DEVELOPMENT, DEVELOPMENT_KEY
from tag import events

KEY = bytes.fromhex(DEVELOPMENT_KEY)
BYTES_S = 11_520  # 115 200 baud


def test_it_alarms_while_it_is_pulled_and_the_line_is_kept_busy(tmp_path: Path) -> None:
    journal = logs_made.journal(logs_made.working(6000), key=KEY, segment_bytes=24_000)
    with Bench(real=True) as bench:
        tag = make_tag(bench, config=DEVELOPMENT)
        board = tag.board
        files = flashimage.read(bytes(board.flash.data))
        files |= {f"records/{first:08x}.jnl": data for first, data in journal.items()}
        board.flash.load(flashimage.build(files, len(board.flash.data) // BLOCK))
        printed = bytearray()
        tag.console.on_output = printed.extend
        rises_us: list[int] = []
        board.world.gas_source = lambda name, t_us: 2.5 if rises_us and t_us >= rises_us[0] else 0.0
        end = threading.Event()
        tag.power_on(bench.now_us)
        world = threading.Thread(target=lambda: bench.run_until(None, until=end.is_set), daemon=True)
        world.start()
        try:
            on_duty(tag.console.port)
            while b"reading (1, 0" not in printed:  # the sensor has warmed up
                time.sleep(0.1)
            boots = tag.boots
            with Relay(tag.console.port, bytes_s=BYTES_S) as line, Console(line.port) as console:
                steps = pull.plan(pull.look(console, {}), {})
                rises_us.append(bench.now_us + 4_000_000)
                start_s = time.monotonic()
                total = pull.carry_out(console, tmp_path / "p", steps)
                took_s = time.monotonic() - start_s
                states = [told for what, told in console.watch(2.5) if what == "state"]
        finally:
            end.set()
            world.join(10)
    assert total > 100_000 and took_s > 10
    assert events.ALARM_GAS_HIGH in {row[0] for row in states[-1]["alarms"]} and states[-1]["faults"] == 0
    alarm = [
        line for line in bytes(printed).split(b"\r\n") if b" alarm (%d, %d" % (events.ALARM_GAS_HIGH, events.ON) in line
    ]
    assert len(alarm) == 1 and b" fault (" not in printed and tag.boots == boots
    checked = chain.check({int(p.name[:8], 16): p.read_bytes() for p in (tmp_path / "p").glob("*.jnl")}, [KEY])
    assert checked.state == "whole" and len(checked.records) >= 6000
    assert total / took_s > 0.7 * BYTES_S  # 89 to 93 % where nothing else runs: bench/pull.py
