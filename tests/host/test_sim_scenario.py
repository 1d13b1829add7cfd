"""Scenario files: what they mean, and that every mistake names the file, the key and what is wrong."""

from pathlib import Path

import pytest

from davy import roots
from davy.errors import DavyError
from davy.sim import scenario

HEAD = '[scenario]\nname = "x"\nduration_s = 100\n'
SCENARIOS = sorted((roots.CHECKOUT / "tests" / "scenarios").glob("*.toml"))


def written(folder: Path, text: str) -> Path:
    file = folder / "story.toml"
    file.write_text(text, encoding="utf-8")
    return file


@pytest.mark.parametrize("file", SCENARIOS, ids=lambda file: file.stem)
def test_the_projects_own_are_good(file: Path) -> None:
    assert scenario.load(file).expectations


def test_everything_said_is_there(tmp_path: Path) -> None:
    (tmp_path / "walk.csv").write_text("t_s,ax_mg,ay_mg,az_mg\n0,0,0,1000\n")
    text = (
        '[scenario]\nname = "n"\nabout = "a"\nduration_s = 50\nspeed = 0\n'
        '[tag]\nname = "miner"\nboard = "virtual"\n[tag.settings]\nstill_s = 20\n'
        '[[motion]]\nat_s = 9\nrecording = "walk.csv"\nmounting = ["x", "-z", "y"]\n'
        '[[motion]]\nat_s = 3\nactivity = "walking"\n'
        '[[gas]]\nname = "ch4"\npoints = [[0, 0], [10, 1.5]]\n'
        "[[button]]\nat_s = 7\nhold_s = 3\n"
        "[[link]]\nat_s = 2\nup = false\n"
        '[[power_cut]]\nat_s = 5\noff_s = 1\nin_write = 3\nmode = "torn"\n'
        '[[downlink]]\nat_s = 6\nmessage = "text"\ntext = "hello"\n'
        '[[fault]]\nat_s = 1\nchip = "lis3dh"\nname = "nak"\nfor_s = 2\n'
        '[[expect]]\nkind = "alarm"\nwhere = { alarm = "sos", state = 2 }\ncount = 2\nwithin = [0, 9]\ncreated = [1, 2]\n'
        '[[expect]]\nkind = "reading"\nat_least = 4\n'
    )
    read = scenario.load(written(tmp_path, text))
    assert (read.name, read.about, read.duration_s, read.speed) == ("n", "a", 50.0, None)
    assert (read.tag_name, read.settings) == ("miner", {"still_s": 20})
    assert [motion.at_s for motion in read.motions] == [3.0, 9.0]
    assert read.motions[1].recording == tmp_path / "walk.csv"
    assert read.gases == {"ch4": [(0.0, 0.0), (10.0, 1.5)]}
    assert [(h.at_s, h.what) for h in read.happenings] == [
        (1.0, "fault"),
        (2.0, "link"),
        (5.0, "power_cut"),
        (6.0, "downlink"),
        (7.0, "button"),
    ]
    first, second = read.expectations
    assert (first.count, first.exactly, first.within, first.created) == (2, True, (0.0, 9.0), (1.0, 2.0))
    assert (second.count, second.exactly) == (4, False)


