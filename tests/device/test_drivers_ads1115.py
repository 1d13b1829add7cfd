"""The converter's driver over a scripted chip: whose turn it is, ranges, deadlines, and everything that is not believed."""

from drivers.ads1115 import ADS1115

_TOP = 1 << 30


class _Chip:
    """Two registers; a conversion takes 125 ms of the test's own clock. `volts` by input."""

    def __init__(self):
        self.t_ms = 1000
        self.config = 0x8583
        self.result = 0
        self.volts = [0.5, 1.5, 2.2, 2.5]
        self.done_ms = -1
        self.starts = []
        self.mode = ""
        self.transfers = 0

    def writeto_mem(self, address, register, data):
        self._bus(address)
        assert register == 1 and len(data) == 2
        self.config = (data[0] << 8 | data[1]) & 0x7FFF
        if data[0] & 0x80 and self.mode != "never starts":
            assert self.done_ms < 0, "started while it converts"
            self.done_ms = self.t_ms + 125
            self.starts.append((self.config >> 12 & 3, self.config >> 9 & 7))

    def readfrom_mem_into(self, address, register, buf):
        self._bus(address)
        if 0 <= self.done_ms <= self.t_ms and self.mode != "never done":
            self.done_ms = -1
            full_v = (6.144, 4.096, 2.048, 1.024)[self.config >> 9 & 7]
            self.result = max(-32768, min(32767, round(self.volts[self.config >> 12 & 3] / full_v * 32768)))
        value = self.result & 0xFFFF if register == 0 else self.config | (0x8000 if self.done_ms < 0 else 0)
        buf[0] = value >> 8
        buf[1] = value & 0xFF

    def _bus(self, address):
        self.transfers += 1
        if address != 0x4A or self.mode == "nak":
            raise OSError(19)


def _pair(channels=(0,), reference=3, free=None):
    chip = _Chip()
    adc = ADS1115(chip, 0x4A, reference, free)
    for channel in channels:
        adc.want(channel)
    return chip, adc


def _run(chip, adc, polls, ms=200):
    for _ in range(polls):
        adc.poll(chip.t_ms)
        chip.t_ms += ms


def test_the_reference_comes_between_any_two():
    chip, adc = _pair((0, 1, 2))
    _run(chip, adc, 13)
    assert [channel for channel, _ in chip.starts] == [3, 0, 3, 1, 3, 2, 3, 0, 3, 1, 3, 2, 3]
    assert adc.codes[0] == 16000 and adc.codes[1] == 48000 and adc.codes[2] == 70400 and adc.codes[3] == 80000
    assert bytes(adc.numbers) == b"\x02\x02\x02\x06" and adc.errors == 0


def test_without_a_reference():
    chip, adc = _pair((2, 0), -1)
    _run(chip, adc, 5)
    assert [channel for channel, _ in chip.starts] == [2, 0, 2, 0, 2]
    chip, adc = _pair((1,), -1)
    _run(chip, adc, 5)
    assert adc.numbers[1] == 4 and adc.errors == 0  # one input may well say the same again


def test_one_channel_has_one_owner():
    _, adc = _pair((0,))
    for channel in (0, 3):
        try:
            adc.want(channel)
        except ValueError:
            continue
        raise AssertionError(channel)


def test_all_that_share_it_cost_one_look():
    chip, adc = _pair((0, 1))
    for _ in range(3):
        adc.poll(chip.t_ms)
    assert chip.transfers == 2  # config written and read back
    chip.t_ms += 100
    adc.poll(chip.t_ms)
    assert chip.transfers == 2  # cannot be done yet


def test_nobody_wants_anything():
    chip, adc = _pair(())
    _run(chip, adc, 5)
    assert chip.transfers == 0


