"""Gets the numbers of a tag's senses for `verdicts`: accelerometer, gas sensors, air, heart-rate sensor, battery. Each function
hands every check that it has done to `tell(check, outcome, value, cause, ...)`, and feeds the watchdog while it waits."""

from array import array

import quality
import ticks
from micropython import const
from tag import calibration_store
from tag.events import GASES
from tag.gas import acts
from tag.hal import accel_test, system
from tag.selftest import checks, verdicts
from tag.selftest.checks import FAILED, NOT_FITTED, NOT_JUDGED, PASSED

_SAMPLES = const(200)
_COARSE_MG10 = const(100)  # a digit of 48 mg hides noise, and half of the 5 % of gravity
_DEPTH = const(32)
_WARM_MS = const(3000)
_READ_MS = const(4000)
_ROUND_MS = const(50)
_GAS_ROUND_MS = const(200)
_LEAST_S = const(15)
_AIR_S = const(12)  # a frozen one is found after 8
_LINE_MS = const(1000)
_LOAD_MS = const(1500)
_LOAD_READS = const(20)
_READS = const(5)


_MOTION = (checks.RATE, checks.GRAVITY, checks.NOISE, checks.FORCE)


def motion(parts, part, buses, why: str, feed, tell) -> None:
    """Accelerometer: it is there, its rate, gravity, noise, and its own force. `part` is its entry in board.json, empty without;
    `why`: what it could not be opened for."""
    fitted = bool(part)
    chip = part.get("chip", "")
    accel = parts.accel
    if accel is None:
        tell(checks.ACCEL, FAILED if fitted else NOT_FITTED, None, (why or "cannot be opened") if fitted else "")
        for check in _MOTION:
            tell(check, NOT_JUDGED if fitted else NOT_FITTED, None, "no accelerometer" if fitted else "")
        return
    errors = accel.errors + accel.resets
    block, n, ms = _samples(accel, feed)
    errors = accel.errors + accel.resets - errors
    if n < _SAMPLES or not accel.probe():
        text = "samples stop" if n else "gives no samples"
        if accel.quality == quality.FAILED:
            text = "no answer, or another chip" if buses.recover(part.get("i2c", -1)) else "its bus is held"
        tell(checks.ACCEL, FAILED, n, text)
        for check in _MOTION:
            tell(check, NOT_JUDGED, None, "no samples")
        return
    tell(checks.ACCEL, FAILED if errors else PASSED, n, "%d faults on the way" % errors if errors else "")
    tell(checks.RATE, *verdicts.rate(ms[0], ms[1], accel.odr_hz))
    scale = accel.scale
    if verdicts.digit_mg10(chip, scale) > _COARSE_MG10:
        other = accel_test.fine(part, buses)
        scale = other.scale
        block, n, _ = _samples(other, feed)
        accel.probe()
    axes = [verdicts.axis(block, n, i) for i in range(3)]
    noise = verdicts.noise(axes, chip, scale)
    moves = noise[0] == NOT_JUDGED and noise[2] == "not at rest"
    gravity = verdicts.gravity(axes)
    tell(checks.GRAVITY, *((NOT_JUDGED, gravity[1], "not at rest") if moves else gravity))
    tell(checks.NOISE, *noise)
    if moves:
        tell(checks.FORCE, NOT_JUDGED, None, "not at rest")
        return
    feed()
    good = accel_test.force(accel, chip)
    if good is None:
        tell(checks.FORCE, NOT_JUDGED, None, "none for a " + chip)
    else:
        tell(checks.FORCE, PASSED if good else FAILED, None, "" if good else "does not follow its own force")


def _samples(accel, feed) -> tuple:
    """(block of mg, samples in it, (samples, ms) between two reads): the first ones are let settle."""
    part = array("h", bytes(6 * _DEPTH))
    block = array("h", bytes(6 * (_SAMPLES + _DEPTH)))
    begun_ms = t_ms = system.ticks_ms()
    n = counted = 0
    first_ms = last_ms = -1
    while n < _SAMPLES and ticks.diff(t_ms, begun_ms) < (_WARM_MS if first_ms < 0 else _WARM_MS + _READ_MS):
        system.sleep_ms(_ROUND_MS)
        feed()
        t_ms = system.ticks_ms()
        got = accel.read_block(part, t_ms)
        if not got:
            continue
        if first_ms < 0:
            first_ms = t_ms
            continue
        block[3 * n : 3 * (n + got)] = part[: 3 * got]
        n += got
        counted = n
        last_ms = t_ms
    return block, min(n, _SAMPLES), (counted, ticks.diff(last_ms, first_ms) if counted else 0)


