"""Topics and payloads: events as ChirpStack writes them, commands from anybody, in place and without trust."""

import binascii

from mqtt.chirpstack import Envelope, topic

DEVICE = "00112233445566aa"
ENVELOPE = Envelope(DEVICE)


def event(frame):
    n = ENVELOPE.size(len(frame))
    buf = bytearray(b"~" * (n + 20))
    ENVELOPE.put(frame, len(frame), buf, 10)
    assert buf[:10] == b"~" * 10 and buf[10 + n :] == b"~" * 10
    return bytes(buf[10 : 10 + n])


def take(text, at=7):
    buf = bytearray(at) + bytearray(text)
    n = ENVELOPE.take(buf, at, len(buf))
    return bytes(buf[:n])


def command(data, device=DEVICE, port="201", more=""):
    letters = binascii.b2a_base64(data).decode()[:-1]
    return ('{"devEui":"%s","fPort":%s%s,"data":"%s"}' % (device, port, more, letters)).encode()


def test_topics():
    assert topic("mine 7", DEVICE, "event/up") == b"application/mine 7/device/00112233445566aa/event/up"


def test_an_event_of_every_length_is_what_it_says():
    for n in list(range(1, 110)) + [144, 511, 512]:
        frame = bytes([(i * 37 + n) & 255 for i in range(n)])
        text = event(frame)
        head = b'{"deviceInfo":{"devEui":"00112233445566aa"},"fPort":201,"data":"'
        assert text == head + binascii.b2a_base64(frame)[:-1] + b'"}', n


def test_a_command_of_every_length_is_taken_in_place():
    for n in list(range(1, 110)) + [144, 384, 511]:
        data = bytes([(i * 91 + n) & 255 for i in range(n)])
        assert take(command(data)) == data, n


def test_spaces_order_and_further_keys_do_not_matter():
    for text in (
        b'{"data":"0gE=","fPort":201,"devEui":"00112233445566aa"}',
        b' { "devEui" : "00112233445566AA" ,\r\n\t"fPort" : 201 , "confirmed" : false, "data" : "0gE=" } ',
        b'{"id":"7b1d-xx","devEui":"00112233445566aa","n":-1.5E+3,"x":null,"fPort":201,"data":"0gE="}',
    ):
        assert take(text) == b"\xd2\x01", text


def test_what_is_not_exactly_a_command_for_us_is_refused():
    good = command(b"\xd2\x01\x02")
    assert take(good) == b"\xd2\x01\x02"
    for cut in range(len(good)):
        assert take(good[:cut]) == b"", cut
    for text in (
        good + b"x",
        good + good,
        command(b"\xd2", device="00112233445566ab"),
        command(b"\xd2", device=""),
        command(b"\xd2", port="2"),
        command(b"\xd2", port='"201"'),
        command(b"\xd2", port="201.0"),
        command(b"\xd2", port="0201"),
        command(b"\xd2", more=',"fPort":201'),
        command(b"\xd2", more=',"object":{}'),
        command(b"\xd2", more=',"list":[]'),
        command(b"\xd2", more=',"a\\"b":1'),
        command(b"\xd2", more=',"a":"\\""'),
        command(b"\xd2", more=","),
        command(b"\xd2", more=',"a":'),
        command(b"\xd2", more=',"a"'),
        command(b"\xd2", more=',"a":TRUE'),
        b'{"fPort":201,"data":"0gE="}',
        b'{"devEui":"00112233445566aa","data":"0gE="}',
        b'{"devEui":"00112233445566aa","fPort":201}',
        b"[]",
        b"{}",
        b"",
        b'"',
        b"null",
        b"\x00",
        b'{"devEui":"00112233445566aa","fPort":201,"data":201}',
    ):
        assert take(text) == b"", text


def test_base64_that_is_not_exact_is_refused():
    for letters in (
        b"",
        b"0",
        b"0g",
        b"0gE",
        b"0gE==",
        b"=gE=",
        b"0=E=",
        b"0g=E",
        b"====",
        b"0gE=0gE=",
        b"0g E",
        b"0g\xffE",
        b"0g_-",
        b"0gE!",
        b"AAAA" * 16 + b"0g!=",
        b"AAA=" + b"AAAA" * 20,
        b"AAA*" + b"AAAA" * 20,
    ):
        assert take(b'{"devEui":"00112233445566aa","fPort":201,"data":"' + letters + b'"}') == b"", letters


def test_mutated_commands_never_raise_and_never_leave_the_buffer():
    good = command(bytes(range(60)))
    state = 1
    taken = 0
    for _ in range(6000):
        text = bytearray(good)
        for _ in range(3):
            state = (state * 1103 + 12345) % 1048573
            text[(state >> 4) % len(text)] = (state >> 7) & 255
        buf = bytearray(5) + text
        n = ENVELOPE.take(buf, 5, len(buf))
        assert 0 <= n <= 60 and len(buf) == len(text) + 5
        taken += n > 0
    assert 0 < taken < 4000, taken
