"""The service console's desk: who it is, live, settings, restart, what is refused, hostile bytes, a console that takes nothing."""

import json
import random

from console_rig import Rig, listed

from codec.fields import get_u32
from tag import config, events
from tag.console import kinds
from tag.reporting import records
from tag.settings import DEFAULTS, SECRETS

HEAD = kinds.HEAD


def test_hello_says_who_it_is():
    rig = Rig()
    rig.ask(kinds.HELLO)
    said = json.loads(rig.text(kinds.HELLO | kinds.ANSWER))
    assert said["tag_id"] == "00000000000da771" and said["name"] == "miner 7" and said["davy"] == 258
    assert said["board"] == "test" and said["up_s"] == 77


def test_nothing_is_lost_where_nobody_takes_it():
    rig = Rig(300)
    first, size = listed(rig)[0]
    for kind, words in (
        (kinds.READ, (first, 0, 480)),
        (kinds.HASH, (first, size)),
        (kinds.LIST, (0,)),
        (kinds.HELLO, ()),
    ):
        rig.ask(kind, *words)
        rig.port.takes = False
        for _ in range(30):
            rig.desk.work(rig.port, rig.t_ms)
        rig.port.takes = True
        assert rig.work()[0][0] == kind | kinds.ANSWER


def test_watching_tells_records_and_the_state_and_ends_by_itself():
    rig = Rig()
    alarm = (events.ALARM, 5, events.ALARM_SOS, events.ON, events.CAUSE_BUTTON, 0)
    rig.desk.heard(alarm, 3)
    rig.ask(kinds.WATCH, data=b"\x01")
    rig.desk.heard(alarm, 4)
    rig.desk.heard((events.SAMPLES, 5, 0, 0, b"x"), 5)
    bodies = rig.work()
    assert [body[0] for body in bodies] == [kinds.RECORD] + [kinds.STATE] * (len(bodies) - 1)
    kind, seq, _, _, values = records.decode(bodies[0][HEAD:])
    assert (kind, seq, values) == (events.ALARM, 4, alarm[2:])
    state = json.loads(b"".join([body[3:] for body in bodies[1:]]).decode())
    assert state["alarms"] == [] and state["moving"] == -1 and state["battery_mv"] == 3900 and state["lost"] == 0
    assert rig.work() == []
    for n in range(20):
        rig.desk.heard(alarm, 10 + n)
    rig.t_ms += 1000
    bodies = rig.work()
    assert [get_u32(body, HEAD + 1) for body in bodies if body[0] == kinds.RECORD] == list(range(18, 30))
    assert json.loads(b"".join([b[3:] for b in bodies if b[0] == kinds.STATE]).decode())["lost"] == 8
    rig.t_ms += kinds.WATCH_MS
    assert rig.work() == []
    rig.desk.heard(alarm, 99)
    assert rig.work() == []


def test_the_state_tells_alarms_gases_and_faults():
    class Reading:
        gas, value, quality, t90_s = events.CH4, 150, 0, 20

    rig = Rig()
    rig.app.core.gas([Reading], 1000)
    rig.app.core.fault(events.FAULT_JOURNAL, events.CODE_FULL, 1, 1000)
    rig.ask(kinds.WATCH, data=b"\x01")
    state = json.loads(b"".join([body[3:] for body in rig.work()]).decode())
    assert state["gases"] == [[events.CH4, 0, 150]]
    assert [row[0] for row in state["alarms"]] == [
        events.ALARM_FAULT,
        events.ALARM_GAS_LOW,
        events.ALARM_GAS_HIGH,
        events.ALARM_WARNING,
    ]
    assert state["faults"] == 1 << events.FAULT_JOURNAL


def test_settings_without_their_secrets():
    rig = Rig()
    rig.ask(kinds.SETTINGS)
    said = json.loads(rig.text(kinds.SETTINGS | kinds.ANSWER))
    assert set(said["settings"]) == set(DEFAULTS)
    assert all([isinstance(said["settings"][name], list) for name in SECRETS])


def test_a_restart_is_refused_while_an_alarm_is_on():
    rig = Rig()
    rig.app.core.alarms.raised(events.ALARM_SOS, events.CAUSE_BUTTON, 0, 0)
    rig.ask(kinds.RESTART)
    assert json.loads(rig.text(kinds.RESTART | kinds.ANSWER))["problem"] == "an alarm is on"
    assert rig.app.restarts == 0
    rig = Rig()
    rig.ask(kinds.RESTART)
    assert json.loads(rig.text(kinds.RESTART | kinds.ANSWER))["problem"] == ""
    rig.work()
    assert rig.app.restarts == 1  # once the answer was on its way
    rig.work()
    assert rig.app.restarts == 1


