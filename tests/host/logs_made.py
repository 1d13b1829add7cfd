"""Journals made from docs/records.md with the standard library, for tests and bench/logs.py: any size, any mix of records."""

import binascii
import hashlib
import hmac
import struct
from collections.abc import Iterable
from pathlib import Path

KEY = bytes(range(16))
EPOCH_S = 852_076_800  # 2027-01-01 00:00 UTC


def journal(records: Iterable[tuple[int, bytes]], key: bytes = KEY, segment_bytes: int = 180_000) -> dict[int, bytes]:
    """First number -> bytes of segments that hold (boot, record) in turn; a record's number is put in here."""
    secret = hmac.new(key, b"davy journal 1", hashlib.sha256).digest()
    key_id = hashlib.sha256(b"davy journal id" + secret).digest()[:4]
    found: dict[int, bytes] = {}
    parts: list[bytes] = []
    size, first, link = 0, 1, bytes(4)
    for seq, (boot, record) in enumerate(records, 1):
        if not parts or size + len(record) + 7 > segment_bytes:
            if parts:
                found[first] = b"".join(parts)
            first = seq
            head = struct.pack("<2sBBIHB4s4sI4sI", b"DJ", 2, 41, first, boot, 0, key_id, key_id, seq - 1, link, 1)
            head += hashlib.sha256(secret[16:] + head).digest()[:8]
            parts = [head + crc(head)]
            size = len(parts[0])
        record = record[:1] + struct.pack("<IH", seq, boot) + record[7:]
        link = hashlib.sha256(secret[:16] + link + record).digest()[:4]
        frame = bytes([len(record)]) + record + link
        frame += crc(frame)
        parts.append(frame)
        size += len(frame)
    found[first] = b"".join(parts)
    return found


def crc(data: bytes) -> bytes:
    """CRC-16/CCITT-FALSE of the standard library, as it stands behind a frame."""
    return struct.pack("<H", binascii.crc_hqx(data, 0xFFFF))


def record(kind: int, t_ms: int, body: bytes) -> bytes:
    """One record without its number."""
    return struct.pack("<BIHI", kind, 0, 0, t_ms % (1 << 30)) + body


def working(n: int) -> Iterable[tuple[int, bytes]]:
    """So many records of a tag with four gases: a reading of each every 10 s, heartbeats, exposure, now and then an alarm."""
    made, t_s, boot = 0, 0, 1
    while made < n:
        batch = []
        if t_s % 3600 == 0:
            batch.append(record(18, t_s * 1000, struct.pack("<IHB", EPOCH_S + t_s, 0, 2)))
        for gas, base in ((1, 5), (2, 40), (3, 3), (4, 2090)):
            value = base + (t_s * 7919 * gas >> 4) % 23
            batch.append(record(3, t_s * 1000 + gas, struct.pack("<BBh", gas, 0, value)))
        if t_s % 60 == 0:
            body = struct.pack("<HHIHHB", t_s // 60 % 65536, 4100 - t_s // 600 % 500, 90000 + t_s % 977, 0, 3, 0)
            batch.append(record(2, t_s * 1000 + 9, body))
        if t_s % 600 == 0:
            for gas in (1, 2, 3):
                body = struct.pack("<BHHhhhhB", gas, t_s // 60 % 720, 0, 60 + gas, 30, t_s // 60 % 30, 95, 0)
                batch.append(record(16, t_s * 1000 + 20, body))
        if t_s % 7200 == 3600:
            batch.append(record(4, t_s * 1000 + 30, struct.pack("<BBBh", 2, 2, 2, 410)))
            batch.append(record(4, t_s * 1000 + 40, struct.pack("<BBBh", 2, 0, 2, 180)))
        for one in batch[: n - made]:
            yield boot, one
        made += len(batch)
        t_s += 10


def write(folder: Path, segments: dict[int, bytes]) -> Path:
    """The segments as files."""
    folder.mkdir(parents=True, exist_ok=True)
    for first, data in segments.items():
        (folder / f"{first:08x}.jnl").write_bytes(data)
    return folder
