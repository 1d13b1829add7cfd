"""The model of Winsen's modules against their datasheets: frames, timing on the line, ranges, warm-up, orders and faults."""

import itertools

import pytest

from davy.vtag.chips import CHIPS
from davy.vtag.chips.winsen_ndir import WinsenNdir, checksum
from davy.vtag.world import World

REQUEST = bytes.fromhex("ff0186000000000079")  # datasheet 6.2
MS = 1000
BYTE_US = 10 * 1_000_000 / 9600


class Line:
    """The model at the end of a serial line, warm unless told otherwise, with the clock in the test's hand."""

    def __init__(self, ch4: float = 0.0, range_name: str = "5vol", cold: bool = False) -> None:
        self.world = World()
        self.set(ch4)
        self.chip = WinsenNdir({"chip": "winsen-ndir", "uart": 1, "gas": "ch4", "range": range_name}, self.world)
        self.t_us = 0 if cold else 200_000_000

    def set(self, ch4: float) -> None:
        self.world.gas_source = lambda name, t_us: {"ch4": ch4}[name]

    def ask(self, request: bytes = REQUEST) -> bytes:
        self.chip.receive(request, self.t_us)
        self.t_us += 100 * MS
        return self.chip.transmit(self.t_us)

    def counts(self) -> int:
        answer = self.ask()
        assert len(answer) == 9 and answer[:2] == b"\xff\x86"
        assert answer[8] == checksum(answer)
        return int.from_bytes(answer[2:4], "big", signed=True)


def test_is_registered():
    assert CHIPS["winsen-ndir"] is WinsenNdir


def test_checksum_of_the_datasheet():
    assert checksum(REQUEST) == 0x79
    assert checksum(bytes.fromhex("ff860260470000 00d1".replace(" ", ""))) == 0xD1


# Datasheet 6.2: ppm = counts * 100 for 0..5 %vol, counts * 500 for 0..100 %LEL. 1 %vol = 10000 ppm.
@pytest.mark.parametrize(
    ("range_name", "percent", "counts"),
    [
        ("5vol", 0.0, 0),
        ("5vol", 1.0, 100),
        ("5vol", 1.237, 124),
        ("5vol", 5.0, 500),
        ("100lel", 1.0, 20),
        ("100lel", 5.0, 100),
    ],
)
def test_ranges(range_name: str, percent: float, counts: int):
    assert Line(percent, range_name).counts() == counts


def test_every_byte_takes_its_time():
    line = Line(1.0)
    line.chip.receive(REQUEST, line.t_us)
    request_done = line.t_us + 9 * BYTE_US
    assert line.chip.transmit(int(request_done)) == b""
    got = bytearray()
    times = []
    for t_us in range(line.t_us, line.t_us + 40 * MS, 100):
        new = line.chip.transmit(t_us)
        assert len(new) <= 1
        if new:
            got += new
            times.append(t_us)
    assert len(got) == 9
    assert times[0] >= request_done + BYTE_US
    assert 8 * BYTE_US - 200 <= times[-1] - times[0] <= 8 * BYTE_US + 200


def test_two_answers_do_not_overlap():
    line = Line(1.0)
    for _ in range(2):
        line.chip.receive(REQUEST, line.t_us)
    times = []
    for t_us in range(line.t_us, line.t_us + 60 * MS, 100):
        times += [t_us] * len(line.chip.transmit(t_us))
    assert len(times) == 18
    assert all(later - earlier >= BYTE_US - 100 for earlier, later in itertools.pairwise(times))


def test_request_may_come_in_pieces_and_after_noise():
    line = Line(1.0)
    assert line.ask(b"\x00\x79" + REQUEST[:4]) == b""
    assert line.ask(REQUEST[4:])[:2] == b"\xff\x86"


@pytest.mark.parametrize("request_hex", ["ff0186000000000078", "ff0286000000000078", "ff0187000000000078"])
def test_other_frames_are_not_answered(request_hex: str):
    """A wrong checksum, another sensor's number, a command without an answer."""
    assert Line(1.0).ask(bytes.fromhex(request_hex)) == b""


