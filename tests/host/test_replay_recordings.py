"""Recordings as files: what is read, and that a bad one is one clear line."""

import array
import lzma
from pathlib import Path

import pytest

from davy import recordings, roots
from davy.errors import DavyError

RECORDINGS = roots.CHECKOUT / "tests" / "recordings"
HEAD = "t_s,ax_mg,ay_mg,az_mg\n"


def written(folder: Path, text: str | bytes) -> Path:
    file = folder / "r.csv"
    file.write_bytes(text if isinstance(text, bytes) else text.encode())
    return file


@pytest.mark.parametrize("name", ["fall", "walking", "kneeling", "device_drop"])
def test_the_projects_own_are_good_and_attributed(name: str) -> None:
    recording = recordings.load(RECORDINGS / f"{name}.csv")
    assert recording.samples > 500
    assert 5 < recording.duration_s < 60
    assert f"`{name}.csv`" in (RECORDINGS / "README.md").read_text()


def test_motion_and_gas(tmp_path: Path) -> None:
    text = "ch4_pct, t_s ,ax_mg,ay_mg,az_mg,note\n0.5,1.0,1,2,3,hello\n,1.1,4.6,5,99999,\n0.7,1.2,,,,\n"
    recording = recordings.load(written(tmp_path, text))
    assert list(recording.t_s) == [1.0, 1.1]
    assert list(recording.mg) == [1, 2, 3, 5, 5, 32767]
    assert recording.gases == {"ch4": [(1.0, 0.5), (1.2, 0.7)]}
    assert (recording.start_s, round(recording.duration_s, 6)) == (1.0, 0.2)


def test_spreadsheet_bytes_are_fine(tmp_path: Path) -> None:
    assert recordings.load(written(tmp_path, b"\xef\xbb\xbf" + HEAD.encode() + b"0,1,2,3\r\n")).samples == 1


BAD = {
    "": "is empty",
    "\n": "is empty",
    HEAD: "has a header but no measurements",
    "ax_mg,ay_mg,az_mg\n1,2,3\n": "column t_s is missing",
    "t_s,ax_mg,ay_mg\n1,2,3\n": "column az_mg is missing",
    "t_s,co2_ppm\n1,2\n": "column ax_mg is missing",
    "t_s,ch4_ppm\n1,2\n": "column ch4_ppm: write it as ch4_pct, in %vol",
    "t_s,t_s,ch4_pct\n1,1,2\n": "column t_s appears twice",
    HEAD + "0,1,2,3\n0.1,1,NaN,3\n": ":3: ay_mg: 'NaN' is not a number",
    HEAD + "0,1,2,three\n": ":2: az_mg: 'three' is not a number",
    HEAD + "0,1,2,\n": ":2: az_mg: '' is not a number",
    HEAD + "inf,1,2,3\n": ":2: t_s: 'inf' is not a number",
    HEAD + "0,1,2\n": ":2: has 3 columns, the header has 4",
    HEAD + "0.5,1,2,3\n0.5,1,2,3\n": ":3: t_s: 0.5 does not come after 0.5",
    HEAD + "1,1,2,3\n0.5,1,2,3\n": ":3: t_s: 0.5 does not come after 1",
    HEAD + "0,1,2,3\n1e9,1,2,3\n": ":3: t_s: 1e+09 is 1.16e+04 days after the first row",
    b"t_s\xff\xfe,ax_mg\n": "is not text",
}


@pytest.mark.parametrize("text", BAD, ids=lambda text: BAD[text][:30])
def test_a_bad_file_is_one_clear_line(tmp_path: Path, text: str | bytes) -> None:
    file = written(tmp_path, text)
    with pytest.raises(DavyError) as caught:
        recordings.load(file)
    assert caught.value.message.startswith(str(file))
    assert BAD[text] in caught.value.message
    assert "\n" not in caught.value.message


def folder(path: Path, manifest: str, samples: list[int]) -> Path:
    (path / "manifest.csv").write_text(manifest)
    (path / "acc_mg.i16.xz").write_bytes(lzma.compress(array.array("h", samples).tobytes()))
    return path


MANIFEST = "trial,label,rate_hz,offset,n\na,fall,100,0,2\nb,adl,50,2,1\n"


def test_a_folder_of_trials(tmp_path: Path) -> None:
    where = folder(tmp_path, MANIFEST, list(range(9)))
    first, second = recordings.read_folder(where)
    assert (first.name, first.label, list(first.mg), list(first.t_s)) == ("a", "fall", [0, 1, 2, 3, 4, 5], [0.0, 0.01])
    assert (second.name, list(second.mg)) == ("b", [6, 7, 8])
    assert recordings.load(where, "b").name == "b"


@pytest.mark.parametrize(
    ("manifest", "count", "said"),
    [
        ("trial,label\na,fall\n", 9, "manifest.csv:2: column rate_hz is missing"),
        ("", 9, "names no trials"),
        (MANIFEST.replace("2,1", "2,2"), 9, "manifest.csv:3: samples 2 to 4 are not in"),
        (MANIFEST.replace("100", "x"), 9, "manifest.csv:2: rate_hz: 'x' is not a number"),
        (MANIFEST.replace("100", "0"), 9, "manifest.csv:2: rate_hz: 0 is out of range"),
        (MANIFEST, 8, "are not whole samples"),
    ],
)
def test_a_bad_folder(tmp_path: Path, manifest: str, count: int, said: str) -> None:
    with pytest.raises(DavyError, match=said):
        list(recordings.read_folder(folder(tmp_path, manifest, list(range(count)))))


def test_which_trial(tmp_path: Path) -> None:
    where = folder(tmp_path, MANIFEST, list(range(9)))
    with pytest.raises(DavyError, match="holds 2 trials"):
        recordings.load(where)
    with pytest.raises(DavyError, match="has no trial 'c'"):
        recordings.load(where, "c")
    (tmp_path / "acc_mg.i16.xz").write_bytes(b"nonsense")
    with pytest.raises(DavyError, match="not xz-compressed"):
        recordings.load(where, "a")
    with pytest.raises(DavyError, match="cannot be read"):
        recordings.load(tmp_path / "nowhere.csv")
