"""Plays a scenario on a whole virtual tag: the shipped firmware on real MicroPython, a world around it, a gateway behind its Wi-Fi.

World time is the scenario's own, so a run gives the same records however fast or slow the computer is. `watch` is called with the
runner some ten times a second of wall time when the run is paced, four times a second of world time when it is not.
"""

import time
from collections.abc import Callable
from typing import Any

from davy import words
from davy.errors import DavyError
from davy.gateway.core import Gateway, Order, TagAccount
from davy.gateway.received import Received
from davy.sim import expect
from davy.sim.check import FASTEST
from davy.sim.motion import Wearer, curve
from davy.sim.result import Note, Result
from davy.sim.scenario import Happening, Scenario
from davy.sim.state import TagState
from davy.sim.stored import stored_alarms, stored_records
from davy.vtag.assembly import SPANNED_S, make_tag
from davy.vtag.bench import Bench, TagHung
from davy.vtag.radio import Network
from davy.vtag.world import CLEAN_AIR, World
from davy.words import EPOCH
from tag import events, names

GATEWAY = ("10.0.0.1", 1700)
FRAMES_A_SECOND = 12
# Records made in the last seconds may still be on their way when a scenario ends.
GRACE_S = 5.0
# Of what the tag says on its console, what is worth a line before the gateway hears it.
TOLD = (events.ALARM, events.FALL, events.DROP, events.IMPACT, events.FAULT, events.CRASH)
# Enough to report: a scenario's own settings come on top.
SETTINGS: dict[str, Any] = {
    "tag_id": "0000000000000001",
    "key": "30313233343536373839616263646566",
    "wifi_ssid": "davy",
    "wifi_password": "davydavy",
    "gateway_host": GATEWAY[0],
    "gateway_port": GATEWAY[1],
}


