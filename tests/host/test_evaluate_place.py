"""`davy evaluate place` on made recordings whose answer is known, and what it says of files that are not good."""

import gzip
import json
import math
import random
import re
from pathlib import Path

import pytest
from cli_here import davy, said_in_one_line

from davy.errors import DavyError
from davy.evaluate import placedata, placerun
from davy.evaluate.placerun import evaluate

BEACONS = [(x, y) for x in (1.0, 9.0, 17.0) for y in (1.0, 9.0)]
HEAD = "track,t,sensor,sx,sy,sz,rssi,x,y,z\n"


@pytest.fixture(autouse=True)
def few_grids(monkeypatch: pytest.MonkeyPatch) -> None:
    """Four grids of zones, and half a minute of standing, do for tests."""
    monkeypatch.setattr(placerun, "SHIFTS", 2)
    monkeypatch.setattr(placerun, "STAND_WINDOWS", 10)


def dbm(place: tuple[float, float], x: float, y: float) -> float:
    return -59.0 - 25.0 * math.log10(max(1.0, math.hypot(x - place[0], y - place[1])))


def track(name: str, y: float, chance: random.Random | None = None) -> str:
    lines = ""
    for n in range(90):  # 18 m at 0.2 m/s, twice a second all receivers
        x = 0.2 * n
        for b, place in enumerate(BEACONS):
            noise = chance.gauss(0, 8) if chance else 0.0
            lines += f"{name},{n},s{b},{place[0]},{place[1]},1,{dbm(place, x, y) + noise:.0f},{x:.2f},{y},1\n"
    return lines


def tracks(folder: Path, chance: random.Random | None = None) -> Path:
    folder.mkdir(exist_ok=True)
    text = HEAD + track("a", 1.0, chance) + track("b", 2.0, chance) + track("c", 8.0, chance)
    (folder / "tracks.csv.gz").write_bytes(gzip.compress(text.encode()))
    return folder


def fingerprints(folder: Path) -> Path:
    folder.mkdir(exist_ok=True)
    ids = [f"{b}" for b in range(len(BEACONS))]
    (folder / "my_beacons.csv").write_text(
        "id,x,y\n" + "".join(f"{i},{x},{y}\n" for i, (x, y) in zip(ids, BEACONS, strict=True))
    )
    chance = random.Random(5)
    lines = "id,x,y," + ",".join(ids) + "\n"
    for phone in "12":
        for campaign in "23":
            for point in range(18):
                x, y = 1.0 + point % 9 * 2.0, 1.0 if point < 9 else 9.0
                for scan in range(6):
                    louder = 14.0 if phone == "2" else 0.0  # two phones of different hearing
                    heard = [f"{dbm(b, x, y) + louder + chance.gauss(0, 4):.0f}" for b in BEACONS]
                    if scan == 0:
                        heard = [""] * len(heard)
                    lines += f"{phone}2{campaign}{point + 1:03}{scan + 1:02},{x},{y}," + ",".join(heard) + "\n"
    (folder / "my_fingerprints.csv").write_text(lines)
    return folder


def test_tracks_without_noise_are_found_but_for_the_borders(tmp_path: Path) -> None:
    found = evaluate(placedata.read(tracks(tmp_path))[0], 8.0)
    assert [fold.name for fold in found.places.folds] == ["a", "b", "c"]
    assert (found.share("right") or 0) > 0.8 and found.counts["unknown"] < 10
    assert found.counts["windows"] == 4 * 3 * (29 + 29 + 29)


def test_noise_makes_it_neither_blind_nor_restless(tmp_path: Path) -> None:
    found = evaluate(placedata.read(tracks(tmp_path, random.Random(2)), listen_s=1.0)[0], 8.0)
    assert (found.share("right") or 0) > 0.6
    assert (found.a_minute("switches") or 0) < 2.5  # the walk itself has two in a minute and a half


