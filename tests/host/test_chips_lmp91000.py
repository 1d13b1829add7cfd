"""The LMP91000's model against its data sheet: lock, select pin, output, the cell behind it, faults."""

from typing import Any

import pytest

from davy.errors import DavyError
from davy.vtag.board import Board
from davy.vtag.chips import CHIPS
from davy.vtag.chips.lmp91000 import Lmp91000
from davy.vtag.flash import Flash
from davy.vtag.radio import Network
from davy.vtag.wires import WireError
from davy.vtag.world import World

STATUS, LOCK, TIACN, REFCN, MODECN = 0x00, 0x01, 0x10, 0x11, 0x12


def part(cell: str = "CO-B4", **other: Any) -> dict[str, Any]:
    gas = {"CO-B4": "co", "O2-A2": "o2", "NO2-A43F": "no2"}[cell]
    places: dict[str, Any] = {"i2c": 1, "enable": 4, "adc": 73, "channel": 0, "reference": 3, "gas": gas, "cell": cell}
    return {"role": "gas", "chip": "lmp91000", **places, **other}


def chip(cell: str = "CO-B4", tiacn: int = 13, refcn: int = 128) -> Lmp91000:
    """Set up in the amperometric mode, without noise."""
    made = Lmp91000(part(cell), World())
    made.faults.set("quiet")
    for register, value in ((LOCK, 0), (TIACN, tiacn), (REFCN, refcn), (LOCK, 1), (MODECN, 3)):
        made.write(bytes((register, value)), 0)
    return made


def get(model: Any, register: int) -> int:
    model.write(bytes((register,)), 0)
    return model.read(1, 0)[0]


def gas(model: Lmp91000, value: float) -> None:
    model._world.gas_source = lambda name, t_us: value


def test_power_on():
    model = Lmp91000(part(), World())
    # 7.6: ready, locked, external resistor and 100 ohm, internal reference and 50 %, deep sleep. Reserved bits read anything.
    assert [get(model, r) & m for r, m in ((STATUS, 1), (LOCK, 1), (TIACN, 31), (REFCN, 255), (MODECN, 0x87))] == [
        1,
        1,
        3,
        0x20,
        0,
    ]
    assert get(model, TIACN) & 0xE0 == 0xE0
    assert model.vout(0) == 0


def test_the_lock():
    model = Lmp91000(part(), World())
    model.write(bytes((TIACN, 13)), 0)
    model.write(bytes((REFCN, 128)), 0)
    assert get(model, TIACN) & 31 == 3 and get(model, REFCN) == 0x20
    model.write(bytes((MODECN, 3)), 0)  # not lockable
    assert get(model, MODECN) & 7 == 3
    model.write(bytes((STATUS, 0)), 0)
    assert get(model, STATUS) & 1 == 1
    model.write(bytes((LOCK, 0)), 0)
    model.write(bytes((TIACN, 13)), 0)
    assert get(model, TIACN) & 31 == 13
    model.reset(0)
    assert get(model, TIACN) & 31 == 3 and get(model, LOCK) & 1 == 1


@pytest.mark.parametrize(
    ("cell", "tiacn", "refcn", "amount", "volts"),
    [
        # CO-B4: 525 nA/ppm, -25 nA in zero air; oxidised: VOUT rises. TIACN 3 << 2: 7 k.
        ("CO-B4", 0b01100, 0x80, 0, 0.5 - 25e-9 * 7000),
        ("CO-B4", 0b01100, 0x80, 100, 0.5 + (100 * 525 - 25) * 1e-9 * 7000),
        ("CO-B4", 0b10000, 0x80, 100, 0.5 + (100 * 525 - 25) * 1e-9 * 14000),
        ("CO-B4", 0b01100, 0xA0, 100, 1.25 + (100 * 525 - 25) * 1e-9 * 7000),
        ("CO-B4", 0b01100, 0x80, 5000, 3.25),
        ("CO-B4", 0b01100, 0x80, -1000, 0.01),
        # O2-A2: 100 uA in air; reduced: VOUT falls.
        ("O2-A2", 0b01110, 0xC0, 20.9, 1.675 - 20.9 * 4785e-9 * 7000),
        ("NO2-A43F", 0b10101, 0xC0, 10, 1.675 - 10 * 300e-9 * 35000),
    ],
)
def test_output(cell: str, tiacn: int, refcn: int, amount: float, volts: float):
    model = chip(cell, tiacn, refcn)
    gas(model, amount)
    assert model.vout(1000) == pytest.approx(volts, abs=1e-9)


def test_the_cell_over_temperature():
    model = chip()
    gas(model, 100)
    for celsius, span in ((-40, 0.575), (-20, 0.575), (0, 0.7875), (20, 1.0), (35, 1.0875), (50, 1.175), (60, 1.175)):
        model._world.air_source = lambda t_us, c=celsius: (c, 1013.25, 50)
        assert model.current_na(0) == pytest.approx(52500 * span - 25)


