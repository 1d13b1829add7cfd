"""What every LoRa radio of the tag does for its caller: send and listen, with deadlines. Start and repair: `drivers.lora_chip`.

The caller begins an order and polls, every 20 ms or so.

    state      event                                                      next       `poll` says
    SENDING    the chip says it is out                                    READY      SENT
    LISTENING  a good frame                                               READY (1)  RECEIVED
    LISTENING  window over, a bad frame in it                             READY      SILENT
    either     deadline over, wrong mode twice, dead bus, BUSY            BOOTING    FAULT: the order is lost
    BOOTING    a start has failed                                         BROKEN     FAULT
    any        else                                                       the same   NOTHING
    (1) LISTENING when it listens without end

Window     the time in which a preamble may begin; a frame that has begun is received to its end. Without a window (`timeout_ms` 0)
           the receiver stays on and frames come until another order.
Interrupt  the pins' handler stamps the time and sets a flag, nothing else. It may get lost, so `poll` asks the chip all the same:
           from the time when a frame must be out, and every 100 ms while it listens. `lost_irqs` counts what was found so.
Deadline   sending: airtime + 200 ms; listening: window, preamble and header + 200 ms, from a header on the longest frame + 200 ms.
Lost       a chip that lost its power and came back is found at the next order by its settings, during one by its mode.

What a chip's class gives besides `lora_chip`, each free to raise OSError:

    LOWEST_HZ, HIGHEST_HZ
    _transmit(buf, n, freq_hz, sf, bw_hz, power_dbm, inverted, preamble, crc, limit_ms)    from standby
    _listen(freq_hz, sf, bw_hz, window_ms, inverted, preamble, crc, limit_ms)              from standby; both 0: without end
    _ask() -> int       SEEN_... of what has happened since; OSError for an answer that cannot be
    _clear()            forget that
    _fetch() -> bool    the frame into `frame`, `length`, `rssi_dbm`, `snr_db4`; False when it is none
"""

import ticks
from drivers import tally
from drivers.lora_chip import LISTENING, READY, SENDING, LoRaChip
from lora_airtime import airtime_us, header_us
from micropython import const

NOTHING = const(0)
SENT = const(1)
RECEIVED = const(2)
SILENT = const(3)
FAULT = const(4)

# As the bits of an SX126x's interrupts (table 13-29)
SEEN_SENT = const(0x01)
SEEN_FRAME = const(0x02)
SEEN_HEADER = const(0x10)
SEEN_BAD_HEADER = const(0x20)
SEEN_BAD_CRC = const(0x40)
SEEN_END = const(0x200)  # receiver or transmitter gave up
SEEN_ALL = const(0x273)
SEEN_ENDS = const(0x203)  # what ends an order
SEEN_AWAY = const(0x1000)  # the chip is in another mode than it was told

_LONGEST = const(255)
_WINDOW_MOST_MS = const(200000)
_PREAMBLE_MOST = const(4096)
_MARGIN_MS = const(200)
_LIMIT_MS = const(100)  # the chip's own limit lies between the end and the deadline
_ASK_MS = const(100)
_ASK_SENT_MS = const(10)
_LATE_MS = const(10)


