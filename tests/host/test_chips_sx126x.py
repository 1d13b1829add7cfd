"""The SX126x model against its datasheet (rev 2.1), as a driver meets it: commands, BUSY, status, settings, power, clock."""

import pytest
from chips_lora_wires import MS, LoraWires

STBY_RC, STBY_XOSC, FS, RX, TX = 2, 3, 4, 5, 6
F868 = (0x86, 0x36, 0x40, 0x00, 0x00)


def mode(chip: LoraWires) -> int:
    return chip.send(0x12, 0, 0, 0)[1] >> 4 & 7


def status(chip: LoraWires) -> int:
    """Command status of the command before."""
    return chip.send(0xC0, 0)[1] >> 1 & 7


def irq(chip: LoraWires) -> int:
    return int.from_bytes(chip.send(0x12, 0, 0, 0)[2:], "big")


def errors(chip: LoraWires) -> int:
    return int.from_bytes(chip.send(0x17, 0, 0, 0)[2:], "big")


def tuned(name: str = "sx1262", **part: object) -> LoraWires:
    """LoRa, 868 MHz, SF7, 125 kHz, 4/5, all interrupts on DIO1, 14 dBm, limitations worked around, image calibrated."""
    chip = LoraWires(name, **part)  # type: ignore[arg-type]
    chip.send(0x98, 0xD7, 0xDB)
    chip.send(0x8A, 1)
    chip.send(*F868)
    chip.send(0x8B, 7, 4, 1, 0)
    chip.send(0x8C, 0, 8, 0, 4, 1, 0)
    chip.send(0x95, *((2, 2, 0, 1) if name == "sx1262" else (4, 0, 1, 1)))
    chip.send(0x8E, 22 if name == "sx1262" else 14, 4)
    chip.send(0x08, 0x02, 0x73, 0x02, 0x73, 0, 0, 0, 0)
    chip.send(0x0D, 0x08, 0x89, 0x05)
    chip.send(0x0D, 0x08, 0xD8, 0xDE)
    chip.send(0x0E, 0, *b"ping")
    return chip


def test_after_a_reset():
    chip = LoraWires("sx1262")
    assert mode(chip) == STBY_RC and status(chip) == 1
    assert chip.send(0x1D, 0x07, 0x40, 0, 0, 0)[4:] == b"\x14\x24"
    assert chip.send(0x1D, 0x07, 0x36, 0, 0)[4] == 0x0D
    assert chip.send(0x1D, 0x08, 0xAC, 0, 0)[4] == 0x94
    assert errors(chip) == 0 and irq(chip) == 0
    assert LoraWires("sx1262", tcxo_mv=1800).send(0x17, 0, 0, 0)[3] == 0x20  # 13.3.6: XOSC_START_ERR