def test_the_reference_moves_the_zero():
    model = chip()
    model.reference_v = lambda t_us: 2.0
    assert model.vout(0) == pytest.approx(0.4 - 175e-6)


def test_a_step_of_the_bias_charges_a_cell_and_nothing_else():
    for name, moved in (("quiet", True), ("open", False)):
        model = chip()
        model.faults.set(name)
        still = model.vout(1_000_000)
        for register, value in ((LOCK, 0), (REFCN, 0x81), (LOCK, 1)):
            model.write(bytes((register, value)), 1_000_000)
        assert (abs(model.vout(1_001_000) - still) > 0.1) == moved
        assert model.vout(3_000_000) == pytest.approx(still, abs=1e-6)
        assert model.vout(999_999) == still


def test_noise_needs_a_cell():
    model = chip()
    model.faults.clear()
    spread = {model.vout(t_us) for t_us in range(0, 10_000_000, 100_000)}
    # 3.4 uVpp * 7000 / (33 + 30) ohm
    assert 0.3e-3 < max(spread) - min(spread) < 0.38e-3
    model.faults.set("open")
    assert {model.vout(t_us) for t_us in range(0, 10_000_000, 100_000)} == {0.5}


def test_faults():
    model = chip()
    for name, value, volts in (
        ("drift", 10, 0.5 + (10 * 525 - 25) * 7e-6),
        ("high", 1, 3.25),
        ("low", 1, 0.01),
        ("open", 1, 0.5),
    ):
        model.faults.set(name, value)
        assert model.vout(0) == pytest.approx(volts, abs=1e-9), name
        model.faults.clear(name)
    gas(model, 100)
    model.faults.set("weak", 0.5)
    assert model.current_na(0) == pytest.approx(26225)
    model.faults.clear()
    model.faults.set("wrong_chip")
    assert get(model, TIACN) == get(model, STATUS) == 0x7F
    model.faults.clear()
    model.faults.set("forgets")
    assert model.vout(0) == 0 and get(model, MODECN) & 7 == 0


# -- on a board: one address for all


@pytest.fixture
def board() -> Board:
    buses = {"i2c": [{"id": 1, "scl": 11, "sda": 10, "freq_hz": 100_000}]}
    parts = [part(), part("O2-A2", enable=5, channel=1), part("NO2-A43F", enable=6, adc=74, channel=0)]
    return Board({"buses": buses, "parts": parts}, World(), Flash(16), Network())


def select(board: Board, pin: int, level: int) -> None:
    board.pins.init(pin, 3, 255, level)


def test_their_names(board: Board):
    assert CHIPS["lmp91000"] is Lmp91000
    assert set(board.chips) == {"lmp91000", "lmp91000:o2", "lmp91000:no2", "ads1115", "ads1115:74"}


def test_the_select_pin(board: Board):
    bus = board.i2c[1]
    with pytest.raises(WireError):
        bus.write(0x48, bytes((LOCK, 0)), 0)
    select(board, 5, 0)
    bus.write(0x48, bytes((LOCK, 0)), 0)
    select(board, 5, 1)
    assert [get(board.chips[name], LOCK) & 1 for name in ("lmp91000", "lmp91000:o2", "lmp91000:no2")] == [1, 0, 1]
    board.pins.reset()  # inputs again, with a pull-up each
    with pytest.raises(WireError):
        bus.read(0x48, 1, 0)


def test_two_that_listen_pull_down_together(board: Board):
    bus = board.i2c[1]
    for pin in (4, 5):
        select(board, pin, 0)
    bus.write(0x48, bytes((LOCK, 0)), 0)
    select(board, 5, 1)
    bus.write(0x48, bytes((TIACN, 0b01101)), 0)
    select(board, 5, 0)
    bus.write(0x48, bytes((TIACN,)), 0)
    assert bus.read(0x48, 1, 0)[0] & 31 == 0b01101 & 0b00011
    board.chips["lmp91000"].faults.set("nak")
    assert bus.read(0x48, 1, 0)[0] & 31 == 0b00011
    board.chips["lmp91000:o2"].faults.set("nak")
    with pytest.raises(WireError):
        bus.read(0x48, 1, 0)


def test_the_wires_to_the_converters(board: Board):
    first, second = board.chips["ads1115"], board.chips["ads1115:74"]
    assert first.inputs[3](0) == second.inputs[3](0) == 2.5
    assert first.inputs[0](0) == first.inputs[1](0) == 0  # asleep
    second.faults.set("reference", 0.0)
    assert board.chips["lmp91000:no2"].reference_v(0) == 0 and board.chips["lmp91000"].reference_v(0) == 2.5


def test_a_cell_that_nobody_knows():
    with pytest.raises((KeyError, DavyError)):
        Lmp91000({**part(), "cell": "X-1"}, World())
