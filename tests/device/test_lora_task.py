"""The radio's task on the virtual board: its two files over power cuts, the time that the network tells, and its faults."""

import os
import time

from limits_rig import Place
from lora_rig import LINES, PINS_126X, dead, sx126x
from lora_rig import Rig as Chip
from lorawan_rig import APP_KEY, DEV_EUI, JOIN_EUI, Rig
from test_journal_rig import CUTS, MICROPYTHON
from test_outbox_uplinks import Tag

from lorawan.mac import KEEP, Mac
from lorawan.probe import LATE, WAITING
from lorawan.regions.names import find
from lorawan.session import Otaa
from lorawan.stack import FRESH, GOOD, LOST, NONCE_MAX
from tag import settings
from tag.clock import Clock
from tag.events import CODE_CORRUPT, CODE_FAILED, CODE_FULL, CODE_MISSING, FROM_LORAWAN, TIME
from tag.lora_task import FILES, LoraTask, store, stored
from ticks import add

KEY = "2b7e151628aed2a6abf7158809cf4f3c"
# Seconds since 2000 (UTC) and since 1980-01-06 with the 18 leap seconds of 2017, both by datetime of CPython
MOMENTS = ((820540800, 1451260818), (848836799, 1479556817), (1073741824, 1704461842))


class Buses:
    spi = [{"id": n, "sck": LINES[n][0], "mosi": LINES[n][1], "miso": LINES[n][2], "freq_hz": 2000000} for n in LINES]


class Memory:
    """What the task needs of tag/memory.py."""

    def __init__(self, tag):
        self.outbox = tag.outbox
        self.lora = tag.lora
        self.kept = []

    def keep(self, event):
        self.kept.append(event)

    def keep_all(self, found):
        self.kept += found


class Core:
    def __init__(self):
        self.calls = []

    def peers(self, calls, t_ms):
        self.calls.append(calls)
        return [("peers", calls)]


