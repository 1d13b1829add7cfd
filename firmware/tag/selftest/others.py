"""Gets the numbers of a tag's button, radios, flash and clock for `verdicts`."""

import os

import ticks
from micropython import const
from tag.hal import system
from tag.selftest import checks, verdicts
from tag.selftest.checks import FAILED, NOT_FITTED, NOT_JUDGED, PASSED

_FILE = "/selftest.tmp"
_FILE_B = const(4096)
_PART_B = const(256)
_PRESS_MS = const(10000)
_LOOK_MS = const(200)
_POLL_MS = const(10)
_SECOND_MS = const(2500)


def press(button, asked: bool, feed) -> tuple:
    """(whether it was down from the start, ms that a press took or -1)."""
    begun_ms = t_ms = system.ticks_ms()
    down_ms = -1
    while ticks.diff(t_ms, begun_ms) < (_PRESS_MS if asked else _LOOK_MS):
        edge = button.poll(t_ms)
        if edge == 1:
            if ticks.diff(t_ms, begun_ms) < _LOOK_MS:
                return True, -1
            down_ms = t_ms
        elif edge == 0 and down_ms >= 0:
            return False, ticks.diff(t_ms, down_ms)
        feed()
        system.sleep_ms(_POLL_MS)
        t_ms = system.ticks_ms()
    return False, -1


def lora(part, buses, settings, send: bool, tell):
    """The RadioTest of a radio that answers, None without."""
    if part is None:
        for check in (checks.LORA, checks.LISTENING, checks.SENDING):
            tell(check, NOT_FITTED, None, "")
        return None
    from tag.hal.radio_test import WINDOW_MS, RadioTest

    try:
        radio = RadioTest(part, buses, settings["lora_region"], settings["lora_subband"])
    except Exception as error:  # a port has many ways to refuse a pin
        text = "no answer" if isinstance(error, OSError) else "%s %s" % (type(error).__name__, error)
        tell(checks.LORA, FAILED, None, text)
        for check in (checks.LISTENING, checks.SENDING):
            tell(check, NOT_JUDGED, None, "no radio")
        return None
    tell(checks.LORA, PASSED, None, "")
    said_ms = radio.listen()
    tell(checks.LISTENING, *verdicts.listening(said_ms, WINDOW_MS, radio.lost_irqs))
    if not send:
        tell(checks.SENDING, NOT_JUDGED, None, "not asked for")
    elif not radio.may_send:
        tell(checks.SENDING, NOT_JUDGED, None, "no region is set")
    else:
        lost = radio.lost_irqs
        said_ms = radio.send()
        tell(checks.SENDING, *verdicts.sending(said_ms, radio.air_ms, radio.lost_irqs - lost))
    radio.close()
    return radio


def wifi(ssid: str) -> tuple:
    """A scan, judged."""
    from tag.hal import wifi_scan

    found = wifi_scan.scan()
    if found is None:
        return verdicts.wifi(-1, None, ssid, None)
    wanted = None
    for name, dbm in found:
        if ssid and name == ssid and wanted is None:
            wanted = dbm
    return verdicts.wifi(len(found), found[0][1] if found else None, ssid, wanted)


def read_back() -> tuple:
    """(kB free, whether a file reads as it was written; None when it could not be)."""
    part = bytearray(_PART_B)
    same = None
    free_kb = 0
    try:
        found = os.statvfs("/")
        free_kb = found[1] * found[3] >> 10
        with open(_FILE, "wb") as file:
            for k in range(_FILE_B // _PART_B):
                _fill(part, k)
                file.write(part)
        same = True
        with open(_FILE, "rb") as file:
            for k in range(_FILE_B // _PART_B):
                _fill(part, k)
                same = file.read(_PART_B) == part and same
    except OSError:
        same = None
    try:
        os.remove(_FILE)
    except OSError:
        pass
    return free_kb, same


def _fill(part, k: int) -> None:
    """Each bit is 0 and 1 in turn from part to part, and no two parts are alike."""
    for i in range(len(part)):
        part[i] = (i * 167 + k * 59) & 0xFF ^ (0xFF if k & 1 else 0)


def blocks() -> int:
    """Of the partition that holds the journal; 0: not known."""
    try:
        return os.statvfs("/")[2]
    except OSError:
        return 0


def second() -> tuple:
    """(epoch_s, ticks_ms) where the chip's clock steps; (-1, ticks_ms): it does not."""
    begun_ms = t_ms = system.ticks_ms()
    begun_s = system.epoch_s()
    while ticks.diff(t_ms, begun_ms) < _SECOND_MS:
        now_s = system.epoch_s()
        t_ms = system.ticks_ms()
        if now_s != begun_s:
            return now_s, t_ms
        system.sleep_ms(2)
    return -1, t_ms
