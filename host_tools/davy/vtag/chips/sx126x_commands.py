"""The commands of an SX126x as data: opcode, name, how many bytes follow, in which modes it may be sent; registers after a reset.

Tables and chapters are those of the SX1261/2 datasheet rev 2.1. Checked against Semtech's sx126x_driver 2.2 (opcodes, lengths,
flags, current limits, registers that sleep loses), micropython-lib's lora-sx126x (power, modes, status), ST RM0453 table 33 (BUSY).
Not checked: values of registers after a reset but for sync word and gain; which commands a mode refuses; 500 us after SetSleep.
"""

from dataclasses import dataclass

SLEEP, STBY_RC, STBY_XOSC, FS, RX, TX = 0, 2, 3, 4, 5, 6
ANY = frozenset((STBY_RC, STBY_XOSC, FS, RX, TX))
STANDBY = frozenset((STBY_RC, STBY_XOSC))
RC = frozenset((STBY_RC,))
IDLE = frozenset((STBY_RC, STBY_XOSC, FS))


@dataclass(frozen=True)
class Command:
    """One opcode. `most` None: any number of bytes from `least` on."""

    name: str
    least: int
    most: int | None
    modes: frozenset[int] = ANY
    reads: bool = False


def _command(name: str, n: int, modes: frozenset[int] = ANY) -> Command:
    return Command(name, n, n, modes)


def _query(name: str, n: int) -> Command:
    return Command(name, 1, 1 + n, reads=True)


COMMANDS = {
    0x80: _command("set_standby", 1),
    0x82: _command("set_rx", 3),
    0x83: _command("set_tx", 3),
    0x84: _command("set_sleep", 1, STANDBY),
    0xC1: _command("set_fs", 0),
    0x9F: _command("stop_timer_on_preamble", 1),
    0xA0: _command("set_symbol_timeout", 1),
    0x96: _command("set_regulator", 1, STANDBY),
    0x89: _command("calibrate", 1, RC),
    0x98: _command("calibrate_image", 2, RC),
    0x95: _command("set_pa_config", 4, IDLE),
    0x93: _command("set_fallback", 1),
    0x0D: Command("write_register", 3, None),
    0x1D: Command("read_register", 3, None, reads=True),
    0x0E: Command("write_buffer", 2, None),
    0x1E: Command("read_buffer", 2, None, reads=True),
    0x08: _command("set_dio_irq", 8),
    0x12: _query("get_irq", 2),
    0x02: _command("clear_irq", 2),
    0x9D: _command("set_dio2", 1),
    0x97: _command("set_dio3", 4, RC),
    0x86: _command("set_frequency", 4, IDLE),
    0x8A: _command("set_packet_type", 1, IDLE),
    0x11: _query("get_packet_type", 1),
    0x8E: _command("set_tx_params", 2, IDLE),
    0x8B: _command("set_modulation", 4, IDLE),
    0x8C: _command("set_packet", 6, IDLE),
    0x8F: _command("set_buffer_base", 2),
    0xC0: _query("get_status", 0),
    0x13: _query("get_rx_buffer", 2),
    0x14: _query("get_packet_status", 3),
    0x15: _query("get_rssi", 1),
    0x17: _query("get_errors", 2),
    0x07: _command("clear_errors", 2),
}

BANDWIDTH_HZ = {0x04: 125_000, 0x05: 250_000, 0x06: 500_000, 0x03: 62_500, 0x02: 31_250, 0x01: 15_625}
TCXO_MV = (1600, 1700, 1800, 2200, 2400, 2700, 3000, 3300)

IQ_POLARITY, SYNC_WORD, TX_MODULATION, RX_GAIN, TX_CLAMP, OCP = 0x0736, 0x0740, 0x0889, 0x08AC, 0x08D8, 0x08E7
RESET = {
    IQ_POLARITY: 0x0D,
    SYNC_WORD: 0x14,
    SYNC_WORD + 1: 0x24,
    TX_MODULATION: 0x01,
    RX_GAIN: 0x94,
    TX_CLAMP: 0xC8,
    OCP: 0x18,
    0x0911: 0x05,
    0x0912: 0x05,
}
# What a sleep with settings kept loses all the same, unless it is on the retention list (9.6)
NOT_KEPT = (IQ_POLARITY, TX_MODULATION, RX_GAIN)

# (deviceSel, paDutyCycle, hpMax) -> dBm at (power of SetTxParams): table 13-21
OPTIMAL = {
    (1, 6, 0): (15, 14),
    (1, 4, 0): (14, 14),
    (1, 1, 0): (10, 13),
    (0, 4, 7): (22, 22),
    (0, 3, 5): (20, 22),
    (0, 2, 3): (17, 22),
    (0, 2, 2): (14, 22),
}

TX_DONE, RX_DONE, PREAMBLE, HEADER, HEADER_ERR, CRC_ERR, TIMEOUT = 0x01, 0x02, 0x04, 0x10, 0x20, 0x40, 0x200
XOSC_START_ERR, PLL_CALIB_ERR = 0x20, 0x04

# How long BUSY is high, in us: ST RM0453 table 33 (the same radio); SX1261/2 table 8-2
COLD_US, WARM_US = 3500, 340
RX_US, TX_US, FS_US, XOSC_US = 83, 126, 50, 31
CALIBRATE_US = 3500
SETTLE_US = 1
ASLEEP_US = 500  # after SetSleep the chip does not react for so long (13.1.1)
