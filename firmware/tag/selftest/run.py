"""What a person's computer calls over the raw REPL for a self-test, while the app is stopped.

    from tag.selftest.run import SelfTest; s = SelfTest()
    s.board()                        what board this is, and what of it could not be opened
    s.set_clock(epoch_s)             what time it is (tag/service.py)
    s.tick()                         a mark of the clocks, for `clock` later
    s.motion(), s.gases(wait_s), s.heart(), s.battery(), s.flash(), s.wifi(), s.lora(send)
    s.drive(which)                   light, buzzer or motor for a moment
    s.judge(which, answer)           what the person has seen: 1 yes, 0 no, -1 nobody looked
    s.button(asked)                  a press within 10 s
    s.call(), s.hear(within_s)       the short frame, of another tag too; s.peer(dbm, dbm) judges what both have heard
    s.clock(set_right, host_ms, unsure_ms)
    s.skip(check)                    the person leaves it out
    s.record(who)                    a SELFTEST record into the journal

Each prints lines of JSON: {"check": number, "outcome": number, "value": number or null, "cause": text} for each check that has
ended, {"t_s", "ready", "of"} while gases are waited for, {"error": text} for a refusal. The watchdog runs all the time, so that the
tag goes back on duty by itself: 15 minutes after a call, 8 s after one hangs. The wearer is not watched meanwhile.
"""

import ticks
from micropython import const
from tag import config
from tag.clock import FIRST_S, Clock
from tag.events import FAULT_BOARD, SELFTEST
from tag.hal import board, system
from tag.hal.parts import SOURCES, Parts
from tag.memory import Memory
from tag.selftest import checks, others, senses, verdicts
from tag.selftest.checks import FAILED, NOT_FITTED, NOT_JUDGED, PASSED
from tag.service import Service, _NoCore, _say

_SHOW_MS = const(700)
_TONE_HZ = const(2700)
_OUTPUTS = {checks.LIGHT: "led", checks.BUZZER: "buzzer", checks.MOTOR: "motor"}