def test_interpreters_agree_to_the_last_window(tmp_path: Path) -> None:
    places = placedata.read(tracks(tmp_path, random.Random(3)), listen_s=1.0)[0]
    one, other = evaluate(places, 8.0), evaluate(places, 8.0, interpreter="cpython")
    assert one.counts == other.counts and one.by_grid == other.by_grid


def test_fingerprints_of_phones_that_hear_differently(tmp_path: Path) -> None:
    folder = fingerprints(tmp_path / "uji")
    out = tmp_path / "figures.json"
    done = davy("evaluate", "place", str(folder), "--json", str(out))
    assert done.returncode == 0, done.stderr
    figures = json.loads(out.read_text())["datasets"][0]
    assert figures["kind"] == "fingerprints" and figures["folds"] == ["phone 1", "phone 2"]
    assert figures["accuracy"] > 0.75 and figures["accuracy"] > figures["strongest_now"]
    assert figures["silent_windows"] == pytest.approx(1 / 6)
    assert figures["false_switches_a_minute_standing_recorded"] <= 1
    assert figures["strongest_now_switches_a_minute_standing_resampled"] > 0.1
    assert "points better" in done.stdout


@pytest.mark.parametrize(
    ("text", "word"),
    [
        (HEAD + "a,0,s,1,1,1,loud,0,0,0\n", "tracks.csv:2: rssi: 'loud'"),
        (HEAD + "a,0,s,1,1,1,-60,,0,0\n", "tracks.csv:2: a number is missing"),
        (HEAD + "a,0,s,1,1,1,60,0,0,0\n", "1 of 1 are no strength in dBm"),
        (HEAD + "a,0,s,1,1,1,-60,0,0,0\nb,0,s,1,1,1,-60,0,0,0\n", "as long as a window"),
        ("track,t\na,0\n", "no column sensor"),
        (HEAD, "no rows"),
        (HEAD + "a,0,s,1,1,1,-60,0,0,0\n", "one track alone"),
    ],
)
def test_bad_tracks_are_named(tmp_path: Path, text: str, word: str) -> None:
    (tmp_path / "tracks.csv").write_text(text)
    with pytest.raises(DavyError, match=word.replace("(", r"\(")):
        placedata.read(tmp_path)


def test_one_phone_alone_is_judged_by_its_own_survey(tmp_path: Path) -> None:
    table = fingerprints(tmp_path / "f") / "my_fingerprints.csv"
    table.write_text("\n".join(line for line in table.read_text().splitlines() if line[0] != "2"))
    [places] = placedata.read(tmp_path / "f")
    [fold] = places.folds
    assert fold.name == "phone 1, by its own survey" and fold.survey and fold.walks[0]


def test_the_highest_campaign_is_walked(tmp_path: Path) -> None:
    table = fingerprints(tmp_path / "f") / "my_fingerprints.csv"
    [before] = placedata.read(tmp_path / "f")
    head, *lines = table.read_text().splitlines()
    more = [f"{line[:2]}1{line[3:]}" for line in lines if line[2] == "2"]
    table.write_text("\n".join([head, *lines, *more]))
    [after] = placedata.read(tmp_path / "f")
    assert [fold.walks for fold in after.folds] == [fold.walks for fold in before.folds]
    assert [len(fold.survey) for fold in after.folds] == [2 * len(fold.survey) for fold in before.folds]


def test_every_site_of_a_folder_is_judged(tmp_path: Path) -> None:
    folder = fingerprints(tmp_path / "f")
    for path in list(folder.iterdir()):
        (folder / path.name.replace("my_", "our_")).write_bytes(path.read_bytes())
    assert [places.name for places in placedata.read(folder)] == ["f my", "f our"]
    done = davy("evaluate", "place", str(folder), "--json", "-", "--jobs", "1")
    assert len(json.loads(done.stdout)["datasets"]) == 2


