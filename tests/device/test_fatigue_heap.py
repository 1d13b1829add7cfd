"""Fatigue without an event costs no memory, counted by `mem_total`: frames too large for the stack pass under `heap_lock`."""

from fatigue_rig import Worker
from test_fatigue_ledger import WALKS, turned, upright

import micropython
from ticks import add

INTERPRETERS = ("mp64", "mp32")


def test_nothing_without_an_event_costs_memory():
    worker = Worker(fatigue=2, still_s=1000)
    core = worker.core
    core.fatigue.ledger.trunk = True
    core.fatigue.local_min = 600
    total = micropython.mem_total
    none = total()
    none = total() - none
    taken = calls = events = learning = 0
    for i in range(2400):
        worker.t_ms = add(worker.t_ms, 250)
        worker._fill(500 if i // 480 % 3 < 2 else 0, 100, True)
        before = total()
        said = core.motion(worker.block, worker.t_ms)
        more = core.tick(worker.t_ms)
        after = total()
        if said or more:
            events += 1
        elif i > 4 and core.fatigue.watch.drift.state == learning:  # the first second settles the filters
            taken += after - before - none
            calls += 1
        learning = core.fatigue.watch.drift.state
    assert taken == 0 and calls > 2300, (taken, calls, events)
    assert core.fatigue.watch.drift.state == 1 and core.fatigue.vibration.ridden.measured > 10


def test_nor_where_it_is_worn_on_a_helmet():
    worker = Worker(still_s=1000)
    core = worker.core
    core.fatigue.wear("helmet")
    worker.live(70, 500)
    total = micropython.mem_total
    none = total()
    none = total() - none
    taken = calls = 0
    states = set()
    sinks = ((993, 122), (970, 242), (934, 358), (883, 469), (829, 559), (766, 643))
    story = ((1000, 0),) * 60 + sum([(way, way) for way in sinks], ()) + ((1000, 0),) * 28
    for i in range(1200):
        worker.t_ms = add(worker.t_ms, 250)
        worker.lean = story[i % 100]
        worker._fill(500 if i < 200 else 0, 100, False)
        before = total()
        said = core.motion(worker.block, worker.t_ms)
        more = core.tick(worker.t_ms)
        after = total()
        states.add(core.fatigue.nods.head.state)
        if not said and not more:
            taken += after - before - none
            calls += 1
    assert taken == 0 and calls > 1100, (taken, calls)
    assert core.fatigue.nods.count > 2 and states >= {0, 1, 2, 3}, (core.fatigue.nods.count, states)


def test_the_ledger_costs_no_memory():
    ledger, gait = upright()
    up, bent = turned(0), turned(60)
    total = micropython.mem_total
    none = total()
    none = total() - none
    before = total()
    gait.state = WALKS
    ledger.second(gait, 5, up)
    gait.state = 0
    ledger.second(gait, 5, bent)
    ledger.missed(3)
    after = total()
    assert after - before - none == 0, after - before - none