def test_busy_times():
    """RM0453 table 33, typical: cold 3500, warm 340, XOSC 31, FS 50, RX 83, TX 126 us; calibration 3.5 ms (13.1.12)."""
    chip = tuned()
    for command, us in (((0x80, 1), 31), ((0x80, 0), 1), ((0xC1,), 50), ((0x80, 0), 1)):
        chip.send(*command)
        assert chip.busy_us() == -(-us // 10) * 10, command
    chip.send(0x82, 0, 0, 0)
    assert chip.busy_us() == 90
    chip.send(0x80, 0)
    chip.send(0x83, 0, 0, 0)
    assert chip.busy_us() == 130
    chip.send(0x80, 0)
    chip.send(0x89, 0x7F)
    assert chip.busy_us() == 3500
    chip.wait(4)
    chip.chip.hold(0, chip.t_us)
    assert chip.busy_us() == 1_000_000
    chip.chip.hold(1, chip.t_us)
    assert chip.busy_us() == 3500


def test_a_command_while_busy_is_lost():
    chip = tuned()
    chip.send(0x89, 0x7F)
    assert chip.raw(0x12, 0, 0, 0) == b"\xff" * 4
    chip.raw(0x0D, 0x07, 0x40, 0x34)
    assert chip.send(0x1D, 0x07, 0x40, 0, 0)[4] == 0x14
    assert chip.chip.complaints == ["a command while BUSY"] * 2


@pytest.mark.parametrize(
    "wrong", [(0x99, 0), (0x80,), (0x80, 0, 0), (0x8B, 7, 4, 1), (0x12, 0, 0, 0, 0), (0x0D, 7, 0x40)]
)
def test_unknown_commands_and_wrong_lengths(wrong: tuple[int, ...]):
    chip = tuned()
    chip.send(*wrong)
    assert status(chip) == 4 and len(chip.chip.complaints) == 1


@pytest.mark.parametrize("mode_of", [0x82, 0x83])
@pytest.mark.parametrize(
    "refused", [(0x84, 4), (0x89, 0x7F), (0x98, 0xD7, 0xDB), (0x97, 2, 0, 1, 0x40), F868, (0x8A, 1)]
)
def test_what_is_refused_while_it_listens_or_sends(mode_of: int, refused: tuple[int, ...]):
    chip = tuned()
    chip.send(mode_of, 0, 0, 0)
    chip.send(*refused)
    assert status(chip) == 5 and chip.chip.complaints and mode(chip) in (RX, TX)


def test_modulation_needs_the_packet_type():
    chip = LoraWires("sx1262")
    chip.send(0x8B, 7, 4, 1, 0)
    assert status(chip) == 5
    chip.send(0x8A, 1)
    for good in ((5, 4, 1, 0), (12, 6, 4, 1)):
        chip.send(0x8B, *good)
        assert status(chip) == 1
    for bad in ((4, 4, 1, 0), (13, 4, 1, 0), (7, 7, 1, 0), (7, 4, 0, 0), (7, 4, 5, 0)):
        chip.send(0x8B, *bad)
        assert status(chip) == 5


def test_the_buffer_wraps():
    chip = LoraWires("sx1262")
    chip.send(0x0E, 254, 1, 2, 3, 4)
    assert chip.send(0x1E, 254, 0, 0, 0, 0, 0)[3:] == b"\x01\x02\x03\x04"
    assert chip.send(0x1E, 0, 0, 0, 0)[3:] == b"\x03\x04"


def test_sleep_keeps_what_the_datasheet_says():
    chip = tuned()
    chip.send(0x0D, 0x07, 0x40, 0x34, 0x44)
    chip.send(0x0D, 0x08, 0xAC, 0x96)
    chip.send(0x84, 0x04)
    assert chip.busy_us() == 1_000_000
    chip.wait(1)
    chip.raw()  # a falling select wakes
    assert chip.busy_us() == 340
    assert chip.send(0x1D, 0x07, 0x40, 0, 0, 0)[4:] == b"\x34\x44"
    assert chip.send(0x1D, 0x08, 0xAC, 0, 0)[4] == 0x94  # 9.6: not on the retention list
    assert chip.send(0x1E, 0, 0, 0, 0)[3:] == b"\x00\x00"  # the buffer is lost
    chip.send(0x84, 0x00)
    chip.wait(1)
    chip.raw()
    assert chip.busy_us() == 3500
    assert chip.send(0x1D, 0x07, 0x40, 0, 0, 0)[4:] == b"\x14\x24"
    assert chip.chip.complaints == []
    chip.send(0x84, 0x04)
    chip.wait(0.1)
    chip.raw()
    assert chip.chip.complaints == ["woken while it went to sleep"]


@pytest.mark.parametrize(
    ("config", "power", "dbm"),
    [
        ((4, 7, 0, 1), 22, 22),
        ((3, 5, 0, 1), 22, 20),
        ((2, 3, 0, 1), 22, 17),
        ((2, 2, 0, 1), 22, 14),
        ((2, 2, 0, 1), 12, 4),
    ],
)
def test_power_of_an_sx1262(config: tuple[int, ...], power: int, dbm: int):
    """Table 13-21."""
    chip = tuned()
    chip.send(0x95, *config)
    assert chip.send(0x1D, 0x08, 0xE7, 0, 0)[4] == 0x38  # 140 mA, set by SetPaConfig
    chip.send(0x8E, power, 4)
    chip.send(0x83, 0, 0, 0)
    assert chip.ether.log[-1].power_dbm == dbm and chip.chip.complaints == []


def test_power_of_an_sx1261():
    chip = tuned("sx1261")
    assert chip.send(0x1D, 0x08, 0xE7, 0, 0)[4] == 0x18  # 60 mA
    chip.send(0x83, 0, 0, 0)
    assert chip.ether.log[-1].power_dbm == 14 and chip.chip.complaints == []
    chip.send(0x80, 0)
    chip.send(0x95, 4, 7, 0, 1)  # the other chip's
    chip.send(0x8E, 22, 4)
    assert len(chip.chip.complaints) == 2


def test_a_tcxo_that_was_not_told_of():
    chip = tuned(tcxo_mv=1800)
    assert status(chip) == 1
    chip.send(0x07, 0, 0)
    for order in ((0x83, 0, 0, 0), (0x82, 0, 0, 0), (0x80, 1), (0xC1,)):
        chip.send(*order)
        assert mode(chip) == STBY_RC and errors(chip) == 0x20, order
        chip.send(0x07, 0, 0)
        assert errors(chip) == 0
    assert chip.ether.log == []
    chip.send(0x89, 0x7F)
    assert errors(chip) & 0x20
    chip.send(0x97, 0x02, 0, 0x01, 0x40)  # 1.8 V, 5 ms
    chip.send(0x07, 0, 0)
    chip.send(0x89, 0x7F)
    assert 8490 <= chip.busy_us() <= 8510
    assert errors(chip) == 0
    chip.send(0x98, 0xD7, 0xDB)
    chip.send(0x83, 0, 0, 0)
    assert 5110 <= chip.busy_us() <= 5140 and mode(chip) == TX
    assert chip.ether.log[-1].start_us - chip.t_us < 5 * MS + 130


@pytest.mark.parametrize("told", [(0x07, 0, 0x01, 0x40), (0x02, 0, 0, 0x40)], ids=["3.3 V", "1 ms"])
def test_a_tcxo_that_was_told_wrong(told: tuple[int, ...]):
    chip = tuned(tcxo_mv=1800)
    chip.send(0x97, *told)
    chip.send(0x07, 0, 0)
    chip.send(0x89, 0x7F)
    assert errors(chip) & 0x20


def test_a_switch_on_dio2_that_was_not_told_of():
    chip = tuned(dio2_rf_switch=True)
    chip.send(0x83, 0, 0, 0)
    assert chip.ether.log[-1].power_dbm == 14 - 60
    chip.send(0x80, 0)
    chip.send(0x9D, 1)
    chip.send(0x83, 0, 0, 0)
    assert chip.ether.log[-1].power_dbm == 14


def test_complaints_about_known_limitations():
    for change, what in (
        ((0x0D, 0x08, 0x89, 0x01), "15.1"),
        ((0x0D, 0x08, 0xD8, 0xC8), "15.2"),
        ((0x0D, 0x07, 0x36, 0x09), "15.4"),
        ((0x98, 0xE1, 0xE9), "image"),
    ):
        chip = tuned()
        chip.send(*change)
        chip.send(0x83, 0, 0, 0)
        assert len(chip.chip.complaints) == 1 and what in chip.chip.complaints[0], chip.chip.complaints
    chip = tuned()
    chip.send(0x8B, 7, 6, 1, 0)
    chip.send(0x83, 0, 0, 0)
    assert "15.1" in chip.chip.complaints[0]


def test_faults():
    chip = tuned()
    chip.wait(1)
    chip.chip.faults.set("stuck_busy")
    assert chip.level("busy") == 1
    chip.chip.faults.clear()
    assert chip.level("busy") == 0
    chip.chip.faults.set("absent")
    assert chip.raw(0x12, 0, 0, 0) == b"\xff" * 4 and chip.level("busy") == 0
    chip.chip.faults.clear()
    chip.chip.faults.set("foreign")
    assert chip.send(0x1D, 0x07, 0x40, 0, 0)[4] != 0x14
    chip.chip.faults.clear()
    chip.send(0x0D, 0x07, 0x40, 0x34)
    chip.chip.faults.set("lost_config")
    assert chip.busy_us() == 3500 and "lost_config" not in chip.chip.faults
    assert chip.send(0x1D, 0x07, 0x40, 0, 0)[4] == 0x14
