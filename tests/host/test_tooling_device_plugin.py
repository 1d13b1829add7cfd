"""The device tests' plugin, from outside: pytest runs on a small suite of its own and must report what really happened."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from device_runs import read, with_source
from spread import LONG, unit

TESTS = Path(__file__).resolve().parents[1]

SAMPLE = """\
import sys

def helper():
    raise ValueError("deep")

def test_passes():
    print("seen by nobody")

def test_fails():
    print("seen with the failure")
    helper()

def test_language():
    assert sys.implementation.name == "cpython"
"""

WAITS = """\
import asyncio
import time

INTERPRETERS = ("mp64",)

async def test_waits():
    before = time.ticks_ms()
    await asyncio.sleep_ms(50)
    assert time.ticks_diff(time.ticks_ms(), before) >= 50

async def test_fails_later():
    await asyncio.sleep_ms(1)
    assert False
"""

CRASH = """\
import sys

def test_before():
    pass

def test_leaves():
    print("last words")
    sys.exit(0)

def test_after():
    pass
"""


@pytest.fixture
def suite(tmp_path: Path) -> Path:
    """An empty project with the plugin; files are added by the tests."""
    (tmp_path / "tests" / "device").mkdir(parents=True)
    (tmp_path / "tests" / "host").mkdir()
    for name in ("conftest.py", "device_plugin.py", "device_runs.py", "census.py", "spread.py", "device/runner.py"):
        shutil.copy(TESTS / name, tmp_path / "tests" / name)
    (tmp_path / "pytest.ini").write_text("[pytest]\npythonpath = tests\ntestpaths = tests\n")
    return tmp_path


def add(suite: Path, name: str, text: str) -> None:
    """Another test file."""
    (suite / "tests" / name).write_text(text)


def without_mp32(suite: Path) -> None:
    """The 32-bit runtime cannot be had in this suite."""
    with (suite / "tests" / "conftest.py").open("a") as file:
        file.write(
            "\nfrom davy import runtime\n"
            "def _no(say):\n    raise runtime.Unavailable('mp32', 'nothing to be had')\n"
            "runtime.mp32.launcher = _no\n"
        )


def pytest_on(suite: Path, *options: str, **environment: str) -> tuple[int, str]:
    """Exit code and output of a run."""
    inherited = {
        name: value for name, value in os.environ.items() if name not in ("DAVY_REQUIRE_MP32", "PYTEST_ADDOPTS")
    }
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", *options],
        cwd=suite,
        capture_output=True,
        text=True,
        timeout=120,
        env={**inherited, "COLUMNS": "200", "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", **environment},
    )
    return done.returncode, done.stdout + done.stderr


def verdicts(output: str) -> dict[str, str]:
    """Test -> PASSED or FAILED, from a verbose run."""
    return dict(re.findall(r"^tests/\w+/\w+\.py::(\S+) (PASSED|FAILED)", output, re.MULTILINE))


def test_each_function_on_each_interpreter(suite: Path) -> None:
    add(suite, "device/test_sample.py", SAMPLE)
    without_mp32(suite)
    code, output = pytest_on(suite, "-v")
    assert code == 1
    assert verdicts(output) == {
        "test_passes[cpython]": "PASSED",
        "test_fails[cpython]": "FAILED",
        "test_language[cpython]": "PASSED",
        "test_passes[mp64]": "PASSED",
        "test_fails[mp64]": "FAILED",
        "test_language[mp64]": "FAILED",
    }
    assert "seen with the failure" in output and "seen by nobody" not in output
    assert 'raise ValueError("deep")' in output and "runner.py" not in output
    assert re.search(r"cpython .* 2 device tests passed, 1 failed", output)
    assert re.search(r"mp64 .* 1 device tests passed, 2 failed", output)
    assert "not run: mp32: nothing to be had" in output


def test_functions_that_wait(suite: Path) -> None:
    add(suite, "device/test_waits.py", WAITS)
    code, output = pytest_on(suite, "-v")
    assert code == 1
    assert verdicts(output) == {"test_waits[mp64]": "PASSED", "test_fails_later[mp64]": "FAILED"}


def test_the_32_bit_interpreter_is_one_of_them(suite: Path) -> None:
    add(suite, "device/test_words.py", "import sys\ndef test_small():\n    assert sys.maxsize == 2**31 - 1\n")
    code, output = pytest_on(suite, "-v")
    assert code == 1
    if "not run: mp32" not in output:
        assert verdicts(output)["test_small[mp32]"] == "PASSED"
    assert verdicts(output)["test_small[mp64]"] == "FAILED"


def test_a_test_without_a_result_has_failed(suite: Path) -> None:
    add(suite, "device/test_crash.py", CRASH)
    code, output = pytest_on(suite, "-v", "--interpreter", "mp64", "--interpreter", "cpython")
    assert code == 1
    for name in ("mp64", "cpython"):
        assert verdicts(output)[f"test_before[{name}]"] == "PASSED"
        assert verdicts(output)[f"test_leaves[{name}]"] == "FAILED"
        assert verdicts(output)[f"test_after[{name}]"] == "FAILED"
        assert f"test_crash.py on {name}: exit code 0" in output
    assert "test_leaves did not end; the last output was:\nlast words" in output
    assert "test_after did not run" in output


def test_what_would_silently_not_run_is_an_error(suite: Path) -> None:
    bad = {
        "def helper():\n    pass\n": "no function test_* in it",
        "def test_a():\n    pass\ndef test_a():\n    pass\n": "defined twice: test_a",
        "class TestX:\n    def test_b(self):\n        pass\n": "a test is a function at top level: test_b",
        "def test_c(tmp_path):\n    pass\n": "nothing hands arguments to a device test: test_c",
        "INTERPRETERS = ('mp16',)\ndef test_d():\n    pass\n": "INTERPRETERS names some of cpython, mp64, mp32: mp16",
        "def test_e(:\n": "test_bad5.py:1: invalid syntax",
    }
    for i, text in enumerate(bad):
        add(suite, f"device/test_bad{i}.py", text)
    code, output = pytest_on(suite, "--interpreter", "cpython")
    assert code == pytest.ExitCode.INTERRUPTED
    assert [complaint for complaint in bad.values() if complaint not in output] == []


def test_a_file_that_does_not_import_fails_its_tests(suite: Path) -> None:
    add(suite, "device/test_lost.py", "import nowhere_at_all\ndef test_a():\n    pass\n")
    code, output = pytest_on(suite, "--interpreter", "mp64")
    assert code == 1
    assert "test_a did not run" in output and "no module named 'nowhere_at_all'" in output


def test_selection_reaches_the_interpreter(suite: Path) -> None:
    add(suite, "device/test_sample.py", SAMPLE)
    code, output = pytest_on(suite, "-v", "tests/device/test_sample.py::test_passes[mp64]")
    assert code == 0 and verdicts(output) == {"test_passes[mp64]": "PASSED"}
    code, output = pytest_on(suite, "-v", "-k", "passes and cpython")
    assert code == 0 and verdicts(output) == {"test_passes[cpython]": "PASSED"}
    add(suite, "device/test_sample.py", SAMPLE + '\nINTERPRETERS = ("mp64",)\n')
    code, output = pytest_on(suite, "-v", "-k", "passes")
    assert code == 0 and verdicts(output) == {"test_passes[mp64]": "PASSED"}


def test_a_suite_that_did_not_run_is_a_failure(suite: Path) -> None:
    add(suite, "device/test_one.py", 'INTERPRETERS = ("mp64",)\ndef test_a():\n    pass\n')
    code, output = pytest_on(suite)
    assert code == 0
    code, output = pytest_on(suite, "--complete", "--interpreter", "mp64")
    assert code == 0, output
    code, output = pytest_on(suite, "--complete")
    assert code == 1
    assert "ERROR: not run: cpython: no test ran" in output
    assert "ERROR: not run: host: no test ran" in output
    assert "mp64: no test ran" not in output


def test_a_missing_32_bit_runtime_is_told_or_fatal(suite: Path) -> None:
    add(suite, "device/test_one.py", "def test_a():\n    pass\n")
    add(suite, "host/test_two.py", "def test_b():\n    pass\n")
    without_mp32(suite)
    line = "not run: mp32: nothing to be had"
    code, output = pytest_on(suite, "--complete")
    assert code == 0 and f"\n{line}" in output
    code, output = pytest_on(suite, "--complete", DAVY_REQUIRE_MP32="1")
    assert code == 1 and f"ERROR: {line}" in output and "3 passed" in output
    code, output = pytest_on(suite, "--complete", "--interpreter", "mp32", "tests/device")
    assert code == 1 and f"ERROR: {line}" in output


SPREAD = ("-p", "xdist", "-n", "2")


def test_spread_over_processes_the_verdicts_texts_and_counts_are_the_same(suite: Path) -> None:
    add(suite, "device/test_sample.py", SAMPLE)
    add(suite, "device/test_crash.py", CRASH)
    add(suite, "host/test_two.py", "def test_a():\n    pass\ndef test_b():\n    assert 6 * 7 == 43\n")
    without_mp32(suite)
    alone, together = pytest_on(suite, "-v"), pytest_on(suite, "-v", *SPREAD)
    assert alone[0] == together[0] == 1
    found = re.findall(r"^\[gw\d\] .* (PASSED|FAILED) tests/\w+/\w+\.py::(\S+) ", together[1], re.MULTILINE)
    assert len(found) == 14 and {name: verdict for verdict, name in found} == verdicts(alone[1])
    for text in (
        r'raise ValueError\("deep"\)\nValueError: deep\ntest_sample.py on cpython: exit code 1\n',
        r"test_leaves did not end; the last output was:\nlast words\n",
        r"\ntest_crash.py on mp64: exit code 0\n",
        r"assert \(6 \* 7\) == 43\n",
        r"\nnot run: mp32: nothing to be had\n",
    ):
        assert re.search(text, alone[1]) and re.search(text, together[1]), text
    assert "seen with the failure" in together[1] and "seen by nobody" not in together[1]
    table = re.compile(r"^(?:cpython|mp64|mp32|host) .* tests passed, \d+ failed.*$", re.MULTILINE)
    assert table.findall(together[1]) == table.findall(alone[1])
    assert [re.findall(r"\d+(?= \w+ tests| failed)", line) for line in table.findall(together[1])] == [
        ["3", "3"],
        ["2", "4"],
        ["1", "1"],
    ]


def test_spread_over_processes_a_file_is_run_once(suite: Path) -> None:
    """Its process costs as much as its tests, and what it counts is counted of all of them."""
    text = "INTERPRETERS = ('cpython',)\nwith open('started', 'a') as file:\n    file.write('x')\n"
    for name in "abc":
        add(suite, f"device/test_{name}.py", text + "".join(f"def test_{n}():\n    pass\n" for n in range(12)))
    code, output = pytest_on(suite, *SPREAD)
    assert code == 0 and "36 device tests passed, 0 failed" in output, output
    assert (suite / "started").read_text() == "xxx"


def test_spread_over_processes_a_suite_that_did_not_run_is_a_failure(suite: Path) -> None:
    add(suite, "device/test_one.py", 'INTERPRETERS = ("mp64",)\ndef test_a():\n    pass\n')
    assert pytest_on(suite, *SPREAD)[0] == 0
    code, output = pytest_on(suite, "--complete", *SPREAD)
    assert code == 1
    assert "ERROR: not run: cpython: no test ran" in output and "ERROR: not run: host: no test ran" in output
    assert "mp64: no test ran" not in output and "1 passed" in output
    code, output = pytest_on(suite, "--complete", "--interpreter", "mp64", *SPREAD)
    assert code == 0, output
    add(suite, "device/test_one.py", "def test_a():\n    pass\n")
    add(suite, "host/test_two.py", "def test_b():\n    pass\n")
    without_mp32(suite)
    assert pytest_on(suite, "--complete", *SPREAD)[0] == 0
    code, output = pytest_on(suite, "--complete", *SPREAD, DAVY_REQUIRE_MP32="1")
    assert code == 1 and "ERROR: not run: mp32: nothing to be had" in output and "3 passed" in output
    assert pytest_on(suite, "--complete", *SPREAD, "-k", "test_b")[0] == 1


def test_units() -> None:
    assert unit("tests/device/test_ranks.py::test_a[mp32]") == unit("tests/device/test_ranks.py::test_b[mp32]")
    assert unit("tests/device/test_ranks.py::test_a[mp32]") != unit("tests/device/test_ranks.py::test_a[mp64]")
    assert unit("tests/host/test_samples.py::test_a[x::y]") == unit("tests/host/test_samples.py::test_b")
    long = f"tests/{next(name for name in LONG if name.startswith('host/'))}"
    assert unit(f"{long}::test_a[1]") != unit(f"{long}::test_a[2]") != unit(f"{long}::test_b")
    assert [name for name in LONG if not (TESTS / name).is_file()] == []


def test_results_are_read_from_noise() -> None:
    said = "boot noise\n@@ RUN test_a\nno newline@@ PASS test_a\n@@ RUN test_b\n@@ PASS test_a\n@@ FAIL test_b\n@@ END 2 1\n"
    outcomes = read(said, ["test_a", "test_b", "test_c"], "x on mp64: exit code 1")
    assert [outcome.passed for outcome in outcomes.values()] == [True, False, False]
    assert outcomes["test_a"].output == "no newline"
    assert "test_c did not run" in outcomes["test_c"].explanation


def test_a_result_is_only_taken_from_its_own_test() -> None:
    outcomes = read("@@ RUN test_a\n@@ PASS test_b\n", ["test_a", "test_b"], "x")
    assert not outcomes["test_a"].passed and not outcomes["test_b"].passed


def test_source_lines_are_added(tmp_path: Path) -> None:
    file = tmp_path / "test_x.py"
    file.write_text("def test_a():\n    assert 1 == 2\n")
    traceback = f'Traceback (most recent call last):\n  File "{file}", line 2, in test_a\nAssertionError: '
    assert "    assert 1 == 2\nAssertionError" in with_source(traceback)
    assert with_source('  File "gone.py", line 7, in x') == '  File "gone.py", line 7, in x'
    assert with_source("") == ""