def gases(parts, wait_s: int, feed, tell, show) -> None:
    """Gas sensors and air: poll all of them until each has said enough, `wait_s` at the most."""
    sensors = parts.gas
    state = [[0, False] for _ in sensors]  # readings, done
    begun_ms = t_ms = line_ms = system.ticks_ms()
    air_reads = 0
    while True:
        t_ms = system.ticks_ms()
        waited_s = ticks.diff(t_ms, begun_ms) // 1000
        if parts.air and parts.air.poll(t_ms) and quality.usable(parts.air.quality):
            air_reads += 1
        done = parts.air is None or waited_s >= _AIR_S
        for i in range(len(sensors)):
            sensor = sensors[i]
            if parts.air and air_reads and hasattr(sensor, "air"):
                sensor.air(parts.air.temp_c100, parts.air.press_pa)
            if sensor.poll(t_ms):
                state[i][0] = state[i][0] + 1 if quality.usable(sensor.quality) else 0
            done = done and state[i][0] >= verdicts.READINGS
        if waited_s >= wait_s or (done and waited_s >= (_LEAST_S if sensors else 0)):
            break
        if ticks.diff(t_ms, line_ms) >= 0:
            line_ms = ticks.add(t_ms, _LINE_MS)
            show(waited_s, sum([row[0] >= verdicts.READINGS for row in state]), len(sensors))
        feed()
        system.sleep_ms(_GAS_ROUND_MS)
    if parts.air:
        tell(checks.AIR, *verdicts.air(parts.air.quality, parts.air.temp_c100, parts.air.press_pa, waited_s))
    data = calibration_store.load()[0]
    seen = []
    for i in range(len(sensors)):
        sensor = sensors[i]
        row = calibration_store.row_of(data, sensor.gas)
        value = acts.corrected(sensor.value, row[4], row[5])
        base, band, _ = acts.GASES[sensor.gas]
        warmup_s = getattr(sensor, "_warmup_ms", -1000) // 1000
        same = getattr(sensor, "_same", 0)
        verdict = verdicts.gas(sensor.quality, value, state[i][0], same, waited_s, warmup_s, base, band)
        tell(checks.GAS + sensor.gas, *verdict, sensor.gas not in seen)
        seen.append(sensor.gas)


def heart(part, buses, feed, tell) -> None:
    """Heart-rate sensor: its converter follows its LED. `part` is its entry in board.json, None without."""
    if part is None:
        tell(checks.HEART, NOT_FITTED, None, "")
        return
    from tag.hal import heart_test

    good, na, why = heart_test.run(part, buses, feed)
    tell(checks.HEART, NOT_JUDGED if good is None else PASSED if good else FAILED, na, why)


def battery(parts, low_mv: int, feed, tell) -> None:
    """At rest, and while motor, buzzer and light are on together."""
    idle_mv = _median([_mv(parts.battery) for _ in range(_READS)])
    tell(checks.BATTERY, *verdicts.battery(idle_mv, low_mv))
    loaded = parts.motor is not None or parts.buzzer is not None or parts.led is not None
    least_mv = idle_mv
    try:
        parts.show(255, 255, 255, 2700, 100)
        for _ in range(_LOAD_READS):
            system.sleep_ms(_LOAD_MS // _LOAD_READS)
            feed()
            least_mv = min(least_mv, parts.battery.read_mv())
    finally:
        parts.show(0, 0, 0, 0, 0)
    tell(checks.LOAD, *verdicts.load(idle_mv, least_mv, low_mv, loaded and not parts.outputs_failed()))


def _mv(device) -> int:
    system.sleep_ms(_ROUND_MS)
    return device.read_mv()


def _median(values: list) -> int:
    values.sort()
    return values[len(values) // 2]


def gas_id(name) -> int:
    """Of a gas in a board file; 0: not known."""
    for gas in GASES:
        if GASES[gas][0] == name:
            return gas
    return 0
