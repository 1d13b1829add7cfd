"""Every intermediate of the fixed-point code stays below 2^30: each operator of its source is watched while it runs.

The device files are compiled once more with every arithmetic result passed through a check, and run on CPython with the worst
input there is: all corners of +-16 g and of int16.
"""

import ast
import sys
from array import array
from collections.abc import Iterator
from types import ModuleType

import pytest

from davy import roots

WATCHED = ("pointers", "fixed", "biquad", "gravity", "jerk", "moving", "rhythm", "gait", "pulse")
LIMIT = 1 << 30


class _Watch(ast.NodeTransformer):
    def visit_BinOp(self, node: ast.BinOp) -> ast.AST:
        self.generic_visit(node)
        return ast.copy_location(ast.Call(ast.Name("_watch", ast.Load()), [node], []), node)

    def visit_AugAssign(self, node: ast.AugAssign) -> ast.AST:
        self.generic_visit(node)
        if not isinstance(node.target, ast.Name):
            return node
        whole = ast.BinOp(ast.Name(node.target.id, ast.Load()), node.op, node.value)
        call = ast.Call(ast.Name("_watch", ast.Load()), [whole], [])
        return ast.fix_missing_locations(ast.copy_location(ast.Assign([node.target], call), node))


class Most:
    """The largest magnitude seen."""

    def __init__(self) -> None:
        self.value = 0

    def __call__(self, value: object) -> object:
        if isinstance(value, int):
            self.value = max(self.value, abs(value))
            assert abs(value) < LIMIT, value
        return value


@pytest.fixture
def watched(monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[dict[str, ModuleType], Most]]:
    most = Most()
    modules: dict[str, ModuleType] = {}
    for name in WATCHED:
        path = roots.LIB / "dsp" / f"{name}.py"
        tree = _Watch().visit(ast.parse(path.read_text()))
        module = ModuleType(f"dsp.{name}")
        module.__dict__["_watch"] = most
        monkeypatch.setitem(sys.modules, f"dsp.{name}", module)
        exec(compile(ast.fix_missing_locations(tree), str(path), "exec"), module.__dict__)
        modules[name] = module
    yield modules, most


def corners(n: int, top: int) -> "array[int]":
    """`n` samples of three axes, each at its top or bottom, with all lengths of rest between."""
    low = -top - 1 if top == 32767 else -top
    return array("h", [top if (i * 7 // 3 + i // 9 + (i // 60) * (i % 3)) % 2 else low for i in range(3 * n)])


def test_the_watch_sees(watched: tuple[dict[str, ModuleType], Most]) -> None:
    modules, _ = watched
    with pytest.raises(AssertionError):
        modules["fixed"].magnitudes(array("h", (32767,) * 3), 1, array("h", (0,)))


@pytest.mark.parametrize("top", [18900, 32767])
def test_biquads(watched: tuple[dict[str, ModuleType], Most], top: int) -> None:
    from davy.design.filters import design

    modules, most = watched
    for kind, cut, order in (
        ("low", (0.0075,), 2),
        ("low", (0.05,), 4),
        ("low", (0.4,), 2),
        ("high", (0.0075,), 2),
        ("high", (0.3,), 2),
        ("high", (0.1,), 4),
        ("band", (0.016, 0.07), 2),
        ("band", (0.1, 0.2), 2),
    ):
        filters = modules["biquad"].Biquads(design(kind, cut, 1.0, order).sections)
        for samples in (corners(400, top), array("h", (top, -top, top) * 150 + (-top, top, -top) * 150)):
            filters.run(samples, len(samples) // 3, samples)
    assert most.value > 1 << 28  # it was worth watching


def test_gravity_jerk_moving_and_gait(watched: tuple[dict[str, ModuleType], Most]) -> None:
    modules, most = watched
    mg = corners(400, 18900)
    for seconds in (1, 20):
        gravity = modules["gravity"].Gravity(seconds, 50)
        for at in range(0, 1200, 30):
            gravity.run(mg[at : at + 30], 10)
            gravity.project(mg, at // 3)
        for x in (18900, -18900):
            gravity.lost()
            gravity.run(array("h", (x, x, -x)), 1)
            gravity.project(array("h", (x, x, x)), 0)
            gravity.project(array("h", (-x, -x, x)), 0)
    modules["jerk"].Jerk(1000).run(mg, 400, array("h", bytes(800)))
    modules["jerk"].Crossings(0).run(mg, 1200)
    moving = modules["moving"].Moving(1024)
    moving.run(mg, 1200)
    assert moving.variance > 0
    counter = modules["gait"].Gait(10)
    for period in (40, 62, 100, 3):  # a walk as loud as can be, at all paces
        for i in range(0, 800, 10):
            up = [18900 if (i + k) % period < period // 2 else -18900 * (i % 3 > 0) for k in range(10)]
            counter.take(array("h", [v for one in up for v in (one, one, one)]))
    assert counter.steps > 0
    assert most.value > 1 << 29


def test_pulse(watched: tuple[dict[str, ModuleType], Most]) -> None:
    modules, _ = watched
    full = modules["pulse"].FULL
    for period in (8, 13, 25, 44, 3):  # as loud as can be, at all paces
        for low in (0, full - 16000):
            counts = array("i", [full if i % period < period // 2 else low for i in range(450)])
            found = modules["pulse"].Pulse()
            assert [found.take(counts[at : at + 25], 25) for at in range(0, 450, 25)][-1]
            assert found.perfusion_e4 > 0