def test_warm_up_measures_nothing():
    line = Line(2.0, cold=True)
    assert line.counts() == 0
    line.t_us = 180_000_000
    assert line.counts() == 200
    line.chip.reset(line.t_us)
    assert line.counts() == 0


def test_warm_up_can_be_shortened():
    chip = WinsenNdir({"gas": "ch4", "range": "5vol", "warmup_s": 0.5}, World())
    chip.receive(REQUEST, 490 * MS)
    assert chip.transmit(600 * MS)[2:4] == b"\0\0"


def test_what_was_under_way_is_lost_with_the_power():
    line = Line(1.0)
    line.chip.receive(REQUEST, line.t_us)
    line.chip.reset(line.t_us + 1)
    assert line.chip.transmit(line.t_us + 100 * MS) == b""


def test_negative_readings_are_signed():
    line = Line(0.0)
    line.chip.faults.set("drift", -0.3)
    assert line.counts() == -30


def test_faults():
    line = Line(1.0)
    line.chip.faults.set("silent")
    assert line.ask() == b""
    line.chip.faults.clear()
    line.chip.faults.set("bad_checksum")
    answer = line.ask()
    assert answer[:4] == b"\xff\x86\x00\x64" and answer[8] != checksum(answer)
    line.chip.faults.clear()
    line.chip.faults.set("over_range")
    assert line.counts() == 600
    other = Line(1.0, "100lel")
    other.chip.faults.set("over_range")
    assert other.counts() == 120
    line.chip.faults.clear()
    line.chip.faults.set("drift", 0.25)
    assert line.counts() == 125
    line.chip.faults.clear()
    assert line.counts() == 100
    line.chip.faults.set("stuck")
    line.set(3.0)
    assert line.counts() == 100
    line.chip.faults.clear()
    assert line.counts() == 300


def test_garbage_is_never_a_frame():
    line = Line(1.0)
    line.chip.faults.set("garbage")
    for _ in range(200):
        answer = line.ask()
        assert 9 <= len(answer) <= 16
        frames = [answer[i : i + 9] for i in range(len(answer) - 8)]
        assert not any(f[:2] == b"\xff\x86" and checksum(f) == f[8] for f in frames)


DAY_US = 24 * 3600 * 1_000_000


class Co2Line(Line):
    """The same with a CO2 module; `set` takes ppm."""

    def __init__(self, ppm: float, range_name: str = "5000ppm") -> None:
        super().__init__()
        part = {"chip": "winsen-ndir", "uart": 1, "gas": "co2", "range": range_name}
        self.chip = WinsenNdir(part, self.world)
        self.set(ppm)

    def set(self, ch4: float) -> None:
        self.world.gas_source = lambda name, t_us: {"co2": ch4 / 10_000}[name]

    def counts(self) -> int:
        return super().counts() & 0xFFFF


@pytest.mark.parametrize(
    ("range_name", "ppm", "counts"), [("5000ppm", 544, 544), ("2000ppm", 1999, 1999), ("5vol", 49_999, 49_999)]
)
def test_co2_is_unsigned_ppm(range_name: str, ppm: int, counts: int):
    assert Co2Line(ppm, range_name).counts() == counts


def test_a_cold_co2_module_says_fresh_air():
    line = Co2Line(3000)
    line.t_us = 0
    assert line.counts() == 400


def test_self_calibration_makes_bad_air_fresh_unless_it_is_switched_off():
    for off in (False, True):
        line = Co2Line(1500)
        if off:
            assert line.ask(bytes.fromhex("ff01790000000000" + "86")) == b""
            assert line.chip.orders == [bytes.fromhex("ff0179000000000086")]
        assert line.chip.self_calibrating != off
        line.counts()
        line.t_us = DAY_US + MS
        line.counts()
        assert line.counts() == (1500 if off else 400)
        line.chip.reset(line.t_us)
        assert line.chip.self_calibrating


def test_a_module_counts_molecules():
    line = Line(1.0)
    for hpa, counts in ((1013.25, 100), (840.0, 83), (1130.0, 112)):
        line.world.air_source = lambda t_us, hpa=hpa: (20.0, hpa, 50.0)
        assert line.counts() == counts


def test_unknown_fault_is_refused():
    with pytest.raises(ValueError, match="silent"):
        Line().chip.faults.set("nak")
