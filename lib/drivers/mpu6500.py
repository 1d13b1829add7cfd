"""TDK InvenSense MPU-6500 (and the accelerometer of an MPU-9250) on I2C or SPI: what it has other than an MPU-6050.

FIFO     512 bytes: 85 samples. Also no multiple of 6.
Filter   the accelerometer has its own low-pass, ACCEL_CONFIG2; the rate divider still needs the gyroscope's, CONFIG, to be on.
Force    the self-test moves a living output by 225..675 mg where no trim is stored.
SPI      mode 0 or 3, at most 1 MHz, which holds for all registers (PS-MPU-6500A-01 6.1); I2C is switched off there, so that no
         other chip's traffic can wake it (I2C_IF_DIS). That bit may read as 0 at once (RM-MPU-9250A-00 4.33: it clears itself).

Checked against RM-MPU-9250A-00 Rev 1.4, which names the same registers (rate, filters, FCHOICE_B: 4.4 to 4.8; USER_CTRL: 4.33;
clock: 4.34; FIFO: 4.36, 4.37); PS-MPU-6500A-01 Rev 1.1 (1 MHz, I2C_IF_DIS: 6.1); the drivers of Linux and PX4 (identities 70h
and 71h, 512 bytes, ACCEL_CONFIG2 at 1Dh). Not seen: RM-MPU-6500A-00 itself. The clock modes follow from what PS-MPU-6000A 9.5 says
of the MPU-6000: data are taken at the rising edge.
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
