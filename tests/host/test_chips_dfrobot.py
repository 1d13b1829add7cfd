"""The DFRobot gas module's model against the vendor's protocol: frames, modes, both lines, timing, and each fault."""

import itertools
import math

import pytest

from davy.vtag.chips import CHIPS, named
from davy.vtag.chips.base import Nak
from davy.vtag.chips.dfrobot_gas import GASES, DfrobotGas
from davy.vtag.chips.frame9 import BYTE_US, FRAME, checksum, framed
from davy.vtag.world import World

# wiki.dfrobot.com SEN0465, serial port protocol; the checksums there
ASKED = bytes.fromhex("ff0178040000000083")
UNASKED = bytes.fromhex("ff0178030000000084")
GAS = bytes.fromhex("ff0186000000000079")
TEMP = bytes.fromhex("ff0187000000000078")
DONE = bytes.fromhex("ff7801000000000087")
MS = 1000
WARM = 301_500_000


class Module:
    """A model that is warm and answers when asked, with the clock in the test's hand."""

    def __init__(self, kind: str = "co", serial: bool = False, cold: bool = False) -> None:
        self.world = World()
        where = {"uart": 1} if serial else {"i2c": 0, "address": 0x75}
        self.chip = DfrobotGas({"chip": "dfrobot-gas", "gas": kind, **where}, self.world)
        self.serial = serial
        self.kind = kind
        self.t_us = 0
        if not cold:
            self.t_us = WARM
            self.drain()
            assert self.ask(ASKED) == DONE

    def set(self, value: float) -> None:
        self.world.gas_source = lambda name, t_us: {self.kind: value}[name]

    def drain(self) -> bytes:
        return self.chip.transmit(self.t_us) if self.serial else self.chip.read(FRAME, self.t_us)

    def ask(self, request: bytes, ms: int = 50) -> bytes:
        if self.serial:
            self.drain()
            self.chip.receive(request, self.t_us)
            self.t_us += ms * MS
            return self.chip.transmit(self.t_us)
        self.chip.write(b"\0" + request, self.t_us)
        self.t_us += ms * MS
        self.chip.write(b"\0", self.t_us)
        return self.chip.read(FRAME, self.t_us)

    def reading(self) -> tuple[int, int, int]:
        """Concentration, gas byte, decimals."""
        answer = self.ask(GAS)
        assert answer[:2] == b"\xff\x86" and answer[8] == checksum(answer)
        return int.from_bytes(answer[2:4], "big"), answer[4], answer[5]


LINES = pytest.mark.parametrize("serial", [False, True], ids=["i2c", "serial"])


def test_is_registered():
    assert CHIPS["dfrobot-gas"] is DfrobotGas
    assert Module().chip.address == 0x75


@pytest.mark.parametrize("frame", [ASKED, UNASKED, GAS, TEMP, DONE])
def test_checksums_of_the_vendor(frame: bytes):
    assert checksum(frame) == frame[8]
    assert framed(*frame[1:8]) == frame


@LINES
@pytest.mark.parametrize(
    ("kind", "value", "counts", "gas", "decimals"),
    # Gas bytes: eType_t in DFRobot_MultiGasSensor.h; decimals: the resolutions in the wiki.
    [
        ("o2", 20.9, 209, 0x05, 1),
        ("co", 35.4, 35, 0x04, 0),
        ("h2s", 10, 10, 0x03, 0),
        ("nh3", 25, 25, 0x02, 0),
        ("so2", 2.06, 21, 0x2B, 1),
        ("no2", 0.5, 5, 0x2C, 1),
        ("co", -20, 0, 0x04, 0),
    ],
)
def test_readings(serial: bool, kind: str, value: float, counts: int, gas: int, decimals: int):
    module = Module(kind, serial)
    module.set(value)
    assert module.reading() == (counts, gas, decimals)


@LINES
@pytest.mark.parametrize("celsius", [-20, 0, 25, 40])
def test_temperature_by_the_formula_of_the_vendor(serial: bool, celsius: float):
    module = Module(serial=serial)
    module.world.air_source = lambda t_us: (celsius, 1013.0, 50.0)
    answer = module.ask(TEMP)
    volts = 3 * int.from_bytes(answer[2:4], "big") / 1024
    ohms = volts * 10_000 / (3 - volts)
    assert 1 / (1 / 298.15 + math.log(ohms / 10_000) / 3380.13) - 273.15 == pytest.approx(celsius, abs=0.15)


def test_powers_up_telling_unasked_once_a_second():
    module = Module("co", serial=True, cold=True)
    module.set(50)
    module.t_us = 5_000_000
    reports = module.drain()
    assert len(reports) == 4 * FRAME  # the fifth is still on the line
    for at in range(0, len(reports), FRAME):
        frame = reports[at : at + FRAME]
        assert frame[:2] == b"\xff\x88" and frame[4] == 4 and checksum(frame) == frame[8]
    module.t_us = 6_500_000
    module.drain()
    assert module.ask(ASKED) == DONE
    module.t_us = 20_000_000
    assert module.drain() == b""
    assert module.ask(UNASKED) == DONE
    module.t_us += 1_100_000
    assert module.drain()[:2] == b"\xff\x88"


