"""`davy lorawan trace`: what it writes is checked by another decoder, in every region and class."""

import itertools
import json
import re
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from cli_here import davy, said_in_one_line
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from pamoja import lorawan as other

from davy.lorawan import wire
from davy.lorawan.plans import PLANS


def traced(tmp_path: Path, *words: str) -> dict[str, Any]:
    out = tmp_path / "trace.json"
    done = davy("lorawan", "trace", *words, "--json", str(out))
    assert (done.returncode, done.stderr) == (0, "") and done.stdout == f"{out}: {len(load(out)['frames'])} frames\n"
    return load(out)


PAGE = Path(__file__).resolve().parents[2] / "docs" / "lorawan.md"


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
    assert request["payload"] == request["phy"][2:-8]
    # TS001 section 6.2.3: encrypting a join accept once more gives JoinNonce ... CFList and MIC
    worker = Cipher(algorithms.AES(device["app_key"]), modes.ECB()).encryptor()
    assert worker.update(bytes.fromhex(accept["phy"])[1:])[:-4].hex() == accept["payload"]
    fields = bytes.fromhex(accept["payload"])
    assert (
        int.from_bytes(fields[:3], "little") == session["join_nonce"] and fields[3:6][::-1].hex() == session["net_id"]
    )
    assert fields[6:10][::-1].hex() == session["dev_addr"]
    given = fields[12:]
    assert len(given) == 16 and given[15] == (1 if region == "US915" else 0) and any(given[:15])
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
    heard_downs = [frame for frame in downs if not frame["lost"]]
    assert len({frame["fcnt"] for frame in ups if not frame["lost"]}) >= 20 and len(heard_downs) >= 20
    assert sum(bool(frame["port"]) for frame in heard_downs) >= 20
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


@pytest.mark.parametrize("region", PLANS)
def test_channels_move_and_frames_are_repeated(tmp_path: Path, region: str) -> None:
    frames = traced(tmp_path, "--region", region, "--seed", "3")["frames"]
    data = [frame for frame in frames if frame["kind"] == "data"]
    ups = [frame for frame in data if frame["direction"] == "up"]
    answers = "".join(frame["fopts"] for frame in ups)
    assert Counter(frame["phy"] for frame in ups).most_common(1)[0][1] == 2
    asked = {"03ff000062", "03ff02007003ff00ff02"}  # LinkADRReq: NbTrans 2, the rest as it is
    twice = next(i for i, frame in enumerate(data) if frame["fopts"] in asked)
    first = next(i for i, frame in enumerate(ups) if frame["t_ms"] > data[twice]["t_ms"])
    one, again = ups[first : first + 2]
    assert one["phy"] == again["phy"] and one["fopts"].startswith("0307") and again["t_ms"] - one["t_ms"] > 2000
    # uplinks on a channel of the CFList, before anything else adds or takes one
    accept = bytes.fromhex(next(frame["payload"] for frame in frames if frame["kind"] == "join_accept"))
    early = {frame["freq_hz"] for frame in ups[:8]}
    if region == "US915":
        assert early <= {902_300_000 + 200_000 * i for i in range(8, 16)} | {904_600_000}
        assert not any(frame["fopts"].startswith("0a") for frame in data)
        return
    assert early & {int.from_bytes(accept[i : i + 3], "little") * 100 for i in range(12, 27, 3)}
    # DlChannelReq: accepted, and the first window is elsewhere than the uplink from then on
    moved = next(frame for frame in data if frame["direction"] == "down" and frame["fopts"].startswith("0a"))
    assert answers.count("0a03") >= len(moved["fopts"]) // 10 == len(PLANS[region].channels)
    to_hz = int.from_bytes(bytes.fromhex(moved["fopts"])[2:5], "little") * 100
    apart = []
    for up, down in itertools.pairwise(data):
        if (up["direction"], down["direction"], down.get("window")) == ("up", "down", "RX1"):
            apart.append((up["freq_hz"] != down["freq_hz"], down["t_ms"] > moved["t_ms"], down["freq_hz"] == to_hz))
    assert any(one for one, _, _ in apart) and all(late and there for one, late, there in apart if one)


def test_a_join_accept_that_is_not_genuine_is_not_read() -> None:
    key = bytes(range(16))
    accept = bytes(other.grant(1, 0x13, 0x26011BDA, 0x25, 3, None).accept(key, 7))
    assert wire.accepted(key, accept).hex() == "010000130000da1b01262503"
    for frame in (accept[:-1] + bytes([accept[-1] ^ 1]), accept[:-1], accept + bytes(16), b"\x40" + accept[1:], b""):
        with pytest.raises(wire.Bad):
            wire.accepted(key, frame)


def keys_of(value: Any) -> set[str]:
    """Names of the members of all objects in it."""
    if isinstance(value, dict):
        return set(value) | {name for one in value.values() for name in keys_of(one)}
    return {name for one in value for name in keys_of(one)} if isinstance(value, list) else set()


@pytest.mark.parametrize("device_class", ["A", "C"])
def test_the_page_names_every_key(tmp_path: Path, device_class: str) -> None:
    found = traced(tmp_path, "--class", device_class)
    page = PAGE.read_text(encoding="utf-8").split("\n## A trace\n")[1]
    listed = page[page.index("    {") :]
    values = {"up", "down", "join_request", "join_accept", "data", "RX1", "RX2", "class C"}  # stand there as values
    assert keys_of(found) | values == set(re.findall(r'"([\w ]+)"', listed)) | values


def test_region_and_class_in_any_case(tmp_path: Path) -> None:
    assert traced(tmp_path, "--region", "as923-1", "--class", "c") == traced(
        tmp_path, "--region", "AS923-1", "--class", "C"
    )


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
        (("--region", "eu433"), "unknown region 'EU433'"),
        (("--seed", "-1"), "greater than or equal to 0"),
        (("--class", "B"), "--class B: the device is of class A or C"),
        (("--json", str(tmp_path)), "is a folder"),
        (("--json", str(tmp_path / "no" / "x.json")), "there is none to write it to"),
        (("--interpreter", "mp16"), "not on 'mp16'"),
    ):
        done = davy("lorawan", "trace", *words)
        assert said_in_one_line(done) and told in done.stderr, done.stderr
