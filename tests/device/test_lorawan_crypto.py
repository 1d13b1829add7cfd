"""AES, CMAC and the frames of LoRaWAN against published vectors.

Sources: RFC 4493 section 4 (CMAC); the example frames are those that the npm package lora-packet is tested with
(github.com/anthonykirby/lora-packet, __tests__: mic_test.ts, decrypt_test.ts, key_gen_test.ts, join_accept_encrypt.ts).
"""

from binascii import hexlify, unhexlify

from lorawan.crypto import Key, same
from lorawan.join import JoinAccept
from lorawan.session import Otaa, Session, session_keys, turned

RFC_KEY = "2b7e151628aed2a6abf7158809cf4f3c"
RFC_MESSAGE = (
    "6bc1bee22e409f96e93d7e117393172aae2d8a571e03ac9c9eb76fac45af8e51"
    "30c81c46a35ce411e5fbc1191a0a52eff69f2445df4f9b17ad2b417be66c3710"
)
RFC_MACS = (
    (16, "070a16b46b4d4144f79bdd9dd04a287c"),
    (40, "dfa66747de9ae63030ca32611497c827"),
    (64, "51f0bebf7e3b9d92fc49741779363cfe"),
)
EMPTY_MAC = "bb1d6929e95937287fa37d129b756746"
NWK_SKEY = "44024241ed4ce9a68c6a8bc055233fd3"
APP_SKEY = "ec925802ae430ca77fd3dd73cb2cc588"
UP_FRAMES = (  # frame, counter, payload
    ("40f17dbe4900020001954378762b11ff0d", 2, b"test"),
    ("40f17dbe49000300012a3518af", 3, b""),
    (
        "40f17dbe490004000155332de41a11adc072553544429ce7787707d1c316e027e7e5e334263376affb8aa17ad30075293f28dea8a20af3c5e7",
        4,
        b"The quick brown fox jumps over the lazy dog.",
    ),
)
DOWN_ACK = "60f17dbe4920020001f9d65d27"
JOIN_KEY = "98929b92c49edba9676d646d3b612456"
JOIN_REQUEST = "0039363463336913aa05693574323831330489c65b1304"


def session():
    found = Session()
    found.begin(unhexlify("f17dbe49"), unhexlify(NWK_SKEY + APP_SKEY), 0, -1)
    return found


def test_cmac_of_rfc_4493():
    key = Key(unhexlify(RFC_KEY))
    message = unhexlify(RFC_MESSAGE)
    for n, mac in RFC_MACS:
        assert hexlify(key.cmac(None, message, n)).decode() == mac
        if n > 16:  # the first block apart, as a frame's block B0 is
            assert hexlify(key.cmac(message[:16], message[16:], n - 16)).decode() == mac
    assert hexlify(key.cmac(None, b"", 0)).decode() == EMPTY_MAC


def test_a_key_of_another_length_is_refused():
    for n in (0, 15, 17, 32):
        try:
            Key(bytes(n))
        except ValueError:
            continue
        raise AssertionError(n)


def test_an_eui_of_another_length_is_refused():
    for dev, join in ((7, 8), (8, 9), (0, 8), (8, 0)):
        try:
            Otaa(bytes(dev), bytes(join), bytes(16))
        except ValueError:
            continue
        raise AssertionError((dev, join))


def test_uplinks_are_signed_and_encrypted():
    for text, counter, payload in UP_FRAMES:
        frame = unhexlify(text)
        n = len(frame)
        out = bytearray(n)
        out[: n - 4] = frame[: n - 4]
        one = session()
        at = 9
        out[at : at + len(payload)] = payload
        one.crypt(0, out[8], counter, out, at, len(payload))
        assert one.sign(out, n - 4, counter) == n
        assert bytes(out) == frame, (hexlify(out), text)


def test_a_downlink_is_genuine_only_as_it_is():
    frame = bytearray(unhexlify(DOWN_ACK))
    one = session()
    assert one.genuine(frame, len(frame) - 4, 2)
    assert not one.genuine(frame, len(frame) - 4, 3) and not one.genuine(frame, len(frame) - 4, 2 + 65536)
    for i in range(len(frame)):
        for bit in range(8):
            frame[i] ^= 1 << bit
            assert not one.genuine(frame, len(frame) - 4, 2)
            frame[i] ^= 1 << bit


def test_a_join_request_is_signed():
    frame = unhexlify(JOIN_REQUEST)
    assert same(Key(unhexlify(JOIN_KEY)).cmac(None, frame, 19), frame, 19, 4)


def test_join_accepts_are_read():
    accept = JoinAccept()
    zero = Key(bytes(16))
    frame = unhexlify("20e3de108795f776b8037610ef7869b5b3")
    assert accept.read(frame, 17, zero, -1) == 0 and accept.nonce == 0
    assert bytes(accept.buf[1:13]) == bytes(12)
    assert accept.read(frame, 17, zero, 0) == 10  # its nonce has not risen
    assert accept.read(frame, 17, Key(unhexlify(JOIN_KEY)), -1) == 4
    assert accept.read(frame, 16, zero, -1) == 1 and accept.read(frame, 33, zero, -1) == 1


def test_session_keys_follow_from_the_nonces():
    nonces = turned(unhexlify("376338")) + turned(unhexlify("aabbcc"))
    keys = session_keys(Key(unhexlify(JOIN_KEY)), nonces, 0xF18E)
    assert hexlify(keys[:16]).decode() == "4e3d6e6afbcc67af2ba3c8e8ec4acf4b"
    assert hexlify(keys[16:]).decode() == "610897aa6f1460623443b527d3ac6a9d"
