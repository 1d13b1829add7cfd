"""The gateway's core behind the virtual air: records up and orders down through the shipped MAC, without a broker between."""

from typing import Any

import pytest
from lora_air_rig import JOIN, Endpoint, S
from lora_air_rig import KEY as APP_KEY
from test_gateway_core import KEY, TAG, record
from test_gateway_lorawan import batch, cut, receipt

from davy.gateway.account import QUEUE_RETRY_S
from davy.gateway.core import Gateway, Order
from davy.gateway.lora_bench import LoraBench
from davy.gateway.received import Received
from davy.vtag.bench import Bench
from davy.vtag.ether import Ether
from davy.vtag.lora_station import LoRaStation
from lorawan.mac import ACKED
from lorawan.session import Otaa
from tag import events


class Site:
    """A device that has joined, a station, a core."""

    def __init__(self, class_c: bool = True, **settings: Any) -> None:
        self.held: list[Received] = []
        self.bench, self.ether = Bench(), Ether()
        self.station = LoRaStation(self.ether)
        self.peer = self.station.add(bytes.fromhex(TAG), JOIN, APP_KEY)
        self.gateway = Gateway({TAG: KEY}, on_record=self.held.append)
        self.link = LoraBench(self.gateway, self.station, self.bench, class_c=lambda device: class_c)
        who = Otaa(bytes.fromhex(TAG), JOIN, APP_KEY)
        self.device = Endpoint(self.bench, self.ether, who=who, class_c=class_c, **settings)
        self.device.join()
        self.bench.run_for(10 * S)

    def up(self, *found: bytes) -> None:
        """A confirmed uplink, and some rest."""
        assert self.device.exchange(1, batch(*found), confirmed=True) == ACKED
        self.bench.run_for(10 * S)

    def rest(self, seconds: float) -> None:
        self.bench.run_for(int(seconds * S))


def test_records_come_whole_and_in_fragments() -> None:
    site = Site()
    site.up(record(1), record(2))
    for part in cut(record(3, (events.CONFIG, 0, 0, "x" * 90)), 51):
        assert site.device.exchange(2, part, confirmed=True) == ACKED
        site.rest(10)
    assert [r.seq for r in site.held] == [1, 2, 3] and site.held[2].fields["text"] == "x" * 90
    assert site.link.lorawan.ignored == {} and not site.station.missed


@pytest.mark.parametrize("class_c", [True, False])
def test_an_order_until_its_receipt(class_c: bool) -> None:
    site = Site(class_c)
    site.up(record(1))
    ordered_us = site.bench.now_us
    site.link.order(TAG, Order(events.MSG_EVACUATE))
    said = (1, bytes([events.MSG_EVACUATE, 1, 0]))
    if not class_c:
        site.rest(400)
        assert site.device.downs == []  # it does not listen
        site.up(record(2))
    site.bench.run_for(5 * S, until=lambda: len(site.device.downs) == 1)
    assert site.device.downs == [said]
    if class_c:
        assert site.bench.now_us - ordered_us < 2 * S  # 1.3 s of it on the air, at SF12
        site.rest(QUEUE_RETRY_S + 5)
        assert site.device.downs == [said] * 2
    site.up(receipt(3, 1, events.MSG_EVACUATE))
    before = len(site.device.downs)
    site.rest(3600)
    assert len(site.device.downs) == before and site.gateway.tags[TAG].pending == {}


def test_a_station_that_was_away_for_hours_has_one_copy_to_send() -> None:
    site = Site()
    site.up(record(1))
    site.station.deaf = True
    site.link.order(TAG, Order(events.MSG_EVACUATE))
    site.rest(2 * 3600)
    assert len(site.peer.queue) == 1 and site.device.downs == []
    site.station.deaf = False
    site.rest(QUEUE_RETRY_S + 5)
    assert site.device.downs[0] == (1, bytes([events.MSG_EVACUATE, 1, 0])) and len(site.device.downs) <= 2


def test_lost_downlinks_are_repeated() -> None:
    site = Site()
    site.up(record(1))
    lost = [True, True, False]
    site.ether.lose = lambda sender, receiver, t_us: sender == "gateway" and bool(lost) and lost.pop(0)
    site.link.order(TAG, Order(events.MSG_TEXT, ("come up",)))
    site.rest(2 * QUEUE_RETRY_S + 10)
    assert site.device.downs == [(1, bytes([events.MSG_TEXT, 1, 0]) + b"come up")]
