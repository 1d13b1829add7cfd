"""The gateway and network server on the virtual air, with the shipped MAC as the device."""

from datetime import UTC, datetime
from typing import Any

import pytest
from lora_air_rig import EUI, JOIN, KEY, Endpoint, S
from test_lorawan_days import Accountant
from test_lorawan_network import up

from davy.errors import DavyError
from davy.lorawan import wire
from davy.lorawan.air import airtime_us
from davy.lorawan.plans import PLANS
from davy.vtag.bench import Bench
from davy.vtag.ether import Ether, shares
from davy.vtag.lora_station import BEGAN, LoRaStation, gps_us
from lorawan.mac import ACKED, DONE, NOT_ACKED


class Site:
    """A bench, an air, a gateway and one device that is known to it."""

    def __init__(self, region: str = "EU868", **settings: Any) -> None:
        self.bench, self.ether = Bench(), Ether()
        self.station = LoRaStation(self.ether, region, seed=3)
        self.peer = self.station.add(EUI, JOIN, KEY)
        self.came: list[tuple[int, int, bytes]] = []
        self.station.on_uplink = lambda peer, data: self.came.append((data.fcnt, data.port, data.payload))
        self.device = Endpoint(self.bench, self.ether, region, **settings)

    def downs(self) -> list[Any]:
        return [sent for sent in self.ether.log if sent.sender == "gateway"]


def joined(region: str = "EU868", **settings: Any) -> Site:
    site = Site(region, **settings)
    site.device.join()
    site.bench.run_for(10 * S)
    return site


@pytest.mark.parametrize("region", PLANS)
def test_join_up_and_down_in_both_windows_in_every_region(region: str) -> None:
    site = joined(region, least=11)
    device, station = site.device, site.station
    for window in (1, 2):
        site.peer.window = window
        station.send(site.peer, 9, b"down%d" % window)
        assert device.exchange(5, b"up%d" % window) == DONE
        site.bench.run_for(20 * S)
    assert [(port, payload) for _, port, payload in site.came] == [(5, b"up1"), (5, b"up2")]
    assert device.downs == [(9, b"down1"), (9, b"down2")]
    assert not station.missed and not station.network.refused
    for sent in site.downs():
        assert sent.inverted and not sent.crc and sent.sync == 0x34


def test_a_downlink_begins_to_the_microsecond_after_the_uplinks_end() -> None:
    site = joined()
    accept = site.downs()[-1]
    request_ = next(sent for sent in reversed(site.ether.log) if sent.sender == "tag" and sent.payload[0] == 0)
    assert accept.start_us - request_.end_us == 5 * S
    for window in (1, 2):
        site.peer.window = window
        site.station.send(site.peer, 9, b"x")
        site.device.exchange(5, b"y")
        site.bench.run_for(20 * S)
        *_, uplink, down = site.ether.log
        assert (uplink.sender, down.sender) == ("tag", "gateway") and down.start_us - uplink.end_us == window * S


def test_a_confirmed_uplink_that_is_repeated_comes_once() -> None:
    site = joined()
    lost = [True, True, False]  # of the acknowledgements
    site.ether.lose = lambda sender, receiver, t_us: sender == "gateway" and lost.pop(0)
    assert site.device.exchange(1, b"alarm", confirmed=True) == NOT_ACKED
    assert site.device.exchange(1, b"alarm", confirmed=True) == NOT_ACKED
    assert site.device.exchange(1, b"alarm", confirmed=True) == ACKED
    assert site.came == [(0, 1, b"alarm"), (1, 1, b"alarm"), (2, 1, b"alarm")]  # new frames: the application's to know
    site.bench.run_for(10 * S)
    again = site.station.network.peers[EUI].last_phy
    site.ether.transmit(site.bench.now_us + 1000, again, 868_100_000, 7, sender="tag", inverted=False, crc=True)
    site.bench.run_for(10 * S)
    assert len(site.came) == 3  # the same frame: the network's


