"""`davy lorawan trace`: what it writes is checked by another decoder, in every region and class."""

import json
from pathlib import Path
from typing import Any

import pytest
from cli_here import davy, said_in_one_line
from pamoja import lorawan as other

from davy.lorawan.plans import PLANS


def traced(tmp_path: Path, *words: str) -> dict[str, Any]:
    out = tmp_path / "trace.json"
    done = davy("lorawan", "trace", *words, "--json", str(out))
    assert (done.returncode, done.stderr) == (0, "") and done.stdout == f"{out}: {len(load(out)['frames'])} frames\n"
    return load(out)


def load(file: Path) -> dict[str, Any]:
    return json.loads(file.read_text(encoding="utf-8"))


@pytest.mark.parametrize("device_class", ["A", "C"])
@pytest.mark.parametrize("region", PLANS)
def test_every_frame_is_read_by_another_decoder(tmp_path: Path, region: str, device_class: str) -> None:
    found = traced(tmp_path, "--region", region, "--class", device_class, "--seed", "3")
    assert (found["region"], found["class"], found["seed"]) == (region, device_class, 3)
    device = {name: bytes.fromhex(text) for name, text in found["device"].items()}
    session = found["session"]
    frames = found["frames"]
    node = other.device(device["dev_eui"], device["join_eui"], device["app_key"])
    request, accept = frames[0], next(frame for frame in frames if frame["kind"] == "join_accept")
    read = other.parse_join_request(bytes.fromhex(request["phy"]), device["app_key"])
    assert read.dev_nonce == request["dev_nonce"]
    granted = node.accept_join(bytes.fromhex(accept["phy"]), session["dev_nonce"])
    assert f"{granted.dev_addr:08x}" == session["dev_addr"]
    theirs = granted.session()
    keyed = other.session(granted.dev_addr, bytes.fromhex(session["nwk_skey"]), bytes.fromhex(session["app_skey"]))
    ups, downs = [], []
    for frame in frames:
        if frame["kind"] != "data":
            continue
        phy = bytes.fromhex(frame["phy"])
        for one in (theirs, keyed):
            data = one.decode(phy, frame["fcnt"])
            assert bytes(data.payload).hex() == frame["payload"]
        (ups if frame["direction"] == "up" else downs).append(frame)
    # what a trace must have in it
    assert len({frame["fcnt"] for frame in ups}) >= 20 and len(downs) >= 18
    assert any(frame["lost"] for frame in ups) and any(frame["lost"] for frame in downs)
    assert sum(frame["lost"] for frame in downs) == 1 and sum(frame["lost"] for frame in ups) == 1
    for frames_of in (ups, downs):
        assert any(frame["confirmed"] for frame in frames_of) and any(not frame["confirmed"] for frame in frames_of)
        assert any(frame["fopts"] for frame in frames_of) and any(frame["ack"] for frame in frames_of)
        assert max(len(frame["payload"]) for frame in frames_of) >= 80
    assert any(frame["port"] == 0 for frame in ups)
    assert {frame["window"] for frame in downs} == {"RX1", "RX2"} | ({"class C"} if device_class == "C" else set())
    times = [frame["t_ms"] for frame in frames]
    assert times == sorted(times)
    heard = [frame["payload"] for frame in ups if frame["port"] and not frame["lost"]]
    assert [up["payload"] for up in found["application"]["up"]] == list(dict.fromkeys(heard))
    got = [frame["payload"] for frame in downs if frame["port"] and not frame["lost"]]
    assert [down["payload"] for down in found["application"]["down"]] == got


def test_a_seed_makes_the_same_trace_on_every_interpreter(tmp_path: Path) -> None:
    found = [traced(tmp_path, "--seed", "9", "--interpreter", name) for name in ("mp64", "mp32", "cpython")]
    assert found[0] == found[1] == found[2]
    assert traced(tmp_path, "--seed", "10")["device"] != found[0]["device"]


def test_without_a_file_it_is_a_table() -> None:
    done = davy("lorawan", "trace", "--region", "RU864")
    assert done.returncode == 0 and "join accept" in done.stdout and "868.900" in done.stdout
    assert "app_key" in done.stdout and "RX1" in done.stdout and "lost" in done.stdout


def test_mistakes_are_one_line(tmp_path: Path) -> None:
    for words, told in (
        (("--region", "EU433"), "unknown region 'EU433': there are EU868, RU864"),
        (("--region", "eu868"), "unknown region"),
        (("--class", "B"), "--class B: the device is of class A or C"),
        (("--json", str(tmp_path)), "is a folder"),
        (("--json", str(tmp_path / "no" / "x.json")), "there is none to write it to"),
        (("--interpreter", "mp16"), "not on 'mp16'"),
    ):
        done = davy("lorawan", "trace", *words)
        assert said_in_one_line(done) and told in done.stderr, done.stderr
