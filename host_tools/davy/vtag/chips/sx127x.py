"""Semtech SX1276 (and SX1277, SX1278, SX1279) at the level of its registers, as a driver meets it on SPI; the modem: `lora_modem`.

Modelled: the two pages of registers, the LoRa bit that changes in sleep only, modes, the FIFO with its pointers, interrupt flags
with their mask, DIO0 and DIO1, RXSINGLE with its count of symbols, RXCONTINUOUS, strength of the last frame for both receivers,
power by RegPaConfig, RegPaDac and RegOcp, image calibration, inverted IQ, the errata 2.1 and 2.3 (as complaints), a TCXO input.
Not modelled: FSK, CAD, frequency hopping, implicit headers, spreading factor 6, FSTX and FSRX, temperature.

Tables and chapters are those of the SX1276/77/78/79 datasheet rev 7. Checked against Semtech's LoRaMac-node, sx1276.c (LoRa bit,
calibration, errata note 1.1, RegInvertIQ, RSSI), micropython-lib's lora-sx127x (registers, flags, pins, symbols) and page 94 of the
datasheet (power, frequency after a reset). Not checked: most values after a reset; start-up times (2.5.5).
"""

from typing import Any

from davy.vtag.chips.lora_chip import LoraChip
from davy.vtag.chips.lora_modem import Event
from davy.vtag.ether import Ear, Transmission
from davy.vtag.loratime import Modulation
from davy.vtag.world import World

FIFO, OP_MODE, FRF, PA_CONFIG, OCP, LNA, FIFO_ADDR = 0x00, 0x01, 0x06, 0x09, 0x0B, 0x0C, 0x0D
TX_BASE, RX_BASE, RX_ADDR, IRQ_MASK, IRQ_FLAGS, RX_BYTES = 0x0E, 0x0F, 0x10, 0x11, 0x12, 0x13
SNR, RSSI, HOP, MODEM_1, MODEM_2, SYMBOLS, PREAMBLE, LENGTH = 0x19, 0x1A, 0x1C, 0x1D, 0x1E, 0x1F, 0x20, 0x22
MODEM_3, DETECT, INVERT_IQ, SYNC_WORD, INVERT_IQ_2, IMAGE_CAL = 0x26, 0x31, 0x33, 0x39, 0x3B, 0x3B
DIO_MAPPING, VERSION, TCXO, PA_DAC = 0x40, 0x42, 0x4B, 0x4D

SLEEP, STANDBY, TX, RX_CONTINUOUS, RX_SINGLE = 0, 1, 3, 5, 6
RX_TIMEOUT, RX_DONE, CRC_ERROR, VALID_HEADER, TX_DONE = 0x80, 0x40, 0x20, 0x10, 0x08
DIO0, DIO1 = {0: RX_DONE, 1: TX_DONE}, {0: RX_TIMEOUT}  # by mapping

COMMON = {OP_MODE: 0x09, FRF: 0x6C, 0x07: 0x80, PA_CONFIG: 0x4F, 0x0A: 0x09, OCP: 0x2B, LNA: 0x20, VERSION: 0x12}
COMMON |= {TCXO: 0x09, PA_DAC: 0x84}
LORA = {TX_BASE: 0x80, MODEM_1: 0x72, MODEM_2: 0x70, SYMBOLS: 0x64, PREAMBLE + 1: 0x08, LENGTH: 0x01, 0x23: 0xFF}
LORA |= {
    0x2F: 0x20,
    DETECT: 0xC3,
    INVERT_IQ: 0x27,
    0x36: 0x03,
    0x37: 0x0A,
    SYNC_WORD: 0x12,
    0x3A: 0x20,
    INVERT_IQ_2: 0x1D,
}
FSK = {IMAGE_CAL: 0x82}
READ_ONLY = (RX_ADDR, RX_BYTES, SNR, RSSI, HOP, VERSION)

BOOT_US, CRYSTAL_US, START_US, CALIBRATE_US = 5000, 250, 120, 10_000


