"""Records of every kind with their lowest and their highest values."""

# fmt: off

from typing import Any

from row import Row, record


def limits() -> list[Row]:
    """Every kind with its lowest and its highest values."""
    far = {"seq": 0x3FFFFFFF, "boot": 0xFFFF, "t_ms": 0x3FFFFFFF}
    all_bits = [
        "motion", "gas", "battery", "outputs", "button", "link", "journal", "config", "board file", "task", "limits", "due",
        "overdue", "air", "heart", 15,
    ]
    all_checks = [
        "board", "accelerometer", "rate", "gravity", "noise", "chip test", "air", "light", "buzzer", "motor", "button", "battery",
        "load", "lora", "listening", "sending", "peer", "wi-fi", "flash", "wear", "clock", "ch4", "co", "h2s", "o2", "no2", "so2",
        "nh3", "co2", "no", "heart", 31,
    ]
    low: list[tuple[int, str, tuple[Any, ...], Row]] = [
        (1, "BHHHH", (0,) * 5, {"cause": "none", "version": 0, "boots": 0, "recovered": 0, "damaged": 0}),
        (2, "HHIHHB", (0,) * 6, {"uptime_min": 0, "battery_mv": 0, "free_b": 0, "faults": [], "pending": 0, "alarm": "none"}),
        (3, "BBh", (0, 0, -32768), {"gas": "none", "quality": "ok", "value": -32768, "unit": "counts"}),
        (4, "BBBh", (0, 0, 0, -32768), {"alarm": "none", "state": "off", "cause": "none", "value": -32768}),
        (5, "BBB", (0, 0, 0), {"source": "motion", "code": "none", "present": False}),
        (6, "BHBH", (0,) * 4, {"score": 0, "peak_mg": 0, "tilt_deg": 0, "age_ms": 0}),
        (7, "H", (0,), {"still_s": 0}),
        (8, "BH", (0, 0), {"press": "none", "held_ms": 0}),
        (9, "BHB", (0, 0, 0), {"message": "none", "ident": 0, "result": "none"}),
        (10, "B", (0, ""), {"task": "motion", "text": ""}),
        (11, "B", (0, ""), {"result": "none", "text": ""}),
        (12, "HHH", (0,) * 3, {"peak_mg": 0, "flight_ms": 0, "age_ms": 0}),
        (13, "HHB", (0,) * 3, {"peak_mg": 0, "duration_ms": 0, "hits": 0}),
        (14, "IB", (0, 0, b""), {"event_ms": 0, "part": 0, "mg": []}),
        (
            15, "BBBhHB", (0, 0, 0, -32768, 0, 0),
            {
                "gas": "none", "level": "none", "present": False, "value": -32768, "unit": "counts", "profile": 0,
                "instruction": "none",
            },
        ),
        (
            16, "BHHhhhhB", (0, 0, 0, -32768, -32768, -32768, -32768, 0),
            {
                "gas": "none", "minutes": 0, "missing": 0, "stel_max": -32768, "twa_max": -32768, "twa_shift": -32768,
                "peak": -32768, "unit": "counts", "closed": False,
            },
        ),
        (
            17, "BBBhhhHIb", (0, 0, 0, -32768, -32768, -32768, 0, 0, -128, ""),
            {
                "gas": "none", "act": "none", "result": "none", "applied": -32768, "response": -32768, "zero": -32768,
                "unit": "counts", "gain_q12": 0, "epoch_s": 0, "time": None, "temp_c": -128, "text": "",
            },
        ),
        (18, "IHB", (0, 0, 0), {"epoch_s": 0, "time": None, "epoch_ms": 0, "clock": "none"}),
        (19, "IIHH", (0,) * 4, {"first": 0, "last": 0, "records": 0, "undelivered": 0}),
        (
            20, "BBHh", (0, 0, 0, -32768, b""),
            {
                "gas": "none", "quality": "ok", "period_s": 0, "unit": "counts",
                "readings": [{"t_ms": 0, "value": -32768}],
            },
        ),
        (21, "IBBbB", (0, 0, 0, -128, 0), {"peer": 0, "alarm": "none", "state": "off", "rssi_dbm": -128, "hops": 0}),
        (22, "BH", (0, 0, ""), {"outcome": "none", "version": 0, "text": ""}),
        (
            23, "IIIHI", (0, 0, 0, 0, 0, ""),
            {"passed": [], "failed": [], "not_judged": [], "version": 0, "epoch_s": 0, "time": None, "text": ""},
        ),
        (
            24, "BBbBbbbBHBbBBB", (0, 0, -128, 0, -128, -128, -128, 0, 0, 0, -128, 0, 0, 0),
            {
                "occasion": "none", "level": "unknown", "index": -128, "confidence": 0, "drift": -128, "alertness": -128,
                "reaction": -128, "advice": "nothing", "reaction_ms": 0, "misses": 0, "nods": -128, "nod_count": 0,
                "heart_bpm": 0, "heart_quality": 0,
            },
        ),
        (
            25, "HHIHHIHHHHHBH", (0,) * 13,
            {
                "minutes": 0, "missing": 0, "step_count": 0, "walking_min": 0, "active_min": 0, "effort_gs": 0,
                "bent_min": 0, "posture_min": 0, "ridden_min": 0, "measured_s": 0, "a8_mms2": 0, "closed": False,
                "asleep_min": 0,
            },
        ),
        (
            26, "BBBBBbH", (0, 0, 0, 0, 0, -128, 0),
            {"zone": 0, "before": 0, "why": "none", "beacon": 0, "sure": 0, "level": -128, "site": 0},
        ),
    ]
    text, data = "x" * 120, bytes(range(136, 256))
    high: list[tuple[int, str, tuple[Any, ...], Row]] = [
        (
            1, "BHHHH", (255, 65535, 65535, 65535, 65535),
            {"cause": 255, "version": 65535, "boots": 65535, "recovered": 65535, "damaged": 65535},
        ),
        (
            2, "HHIHHB", (65535, 65535, 4294967295, 65535, 65535, 255),
            {
                "uptime_min": 65535, "battery_mv": 65535, "free_b": 4294967295, "faults": all_bits, "pending": 65535,
                "alarm": 255,
            },
        ),
        (3, "BBh", (255, 255, 32767), {"gas": 255, "quality": 255, "value": None, "unit": "counts"}),
        (4, "BBBh", (255, 255, 255, 32767), {"alarm": 255, "state": 255, "cause": 255, "value": 32767}),
        (5, "BBB", (255, 255, 255), {"source": 255, "code": 255, "present": True}),
        (6, "BHBH", (255, 65535, 255, 65535), {"score": 255, "peak_mg": 65535, "tilt_deg": 255, "age_ms": 65535}),
        (7, "H", (65535,), {"still_s": 65535}),
        (8, "BH", (255, 65535), {"press": 255, "held_ms": 65535}),
        (9, "BHB", (255, 65535, 255), {"message": 255, "ident": 65535, "result": 255}),
        (10, "B", (255, text), {"task": 255, "text": text}),
        (11, "B", (255, text), {"result": 255, "text": text}),
        (12, "HHH", (65535,) * 3, {"peak_mg": 65535, "flight_ms": 65535, "age_ms": 65535}),
        (13, "HHB", (65535, 65535, 255), {"peak_mg": 65535, "duration_ms": 65535, "hits": 255}),
        (
            14, "IB", (4294967295, 255, b"\xff\x7f\x00\x80\xff\xff" * 20),
            {"event_ms": 4294967295, "part": 255, "mg": [[32767, -32768, -1]] * 20},
        ),
        (
            15, "BBBhHB", (255, 255, 255, 32767, 65535, 255),
            {
                "gas": 255, "level": 255, "present": True, "value": 32767, "unit": "counts", "profile": 65535,
                "instruction": 255,
            },
        ),
        (
            16, "BHHhhhhB", (255, 65535, 65535, 32767, 32767, 32767, 32767, 255),
            {
                "gas": 255, "minutes": 65535, "missing": 65535, "stel_max": 32767, "twa_max": 32767, "twa_shift": 32767,
                "peak": 32767, "unit": "counts", "closed": True,
            },
        ),
        (
            17, "BBBhhhHIb", (255, 255, 255, 32767, 32767, 32767, 65535, 4294967295, 127, text),
            {
                "gas": 255, "act": 255, "result": 255, "applied": 32767, "response": 32767, "zero": 32767, "unit": "counts",
                "gain_q12": 65535, "epoch_s": 4294967295, "time": "2136-02-07T06:28:15.000Z", "temp_c": 127, "text": text,
            },
        ),
        (
            18, "IHB", (4294967295, 65535, 255),
            {"epoch_s": 4294967295, "time": "2136-02-07T06:29:20.535Z", "epoch_ms": 65535, "clock": 255},
        ),
        (
            19, "IIHH", (4294967295, 4294967295, 65535, 65535),
            {"first": 4294967295, "last": 4294967295, "records": 65535, "undelivered": 65535},
        ),
        (
            21, "IBBbB", (4294967295, 255, 255, 127, 255),
            {"peer": 4294967295, "alarm": 255, "state": 255, "rssi_dbm": 127, "hops": 255},
        ),
        (22, "BH", (255, 65535, text), {"outcome": 255, "version": 65535, "text": text}),
        (
            23, "IIIHI", (4294967295, 4294967295, 4294967295, 65535, 4294967295, text),
            {
                "passed": all_checks, "failed": all_checks, "not_judged": all_checks, "version": 65535,
                "epoch_s": 4294967295, "time": "2136-02-07T06:28:15.000Z", "text": text,
            },
        ),
        (
            24, "BBbBbbbBHBbBBB", (255, 255, 127, 255, 127, 127, 127, 255, 65535, 255, 127, 255, 255, 255),
            {
                "occasion": 255, "level": 255, "index": 127, "confidence": 255, "drift": 127, "alertness": 127,
                "reaction": 127, "advice": 255, "reaction_ms": 65535, "misses": 255, "nods": 127, "nod_count": 255,
                "heart_bpm": 255, "heart_quality": 255,
            },
        ),
        (
            25, "HHIHHIHHHHHBH",
            (65535, 65535, 4294967295, 65535, 65535, 4294967295, 65535, 65535, 65535, 65535, 65535, 255, 65535),
            {
                "minutes": 65535, "missing": 65535, "step_count": 4294967295, "walking_min": 65535, "active_min": 65535,
                "effort_gs": 4294967295, "bent_min": 65535, "posture_min": 65535, "ridden_min": 65535, "measured_s": 65535,
                "a8_mms2": 65535, "closed": True, "asleep_min": 65535,
            },
        ),
        (
            26, "BBBBBbH", (255, 255, 255, 255, 255, 127, 65535),
            {"zone": 255, "before": 255, "why": 255, "beacon": 255, "sure": 255, "level": 127, "site": 65535},
        ),
    ]
    names = [
        "", "boot", "heartbeat", "reading", "alarm", "fault", "fall", "still", "button", "downlink", "crash", "config", "drop",
        "impact", "samples", "level", "exposure", "calibration", "time", "discard", "readings",
        "peer", "update", "selftest", "fatigue", "workload", "place",
    ]
    urgent = (4, 5, 6, 9, 10, 11, 12, 15, 17, 21)
    rows = []
    for title, them, header in (("lowest", low, {"seq": 0, "boot": 0, "t_ms": 0}), ("highest", high, far)):
        for kind, form, values, says in them:
            says = {"kind": names[kind], "urgent": kind in urgent, **says}
            rows.append(record(f"{names[kind]}, {title}", kind, form, values, says, **header))
    steps = [value - 256 for value in data]  # -120 .. -1
    total, readings = 32767, []
    for i in range(121):
        readings.append({"t_ms": (0x3FFFFFFF - (120 - i) * 65535000) % 0x40000000, "value": total})
        total += steps[i] if i < 120 else 0
    says = {"kind": "readings", "urgent": False, "gas": 255, "quality": "ok", "period_s": 65535, "unit": "counts"}
    longest = (255, 0, 65535, 32767, data)
    rows.append(record("readings, longest", 20, "BBHh", longest, {**says, "readings": readings}, **far))
    return rows