def test_ranges_follow_the_input():
    chip, adc = _pair((0,))
    _run(chip, adc, 6)
    for volts, code, first, settled in (
        (0.9, 28800, 3, 3),
        (0.95, 30400, 3, 2),  # above 90 % of its range: the next one is made wider
        (0.9, 28800, 2, 3),
        (1.9, 60800, 3, 1),  # out of its range: made again in the widest
        (3.0, 96000, 1, 1),
        (1.5, 48000, 1, 2),
        (2.6, 83200, 2, 1),
        (0.5, 16000, 1, 3),
    ):
        if adc.channel == 0:
            _run(chip, adc, 1)
        chip.volts[0] = volts
        del chip.starts[:]
        _run(chip, adc, 7)
        used = [pga for channel, pga in chip.starts if channel == 0]
        assert used[0] == first and used[-1] == settled and adc.codes[0] == code, (volts, used, adc.codes[0])
        if abs(volts) * 32 * 1000 >= 32768 << (3 - first):
            i = chip.starts.index((0, first))
            assert chip.starts[i + 1] == (0, 1) and chip.starts[i + 2][0] == 3, (volts, chip.starts)
    assert adc.errors == 0


def test_a_clipped_code_is_marked():
    chip, adc = _pair((0,))
    _run(chip, adc, 6)
    chip.volts[0] = 1.9
    marked = []
    for _ in range(6):
        number = adc.numbers[0]
        _run(chip, adc, 1)
        if adc.numbers[0] != number:
            marked.append((adc.clipped[0], adc.codes[0]))
    assert marked[:3] == [(1, 32767), (0, 60800), (0, 60800)] or marked[1:3] == [(1, 32767), (0, 60800)], marked


def test_a_negative_code():
    chip, adc = _pair((0,))
    chip.volts[0] = -0.001
    _run(chip, adc, 6)
    assert adc.codes[0] == -32


def test_a_conversion_that_is_late_is_waited_for_and_then_given_up():
    chip, adc = _pair((0,))
    _run(chip, adc, 3)
    chip.mode = "never done"
    numbers = bytes(adc.numbers)
    _run(chip, adc, 2)
    assert adc.errors == 0
    chip.done_ms = -1  # the next start finds it idle
    chip.mode = ""
    _run(chip, adc, 6)
    assert adc.errors <= 1 and bytes(adc.numbers) != numbers
    chip.mode = "never done"
    errors = adc.errors
    for _ in range(20):
        adc.poll(chip.t_ms)
        chip.t_ms += 200
        if chip.t_ms % 600 == 0:
            chip.done_ms = -1
    assert adc.errors >= errors + 3


def test_what_does_not_begin_is_no_result():
    chip, adc = _pair((0,))
    _run(chip, adc, 4)
    numbers = bytes(adc.numbers)
    chip.mode = "never starts"
    chip.done_ms = -1
    adc.channel = -1
    _run(chip, adc, 5)
    assert bytes(adc.numbers) == numbers and adc.errors == 5 and adc.channel == -1


def test_a_converter_that_lost_its_registers_gives_no_result():
    for phase in range(4):
        chip, adc = _pair((0,))
        _run(chip, adc, 5 + phase)
        numbers = bytes(adc.numbers)
        chip.config = 0x0583  # power-on in the middle of a conversion
        chip.result = 0
        chip.done_ms = -1
        adc.poll(chip.t_ms)
        assert bytes(adc.numbers) == numbers and adc.errors == 1
        chip.t_ms += 200
        _run(chip, adc, 4)
        assert adc.errors == 1 and adc.codes[0] == 16000 and adc.codes[3] == 80000


def test_a_dead_bus_is_counted_and_somebody_is_asked_to_free_it():
    calls = []
    chip, adc = _pair((0, 1), 3, lambda: calls.append(1))
    _run(chip, adc, 4)
    chip.mode = "nak"
    _run(chip, adc, 25)
    assert len(calls) == 2 and adc.errors == 25
    chip.mode = ""
    chip.done_ms = -1
    numbers = bytes(adc.numbers)
    _run(chip, adc, 4)
    assert bytes(adc.numbers) != numbers and adc.errors == 25
    for _ in range(9):  # nine in a row, but never ten
        chip.mode = "nak"
        _run(chip, adc, 9)
        chip.mode = ""
        chip.done_ms = -1
        _run(chip, adc, 1)
    assert len(calls) == 2


def test_ticks_may_wrap():
    chip, adc = _pair((0,))
    start = _TOP - 500
    for i in range(10):
        adc.poll((start + 200 * i) % _TOP)
        chip.t_ms += 200
    assert adc.errors == 0 and sum(adc.numbers) == 9
