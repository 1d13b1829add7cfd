"""Messages that concern the tag itself: time, settings, parts of a limit profile; done and answered once, or refused, and why."""

from limits_rig import Key, Place, made, packed, unsigned
from test_journal_rig import CUTS, MICROPYTHON

from journal.log import Journal
from tag import config, limitfile
from tag.clock import FIRST_S, LAST_S, Clock
from tag.core import Core
from tag.errands import Errands
from tag.events import (
    ALARM_EVACUATION,
    CH4,
    CODE_RANGE,
    CONFIG,
    DONE,
    DOWNLINK,
    FROM_GATEWAY,
    FROM_NTP,
    MSG_ACK,
    MSG_CONFIG,
    MSG_EVACUATE,
    MSG_LIMITS,
    MSG_READINGS,
    MSG_TIME,
    OFF,
    ON,
    READING,
    REFUSED,
    TIME,
    UNKNOWN,
)
from tag.reporting.outbox import Outbox
from tag.settings import DEFAULTS

KEY = Key(b"the key of these tests, 32 bytes")
OTHER = Key(b"another key of these tests, 32 b")
NOW_S = FIRST_S + 50000000
FILE = made(KEY, 5, 0x0203)
PART = 120


class Tag:
    """The shell's part of a tag; its chip's clock counts from where it was set."""

    def __init__(self, place=None, chip_s=0, limits_key=KEY.hex):
        self.place = place or Place()
        self.t_ms = 1000
        self.chip_s = chip_s
        self.was_set = []
        self.core = Core(DEFAULTS, self.t_ms)
        self.clock = Clock(self.epoch_s, self.t_ms, self.place.root, self.set_epoch_s)
        settings = dict(DEFAULTS)
        settings["limits_key"] = limits_key
        self.journal = Journal(self.place.root + "/records")
        self.journal.open()
        self.outbox = Outbox(self.journal, self.place.root + "/outbox", lambda bits: 0)
        self.uplink = self.outbox.uplink()
        self.outbox.open(self.t_ms)
        self.errands = Errands(self.core, self.outbox, self.clock, settings, self.place.root)
        self.ident = 0

    def epoch_s(self):
        return self.chip_s + self.t_ms // 1000 if self.chip_s else 0

    def set_epoch_s(self, now_s):
        self.was_set.append(now_s)
        self.chip_s = now_s - self.t_ms // 1000

    def say(self, kind, *args):
        """A message with a number of its own: (records beside the answer, the answer)."""
        self.ident += 1
        found = self.errands.take((kind, self.ident) + args, self.t_ms)
        assert found[-1][:4] == (DOWNLINK, self.t_ms, kind, self.ident)
        return found[:-1], found[-1][4]

    def send(self, data, begin=0, key=None):
        """A file in parts; the answer to the last one and what was told with it."""
        for at in range(begin, len(data), PART):
            told, result = self.say(MSG_LIMITS, len(data), at, data[at : at + PART])
            if at + PART < len(data):
                assert (told, result) == ([], DONE), (at, told)
        return told, result


# -- what is whose -----------------------------------------------------------------------------------------------------


def test_what_is_for_the_wearer_goes_to_the_core():
    tag = Tag()
    found = tag.errands.take((MSG_EVACUATE, 7), 1000)
    assert found[-1][2:] == (MSG_EVACUATE, 7, DONE) and tag.core.alarms.state(ALARM_EVACUATION) == ON
    for kind in (MSG_ACK, 0, 99, 255):
        assert tag.errands.take((kind, 3, b""), 1000) == [(DOWNLINK, 1000, kind, 3, UNKNOWN)]


def test_a_message_is_done_and_answered_once_however_often_it_comes():
    tag = Tag(chip_s=NOW_S)
    first = tag.errands.take((MSG_CONFIG, 9, "still_s=40"), 1000)
    assert len(first) == 2 and config.newest(tag.place.root) == 1
    for _ in range(3):
        assert tag.errands.take((MSG_CONFIG, 9, "still_s=40"), 1000) == ()
    assert config.newest(tag.place.root) == 1
    # another kind or number is another message; without a number every one is new
    assert tag.errands.take((MSG_EVACUATE, 9), 1000) and tag.errands.take((MSG_EVACUATE, 0), 1000)
    assert tag.errands.take((MSG_EVACUATE, 0), 1000) != ()
    # seven others later it is still known, after eight it is not
    for ident in range(20, 27):
        tag.errands.take((MSG_ACK, ident), 1000)
    assert tag.errands.take((MSG_EVACUATE, 9), 1000) == ()
    tag.errands.take((MSG_ACK, 30), 1000)
    assert tag.errands.take((MSG_EVACUATE, 9), 1000) != ()


# -- time --------------------------------------------------------------------------------------------------------------


