"""What a person's computer calls on the stopped tag, with the virtual board's methane sensor; storing is tests/host's to see."""

import vport
from tag import service
from tag.events import CH4, CO
from tag.gas.acts import PASSED, SPAN, ZERO
from tag.hal import board

SAY = "_say"
READ = "read"
SPEC = {
    "name": "bench",
    "buses": {"uart": [{"id": 1, "tx": 17, "rx": 16, "baud": 9600}]},
    "parts": [{"role": "gas", "chip": "winsen-ndir", "uart": 1, "gas": "ch4", "range": "5vol", "warmup_s": 5}],
}


def made():
    """A service and the lines it says."""
    lines = []
    setattr(service, SAY, lines.append)
    read = board.read
    setattr(board, READ, lambda: (SPEC, ""))
    try:
        return service.Service(), lines
    finally:
        setattr(board, READ, read)


def test_a_zero_from_the_cold():
    vport.control({"do": "gas", "name": "ch4", "value": 0.12})
    tag, lines = made()
    tag.run(ZERO, CH4, 0)
    end = lines.pop()
    assert (end["outcome"], end["zero"], end["response"], end["before"]) == (PASSED, 12, 12, [0, 4096])
    states = [line["state"] for line in lines]
    assert 5 <= states.count(0) <= 7 and states == sorted(states)  # a line a second; first it warms up
    assert len(lines) == lines[-1]["t_s"] + 1


def test_refusals_come_before_anything_happens():
    tag, lines = made()
    for order in (
        (ZERO, CO, 0),
        (SPAN, CH4, 501),
        (SPAN, CH4, 10),
        (9, CH4, 250),
        (SPAN, CH4, 250, 5),
        (SPAN, CH4, 250, 50, 601),
    ):
        tag.run(*order)
        assert len(lines) == 1 and lines.pop()["error"], order
    tag.keep(20, "nothing")
    assert lines.pop()["error"] == "no act has ended"
    for wrong in (0, -5, 789004799, 3155760000, "now", None, 8e8):
        tag.set_clock(wrong)
        assert lines.pop()["error"] == "no time of this century", wrong


def test_status_of_a_new_tag():
    tag, lines = made()
    tag.status()
    (said,) = lines
    (gas,) = said["gases"]
    assert (gas["gas"], gas["zero"], gas["gain_q12"], gas["due"], gas["span_s"]) == (CH4, 0, 4096, 1, 0)
    assert gas["full"] == 500 and said["problems"] == [] and said["store"] == ""
