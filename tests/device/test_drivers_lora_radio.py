"""The state machine that both radio drivers share, with a chip that says what the test wants: every state with everything it can
see, against the tables in the heads of `lora_radio` and `lora_chip`; looks and deadlines to the millisecond."""

import micropython
import ticks
from drivers.lora_chip import ASLEEP, BOOTING, BROKEN, LISTENING, READY, SENDING
from drivers.lora_radio import (
    FAULT,
    NOTHING,
    RECEIVED,
    SEEN_AWAY,
    SEEN_BAD_CRC,
    SEEN_BAD_HEADER,
    SEEN_END,
    SEEN_FRAME,
    SEEN_HEADER,
    SEEN_SENT,
    SENT,
    SILENT,
    LoRaRadio,
)

FLAGS = (SEEN_SENT, SEEN_FRAME, SEEN_HEADER, SEEN_BAD_HEADER, SEEN_BAD_CRC, SEEN_END, SEEN_AWAY)
T_MS = (1 << 30) - 5000  # ticks wrap in the course of most tests
FREQ_HZ = 868100000


class Chip(LoRaRadio):
    """A chip on which nothing is done but what `seen`, `failing` and `steps_to_go` say."""

    STEPS = 3
    LOWEST_HZ = 100000000
    HIGHEST_HZ = 1000000000

    def __init__(self):
        super().__init__(lambda: self.clock_ms, self._nap, 5)
        self.clock_ms = T_MS
        self.seen = 0
        self.asked = 0
        self.failing = ""
        self.ready = True
        self.whole = True
        self.has_frame = True
        self.did = []
        self.naps = 0

    def _nap(self, us):
        self.naps += us

    def _do(self, name):
        self.did.append(name)
        if self.failing == name:
            raise OSError(5)

    def _reset(self):
        self._do("reset")

    def _boot(self, step):
        self._do("boot")
        return self.ready

    def _intact(self):
        self._do("intact")
        return self.whole

    def _idle(self):
        self._do("idle")

    def _sleep(self):
        self._do("sleep")

    def _transmit(self, *order):
        self._do("transmit")
        self.order = order

    def _listen(self, *order):
        self._do("listen")
        self.order = order

    def _ask(self):
        self._do("ask")
        self.asked += 1
        return self.seen

    def _clear(self):
        self._do("clear")

    def _fetch(self):
        self._do("fetch")
        return self.has_frame

    def at(self, ms):
        """Poll `ms` after the begin of the order."""
        self.clock_ms = ticks.add(T_MS, ms)
        return self.poll(self.clock_ms)


def made():
    chip = Chip()
    chip.start()
    assert chip.state == READY
    del chip.did[:]
    return chip


def sending(n=20, sf=7):
    """20 bytes at SF7 are 56.576 ms: over 5 + 56 + 1 = 62 ms after the call."""
    chip = made()
    assert chip.begin_send(bytes(n), n, FREQ_HZ, sf, 125000, 14, T_MS)
    return chip


def listening(ms, sf=7):
    """A window: 20 ms more for a header at SF7, and the chip's 5 ms."""
    chip = made()
    assert chip.begin_receive(FREQ_HZ, sf, 125000, ms, T_MS)
    return chip


def looks(chip, until_ms):
    """When the chip was asked, in ms after the begin, polled every millisecond; and what was said last."""
    found = []
    for ms in range(until_ms):
        before = chip.asked
        said = chip.at(ms)
        if chip.asked > before:
            found.append(ms)
        if said != NOTHING:
            return found, said
    return found, NOTHING


# -- what is seen ---------------------------------------------------------------------------------------------------------


def expected(order, seen):
    """(said, next state) by the tables; the chip is looked at once, before any deadline."""
    over = (BOOTING, FAULT)
    if order == "send":
        if seen & SEEN_SENT:
            return READY, SENT
        return over if seen & SEEN_END else (SENDING, NOTHING)
    bad = seen & (SEEN_BAD_CRC | SEEN_BAD_HEADER)
    endless = order == "endless"
    if seen & SEEN_FRAME:
        return LISTENING if endless else READY, (NOTHING if endless else SILENT) if bad else RECEIVED
    if seen & SEEN_END:
        return READY, SILENT
    if seen & SEEN_BAD_HEADER and seen & SEEN_AWAY and not endless:
        return READY, SILENT  # the chip has ended the window itself
    return LISTENING, NOTHING


