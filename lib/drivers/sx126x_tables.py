"""What an SX1261 or SX1262 is told by numbers: power, TCXO voltage, image calibration. Units and source: `drivers.sx126x`."""

# most dBm -> paDutyCycle, hpMax, deviceSel, paLut of SetPaConfig, and the power in SetTxParams that gives so much (table 13-21).
# What lies below the most is that much less in SetTxParams, down to its least.
POWER = {
    "sx1261": (
        (10, b"\x01\x00\x01\x01", 13),
        (14, b"\x04\x00\x01\x01", 14),
        (15, b"\x06\x00\x01\x01", 14),  # above 400 MHz only
    ),
    "sx1262": (
        (14, b"\x02\x02\x00\x01", 22),
        (17, b"\x02\x03\x00\x01", 22),
        (20, b"\x03\x05\x00\x01", 22),
        (22, b"\x04\x07\x00\x01", 22),
    ),
}
LEAST = {"sx1261": -17, "sx1262": -9}  # of SetTxParams
OCP = {"sx1261": 0x18, "sx1262": 0x38}  # 60 and 140 mA in steps of 2.5, as the chip sets it itself with SetPaConfig

TCXO_MV = (1600, 1700, 1800, 2200, 2400, 2700, 3000, 3300)  # table 13-35

# MHz from, to -> both arguments of CalibrateImage (table 9-2)
BANDS = (
    (430, 440, 0x6B, 0x6F),
    (470, 510, 0x75, 0x81),
    (779, 787, 0xC1, 0xC5),
    (863, 870, 0xD7, 0xDB),
    (902, 928, 0xE1, 0xE9),
)


def power(chip: str, dbm: int, freq_hz: int):
    """(arguments of SetPaConfig, power of SetTxParams): the nearest to `dbm`."""
    rows = POWER[chip]
    if freq_hz < 400_000_000 and chip == "sx1261":
        rows = rows[:2]  # 13.1.14: a duty cycle of at most 4 there
    for most, config, level in rows:
        if dbm <= most:
            return config, max(level - most + dbm, LEAST[chip])
    return rows[-1][1], rows[-1][2]


def band(freq_hz: int):
    """Arguments of CalibrateImage; None where Semtech names none."""
    mhz = freq_hz // 1_000_000
    for low, high, first, second in BANDS:
        if low <= mhz <= high:
            return first, second
    return None
