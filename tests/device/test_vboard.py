"""The virtual board answers like the chip it stands for: time, pins, buses, retained memory, radios."""

import errno
import time

import bluetooth
import esp32
import machine
import neopixel
import network

import vport
import vsocket


def test_time_goes_on_only_while_sleeping_or_reading_the_clock():
    t0 = time.ticks_ms()
    n = 0
    for i in range(1000):
        n += i
    assert time.ticks_diff(time.ticks_ms(), t0) <= 1
    time.sleep_ms(250)
    assert 250 <= time.ticks_diff(time.ticks_ms(), t0) <= 252


def test_a_busy_wait_ends():
    t0 = time.ticks_ms()
    loops = 0
    while time.ticks_diff(time.ticks_ms(), t0) < 20:
        loops += 1
    assert loops > 100


def test_microseconds_agree_with_milliseconds():
    ms, us = time.ticks_ms(), time.ticks_us()
    time.sleep_ms(123)
    us = time.ticks_diff(time.ticks_us(), us)
    assert abs(us - time.ticks_diff(time.ticks_ms(), ms) * 1000) < 1500


def test_scan_finds_the_accelerometer_and_a_wrong_address_is_enodev():
    i2c = machine.I2C(0, scl=machine.Pin(22), sda=machine.Pin(21))
    assert i2c.scan() == [0x19]
    try:
        i2c.readfrom_mem(0x20, 0, 1)
        raise AssertionError("an absent chip answered")
    except OSError as error:
        assert error.args[0] == errno.ENODEV


def test_pins_without_a_bus_find_nobody():
    i2c = machine.I2C(1, scl=machine.Pin(4), sda=machine.Pin(5))
    try:
        i2c.readfrom_mem(0x19, 0x0F, 1)
        raise AssertionError("a bus that is not there answered")
    except OSError as error:
        assert error.args[0] == errno.ENODEV


def test_a_held_sda_times_out_and_clocks_free_it():
    i2c = machine.I2C(0, scl=machine.Pin(22), sda=machine.Pin(21))
    vport.control({"do": "sda_hold", "bus": 0, "clocks": 4})
    try:
        i2c.readfrom_mem(0x19, 0x0F, 1)
        raise AssertionError("a held bus answered")
    except OSError as error:
        assert error.args[0] == errno.ETIMEDOUT
    scl = machine.Pin(22, machine.Pin.OPEN_DRAIN, value=1)
    sda = machine.Pin(21, machine.Pin.OPEN_DRAIN, value=1)
    clocks = 0
    while not sda.value():
        scl.value(0)
        scl.value(1)
        clocks += 1
        assert clocks < 10
    assert clocks == 4
    i2c = machine.I2C(0, scl=machine.Pin(22), sda=machine.Pin(21))
    assert i2c.readfrom_mem(0x19, 0x0F, 1) == b"\x33"


def test_button_pin_and_its_interrupt():
    seen = []
    pin = machine.Pin(0, machine.Pin.IN, machine.Pin.PULL_UP)
    assert pin.value() == 1
    pin.irq(lambda p: seen.append(p.id), machine.Pin.IRQ_FALLING)
    vport.control({"do": "button", "down": True})
    time.sleep_ms(1)
    assert pin.value() == 0
    assert seen == [0]
    pin.irq(None)
    vport.control({"do": "button", "down": False})
    time.sleep_ms(1)
    assert seen == [0]


def test_outputs_are_seen_outside():
    pixels = neopixel.NeoPixel(machine.Pin(27, machine.Pin.OUT), 1)
    pixels[0] = (255, 64, 1)
    assert pixels[0] == (255, 64, 1)
    pixels.write()
    buzzer = machine.PWM(machine.Pin(25), freq=2700, duty_u16=32768)
    machine.PWM(machine.Pin(26), freq=200, duty_u16=65535)
    now = vport.control({"do": "outputs"})
    assert now["rgb"] == [255, 64, 1]
    assert now["buzzer_hz"] == 2700
    assert now["motor_percent"] == 100
    buzzer.duty_u16(0)
    assert vport.control({"do": "outputs"})["buzzer_hz"] == 0


def test_battery_through_its_divider():
    vport.control({"do": "battery", "mv": 3700})
    assert machine.ADC(machine.Pin(35)).read_uv() == 1850000


def test_retained_memory_and_clock():
    rtc = machine.RTC()
    rtc.memory(b"\x01\x02")
    assert rtc.memory() == b"\x01\x02"
    rtc.datetime((2026, 11, 21, 5, 12, 30, 15, 0))
    assert rtc.datetime()[:3] == (2026, 11, 21)
    assert rtc.datetime()[4:7] == (12, 30, 15)


def test_non_volatile_store():
    nvs = esp32.NVS("davy")
    nvs.set_i32("boots", 7)
    assert nvs.get_i32("boots") == 7
    try:
        nvs.get_i32("missing")
        raise AssertionError("a key that was never set has a value")
    except OSError as error:
        assert error.args[0] == errno.ENOENT


def test_wifi_joins_after_a_while_and_a_lost_access_point_is_not_rejoined():
    wlan = network.WLAN(network.STA_IF)
    wlan.active(True)
    wlan.connect("davy", "davydavy")
    assert not wlan.isconnected()
    time.sleep_ms(1000)
    assert wlan.isconnected()
    vport.control({"do": "wifi", "up": False})
    assert not wlan.isconnected()
    vport.control({"do": "wifi", "up": True})
    time.sleep_ms(2000)
    assert not wlan.isconnected()
    wlan.active(False)
    wlan.active(True)
    wlan.connect("davy", "wrong")
    time.sleep_ms(1000)
    assert wlan.status() == network.STAT_WRONG_PASSWORD


def test_a_datagram_to_nobody_is_sent_and_nothing_comes_back():
    wlan = network.WLAN(network.STA_IF)
    wlan.active(True)
    wlan.connect("davy", "davydavy")
    time.sleep_ms(1000)
    sock = vsocket.socket(vsocket.AF_INET, vsocket.SOCK_DGRAM)
    assert sock.sendto(b"hello", ("10.9.9.9", 9)) == 5
    time.sleep_ms(100)
    try:
        sock.recvfrom(100)
        raise AssertionError("an answer out of nothing")
    except OSError as error:
        assert error.args[0] == errno.EAGAIN
    sock.close()


def test_bluetooth_scan_ends():
    heard = []
    ble = bluetooth.BLE()
    ble.active(True)
    ble.irq(lambda event, data: heard.append(event))
    ble.gap_scan(100)
    time.sleep_ms(200)
    time.sleep_ms(1)
    assert heard == [6]


def test_an_unknown_order_of_a_test_is_refused():
    try:
        vport.control({"do": "nonsense"})
        raise AssertionError("nonsense was done")
    except OSError as error:
        assert error.args[0] == errno.EINVAL