def test_class_c_hears_at_once_and_in_order() -> None:
    site = joined(class_c=True)
    site.device.exchange(1, b"here")
    site.bench.run_for(60 * S)
    began_us = site.bench.now_us
    for text in (b"one", b"two", b"three"):
        site.station.push(site.peer, 3, text)
    site.bench.run_for(20 * S, until=lambda: len(site.device.downs) == 3)
    assert site.device.downs == [(3, b"one"), (3, b"two"), (3, b"three")]
    first = site.downs()[-3]
    assert first.start_us - began_us <= 100_000
    assert site.bench.now_us - began_us < 5 * S  # three frames of 1.3 to 1.5 s at SF12
    assert not site.station.missed


def test_a_push_waits_while_the_device_has_its_windows() -> None:
    site = joined(class_c=True)
    site.station.on_uplink = lambda peer, data: site.station.push(peer, 3, b"evacuate")
    site.device.exchange(1, b"here", confirmed=True)
    site.bench.run_for(10 * S)
    assert site.device.downs == [(3, b"evacuate")]
    ack, pushed = site.downs()[-2:]
    assert ack.payload[5] & 0x20 and pushed.start_us >= ack.end_us
    assert ack.payload[6] + 1 == pushed.payload[6]  # counters rise on the air
    site.device.exchange(1, b"again")  # no acknowledgement: at SF12 it would lie across the first window
    site.bench.run_for(10 * S)
    assert site.device.downs == [(3, b"evacuate")] * 2


def test_what_cannot_be_pushed_waits_for_the_next_uplink() -> None:
    site = Site()
    site.station.push(site.peer, 3, b"early")
    site.device.join()
    site.bench.run_for(20 * S)
    assert site.device.downs == []
    site.device.exchange(1, b"here")
    assert site.device.downs == [(3, b"early")]
    with pytest.raises(DavyError, match="on no bench"):
        LoRaStation(Ether()).push(site.peer, 3, b"x")


def test_deaf_hears_nothing_and_sends_nothing() -> None:
    site = joined(class_c=True)
    station, before = site.station, len(site.downs())
    station.deaf = True
    station.push(site.peer, 3, b"later")
    assert site.device.exchange(1, b"lost", confirmed=True) == NOT_ACKED
    site.bench.run_for(60 * S)
    assert site.came == [] and len(site.downs()) == before and station.missed == {"deaf": 1}
    station.deaf = False
    assert site.device.exchange(1, b"heard", confirmed=True) == ACKED
    assert [payload for _, _, payload in site.came] == [b"heard"] and site.device.downs == [(3, b"later")]


def test_a_downlink_that_is_due_while_deaf_is_lost() -> None:
    site = joined()
    site.station.send(site.peer, 3, b"too late")
    site.station.on_uplink = lambda peer, data: setattr(site.station, "deaf", True)
    before = len(site.downs())
    assert site.device.exchange(1, b"x") == DONE
    assert site.device.downs == [] and len(site.downs()) == before and site.station.missed == {"deaf": 1}


