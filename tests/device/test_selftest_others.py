"""The self-test of outputs, button, battery, radios, flash and clock: judged by numbers, and done on the virtual board."""

import selftest_rig as rig
from selftest_rig import FAILED, NOT_FITTED, NOT_JUDGED, PASSED

import vport
from tag.selftest import checks, others, verdicts

BUZZER = {"role": "buzzer", "chip": "pwm-buzzer", "pin": 25}
MOTOR = {"role": "motor", "chip": "pwm-motor", "pin": 26}
LED = {"role": "led", "chip": "ws2812", "pin": 27}
BUTTON = {"role": "button", "chip": "button", "pin": 0, "active_low": True}
BATTERY = {"role": "battery", "chip": "adc-divider", "pin": 35, "divider": 2.0}
SX1262 = {
    "role": "radio",
    "chip": "sx1262",
    "spi": 1,
    "cs": 5,
    "busy": 13,
    "dio1": 14,
    "reset": 12,
    "tcxo_mv": 1800,
    "dio2_rf_switch": True,
}
SX1276 = {"role": "radio", "chip": "sx1276", "spi": 1, "cs": 5, "dio0": 13, "dio1": 14, "reset": 12}
# Faults of the radios' models, and which check has to fail.
RADIO_FAULTS = {
    "sx1262": {
        "absent": "lora", "stuck_busy": "lora", "foreign": "lora", "dead_tcxo": "lora", "no_irq": "listening",
        "endless_tx": "sending",
    },
    "sx1276": {"absent": "lora", "wrong_id": "lora", "no_irq": "listening", "endless_tx": "sending"},
}  # fmt: skip
# Frames that are heard with a wrong CRC are the way's as well: `peer` finds it. A brown-out that is over at once is mended.
ONLY_A_PEER_TELLS = ("corrupt",)
MENDED = ("lost_config",)


class Broken:
    """A pin or bus that refuses."""

    def __getattr__(self, name):
        return self._refuse

    def __setitem__(self, i, value):
        raise OSError(19)

    def _refuse(self, *_):
        raise OSError(19)


def test_outputs_pass_only_by_a_persons_eye():
    assert verdicts.output(False, 1)[0] == PASSED
    assert verdicts.output(False, 0)[0] == FAILED
    assert verdicts.output(False, -1)[0] == NOT_JUDGED
    for answer in (-1, 0, 1):
        assert verdicts.output(True, answer)[0] == FAILED
    bench = rig.Bench(rig.spec(BUZZER, MOTOR, LED))
    for which in (checks.LIGHT, checks.BUZZER, checks.MOTOR):
        bench.tag.drive(which)
        assert bench.lines.pop() == {"driven": which}
        assert vport.control({"do": "outputs"}) == {"rgb": [0, 0, 0], "buzzer_hz": 0, "motor_percent": 0}
        bench.tag.judge(which, -1)
    assert {one[0] for one in bench.found().values()} == {NOT_JUDGED}


def test_an_output_that_refuses_fails_whoever_says_yes():
    for which, role, inner in (
        (checks.LIGHT, "led", "_pixels"),
        (checks.BUZZER, "buzzer", "_pwm"),
        (checks.MOTOR, "motor", "_pwm"),
    ):
        bench = rig.Bench(rig.spec(BUZZER, MOTOR, LED))
        setattr(getattr(bench.tag._parts, role), inner, Broken())
        bench.tag.drive(which)
        bench.tag.judge(which, 1)
        (told,) = bench.found().values()
        assert told == (FAILED, "refuses its command"), role


def test_without_outputs_they_are_not_fitted():
    bench = rig.Bench(rig.spec())
    for which in (checks.LIGHT, checks.BUZZER, checks.MOTOR):
        bench.tag.drive(which)
    bench.tag.button(True)
    bench.tag.battery()
    bench.tag.lora(True)
    told = bench.found()
    assert len(told) == 9 and {one[0] for one in told.values()} == {NOT_FITTED}, told