def test_rows_in_another_order_and_times_from_another_begin(tmp_path: Path) -> None:
    [before] = placedata.read(tracks(tmp_path), listen_s=1.0)
    head, *lines = gzip.decompress((tmp_path / "tracks.csv.gz").read_bytes()).decode().splitlines()
    cells = [line.split(",") for line in lines]
    for row in cells:
        row[1] = f"{float(row[1]) + 1_600_000_000:.0f}"
    later = cells.copy()
    later.sort(key=lambda row: (row[0], -float(row[1])))
    folder = tmp_path / "other"
    folder.mkdir()
    lost = ",".join([*later[0][:6], "", *later[0][7:]])  # a strength that nobody heard
    (folder / "tracks.csv").write_text("\n".join([head, lost, *(",".join(row) for row in later)]) + "\n")
    [after] = placedata.read(folder, listen_s=1.0)
    assert sorted(fold.name for fold in after.folds) == ["a", "b", "c"]
    first = {fold.name: fold for fold in before.folds}["a"], {fold.name: fold for fold in after.folds}["a"]
    assert [[(w.x, w.y, len(w.heard)) for w in walk] for walk in first[0].walks] == [
        [(w.x, w.y, len(w.heard)) for w in walk] for walk in first[1].walks
    ]


def test_a_strength_that_is_none_is_left_out_and_told(tmp_path: Path) -> None:
    """The Danis set has a 42."""
    path = tracks(tmp_path) / "tracks.csv.gz"
    head, *lines = gzip.decompress(path.read_bytes()).decode().splitlines()
    path.write_bytes(gzip.compress("\n".join([head, re.sub(r",-\d+,", ",42,", lines[0]), *lines[1:]]).encode()))
    [places] = placedata.read(tmp_path)
    assert places.notes[0].endswith("left out, as no strength in dBm, -127 to -1: 42")
    assert all(
        dbm < 0 for fold in places.folds for walk in fold.walks for w in walk for s in w.heard.values() for dbm in s
    )


def test_small_zones_get_fewer_spots_and_too_many_are_refused(tmp_path: Path) -> None:
    [places] = placedata.read(tracks(tmp_path))
    assert placerun.grid_of(places, 8.0, (0, 0), 4).pitch == 2.0
    small = placerun.grid_of(places, 2.0, (0, 0), 4)
    assert small.pitch > 0.5 and len(small.spots) < 256
    path = tmp_path / "tracks.csv.gz"
    text = gzip.decompress(path.read_bytes()).decode().replace(",17.0,9.0,", ",1700.0,900.0,")
    path.write_bytes(gzip.compress(text.encode()))
    assert (
        said_in_one_line(done := davy("evaluate", "place", str(tmp_path))) and "no room in a tag's map" in done.stderr
    )


def test_bad_fingerprints_and_folders_are_named(tmp_path: Path) -> None:
    with pytest.raises(DavyError, match="neither"):
        placedata.read(tmp_path)
    with pytest.raises(DavyError, match="no such folder"):
        placedata.read(tmp_path / "none")
    folder = fingerprints(tmp_path / "f")
    table = folder / "my_fingerprints.csv"
    good = table.read_text()
    for change, word in (
        (good.replace("12200101", "1220010x", 1), "eight digits"),
        ("\n".join(line for line in good.splitlines() if line[2:3] != "3"), "1 campaigns"),
        (re.sub(r"-\d+", "100", good), "are no strength in dBm, -127 to -1, as 100"),
        (re.sub(r"-\d+", "", good), "hears a beacon"),
    ):
        table.write_text(change)
        with pytest.raises(DavyError, match=word):
            placedata.read(folder)
    with pytest.raises(DavyError, match="zones of 0"):
        evaluate(placedata.read(tracks(tmp_path / "t"))[0], 0.0)
    with pytest.raises(DavyError, match="listening"):
        placedata.read(tracks(tmp_path / "t"), listen_s=4.0)
