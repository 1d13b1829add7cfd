"""The modelled air: who hears what, collisions, losses, and world time."""

from collections import Counter

import pytest

from davy.vtag.bench import Bench
from davy.vtag.chips.lora_modem import LoraModem
from davy.vtag.ether import Ear, Ether, Reception, Transmission, pattern, shares
from davy.vtag.loratime import Modulation

MS = 1000
SF7 = Modulation(7, 125_000)


def gateway(ether: Ether, name: str = "gateway") -> list[Reception]:
    heard: list[Reception] = []
    ether.listen(heard.append, name)
    return heard


def up(ether: Ether, t_us: int, payload: bytes = b"hello", sender: str = "tag", **more: object) -> Transmission:
    options = {"freq_hz": 868.1e6, "sf": 7, "inverted": False, "crc": True, **more}
    return ether.transmit(t_us, payload, sender=sender, **options)


def ears(ether: Ether, since_us: int = 0, station: str = "ear", **more: object) -> LoraModem:
    """A receiver for ever, or as told."""
    modem = LoraModem(ether, station)
    options = {"freq_hz": 868.1e6, "modulation": SF7, "inverted": False, **more}
    modem.listen(Ear(**options), since_us, single=False)
    return modem


def names(modem: LoraModem, t_us: int) -> list[str]:
    return [what for _, what, _ in modem.advance(t_us)]


# -- how long -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("sf", "bw_hz", "rate", "preamble", "n", "explicit", "crc", "ms"),
    [
        # Semtech's calculator for the SX1261; its figures stand in micropython-lib, lora/tests/test_time_on_air.py
        (12, 500_000, 1, 8, 1, True, True, 206.848),
        (12, 500_000, 1, 12, 64, True, True, 649.216),
        (12, 500_000, 1, 8, 1, True, False, 165.888),
        (12, 500_000, 1, 8, 192, True, True, 1476.608),
        (12, 500_000, 1, 12, 16, False, False, 280.576),
        (8, 125_000, 2, 8, 2, True, True, 53.760),
        (8, 125_000, 2, 8, 3, True, True, 66.048),
        (8, 125_000, 2, 8, 253, True, True, 827.904),
        (8, 125_000, 2, 12, 10, False, True, 86.528),
        (5, 500_000, 1, 2, 1, True, False, 1.360),
        (5, 500_000, 1, 2, 1, True, True, 1.680),
        (5, 500_000, 1, 12, 253, False, True, 34.000),
        (5, 125_000, 4, 12, 253, False, True, 213.568),
    ],
)
def test_airtime(sf: int, bw_hz: int, rate: int, preamble: int, n: int, explicit: bool, crc: bool, ms: float):
    assert Modulation(sf, bw_hz, rate=rate).airtime_us(n, preamble, crc, explicit) == pytest.approx(ms * 1000, abs=0.01)


def test_the_device_reckons_the_same():
    from lora_airtime import airtime_us, header_us, low_rate

    for sf in range(7, 13):
        for bw_hz in (125_000, 250_000, 500_000):
            how = Modulation(sf, bw_hz)
            assert how.optimised == low_rate(sf, bw_hz)
            assert how.header_us(8) == pytest.approx(header_us(sf, bw_hz), abs=1)
            for n in range(1, 256):
                for crc in (False, True):
                    assert how.airtime_us(n, 8, crc) == airtime_us(n, sf, bw_hz, 8, crc)


# -- who hears ------------------------------------------------------------------------------------------------------------


def test_a_receiver_must_fit():
    ether = Ether()
    sent = up(ether, 10 * MS)
    for wrong in (
        {"freq_hz": 868.1e6 + 32_000},
        {"modulation": Modulation(8, 125_000)},
        {"modulation": Modulation(7, 250_000)},
        {"modulation": Modulation(7, 125_000, True)},
        {"inverted": True},
        {"sync": 0x12},
        {"station": "tag"},  # itself
    ):
        assert names(ears(ether, **wrong), 10**6) == [], wrong  # type: ignore[arg-type]
    for right in ({}, {"freq_hz": 868.1e6 + 31_000}):
        assert names(ears(ether, **right), 10**6) == ["header", "frame"]  # type: ignore[arg-type]
    (_, frame) = ears(ether).advance(10**6)
    assert frame[0] == sent.end_us and frame[2] is not None
    got = frame[2]
    assert (got.payload, got.crc, got.rssi_dbm) == (b"hello", True, -86.0)
    assert got.snr_db == pytest.approx(-86 + 117.03, abs=0.01)  # -174 + 6 + 10 log 125000


