"""Virtual tags with radios on one bench: frames go from one to the other over the modelled air, and an interrupt ends a sleep, in
lockstep, with the boards' own files."""

import re
import subprocess
from pathlib import Path

import pytest
from lora_life import LoraLife
from radio_scripts import HEARER, OPEN, SENDER
from tag_life import Life

from davy import roots, runtime
from davy.vtag.bench import Bench
from davy.vtag.board import Board
from davy.vtag.ether import Ether, Reception
from davy.vtag.flash import Flash
from davy.vtag.radio import Network
from davy.vtag.tag import VBOOT, VirtualTag, load_spec
from davy.vtag.world import World

LORA, LORA_127X = "virtual-lora", "virtual-lora-sx127x"


class Pair:
    """Tags that run scripts, on one air."""

    def __init__(self, folder: Path) -> None:
        self.bench = Bench()
        self.ether = Ether()
        self.folder = folder
        self.said: dict[str, bytearray] = {}

    def add(self, name: str, board: str, script: str, sf: int = 7, interpreter: str = "mp64") -> VirtualTag:
        world = World()
        world.ether = self.ether
        spec = roots.BOARDS / board / "board.json"
        file = self.folder / f"{name}.py"
        file.write_text(f"BOARD = {spec.read_text()!r}\nSF = {sf}\n{script}")
        path = [str(VBOOT.parent), ".frozen", str(roots.FIRMWARE), str(roots.LIB)]
        python = ":".join([str(roots.FIRMWARE), str(roots.LIB), str(roots.SHIMS)])
        tag = VirtualTag(
            Board(load_spec(spec), world, Flash(16), Network(), name),
            interpreter=interpreter,
            console=False,
            script=[file],
            environment={"MICROPYPATH": ":".join(path), "PYTHONPATH": python, "PYTHONDONTWRITEBYTECODE": "1"},
        )
        self.bench.add(tag)
        said = self.said[name] = bytearray()
        tag.console.on_output = said.extend
        tag.power_on(self.bench.now_us)
        return tag

    def run(self, seconds: float) -> None:
        self.bench.run_for(int(seconds * 1e6), until=lambda: not any(tag.on for tag in self.bench.tags))

    def words(self, name: str, first: str) -> list[list[int]]:
        """The numbers in the lines that begin with a word."""
        lines = self.said[name].decode().splitlines()
        return [[int(n) for n in re.findall(r"-?\d+", line)] for line in lines if line.startswith(first)]


@pytest.fixture
def pair(tmp_path: Path):
    made = Pair(tmp_path)
    with made.bench:
        yield made


@pytest.mark.parametrize(("interpreter", "sf"), [("mp64", 7), ("mp32", 7), ("mp64", 12)])
@pytest.mark.parametrize("boards", [(LORA, LORA_127X), (LORA_127X, LORA)], ids=["sx1262", "sx1276"])
def test_frames_from_tag_to_tag(pair: Pair, boards: tuple[str, str], interpreter: str, sf: int):
    heard: list[Reception] = []
    pair.ether.listen(heard.append)
    sender = pair.add("sender", boards[0], SENDER, sf, interpreter)
    hearer = pair.add("hearer", boards[1], HEARER, sf, interpreter)
    pair.run(60)
    assert (sender.exit_code, hearer.exit_code) == (0, 0), pair.said
    frames = pair.ether.log
    assert [sent.sender for sent in frames] == ["sender"] * 5 and len(heard) == 5
    assert [got.payload for got in heard] == [bytes((i,)) * 30 for i in range(5)]
    sent, got = pair.words("sender", "sent"), pair.words("hearer", "heard")
    for i, frame in enumerate(frames):
        # SENT, and RECEIVED with 30 bytes of i at -86 dBm. The stamps are those of the frame's end; of two tags that wake at one
        # moment the second is served when the first has used its bus.
        over_ms = frame.end_us // 1000
        assert sent[i][0] == 1 and sent[i][1] - over_ms in (0, 1) and sent[i][3] == 0, (sent[i], over_ms)
        assert got[i][:3] == [2, 30, i] and got[i][3] - over_ms in (0, 1) and got[i][6] == 0, (got[i], over_ms)
        assert abs(got[i][4] + 86) <= 1
    assert sent[-1][2] <= 10 and got[-1][5] <= 10, (sent, got)  # naps: the interrupt, and not a loop, ended them
    for tag in (sender, hearer):
        (radio,) = (chip for name, chip in tag.board.chips.items() if name.startswith("sx12"))
        assert radio.complaints == []


