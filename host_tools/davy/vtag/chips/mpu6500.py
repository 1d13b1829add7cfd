"""TDK InvenSense MPU-6500: what its registers have other than those of the MPU-6050.

Checked against RM-MPU-9250A-00 Rev 1.4, which names the same registers (reset values: 3; filters and rates: 4.4 to 4.8; USER_CTRL:
4.33; clock: 4.34), the drivers of Linux and PX4 (identity, 512 bytes of FIFO) and InvenSense's Linux driver (trims). Not seen:
RM-MPU-6500A-00 and AN-MPU-6500A-02. With FCHOICE_B the gyroscope runs at 32 kHz; here it stays at 8.
"""

from davy.vtag.chips.base import SpiAddress
from davy.vtag.chips.mpu6050 import CONFIG, FIFO_EN, GYRO_CONFIG, PWR_MGMT_1, Mpu6050


class Mpu6500(Mpu6050):
    """One MPU-6500: a smaller FIFO, other trims, and SPI beside I2C."""

    identity = 0x70
    fifo_bytes = 512
    after_power_up = 0x01
    trim_codes = (85, 95, 105)
    fleeting = 0x1F  # with I2C_IF_DIS
    spi = SpiAddress()

    def _trims(self) -> bytes:
        return bytes((*self.trim_codes, 0))

    def _trim_mg(self, code: int) -> float:
        """2620 digits at +-2 g and 1 % more a step."""
        return 2620 * 1.01 ** (code - 1) / 16.384

    def _clocked(self) -> bool:
        return self._registers[PWR_MGMT_1] & 7 != 7

    def _period_us(self) -> int:
        """The divider works only where both filters of the gyroscope are on."""
        if 1 <= self._registers[CONFIG] & 7 <= 6 and not self._registers[GYRO_CONFIG] & 3:
            return super()._period_us()
        return 125

    def _resets_fifo(self, control: int) -> bool:
        return bool(control & 0x04)

    def _fills_fifo(self) -> bool:
        """USER_CTRL only closes it to the bus."""
        return bool(self._registers[FIFO_EN] & 0x08)