def test_every_state_with_everything_that_can_be_seen():
    for order in ("send", "window", "endless"):
        for subset in range(1 << len(FLAGS)):
            seen = 0
            for i in range(len(FLAGS)):
                if subset >> i & 1:
                    seen |= FLAGS[i]
            if order == "send" and seen & SEEN_BAD_HEADER:
                continue  # no chip can say that
            for edge in (False, True):
                chip = sending() if order == "send" else listening(0 if order == "endless" else 100)
                chip.seen = seen
                if edge:
                    chip.clock_ms = ticks.add(T_MS, 70)
                    chip.on_irq(None)
                said = chip.at(110)
                state, answer = expected(order, seen)
                assert (chip.state, said) == (state, answer), (order, seen, edge, chip.state, said)
                assert not chip._edge
                ended = (
                    answer == SENT or answer == RECEIVED or answer == SILENT or (seen & SEEN_FRAME and order != "send")
                )
                if seen & SEEN_BAD_HEADER and not seen & (SEEN_FRAME | SEEN_END):
                    ended = False  # no interrupt tells of those
                assert chip.lost_irqs == (1 if ended and not edge else 0), (order, seen, edge)
                assert chip.errors == chip.resets == chip.timeouts == (1 if answer == FAULT else 0)
                dropped = order != "send" and (seen & SEEN_BAD_HEADER or (seen & SEEN_FRAME and seen & SEEN_BAD_CRC))
                if dropped and seen & SEEN_END and not seen & SEEN_FRAME:
                    dropped = False  # the end is all that counts
                assert chip.crc_errors == (1 if dropped else 0), (order, seen)
                assert ("fetch" in chip.did) == (order != "send" and seen & SEEN_FRAME and not dropped)
                if ended and edge:
                    assert chip.done_ms == ticks.add(T_MS, 70)
                elif ended:
                    assert chip.done_ms == ticks.add(T_MS, 62 if order == "send" else 110)


def test_a_chip_in_the_wrong_mode_is_believed_the_second_time():
    for chip in (sending(sf=12), listening(1000), listening(0)):
        chip.seen = SEEN_AWAY
        before = chip.state
        said = []
        for ms in range(0, 3000, 20):
            said.append(chip.at(ms))
            if said[-1]:
                break
        assert said[-1] == FAULT and chip.asked == 2 and chip.resets == 1, (before, said)
    chip = listening(0)
    chip.seen = SEEN_AWAY
    assert chip.at(100) == NOTHING
    assert chip.begin_receive(FREQ_HZ, 7, 125000, 0, T_MS)  # a new order, a new count
    assert chip.at(100) == NOTHING and chip.at(200) == FAULT
    chip = listening(0)
    for i in range(10):  # not twice in a row
        chip.seen = 0 if i & 1 else SEEN_AWAY
        assert chip.at(100 * i + 100) == NOTHING
    assert chip.state == LISTENING and chip.asked == 10


def test_a_frame_that_is_none():
    for ms, said, state in ((100, SILENT, READY), (0, NOTHING, LISTENING)):
        chip = listening(ms)
        chip.seen = SEEN_FRAME
        chip.has_frame = False
        assert chip.at(100) == said and chip.state == state and chip.crc_errors == 1


# -- when it looks, and how long ------------------------------------------------------------------------------------------


def test_looks_at_a_transmission():
    """From 10 ms after its end on, every 100 ms; given up 200 ms after its end. The chip's own limit is in between."""
    chip = sending()
    assert chip.order[-1] == 62 + 100
    assert looks(chip, 1000) == ([72, 172, 272], FAULT)
    chip = sending()
    chip.clock_ms = ticks.add(T_MS, 61)
    chip.on_irq(None)
    chip.seen = SEEN_SENT
    assert looks(chip, 1000) == ([0], SENT)  # the interrupt needs no look at the clock


