"""The MQTT client against scripted bytes: what it writes, what it makes of answers, and what it does when none come."""

from mqtt_rig import CONNACK, DOWN, PING_MS, SUBACK, TOPIC, Rig, publish

import mqtt.flight as flights
import ticks
from mqtt import client as states


def test_a_session_opens_greets_and_subscribes():
    rig = Rig(user=b"tag", password=b"pass")
    hello = rig.open()
    # OASIS MQTT 3.1.1, figures 3.2 to 3.6: protocol name and level, then the flags (user, password, will retain, will QoS 1, will,
    # clean session), keep alive.
    assert hello[2:12] == b"\x00\x04MQTT\x04\xee\x00\x1e"
    assert hello[0] == 0x10 and hello[1] == len(hello) - 2
    assert hello[12:30] == b"\x00\x1000112233445566aa"
    assert hello[-11:] == b"\x00\x03tag\x00\x04pass"
    rig.hear(CONNACK)
    assert rig.client.state == states.UP and rig.greeted == 1
    # figure 3.23: packet identifier, topic filter, requested QoS
    assert rig.written() == b"\x82" + bytes([5 + len(DOWN)]) + b"\x00\x01\x00" + bytes([len(DOWN)]) + DOWN + b"\x01"
    rig.hear(SUBACK)
    assert rig.client.state == states.UP and rig.client.problem == states.NONE


def test_publishing_need_not_wait_for_the_subscription():
    rig = Rig()
    rig.open()
    rig.hear(CONNACK)
    assert not rig.client.ready  # what can wait waits until the subscription is on its way
    assert rig.say(b"alarm") == 2
    assert rig.written()[-5:] == b"alarm"


def test_each_frame_is_confirmed_by_its_own_number_in_any_order():
    rig = Rig().up()
    idents = [rig.say(bytes([n])) for n in range(3)]
    assert idents == [2, 3, 4]
    written = rig.written()
    size = 7 + len(TOPIC)
    assert [written[n * size : n * size + 2] for n in range(3)] == [b"\x32" + bytes([size - 2])] * 3
    rig.hear(b"\x40\x02\x00\x03\x40\x02\x00\x02")
    assert rig.confirmed == [3, 2]
    rig.hear(b"\x40\x02\x00\x03\x40\x02\x01\x00")  # again, and one never sent: nothing
    assert rig.confirmed == [3, 2] and rig.client.state == states.UP
    rig.hear(b"\x40\x02\x00\x04")
    rig.wait(12000)
    assert rig.client.state == states.UP


def test_the_window_is_bounded_and_leaves_two_places_to_what_cannot_wait():
    rig = Rig(window=4).up()
    for n in range(4):
        assert rig.client.ready == (n < 2), n
        assert rig.say(b"x")
        rig.written()
    assert rig.say(b"x") == 0
    rig.hear(b"\x40\x02\x00\x02")
    assert rig.say(b"x") == 6 and rig.say(b"x") == 0


def test_a_frame_that_does_not_fit_now_is_refused_whole():
    rig = Rig(tx_bytes=200).up()
    assert rig.say(bytes(100)) and rig.say(bytes(100)) == 0
    assert rig.client.flight.free == 3 and not rig.client.ready
    rig.written(50)
    assert rig.say(bytes(100)) == 0
    rig.written()
    assert rig.say(bytes(100))


def test_there_is_always_room_left_for_an_answer_and_a_ping():
    rig = Rig(tx_bytes=200).up()
    size = len(rig.client.tx.buf)
    most = size - 6 - 2 - 2 - len(TOPIC) - 2 - 1  # less the spare, first byte and length, topic and number
    assert rig.say(bytes(most + 1)) == 0 and rig.say(bytes(most))
    assert rig.client.tx.end == size - 6
    rig.hear(publish(DOWN, b"", 5) * 3)
    rig.wait(9900)
    assert rig.client.tx.end <= size == len(rig.client.tx.buf)


def test_numbers_in_flight_are_not_used_again_when_the_counter_comes_round():
    flight = flights.Flight(3, 1000)
    assert flight.add(0) == 2
    seen = set()
    for _ in range(65533):
        ident = flight.add(0)
        assert 3 <= ident <= 65535
        seen.add(ident)
        assert flight.confirm(ident)
    assert len(seen) == 65533
    assert flight.add(0) == 3 and flight.add(0) == 4 and flight.free == 0
    assert not flight.confirm(1) and flight.confirm(2) and flight.free == 1


