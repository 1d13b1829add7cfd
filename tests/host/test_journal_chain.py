"""The journal's format and chain, worked out anew with the standard library; and arbitrary damage never raises in the verifier."""

import binascii
import hashlib
import hmac
import random
import struct
from pathlib import Path

from journal_damage import damaged

from davy import roots as roots
from journal import verdict
from journal.keeper import Keeper
from journal.log import Journal
from journal.segment import Source
from journal.verify import Verifier

KEY = bytes(range(16))
URGENT = 4


class Waiting(Keeper):
    """Nothing is delivered, alarms must stay."""

    keeps = 1 << URGENT

    def delivered(self, first: int, last: int) -> bool:
        return False

    def waits(self, seq: int) -> bool:
        return True


def written(folder: Path, n: int = 700, key: bytes = KEY) -> None:
    """A journal with compacted segments, gaps and two boots."""
    compactions = 0
    for boot in range(2):
        journal = Journal(str(folder), segment_bytes=2048, max_segments=5, flush_count=9, key=key)
        assert journal.open()
        journal.keeper = Waiting()
        for i in range(n // 2):
            size = 11 + i % 20
            record = bytearray(size)
            record[0] = URGENT if i % 25 == 3 else 3
            struct.pack_into("<I", record, 7, i + boot)
            assert journal.append(record, size, 0, record[0] == URGENT)
        assert journal.close(0)
        compactions += journal.compactions
    assert compactions > 2


def crc(data: bytes) -> int:
    """CRC-16/CCITT-FALSE of the standard library."""
    return binascii.crc_hqx(data, 0xFFFF)


def test_every_byte_of_a_journal_is_what_the_document_says(tmp_path: Path) -> None:
    written(tmp_path)
    secret = hmac.new(KEY, b"davy journal 1", hashlib.sha256).digest()
    key_id = hashlib.sha256(b"davy journal id" + secret).digest()[:4]
    numbers, gone = [], 0
    after, link = 0, bytes(4)
    low = []
    for path in sorted(tmp_path.glob("*.jnl")):
        data = path.read_bytes()
        magic, version, length, first, _, flags, key, maker, before, before_link, given_up, mac, check = struct.unpack(
            "<2sBBIHB4s4sI4sI8sH", data[:41]
        )
        assert (magic, version, length, f"{first:08x}.jnl") == (b"DJ", 2, 41, path.name)
        assert key == maker == key_id and flags in (0, 1)
        assert mac == hashlib.sha256(secret[16:] + data[:31]).digest()[:8] and check == crc(data[:39])
        assert (before, before_link) == (after, link)
        low.append(given_up)
        at = 41
        while at < len(data):
            if data[at] == 0xF1:
                gap_first, gap_last, records, known, gap_link, gap_mac, check = struct.unpack(
                    "<IIIB4s4sH", data[at + 1 : at + 24]
                )
                assert gap_first == after + 1 and known == 1 and records == gap_last - gap_first + 1
                assert gap_mac == hashlib.sha256(secret[16:] + data[at : at + 18]).digest()[:4]
                assert check == crc(data[at : at + 22])
                after, link = gap_last, gap_link
                gone += records
                at += 24
                continue
            n = data[at]
            record = data[at + 1 : at + 1 + n]
            own, check = struct.unpack("<4sH", data[at + 1 + n : at + n + 7])
            assert own == hashlib.sha256(secret[:16] + link + record).digest()[:4]
            assert check == crc(data[at : at + n + 5])
            after, link = struct.unpack_from("<I", record, 1)[0], own
            numbers.append(after)
            at += n + 7
    assert numbers == sorted(set(numbers)) and len(numbers) + gone == after == 700
    assert gone > 200 and max(low) == 1  # alarms have kept every segment


def found_in(folder: Path, keys: tuple[bytes, ...] = (KEY,)) -> list[tuple[int, int, int]]:
    """What the verifier says of a folder."""
    found: list[tuple[int, int, int]] = []
    verifier = Verifier(keys, lambda *finding: found.append(finding))
    source = Source(str(folder))
    firsts = sorted(int(path.name[:8], 16) for path in folder.glob("*.jnl"))
    for i, first in enumerate(firsts):
        verifier.segment(source, first, firsts[i + 1] if i + 1 < len(firsts) else -1)
    source.close()
    verifier.end()
    return found


def test_arbitrary_damage_is_always_found_and_never_raises(tmp_path: Path) -> None:
    chance = random.Random(5)
    whole = {}
    written(tmp_path)
    assert [one for one in found_in(tmp_path) if one[0] < verdict.SKIPPED] == []
    for path in tmp_path.glob("*.jnl"):
        whole[path] = path.read_bytes()
    for round_ in range(400):
        for path, data in whole.items():
            path.write_bytes(data)
        victim = chance.choice(sorted(whole))
        data = damaged(whole[victim], [whole[path] for path in sorted(whole)], chance)
        victim.write_bytes(data)
        found = found_in(tmp_path)
        newest = victim == max(whole)
        if data != whole[victim] and not newest:
            assert [one for one in found if one[0] < verdict.SKIPPED], (round_, victim.name)


def test_segments_of_pure_noise_never_raise(tmp_path: Path) -> None:
    chance = random.Random(6)
    for _ in range(60):
        for path in tmp_path.glob("*.jnl"):
            path.unlink()
        for _ in range(chance.randrange(1, 5)):
            noise = chance.randbytes(chance.randrange(3000))
            (tmp_path / f"{chance.randrange(1 << 30):08x}.jnl").write_bytes(noise)
        found_in(tmp_path)