def test_the_time_is_told() -> None:
    # 2017-01-01 00:00:00 UTC is GPS second 1 167 264 018: the leap second bulletin of that day (IERS Bulletin C 52).
    assert gps_us(datetime(2017, 1, 1, tzinfo=UTC)) == 1_167_264_018 * S
    site = joined()
    site.device.mac.ask_time()
    site.device.exchange(1, b"what time is it")
    site.bench.run_for(10 * S)
    ((gps_s, gps_256, at_us),) = site.device.times
    assert abs(gps_s * S + gps_256 * S // 256 - gps_us(BEGAN) - at_us) < 5_000


def test_what_a_gateway_would_not_pass_on() -> None:
    site = joined()
    assert site.peer.keys
    frame = up(site.peer, 0)
    t_us = site.bench.now_us
    options: list[dict[str, Any]] = [{"crc": False}, {"sync": 0x12}, {"inverted": True}, {}]
    for number, option in enumerate(options):
        hz = 868_150_000 if not option else 868_100_000
        how: dict[str, Any] = {"sender": "tag", "inverted": False, "crc": True, **option}
        site.ether.transmit(t_us + (number + 1) * S, frame, hz, 7, **how)
    site.bench.run_for(10 * S)
    assert site.came == [] and site.station.missed == {"no CRC": 1, "no channel": 1}
    site.ether.transmit(site.bench.now_us, frame, 868_099_976.0, 7, sender="tag", inverted=False, crc=True)
    site.bench.run_for(1 * S)
    assert site.came == [(0, 1, b"x")]  # a synthesiser's step beside the channel


def test_one_transmitter_sends_one_frame() -> None:
    bench, ether = Bench(), Ether()
    ether.at = bench.at
    station = LoRaStation(ether)
    for number in range(2):
        station.add(bytes(7) + bytes([number]), JOIN, KEY)
    for number, hz in enumerate((868_100_000, 868_300_000)):
        frame = b"\0" + JOIN[::-1] + (bytes(7) + bytes([number]))[::-1] + bytes(2)
        whole = frame + wire.mic(KEY, frame)
        ether.transmit(1000 + number, whole, hz, 7, sender=f"tag{number}", inverted=False, crc=True)
    bench.run_for(10 * S)
    assert len([sent for sent in ether.log if sent.sender == "gateway"]) == 1
    assert station.missed == {"transmitter busy": 1}


def test_answers_to_mac_commands_are_no_application_data() -> None:
    site = joined()
    site.station.network.request(site.peer, b"\x06" * 6)
    site.device.exchange(1, b"x")
    site.bench.run_for(20 * S)
    assert [data.port for data in site.peer.uplinks] == [1, 0] and site.came == [(0, 1, b"x")]


def test_what_is_longer_than_a_frame_does_not_hold_up_the_rest() -> None:
    site = joined()
    site.peer.window = 2  # DR0: 51 bytes
    site.station.send(site.peer, 3, bytes(52))
    site.station.send(site.peer, 3, bytes(51))
    site.device.exchange(1, b"x")
    site.bench.run_for(20 * S)
    assert site.device.downs == [(3, bytes(51))] and site.station.network.refused == {"too long": 1}


def test_a_shift_with_losses_for_an_accountant() -> None:
    """Eight hours of a device that sends whenever it may: what was aired, heard or not, and nothing that grows without need."""
    site = joined(seed=11)
    site.ether.lose = shares(0.3, seed=5)
    device, bench = site.device, site.bench
    end_us = bench.now_us + 8 * 3600 * S
    sent: list[bytes] = []
    while bench.now_us < end_us:
        payload = len(sent).to_bytes(2, "big") + bytes(8)
        if device.send(1, payload, confirmed=len(sent) % 2 == 0, urgent=len(sent) % 3 == 0):
            sent.append(payload)
        bench.run_for(3 * S)
    aired = site.station.aired("tag")
    assert len(aired) > 2000 and aired == sorted(aired, key=lambda one: one.start_us)
    accountant = Accountant("EU868")
    for one in aired:
        accountant.add(one.freq_hz, one.start_us, one.air_us)
    assert 0.7 < max(accountant.fullest().values()) <= 1.0, accountant.fullest()
    frames = [one for one in site.ether.log if one.sender == "tag"]
    by_formula = [airtime_us(one.modulation.sf, one.modulation.bw_hz, len(one.payload)) for one in frames]
    assert all(abs(one.air_us - us) <= 1 for one, us in zip(aired, by_formula, strict=True))
    assert all(a.end_us == b.end_us for a, b in zip(aired, frames, strict=True))
    heard = [one for one in aired if one.heard]
    assert 0.6 < len(heard) / len(aired) < 0.8
    came = [payload for _, _, payload in site.came]
    assert len(came) == len(set(came)) and set(came) <= set(sent) and len(came) > 1000
    assert len(site.ether._recent) < 100 and len(site.ether._unheard) < 3 and len(site.station._planned) < 20
    assert len(site.downs()) > 500 and len(bench._calendar) < 20