def test_a_message_comes_whole_however_it_is_cut_and_is_confirmed():
    for piece in (1, 2, 3, 7, 1000):
        rig = Rig().up()
        rig.hear(publish(DOWN, b"{order}", 0x1234) + publish(DOWN, b"", 0x1235) + publish(b"other", b"q0"), piece)
        assert rig.messages == [(DOWN, b"{order}"), (DOWN, b""), (b"other", b"q0")]
        assert rig.written() == b"\x40\x02\x12\x34\x40\x02\x12\x35"


def test_a_repeated_message_is_confirmed_again():
    rig = Rig().up()
    rig.hear(publish(DOWN, b"x", 9) + publish(DOWN, b"x", 9, flags=8))
    assert len(rig.messages) == 2 and rig.written() == b"\x40\x02\x00\x09" * 2


def test_a_message_too_long_is_confirmed_skipped_and_the_next_one_comes():
    for payload in (301, 1000, 70000):
        rig = Rig(rx_bytes=300).up()
        rest = rig.hear(publish(DOWN, bytes(payload), 7) + publish(DOWN, b"next", 8), 999)
        assert rest == b"" and rig.messages == [(DOWN, b"next")] and rig.client.oversize == 1
        assert rig.written() == b"\x40\x02\x00\x07\x40\x02\x00\x08"
    rig = Rig(rx_bytes=100).up()
    rig.hear(publish(bytes(200), b"topic longer than the buffer", 7) + publish(b"t", b"next"))
    assert rig.messages == [(b"t", b"next")] and rig.written() == b"" and rig.client.oversize == 1


def test_nothing_is_read_while_there_is_no_room_for_the_answer():
    rig = Rig(tx_bytes=0).up()
    flood = publish(DOWN, b"x", 5) * 200
    rest = rig.hear(flood)
    assert 0 < len(rest) < len(flood) and rig.client.state == states.UP
    while rest:
        assert rig.written()
        rest = rig.hear(rest)
    assert len(rig.messages) == 200 and rig.client.tx.end <= len(rig.client.tx.buf)


def test_connack_refusals_are_told_with_their_code():
    for code in (1, 2, 3, 4, 5, 77):
        rig = Rig()
        rig.open()
        rig.hear(b"\x20\x02\x00" + bytes([code]))
        assert (rig.client.state, rig.client.problem, rig.client.code) == (states.CLOSED, states.REFUSED, code)
        assert rig.greeted == 0 and rig.client.wants() == 0 and rig.say(b"x") == 0


def test_a_refused_subscription_ends_it():
    rig = Rig()
    rig.open()
    rig.hear(CONNACK + b"\x90\x03\x00\x01\x80")
    assert (rig.client.state, rig.client.problem) == (states.CLOSED, states.DEAF)


def test_a_broker_that_never_answers_connect_is_left_after_ten_seconds():
    rig = Rig()
    rig.open()
    rig.wait(9900)
    assert rig.client.state == states.GREETING
    rig.wait(100)
    assert (rig.client.state, rig.client.problem) == (states.CLOSED, states.SILENT)


def test_answers_that_never_come_end_it():
    for owed in ("suback", "puback", "pingresp"):
        rig = Rig()
        rig.open()
        rig.hear(CONNACK)
        rig.written()
        if owed != "suback":
            rig.hear(SUBACK)
        if owed == "puback":
            rig.say(b"x")
        if owed == "pingresp":
            rig.wait(PING_MS)
        rig.written()
        rig.wait(9900)
        assert rig.client.state == states.UP, owed
        rig.wait(100)
        assert (rig.client.state, rig.client.problem) == (states.CLOSED, states.SILENT), owed


def test_a_stream_that_takes_nothing_is_left_after_ten_seconds_and_one_that_drips_is_not():
    rig = Rig().up()
    rig.say(bytes(100))
    rig.wait(9900)
    assert rig.client.state == states.UP
    rig.wait(100)
    assert (rig.client.state, rig.client.problem) == (states.CLOSED, states.STALLED)
    rig = Rig().up()
    rig.hear(publish(DOWN, b"x", 5))
    for _ in range(4):
        rig.wait(9000)
        assert rig.client.state == states.UP and len(rig.written(1)) == 1


