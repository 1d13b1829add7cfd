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


def shift() -> Iterable[tuple[int, bytes]]:
    """A shift of 8 h: a bump test, rising methane with its alarm, a fall nobody answers for 90 s, a dead CO cell, a power cut."""

    def at(hours: float) -> int:
        return round(hours * 3_600_000)

    def level(t_s: int) -> int:
        return (
            20
            + (t_s * 7919 >> 4) % 9
            + (round(120 * (1 - abs(t_s / 3600 - 3) / 0.5)) if abs(t_s / 3600 - 3) < 0.5 else 0)
        )

    boot, off_ms = 1, 0
    rows: list[tuple[int, bytes]] = [
        (0, struct.pack("<BBHHHH", 1, 1, 258, 1, 0, 0)),
        (500, struct.pack("<BIHB", 18, EPOCH_S + 6 * 3600, 500, 2)),
        (
            60_000,
            struct.pack("<BBBBhhhHIb", 17, 1, 3, 1, 250, 243, 2, 4180, EPOCH_S + 6 * 3600 + 60, 21) + b"lot 7, Vera",
        ),
        (at(2.7), struct.pack("<BBBBh", 4, 3, 2, 1, 112)),
        (at(2.7) + 20_000, struct.pack("<BBBBhHB", 15, 1, 2, 1, 112, 0, 3)),
        (at(2.75), struct.pack("<BBBBh", 4, 3, 3, 1, 120)),
        (at(3.3), struct.pack("<BBBBh", 4, 3, 0, 1, 90)),
        (at(4.5), struct.pack("<BBHBH", 6, 140, 6120, 78, 1900)),
        (at(4.5) + 10, struct.pack("<BBBBh", 4, 4, 1, 1, 6120)),
        (at(4.5) + 20_000, struct.pack("<BBBBh", 4, 4, 2, 1, 6120)),
        (at(4.5) + 110_000, struct.pack("<BBBBh", 4, 4, 4, 1, 6120)),
        (at(4.5) + 700_000, struct.pack("<BBBBh", 4, 4, 0, 1, 6120)),
        (at(5), struct.pack("<BBBB", 5, 1, 2, 1)),
        (at(5.6), struct.pack("<BBBB", 5, 1, 2, 0)),
        (at(6.5), b""),  # the power goes, for 20 minutes
        (at(6.5) + 1_200_000, struct.pack("<BBHHHH", 1, 1, 258, 2, 900, 0)),
        (at(6.5) + 1_200_500, struct.pack("<BIHB", 18, EPOCH_S + round(12.5 * 3600) + 1200, 500, 2)),
        (at(8), struct.pack("<BBHHhhhhB", 16, 1, 480, 21, 131, 48, 48, 142, 1)),
    ]
    for t_s in range(10, 8 * 3600, 10):
        if not 6.5 * 3600 < t_s < 6.5 * 3600 + 1201:
            rows.append((t_s * 1000, struct.pack("<BBBh", 3, 1, 0, level(t_s))))
            dead = 5 * 3600 < t_s < 5.6 * 3600
            rows.append(
                (t_s * 1000 + 1, struct.pack("<BBBh", 3, 2, 5 if dead else 0, 0 if dead else 30 + t_s // 600 % 9))
            )
            if t_s % 60 == 0:
                rows.append((t_s * 1000 + 2, struct.pack("<BHHIHHB", 2, t_s // 60, 4150 - t_s // 70, 90000, 0, 0, 0)))
            if t_s % 600 == 0:
                rows.append(
                    (t_s * 1000 + 3, struct.pack("<BBHHhhhhB", 16, 1, t_s // 60, 0, 131, 40, t_s // 600, 142, 0))
                )
    for t_ms, body in sorted(rows):
        if not body:
            boot, off_ms = 2, at(6.5) + 1_200_000
        else:
            yield boot, record(body[0], t_ms - off_ms, body[1:])
