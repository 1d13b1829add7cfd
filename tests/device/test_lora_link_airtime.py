"""Records over LoRaWAN: out of whose airtime they go, and that nothing takes what is kept for alarms."""

from lora_link_rig import Station
from test_outbox_uplinks import Dice

from lora_airtime import airtime_ms
from tag.reporting.lora_link import BATCH_PORT, PART_PORT, LoraLink
from ticks import add

HOUR_MS = 3600000
DEAF = lambda up: None  # noqa: E731


def test_what_is_not_urgent_keeps_to_the_airtime_of_the_site():
    at = Station(air_s=10)
    ms = 0
    for hour in range(1, 5):
        for i in range(60):
            at.reading(i)
            at.live(60000, 1000)
        ms = sum([airtime_ms(13 + len(up[3]), 12, 125000) for up in at.ups])
        # the hour's at the start, ten seconds each hour, and the last frame may go beyond it
        assert ms <= 10000 * (hour + 1) + 2800, (hour, ms)
    assert ms >= 10000 * 4  # and what is refunded is used
    at.end()


def test_the_refund_is_exact_and_never_above_the_hour():
    at = Station(air_s=7)
    link = LoraLink(at.mac, at.tag.outbox, at.tag.lora, 7, at.t_ms)
    most = 7 * 36000
    at.mac.sender.urgent = False
    dice = Dice(3)
    t_ms = at.t_ms
    link.on_air(5000)
    left, since_ms, at_ms = most - 5000 * 36, 0, 0
    for _ in range(3000):  # ticks wrap
        step_ms = dice(11)
        t_ms = add(t_ms, step_ms)
        at_ms += step_ms
        link._refund(t_ms)
        while at_ms - since_ms >= 1000:
            since_ms += 1000
            left = min(most, left + 70)
        assert link._air == left <= most
        if dice(6) == 0:
            link.on_air(50)
            left -= 1800
    link._refund(add(t_ms, 6 * 24 * HOUR_MS))
    assert link._air == most
    at.mac.sender.urgent = True
    link.on_air(9000)
    assert link._air == most
    at.end()


def test_the_largest_budget_stays_a_small_integer():
    at = Station()
    link = LoraLink(at.mac, at.tag.outbox, at.tag.lora, 3600, at.t_ms)
    link._refund(add(at.t_ms, 6 * 24 * HOUR_MS))
    assert link._air == 3600 * 36000 and link._air + 3600 * 3600 * 10 < 1 << 30
    at.end()


def test_what_is_not_urgent_leaves_room_for_sixteen_alarms_at_any_data_rate():
    for dr in (0, 3, 5):
        at = Station(dr=dr, alarms=16)
        for number in range(600):
            at.reading(number)
        at.live(HOUR_MS // 4)
        assert at.held
        alarms = []
        for number in range(16):
            alarms.append(at.alarm(number))
            at.live(6000 if dr else 15000)
            assert alarms[-1] in at.held, (dr, number)
        at.end()


def test_alarms_go_when_the_airtime_of_the_others_is_used_up():
    at = Station(air_s=1)
    at.reading()
    at.live(4000)
    waits = at.reading()
    alarm = at.alarm()
    at.live(60000)
    assert alarm in at.held and waits not in at.held and [up[4] for up in at.ups] == [False, True]
    at.end()


def leave(at, urgent_ms):
    """Use up the hour of every band but for so many milliseconds of what urgent frames may have."""
    duty = at.mac.stack.duty
    for band in range(len(at.mac.stack.region.bands)):
        used = duty.room_ms(band, True) - urgent_ms
        duty.charge(band, max(0, used))
        duty.reserve[band] = 3000
    duty.ended()


def test_alarms_go_out_of_what_is_kept_for_them_whole():
    # What is left for others: nothing, or the last bit of the band's hour, which holds less than an alarm
    for left in (0, 700, 900, 1100, 1300, 1500, 2000, 2600):
        at = Station()
        leave(at, 9000 + left)  # a quarter of 36 s
        at.reading()
        at.exposure = at.tag.exposure()
        long_before = at.tag.lora.kept.window.n
        alarm = at.alarm()
        at.live(3000)
        assert [(up[2], up[4], len(up[3])) for up in at.ups] == [(BATCH_PORT, True, 17)], (left, at.ups)
        assert at.held == {alarm: 1} and long_before
        at.live(60000)
        assert len(at.ups) == 1, "the others wait for a whole frame's room"
        at.live(2 * HOUR_MS, 2000)
        assert at.done() and PART_PORT not in at.ports()
        at.end()


def test_at_the_very_end_of_the_hour_an_alarm_waits_and_is_not_cut_to_pieces():
    for left in (900, 1200, 1400, 1600):
        at = Station()
        leave(at, left)
        at.mac.stack.region.top_dr, top = 0, at.mac.stack.region.top_dr  # no faster way out
        alarm = at.alarm()
        at.live(60000)
        assert at.ups == [] and not at.done(), (left, at.ups)
        at.live(2 * HOUR_MS, 2000)
        assert at.held == {alarm: 1} and at.ports() == [BATCH_PORT]
        at.mac.stack.region.top_dr = top
        at.end()


def test_the_last_bit_of_the_hour_is_not_for_small_records_only():
    # A reading would fit, an exposure would not: it would wait for as long as there are readings.
    at = Station()
    leave(at, 9000 + 2000)
    exposure, reading = at.tag.exposure(), at.reading()
    at.live(60000)
    assert at.ups == []
    at.live(2 * HOUR_MS, 2000)
    assert sorted(at.held) == [exposure, reading] and len(at.ups) == 1
    at.end()


def test_what_is_kept_and_not_urgent_goes_in_parts_that_are_not_urgent():
    at = Station(region="US915", least=0)
    seq = at.tag.exposure()
    at.live(30000)
    assert at.held == {seq: 1} and len(at.ups) == 4 and not any([up[4] for up in at.ups])
    at.end()


def test_where_a_whole_frame_never_fits_into_the_hour_smaller_ones_go():
    at = Station(share=80)
    duty = at.mac.stack.duty
    for band in range(len(duty._hour)):
        duty._hour[band], duty._plain[band] = 3600, 2000
    readings = [at.reading(i) for i in range(2)]
    at.live(4 * HOUR_MS, 2000)
    assert sorted(at.held) == readings
    at.end()
