"""Device tests: every function `test_*` in tests/device/test_*.py runs on CPython and on real MicroPython, 64 and 32 bit.

These files are not imported here. Each is parsed for its functions, and each (file, interpreter, function) is one pytest item,
`tests/device/test_x.py::test_y[mp32]`, so that -k, node ids and --lf work as usual. When the first item is needed, the files
run in child processes, one fresh process for a file and an interpreter, and their results are dealt out to the items. A
function without a result has failed: it did not run.

A file may say which interpreters it is for (`INTERPRETERS = ("mp64", "mp32")`, a literal at its top level) when it proves what
only they have, like `heap_lock`. With --complete (as `make test` calls it) an interpreter on which no test ran is a failure.

With `pytest -n` (see `spread.py`) each of xdist's processes has all items, is handed some, and starts a file when it needs it;
the counting is done where all results arrive, in the process that was called.
"""

import ast
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from census import Census
from davy.runtime import NAMES
from device_runs import Runs

DEVICE = Path(__file__).resolve().parent / "device"

_CENSUS = pytest.StashKey[Census]()
_RUNS = pytest.StashKey[Runs]()


def pytest_addoption(parser: pytest.Parser) -> None:
    """Two options of our own."""
    group = parser.getgroup("davy")
    group.addoption("--interpreter", action="append", choices=NAMES, help="run device tests on this one only")
    group.addoption("--complete", action="store_true", help="fail when no test ran on one of the interpreters")


def pytest_configure(config: pytest.Config) -> None:
    """Start counting; not in a process of xdist, which sees a part only."""
    config.stash[_CENSUS] = Census(config)
    if not hasattr(config, "workerinput"):
        config.pluginmanager.register(config.stash[_CENSUS], "davy-census")


def pytest_pycollect_makemodule(module_path: Path, parent: pytest.Collector) -> pytest.Collector | None:
    """Take the files of tests/device out of pytest's own hands."""
    if DEVICE not in module_path.parents:
        return None
    return DeviceFile.from_parent(parent, path=module_path)


def pytest_collection_finish(session: pytest.Session) -> None:
    """Plan one child process for each file and interpreter, with the functions that were selected."""
    runs = session.config.stash[_RUNS] = Runs(ahead=not hasattr(session.config, "workerinput"))
    for item in session.items:
        if isinstance(item, DeviceItem):
            runs.add(item.path, item.interpreter, item.test)


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Stop what still runs."""
    if _RUNS in session.config.stash:
        session.config.stash[_RUNS].stop()


class DeviceFile(pytest.File):
    """One file of tests/device."""

    def collect(self) -> Iterator["DeviceItem"]:
        """Its functions, once for each interpreter."""
        try:
            tree = ast.parse(self.path.read_text(encoding="utf-8"), str(self.path))
        except SyntaxError as error:
            raise self.CollectError(f"{self.path}:{error.lineno}: {error.msg}") from error
        functions = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]
        tests = [function for function in functions if function.name.startswith("test_")]
        self._refuse("no function test_* in it", [] if tests else [self.name])
        self._refuse("a test is a function at top level", [test.name for test in tests if test not in tree.body])
        needy = [
            test.name for test in tests if len(test.args.args) > len(test.args.defaults) and not test.decorator_list
        ]
        self._refuse("nothing hands arguments to a device test", needy)
        times = Counter(test.name for test in tests)
        self._refuse("defined twice", [name for name in times if times[name] > 1])
        available = self.config.stash[_CENSUS].available()
        for interpreter in self._interpreters(tree):
            if interpreter in available:
                for test in tests:
                    yield DeviceItem.from_parent(
                        self,
                        name=f"{test.name}[{interpreter}]",
                        test=test.name,
                        line=test.lineno,
                        interpreter=interpreter,
                    )

    def _refuse(self, rule: str, offenders: list[str]) -> None:
        """What would silently not run is an error."""
        if offenders:
            raise self.CollectError(f"{self.path}: {rule}: {', '.join(offenders)}")

    def _interpreters(self, tree: ast.Module) -> tuple[str, ...]:
        for node in tree.body:
            if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "INTERPRETERS":
                names = tuple(ast.literal_eval(node.value))
                self._refuse(f"INTERPRETERS names some of {', '.join(NAMES)}", [n for n in names if n not in NAMES])
                return names
        return NAMES


class DeviceItem(pytest.Item):
    """One function on one interpreter."""

    def __init__(self, *, test: str, line: int, interpreter: str, **rest: Any) -> None:
        super().__init__(**rest)
        self.test = test
        self.line = line
        self.interpreter = interpreter
        self.user_properties.append(("interpreter", interpreter))

    def runtest(self) -> None:
        """Wait for the result."""
        outcome = self.config.stash[_RUNS].outcome(self.path, self.interpreter, self.test)
        if not outcome.passed:
            raise DeviceTestFailed(outcome.explanation)
        if outcome.output:
            self.add_report_section("call", "stdout", outcome.output)

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:
        """What the interpreter said, not where this plugin stood."""
        if isinstance(excinfo.value, DeviceTestFailed):
            return str(excinfo.value)
        return super().repr_failure(excinfo, style)

    def reportinfo(self) -> tuple[Path, int, str]:
        """Where the function stands."""
        return self.path, self.line - 1, self.name


class DeviceTestFailed(Exception):
    """A test failed on its interpreter; the text is what a person reads."""