class Runner:
    """One run of one scenario."""

    def __init__(
        self, scenario: Scenario, *, interpreter: str = "mp64", heap: str = "", speed: float | None = None
    ) -> None:
        self.scenario = scenario
        self.speed = speed
        self.notes: list[Note] = []
        self.records: list[Received] = []
        self.on_note: Callable[[Note], None] = lambda note: None
        self.on_record: Callable[[Received], None] = lambda record: None
        self.console: list[str] = []  # what the tag printed, line by line
        self.starts_us: list[int] = []
        self.state = TagState({**SETTINGS, **scenario.settings})
        self.wearer = Wearer(scenario.motions)
        self.settings = {**SETTINGS, "name": scenario.tag_name, **scenario.settings}
        self.gateway = Gateway(
            {self.settings["tag_id"]: self.settings["key"]},
            on_record=self._received,
            on_trouble=self._trouble,
            unix_s=EPOCH.timestamp() + SPANNED_S,  # stories begin on the day when the sensors were spanned
        )
        self.bench = Bench()
        self.world = World()
        self.network = Network()
        self.network.ssid, self.network.password = self.settings["wifi_ssid"], self.settings["wifi_password"]
        self._presses: list[tuple[int, int]] = []
        self._printed = b""
        self._awaited_cuts = 0
        self._off_us = 1_000_000
        self._surround()
        self.network.attach(self.settings["gateway_host"], self.settings["gateway_port"], self._datagram)
        try:
            self.tag = make_tag(
                self.bench,
                name=scenario.tag_name,
                board=scenario.board,
                world=self.world,
                network=self.network,
                config=self.settings,
                interpreter=interpreter,
                heap=heap,
                console=False,
            )
        except BaseException:
            self.bench.close()
            raise
        self.tag.console.on_output = self._print
        self.tag.on_power_cut = self._cut_in_write
        for happening in scenario.happenings:
            self._plan(happening)

    # -- the run ---------------------------------------------------------------------------------------------------------

    @property
    def now_s(self) -> float:
        """Seconds since the scenario began."""
        return self.bench.now_us / 1e6

    def run(self, watch: Callable[["Runner"], None] = lambda runner: None) -> Result:
        """From switching on to the end; the tag is off afterwards."""
        began = time.monotonic()
        result = Result()
        end_us = round(self.scenario.duration_s * 1e6)
        with self.bench:
            try:
                self._switch_on(0)
                self.bench.pace(self.speed)
                while self.bench.now_us < end_us:
                    self.bench.run_until(min(self.bench.now_us + self._step_us(), end_us), until=self._starts)
                    watch(self)
            except TagHung as error:
                result.failures.append(f"at {self.now_s:.1f} s {error}")
            if self._awaited_cuts:
                result.failures.append("a power cut inside a flash write never came: nothing was written")
            arrivals = [expect.Arrival(record, self._created_s(record.boot, record.t_ms)) for record in self.records]
            result.verdicts = expect.judge(self.scenario.expectations, arrivals)
            result.ledger = self._ledger()
        result.wall_s = time.monotonic() - began
        return result

    def _step_us(self) -> int:
        return 250_000 if self.speed is None else max(1, round(self.speed * 1e6 / FRAMES_A_SECOND))

    def _starts(self) -> bool:
        """Called whenever the world has moved on: has the tag started anew?"""
        if self.tag.boots > len(self.starts_us):
            self.starts_us += [self.bench.now_us] * (self.tag.boots - len(self.starts_us))
            self.state.started(self.now_s, stored_alarms(bytes(self.tag.board.flash.data)))
            cause = words.RESET_CAUSES.get(self.tag.board.reset_cause, "reset")
            self._note("start", f"the tag starts, {cause}" if cause != "power on" else "power on, the tag starts")
        return False

    def _created_s(self, boot: int, t_ms: int) -> float | None:
        """World time of a tag's own time. Starts are numbered as they happen, from 1 on a fresh flash."""
        if not 1 <= boot <= len(self.starts_us):
            return None
        return round(self.starts_us[boot - 1] / 1e6 + t_ms / 1e3, 3)

    def _ledger(self) -> expect.Ledger:
        last_s = self.scenario.duration_s - GRACE_S
        stored = []
        for seq, boot, t_ms in stored_records(bytes(self.tag.board.flash.data)):
            created_s = self._created_s(boot, t_ms)
            if created_s is None or created_s <= last_s:
                stored.append(seq)
        ledger = expect.ledger(self.records, self._account.repeated, self._account.conflicts, stored)
        ledger.in_memory = self._never_stored()
        return ledger

    def _never_stored(self) -> list[str]:
        """Kinds of the events that the tag said on its console before a power cut and that no flash and no gateway holds."""
        here = {(record.boot, record.t_ms, record.name) for record in self.records}
        said = [event for event in self.state.said if event[0] < len(self.starts_us)]
        return [name for start, t_ms, name in said if (start, t_ms, name) not in here]

    # -- the world around the tag ------------------------------------------------------------------------------------------

    def _surround(self) -> None:
        scenario, world = self.scenario, self.world
        world.accel_source = self.wearer.accel_mg
        world.gas_source = self._gas
        world.button_source = lambda t_us: any(first <= t_us < last for first, last in self._presses)
        if scenario.battery:
            world.battery_source = lambda t_us: curve(scenario.battery, t_us / 1e6)

    def _gas(self, name: str, t_us: int) -> float:
        points = self.scenario.gases.get(name)
        return CLEAN_AIR.get(name, 0.0) if points is None else curve(points, t_us / 1e6)

    def _datagram(self, datagram: bytes, sender: str, t_us: int) -> list[bytes]:
        self.tag.console.read_child()  # what the tag said before it sent this
        return list(self.gateway.receive(datagram, t_us / 1e6).datagrams)

    def _received(self, record: Received) -> None:
        self.records.append(record)
        self.on_record(record)

    def _trouble(self, text: str) -> None:
        self._note("gateway", text)

    def _print(self, data: bytes) -> None:
        *lines, self._printed = (self._printed + data).split(b"\r\n")
        for line in lines:
            text = line.decode(errors="replace")
            self.console.append(text)
            said = self.state.heard(text)
            if said and said.kind in TOLD:
                self._tell(Note(said.at_s, "tag", words.sentence(said.kind, said.fields), (said.kind, said.fields)))
            elif text and not said:
                self._note("console", text)

    def _note(self, kind: str, text: str) -> None:
        self._tell(Note(self.now_s, kind, text))

    def _tell(self, note: Note) -> None:
        self.notes.append(note)
        self.on_note(note)

    # -- what happens to it ------------------------------------------------------------------------------------------------

    def _plan(self, happening: Happening) -> None:
        act = getattr(self, f"_do_{happening.what}")
        self.bench.at(round(happening.at_s * 1e6), lambda t_us: act(t_us, **happening.data))

    def _do_button(self, t_us: int, hold_s: float = 0.2) -> None:
        self._presses.append((t_us, t_us + round(hold_s * 1e6)))
        self._note("wearer", f"presses the button, {hold_s:g} s")

    def _do_fault(self, t_us: int, chip: str, name: str, value: float = 1.0, for_s: float | None = None) -> None:
        faults = self.tag.board.chips[chip].faults
        faults.set(name, float(value))
        self._note("fault", f"{chip}: {name}" + (f" for {for_s:g} s" if for_s else ""))

        def mend(_: int) -> None:
            faults.clear(name)
            self._note("mended", f"{chip}: {name} is over")

        if for_s:
            self.bench.at(t_us + round(for_s * 1e6), mend)

    def _do_link(self, t_us: int, up: bool) -> None:
        self.network.up = up
        self._note("mended" if up else "fault", "Wi-Fi is back" if up else "Wi-Fi is gone")

    def _do_power_cut(self, t_us: int, off_s: float, in_write: int | None = None, mode: str = "torn") -> None:
        self._off_us = round(off_s * 1e6)
        if in_write is None:
            self._cut(t_us, "power cut")
            return
        self._awaited_cuts += 1
        flash = self.tag.board.flash
        flash.cut_at, flash.cut_mode = in_write, mode

    def _cut_in_write(self, t_us: int) -> None:
        self._awaited_cuts -= 1
        self.tag.console.read_child()  # what it has said before
        self._cut(t_us, "power cut in a flash write")

    def _cut(self, t_us: int, text: str) -> None:
        self.tag.power_cut(t_us)
        self._note("power", text)
        self.bench.at(t_us + self._off_us, self._switch_on)

    def _switch_on(self, t_us: int) -> None:
        if not self.tag.on:
            self.tag.power_on(t_us)
            self._starts()

    def _do_downlink(self, t_us: int, message: str, text: str = "", alarm: str = "") -> None:
        about = names.ALARMS.index(alarm) if alarm else self._account.pressing
        args = {"help": (about,), "text": (text,)}.get(message, ())
        order = Order(names.MESSAGES.index(message), args)
        self._note("gateway", f"says '{order}'")
        for datagram in self.gateway.order(self.settings["tag_id"], order, t_us / 1e6):
            self.tag.board.wifi.push(self.settings["gateway_host"], self.settings["gateway_port"], datagram, t_us)

    @property
    def _account(self) -> TagAccount:
        return self.gateway.tags[self.settings["tag_id"].lower()]


def plain_speed(asked: float | None, scenario: Scenario, watched: bool) -> float | None:
    """The speed to run at: what the person asked for (0: as fast as it goes), or the scenario's when somebody watches."""
    if asked is None:
        return scenario.speed if watched else None
    if not 0 <= asked <= FASTEST:  # nan neither
        raise DavyError(f"--speed {asked:g}: a speed is 0 (as fast as it goes) to {FASTEST}")
    return asked or None
