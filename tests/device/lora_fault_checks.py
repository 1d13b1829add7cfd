"""What every driver of a LoRa radio does when chip, bus or interrupts fail; a test file calls these with a rig for each chip."""

import time

from lora_rig import FREQ_HZ, NOTHING, dead, gateway, now, poll, sent

import ticks
from drivers.lora_chip import ASLEEP, BOOTING, BROKEN, LISTENING, READY, SENDING
from drivers.lora_radio import FAULT, RECEIVED, SENT, SILENT


def send(radio, n=20, sf=7):
    return radio.begin_send(bytes(n), n, FREQ_HZ, sf, 125000, 14, now())


def listen(radio, ms=100, sf=7):
    return radio.begin_receive(FREQ_HZ, sf, 125000, ms, now())


def soon(radio, ms=200):
    """The chip is being started; polls until it is ready."""
    assert poll(radio, ms) == NOTHING and radio.state == READY and radio.working


def still_good(rig, radio):
    """The driver is of use as before."""
    assert send(radio) and poll(radio) == SENT, radio.state
    gateway("c0ffee", 30)
    assert listen(radio) and poll(radio) == RECEIVED and radio.length == 3
    assert rig.complaints() == []


def lost_interrupts_cost_a_moment(rig):
    radio = rig.open()
    rig.fault("no_irq")
    begun = now()
    assert send(radio) and poll(radio) == SENT and radio.lost_irqs == 1
    over = int(sent()["end_ms"])
    assert 0 <= now() - over <= 40 and now() > begun  # found soon after
    assert 0 <= ticks.diff(radio.done_ms, over) <= 2  # and reckoned to where it was
    gateway("c0ffee", 30)
    begun = now()
    assert listen(radio) and poll(radio) == RECEIVED and radio.lost_irqs == 2
    assert now() - begun < 250 and radio.length == 3  # 30 ms and 31 on the air, looked at every 100
    begun = now()
    assert listen(radio) and poll(radio) == SILENT and radio.lost_irqs == 3
    assert now() - begun < 100 + 22 + 120
    assert radio.begin_receive(FREQ_HZ, 7, 125000, 0, now())
    for i in range(5):
        gateway("c0ffee", 20)
        begun = now()
        assert poll(radio) == RECEIVED and radio.lost_irqs == 4 + i
        assert now() - begun < 20 + 31 + 120
    rig.clear()
    still_good(rig, radio)
    assert radio.errors == 0 and radio.resets == 0 and radio.lost_irqs == 8


def a_transmission_without_end_is_ended(rig):
    for sf, air_ms in ((7, 57), (12, 1319)):
        radio = rig.open()
        rig.fault("endless_tx")
        begun = now()
        assert send(radio, sf=sf) and poll(radio) == FAULT
        assert air_ms <= now() - begun <= air_ms + 350, now() - begun
        assert radio.state == BOOTING and not radio.working
        assert (radio.timeouts, radio.errors, radio.resets) == (1, 1, 1)
        assert not send(radio) and not listen(radio)
        rig.clear()
        soon(radio)
        still_good(rig, radio)


def repeated_failure_is_told_each_time(rig):
    """The chip starts well each time and fails each time: the caller hears of every order."""
    radio = rig.open()
    rig.fault("endless_tx")
    for i in range(5):
        assert send(radio) and poll(radio) == FAULT and radio.resets == i + 1
        soon(radio)
    rig.clear()
    still_good(rig, radio)


