"""What two virtual tags with radios run in the tests: files for real MicroPython, on the boards as they are."""

OPEN = """
import json, sys, time, machine
from tag.hal.lora import open_radio
from drivers.lora_radio import NOTHING, SENT, RECEIVED, SILENT, FAULT

board = json.loads(BOARD)
class Buses:
    spi = board["buses"]["spi"]
radio = open_radio([part for part in board["parts"] if part["role"] == "radio"][0], Buses)
naps = 0

def wait(until_ms):
    # One long sleep, which only an interrupt ends.
    global naps
    while True:
        said = radio.poll(time.ticks_ms())
        left = until_ms - time.ticks_ms()
        if said != NOTHING or left <= 0:
            return said
        naps += 1
        machine.lightsleep(left)
"""

SENDER = (
    OPEN
    + """
time.sleep_ms(100)
for i in range(5):
    begun = time.ticks_ms()
    ok = radio.begin_send(bytes((i,)) * 30, 30, 868100000, SF, 125000, 14, begun)
    print("begun", ok, begun)
    said = wait(begun + 60000)
    print("sent", said, radio.done_ms, naps, radio.lost_irqs)
    time.sleep_ms(1000)
sys.exit(0)
"""
)

HEARER = (
    OPEN
    + """
print(radio.begin_receive(868100000, SF, 125000, 0, time.ticks_ms(), inverted=False))
for i in range(5):
    said = wait(60000)
    print("heard", said, radio.length, radio.frame[0], radio.done_ms, radio.rssi_dbm, naps, radio.lost_irqs)
sys.exit(0)
"""
)
