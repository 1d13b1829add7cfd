"""Electrochemical cells as parts of a board: opened with what a deploy has filled in, sharing a converter and an address."""

import time

import cell_rig as rig

import quality
from tag.events import FAULT_GAS
from tag.hal import board, parts

BUSES = {"i2c": [rig.BUS]}


def filled(name, **other):
    part = rig.part(name)
    part["cell"] = rig.CELLS[name]
    part.update(other)
    return part


def opened(made):
    return parts.Parts({"name": "bench", "parts": made}, board.Buses({"buses": BUSES, "parts": []}))


def run(cells, ms):
    for _ in range(ms // 200):
        time.sleep_ms(200)
        t_ms = time.ticks_ms()
        for cell in cells:
            cell.poll(t_ms)


def test_three_cells_of_a_board_work():
    rig.clear()
    found = opened([filled(name, warmup_s=4) for name in rig.ALL])
    assert found.problems == []
    assert [cell.gas for cell in found.gas] == [rig.CO, rig.NO2, rig.O2]
    assert [cell.t90_s for cell in found.gas] == [15, 60, 15]
    rig.set_gas("co", 42)
    run(found.gas, 12000)
    assert [cell.quality for cell in found.gas] == [quality.OK] * 3
    assert abs(found.gas[0].value - 420) <= 2 and abs(found.gas[2].value - 2090) <= 2


def test_what_cannot_be_opened_costs_that_cell_only():
    rig.clear()
    found = opened(
        [
            filled("CO-B4", warmup_s=1),
            filled("NO2-A43F", cell="NO2-A43F"),  # a board file that no deploy has filled in
            filled("O2-A2", channel=0),  # CO's input
            filled("O2-A2", gas="radon"),
            filled("O2-A2", i2c=3),
        ]
    )
    assert [source for source, _ in found.problems][:4] == [FAULT_GAS] * 4
    assert len(found.gas) == 1
    run(found.gas, 8000)
    assert found.gas[0].quality == quality.OK


def test_a_held_bus_is_freed_by_the_board():
    import vport

    rig.clear()
    found = opened([filled("CO-B4", warmup_s=1)])
    run(found.gas, 8000)
    vport.control({"do": "sda_hold", "bus": 1, "clocks": 7})
    run(found.gas, 6000)
    assert found.gas[0].quality == quality.OK
