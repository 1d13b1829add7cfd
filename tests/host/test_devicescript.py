"""Device scripts in a process: an answer ends with an object, a deadline ends each wait, and why one has stopped is said."""

from pathlib import Path

import pytest

from davy.devicescript import Script, running
from davy.errors import DavyError

# The thread that feeds a script has nobody to tell: it may end in no exception.
pytestmark = pytest.mark.filterwarnings("error::pytest.PytestUnhandledThreadExceptionWarning")
ECHO = "import sys\nfor line in sys.stdin:\n    print(line, end='', flush=True)\n"


@pytest.fixture
def script(tmp_path: Path) -> Path:
    return tmp_path / "script.py"


def answer(core: Script, patience_s: float = 60.0) -> list[object]:
    return list(core.heard("it has stopped", patience_s))


def test_an_answer_ends_with_an_object_and_the_next_one_follows(
    script: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    script.write_text(ECHO)
    with running("cpython", script) as core:
        core.feed([b"[1]\n", b"here!\n5\n", b'[2]\n{"end": 1}\n', b'{"end": 2}\n'])
        assert answer(core) == [[1], [2], {"end": 1}]
        assert capfd.readouterr().err == "here!\n5\n"  # somebody looks for a fault
        assert answer(core) == [{"end": 2}]


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("print('[1]')", "it said nothing"),
        ("print('[1]')\nprint('odd')", "odd"),
        ("raise ValueError('broken')", "ValueError: broken"),
    ],
)
@pytest.mark.parametrize("interpreter", ["cpython", "mp64"])
def test_why_one_has_stopped(script: Path, text: str, why: str, interpreter: str) -> None:
    script.write_text(text)
    with running(interpreter, script) as core, pytest.raises(DavyError) as raised:
        core.feed([b"x" * 100] * 10_000)  # into a pipe that nobody reads
        answer(core)
    assert raised.value.message == f"it has stopped: {why}"
    with running(interpreter, script) as core, pytest.raises(DavyError) as raised:
        core.ask([], "it has stopped")
        core.ask([], "it has stopped")
    assert raised.value.message.startswith("it has stopped: ")


def test_who_does_not_answer_is_ended(script: Path) -> None:
    script.write_text("import time\ntime.sleep(60)\n")
    with running("cpython", script) as core, pytest.raises(DavyError, match=r"^it has stopped: no answer for 0 s$"):
        answer(core, 0.3)
    with running("cpython", script) as core, pytest.raises(DavyError, match="no answer for 0 s"):
        core.ask("x" * 1_000_000, "it has stopped", 0.3)  # more than the pipe holds


def test_a_question_and_its_answer(script: Path) -> None:
    script.write_text(ECHO)
    with running("cpython", script) as core:
        for said in ({"a": [1]}, None, 7):
            assert core.ask(said, "it has stopped") == said
    script.write_text("input()\nprint('Traceback')\nprint('  line 5')\nprint('OSError: 19')\n")
    with running("cpython", script) as core, pytest.raises(DavyError, match=r"^it has stopped: OSError: 19$"):
        core.ask(None, "it has stopped")


def test_another_interpreter_is_refused(script: Path) -> None:
    with pytest.raises(DavyError, match="not on 'pypy'"), running("pypy", script):
        pass
