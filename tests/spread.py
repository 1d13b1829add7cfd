"""How the suite is spread over processes: `pytest -n logical`, as `make test` calls it, or any other `-n`.

pytest-xdist hands out units of tests. Here a unit is

| tests | unit | why |
|---|---|---|
| `tests/device/*` | a file on one interpreter | its tests share one child process, see `device_runs.py` |
| files of `LONG` | each test | whoever got the whole file would be the last to end |
| any other | a file | its fixtures of module scope are made once |

Units of `LONG` go first, in its order; at the end there is only short work left, so that all processes end together. A name
there that is no file is an error. Which processor runs what changes no verdict: a unit is carried out whole by one process.
With `--dist` set to something else pytest-xdist's own units are in force; the results are the same, only later.
"""

from pathlib import Path
from typing import Any

import pytest
from xdist.scheduler import LoadScopeScheduling

TESTS = Path(__file__).resolve().parent
# The longest first.
LONG = (
    "host/test_mqtt_faults.py",
    "host/test_update_port.py",
    "host/test_selftest_run.py",
    "device/test_journal_powercut.py",
    "host/test_calibration_walk.py",
    "host/test_mqtt_tag.py",
    "host/test_gas_crossings.py",
    "device/test_core_walk.py",
    "host/test_sim_run.py",
    "host/test_survey.py",
    "host/test_vtag_station.py",
    "host/test_tag_limits.py",
    "host/test_tag_flash.py",
    "host/test_tag_life.py",
    "host/test_gas_faults.py",
)


def unit(nodeid: str) -> str:
    """The unit of a test: itself, its file, or its file and interpreter."""
    file, _, name = nodeid.partition("::")
    if "/device/" in file:
        return f"{file}[{name.rpartition('[')[2]}"
    return nodeid if file.endswith(LONG) else file


class ByUnit(LoadScopeScheduling):
    """Hands out units in the order in which the tests were collected."""

    def _split_scope(self, nodeid: str) -> str:
        return unit(nodeid)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> ByUnit | None:
    """Ours, unless another way of dealing out was asked for."""
    if config.getoption("dist") != "load":
        return None
    config.option.loadscopereorder = False
    return ByUnit(config, log)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """In a process of xdist: the long ones first."""
    if hasattr(config, "workerinput"):
        ranks = {TESTS / name: rank for rank, name in enumerate(LONG)}
        items.sort(key=lambda item: ranks.get(item.path, len(ranks)))