def test_an_output_on_a_pin_that_does_not_exist_fails():
    bench = rig.Bench(rig.spec(dict(BUZZER, pin="nonesuch"), dict(BATTERY, divider="two")), solder=False)
    bench.tag.drive(checks.BUZZER)
    bench.tag.battery()
    told = bench.found()
    assert told["buzzer"][0] == FAILED and told["battery"][0] == FAILED and told["load"][0] == NOT_JUDGED, told


def test_a_button():
    bench = rig.Bench(rig.spec(BUTTON))
    bench.tag.button(False)
    assert bench.found()["button"] == (NOT_JUDGED, "nobody pressed")
    bench.tag.button(True)
    assert bench.found()["button"] == (FAILED, "no press")
    vport.control({"do": "button", "down": True})
    for asked in (False, True):
        bench = rig.Bench(rig.spec(BUTTON))
        bench.tag.button(asked)
        assert bench.found()["button"] == (FAILED, "pressed by nobody")
    vport.control({"do": "button", "down": False})


class Finger:
    """A driver's edges at these polls."""

    def __init__(self, edges):
        self.edges = edges
        self.polls = 0

    def poll(self, t_ms):
        self.polls += 1
        return self.edges.get(self.polls, -1)


def test_a_press_is_measured():
    held, ms = others.press(Finger({100: 1, 130: 0}), True, lambda: None)
    assert not held and 250 <= ms <= 400
    assert verdicts.button(held, ms, True) == (PASSED, ms, "")


def test_a_battery():
    vport.control({"do": "battery", "mv": 3900})
    bench = rig.Bench(rig.spec(BATTERY, MOTOR))
    bench.tag.battery()
    told = bench.found()
    assert told["battery"][0] == PASSED and told["load"][0] == PASSED
    for mv in (0, 1000, 3300, 5200):
        vport.control({"do": "battery", "mv": mv})
        bench.tag.battery()
        told = bench.found()
        assert told["battery"][0] == FAILED and told["battery"][1], (mv, told)
    vport.control({"do": "battery", "mv": 4050})
    bench = rig.Bench(rig.spec(BATTERY))
    bench.tag.battery()
    assert bench.found()["load"] == (NOT_JUDGED, "nothing to load it with")
    bench.tag._parts.battery._adc = Broken()
    bench.tag.battery()
    assert bench.found()["battery"][0] == FAILED
    assert verdicts.load(4000, 3701, 3500, True) == (PASSED, 299, "")
    assert verdicts.load(4000, 3699, 3500, True)[0] == FAILED
    assert verdicts.load(4000, -1, 3500, True)[0] == FAILED
    assert verdicts.load(-1, -1, 3500, True)[0] == NOT_JUDGED


def radio(part, fault="", region="EU868", send=True):
    bench = rig.Bench(rig.spec(part, spi=(rig.SPI,)))
    bench.tag._settings["lora_region"] = region
    if fault:
        vport.control({"do": "fault", "chip": part["chip"], "name": fault})
    bench.tag.lora(send)
    if fault:
        vport.control({"do": "clear", "chip": part["chip"]})
    return bench.found()


def test_radios():
    for part in (SX1262, SX1276):
        told = radio(part)
        assert [told[name] for name in ("lora", "listening", "sending")] == [(PASSED, "")] * 3, told
        assert radio(part, send=False)["sending"] == (NOT_JUDGED, "not asked for")
        assert radio(part, region="")["sending"] == (NOT_JUDGED, "no region is set")


def test_every_fault_of_a_radio_fails():
    for part in (SX1262, SX1276):
        for fault in RADIO_FAULTS[part["chip"]]:
            told = radio(part, fault)
            assert told[RADIO_FAULTS[part["chip"]][fault]][0] == FAILED, (part["chip"], fault, told)
            assert told["sending"][0] != PASSED, (part["chip"], fault, told)