def a_brown_out(rig):
    """The chip lost its settings, and nobody was told: at rest, asleep, while it sends, while it listens."""

    def used(rig, radio):
        rig.complaints()  # of an order to a chip that was another one by then
        still_good(rig, radio)

    radio = rig.open()
    rig.fault("lost_config")
    assert poll(radio, 200) == NOTHING
    assert not send(radio) and radio.state == BOOTING and radio.resets == 1
    soon(radio)
    used(rig, radio)
    radio.sleep()
    rig.fault("lost_config")
    assert not listen(radio) and radio.resets == 2
    soon(radio)
    used(rig, radio)
    assert send(radio, sf=12)
    time.sleep_ms(200)
    rig.fault("lost_config")
    assert poll(radio) == FAULT and radio.resets == 3
    soon(radio)
    used(rig, radio)
    assert listen(radio, 2000)
    rig.fault("lost_config")
    begun = now()
    assert poll(radio) == FAULT and radio.resets == 4 and now() - begun < 300
    soon(radio)
    assert listen(radio, 0)
    time.sleep_ms(500)
    rig.fault("lost_config")
    begun = now()
    assert poll(radio) == FAULT and radio.resets == 5 and now() - begun < 300
    soon(radio)
    used(rig, radio)


def dead_wires(rig):
    """All reads 00h or FFh, from one moment on, whatever the driver was at."""
    for level in (0x00, 0xFF):
        for state in (READY, ASLEEP, SENDING, LISTENING):
            radio = rig.open()
            if state == ASLEEP:
                radio.sleep()
            elif state == SENDING:
                assert send(radio, sf=9)
            elif state == LISTENING:
                assert listen(radio, 0)
            assert radio.state == state
            dead(level)
            begun = now()
            if state == READY or state == ASLEEP:
                assert not listen(radio) and radio.state == BOOTING, (level, state)
            else:
                assert poll(radio) == FAULT and radio.state == BOOTING and now() - begun < 400
            assert poll(radio) == FAULT and radio.state == BROKEN and not radio.working
            assert radio.length == 0 and radio.crc_errors == 0
            dead(-1)
            soon(radio, 1500)
            still_good(rig, radio)


def a_chip_that_stays_away_is_tried_at_a_bounded_rate(rig):
    radio = rig.open()
    rig.fault("absent")
    assert not send(radio)
    seen = []
    begun = now()
    while now() - begun < 300000:
        assert radio.begin_send(bytes(3), 3, FREQ_HZ, 7, 125000, 14, now()) is False
        if radio.poll(now()) == FAULT:
            seen.append((now() - begun + 500) // 1000)
            assert radio.state == BROKEN
        time.sleep_ms(20)
    pauses = [seen[i + 1] - seen[i] for i in range(len(seen) - 1)]
    assert pauses == [1, 2, 4, 8, 16, 32, 60, 60, 60], (pauses, seen)
    assert radio.errors == len(seen) + 1 and radio.resets in (len(seen), len(seen) + 1), (radio.errors, radio.resets)
    rig.clear()
    soon(radio, 61000)
    still_good(rig, radio)
    rig.fault("absent")  # the pauses begin anew
    assert not send(radio) and poll(radio) == FAULT
    rig.clear()
    soon(radio, 1200)


def a_reset_by_the_caller(rig):
    radio = rig.open()
    for order in (lambda: None, radio.sleep, lambda: send(radio, sf=12), lambda: listen(radio, 0)):
        order()
        radio.reset(now())
        assert radio.state == BOOTING and not radio.working
        soon(radio)
        still_good(rig, radio)
    assert radio.resets == 4 and radio.errors == 0


def counters_stop_at_their_end(rig):
    radio = rig.open()
    radio.errors = radio.resets = radio.timeouts = radio.lost_irqs = radio.crc_errors = 65534
    rig.fault("no_irq")
    rig.fault("corrupt")
    for _ in range(3):
        gateway("c0ffee", 30, crc=True)
        assert listen(radio) and poll(radio) == SILENT
    rig.fault("endless_tx")
    for _ in range(3):
        assert send(radio) and poll(radio) == FAULT
        soon(radio)
    counts = (radio.errors, radio.resets, radio.timeouts, radio.lost_irqs, radio.crc_errors)
    assert counts == (65535,) * 5, counts