def test_five_symbols_of_the_preamble_lock():
    ether = Ether()
    sent = up(ether, 10 * MS)
    for late_us, heard in ((-1000, True), (0, True), (3 * 1024, True), (3 * 1024 + 5, False), (8 * 1024, False)):
        assert bool(names(ears(ether, sent.start_us + late_us), 10**6)) == heard, late_us
    modem = LoraModem(ether, "ear")  # a window that closes while the fifth passes
    for symbols, event in ((4.9, "timeout"), (5.1, "header")):
        modem.listen(Ear(868.1e6, SF7, False), sent.start_us, single=True, symbols=symbols)  # type: ignore[arg-type]
        assert names(modem, 10**6)[0] == event


def test_too_weak_to_be_heard():
    """SF7 wants -7.5 dB, SF12 -20 (SX1276 table 13); noise -117.03 dBm."""
    for sf, least_dbm in ((7, -124.53), (12, -137.03)):
        for more_db, heard in ((0.1, True), (-0.1, False)):
            ether = Ether()
            ether.loss_db = lambda s, r, t, loss=14 - least_dbm - more_db: loss
            up(ether, 0, sf=sf)
            assert bool(names(ears(ether, modulation=Modulation(sf, 125_000)), 10**7)) == heard
    ether = Ether()
    ether.loss_db = lambda s, r, t: None
    up(ether, 0)
    assert names(ears(ether), 10**6) == []


def test_the_path_depends_on_who_and_when():
    ether = Ether()
    ether.loss_db = lambda sender, receiver, t_us: 100.0 if (sender, receiver) == ("a", "b") and t_us >= 10**6 else None
    for t_us in (0, 2 * 10**6):
        up(ether, t_us, sender="a")
        up(ether, t_us + 10**5, sender="b")
    assert names(ears(ether, station="b"), 10**7) == ["header", "frame"]
    assert names(ears(ether, station="a"), 10**7) == []


# -- collisions -----------------------------------------------------------------------------------------------------------


def collide(gap_us: int, stronger_db: float = 0.0, **other: object) -> tuple[list[str], list[bytes]]:
    """The first of two frames at a receiver that locked on it, and what a gateway has of both."""
    ether = Ether()
    heard = gateway(ether)
    ether.loss_db = lambda sender, receiver, t_us: 100.0 - (stronger_db if sender == "second" else 0.0)
    first = up(ether, 10 * MS, bytes(range(40)), "first")
    up(ether, 10 * MS + gap_us, b"second" * 3, "second", **other)
    modem = ears(ether)
    events = modem.advance(10**6)
    ether.settle(10**6)
    said = [what if got is None or got.crc else f"{what} with bad crc" for _, what, got in events]
    assert first.end_us > 10 * MS
    return said, [got.payload[:6] for got in heard]


def test_equal_frames_destroy_each_other():
    assert collide(5 * MS) == (["header_error"], [])
    assert collide(40 * MS) == (["header", "frame with bad crc"], [])
    assert collide(85 * MS) == (["header", "frame", "header", "frame"], [bytes(range(6)), b"second"])


def test_six_decibels_capture():
    assert collide(40 * MS, 5.9) == (["header", "frame with bad crc"], [])
    # The stronger is heard by a gateway; a receiver that is locked on the weaker does not change over.
    assert collide(40 * MS, 6.1) == (["header", "frame with bad crc"], [b"second"])
    assert collide(40 * MS, -6.1) == (["header", "frame"], [bytes(range(6))])


def test_others_do_not_disturb():
    both = [bytes(range(6)), b"second"]
    for other in ({"sf": 8}, {"freq_hz": 868.3e6}, {"bw_hz": 250_000}):
        said, heard = collide(40 * MS, **other)
        assert said == ["header", "frame"] and sorted(heard) == both, other
    assert collide(40 * MS, inverted=True) == (["header", "frame"], both[:1])  # a gateway does not hear downlinks


def test_bytes_without_a_crc_are_wrong_from_the_collision_on():
    ether = Ether()
    data = bytes(range(100))
    up(ether, 0, data, "first", crc=False)
    up(ether, 100 * MS, data, "second")
    ((_, _, _), (_, _, got)) = ears(ether, -MS).advance(10**6)[:2]
    assert got is not None and got.crc is None and got.payload[:40] == data[:40] and got.payload[-1] != data[-1]
    assert len(got.payload) == 100


