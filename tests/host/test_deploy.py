"""The deploy planner and what it builds: the tag's file tree, compiled for the board, no trace of this computer."""

import ast
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from davy import boards, deploy, roots, runtime
from davy.errors import DavyError

ALL = boards.names()

# MP_NATIVE_ARCH_* of MicroPython's py/persistentcode.h: bits 2 to 7 of the third byte of an .mpy file with native code
ARCH_NUMBERS = {"x86": 1, "x64": 2, "xtensawin": 10, "rv32imc": 11}

FAST = """\
import micropython


@micropython.viper
def twice(x: int) -> int:
    return x + x
"""
CRASH = """\
def fail(x):
    assert x, "kept"
    y = x
    return 1 // y
"""


@pytest.fixture
def little(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project of five files in place of the real one; the boards stay the real ones."""
    source = tmp_path / "source"
    files = {
        "firmware/main.py": "import tag.crash\nfrom tag import fast\nprint(fast.twice(21))\ntag.crash.fail(0)\n",
        "firmware/boot.py": "# nothing\n",
        "firmware/tag/__init__.py": "",
        "firmware/tag/crash.py": CRASH,
        "firmware/tag/.hidden/x.py": "no Python",
        "firmware/tag/readme.txt": "no Python",
        "lib/deep/fast.py": FAST,
        "firmware/tag/fast.py": "from deep.fast import twice\n",
    }
    for name, text in files.items():
        file = source / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    monkeypatch.setattr(roots, "FIRMWARE", source / "firmware")
    monkeypatch.setattr(roots, "LIB", source / "lib")
    return source


def run(interpreter: str, tree: Path) -> subprocess.CompletedProcess[str]:
    """Start the tree's main.py with the tag's own search path."""
    try:
        command = runtime.find(interpreter).command
    except runtime.Unavailable as reason:
        pytest.skip(str(reason))
    path = {**os.environ, "MICROPYPATH": f"{tree}:{tree / 'lib'}"}
    return subprocess.run([*command, "main.py"], cwd=tree, env=path, capture_output=True, text=True, timeout=60)


# -- the plan ----------------------------------------------------------------------------------------------------------


def test_a_plan_writes_nothing_and_says_all(little: Path, tmp_path: Path):
    plan = deploy.plan("lilygo-t3-s3", tmp_path / "out")
    assert [(step.kind, step.target) for step in plan.steps] == [
        ("copy", "board.bak.json"),
        ("copy", "board.json"),
        ("copy", "boot.py"),
        ("compile", "lib/deep/fast.mpy"),
        ("copy", "main.py"),
        ("compile", "tag/crash.mpy"),
        ("compile", "tag/fast.mpy"),
    ]
    assert (plan.board, plan.arch, plan.out) == ("lilygo-t3-s3", "xtensawin", tmp_path / "out")
    assert plan.steps[3].source == little / "lib/deep/fast.py"
    assert plan.steps[3].command[1:] == ("-march=xtensawin", "-O2", "-s", "deep.fast")
    assert plan.steps[1].source == plan.steps[0].source == boards.path_of("lilygo-t3-s3")
    assert sorted(os.listdir(tmp_path)) == ["source"]


def test_the_architecture_is_the_boards_unless_asked_for(little: Path, tmp_path: Path):
    assert deploy.plan("esp32-c3-generic", tmp_path).arch == "rv32imc"
    assert deploy.plan("virtual", tmp_path).arch == "x64"
    assert deploy.plan("virtual", tmp_path, "x86").steps[3].command[1] == "-march=x86"
    with pytest.raises(DavyError, match=r"^architecture 'x64' does not run on board 'esp32-c3-generic': rv32imc does$"):
        deploy.plan("esp32-c3-generic", tmp_path, "x64")
    with pytest.raises(DavyError, match="no board 'nokia'"):
        deploy.plan("nokia", tmp_path)


def test_without_a_main_there_is_no_plan(little: Path, tmp_path: Path):
    (little / "firmware/main.py").unlink()
    with pytest.raises(DavyError, match=r"firmware: there is no main\.py to deploy$"):
        deploy.plan("virtual", tmp_path)


# -- what is built -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ALL)
def test_each_board_can_be_deployed(name: str, tmp_path: Path):
    out = tmp_path / name
    done = deploy.deploy(name, out)
    tree = deploy.image(out)
    assert done.files == {path: len(data) for path, data in tree.items()}
    assert list(done.files) == [step.target for step in deploy.plan(name, out).steps]
    assert done.total == sum(len(data) for data in tree.values())
    assert tree["board.json"] == tree["board.bak.json"] == boards.for_tag(name)
    assert tree["main.py"] == (roots.FIRMWARE / "main.py").read_bytes()
    for path, data in tree.items():
        assert str(roots.CHECKOUT).encode() not in data and str(tmp_path).encode() not in data, path
        if path.endswith(".mpy"):
            assert data[:2] == b"M\x06", path  # the format of MicroPython 1.20 and later
            assert deploy.module_name(path.removesuffix("mpy") + "py").encode() in data, path
            assert data[2] >> 2 in (0, ARCH_NUMBERS[done.arch]), path  # 0: bytecode only
    assert done.total <= 512 * 1024  # a quarter of the file system of a 4 MB board


@pytest.mark.parametrize("name", ALL)
def test_native_code_is_for_the_boards_processor(name: str, little: Path, tmp_path: Path):
    done = deploy.deploy(name, tmp_path / "out")
    data = (tmp_path / "out/lib/deep/fast.mpy").read_bytes()
    assert data[2] >> 2 == ARCH_NUMBERS[done.arch]


@pytest.mark.parametrize(("interpreter", "arch"), [("mp64", "x64"), ("mp32", "x86")])
def test_the_tree_runs_and_its_tracebacks_have_lines(interpreter: str, arch: str, little: Path, tmp_path: Path):
    deploy.deploy("virtual", tmp_path / "out", arch)
    shutil.rmtree(little)
    done = run(interpreter, tmp_path / "out")
    said = done.stdout + done.stderr  # a traceback goes to either, by version
    assert said.startswith("42\n"), said  # viper code, in /lib, from a compiled module
    # Asserts are compiled away, lines are not: the division on line 4 fails, not the assert on line 2.
    assert 'File "tag.crash", line 4, in fail' in said
    assert "ZeroDivisionError" in said and "AssertionError" not in said


@pytest.mark.parametrize(("interpreter", "arch"), [("mp64", "x64"), ("mp32", "x86")])
def test_the_shipped_modules_load_from_the_tree(interpreter: str, arch: str, tmp_path: Path):
    out = tmp_path / "out"
    deploy.deploy("virtual", out, arch)
    (out / "main.py").write_text(
        "import ticks, quality\nfrom tag import config, events, settings\n"
        "print(config.__file__, ticks.__file__, config.load('/none')[0] == settings.DEFAULTS)\n"
    )
    done = run(interpreter, out)
    config, ticks, loaded = done.stdout.split()
    assert config.endswith("tag/config.mpy") and ticks.endswith("lib/ticks.mpy") and loaded == "True", done.stderr


def test_a_new_tree_replaces_the_old_one_whole(little: Path, tmp_path: Path):
    out = tmp_path / "build" / "virtual"
    seen: list[tuple[str, int, int]] = []
    deploy.deploy("virtual", out, progress=lambda step, number, count: seen.append((step.target, number, count)))
    assert seen[0] == ("board.bak.json", 1, 7) and seen[-1] == ("tag/fast.mpy", 7, 7)
    (little / "firmware/tag/crash.py").unlink()
    deploy.deploy("virtual", out)
    assert "tag/crash.mpy" not in deploy.image(out)
    assert os.listdir(out.parent) == ["virtual"]


def test_a_package_file_that_only_says_what_it_is_does_not_travel_and_one_with_code_does(little: Path, tmp_path: Path):
    init = little / "firmware/tag/__init__.py"
    init.write_text('"""Words only."""\n')
    assert "tag/__init__.py" not in deploy.sources()
    init.write_text('"""Words."""\nx = 1\n')
    assert "tag/__init__.py" in deploy.sources()
    assert deploy.module_name("tag/__init__.py") == "tag"
    assert deploy.module_name("lib/deep/fast.py") == "deep.fast"


# -- what goes wrong ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "place", "what"),
    [
        ("x = 1\ndef f(:\n    pass\n", ":2", "SyntaxError: invalid syntax"),
        (
            "import micropython\n\n\n@micropython.viper\ndef f(a: ptr8) -> int:\n    return a\n",
            ":5",
            "ViperTypeError: ",
        ),
        ("@micropython.viper\ndef f():\n    yield 1\n", "", "NotImplementedError: native yield"),
        ("if 1:\n  x = 1\n y = 2\n", ":2", "IndentationError: "),
    ],
)
def test_a_source_that_does_not_compile(little: Path, tmp_path: Path, text: str, place: str, what: str):
    out = tmp_path / "out"
    deploy.deploy("virtual", out)
    before = deploy.image(out)
    bad = little / "lib/deep/bad.py"
    bad.write_text(text)
    with pytest.raises(DavyError) as caught:
        deploy.deploy("virtual", out)
    assert caught.value.message.startswith(f"{bad}{place}: {what}") and "\n" not in caught.value.message
    assert deploy.image(out) == before  # the old tree stands
    assert sorted(os.listdir(tmp_path)) == ["out", "source"]  # and nothing half done lies about


def test_a_folder_of_somebody_else_is_left_alone(little: Path, tmp_path: Path):
    out = tmp_path / "thesis"
    out.mkdir()
    (out / "chapter1.txt").write_text("precious")
    for target in (out, out / "chapter1.txt"):
        with pytest.raises(DavyError, match="is not a deployed tree, and will not be overwritten"):
            deploy.deploy("virtual", target)
    assert (out / "chapter1.txt").read_text() == "precious"


def test_a_folder_that_cannot_be_written(little: Path, tmp_path: Path):
    (tmp_path / "file").write_text("")
    with pytest.raises(DavyError, match=r"Not a directory$"):
        deploy.deploy("virtual", tmp_path / "file" / "out")


# -- what no tag loads -------------------------------------------------------------------------------------------------


def test_what_is_left_out_is_imported_by_nothing_that_ships() -> None:
    left_out = tuple(deploy.module_name(path).rstrip("/").replace("/", ".") for path in deploy.NOT_LOADED)
    for path, file in deploy.sources().items():
        for node in ast.walk(ast.parse(file.read_text())):
            if isinstance(node, ast.ImportFrom) and node.module:
                names = [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
            elif isinstance(node, ast.Import):
                names = [alias.name for alias in node.names]
            else:
                continue
            for name in names:
                assert not any(name == one or name.startswith(one + ".") for one in left_out), (path, name)
