"""How many tests ran where: a table at the end of every run, and a failure when a suite that should have run did not."""

import os
from collections import Counter

import pytest

from davy.runtime import NAMES, Interpreter, interpreters

HOST = "host"


class Census:
    """Counts results by interpreter; everything without one is a test of the host."""

    def __init__(self, config: pytest.Config) -> None:
        self._config = config
        self._chosen: list[str] = config.getoption("--interpreter") or []
        self._found: dict[str, Interpreter] | None = None
        self._missing: list[str] = []
        self._counts: Counter[tuple[str, str]] = Counter()

    def available(self) -> dict[str, Interpreter]:
        """Interpreters asked for that can be had; the first call looks for them, and fetches what can be fetched."""
        if self._found is None:
            found, missing = interpreters(tuple(self._chosen) or NAMES, say=self._write)
            self._found = {interpreter.name: interpreter for interpreter in found}
            self._missing = [reason.message for reason in missing]
        return self._found

    def pytest_sessionstart(self) -> None:
        """With xdist nobody collects here: look now, so that its processes find what is to be fetched."""
        if self._config.getoption("dist", "no") != "no" and not self._config.getoption("collectonly"):
            self.available()

    def _write(self, line: str) -> None:
        reporter = self._config.pluginmanager.get_plugin("terminalreporter")
        if reporter is not None:
            reporter.ensure_newline()
            reporter.write_line(line)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Count a result once: the call, or what prevented it."""
        if report.when == "call" or (report.when == "setup" and not report.passed):
            where = dict(report.user_properties).get("interpreter", HOST)
            self._counts[str(where), report.outcome] += 1

    def ran(self, group: str) -> int:
        """How many tests of a group ran to a verdict."""
        return self._counts[group, "passed"] + self._counts[group, "failed"]

    def failures(self) -> list[str]:
        """Suites that should have run and did not, a line each."""
        lines: list[str] = []
        strict = bool(self._chosen) or os.environ.get("DAVY_REQUIRE_MP32") == "1"
        lines += [reason for reason in self._missing if strict or not reason.startswith("mp32:")]
        if self._config.getoption("--complete"):
            groups = [*self.available()] + ([] if self._chosen else [HOST])
            lines += [f"{group}: no test ran" for group in groups if not self.ran(group)]
        return lines

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """A suite that did not run is a failure."""
        collect_only = self._config.getoption("collectonly")
        if not collect_only and self.failures() and session.exitstatus in (0, pytest.ExitCode.NO_TESTS_COLLECTED):
            session.exitstatus = pytest.ExitCode.TESTS_FAILED

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """The table."""
        if self._config.getoption("collectonly"):
            return
        rows = [(name, str(interpreter), "device") for name, interpreter in (self._found or {}).items()]
        rows.append((HOST, "the tools on this computer", "host"))
        rows = [row for row in rows if self.ran(row[0]) + self._counts[row[0], "skipped"]]
        if rows:
            terminalreporter.write_sep("-", "tests by interpreter")
        for name, what, kind in rows:
            passed, failed, skipped = (self._counts[name, outcome] for outcome in ("passed", "failed", "skipped"))
            extra = f", {skipped} skipped" if skipped else ""
            terminalreporter.write_line(f"{name:8} {what:32} {passed} {kind} tests passed, {failed} failed{extra}")
        failures = self.failures()
        for line in self._missing:
            if line not in failures:
                terminalreporter.write_line(f"not run: {line}", yellow=True)
        for line in failures:
            terminalreporter.write_line(f"ERROR: not run: {line}", red=True)
