"""Motion without an event costs no memory, counted by `mem_total`: a frame too large for the stack passes under `heap_lock`."""

from motion_bench import FALL, blocks, sampled

import micropython
from tag.core import Core
from tag.settings import DEFAULTS

SETTLED = 400  # bytes that the gait's first second takes from the heap, once
INTERPRETERS = ("mp64", "mp32")

# A bump and a turn at rest: it is looked at again and again, and never enough for a fall.
BUMP = (
    (0, 0, 0, 1000),
    (6000, 0, 0, 1000),
    (6040, 0, 0, 2300),
    (6080, 0, 0, 1000),
    (6500, 700, 0, 700),
    (14000, 700, 0, 700),
)
DROP = (
    (0, 0, 0, 1000),
    (6000, 0, 0, 1000),
    (6010, 0, 20, 40),
    (6500, 0, 20, 40),
    (6510, 3000, 2000, 14000),
    (6560, 1000, 0, 0),
    (16000, 1000, 0, 0),
)


def spent(frames, rate_hz, settings=DEFAULTS):
    """Bytes that blocks and ticks without an event took from the heap; how many were looked at, how many events came."""
    core = Core(settings, 0)
    total = micropython.mem_total
    none = total()
    none = total() - none
    found = n = events = judged = 0
    for block, t_ms in blocks(sampled(frames, rate_hz), rate_hz, (10,)):
        before = total()
        said = core.motion(block, t_ms)
        more = core.tick(t_ms)
        after = total()
        events += len(said) + len(more)
        judged += core.motions.falls.state == 2
        if n and not said and not more:  # the first block changes the rate
            found += after - before - none
        n += 1
    return found, judged, events


def test_motion_without_an_event_costs_no_memory():
    for rate_hz in (20, 50, 100, 200, 400):
        found, judged, events = spent(BUMP, rate_hz)
        assert found == 0 and judged >= 4 and events == 0, (rate_hz, found, judged, events)
        found, judged, events = spent(FALL, rate_hz)
        assert found == 0 and events == 12, (rate_hz, found, events)
    found, judged, events = spent(DROP, 100)
    assert found == 0 and events == 12, (found, events)
    watched = dict(DEFAULTS)
    watched["fatigue"] = 1
    found, judged, events = spent(FALL, 100, watched)
    assert found <= SETTLED and events == 12, (found, events)