def test_looks_at_a_window():
    """Every 100 ms; given up 200 ms after a header could have come: 5 + 50 + 20 + 1 + 200 = 276."""
    chip = listening(50)
    assert chip.order[-1] == 50 + 21 and chip.order[3] == 50
    assert looks(chip, 1000) == ([100, 200, 300], FAULT) and chip.timeouts == 1
    # A header puts that off once, by the longest frame, 399 ms at SF7, and 200: seen at 200, over at 800.
    chip = listening(50)
    chip.seen = SEEN_HEADER
    assert looks(chip, 2000) == ([100, 200, 300, 400, 500, 600, 700], FAULT), looks(chip, 10)


def test_looks_at_listening_without_end():
    chip = listening(0)
    assert chip.order[-1] == 0
    found, said = looks(chip, 3000)
    assert found == list(range(100, 3000, 100)) and said == NOTHING
    chip.seen = SEEN_HEADER
    assert looks(chip, 3000)[1] == NOTHING


def test_a_window_that_the_chip_cannot_end():
    chip = listening(50)
    chip._soft = True
    assert looks(chip, 1000) == ([100, 200, 300], SILENT) and chip.state == READY and chip.did[-1] == "idle"
    chip = listening(50)
    chip._soft = True
    chip.seen = SEEN_HEADER  # of a frame that never ends
    assert looks(chip, 2000) == ([100, 200, 300, 400, 500, 600, 700], FAULT)
    chip = listening(50)
    chip._soft = True
    chip.seen = SEEN_HEADER
    looks(chip, 400)
    chip.seen = SEEN_HEADER | SEEN_FRAME
    assert chip.at(500) == RECEIVED and chip.did[-1] == "idle"


def test_when_a_transmission_was_over():
    """62 ms after its begin as reckoned. An interrupt up to 10 ms later is believed; later than that, the processor was busy."""
    for edge_ms, poll_ms, done_ms in (
        (58, 60, 58),
        (62, 80, 62),
        (72, 80, 72),
        (73, 80, 62),
        (120, 130, 62),
        (None, 30, 30),  # not in the future
        (None, 72, 72),
        (None, 80, 62),
        (None, 180, 62),
    ):
        chip = sending()
        chip.seen = SEEN_SENT
        chip._ask_ms = T_MS  # look at each poll
        if edge_ms is not None:
            chip.clock_ms = ticks.add(T_MS, edge_ms)
            chip.on_irq(None)
        assert chip.at(poll_ms) == SENT and chip.done_ms == ticks.add(T_MS, done_ms), (edge_ms, poll_ms)


# -- faults of each hook --------------------------------------------------------------------------------------------------


def test_every_hook_may_fail_in_every_state():
    for hook in ("intact", "transmit", "idle"):
        for begin in (READY, ASLEEP, LISTENING):
            chip = made()
            if begin == ASLEEP:
                chip.sleep()
            elif begin == LISTENING:
                assert chip.begin_receive(FREQ_HZ, 7, 125000, 0, T_MS)
            chip.failing = hook
            begun = chip.begin_send(b"x", 1, FREQ_HZ, 7, 125000, 14, T_MS)
            if hook == "idle" and begin == READY:
                assert begun and chip.state == SENDING
            else:
                assert not begun and chip.state == BOOTING and (chip.errors, chip.resets) == (1, 1), (hook, begin)
                chip.failing = ""
                assert chip.at(20) == NOTHING and chip.state == READY
    chip = made()
    chip.failing = "listen"
    assert not chip.begin_receive(FREQ_HZ, 7, 125000, 100, T_MS) and chip.state == BOOTING
    for hook in ("ask", "clear", "fetch"):
        chip = listening(100)
        chip.failing = hook
        chip.seen = SEEN_FRAME
        assert chip.at(100) == FAULT and chip.state == BOOTING and chip.resets == 1, hook
    chip = listening(0)
    chip.failing = "ask"
    assert not chip.hearing()
    for order in ("standby", "sleep"):
        chip = listening(100)
        chip.failing = "idle"
        getattr(chip, order)()
        assert chip.state == BOOTING and chip.did[-1] == "reset"
    chip = made()
    chip.failing = "sleep"
    chip.sleep()
    assert chip.state == BOOTING
    chip.failing = "reset"  # a pin that raises
    chip.reset(T_MS)
    assert chip.state == BOOTING and chip.errors == 2