def test_a_frame_that_is_cut():
    for after_ms, events in ((3, []), (10, ["header_error"]), (40, ["header", "frame"])):
        ether = Ether()
        heard = gateway(ether)
        sender = LoraModem(ether, "tag")
        sender.send(Transmission("", bytes(40), 868.1e6, SF7, 10 * MS, crc=True), 10 * MS)
        sender.stop((10 + after_ms) * MS)
        found = ears(ether).advance(10**6)
        assert [what for _, what, _ in found] == events
        if found and found[-1][2]:
            assert found[-1][2].crc is False
        ether.settle(10**6)
        assert heard == [] and ether.log[0].end_us == (10 + after_ms) * MS


# -- gateways, losses, time -----------------------------------------------------------------------------------------------


def test_a_gateway_hears_all_channels_at_once():
    ether = Ether()
    heard, other = gateway(ether), gateway(ether, "other")
    for i, (freq_hz, sf) in enumerate(((868.1e6, 7), (868.3e6, 7), (868.5e6, 12), (868.1e6, 9), (902.3e6, 10))):
        up(ether, i * MS, bytes((i,)), freq_hz=freq_hz, sf=sf)
    up(ether, 0, b"private", freq_hz=868.7e6, sync=0x12)
    ether.transmit(0, b"downlink", 869.525e6, 9, sender="third")
    ether.settle(10**7)
    assert sorted(got.payload[0] for got in heard) == [0, 1, 2, 3, 4] and len(other) == 5
    assert [got.sent.end_us for got in heard] == sorted(got.sent.end_us for got in heard)


def test_a_gateway_is_deaf_while_it_sends():
    ether = Ether()
    heard, other = gateway(ether), gateway(ether, "other")
    up(ether, 10 * MS)
    ether.transmit(30 * MS, b"downlink", 869.525e6, 9)
    up(ether, 500 * MS, b"later")
    ether.settle(10**6)
    assert [got.payload for got in heard] == [b"later"] and len(other) == 2


def test_random_losses_repeat_and_have_their_share():
    def run(seed: int) -> list[int]:
        ether = Ether()
        ether.lose = shares(0.3, seed)
        heard = gateway(ether)
        for i in range(1000):
            up(ether, i * 10**6, i.to_bytes(2, "big"))
            ether.settle(i * 10**6)
        return [int.from_bytes(got.payload, "big") for got in heard]

    assert run(1) == run(1) != run(2)
    assert 650 < len(run(1)) < 750


def test_recorded_losses_are_each_links_own():
    ether = Ether()
    ether.lose = pattern([True, False, False])
    heard = Counter[str]()
    ether.listen(lambda got: heard.update([got.sent.sender]))
    for i in range(9):
        up(ether, i * 200 * MS, sender="a")
        if i < 3:
            up(ether, i * 200 * MS, sender="b", sf=9)
    ether.settle(10**9)
    assert heard == {"a": 6, "b": 2}


def test_a_lost_frame_is_lost_once_and_for_all():
    ether = Ether()
    lots = iter((True, False, False))
    ether.lose = lambda sender, receiver, t_us: next(lots)
    up(ether, 10 * MS)
    modem = ears(ether)
    for t_us in range(0, 10**6, 10 * MS):
        assert names(modem, t_us) == []


def test_ends_happen_on_a_bench():
    with Bench() as bench:
        ether = Ether()
        ether.at = bench.at
        said: list[tuple[int, bytes]] = []

        def answer(got: Reception) -> None:
            said.append((bench.now_us, got.payload))
            if got.payload == b"ping":
                ether.transmit(bench.now_us + 10**6, b"pong", 868.1e6, 7, inverted=False, sender="another")

        ether.listen(answer)
        first = up(ether, 5 * MS, b"ping")
        bench.run_until(5 * 10**6)
        assert said[0] == (first.end_us, b"ping") and len(said) == 2
        assert said[1] == (first.end_us + 10**6 + ether.log[1].end_us - ether.log[1].start_us, b"pong")


def test_old_frames_are_forgotten_but_stand_in_the_log():
    ether = Ether()
    for i in range(1000):
        up(ether, i * 10**6)
    assert len(ether.log) == 1000 and len(ether._recent) < 30