def test_time_sets_a_clock_that_is_off_and_is_recorded():
    tag = Tag()
    assert tag.say(MSG_TIME, NOW_S, 250) == ([(TIME, 1000, NOW_S, 250, FROM_GATEWAY)], DONE)
    assert tag.was_set == [NOW_S] and tag.clock.now_s(tag.t_ms) == NOW_S and tag.clock.sure(tag.t_ms)
    tag.t_ms += 60000
    assert tag.say(MSG_TIME, NOW_S + 62, 0) == ([], DONE) and tag.was_set == [NOW_S]  # 2 s off are none
    assert tag.say(MSG_TIME, NOW_S + 57, 0)[0] and tag.was_set[1:] == [NOW_S + 57]  # back, too
    assert tag.clock.now_s(tag.t_ms) == NOW_S + 57
    tag.t_ms += 3600000
    assert tag.say(MSG_TIME, NOW_S + 3657, 70000)[0] == [(TIME, tag.t_ms, NOW_S + 3657, 999, FROM_GATEWAY)]
    assert len(tag.was_set) == 2


def test_each_teller_is_recorded_once_an_hour():
    tag = Tag(chip_s=NOW_S)
    tag.clock.now_s(tag.t_ms)
    now_s = tag.epoch_s()
    assert tag.clock.told(now_s, 0, FROM_GATEWAY, tag.t_ms) and not tag.clock.told(now_s, 0, FROM_GATEWAY, tag.t_ms)
    assert tag.clock.told(now_s, 0, FROM_NTP, tag.t_ms)[4] == FROM_NTP and tag.was_set == []


def test_nobody_who_knows_the_time_says_such_a_time():
    tag = Tag(chip_s=NOW_S)
    for now_s in (0, 1, FIRST_S - 1, LAST_S + 1, 0xFFFFFFFF):
        assert tag.say(MSG_TIME, now_s, 0) == ([], REFUSED) and tag.was_set == [], now_s
    assert tag.say(MSG_TIME, FIRST_S, 0)[1] == DONE


# -- readings ----------------------------------------------------------------------------------------------------------


def test_delivered_readings_are_sent_again_when_somebody_asks():
    tag = Tag()
    assert tag.say(MSG_READINGS, 1, 5) == ([], REFUSED)  # an empty journal
    seqs = [tag.outbox.put((READING, tag.t_ms, CH4, 0, value), tag.t_ms) for value in range(8)]
    tag.journal.flush(tag.t_ms)
    buf = bytearray(500)
    tag.uplink.next_batch(buf, 0, 500, tag.t_ms)
    tag.outbox.ack(tag.uplink, seqs, tag.t_ms)
    assert tag.uplink.next_batch(buf, 0, 500, tag.t_ms) == 0
    assert tag.say(MSG_READINGS, seqs[-1] + 1, seqs[-1] + 9) == ([], REFUSED)
    assert tag.say(MSG_READINGS, seqs[2], seqs[4]) == ([], DONE)
    assert tag.uplink.next_batch(buf, 0, 500, tag.t_ms) and list(tag.uplink.batch.seqs)[:3] == seqs[2:5]
    assert tag.uplink.batch.n == 3


# -- settings ----------------------------------------------------------------------------------------------------------


def test_settings_are_kept_for_the_next_start_over_those_in_force():
    tag = Tag()
    assert config.save(tag.place.root, {"name": "Anna", "still_s": 60}, 4) == ""
    told, result = tag.say(MSG_CONFIG, "still_s=40\nwifi_ssid=mine two = x")
    assert result == DONE and told == [
        (CONFIG, tag.t_ms, 0, "generation 5: still_s=40\nwifi_ssid=mine two = x"),
    ]
    settings, code, _ = config.load(tag.place.root)
    assert code == 0 and config.newest(tag.place.root) == 5
    assert (settings["still_s"], settings["name"], settings["wifi_ssid"]) == (40, "Anna", "mine two = x")


def test_a_password_by_air_stands_in_no_record():
    tag = Tag()
    told, result = tag.say(MSG_CONFIG, "still_s=40\nwifi_password=hunter2\nmqtt_password=hunter3")
    assert result == DONE and told == [
        (CONFIG, tag.t_ms, 0, "generation 1: still_s=40\nwifi_password\nmqtt_password"),
    ]
    assert config.load(tag.place.root)[0]["wifi_password"] == "hunter2"


def test_settings_that_cannot_be_change_nothing():
    tag = Tag()
    wrong = (
        "still_s=5",
        "still_s=forty",
        "still_s",
        "",
        "no_such=1",
        "still_s=40\nreading_s=0",
        "key=" + "5a" * 16,
        "tag_id=0011223344556677",
        "limits_key=" + "00" * 56,
        "gateway_host=gateway.example",
        "name=" + "x" * 33,
    )
    for text in wrong:
        told, result = tag.say(MSG_CONFIG, text)
        assert result == REFUSED and told[0][2] == CODE_RANGE and told[0][3], text
        assert config.newest(tag.place.root) == 0, text


