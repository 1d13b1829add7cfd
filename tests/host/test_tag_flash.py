"""The shipped firmware on a virtual tag whose flash is damaged, full or strange: it says so, alarms go on."""

import binascii
import json
from pathlib import Path
from typing import Any

import pytest
from tag_life import CONFIG, Life

from davy import boards
from davy.errors import DavyError
from davy.vtag import flashimage
from davy.vtag.flash import BLOCK
from journal import verdict
from journal.log import Journal
from journal.segment import Source
from journal.verify import Verifier
from tag import events
from tag.reporting.records import decode, encode


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


def full_journal(folder: Path, spare: int = 1500) -> dict[str, bytes]:
    """Files of a journal as full as the tag's own, written by the journal itself: one old urgent record, then readings only.

    In the newest segment there is room for so many more of them; 0: it is larger than any that a tag on 2 MB would go on with."""
    journal = Journal(
        str(folder), segment_bytes=36864, max_segments=32, flush_count=50, key=bytes.fromhex(CONFIG["key"])
    )
    assert journal.open()
    record = bytearray(64)
    n = encode((events.FAULT, 0, events.FAULT_LINK, events.CODE_FAILED, 1), 0, 0, record)
    journal.append(record, n, 0, True)
    n = encode((events.READING, 0, events.CH4, 0, 0), 0, 0, record)
    while len(journal.firsts) < 32 or journal.next_seq < journal.firsts[-1] + 1670 - max(spare, 20):
        journal.append(record, n, 0)
    if not spare:
        journal.flush(0)
        journal.writer.limit = 80_000
        while journal.next_seq < journal.firsts[-1] + 3_000:
            journal.append(record, n, 0)
    journal.close(0)
    return {f"records/{file.name}": file.read_bytes() for file in folder.iterdir()}


def reads_of_a_start(records: dict[str, bytes]) -> tuple[int, int]:
    """How often a tag with these records reads its flash until it runs, and the number of its next record. Frozen firmware: from
    files it takes more than half of 2 MB."""
    with Life("mp32") as life:
        life.flash(lambda files: files.update(records))
        reads = 0
        read = life.board.flash.read

        def counted(block: int, offset: int, n: int) -> bytes:
            nonlocal reads
            reads += 1
            return read(block, offset, n)

        life.board.flash.direct = False
        life.board.flash.read = counted
        life.live(0.5)
        (boot,) = life.said("boot")
        assert boot[4] == 0
        return reads, int(boot[3])


def test_a_tag_with_a_full_journal_starts_before_its_watchdog_barks(tmp_path: Path) -> None:
    records = full_journal(tmp_path / "records")
    assert sum(len(data) for data in records.values()) > 1_000_000
    firmware, _ = reads_of_a_start({})  # frozen on a board
    reads, seq = reads_of_a_start(records)
    assert seq > 50_000
    # A read of 64 bytes takes some 30 us on an ESP32: 8 s of watchdog are 260 000 of them. Opening a file anew for every
    # kilobyte took 1 300 000.
    print(f"reads of flash: {firmware} for the firmware, {reads - firmware} for the journal")
    assert firmware > 0 and 0 < reads - firmware < 40_000


def test_a_tag_without_room_keeps_the_alarm_says_what_it_gave_up_and_can_prove_it(tmp_path: Path) -> None:
    files = full_journal(tmp_path / "records", 0)
    with Life("mp32") as life:
        life.flash(lambda all_files: all_files.update(files))
        life.live(400)
        assert life.said("crash") == [] and life.tag.boots == 1
        after = flashimage.read(bytes(life.board.flash.data))
    assert len([name for name in after if name.endswith(".jnl")]) <= 32
    folder = tmp_path / "after"
    (folder / "records").mkdir(parents=True)
    for name, data in after.items():
        if name.startswith("records/"):
            (folder / name).write_bytes(data)
    key = bytes.fromhex(CONFIG["key"])
    found: list[tuple[int, int, int]] = []
    verifier = Verifier((key,), lambda *finding: found.append(finding))
    journal = Journal(str(folder / "records"), key=key)
    assert journal.open()
    for first in journal.firsts:
        verifier.segment(Source(str(folder / "records")), first, journal.after(first))
    verifier.end()
    assert [one for one in found if one[0] < verdict.SKIPPED] == []
    told = [decode(record) for _, record in journal.read(1)]
    discards = [values for kind, _, _, _, values in told if kind == events.DISCARD and values]
    assert told[0][:2] == (events.FAULT, 1) and discards
    first, last, records, undelivered = discards[0]
    assert first == 1 and records == undelivered == last - 1  # all but the fault
    assert (verdict.GIVEN_UP, 2, last) in found


def test_segments_of_a_later_version_are_left_alone_and_named() -> None:
    head = bytes([0x44, 0x4A, 3, 12]) + bytes(6)  # as in every version: "DJ", version, length ... CRC
    later = head + binascii.crc_hqx(head, 0xFFFF).to_bytes(2, "little") + bytes(range(200))
    with Life() as life:
        life.flash(lambda files: files.update({"records/00000100.jnl": later}))
        life.live(70)
        assert ["another version" in str(text) for _, text in life.said("config")] == [True]
        assert life.said("crash") == [] and len(life.said("heartbeat")) == 1
        after = flashimage.read(bytes(life.board.flash.data))
    assert after["records/00000100.jnl"] == later
    segments = sorted(name for name in after if name.endswith(".jnl"))
    assert len(segments) == 2 and int(segments[1][8:16], 16) > 0x100 + 200 // 18


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
