"""What the wearer sees, hears and feels, and what a broken output does: nothing but a fault flag."""

import machine
import neopixel

import micropython
import vport
from drivers.buzzer import Buzzer
from drivers.rgb_led import PixelLed, PwmLed
from drivers.vibration import Vibration


def _outputs():
    return vport.control({"do": "outputs"})


class _Pwm:
    """An output that notes what it is told, or raises the exception `broken`."""

    def __init__(self, broken: "Exception | None" = None):
        self.hz = 0
        self.duty = -1
        self.broken = broken

    def freq(self, hz):
        if self.broken:
            raise self.broken
        self.hz = hz

    def duty_u16(self, duty):
        if self.broken:
            raise self.broken
        self.duty = duty


def test_buzzer():
    buzzer = Buzzer(machine.PWM(machine.Pin(25), freq=1000, duty_u16=20000))
    assert _outputs()["buzzer_hz"] == 0  # silent from the start
    buzzer.tone(2700)
    assert _outputs()["buzzer_hz"] == 2700
    buzzer.tone(0)
    assert _outputs()["buzzer_hz"] == 0
    assert not buzzer.fault and buzzer.errors == 0


def test_buzzer_limits():
    pwm = _Pwm()
    buzzer = Buzzer(pwm)
    for hz, expected, duty in ((1, 50, 32768), (50, 50, 32768), (99999, 10000, 32768), (0, 10000, 0), (-5, 10000, 0)):
        buzzer.tone(hz)
        assert (pwm.hz, pwm.duty) == (expected, duty), hz


def test_vibration():
    motor = Vibration(machine.PWM(machine.Pin(26), duty_u16=30000))
    assert _outputs()["motor_percent"] == 0
    for percent, expected in ((1, 1), (50, 50), (100, 100), (101, 100), (0, 0), (-1, 0)):
        motor.drive(percent)
        assert _outputs()["motor_percent"] == expected, percent


def test_vibration_duty():
    pwm = _Pwm()
    motor = Vibration(pwm)
    for percent, duty in ((0, 0), (100, 65535), (50, 32767)):
        motor.drive(percent)
        assert pwm.duty == duty


def test_pixel():
    led = PixelLed(neopixel.NeoPixel(machine.Pin(27), 1))
    assert tuple(_outputs()["rgb"]) == (0, 0, 0)
    led.show(10, 20, 30)
    assert tuple(_outputs()["rgb"]) == (10, 20, 30)
    led.show(-1, 256, 1000)
    assert tuple(_outputs()["rgb"]) == (0, 255, 255)
    led.show(0, 0, 0)
    assert tuple(_outputs()["rgb"]) == (0, 0, 0)
    assert not led.fault


def test_three_pwm_outputs():
    for active_low in (False, True):
        pwms = (_Pwm(), _Pwm(), _Pwm())
        led = PwmLed(pwms[0], pwms[1], pwms[2], active_low)
        off = 65535 if active_low else 0
        assert [pwm.duty for pwm in pwms] == [off, off, off]
        led.show(255, 300, 1)
        on = 65535 - off
        assert [pwm.duty for pwm in pwms] == [on, on, 65535 - 257 if active_low else 257]


def test_broken_outputs_only_say_so():
    for error in (OSError(5), ValueError("frequency")):
        buzzer_pwm, motor_pwm, red, green, blue = [_Pwm() for _ in range(5)]
        buzzer, motor, led = Buzzer(buzzer_pwm), Vibration(motor_pwm), PwmLed(red, green, blue)
        for pwm in (buzzer_pwm, motor_pwm, green):
            pwm.broken = error
        buzzer.tone(1000)
        motor.drive(50)
        led.show(9, 9, 9)
        for output in (buzzer, motor, led):
            assert output.fault and output.errors == 1, output
        assert red.duty == blue.duty == 9 * 257  # the other colours still shine
        for pwm in (buzzer_pwm, motor_pwm, green):
            pwm.broken = None
        buzzer.tone(0)
        motor.drive(0)
        led.show(0, 0, 0)
        for output in (buzzer, motor, led):
            assert not output.fault and output.errors == 1


def test_broken_pixel_only_says_so():
    class Pixels:
        def __setitem__(self, i, colour):
            pass

        def write(self):
            raise OSError(5)

    led = PixelLed(Pixels())
    led.show(1, 2, 3)
    assert led.fault and led.errors == 2


def test_broken_from_the_start():
    pwm = _Pwm(OSError(5))
    assert Buzzer(pwm).fault and Vibration(pwm).fault and PwmLed(pwm, pwm, pwm).fault


def test_tone_and_drive_allocate_nothing():
    buzzer, motor = Buzzer(_Pwm()), Vibration(_Pwm())
    micropython.heap_lock()
    try:
        buzzer.tone(2000)
        motor.drive(70)
    finally:
        micropython.heap_unlock()