class Sx127x(LoraChip):
    """One chip. `part`: as the board is built "pa_boost" (which pin goes to the antenna) and "tcxo"."""

    def __init__(self, part: dict[str, Any], world: World) -> None:
        super().__init__(part, world, "wrong_id")
        self._held = False
        self.reset(0)

    def outputs(self) -> tuple[str, ...]:
        """Those of the interrupts that the board has."""
        return tuple(key for key in ("dio0", "dio1") if key in self.part)

    def reset(self, t_us: int) -> None:
        """Power has just come up, or the reset line has risen."""
        self.modem.stop(t_us)
        self._ready_us = t_us + BOOT_US
        self._pages = (bytearray(0x80), bytearray(0x80))  # FSK and what is common, LoRa
        for page, values in zip(self._pages, (COMMON | FSK, LORA), strict=True):
            for register, value in values.items():
                page[register] = value
        self._fifo = bytearray(256)
        self._calibrated_us = 0
        self.calibrated: set[bool] = set()  # low bands, high bands
        self._rx_at = 0
        self._address: int | None = None
        self._selected = False

    def hold(self, level: int, t_us: int) -> None:
        """The reset line."""
        if self._held and level:
            self.reset(t_us)
        elif not level:
            self.modem.stop(t_us)
        self._held = not level

    @property
    def lora(self) -> bool:
        """Whether the LoRa page is there."""
        return bool(self._pages[0][OP_MODE] & 0x80)

    @property
    def mode(self) -> int:
        """Mode bits of RegOpMode."""
        return self._pages[0][OP_MODE] & 7

    def level(self, key: str, t_us: int) -> int:
        """An interrupt pin."""
        self._advance(t_us)
        if not self.lora or "no_irq" in self.faults or "absent" in self.faults:
            return 0
        mapping = self._pages[0][DIO_MAPPING]
        meant = DIO0.get(mapping >> 6, 0) if key == "dio0" else DIO1.get(mapping >> 4 & 3, 0)
        return int(bool(self._pages[1][IRQ_FLAGS] & meant))

    # -- the bus

    def select(self, on: bool, t_us: int) -> None:
        """The first byte after a falling select is an address."""
        self._selected, self._address = on, None

    def exchange(self, data: bytes, t_us: int) -> bytes:
        """Address, then register values one after the other; all of them in the FIFO when the address is 0."""
        self._advance(t_us)
        if self._held or "absent" in self.faults or not self._selected:
            return b"\xff" * len(data)
        if t_us < self._ready_us:
            self.complain("used in the first 5 ms")
            return b"\xff" * len(data)
        answer = bytearray()
        for byte in data:
            if self._address is None:
                self._address, self._writes = byte & 0x7F, bool(byte & 0x80)
                answer.append(0)
                continue
            answer.append(0 if self._writes else self._get(self._address, t_us))
            if self._writes:
                self._set(self._address, byte, t_us)
            if self._address != FIFO:
                self._address = (self._address + 1) & 0x7F
        return bytes(answer)

    def _page(self, register: int) -> bytearray:
        return self._pages[1 if self.lora and FIFO_ADDR <= register < DIO_MAPPING else 0]

    def _get(self, register: int, t_us: int) -> int:
        if register == VERSION and "wrong_id" in self.faults:
            return 0x22
        if register == FIFO:
            return self._through_fifo(None)
        if register == IMAGE_CAL and not self.lora:
            return self._pages[0][IMAGE_CAL] & 0x9F | (0x20 if t_us < self._calibrated_us else 0)
        return self._page(register)[register]

    def _set(self, register: int, value: int, t_us: int) -> None:
        if register == FIFO:
            self._through_fifo(value)
        elif register == OP_MODE:
            self._set_mode(value, t_us)
        elif register == IRQ_FLAGS and self.lora:
            self._pages[1][IRQ_FLAGS] &= ~value
        elif register not in READ_ONLY or not self.lora:
            if register == IMAGE_CAL and not self.lora and value & 0x40:
                self._calibrate(t_us)
            self._page(register)[register] = value

    def _through_fifo(self, value: int | None) -> int:
        """One byte in, or out, at the FIFO's pointer."""
        if self.mode == SLEEP or not self.lora:
            self.complain("FIFO used in sleep or FSK mode")
            return 0
        page = self._pages[1]
        at = page[FIFO_ADDR]
        page[FIFO_ADDR] = (at + 1) & 0xFF
        if value is not None:
            self._fifo[at] = value
        return self._fifo[at]

    def _calibrate(self, t_us: int) -> None:
        if self.mode != STANDBY:
            self.complain("image calibration outside of standby")
        self._calibrated_us = t_us + CALIBRATE_US
        self.calibrated.add(self.freq_hz < 525e6)

    # -- modes

    def _set_mode(self, value: int, t_us: int) -> None:
        before = self._pages[0][OP_MODE]
        if (value ^ before) & 0x80 and before & 7 != SLEEP:
            self.complain("LoRa bit changed outside of sleep")
            value = value & 0x7F | before & 0x80
        self._pages[0][OP_MODE] = value
        mode = value & 7
        if mode == before & 7 and not (value ^ before) & 0x80:
            return
        self.modem.stop(t_us)
        if mode == SLEEP:
            self._fifo = bytearray(256)
        if not self.lora or mode in (SLEEP, STANDBY):
            return
        if t_us < self._calibrated_us or self.calibrated != {False, True}:
            self.complain("on the air without image calibration")
        if bool(self.part.get("tcxo")) != bool(self._pages[0][TCXO] & 0x10):
            self.complain("RegTcxo does not fit the board")
        start_us = t_us + START_US + (CRYSTAL_US if before & 7 == SLEEP else 0)
        if mode == TX:
            self._transmit(start_us, t_us)
        elif mode in (RX_CONTINUOUS, RX_SINGLE):
            self._listen(start_us, mode == RX_SINGLE)
        else:
            self.complain(f"mode {mode} is not modelled")

    def _standby(self) -> None:
        self._pages[0][OP_MODE] = self._pages[0][OP_MODE] & 0xF8 | STANDBY

    # -- the air

    @property
    def freq_hz(self) -> float:
        """RegFrf."""
        return int.from_bytes(self._pages[0][FRF : FRF + 3], "big") * 32e6 / (1 << 19)

    def _modulation(self) -> Modulation:
        page = self._pages[1]
        bw_hz = {7: 125_000, 8: 250_000, 9: 500_000}.get(page[MODEM_1] >> 4, 62_500)
        high = self.freq_hz >= 525e6
        if bw_hz == 500_000:
            good = page[0x36] == 0x02 and page[0x3A] == (0x64 if high else 0x7F) and page[DETECT] & 0x80
        else:
            good = page[0x36] == 0x03 and not page[DETECT] & 0x80 and page[0x2F] == 0x40 and page[0x30] == 0
        if not good:
            self.complain(f"errata at {bw_hz} Hz")
        if page[MODEM_1] & 1 or page[DETECT] & 7 != 3 or page[0x37] != 0x0A:
            self.complain("implicit header, or detection for spreading factor 6")
        return Modulation(page[MODEM_2] >> 4, bw_hz, bool(page[MODEM_3] & 0x08), page[MODEM_1] >> 1 & 7)

    def _inverted(self, inverted: bool) -> bool:
        if self._pages[1][INVERT_IQ_2] != (0x19 if inverted else 0x1D):
            self.complain("RegInvertIQ2")
        return inverted

    def _dbm(self) -> float:
        config, dac = self._pages[0][PA_CONFIG], self._pages[0][PA_DAC]
        boost, out = bool(config & 0x80), config & 0x0F
        ocp = self._pages[0][OCP]
        trim = ocp & 0x1F
        most_ma = 240 if not ocp & 0x20 else 45 + 5 * trim if trim <= 15 else -30 + 10 * min(trim, 27)
        if boost != self.part.get("pa_boost", True):
            self.complain("the other power amplifier goes to the antenna")
        dbm = out + 2 + (3 if dac & 7 == 7 else 0) if boost else 10.8 + 0.6 * (config >> 4 & 7) - 15 + out
        if most_ma < (120 if dbm > 17 else 90):
            self.complain(f"{dbm} dBm with a current limit of {most_ma} mA")
        return dbm

    def _transmit(self, start_us: int, t_us: int) -> None:
        page = self._pages[1]
        payload = bytes(self._fifo[(page[TX_BASE] + at) % 256] for at in range(page[LENGTH]))
        self.modem.send(
            Transmission(
                sender="",
                payload=payload,
                freq_hz=self.freq_hz,
                modulation=self._modulation(),
                start_us=start_us,
                inverted=self._inverted(not page[INVERT_IQ] & 0x01),
                sync=page[SYNC_WORD],
                power_dbm=self._dbm(),
                preamble=int.from_bytes(page[PREAMBLE : PREAMBLE + 2], "big"),
                crc=bool(page[MODEM_2] & 0x04),
            ),
            t_us,
        )

    def _listen(self, start_us: int, single: bool) -> None:
        page = self._pages[1]
        symbols = (page[MODEM_2] & 3) << 8 | page[SYMBOLS]
        if single and symbols < 4:
            self.complain("a window of less than 4 symbols")
        self._rx_at = page[RX_BASE]
        inverted = self._inverted(bool(page[INVERT_IQ] & 0x40))
        ear = Ear(self.freq_hz, self._modulation(), inverted, page[SYNC_WORD])
        for end_us in self.modem.listen(ear, start_us, single=single, symbols=symbols if single else None):
            self.ether.call_at(end_us, self.settle)

    def _advance(self, t_us: int) -> None:
        if "lost_config" in self.faults:
            self.faults.clear("lost_config")
            self.reset(t_us)
        if self.mode == TX and "endless_tx" in self.faults:
            return
        for event in self.modem.advance(t_us):
            self._happened(event)

    def _raise(self, flags: int) -> None:
        self._pages[1][IRQ_FLAGS] |= flags & ~self._pages[1][IRQ_MASK]

    def _happened(self, event: Event) -> None:
        _, what, got = event
        if what == "sent":
            self._standby()
            self._raise(TX_DONE)
        elif what == "timeout":
            self._standby()
            self._raise(RX_TIMEOUT)
        elif what == "header":
            self._raise(VALID_HEADER)
        elif got is not None:
            page, n = self._pages[1], len(got.payload)
            for at, byte in enumerate(got.payload):
                self._fifo[(self._rx_at + at) % 256] = byte
            page[RX_ADDR], page[RX_BYTES] = self._rx_at, n
            self._rx_at = (self._rx_at + n) % 256
            offset = got.rssi_dbm + (157 if self.freq_hz >= 525e6 else 164)
            snr = max(-128, min(127, round(got.snr_db * 4)))
            page[SNR] = snr & 0xFF
            page[RSSI] = max(0, min(255, round(offset * 15 / 16 if snr >= 0 else offset - snr / 4)))
            page[HOP] = 0x40 if got.crc is not None else 0
            bad = got.crc is False or "corrupt" in self.faults
            if self.mode == RX_SINGLE:
                self._standby()
            self._raise(RX_DONE | (CRC_ERROR if bad else 0))