WRONG = {
    "": "scenario: is missing",
    "[scenario]\nduration_s = 5\n": "scenario.name: is missing",
    '[scenario]\nname = "x"\nduration_s = "5"\n': "scenario.duration_s: must be a number",
    '[scenario]\nname = "x"\nduration_s = 0\n': "scenario.duration_s: 0 is out of range 1 to 604800",
    '[scenario]\nname = "x"\nduration_s = nan\n': "scenario.duration_s: must be a number",
    HEAD + "[storm]\n": "storm: unknown table",
    HEAD + "wind = 1\n": "scenario.wind: unknown key",
    HEAD + '[tag]\nboard = "nonesuch"\n': "tag.board: no board 'nonesuch'",
    HEAD + "[tag.settings]\nstill_s = 5\n": "tag.settings.still_s: 5 is not within 20..1000",
    HEAD + "[tag.settings]\nnonesuch = 5\n": "tag.settings.nonesuch: unknown setting",
    HEAD + "[motion]\nat_s = 1\n": "motion: must be written [[motion]]",
    HEAD + "[[motion]]\nat_s = 1\n": "motion[0]: needs either a recording or an activity",
    HEAD + '[[motion]]\nat_s = 101\nactivity = "still"\n': "motion[0].at_s: 101 s is not within the scenario's 100 s",
    HEAD + '[[motion]]\nat_s = 1\nactivity = "flying"\n': 'motion[0].activity: "flying" is not one of still',
    HEAD + '[[motion]]\nat_s = 1\nrecording = "no.csv"\n': "motion[0].recording: there is no",
    HEAD + '[[motion]]\nat_s = 1\nrecording = "x"\nmounting = ["x","y","-z"]\n': "motion[0].mounting: must be one of",
    HEAD + '[[gas]]\nname = "ch5"\npoints = [[0, 1]]\n': 'gas[0].name: "ch5" is not one of ch4',
    HEAD + '[[gas]]\nname = "ch4"\npoints = [[0, 1], [3]]\n': "gas[0].points[1]: must be [time in seconds, value]",
    HEAD + '[[gas]]\nname = "ch4"\npoints = [[5, 1], [3, 1]]\n': "gas[0].points[1]: 3 s comes before 5 s",
    HEAD + '[[gas]]\nname = "ch4"\npoints = [[5, 1]]\n[[gas]]\nname = "ch4"\npoints = [[5, 1]]\n': "gas[0].name",
    HEAD + '[[fault]]\nat_s = 1\nchip = "bme280"\nname = "nak"\n': "fault[0].chip: board virtual has no chip 'bme280'",
    HEAD + '[[fault]]\nat_s = 1\nchip = "lis3dh"\nname = "rust"\n': "fault[0].name: a lis3dh has no fault 'rust'",
    HEAD + "[[link]]\nat_s = 1\nup = 1\n": "link[0].up: must be true or false",
    HEAD + '[[power_cut]]\nat_s = 1\noff_s = 1\nmode = "torn"\n': "power_cut[0].mode: goes with in_write",
    HEAD + '[[downlink]]\nat_s = 1\nmessage = "sing"\n': 'downlink[0].message: "sing" is not one of help',
    HEAD + '[[downlink]]\nat_s = 1\nmessage = "text"\n': "downlink[0].text: is missing",
    HEAD + '[[downlink]]\nat_s = 1\nmessage = "help"\ntext = "x"\n': "downlink[0].text: belongs to the message 'text'",
    HEAD + '[[expect]]\nkind = "yawn"\n': 'expect[0].kind: "yawn" is not one of boot',
    HEAD + '[[expect]]\nkind = "alarm"\nwhere = { colour = 1 }\n': "expect[0].where.colour: 'alarm' has no such field",
    HEAD + '[[expect]]\nkind = "alarm"\nwhere = { state = "gone" }\n': 'expect[0].where.state: "gone" is not one of',
    HEAD + '[[expect]]\nkind = "alarm"\nwithin = [9, 1]\n': "expect[0].within: must be two times",
    HEAD
    + '[[expect]]\nkind = "alarm"\ncount = 1\nat_least = 1\n': "expect[0].at_least: says something else than count",
    "[scenario\n": "is not TOML",
    HEAD + "speed = " + "9" * 5000: "is not TOML",
    HEAD + '[tag]\nboard = "lilygo-t3-s3"\n': "tag.board: board 'lilygo-t3-s3' is for esp32s3",
}


@pytest.mark.parametrize("text", WRONG, ids=lambda text: WRONG[text][:40])
def test_a_mistake_is_named(tmp_path: Path, text: str) -> None:
    file = written(tmp_path, text)
    with pytest.raises(DavyError) as caught:
        scenario.load(file)
    said = caught.value.message
    assert said.startswith(f"{file}: ")
    assert WRONG[text] in said
    assert "\n" not in said.strip()


def test_a_file_that_is_none(tmp_path: Path) -> None:
    with pytest.raises(DavyError, match="cannot be read"):
        scenario.load(tmp_path / "nonesuch.toml")
    (tmp_path / "bytes.toml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(DavyError, match="not UTF-8"):
        scenario.load(tmp_path / "bytes.toml")


def test_several_mistakes_are_counted(tmp_path: Path) -> None:
    with pytest.raises(DavyError, match=r"\(and 2 more\)"):
        scenario.load(written(tmp_path, HEAD + "a = 1\nb = 2\nc = 3\n"))
