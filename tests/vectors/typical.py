"""Records of every kind as they come."""

# fmt: off

import struct

from row import Row, record


def typical() -> list[Row]:
    """Every kind as it comes."""
    alarm = {"kind": "alarm", "urgent": True}
    cal = {"kind": "calibration", "urgent": True}
    return [
        record(
            "boot", 1, "BHHHH", (3, 1, 7, 120, 1),
            {"kind": "boot", "urgent": False, "cause": "watchdog", "version": 1, "boots": 7, "recovered": 120, "damaged": 1},
        ),
        record(
            "heartbeat", 2, "HHIHHB", (481, 3912, 91234, 0b10010, 17, 3),
            {
                "kind": "heartbeat", "urgent": False, "uptime_min": 481, "battery_mv": 3912, "free_b": 91234,
                "faults": ["gas", "button"], "pending": 17, "alarm": "gas high",
            },
        ),
        record(
            "reading of methane", 3, "BBh", (1, 0, 153),
            {"kind": "reading", "urgent": False, "gas": "ch4", "quality": "ok", "value": 1.53, "unit": "%vol"},
        ),
        record(
            "reading below zero", 3, "BBh", (2, 6, -7),
            {"kind": "reading", "urgent": False, "gas": "co", "quality": "calibration due", "value": -0.7, "unit": "ppm"},
        ),
        record(
            "reading of carbon dioxide", 3, "BBh", (8, 0, 1234),
            {"kind": "reading", "urgent": False, "gas": "co2", "quality": "ok", "value": 1.234, "unit": "%vol"},
        ),
        record(
            "reading that is none", 3, "BBh", (4, 5, 2090),
            {"kind": "reading", "urgent": False, "gas": "o2", "quality": "failed", "value": None, "unit": "%vol"},
        ),
        record(
            "reading of a gas that is not known", 3, "BBh", (77, 0, 5),
            {"kind": "reading", "urgent": False, "gas": 77, "quality": "ok", "value": 5, "unit": "counts"},
        ),
        record(
            "alarm for a gas", 4, "BBBh", (3, 2, 1, 153),
            {**alarm, "alarm": "gas high", "state": "on", "cause": "ch4", "value": 1.53, "unit": "%vol"},
        ),
        record(
            "alarm for a warning", 4, "BBBh", (8, 2, 3, 55),
            {**alarm, "alarm": "gas warning", "state": "on", "cause": "h2s", "value": 5.5, "unit": "ppm"},
        ),
        record(
            "alarm for a fault", 4, "BBBh", (1, 2, 6, 5),
            {**alarm, "alarm": "fault", "state": "on", "cause": "journal", "code": "full"},
        ),
        record(
            "alarm for a fall", 4, "BBBh", (4, 1, 1, 4870),
            {**alarm, "alarm": "man down", "state": "countdown", "cause": "fall", "peak_mg": 4870},
        ),
        record(
            "alarm for stillness", 4, "BBBh", (4, 5, 2, 60),
            {**alarm, "alarm": "man down", "state": "escalated", "cause": "no motion", "still_s": 60},
        ),
        record(
            "alarm for help", 4, "BBBh", (5, 4, 3, 0),
            {**alarm, "alarm": "sos", "state": "help knows", "cause": "button", "value": 0},
        ),
        record(
            "alarm for leaving", 4, "BBBh", (6, 3, 4, 1201),
            {**alarm, "alarm": "evacuation", "state": "acknowledged", "cause": "gateway", "ident": 1201},
        ),
        record(
            "alarm for a neighbour", 4, "BBBh", (10, 2, 5, 0),
            {**alarm, "alarm": "neighbour", "state": "on", "cause": "sos", "value": 0},
        ),
        record(
            "fault", 5, "BBB", (13, 3, 1),
            {"kind": "fault", "urgent": True, "source": "air", "code": "stale", "present": True},
        ),
        record(
            "fall", 6, "BHBH", (140, 6120, 78, 1900),
            {"kind": "fall", "urgent": True, "score": 140, "peak_mg": 6120, "tilt_deg": 78, "age_ms": 1900},
        ),
        record("still", 7, "H", (60,), {"kind": "still", "urgent": False, "still_s": 60}),
        record(
            "button", 8, "BH", (2, 3050), {"kind": "button", "urgent": False, "press": "long", "held_ms": 3050}
        ),
        record(
            "downlink", 9, "BHB", (2, 1201, 4),
            {"kind": "downlink", "urgent": True, "message": "help", "ident": 1201, "result": "shown"},
        ),
        record(
            "crash", 10, "B", (3, "OSError: 5 in line 81, tag.reporter"),
            {"kind": "crash", "urgent": True, "task": "reporting", "text": "OSError: 5 in line 81, tag.reporter"},
        ),
        record(
            "config", 11, "B", (6, "limits: checksum"),
            {"kind": "config", "urgent": True, "result": "corrupt", "text": "limits: checksum"},
        ),
        record(
            "drop", 12, "HHH", (9800, 410, 2100),
            {"kind": "drop", "urgent": True, "peak_mg": 9800, "flight_ms": 410, "age_ms": 2100},
        ),
        record(
            "impact", 13, "HHB", (7200, 80, 3),
            {"kind": "impact", "urgent": False, "peak_mg": 7200, "duration_ms": 80, "hits": 3},
        ),
        record(
            "samples", 14, "IB", (998000, 4, struct.pack("<60h", *range(-1000, 2000, 50))),
            {
                "kind": "samples", "urgent": False, "event_ms": 998000, "part": 4,
                "mg": [[n, n + 50, n + 100] for n in range(-1000, 2000, 150)],
            },
        ),
        record(
            "level", 15, "BBBhHB", (3, 4, 1, 101, 513, 3),
            {
                "kind": "level", "urgent": True, "gas": "h2s", "level": "stel", "present": True, "value": 10.1, "unit": "ppm",
                "profile": 513, "instruction": "leave",
            },
        ),
        record(
            "exposure", 16, "BHHhhhhB", (2, 372, 4, 310, 118, 92, 655, 0),
            {
                "kind": "exposure", "urgent": False, "gas": "co", "minutes": 372, "missing": 4, "stel_max": 31, "twa_max": 11.8,
                "twa_shift": 9.2, "peak": 65.5, "unit": "ppm", "closed": False,
            },
        ),
        record(
            "calibration", 17, "BBBhhhHIb", (2, 2, 1, 1000, 941, -3, 4353, 835617600, -12, "lot 4711, Олена"),
            {
                **cal, "gas": "co", "act": "span", "result": "passed", "applied": 100, "response": 94.1, "zero": -0.3,
                "unit": "ppm", "gain_q12": 4353, "epoch_s": 835617600, "time": "2026-06-24T12:00:00.000Z", "temp_c": -12,
                "text": "lot 4711, Олена",
            },
        ),
        record(
            "calibration at a time nobody knows", 17, "BBBhhhHIb", (1, 1, 3, 0, 12, 0, 4096, 0, -128, ""),
            {
                **cal, "gas": "ch4", "act": "zero", "result": "unstable", "applied": 0, "response": 0.12, "zero": 0,
                "unit": "%vol", "gain_q12": 4096, "epoch_s": 0, "time": None, "temp_c": -128, "text": "",
            },
        ),
        record(
            "time", 18, "IHB", (835617600, 250, 3),
            {
                "kind": "time", "urgent": False, "epoch_s": 835617600, "time": "2026-06-24T12:00:00.250Z", "epoch_ms": 250,
                "clock": "lorawan",
            },
        ),
        record(
            "discard", 19, "IIHH", (1000, 5095, 4096, 12),
            {"kind": "discard", "urgent": False, "first": 1000, "last": 5095, "records": 4096, "undelivered": 12},
        ),
        record(
            "run of readings", 20, "BBHh", (4, 0, 10, 2090, struct.pack("5b", 1, 0, -2, -128, 127)),
            {
                "kind": "readings", "urgent": False, "gas": "o2", "quality": "ok", "period_s": 10, "unit": "%vol",
                "readings": [
                    {"t_ms": t_ms, "value": value}
                    for t_ms, value in (
                        (950000, 20.9), (960000, 20.91), (970000, 20.91), (980000, 20.89), (990000, 19.61), (1000000, 20.88)
                    )
                ],
            },
        ),
        record(
            "run of one reading", 20, "BBHh", (1, 0, 10, 0, b""),
            {
                "kind": "readings", "urgent": False, "gas": "ch4", "quality": "ok", "period_s": 10, "unit": "%vol",
                "readings": [{"t_ms": 1000000, "value": 0}],
            },
        ),
        record(
            "run of readings that are none", 20, "BBHh", (1, 1, 1, 0, b"\x00\x00"),
            {
                "kind": "readings", "urgent": False, "gas": "ch4", "quality": "warming up", "period_s": 1, "unit": "%vol",
                "readings": [{"t_ms": t_ms, "value": None} for t_ms in (998000, 999000, 1000000)],
            },
        ),
        record(
            "run across the wrap of the tag's clock", 20, "BBHh", (2, 0, 10, 5, b"\x01\x01"),
            {
                "kind": "readings", "urgent": False, "gas": "co", "quality": "ok", "period_s": 10, "unit": "ppm",
                "readings": [
                    {"t_ms": 1073736824, "value": 0.5}, {"t_ms": 5000, "value": 0.6}, {"t_ms": 15000, "value": 0.7}
                ],
            },
            t_ms=15000,
        ),
        record(
            "peer", 21, "IBBbB", (0x0DA77001, 4, 2, -117, 1),
            {
                "kind": "peer", "urgent": True, "peer": 0x0DA77001, "alarm": "man down", "state": "on", "rssi_dbm": -117,
                "hops": 1,
            },
        ),
        record(
            "update", 22, "BH", (3, 258, "ImportError: no module named 'x'"),
            {
                "kind": "update", "urgent": False, "outcome": "rolled back", "version": 258,
                "text": "ImportError: no module named 'x'",
            },
        ),
        record(
            "selftest", 23, "IIIHI", (0x2000800E, 0x00000010, 0x00000780, 258, 835617600, "Ada; noise 40 mg"),
            {
                "kind": "selftest", "urgent": False, "passed": ["accelerometer", "rate", "gravity", "sending", "no"],
                "failed": ["noise"], "not_judged": ["light", "buzzer", "motor", "button"], "version": 258,
                "epoch_s": 835617600, "time": "2026-06-24T12:00:00.000Z", "text": "Ada; noise 40 mg",
            },
        ),
        record(
            "fatigue", 24, "BBbBbbbBHBbBBB", (1, 3, 71, 80, 71, 38, -1, 2, 412, 0, 30, 2, 64, 91),
            {
                "kind": "fatigue", "urgent": False, "occasion": "level", "level": "high", "index": 71, "confidence": 80,
                "drift": 71, "alertness": 38, "reaction": -1, "advice": "check-in", "reaction_ms": 412, "misses": 0,
                "nods": 30, "nod_count": 2, "heart_bpm": 64, "heart_quality": 91,
            },
        ),
        record(
            "workload", 25, "HHIHHIHHHHHBH", (480, 3, 11245, 96, 203, 2410, 31, 470, 44, 610, 387, 1, 26),
            {
                "kind": "workload", "urgent": False, "minutes": 480, "missing": 3, "step_count": 11245, "walking_min": 96,
                "active_min": 203, "effort_gs": 2410, "bent_min": 31, "posture_min": 470, "ridden_min": 44, "measured_s": 610,
                "a8_mms2": 387, "closed": True, "asleep_min": 26,
            },
        ),
        record(
            "place", 26, "BBBBBbH", (3, 2, 1, 7, 86, -4, 0x0102),
            {
                "kind": "place", "urgent": False, "zone": 3, "before": 2, "why": "heard", "beacon": 7, "sure": 86, "level": -4,
                "site": 258,
            },
        ),
    ]