def test_a_run_repeats_exactly(tmp_path: Path):
    def run(folder: Path) -> tuple[bytes, list[int]]:
        folder.mkdir()
        pair = Pair(folder)
        with pair.bench:
            pair.add("sender", LORA, SENDER)
            pair.add("hearer", LORA_127X, HEARER)
            pair.run(60)
            return bytes(pair.said["hearer"]), [sent.start_us for sent in pair.ether.log]

    assert run(tmp_path / "one") == run(tmp_path / "two")


@pytest.mark.parametrize("interpreter", ["mp64", "mp32"])
def test_a_tag_that_draws_by_chance_repeats_where_the_draw_is_named(
    interpreter: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def begins_us(draw: str) -> list[int]:
        monkeypatch.setenv("DAVY_DRAW", draw)
        with LoraLife(interpreter=interpreter) as life:
            life.live(12)
            return [sent.start_us for sent in life.station.aired()]

    first = begins_us("1")
    assert len(first) >= 2 and begins_us("1") == first and begins_us("2") != first


@pytest.mark.parametrize("draw", ["1", "2", "least", "most"])
def test_what_is_drawn_differs_from_draw_to_draw_and_can_be_taken_to_an_end(draw: str) -> None:
    code = "import vchance\nfor n in (1, 4, 4, 4, 33): print(vchance.urandom(n).hex())\nprint(vchance.listdir)"
    environment = {"MICROPYPATH": str(VBOOT.parent), "DAVY_DRAW": draw}
    done = subprocess.run(
        [*runtime.command("mp64"), "-c", code], env=environment, capture_output=True, text=True, check=True
    )
    *said, rest = done.stdout.split("\n")[:6]
    found = [bytes.fromhex(line) for line in said]
    assert [len(one) for one in found] == [1, 4, 4, 4, 33] and len(set(found)) == 5 and "function" in rest
    # As tag.hal.system.random_bits(8) takes them.
    bits = [(int.from_bytes(four, "little") & 0x3FFFFFFF) >> 22 for four in found[1:4]]
    assert bits == [0] * 3 if draw == "least" else bits == [255] * 3 if draw == "most" else len(set(bits)) > 1


def test_a_power_cut_ends_what_is_on_the_air(pair: Pair):
    heard: list[Reception] = []
    pair.ether.listen(heard.append)
    tag = pair.add("sender", LORA, SENDER, sf=12)
    pair.bench.run_until(2_000_000, until=lambda: bool(pair.ether.log))
    pair.bench.run_for(500_000)
    tag.power_cut(pair.bench.now_us)
    pair.bench.run_for(5_000_000)
    assert 400_000 < pair.ether.log[0].end_us - pair.ether.log[0].start_us < 600_000 and heard == []


def test_a_reset_of_the_processor_does_not_stop_the_radio(pair: Pair):
    tag = pair.add("sender", LORA, SENDER, sf=12)
    pair.bench.run_until(2_000_000, until=lambda: bool(pair.ether.log))
    pair.bench.run_for(100_000)
    tag.reset(pair.bench.now_us, off_us=10_000_000)
    pair.bench.run_for(5_000_000)
    sent = pair.ether.log[0]
    assert sent.end_us == sent.whole_us


def test_a_gateway_answers_a_tag(pair: Pair):
    """An uplink, and a downlink in a window one second after its end: as a class A device does it."""

    def answer(got: Reception) -> None:
        pair.ether.transmit(got.sent.end_us + 1_000_000, b"down" + got.payload[:1], 868_100_000, 7)

    pair.ether.listen(answer)
    script = (
        OPEN
        + """
for i in range(3):
    begun = time.ticks_ms()
    radio.begin_send(bytes((65 + i,)) * 12, 12, 868100000, 7, 125000, 14, begun)
    wait(begun + 5000)
    opens = radio.done_ms + 1000 - radio.start_ms - 5
    time.sleep_ms(opens - time.ticks_ms())
    radio.begin_receive(868100000, 7, 125000, 20, time.ticks_ms())
    said = wait(opens + 5000)
    print("heard", said, radio.length, radio.frame[4])
sys.exit(0)
"""
    )
    tag = pair.add("tag", LORA, script)
    pair.run(20)
    assert tag.exit_code == 0, pair.said
    assert pair.words("tag", "heard") == [[2, 5, 65], [2, 5, 66], [2, 5, 67]]


@pytest.mark.parametrize("board", [LORA, LORA_127X])
def test_the_shipped_firmware_lives_on_a_board_with_a_radio(board: str):
    with Life(board=board) as life:
        life.live(65)
        assert life.said("fault") == [] and life.said("crash") == [] and life.tag.boots == 1
        assert len(life.said("heartbeat")) == 1