def test_a_chip_that_has_lost_its_settings_is_not_ordered_about():
    chip = made()
    chip.whole = False
    assert not chip.begin_receive(FREQ_HZ, 7, 125000, 100, T_MS)
    assert chip.did[-1] == "reset" and "listen" not in chip.did and chip.state == BOOTING


# -- life -----------------------------------------------------------------------------------------------------------------


def test_the_first_start():
    chip = Chip()
    chip.ready = False
    try:
        chip.start()
        raise AssertionError("started")
    except OSError as error:
        assert error.args[0] == 19
    assert chip.naps == 100000  # 100 ms, and no more
    chip = Chip()
    chip.failing = "boot"
    try:
        chip.start()
        raise AssertionError("started")
    except OSError:
        assert chip.naps == 0


def test_a_start_takes_as_many_polls_as_the_chip_wants():
    chip = made()
    chip.reset(T_MS)
    chip.ready = False
    for ms in range(0, 100, 20):
        assert chip.at(ms) == NOTHING and chip.state == BOOTING
    chip.ready = True
    assert chip.at(99) == NOTHING and chip.state == READY
    chip.reset(ticks.add(T_MS, 99))
    chip.ready = False
    assert chip.at(198) == NOTHING
    assert chip.at(199) == FAULT and chip.state == BROKEN


def test_pauses_between_starts():
    chip = made()
    chip.failing = "boot"
    chip.reset(T_MS)
    faults = []
    for s in range(400):
        for ms in (0, 500):
            if chip.at(1000 * s + ms) == FAULT:
                faults.append(1000 * s + ms)
            assert not chip.begin_send(b"x", 1, FREQ_HZ, 7, 125000, 14, chip.clock_ms)
    # The pause, and a poll later the start fails: 1 s and half a second, 2, 4, .. 32, 60, 60 ..
    gaps = [faults[i + 1] - faults[i] for i in range(len(faults) - 1)]
    assert gaps == [1500, 2500, 4500, 8500, 16500, 32500, 60500, 60500, 60500, 60500, 60500], gaps
    chip.failing = ""
    assert chip.at(461000) == NOTHING and chip.at(461020) == NOTHING and chip.state == READY
    chip.failing = "boot"
    chip.reset(chip.clock_ms)
    assert chip.at(461040) == FAULT and chip.at(462039) == NOTHING and chip.state == BROKEN
    assert chip.at(462040) == NOTHING and chip.state == BOOTING


def test_sleep_and_standby_from_every_state():
    for begin in (BROKEN, BOOTING, READY, ASLEEP, SENDING, LISTENING):
        for order, after in (("standby", READY), ("sleep", ASLEEP)):
            chip = made()
            chip.state = begin
            getattr(chip, order)()
            assert chip.state == (begin if begin < READY else after), (begin, order)
            if begin < READY:
                assert chip.did == []
            elif begin == after:
                assert chip.did == []
            else:
                assert chip.did == [["idle"], ["sleep"], ["idle", "sleep"]][(begin > READY) + 2 * (after == ASLEEP) - 1]


class Quiet(Chip):
    """One that keeps no record, so that memory can be counted."""

    def _do(self, name):
        pass


def test_looks_without_news_take_no_memory():
    """Counted by `mem_total`: a frame too large for the stack passes under `heap_lock`."""
    if not hasattr(micropython, "mem_total"):
        return
    total = micropython.mem_total
    none = total()
    none = total() - none
    for timeout_ms in (-1, 0, 100):
        for seen in (0, SEEN_HEADER, SEEN_AWAY):
            chip = Quiet()
            chip.start()
            if timeout_ms < 0:
                assert chip.begin_send(b"x", 1, FREQ_HZ, 12, 125000, 14, 1000)
            else:
                assert chip.begin_receive(FREQ_HZ, 7, 125000, timeout_ms, 1000)
            chip.seen = seen
            chip._edge = True  # look now
            before = total()
            said = chip.poll(1050)
            spent = total() - before - none
            assert said == NOTHING and chip.asked == 1 and spent == 0, (timeout_ms, seen, spent)