@LINES
def test_unasked_it_answers_no_question(serial: bool):
    module = Module(serial=serial)
    assert module.ask(UNASKED) == DONE
    assert module.ask(GAS)[:2] != b"\xff\x86"


def test_every_byte_takes_its_time():
    module = Module(serial=True)
    module.chip.receive(GAS, module.t_us)
    asked_us = module.t_us + 9 * BYTE_US
    times = []
    for t_us in range(module.t_us, module.t_us + 60 * MS, 100):
        times += [t_us] * len(module.chip.transmit(t_us))
    assert len(times) == 9 and times[0] >= asked_us + 10 * MS
    assert all(later - earlier >= BYTE_US - 100 for earlier, later in itertools.pairwise(times))


def test_on_i2c_the_old_answer_stands_until_the_new_one_is_ready():
    module = Module()
    module.set(7)
    assert module.reading()[0] == 7
    assert module.ask(TEMP, 5)[:2] == b"\xff\x86"
    module.t_us += 6 * MS
    assert module.drain()[:2] == b"\xff\x87"
    assert module.chip.read(3, module.t_us) == module.drain()[:3]


@LINES
@pytest.mark.parametrize("request_hex", ["ff0186000000000078", "ff018500000000007a", "000186000000000079"])
def test_other_frames_are_not_answered(serial: bool, request_hex: str):
    module = Module(serial=serial)
    assert module.ask(bytes.fromhex(request_hex))[:2] != b"\xff\x86"


@LINES
def test_power(serial: bool):
    module = Module(serial=serial)
    module.set(100)
    assert module.reading()[0] == 100
    module.chip.faults.set("powered_down")
    if serial:
        assert module.ask(GAS) == b""
    else:
        with pytest.raises(Nak):
            module.ask(GAS)
        with pytest.raises(Nak):
            module.drain()
    module.chip.faults.clear()
    assert module.ask(GAS)[:2] != b"\xff\x86"
    assert module.ask(ASKED) == DONE
    assert module.reading()[0] == 0  # cold
    module.t_us += WARM
    assert module.reading()[0] == 100


@LINES
def test_faults_of_the_answer(serial: bool):
    module = Module("so2", serial)
    module.set(2.5)
    good = module.ask(GAS)
    faults = module.chip.faults
    faults.set("bad_checksum")
    answer = module.ask(GAS)
    assert answer[:8] == good[:8] and answer[8] != checksum(answer)
    faults.clear()
    faults.set("wrong_type")
    assert module.reading() == (25, 0x31, 1)
    faults.clear()
    # As users of V1.0 boards saw, under a right checksum: the gas byte becomes concentration.
    for lost, shown in ((1, 25 * 256 + 0x2B), (2, 0x2B * 256 + 1)):
        faults.set("shifted", lost)
        assert module.reading()[0] == shown
        faults.clear()
    faults.set("unasked")
    assert module.ask(TEMP)[:2] != b"\xff\x87"
    answer = module.ask(ASKED)
    assert framed(0x78, 0) in answer + module.drain()
    faults.clear()
    module.t_us += 2_000_000
    module.drain()
    assert module.ask(ASKED) == DONE
    faults.set("slow", 500)
    assert module.ask(GAS, 450)[:2] != b"\xff\x86"
    module.t_us += 100 * MS
    assert module.drain()[:2] == b"\xff\x86"
    faults.clear()
    faults.set("silent")
    assert module.ask(TEMP)[:2] != b"\xff\x87"
    faults.clear()
    assert module.ask(GAS) == good


@LINES
def test_garbage_is_never_a_frame(serial: bool):
    module = Module(serial=serial)
    module.chip.faults.set("garbage")
    for _ in range(500):
        answer = module.ask(GAS)
        assert len(answer) == FRAME and not (answer[0] == 0xFF and answer[1] == 0x86 and checksum(answer) == answer[8])


@pytest.mark.parametrize("kind", GASES)
def test_faults_of_the_reading(kind: str):
    module = Module(kind)
    full, decimals = GASES[kind][1], GASES[kind][2]
    module.set(full / 2)
    half = module.reading()[0]
    module.chip.faults.set("over_range")
    assert module.reading()[0] == round(1.2 * full * 10**decimals)
    module.chip.faults.clear()
    module.chip.faults.set("drift", full / 4)
    assert module.reading()[0] == round(0.75 * full * 10**decimals)
    module.chip.faults.clear()
    assert module.reading()[0] == half
    module.chip.faults.set("stuck")
    module.set(full)
    assert module.reading()[0] == half


def test_several_of_a_kind_have_names():
    parts = [
        {"chip": "button"},
        {"chip": "dfrobot-gas", "gas": "o2"},
        {"chip": "dfrobot-gas", "gas": "co"},
        {"chip": "scd41", "gas": "co2"},
        {"chip": "dfrobot-gas", "gas": "co"},
        {"chip": "lis3dh"},
        {"chip": "lis3dh"},
    ]
    names = named(parts)
    assert list(names) == ["dfrobot-gas", "dfrobot-gas:co", "scd41", "dfrobot-gas:3", "lis3dh", "lis3dh:2"]
    assert list(names.values()) == parts[1:]