class Set:
    """A tag with that task; `live` runs it as the shell does."""

    def __init__(self, place=None, radio=True, **given):
        self.place = place or Place()
        self.tag = Tag(self.place)
        self.memory = Memory(self.tag)
        self.core = Core()
        self.epoch = [0]
        now = time.ticks_ms()
        self.clock = Clock(lambda: self.epoch[0], now, self.place.root, self._set)
        self.chip = Chip("sx1262", PINS_126X, sx126x)
        self.chip.clear()
        dead(-1)
        self.settings = dict(settings.DEFAULTS)
        self.settings.update({"lora_region": "EU868", "lora_app_key": KEY, "lora_class": "A"})
        self.settings.update(given)
        self.parts = [{"role": "led", "pin": 2}] + ([self.chip.part] if radio else [])
        self.open()

    def _set(self, epoch_s):
        self.epoch[0] = epoch_s

    def open(self):
        now = time.ticks_ms()
        self.task = LoraTask(self.settings, self.parts, Buses, self.memory, self.core, self.clock, now, self.place.root)

    def live(self, ms, step_ms=20):
        found = []
        for _ in range(ms // step_ms):
            found += self.task.step(True, time.ticks_ms())
            time.sleep_ms(step_ms)
        return found

    def end(self):
        self.place.unmount()


# -- the files ---------------------------------------------------------------------------------------------------------


def states(n):
    """Bytes that a MAC has asked to keep, one after the other."""
    rig = Rig().join()
    while len(rig.stored) < n:
        rig.send()
        rig.silence()
        rig.until((KEEP,), 700000)
        rig.settle()
    return rig.stored[:n]


def found_by(place):
    who = Otaa(DEV_EUI, JOIN_EUI, APP_KEY)
    mac = Mac(find("EU868"), who, 0, 7, stored(place.root))
    return mac.stack.found, mac


def test_what_is_stored_is_found_in_both_files():
    place = Place()
    assert stored(place.root) == [b"", b""]
    one, two = states(2)
    assert store(one, place.root) and store(two, place.root)
    assert stored(place.root) == [two, two] and found_by(place)[0] == GOOD
    place.unmount()


def test_a_power_cut_at_any_operation_leaves_a_whole_state():
    if not MICROPYTHON:
        return  # its flash has no power to cut
    kept = states(3)
    nonces = []
    for state in kept:
        who = Otaa(DEV_EUI, JOIN_EUI, APP_KEY)
        nonces.append(Mac(find("EU868"), who, 0, 7, (state,)).stack.up_bound)
    cuts = 0
    for before in (0, 1, 2):  # so often it was stored before
        for cut in CUTS:
            at = 0
            while True:
                place = Place()
                for i in range(before):
                    assert store(kept[i], place.root)
                place.flash.operations = 0
                place.flash.cut_at = at
                place.flash.cut = cut
                done = store(kept[before], place.root)
                reached = place.flash.dead
                place.power_up()
                found, mac = found_by(place)
                where = (before, cut, at, done)
                if not done and before == 0:
                    assert found in (FRESH, GOOD), where
                else:
                    assert found == GOOD, where
                    old = nonces[before - 1] if before and not done else nonces[before]
                    assert mac.stack.up_bound in (old, nonces[before]), where
                # and the next store heals both
                assert store(kept[2], place.root) and stored(place.root) == [kept[2]] * 2, where
                place.unmount()
                if not reached:
                    break
                cuts += 1
                at += 1
    print("    the MAC's two files:", cuts, "cuts")
    assert cuts > 40


def test_a_file_that_cannot_be_read_is_not_taken_for_a_new_device():
    for broken in (FILES, FILES[:1], FILES[1:]):
        place = Place()
        state = states(1)[0]
        assert store(state, place.root)
        for name in broken:
            os.remove(place.root + "/" + name)
            os.mkdir(place.root + "/" + name)  # cannot be opened, as a file whose blocks are damaged
        found, mac = found_by(place)
        assert found == (LOST if len(broken) == 2 else GOOD) and mac.lost == (len(broken) == 2), broken
        for name in broken:
            os.rmdir(place.root + "/" + name)
        place.unmount()


def test_a_flash_that_refuses_is_told_to_the_mac():
    if not MICROPYTHON:
        return
    place = Place()
    one, two = states(2)
    assert store(one, place.root)
    place.flash.refuse = True
    assert not store(two, place.root)
    place.flash.refuse = False
    place.mount()
    assert found_by(place)[0] == GOOD and store(two, place.root)
    place.unmount()


def test_the_task_stores_what_its_mac_asks_for_and_goes_on_from_there():
    one = Set()
    assert one.task.fault == 0 and one.task.text == ""
    one.live(15000)
    first, second = stored(one.place.root)
    assert len(first) == 391 and first == second
    nonce = one.task._mac.stack.nonce
    assert nonce >= 1
    one.task.close()
    one.open()
    assert one.task._mac.stack.found == GOOD and one.task._mac.stack.nonce >= nonce
    one.end()


def test_after_flash_work_nothing_else_is_done_with_that_time():
    one = Set()
    task = one.task
    steps = []
    task._link.step = lambda alone, well, t_ms: steps.append(t_ms) or ()
    task._port.step = lambda t_ms: False
    task.step(True, time.ticks_ms())
    assert steps == []
    task._port.step = lambda t_ms: True
    task.step(True, time.ticks_ms())
    assert len(steps) == 1
    one.end()


# -- the time ------------------------------------------------------------------------------------------------------------


def answered(one, gps_s, gps_256, gps_ms):
    commands = one.task._mac.stack.commands
    commands.gps_s, commands.gps_256, commands.time_answered = gps_s, gps_256, True
    one.task._mac.gps_ms = gps_ms


def test_the_network_tells_the_time():
    for utc_s, gps_s in MOMENTS:
        for gps_256, late_ms, second, ms in (
            (0, 0, 0, 0),
            (128, 0, 0, 500),
            (255, 0, 0, 996),  # 255/256 s
            (255, 4, 1, 0),
            (128, 700, 1, 200),
            (0, 3599999, 3599, 999),
        ):
            one = Set()
            gps_ms = (1 << 30) - 1000  # ticks wrap between
            t_ms = add(gps_ms, late_ms)
            answered(one, gps_s, gps_256, gps_ms)
            one.task._tell_time(t_ms)
            assert one.memory.kept == [(TIME, t_ms, utc_s + second, ms, FROM_LORAWAN)], (utc_s, gps_256, late_ms)
            assert one.epoch == [utc_s + second]
            one.task._tell_time(add(t_ms, 20))
            assert len(one.memory.kept) == 1
            one.end()


def test_a_time_that_cannot_be_is_not_believed():
    for gps_s in (0, 1, 630720000, 1419724817, 0xFFFFFFFF):  # before 2025, after 2099
        one = Set()
        answered(one, gps_s, 128, 0)
        one.task._tell_time(5)
        assert one.memory.kept == [] and one.epoch == [0], gps_s
        one.end()


def test_it_asks_when_it_has_joined_and_twice_a_day():
    one = Set()
    mac, commands = one.task._mac, one.task._mac.stack.commands
    t_ms = (1 << 30) - 5000
    one.task._slowly(t_ms)
    assert not commands.asked_time
    mac.stack.session.live = True
    asked = []
    for i in range(30 * 60):  # more than a day
        one.task._slowly(t_ms)
        if commands.asked_time:
            commands.asked_time = False
            asked.append(i)
        t_ms = add(t_ms, 60000)
    assert asked == [0, 720, 1440]
    mac.stack.session.live = False
    one.task._slowly(t_ms)
    mac.stack.session.live = True
    one.task._slowly(t_ms)
    assert commands.asked_time  # of the new network, too
    one.end()


# -- faults --------------------------------------------------------------------------------------------------------------


def test_what_is_missing_is_said_and_the_rest_goes_on():
    for radio, given, text in (
        (True, {"lora_app_key": ""}, "lora_region is set, lora_app_key is not"),
        (True, {"lora_dev_eui": "", "tag_id": ""}, "lora_region is set, neither lora_dev_eui nor tag_id is"),
        (False, {}, "lora_region is set, and the board has no radio"),
    ):
        one = Set(radio=radio, **given)
        assert one.task.fault == CODE_MISSING and one.task.text == text
        assert one.live(2000) == [] and one.task.fault == CODE_MISSING
        one.task.close()
        one.end()


def test_a_radio_that_does_not_answer_at_the_start():
    one = Set()
    one.chip.fault("absent")
    one.open()
    assert one.task.fault == CODE_MISSING and one.task.text.startswith("radio: OSError")
    assert one.live(1000) == []
    one.end()


def test_a_radio_that_dies_is_a_fault_after_ten_seconds_until_it_is_back():
    one = Set()
    one.live(2000)
    assert one.task.fault == 0
    dead(255)
    one.live(9000)
    assert one.task.fault == 0
    one.live(22000)
    assert one.task.fault == CODE_FAILED
    dead(-1)
    one.live(75000)  # the driver tries again once a minute
    assert one.task.fault == 0 and one.task._radio.working
    one.end()


def test_a_radio_that_is_dead_for_two_weeks_stays_a_fault():
    one = Set()
    one.live(200)
    t_ms = time.ticks_ms()
    for hour in range(14 * 24):
        t_ms = add(t_ms, 3600000)
        one.task._slowly(t_ms)
        assert one.task.fault == CODE_FAILED, hour
    one.end()


def test_damaged_files_keep_it_silent_until_somebody_sets_a_floor():
    place = Place()
    for name in FILES:
        place.put(name, b"damaged" * 60)
    one = Set(place)
    assert one.task.fault == CODE_CORRUPT and "lora_floor" in one.task.text
    one.live(30000)
    assert one.task.fault == CODE_CORRUPT and one.task._mac.stack.nonce == 0
    assert stored(place.root) == [b"damaged" * 60] * 2  # nothing is stored over them
    one.settings["lora_floor"] = 500
    one.open()
    assert one.task.fault == 0 and one.task._mac.stack.nonce == 500
    one.end()


def test_when_all_devnonces_are_used_up_it_says_so():
    one = Set()
    one.task._mac.stack.nonce = NONCE_MAX
    one.live(25000)
    assert one.task._mac.lost and one.task.fault == CODE_FULL
    one.end()


# -- battery and neighbours ------------------------------------------------------------------------------------------------


def test_the_battery_is_told_as_the_network_wants_it():
    one = Set()
    low = one.settings["battery_low_mv"]
    commands = one.task._mac.stack.commands
    one.task._slowly(5)
    assert commands.battery == 255  # not known
    for mv, level in ((0, 1), (low, 1), (4200, 254), (9999, 254), ((low + 4200) // 2, 127)):
        one.task.battery_mv = mv
        one.task._slowly(5)
        assert commands.battery == level, mv
    one.end()


def test_calls_of_neighbours_become_events_and_the_alarm_ends_with_them():
    one = Set(shout=1, site_key=KEY, tag_id="0102030400000101")
    task = one.task
    task._port.news.append(("peer", 1))
    level = [16]
    task.shout.calls = lambda t_ms: level[0]
    task._hear_calls(5)
    task._hear_calls(6)
    level[0] = 0
    task._hear_calls(7)
    assert one.memory.kept == [("peer", 1), ("peers", 16), ("peers", 0)] and task._port.news == []
    one.end()


# -- how well the network hears ------------------------------------------------------------------------------------------


class Both:
    """Port and link of a task, and a question: in which order they have their turns."""

    def __init__(self):
        self.turns = []
        self.news = ()
        self.dropped = False

    def step(self, *args):
        self.turns.append(len(args))  # 1: the port's, 3: the link's
        return True if len(args) == 1 else ()

    def listen_first(self, t_ms):
        pass

    def over(self, t_ms):
        self.turns.append(0)
        return self.turns.count(0) == 2

    def drop(self):
        self.dropped = True


def test_a_question_sees_the_mac_idle_before_the_next_record_takes_it():
    one = Set()
    both = Both()
    link = one.task._link
    one.task._port = one.task._link = both
    one.task._probe = both
    one.live(1000, 200)
    assert both.turns == [1, 0, 3, 1, 0, 3, 1, 3, 1, 3, 1, 3], both.turns
    one.task._link = link
    one.task._probe = both
    first = one.task.probe(30000, time.ticks_ms())
    assert both.dropped and one.task._probe is first
    second = one.task.probe(30000, time.ticks_ms())
    assert first.state == LATE and second.state == WAITING
    one.end()