# -- limit profiles ----------------------------------------------------------------------------------------------------


def test_a_profile_in_parts_is_in_force_after_the_next_start():
    tag = Tag()
    told, result = tag.send(FILE)
    assert result == DONE and told[0][2:] == (0, "limits: 2 version 3 from the next start")
    profile, code, _ = limitfile.load(tag.place.root, KEY.hex)
    assert (profile.ident, code) == (0x0203, 0)


def test_parts_go_on_after_a_reset_and_come_again_and_out_of_order():
    tag = Tag()
    for at in range(0, 600, PART):
        assert tag.say(MSG_LIMITS, len(FILE), at, FILE[at : at + PART])[1] == DONE
    tag = Tag(tag.place)
    assert tag.say(MSG_LIMITS, len(FILE), 720, FILE[720:840]) == (
        [(CONFIG, tag.t_ms, CODE_RANGE, "limits: go on at 600")],
        REFUSED,
    )
    assert tag.say(MSG_LIMITS, len(FILE), 480, FILE[480:600])[1] == DONE  # a repetition
    assert tag.say(MSG_LIMITS, len(FILE), 550, FILE[550:670])[1] == DONE  # half of one
    assert tag.say(MSG_LIMITS, len(FILE), 670, FILE[670:720])[1] == DONE
    assert tag.send(FILE, 720)[1] == DONE
    assert limitfile.load(tag.place.root, KEY.hex)[0].ident == 0x0203


def test_a_profile_that_is_not_good_is_dropped_and_the_last_good_one_stays():
    tag = Tag()
    assert tag.send(FILE)[1] == DONE and limitfile.load(tag.place.root, KEY.hex)[1] == 0
    damaged = bytearray(FILE)
    damaged[40] ^= 1
    for data in (bytes(damaged), made(OTHER, 6, 0x0204), packed(unsigned(0x0204, signed=0)), bytes(300)):
        told, result = tag.send(data)
        assert result == REFUSED and told[0][2] == CODE_RANGE and "limits: " in told[0][3]
        assert not tag.place.has("limits.new") and not tag.place.has("limits.part")
        profile, code, _ = limitfile.load(tag.place.root, KEY.hex)
        assert (profile.ident, code) == (0x0203, 0)


def test_parts_that_cannot_be():
    tag = Tag()
    for size, offset, part in ((0, 0, b"x"), (9000, 0, b"x"), (100, 99, b"xx"), (100, 100, b""), (100, 0, b"")):
        assert tag.say(MSG_LIMITS, size, offset, part)[1] == REFUSED, (size, offset)
    assert Tag(limits_key="").say(MSG_LIMITS, len(FILE), 0, FILE[:PART])[1] == REFUSED
    assert not tag.place.has("limits.part")


def test_a_power_cut_in_any_part_leaves_a_profile_in_force_and_the_parts_go_on():
    if not MICROPYTHON:
        return
    tag = Tag()
    assert tag.send(FILE)[1] == DONE and limitfile.load(tag.place.root, KEY.hex)[1] == 0
    new = made(KEY, 6, 0x0204)
    tag.place.unmount()
    image = bytes(tag.place.flash.image)
    points = 0
    for cut in CUTS:
        cut_at = 0
        while True:
            place = Place(image=image, cut_at=cut_at, cut=cut)
            sender(Tag(place), new)
            was_cut = place.flash.dead
            place.power_up()
            profile, code, _ = limitfile.load(place.root, KEY.hex)
            assert profile.ident in (0x0203, 0x0204) and code == 0, (cut, cut_at, code)
            sender(Tag(place), new)
            assert limitfile.load(place.root, KEY.hex)[0].ident == 0x0204, (cut, cut_at)
            place.unmount()
            points += 1
            if not was_cut:
                break
            cut_at += 3
    print("    limit parts: power cut at", points, "points")
    assert points > 40


def sender(tag, data):
    """As the gateway sends: after a refusal it goes on where the tag says, else from the beginning."""
    at = 0
    for _ in range(3 * len(data) // PART):
        if at >= len(data) or tag.place.flash.dead:
            return
        told, result = tag.say(MSG_LIMITS, len(data), at, data[at : at + PART])
        if result == DONE:
            at += PART
        elif "go on at " in told[0][3]:
            at = int(told[0][3].split("go on at ")[1])
        else:
            at = 0


def test_the_evacuation_of_a_tag_that_cannot_write_is_obeyed():
    tag = Tag()
    if MICROPYTHON:
        tag.place.flash.refuse = True
        assert tag.say(MSG_CONFIG, "still_s=40")[1] == REFUSED
        assert tag.say(MSG_LIMITS, len(FILE), 0, FILE[:PART])[1] == REFUSED
    assert tag.core.alarms.state(ALARM_EVACUATION) == OFF
    assert tag.say(MSG_EVACUATE)[1] == DONE and tag.core.alarms.state(ALARM_EVACUATION) == ON
