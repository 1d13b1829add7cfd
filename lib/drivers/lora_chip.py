"""The life of a LoRa chip between orders: start, standby, sleep, repair. What it is told to do: `drivers.lora_radio`.

    state      means                        event                                  next
    BOOTING    after a reset, step by step  last step done                         READY
    BOOTING                                 wrong answer, 100 ms over              BROKEN
    BROKEN     nobody at home               pause over (1 s, doubled up to 60 s)   BOOTING
    READY      standby                      `sleep`, an order                      ASLEEP, SENDING or LISTENING
    ASLEEP     settings kept                `standby`, an order                    READY, SENDING or LISTENING
    READY ..   whatever it does             bus fault, BUSY that does not end,     BOOTING
                                            deadline over, settings lost, `reset`

Nothing waits for longer than a chip takes to answer a command, and no bus fault comes out of a method. A start takes some polls,
because each of its steps is waited for between them.

What a chip's class gives, each free to raise OSError:

    STEPS                 how many steps a start has
    _reset()              pull the reset line
    _boot(step) -> bool   do a step; False: not yet
    _intact() -> bool     the chip still holds what the steps wrote
    _idle(), _sleep()     standby from wherever, also from sleep; sleep from standby
"""

import ticks
from drivers import tally
from micropython import const

BROKEN = const(0)
BOOTING = const(1)
READY = const(2)
ASLEEP = const(3)
SENDING = const(4)
LISTENING = const(5)

_BOOT_MS = const(100)
_START_US = const(500)
_STARTS = const(200)  # looks at a chip that starts: for as long
_PAUSE_MS = const(1000)
_PAUSE_MOST_MS = const(60000)


class LoRaChip:
    """`stamp` is the clock, read by the pins' handler alone; `sleep_us` waits."""

    STEPS = 0

    def __init__(self, stamp, sleep_us) -> None:
        self._stamp = stamp
        self._sleep_us = sleep_us
        self.errors = 0  # bus faults and other failures
        self.resets = 0  # times the chip was started anew
        self.state = BOOTING
        self._step = 0
        self._since_ms = 0  # of the start
        self._t_ms = 0  # time of the last call that told it
        self._pause_ms = _PAUSE_MS
        self._edge = False
        self._edge_ms = 0

    @property
    def working(self) -> bool:
        """False while the chip is being started, or does not answer."""
        return self.state >= READY

    def start(self) -> None:
        """The first start, waited for; OSError (ENODEV) when there is no such chip."""
        self._reset()
        for _ in range(_STARTS):
            if self._start(0):
                break
            if self.state == READY:
                return
            self._sleep_us(_START_US)
        raise OSError(19)

    def on_irq(self, pin) -> None:
        """Handler of the pins by which the chip says that something is over."""
        self._edge_ms = self._stamp()
        self._edge = True

    def reset(self, t_ms: int) -> None:
        """Start the chip anew; what it was doing is lost."""
        self.resets = tally.more(self.resets)
        self.state = BOOTING
        self._step = 0
        self._since_ms = self._t_ms = t_ms
        self._edge = False
        try:
            self._reset()
        except OSError:
            self.errors = tally.more(self.errors)

    def standby(self) -> None:
        """End whatever the chip does, sleep too."""
        if self.state > READY:
            self._change(READY)

    def sleep(self) -> None:
        """End whatever the chip does and let it sleep; an order wakes it."""
        if self.state != ASLEEP:
            self.standby()
        if self.state == READY:
            self._change(ASLEEP)

    def _change(self, state: int) -> None:
        try:
            if state == READY:
                self._idle()
            else:
                self._sleep()
            self.state = state
        except OSError:
            self._fail(self._t_ms)

    def _fail(self, t_ms: int) -> None:
        self.errors = tally.more(self.errors)
        self.reset(t_ms)

    def _take_over(self, t_ms: int) -> bool:
        """Make ready for an order; False when the chip is not, or sends."""
        self._t_ms = t_ms
        if self.state == SENDING:
            return False
        self.standby()
        if self.state != READY:
            return False
        try:
            if self._intact():
                return True
        except OSError:
            pass
        self._fail(t_ms)
        return False

    def _start(self, t_ms: int) -> bool:
        """Go on with a start, or try another one; True when it failed."""
        if self.state == BROKEN:
            if ticks.diff(t_ms, self._since_ms) >= self._pause_ms:
                self._pause_ms = min(2 * self._pause_ms, _PAUSE_MOST_MS)
                self.reset(t_ms)
            return False
        try:
            while self._boot(self._step):
                self._step += 1
                if self._step == self.STEPS:
                    self.state = READY
                    self._pause_ms = _PAUSE_MS
                    return False
            if ticks.diff(t_ms, self._since_ms) < _BOOT_MS:
                return False
        except OSError:
            pass
        self.errors = tally.more(self.errors)
        self.state = BROKEN
        self._since_ms = t_ms
        return True

    # -- the chip's own

    def _reset(self) -> None:
        raise NotImplementedError

    def _boot(self, step: int) -> bool:
        raise NotImplementedError

    def _intact(self) -> bool:
        raise NotImplementedError

    def _idle(self) -> None:
        raise NotImplementedError

    def _sleep(self) -> None:
        raise NotImplementedError