class LoRaRadio(LoRaChip):
    """`frame`, `length`, `rssi_dbm` and `snr_db4` (quarters of a dB) hold the last good frame until the next poll, `done_ms` the
    tick at which the last one, sent or received, was over. An order begins `start_ms` after its call."""

    LOWEST_HZ = 0
    HIGHEST_HZ = 0

    def __init__(self, stamp, sleep_us, start_ms: int) -> None:
        super().__init__(stamp, sleep_us)
        self.start_ms = start_ms
        self.frame = bytearray(_LONGEST)
        self.length = self.rssi_dbm = self.snr_db4 = self.done_ms = 0
        self.timeouts = 0  # orders that passed their deadline
        self.crc_errors = 0  # frames heard and dropped: CRC or header wrong
        self.lost_irqs = 0  # ends that no interrupt told of
        self._ask_ms = self._due_ms = 0
        self._longest_ms = 0  # a frame from its header on; 0 once that was seen
        self._endless = False
        self._soft = False  # the chip has no end of its own for this window
        self._away = False

    def begin_send(
        self, buf, n, freq_hz, sf, bw_hz, power_dbm, t_ms: int, inverted=False, preamble=8, crc=True
    ) -> bool:
        """Send the first `n` bytes of `buf`, with the power nearest to `power_dbm` that the chip has; listening ends. False: not
        begun, because a frame is going out, the chip is not ready or cannot do that."""
        if not 1 <= n <= _LONGEST or not self._can(freq_hz, sf, bw_hz, preamble) or not self._take_over(t_ms):
            return False
        air_ms = self.start_ms + airtime_us(n, sf, bw_hz, preamble, crc) // 1000 + 1
        try:
            self._transmit(buf, n, freq_hz, sf, bw_hz, power_dbm, inverted, preamble, crc, air_ms + _LIMIT_MS)
        except OSError:
            self._fail(t_ms)
            return False
        self._begun(SENDING, t_ms, air_ms + _ASK_SENT_MS, air_ms)
        self.done_ms = ticks.add(t_ms, air_ms)
        return True

    def begin_receive(self, freq_hz, sf, bw_hz, timeout_ms, t_ms: int, inverted=True, crc=False, preamble=8) -> bool:
        """Listen for a frame that begins within `timeout_ms` (at most 200 s), 0: for all frames. False as in `begin_send`. Whether
        a frame has a CRC its own header says."""
        if not 0 <= timeout_ms <= _WINDOW_MOST_MS or not self._can(freq_hz, sf, bw_hz, preamble):
            return False
        if not self._take_over(t_ms):
            return False
        limit_ms = timeout_ms + header_us(sf, bw_hz, preamble) // 1000 + 1 if timeout_ms else 0
        try:
            self._listen(freq_hz, sf, bw_hz, timeout_ms, inverted, preamble, crc, limit_ms)
        except OSError:
            self._fail(t_ms)
            return False
        self._begun(LISTENING, t_ms, _ASK_MS, self.start_ms + limit_ms)
        self._endless = timeout_ms == 0
        self._longest_ms = airtime_us(_LONGEST, sf, bw_hz, preamble) // 1000 + _MARGIN_MS
        return True

    def poll(self, t_ms: int) -> int:
        """What has happened: NOTHING, SENT, RECEIVED, SILENT or FAULT. Allocates nothing while that is NOTHING."""
        self._t_ms = t_ms
        if self.state < READY:
            return FAULT if self._start(t_ms) else NOTHING
        if self.state < SENDING or (not self._edge and ticks.diff(t_ms, self._ask_ms) < 0):
            return NOTHING
        self._ask_ms = ticks.add(t_ms, _ASK_MS)
        try:
            return self._look(self._ask(), t_ms)
        except OSError:
            self._fail(t_ms)
            return FAULT

    def hearing(self) -> bool:
        """Whether a frame is coming in, or has just come: then a next window has to wait."""
        try:
            return self.state == LISTENING and self._ask() & (SEEN_HEADER | SEEN_FRAME) != 0
        except OSError:
            return False  # for the next poll to say

    def _can(self, freq_hz: int, sf: int, bw_hz: int, preamble: int) -> bool:
        return (
            self.LOWEST_HZ <= freq_hz <= self.HIGHEST_HZ
            and 7 <= sf <= 12
            and (bw_hz == 125000 or bw_hz == 250000 or bw_hz == 500000)
            and 6 <= preamble <= _PREAMBLE_MOST
        )

    def _begun(self, state: int, t_ms: int, ask_ms: int, over_ms: int) -> None:
        self.state = state
        self._ask_ms = ticks.add(t_ms, ask_ms)
        self._due_ms = ticks.add(t_ms, over_ms + _MARGIN_MS)
        self._endless = self._away = self._edge = False

    def _look(self, seen: int, t_ms: int) -> int:
        edge = self._edge  # looked at after the chip: what it tells of has had its edge
        self._edge = False
        sending = self.state == SENDING
        if seen & (SEEN_SENT if sending else SEEN_FRAME | SEEN_END):
            if not edge:
                self.lost_irqs = tally.more(self.lost_irqs)
            told_ms = self._edge_ms if edge else t_ms
            # A processor that was erasing flash is told late: then the end is where it was reckoned to be.
            if not sending or ticks.diff(told_ms, self.done_ms) <= _LATE_MS:
                self.done_ms = told_ms
            return self._over(seen)
        if seen & SEEN_BAD_HEADER:
            self._clear()
            self.crc_errors = tally.more(self.crc_errors)
            return NOTHING if self._endless or not seen & SEEN_AWAY else self._ready(SILENT)
        if seen & SEEN_AWAY and self._away:
            raise OSError(5)
        self._away = seen & SEEN_AWAY != 0
        if self._endless:
            return NOTHING
        if seen & SEEN_HEADER and self._longest_ms:
            self._due_ms = ticks.add(t_ms, self._longest_ms)
            self._longest_ms = 0
        if ticks.diff(t_ms, self._due_ms) < 0 and not (sending and seen & SEEN_END):
            return NOTHING
        if self._soft and self._longest_ms:
            self._idle()
            return self._ready(SILENT)
        self.timeouts = tally.more(self.timeouts)
        raise OSError(110)

    def _over(self, seen: int) -> int:
        """The order has ended, or a frame has come."""
        if self.state == SENDING or not seen & SEEN_FRAME:
            self._clear()
            return self._ready(SENT if self.state == SENDING else SILENT)
        good = not seen & (SEEN_BAD_CRC | SEEN_BAD_HEADER) and self._fetch()
        self._clear()
        if not good:
            self.crc_errors = tally.more(self.crc_errors)
        if self._endless:
            return RECEIVED if good else NOTHING
        if self._soft:
            self._idle()
        return self._ready(RECEIVED if good else SILENT)

    def _ready(self, said: int) -> int:
        self.state = READY
        return said

    # -- the chip's own

    def _transmit(self, buf, n, freq_hz, sf, bw_hz, power_dbm, inverted, preamble, crc, limit_ms) -> None:
        raise NotImplementedError

    def _listen(self, freq_hz, sf, bw_hz, window_ms, inverted, preamble, crc, limit_ms) -> None:
        raise NotImplementedError

    def _ask(self) -> int:
        raise NotImplementedError

    def _clear(self) -> None:
        raise NotImplementedError

    def _fetch(self) -> bool:
        raise NotImplementedError
