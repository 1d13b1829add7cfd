"""TDK InvenSense MPU-6500 (and the accelerometer of an MPU-9250) on I2C or SPI: what it has other than an MPU-6050.

FIFO     512 bytes: 85 samples. Also no multiple of 6.
Filter   the accelerometer has its own low-pass, ACCEL_CONFIG2; the rate divider still needs the gyroscope's, CONFIG, to be on.
Force    the self-test moves a living output by 225..675 mg where no trim is stored (AN-MPU-6500A-02).
SPI      mode 0 or 3, at most 1 MHz, which holds for all registers (PS-MPU-6500A table 6); I2C is switched off there, so that no
         other chip's traffic can wake it (I2C_IF_DIS).

Sources: RM-MPU-6500A-00 Rev 2.1, PS-MPU-6500A-01; RM-MPU-9250A-00 (the same registers, another identity).
"""

from drivers.mpu6050 import MPU6050


class MPU6500(MPU6050):
    """The chip `at` an address of an open I2C bus, or at a select pin of an open SPI bus."""

    IDS = (0x70, 0x71)  # MPU-6500, MPU-9250
    FULL = 512
    SPI = True

    def settings(self, odr_hz: int, code: int):
        """As there, and ACCEL_CONFIG2: the same low-pass."""
        found = MPU6050.settings(self, odr_hz, code)
        return found + found[1:2]