def test_settings_that_cannot_be_change_nothing():
    rig = Rig()
    kept = []
    rig.app.memory.keep = kept.append
    before = config.newest(rig.disk.folder)
    for data in (b"\x00still_s=4", b"\x00key=" + b"0" * 32, b"\x00\xff\xfe", b"\x00", b"\x00nonsense"):
        rig.t_ms += 1000
        rig.ask(kinds.SET, data=data)
        assert json.loads(rig.text(kinds.SET | kinds.ANSWER))["problem"], data
    assert config.newest(rig.disk.folder) == before and all([event[2] == events.CODE_RANGE for event in kept])
    for _ in range(9):
        rig.ask(kinds.SET, data=b"\x01" + b"x" * 240)
        bodies = rig.work()
    assert bodies[0][0] == kinds.REFUSED


def test_what_nobody_takes_is_not_tried_without_a_pause_and_dropped_in_the_end():
    rig = Rig(300)
    first, size = listed(rig)[0]
    for kind, words in (
        (kinds.HELLO, ()),
        (kinds.LIST, (0,)),
        (kinds.READ, (first, 0, 480)),
        (kinds.HASH, (first, size)),
        (kinds.RESTART, ()),
    ):
        rig.port.takes = False
        rig.ask(kind, *words)
        rounds = 0
        while rig.desk.work(rig.port, rig.t_ms):
            rounds += 1
            assert rounds < 20, kind
        rig.t_ms += 10_000
        rig.desk.work(rig.port, rig.t_ms)
        rig.port.takes = True
        assert rig.work() == [] and rig.app.restarts == 0, kind


def test_a_restart_that_was_promised_is_not_made_once_an_alarm_has_come():
    rig = Rig()
    rig.ask(kinds.RESTART)
    rig.desk.work(rig.port, rig.t_ms)
    rig.app.core.alarms.raised(events.ALARM_SOS, events.CAUSE_BUTTON, 0, 0)
    rig.work()
    assert rig.app.restarts == 0


def test_a_question_calls_a_restart_off_until_it_was_answered():
    for answered in (False, True):
        rig = Rig()
        rig.port.takes = answered
        rig.ask(kinds.RESTART)
        rig.desk.work(rig.port, rig.t_ms)
        rig.port.takes = True
        rig.ask(kinds.HELLO)
        rig.work()
        assert rig.app.restarts == answered


def test_changes_wait_a_second_for_each_other_and_what_is_so_already_is_not_written():
    rig = Rig()
    rig.app.memory.keep = lambda event: None
    before = config.newest(rig.disk.folder)
    seconds = []
    for n in range(400):  # 4 s of a flood
        rig.ask(kinds.SET, data=b"\x00still_s=%d" % (41 + n))
        rig.work()
        if config.newest(rig.disk.folder) != before:
            before = config.newest(rig.disk.folder)
            seconds.append(rig.t_ms)
        rig.t_ms += 10
    assert seconds == [1000, 2000, 3000, 4000]
    rig.t_ms += 1000
    for _ in range(3):
        rig.ask(kinds.SET, data=b"\x00still_s=99\nname=me")
        said = json.loads(rig.text(kinds.SET | kinds.ANSWER))
        assert said == {"generation": before + 1, "problem": ""}
        rig.t_ms += 1000


def test_no_part_of_a_secret_is_kept_in_a_record():
    rig = Rig()
    kept = []
    rig.app.memory.keep = kept.append
    for data in (
        b"\x00wifi_pasword=hunter2",
        b"\x00wifi_password=one\nhunter2",
        b"\x00wifi_password=hunter2",
        b"\x00mqtt_password=hunter2" + b"2" * 60,
    ):
        rig.t_ms += 1000
        rig.ask(kinds.SET, data=data)
        assert "hunter" not in rig.text(kinds.SET | kinds.ANSWER)
    assert len(kept) == 4 and not [event for event in kept if "hunter" in event[4 - 1]]


def test_without_memory_it_refuses_and_whoever_keeps_a_record_goes_on():
    rig = Rig()

    def none(*_):
        raise MemoryError

    rig.ask(kinds.WATCH, data=b"\x01")
    encode, records.encode = records.encode, none
    try:
        rig.desk.heard((events.ALARM, 5, events.ALARM_SOS, events.ON, 0, 0), 7)
    finally:
        records.encode = encode
    state = json.loads(b"".join([body[3:] for body in rig.work() if body[0] == kinds.STATE]).decode())
    assert state["lost"] == 1
    rig.app.now_s = none
    rig.ask(kinds.HELLO)
    rig.t_ms += 1000
    rig.desk.work(rig.port, rig.t_ms)  # the state of a watcher: nobody watches any more
    rig.ask(kinds.HELLO)
    [body] = rig.work()
    assert body[0] == kinds.REFUSED and body[3:] == b"no memory"


def test_any_bytes_at_all_never_raise():
    random.seed(3)
    rig = Rig(50)
    for _ in range(3000):
        n = random.randrange(0, 20)
        body = bytearray([random.choice((random.randrange(256), random.randrange(10))) for _ in range(n)])
        if body and body[0] in (kinds.RESTART, kinds.SET):
            continue
        rig.desk.take(body, n, rig.t_ms)
        for _ in range(3):
            rig.desk.work(rig.port, rig.t_ms)
        rig.port.bodies = []
    rig.ask(kinds.WATCH, data=b"\x00")
    rig.ask(kinds.HELLO)
    rig.text(kinds.HELLO | kinds.ANSWER)
