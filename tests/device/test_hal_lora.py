"""The hal opens the radio that a board file describes, whatever of its keys are there."""

import json

from lora_rig import FREQ_HZ, LINES, control, now, poll, sent

import vport
from drivers.lora_radio import READY, SENT
from tag.hal.lora import open_radio

SPECS = [{"id": n, "sck": LINES[n][0], "mosi": LINES[n][1], "miso": LINES[n][2], "freq_hz": 2000000} for n in LINES]

COMMAND_PINS = '{"role": "radio", "busy": 13, "dio1": 14, "reset": 12, '
REGISTER_PINS = '{"role": "radio", "dio0": 13, "reset": 12, "chip": "sx1276", "spi": 1, "cs": 5'
PARTS = (
    COMMAND_PINS + '"chip": "sx1262", "spi": 1, "cs": 5, "tcxo_mv": 1800, "dio2_rf_switch": true}',
    COMMAND_PINS + '"chip": "sx1262", "spi": 2, "cs": 6, "regulator": "ldo"}',
    COMMAND_PINS + '"chip": "sx1261", "spi": 1, "cs": 5, "tcxo_mv": 3300, "tcxo_ms": 10}',
    REGISTER_PINS + ', "dio1": 14}',
    REGISTER_PINS + ', "pa_boost": false, "tcxo": true}',
)


class Buses:
    spi = SPECS


def soldered(text):
    part = json.loads(text)
    vport.control({"do": "fit", "buses": {"spi": SPECS}, "parts": [part]})
    return part


def test_it_opens_and_sends():
    for text in PARTS:
        part = soldered(text)
        radio = open_radio(part, Buses)
        assert radio.state == READY and radio.working, text
        assert radio.start_ms == (part["tcxo_ms"] + 1 if "tcxo_ms" in part else 6 if "tcxo_mv" in part else 1)
        before = now()
        assert radio.begin_send(b"hello", 5, FREQ_HZ, 7, 125000, 10, now()) and poll(radio) == SENT
        assert radio.lost_irqs == 0, text  # the interrupt came through
        assert sent()["payload"] == "68656c6c6f" and sent()["dbm"] == 10 and sent()["start_ms"] >= before
        assert control("complaints", chip=part["chip"]) == [], text


def test_what_cannot_be_opened_raises():
    part = soldered(PARTS[0])
    for key, value, error in (("spi", 3, ValueError), ("tcxo_mv", 1750, ValueError), ("busy", None, Exception)):
        wrong = dict(part)
        wrong[key] = value
        if value is None:
            del wrong[key]
        try:
            open_radio(wrong, Buses)
            raise AssertionError(key)
        except error as caught:
            assert not isinstance(caught, AssertionError), key
    control("fault", chip="sx1262", name="absent")
    try:
        open_radio(part, Buses)
        raise AssertionError("absent")
    except OSError:
        pass
