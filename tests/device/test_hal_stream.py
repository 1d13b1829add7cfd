"""The byte stream on virtual TCP: every row of its table that needs no certificate, deadlines, and what a wait may not do.

Certificates are in tests/host/test_mqtt_faults.py, where a server with TLS stands.
"""

import time

import network

import vport
from tag.events import CODE_MISSING
from tag.hal import stream
from tag.hal.stream import CLOSED, DIALLING, OPEN, Stream

INTERPRETERS = ("mp64", "mp32")  # CPython's `select` knows no virtual sockets
HOST, PORT = "10.0.0.1", 99


def joined():
    vport.control({"do": "wifi", "up": True})
    wlan = network.WLAN(network.STA_IF)
    wlan.active(False)
    wlan.active(True)
    wlan.connect("davy", "davydavy")
    time.sleep_ms(1000)
    assert wlan.isconnected()
    return wlan


def server(says="echo", **wrong):
    vport.control({"do": "listen", "port": PORT, "says": says})
    vport.control(dict(wrong, do="port", port=PORT))
    return Stream(HOST, PORT, "", "")


def wait(end, ms):
    """Step for so long; the time after which the state changed, -1: it did not."""
    before, t0 = end.state, time.ticks_ms()
    for _ in range(ms // 50):
        time.sleep_ms(50)
        end.step(time.ticks_ms())
        if end.state != before:
            return time.ticks_diff(time.ticks_ms(), t0)
    return -1


def opened(says="echo", **wrong):
    end = server(says, **wrong)
    end.open(time.ticks_ms())
    assert end.state == DIALLING and wait(end, 1000) >= 0 and end.state == OPEN
    return end


def heard(end, most_ms=1000):
    buf = bytearray(40)
    for _ in range(most_ms // 50):
        n = end.read(buf, 3, 20)
        if n or end.state == CLOSED:
            return bytes(buf[3 : 3 + n])
        time.sleep_ms(50)
    return None


def test_it_opens_carries_bytes_both_ways_and_closes():
    joined()
    end = opened()
    assert end.write(b"..hello..", 2, 7) == 5
    assert heard(end) == b"hello"
    assert heard(end, 200) is None and end.state == OPEN
    end.close()
    assert end.state == CLOSED and end.write(b"x", 0, 1) == 0 and end.read(bytearray(1), 0, 1) == 0
    end.close()
    end.open(time.ticks_ms())
    assert wait(end, 1000) >= 0 and end.state == OPEN and end.fault == 0
    end.close()


def test_a_refused_connection_is_over_at_once():
    joined()
    end = server(refuse=True)
    end.open(time.ticks_ms())
    assert end.state == DIALLING and 0 <= wait(end, 2000) <= 200 and end.state == CLOSED and end.fault == 0


def test_a_connection_that_nobody_answers_is_over_after_five_seconds():
    joined()
    for end in (server(silent=True), Stream("10.9.9.9", PORT, "", "")):
        end.open(time.ticks_ms())
        took_ms = wait(end, 10000)
        assert stream.DIAL_MS <= took_ms <= stream.DIAL_MS + 200 and end.state == CLOSED


def test_what_the_server_does_is_told():
    joined()
    for says in ("finish", "reset"):
        end = opened(says)
        assert end.write(b"x", 0, 1) == 1
        assert heard(end) == b"" and end.state == CLOSED and end.fault == 0


def test_without_wifi_it_stays_closed_and_when_the_radio_goes_it_closes():
    wlan = joined()
    end = opened()
    wlan.active(False)
    assert end.write(b"x", 0, 1) == 0 and end.state == CLOSED
    end.open(time.ticks_ms())
    assert end.state == CLOSED
    wlan = joined()
    end = server(silent=True)
    end.open(time.ticks_ms())
    wlan.active(False)
    assert 0 <= wait(end, 2000) <= 200 and end.state == CLOSED


def test_an_access_point_that_is_back_in_time_carries_on():
    joined()
    end = opened()
    vport.control({"do": "wifi", "up": False})
    assert end.write(b"kept", 0, 4) == 4
    time.sleep_ms(500)
    vport.control({"do": "wifi", "up": True})
    assert heard(end) == b"kept"
    end.close()


def test_a_server_that_takes_nothing_fills_the_buffer_and_no_more():
    joined()
    end = opened(stalled=True)
    taken = 0
    t0 = time.ticks_ms()
    data = bytes(1000)
    for _ in range(20):
        taken += end.write(data, 0, 1000)
    assert taken == 5760 and end.state == OPEN and time.ticks_diff(time.ticks_ms(), t0) < 50
    end.close()


def test_what_was_not_taken_is_offered_again_with_the_same_length():
    # mbedtls copies what it was given when it could not send: another length at the next call would be counted as sent.
    offered = []

    class File:
        answers = [None, None, 3, 2]

        def write(self, view):
            offered.append(bytes(view))
            return self.answers.pop(0)

        def close(self):
            pass

    end = Stream(HOST, PORT, "", "")
    end.state, end._file = OPEN, File()
    data = b"abcdefgh"
    assert end.write(data, 0, 3) == 0
    assert end.write(data, 0, 8) == 0 and end.write(data, 0, 8) == 3 and end.write(data, 3, 5) == 2
    assert offered == [b"abc", b"abc", b"abc", b"de"]


def test_without_a_name_or_a_certificate_tls_calls_nobody():
    joined()
    vport.control({"do": "listen", "port": PORT, "says": "echo"})
    for end in (Stream(HOST, PORT, "", "/none.der"), Stream(HOST, PORT, "name", "/none.der")):
        end.open(time.ticks_ms())
        assert end.state == CLOSED and end.fault == CODE_MISSING