class SelfTest(Service):
    """The tag's parts, opened anew, and what has been found."""

    def __init__(self) -> None:
        self._dog = system.Watchdog()
        self._settings, _, _ = config.load()
        self._clock = Clock(system.epoch_s, system.ticks_ms())
        self._spec, self._board_problem = board.read()
        self._buses = board.Buses(self._spec)
        self._parts = Parts(self._spec, self._buses)
        self._parts.show(0, 0, 0, 0, 0)
        self._found = checks.Found()
        self._marks = ((-1, 0), (-1, 0))
        self._radio = None
        self._failed = False
        self._dog.service()

    # -- the board ---------------------------------------------------------------------------------------------------------

    def board(self) -> None:
        """What it is, and what of it could not be opened."""
        problems = [text for source, text in self._parts.problems if source == FAULT_BOARD]
        if self._board_problem:
            problems.insert(0, self._board_problem)
        name = self._spec.get("name", "")
        _say({"board": name, "tag_id": self._settings["tag_id"]})
        if self._spec is board.NOTHING:
            problems = problems or ["no board.json"]
        self._tell(checks.BOARD, FAILED if problems else PASSED, len(problems), problems[0] if problems else "")
        self._dog.service()

    def _part(self, role: str):
        for part in self._spec["parts"]:
            if isinstance(part, dict) and part.get("role") == role:
                return part
        return None

    def _why(self, role: str) -> str:
        """Why a part could not be opened."""
        for source, text in self._parts.problems:
            if source == SOURCES.get(role, FAULT_BOARD) and text.startswith(role + ":"):
                return text
        return ""

    def _missing(self, check: int, role: str) -> bool:
        """Say so when a part is not there to be tested."""
        if getattr(self._parts, role) is not None:
            return False
        fitted = self._part(role) is not None
        self._tell(
            check, FAILED if fitted else NOT_FITTED, None, (self._why(role) or "cannot be opened") if fitted else ""
        )
        return True

    # -- senses --------------------------------------------------------------------------------------------------------------

    def motion(self) -> None:
        """Accelerometer, at rest; some 4 s."""
        self._dog = system.Watchdog()
        part = self._part("accel") or {}
        senses.motion(self._parts, part, self._buses, self._why("accel"), self._dog.feed, self._tell)
        self._dog.service()

    def gases(self, wait_s: int) -> None:
        """Gas sensors and air, in clean air; until all have said enough, `wait_s` at the most."""
        self._dog = system.Watchdog()
        fitted = [part for part in self._spec["parts"] if isinstance(part, dict) and part.get("role") == "gas"]
        failed = [text for _, text in self._parts.problems if text.startswith("gas:")]
        senses.gases(self._parts, max(5, min(1800, wait_s)), self._dog.feed, self._tell, _waiting)
        opened = [one.gas for one in self._parts.gas]
        for part in fitted:
            gas = senses.gas_id(part.get("gas"))
            if gas and gas not in opened:
                self._tell(checks.GAS + gas, FAILED, None, failed[0] if failed else "cannot be opened")
            elif not gas:
                self._tell(checks.BOARD, FAILED, None, "a gas that is not known")
        if not fitted:
            _say({"check": checks.GAS, "outcome": NOT_FITTED, "value": None, "cause": ""})
        if self._parts.air is None:
            self._missing(checks.AIR, "air")
        self._dog.service()

    def heart(self) -> None:
        """Heart-rate sensor, with something pale before its window; some 5 s."""
        self._dog = system.Watchdog()
        senses.heart(self._part("heart"), self._buses, self._dog.feed, self._tell)
        self._dog.service()

    def battery(self) -> None:
        """At rest and with all outputs on; some 2 s."""
        if self._missing(checks.BATTERY, "battery"):
            self._tell(checks.LOAD, NOT_JUDGED if self._part("battery") else NOT_FITTED, None, "")
            return
        self._dog = system.Watchdog()
        senses.battery(self._parts, self._settings["battery_low_mv"], self._dog.feed, self._tell)
        self._dog.service()

    # -- what a person has to see or do ------------------------------------------------------------------------------------

    def drive(self, which: int) -> None:
        """Light in red, green and blue, or a tone, or a shake; some 2 s. {"driven": true}, or what the check came to without."""
        if self._missing(which, _OUTPUTS[which]):
            return
        parts = self._parts
        self._failed = False
        self._dog = system.Watchdog()
        for k in range(3):
            on = 255 if which == checks.LIGHT else 0
            parts.show(
                on * (k == 0),
                on * (k == 1),
                on * (k == 2),
                _TONE_HZ if which == checks.BUZZER else 0,
                100 if which == checks.MOTOR else 0,
            )
            self._failed = self._failed or getattr(parts, _OUTPUTS[which]).fault
            system.sleep_ms(_SHOW_MS)
            self._dog.feed()
        parts.show(0, 0, 0, 0, 0)
        _say({"driven": which})
        self._dog.service()

    def judge(self, which: int, answer: int) -> None:
        """What the person says of the output that was driven last."""
        self._tell(which, *verdicts.output(self._failed, answer))
        self._dog.service()

    def button(self, asked: bool) -> None:
        """A press within 10 s, where somebody was asked for one; else only that nobody presses."""
        if self._missing(checks.BUTTON, "button"):
            return
        self._dog = system.Watchdog()
        held, ms = others.press(self._parts.button, asked, self._dog.feed)
        self._tell(checks.BUTTON, *verdicts.button(held, ms, asked))
        self._dog.service()

    def skip(self, check: int) -> None:
        """Left out by the person."""
        self._tell(check, NOT_JUDGED, None, "left out")

    # -- radios --------------------------------------------------------------------------------------------------------------

    def lora(self, send: bool) -> None:
        """The radio answers, hears out a window, and with `send` a short frame gets out."""
        part = self._part("radio")
        self._dog = system.Watchdog()
        self._radio = others.lora(part, self._buses, self._settings, send, self._tell)
        self._dog.service()

    def call(self) -> None:
        """The short frame, for another tag."""
        _say({"sent": self._radio.send() if self._radio else -1})
        self._dog.service()

    def hear(self, within_s: int) -> None:
        """Another tag's frame: {"heard": dBm or null}."""
        self._dog = system.Watchdog()
        _say({"heard": self._radio.hear(max(1, min(7, within_s)) * 1000) if self._radio else None})
        self._dog.service()

    def peer(self, heard_dbm, there_dbm) -> None:
        """What this tag has heard the other with, and that one this; None: not at all."""
        self._tell(checks.PEER, *verdicts.peer(heard_dbm, there_dbm))
        self._dog.service()

    def wifi(self) -> None:
        """What the Wi-Fi radio hears."""
        if not self._spec.get("wifi", True):
            self._tell(checks.WIFI, NOT_FITTED, None, "")
            return
        self._dog = system.Watchdog()
        self._tell(checks.WIFI, *others.wifi(self._settings["wifi_ssid"]))
        self._dog.service()

    # -- flash, clock, the record --------------------------------------------------------------------------------------------

    def flash(self) -> None:
        """Room, a file written and read back, and how often the journal has erased."""
        self._dog = system.Watchdog()
        self._tell(checks.FLASH, *verdicts.flash(*others.read_back()))
        self._dog.feed()
        memory = Memory(_NoCore(), system.random_bits, system.ticks_ms(), self._settings)
        fault = memory.journal.fault
        self._tell(checks.WEAR, *verdicts.wear(memory.journal.next_seq, others.blocks(), bool(fault)))
        self._dog.service()

    def tick(self) -> None:
        """Now: {"t_ms", "epoch_s"}; the chip's clock is waited for until its second ends."""
        self._dog = system.Watchdog()
        self._marks = (self._marks[1], others.second())
        _say({"epoch_s": self._marks[1][0]})
        self._dog.service()

    def clock(self, set_right: bool, host_ms: int, unsure_ms: int) -> None:
        """`host_ms` have passed between the last two calls of `tick`, says the computer, `unsure_ms` of it on the line."""
        (first_s, first_ms), (last_s, last_ms) = self._marks
        rtc_ms = -1 if first_s < 0 or last_s < 0 else (last_s - first_s) * 1000
        tag_ms = ticks.diff(last_ms, first_ms)
        self._tell(checks.CLOCK, *verdicts.clock(set_right, rtc_ms, tag_ms, host_ms, unsure_ms))

    def record(self, who: str) -> None:
        """A record of all that was found."""
        t_ms = system.ticks_ms()
        now_s = self._clock.now_s(t_ms)
        self._clock.keep()
        found = self._found
        text = "; ".join([part for part in (who, found.causes()) if part])
        masks = (found.mask(PASSED), found.mask(FAILED), found.mask(NOT_JUDGED))
        memory = Memory(_NoCore(), system.random_bits, t_ms, self._settings)
        version = _version()
        memory.keep((SELFTEST, t_ms) + masks + (version, now_s if now_s >= FIRST_S else 0, text))
        memory.close(t_ms)
        fault = memory.journal.fault
        _say({"kept": True, "recorded": not fault, "epoch_s": now_s, "version": version})
        self._dog.service()

    def _tell(self, check: int, outcome: int, value, cause: str, first: bool = True) -> None:
        self._found.put(check, outcome, cause, first)
        _say({"check": check, "outcome": outcome, "value": value, "cause": cause})


def _waiting(t_s: int, ready: int, of: int) -> None:
    _say({"t_s": t_s, "ready": ready, "of": of})


def _version() -> int:
    try:
        from tag.app import VERSION

        return VERSION
    except Exception:  # an app that does not load is what `davy doctor` is for
        return 0
