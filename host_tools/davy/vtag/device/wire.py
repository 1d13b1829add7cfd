"""Operations that a virtual tag asks of its board, one number each: the contract between `vport` and the host's
board server.

A request is 16 bytes, little endian: op u8, seq u8, n u16, a i32, b i32, spent_us u32, then n bytes of payload.
A reply is 16 bytes: status u8 (0, or an errno), flags u8, n u16, value i32, now_ms u32 (30 bits), now_us u16, seq
u8, 0, then n bytes. `spent_us` is processor time that the tag accounts to itself since the reply before.
"""

from micropython import const

HEADER = const(16)

# flags of a reply
FLAG_INTERRUPT = const(1)  # somebody pressed Ctrl-C on the console
FLAG_IRQ = const(2)  # at least one pin has an interrupt pending

HELLO = const(1)  # -> value: 1 where ticks are the host's clock, 0 where time stands still while the tag computes
TIME = const(2)
SLEEP = const(3)  # a = ms (-1: until an event), b = us
EPOCH = const(4)  # -> value: seconds since 2000-01-01
SET_EPOCH = const(5)  # a = seconds since 2000-01-01
BOOTED = const(6)  # the file system is mounted: from here on the console may interrupt

I2C_INIT = const(10)  # a = bus, b = scl | sda << 8
I2C_WRITE = const(11)  # a = bus, b = address, payload
I2C_READ = const(12)  # a = bus, b = address | count << 8
I2C_MEM_READ = const(13)  # a = bus | memory address << 8 | bytes of memory address << 24, b = address | count << 8
I2C_MEM_WRITE = const(14)  # the same, payload
I2C_SCAN = const(15)

PIN_INIT = const(20)  # a = pin, b = mode | pull << 8 | (value + 1) << 16
PIN_GET = const(21)
PIN_SET = const(22)  # a = pin, b = level
PIN_IRQ = const(23)  # a = pin, b = trigger (0: off)
PIN_PENDING = const(24)  # -> value: a pin with an interrupt pending, -1 for none
PWM_SET = const(25)  # a = pin, b = freq_hz; payload: duty_u16 as two bytes
ADC_READ = const(26)  # a = pin -> value: microvolts
NEOPIXEL = const(27)  # a = pin, payload: bytes as they go over the wire

UART_INIT = const(30)  # a = uart, b = baud
UART_WRITE = const(31)
UART_ANY = const(32)
UART_READ = const(33)  # a = uart, b = count
SPI_INIT = const(35)  # a = bus | mode << 8, b = baud, payload: sck, mosi, miso -> value: the bus with these pins
SPI_TRANSFER = const(36)  # a = bus, payload -> as many bytes; without payload b = count | byte to send << 16

FLASH_INFO = const(40)  # -> value: number of 4096-byte blocks
FLASH_READ = const(41)  # a = block, b = offset | count << 13
FLASH_WRITE = const(42)  # a = block, b = offset, payload
FLASH_ERASE = const(43)  # a = block

RTC_GET = const(50)  # -> payload: RTC memory
RTC_SET = const(51)
WDT_START = const(52)  # a = timeout_ms
WDT_FEED = const(53)
RESET = const(54)  # a = cause to report afterwards, b = ms to stay off; never answered
RESET_CAUSE = const(55)
UNIQUE_ID = const(56)

WLAN_ACTIVE = const(60)  # a = 1, 0, or -1 to ask
WLAN_CONNECT = const(61)  # payload: ssid NUL password
WLAN_STATUS = const(62)  # -> value: as network.STAT_*
WLAN_LEAVE = const(63)
WLAN_RSSI = const(64)
WLAN_SCAN = const(89)  # -> value: dBm of the access point, payload: its name, empty: none is heard
SOCKET_OPEN = const(65)  # -> value: handle
SOCKET_SEND = const(66)  # a = handle, b = port, payload: length of host u8, host, data
SOCKET_RECV = const(
    67
)  # a = handle, b = most bytes -> value: port; payload: length of host u8, host, data; EAGAIN when none
SOCKET_CONNECT = const(76)  # a = handle, b = port, payload: host
SOCKET_WRITE = const(77)  # a = handle, payload: a datagram to the host connected to
SOCKET_READ = const(78)  # a = handle, b = most bytes -> a datagram without its sender; EAGAIN when none
SOCKET_CLOSE = const(68)
SOCKET_READY = const(69)  # a = handle -> value: 1 when a datagram waits

STREAM_OPEN = const(83)  # -> value: handle of a TCP connection
STREAM_CONNECT = const(84)  # a = handle, b = port, payload: host; under way when it returns
STREAM_POLL = const(85)  # a = handle -> value: 1 readable, 4 writable, 8 and 16 broken
STREAM_WRITE = const(86)  # a = handle, payload -> value: bytes taken; EAGAIN for none
STREAM_READ = const(87)  # a = handle, b = most bytes -> payload, empty at the end; EAGAIN for nothing
STREAM_CLOSE = const(88)  # a = handle

BLE_ACTIVE = const(70)  # a = 1 or 0
BLE_ADVERTISE = const(71)  # a = interval_us (0: stop), payload: data
BLE_SCAN = const(72)  # a = duration_ms (-1: stop)
BLE_NEXT = const(73)  # -> payload: address type u8, address 6, adv type u8, rssi i8, data; ENOENT when none

ESP_TEMPERATURE = const(80)  # -> value: degrees Celsius
NVS_GET = const(81)  # payload: namespace NUL key -> payload
NVS_SET = const(82)  # payload: namespace NUL key NUL value

CONTROL = const(90)  # payload: JSON order of a test -> payload: JSON answer