def test_an_idle_session_pings_and_a_busy_one_does_not():
    rig = Rig().up()
    rig.wait(PING_MS - 100)
    assert rig.written() == b""
    rig.wait(100)
    assert rig.written() == b"\xc0\x00"
    rig.hear(b"\xd0\x00")
    for ident in range(2, 22):
        rig.wait(PING_MS - 1000)
        assert rig.say(b"x") == ident and rig.written()[0] == 0x32
        rig.hear(b"\x40\x02\x00" + bytes([ident]))
    assert rig.client.state == states.UP


def test_a_new_connection_begins_anew_and_old_answers_mean_nothing():
    rig = Rig().up()
    rig.say(b"lost")
    rig.written()
    rig.hear(b"\x32\x05\x00")  # a packet that never ends
    rig.client.close()
    assert rig.open()[0] == 0x10
    rig.hear(CONNACK + SUBACK)
    rig.written()
    rig.hear(b"\x40\x02\x00\x02")
    assert rig.confirmed == [] and rig.client.state == states.UP
    assert rig.say(b"anew") == 3


def test_goodbye_is_a_disconnect():
    rig = Rig().up()
    rig.client.goodbye(rig.t_ms)
    assert rig.written() == b"\xe0\x00"
    rig = Rig()
    rig.client.goodbye(rig.t_ms)
    assert rig.written() == b""


def test_what_a_broker_may_not_say_ends_it():
    before = (
        b"\x20\x02\x02\x00",  # reserved flag of CONNACK
        b"\x21\x02\x00\x00",
        b"\x20\x03\x00\x00\x00",
        b"\x20\x00",
        SUBACK,
        b"\xd0\x00",
        publish(DOWN, b"x"),
        b"\x30\xff\xff\xff\xff\x01",  # remaining length of five bytes
        b"\x00\x00",
        b"\xff\x00",
    )
    for data in before:
        rig = Rig()
        rig.open()
        rig.hear(data)
        assert (rig.client.state, rig.client.problem) == (states.CLOSED, states.GARBLED), data
    after = (
        CONNACK,
        SUBACK,  # nobody asked
        b"\xd0\x01\x00",
        b"\xd1\x00",
        b"\x40\x01\x00",
        b"\x40\x03\x00\x02\x00",
        b"\x42\x02\x00\x02",
        b"\x50\x02\x00\x01",  # PUBREC: QoS 2 was never asked for
        b"\x62\x02\x00\x01",
        b"\x70\x02\x00\x01",
        b"\x10\x00",
        b"\x82\x00",
        b"\xb0\x02\x00\x01",
        b"\xc0\x00",
        b"\xe0\x00",
        b"\xf0\x00",
        b"\x00\x00",
        b"\x30\x00",
        b"\x30\x01\x00",
        b"\x30\x03\x00\x05a",  # topic longer than the packet
        b"\x32\x04\x00\x02ab",  # no packet identifier
        b"\x32\x06\x00\x02ab\x00\x00",  # packet identifier 0
        b"\x34\x06\x00\x02ab\x00\x01",  # QoS 2
        b"\x36\x06\x00\x02ab\x00\x01",  # QoS 3
        b"\x38\x04\x00\x02ab",  # DUP of QoS 0
        b"\x40\xff\x7f" + bytes(300),  # a PUBACK of 16 kB
    )
    for data in after:
        rig = Rig().up()
        rig.hear(data)
        assert (rig.client.state, rig.client.problem) == (states.CLOSED, states.GARBLED), data
    rig = Rig()
    rig.client.open(rig.t_ms)
    rig.hear(CONNACK)  # before the CONNECT has left
    assert rig.client.problem == states.GARBLED


def test_ticks_that_wrap_change_nothing():
    rig = Rig().up()
    assert ticks.diff(0, rig.t_ms) > 0
    for _ in range(20):
        ident = rig.say(b"x")
        assert rig.written()
        rig.wait(900)
        rig.hear(b"\x40\x02\x00" + bytes([ident]))
    assert rig.client.state == states.UP and rig.t_ms < 20000
