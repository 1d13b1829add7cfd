"""The shipped firmware on a virtual tag, when things go wrong: it names the fault, alarms where safety is touched, goes on."""

import binascii
import json
import math
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from davy import boards, roots, runtime
from davy.errors import DavyError
from davy.sim.motion import Wearer
from davy.sim.scenario import Motion
from davy.sim.stored import stored_samples
from davy.vtag import flashimage
from davy.vtag.assembly import make_tag
from davy.vtag.bench import Bench
from davy.vtag.board import Board
from davy.vtag.flash import BLOCK
from davy.vtag.tag import VirtualTag
from journal.log import Journal
from tag import events
from tag.reporting.records import encode

CONFIG = {"tag_id": "00112233445566aa", "key": "5a" * 32, "wifi_ssid": "davy", "wifi_password": "davydavy"}
LINE = re.compile(rb"davy (\d+) (\w+(?: \w+)?) (\(.*\))\r\n")


class Life:
    """A tag on a bench, and what it says on its console."""

    def __init__(self, interpreter: str = "mp64", heap: str = "", ticks_start_ms: int = 0) -> None:
        self.bench = Bench()
        self.printed = bytearray()
        self.tag = make_tag(
            self.bench,
            interpreter=interpreter,
            heap=heap,
            console=False,
            config=CONFIG,
            ticks_start_ms=ticks_start_ms,
        )
        self.tag.console.on_output = self.printed.extend

    def __enter__(self) -> "Life":
        return self

    def __exit__(self, *_: object) -> None:
        self.bench.close()

    @property
    def board(self) -> Board:
        return self.tag.board

    def flash(self, change: Callable[[dict[str, bytes]], None]) -> None:
        """Change files on the flash before the tag is switched on."""
        files = flashimage.read(bytes(self.board.flash.data))
        change(files)
        self.board.flash.load(flashimage.build(files, len(self.board.flash.data) // BLOCK))

    def live(self, seconds: float) -> None:
        if not self.tag.boots:
            self.tag.power_on(self.bench.now_us)
        self.bench.run_for(int(seconds * 1e6))

    def said(self, name: str) -> list[tuple[int | str, ...]]:
        """All events of that name so far, as the tag printed them."""
        found = LINE.findall(bytes(self.printed))
        return [eval(fields, {"__builtins__": {}}) for _, kind, fields in found if kind.decode() == name]

    def last_fault(self, source: int) -> tuple[int, int] | None:
        """(code, present) of the newest fault record of a source."""
        found = [(int(code), int(present)) for at, code, present in self.said("fault") if at == source]
        return found[-1] if found else None

    def alarm(self, which: int) -> int:
        """State of an alarm by its newest record."""
        found = [int(state) for alarm, state, _, _ in self.said("alarm") if alarm == which]
        return found[-1] if found else events.OFF


def test_a_healthy_tag_has_no_fault_and_never_restarts() -> None:
    with Life() as life:
        life.live(130)
        assert life.tag.boots == 1
        assert life.said("fault") == []
        assert life.said("crash") == []
        assert len(life.said("heartbeat")) == 2


def test_an_accelerometer_that_goes_silent_and_comes_back() -> None:
    with Life() as life:
        life.live(10)
        life.board.chips["lis3dh"].faults.set("nak")
        life.live(10)
        fault = life.last_fault(events.FAULT_MOTION)
        assert fault is not None and fault[1] == 1
        assert life.alarm(events.ALARM_FAULT) != events.OFF
        life.board.chips["lis3dh"].faults.clear()
        life.live(40)
        fault = life.last_fault(events.FAULT_MOTION)
        assert fault is not None and fault[1] == 0
        assert life.alarm(events.ALARM_FAULT) == events.OFF
        assert life.tag.boots == 1


def test_an_accelerometer_that_was_never_there_alarms_and_gas_is_watched_all_the_same() -> None:
    with Life() as life:
        life.board.chips["lis3dh"].faults.set("nak")
        life.board.world.gas_source = lambda name, t_us: 1.3 if name == "ch4" and t_us > 15e6 else 0.0
        sounded: set[str] = set()
        life.board.on_output = lambda what, t_us: sounded.add(what)
        life.live(25)
        assert life.alarm(events.ALARM_FAULT) != events.OFF
        assert life.alarm(events.ALARM_GAS_HIGH) == events.ON
        assert sounded == {"rgb", "buzzer_hz", "motor_percent"}


@pytest.mark.parametrize("fault", ["silent", "bad_checksum", "garbage"])
def test_a_gas_sensor_that_fails_is_a_fault_within_ten_seconds_and_never_clean_air(fault: str) -> None:
    with Life() as life:
        life.live(10)
        life.board.chips["winsen-ndir"].faults.set(fault)
        life.live(10)
        found = life.last_fault(events.FAULT_GAS)
        assert found is not None and found[1] == 1
        assert life.alarm(events.ALARM_FAULT) != events.OFF


def test_a_held_sda_is_freed_without_a_restart() -> None:
    with Life() as life:
        life.live(10)
        life.board.i2c[0].hold_clocks = 7
        life.live(30)
        assert life.board.i2c[0].hold_clocks == 0
        fault = life.last_fault(events.FAULT_MOTION)
        assert fault is not None and fault[1] == 0
        assert life.tag.boots == 1


@pytest.mark.parametrize("content", [b"", b"\xff" * 300, b"davy-config 1 5 00000000\n{}", b"davy-config 1 1 zz\n{"])
def test_a_corrupt_config_is_named_and_the_tag_lives_on_defaults(content: bytes) -> None:
    with Life() as life:
        life.flash(lambda files: files.update({"config.a": content}))
        life.live(20)
        assert len(life.said("config")) == 1
        assert "config.a" in str(life.said("config")[0][1])
        assert life.last_fault(events.FAULT_CONFIG) is not None
        assert life.said("reading")
        assert life.tag.boots == 1


def slot(settings: dict[str, Any]) -> bytes:
    """A configuration that is whole, whatever it says: `davy config build` would refuse it."""
    body = json.dumps(settings).encode()
    return b"davy-config 1 1 %08x\n" % binascii.crc32(body, binascii.crc32(b"1")) + body


@pytest.mark.parametrize("strange", [{"key": "5a" * 17}, {"key": ""}, {"tag_id": ""}, {"tag_id": "5a" * 9}])
def test_settings_that_open_no_link_cost_the_link_only(strange: dict[str, str]) -> None:
    with Life() as life:
        life.flash(lambda files: files.update({"config.a": slot({**CONFIG, "gateway_host": "10.0.0.1", **strange})}))
        life.board.world.gas_source = lambda name, t_us: 1.3 if name == "ch4" else 0.0
        life.live(12)
        assert life.tag.boots == 1
        assert life.alarm(events.ALARM_GAS_HIGH) == events.ON
        assert life.alarm(events.ALARM_FAULT) == events.OFF
        assert [text for _, text in life.said("config")] == said_of(strange)


def said_of(strange: dict[str, str]) -> list[str]:
    """What the tag says of those settings."""
    named = {34: "key: 34 digits, not 32 or 64", 18: "tag_id: 18 is not within 16..16 digits"}
    return [named[len(value)] for value in strange.values() if value]


@pytest.mark.parametrize(
    ("wrong", "faults"),
    [
        ({"power": [{"on": 1}]}, [events.FAULT_BOARD]),
        ({"buses": {"i2c": [{"id": 0}], "uart": [{"id": 7, "tx": 1, "rx": 2, "baud": 9600}]}}, [0, 1, 8]),
        ({"buses": {"i2c": 5, "uart": {}}, "parts": [5, {"role": []}, {}]}, [0, 1, 2, 3, 4, 8]),
    ],
)
def test_a_board_file_that_describes_nonsense_costs_what_it_describes(wrong: dict[str, Any], faults: list[int]) -> None:
    with Life() as life:
        spec = {**json.loads(boards.path_of("virtual").read_bytes()), **wrong}
        life.flash(lambda files: files.update({"board.json": json.dumps(spec).encode()}))
        life.live(70)
        assert life.tag.boots == 1
        assert life.said("crash") == []
        assert len(life.said("heartbeat")) == 1
        assert life.alarm(events.ALARM_FAULT) != events.OFF
        assert sorted({int(source) for source, _, present in life.said("fault") if present}) == faults


def test_an_output_that_works_again_does_not_hide_one_that_was_never_there() -> None:
    with Life() as life:
        spec = json.loads(boards.path_of("virtual").read_bytes())
        spec["parts"] = [part for part in spec["parts"] if part["role"] != "motor"]

        def change(files: dict[str, bytes]) -> None:
            files["board.json"] = json.dumps(spec).encode()
            files.pop("lib/drivers/buzzer.mpy")
            files["lib/drivers/buzzer.py"] = FLAKY_BUZZER

        life.flash(change)
        life.live(20)
        told = [(code, present) for source, code, present in life.said("fault") if source == events.FAULT_OUTPUTS]
        assert told[:2] == [(events.CODE_MISSING, 1), (events.CODE_FAILED, 1)]
        assert told[-1] == (events.CODE_MISSING, 1)
        assert life.alarm(events.ALARM_FAULT) != events.OFF


FLAKY_BUZZER = b"""
class Buzzer:
    def __init__(self, pwm):
        self.fault = False
        self._n = 0
    def tone(self, hz):
        self._n += 1
        self.fault = 3 < self._n < 8
"""


def full_journal(folder: Path) -> dict[str, bytes]:
    """Files of a journal with 64 full segments, written by the journal itself: one old urgent record, then readings only."""
    journal = Journal(str(folder), flush_count=60)
    assert journal.open()
    record = bytearray(64)
    n = encode((events.FAULT, 0, events.FAULT_LINK, events.CODE_FAILED, 1), 0, 0, record)
    journal.append(record, n, 0, True)
    n = encode((events.READING, 0, events.CH4, 0, 0), 0, 0, record)
    while len(journal.firsts) < 64 or journal.after(journal.firsts[-2]) + 800 > journal.next_seq:
        journal.append(record, n, 0)
    journal.close(0)
    return {f"records/{file.name}": file.read_bytes() for file in folder.iterdir()}


def test_a_tag_with_a_full_journal_starts_before_its_watchdog_barks(tmp_path: Path) -> None:
    records = full_journal(tmp_path / "records")
    assert sum(len(data) for data in records.values()) > 1_000_000
    with Life() as life:
        life.flash(lambda files: files.update(records))
        reads = 0
        read = life.board.flash.read

        def counted(block: int, offset: int, n: int) -> bytes:
            nonlocal reads
            reads += 1
            return read(block, offset, n)

        life.board.flash.read = counted
        life.live(0.5)
        assert [int(boot[3]) > 50_000 and boot[4] == 0 for boot in life.said("boot")] == [True]
        # A read of 64 bytes takes some 30 us on an ESP32: 8 s of watchdog are 260 000 of them. Opening a file anew for
        # every kilobyte took 1 300 000.
        assert reads < 100_000


def test_a_corrupt_board_file_gives_the_spare_and_an_alarm() -> None:
    with Life() as life:
        life.flash(lambda files: files.update({"board.json": b'{"name": "virt'}))
        life.live(20)
        assert "board.json" in str(life.said("config")[0][1])
        assert life.last_fault(events.FAULT_BOARD) == (events.CODE_CORRUPT, 1)
        assert life.alarm(events.ALARM_FAULT) != events.OFF
        assert life.said("reading")


def test_without_any_board_file_the_tag_still_lives_and_says_so() -> None:
    with Life() as life:

        def remove(files: dict[str, bytes]) -> None:
            files.pop("board.json")
            files.pop("board.bak.json")

        life.flash(remove)
        life.live(70)
        assert life.tag.boots == 1
        assert len(life.said("heartbeat")) == 1
        for source in (events.FAULT_BOARD, events.FAULT_MOTION, events.FAULT_GAS, events.FAULT_OUTPUTS):
            fault = life.last_fault(source)
            assert fault is not None and fault[1] == 1


@pytest.mark.parametrize("spare_blocks", [0, 1, 2, 5])
def test_a_full_flash_is_a_fault_and_alarms_go_on(spare_blocks: int) -> None:
    with Life() as life:
        files = flashimage.read(bytes(life.board.flash.data))
        blocks = len(life.board.flash.data) // BLOCK
        life.board.flash.load(filled(files, blocks, spare_blocks))
        life.board.world.gas_source = lambda name, t_us: 1.3 if name == "ch4" and t_us > 15e6 else 0.0
        life.live(60)
        assert life.alarm(events.ALARM_GAS_HIGH) == events.ON
        assert life.tag.boots == 1
        assert life.said("crash") == []
        if spare_blocks < 2:
            fault = life.last_fault(events.FAULT_JOURNAL)
            assert fault is not None and fault[1] == 1
            assert life.alarm(events.ALARM_FAULT) != events.OFF


def filled(files: dict[str, bytes], blocks: int, spare_blocks: int) -> bytes:
    """An image in which a file of junk leaves so many blocks free."""
    fits, too_large = 0, blocks
    while too_large - fits > 1:
        size = (fits + too_large) // 2
        try:
            flashimage.build({**files, "junk.bin": bytes(size * BLOCK)}, blocks)
            fits = size
        except DavyError:
            too_large = size
    return flashimage.build({**files, "junk.bin": bytes((fits - spare_blocks) * BLOCK)}, blocks)


BROKEN_WIFI = """
UP = 2
class WifiLink:
    def __init__(self, settings, t_ms):
        self.up = False
        self.t_ms = t_ms
    def step(self, t_ms):
        if t_ms - self.t_ms > 5000:
            {what}
    def send(self, frame, t_ms):
        return False
    def receive(self):
        return 0
"""


def with_broken_wifi(life: Life, what: str) -> None:
    def change(files: dict[str, bytes]) -> None:
        files.pop("tag/hal/wifi.mpy")
        files["tag/hal/wifi.py"] = BROKEN_WIFI.format(what=what).encode()

    life.flash(change)


def test_a_task_that_raises_is_recorded_alarmed_and_the_others_go_on() -> None:
    with Life() as life:
        with_broken_wifi(life, "raise ValueError('radio says no')")
        life.board.world.gas_source = lambda name, t_us: 1.3 if name == "ch4" and t_us > 15e6 else 0.0
        life.live(25)
        crashes = life.said("crash")
        assert crashes and crashes[0][0] == 3
        assert "ValueError: radio says no" in str(crashes[0][1]) and "wifi.py" in str(crashes[0][1])
        assert life.last_fault(events.FAULT_TASK) == (events.CODE_CRASHED, 1)
        assert life.alarm(events.ALARM_GAS_HIGH) == events.ON
        assert life.tag.boots == 1


def test_a_task_that_never_yields_ends_in_a_watchdog_reset() -> None:
    with Life() as life:
        with_broken_wifi(life, "import time\n            while True: time.ticks_ms()")
        life.live(30)
        assert life.tag.boots >= 2
        assert [boot[0] for boot in life.said("boot")][:2] == [1, 3]


def test_firmware_that_cannot_start_is_tried_again_every_minute() -> None:
    with Life() as life:
        life.flash(lambda files: files.update({"tag/core.mpy": b"not bytecode"}))
        life.live(50)
        assert life.tag.boots == 1
        assert b">>> " in life.printed
        life.live(20)
        assert life.tag.boots == 2


def test_ticks_that_wrap_in_the_middle_of_an_alarm_change_nothing() -> None:
    with Life(ticks_start_ms=2**30 - 20_000) as life:
        life.board.world.gas_source = lambda name, t_us: 1.3 if name == "ch4" and t_us > 15e6 else 0.0
        life.live(125)
        assert life.alarm(events.ALARM_GAS_HIGH) == events.ON
        assert life.said("fault") == []
        assert life.said("crash") == []
        assert len(life.said("heartbeat")) == 2
        assert life.tag.boots == 1


def test_ctrl_c_stops_the_tag_for_service_and_the_watchdog_puts_it_back() -> None:
    with Life() as life:
        life.live(10)
        life.tag.type(b"\x03", life.bench.now_us)
        life.bench.run_for(5_000_000)
        assert b"stopped for service" in life.printed
        assert b">>> " in life.printed
        assert life.board.rgb == (0, 0, 0) and life.board.buzzer_hz == 0 and life.board.motor_percent == 0
        life.bench.run_for(14 * 60 * 1_000_000)
        assert life.tag.boots == 1
        life.bench.run_for(2 * 60 * 1_000_000)
        assert life.tag.boots == 2
        assert [boot[0] for boot in life.said("boot")] == [1, 3]


def has_mp32() -> bool:
    try:
        runtime.find("mp32")
    except runtime.Unavailable:
        return False
    return True


@pytest.mark.skipif(not has_mp32(), reason="the 32-bit runtime cannot be had here")
def test_the_whole_app_lives_in_100_kB_on_the_32_bit_runtime() -> None:
    with Life("mp32", "100k") as life:
        life.board.world.gas_source = lambda name, t_us: 1.3 if name == "ch4" and 15e6 < t_us < 40e6 else 0.0
        life.live(310)
        assert b"MemoryError" not in life.printed
        assert life.tag.boots == 1
        assert life.said("crash") == []
        assert life.said("fault") == []
        assert events.ALARM_GAS_HIGH in {alarm for alarm, *_ in life.said("alarm")}
        free_b = [int(beat[2]) for beat in life.said("heartbeat")]
        assert len(free_b) == 5
        assert min(free_b) > 6_000
        assert free_b[-1] >= free_b[1] - 500  # it does not leak


@pytest.mark.skipif(not has_mp32(), reason="the 32-bit runtime cannot be had here")
def test_a_fall_a_drop_and_their_samples_fit_in_100_kB_and_are_on_flash() -> None:
    recordings = roots.CHECKOUT / "tests" / "recordings"
    falls = Wearer([Motion(15.0, recordings / "fall.csv"), Motion(40.0, recordings / "device_drop.csv")])
    with Life("mp32", "100k") as life:
        life.board.world.accel_source = falls.accel_mg
        life.live(65)
        assert b"MemoryError" not in life.printed
        assert life.said("crash") == []
        assert len(life.said("fall")) == len(life.said("drop")) == 1
        life.tag.power_cut(life.bench.now_us)
        kept = stored_samples(bytes(life.board.flash.data))
        assert [len(rows) for rows in kept.values()] == [200, 200]
        for rows, (least_mg, most_mg) in zip(kept.values(), ((8_000, 12_000), (12_000, 17_000)), strict=True):
            hit = max(rows, key=lambda row: row[1] ** 2 + row[2] ** 2 + row[3] ** 2)
            assert 0.0 <= hit[0] < 0.2
            assert least_mg < math.sqrt(hit[1] ** 2 + hit[2] ** 2 + hit[3] ** 2) < most_mg
        assert [int(beat[2]) > 6_000 for beat in life.said("heartbeat")] == [True]


def test_a_power_cut_during_an_alarm_brings_the_alarm_back() -> None:
    with Life() as life:
        life.board.world.gas_source = lambda name, t_us: 1.3 if name == "ch4" and t_us > 10e6 else 0.0
        life.live(20)
        assert life.alarm(events.ALARM_GAS_HIGH) == events.ON
        life.tag.power_cut(life.bench.now_us)
        assert life.board.rgb == (0, 0, 0) and life.board.buzzer_hz == 0
        life.printed.clear()
        sounded: list[str] = []
        life.board.on_output = lambda what, t_us: sounded.append(what)
        life.tag.power_on(life.bench.now_us)
        life.bench.run_for(2_500_000)  # the sensor still warms up: the alarm is remembered, not measured
        assert "buzzer_hz" in sounded


def test_two_tags_on_one_bench_do_not_disturb_each_other() -> None:
    with Bench() as bench:
        printed = [bytearray(), bytearray()]
        tags: list[VirtualTag] = []
        for number in range(2):
            tag = make_tag(bench, name=f"tag{number}", console=False, config=CONFIG)
            tag.console.on_output = printed[number].extend
            tags.append(tag)
            tag.power_on(bench.now_us)
        tags[1].board.world.gas_source = lambda name, t_us: 1.3 if name == "ch4" and t_us > 10e6 else 0.0
        bench.run_for(20_000_000)
    assert b" alarm " not in printed[0]
    assert b" alarm " in printed[1]