def test_a_peer_has_to_be_heard_both_ways():
    assert verdicts.peer(-40, -60) == (PASSED, -60, "")
    assert verdicts.peer(None, -60)[0] == verdicts.peer(-40, None)[0] == verdicts.peer(None, None)[0] == FAILED


def test_wifi():
    bench = rig.Bench(rig.spec())
    bench.tag.wifi()
    assert bench.found()["wi-fi"] == (PASSED, "")
    vport.control({"do": "wifi", "up": False})
    for ssid, outcome in (("mine", FAILED), ("", NOT_JUDGED)):
        bench.tag._settings["wifi_ssid"] = ssid
        bench.tag.wifi()
        assert bench.found()["wi-fi"] == (outcome, "hears no access point")
    vport.control({"do": "wifi", "up": True})
    assert verdicts.wifi(-1, None, "", None)[0] == FAILED
    assert verdicts.wifi(2, -40, "mine", -70) == (PASSED, -70, "")
    made = rig.spec()
    made["wifi"] = False
    bench = rig.Bench(made)
    bench.tag.wifi()
    assert bench.found()["wi-fi"][0] == NOT_FITTED


def test_flash_by_the_numbers():
    assert verdicts.flash(1000, True) == (PASSED, 1000, "")
    assert verdicts.flash(1000, False)[0] == verdicts.flash(0, None)[0] == verdicts.flash(63, True)[0] == FAILED
    assert verdicts.wear(1_000_000, 512, False) == (PASSED, 1171, "")
    assert verdicts.wear(80_000_000, 512, False)[0] == FAILED
    assert verdicts.wear(10, 512, True)[0] == FAILED
    assert verdicts.wear(10, 0, False)[0] == NOT_JUDGED


def test_a_clock_by_the_numbers():
    assert verdicts.clock(True, 10000, 10000, 10000, 10) == (PASSED, 0, "")
    assert verdicts.clock(True, 10000, 10150, 10000, 10) == (PASSED, 150, "")
    assert verdicts.clock(True, 10000, 10250, 10000, 10)[0] == FAILED
    assert verdicts.clock(True, 9000, 10000, 10000, 10)[0] == FAILED  # the chip's clock runs slow
    assert verdicts.clock(True, -1, 10000, 10000, 10) == (FAILED, None, "stands still")
    assert verdicts.clock(False, 10000, 10000, 10000, 10)[0] == FAILED
    assert verdicts.clock(True, 10000, 10000, 10000, 200)[0] == NOT_JUDGED
    assert verdicts.clock(True, 10000, 10000, 0, 0)[0] == NOT_JUDGED


def test_the_clock_of_the_board_steps():
    others.system.set_epoch_s(835617600)
    before_s, before_ms = others.second()
    after_s, after_ms = others.second()
    assert after_s == before_s + 1 and 980 <= after_ms - before_ms <= 1020


def test_a_clock_that_stands_still():
    real = others.system.epoch_s
    others.system.epoch_s = lambda: 5
    try:
        assert others.second()[0] == -1
    finally:
        others.system.epoch_s = real


def test_no_board_file_is_said():
    bench = rig.Bench(rig.board.NOTHING, solder=False)
    bench.tag.board()
    assert bench.lines[0]["board"] == "unknown"
    assert bench.found()["board"] == (FAILED, "no board.json")


def test_of_two_sensors_of_a_gas_the_worse_counts():
    found = checks.Found()
    found.put(checks.GAS + 1, FAILED, "no answer")
    found.put(checks.GAS + 1, PASSED, "", False)
    assert found.mask(FAILED) == 1 << 21 and found.mask(PASSED) == 0 and found.causes() == "no answer"
    found.put(checks.GAS + 2, PASSED, "")
    found.put(checks.GAS + 2, NOT_JUDGED, "warming up", False)
    assert found.mask(NOT_JUDGED) == 1 << 22
    found.put(checks.GAS + 1, PASSED, "")
    assert found.mask(FAILED) == 0 and found.causes() == ""
