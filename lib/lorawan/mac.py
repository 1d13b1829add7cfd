"""The MAC of an end device: tell it what happened and when, ask it what to do next.

    mac = Mac(find("EU868"), Otaa(dev_eui, join_eui, app_key), t_ms, seed, (bytes_of_file_a, bytes_of_file_b))
    order = mac.step(t_ms)

    NOTHING   ask again at `due_ms`, and after every call below
    KEEP      store `mac.kept()`, then call `was_kept(ok, t_ms)`
    SEND      send frame[:length] at freq_hz, sf, bw_hz, power_dbm (coding rate 4/5, 8 symbols of preamble, CRC, sync word
              0x34, plain IQ), then `sent(t_ms)` with the time at which it ended, or `failed(t_ms)`;
              `refused(t_ms)` when it surely did not begin
    LISTEN    receive at freq_hz, sf, bw_hz (no CRC, IQ inverted) from `open_ms` on; `heard(...)` when a frame ends,
              `silent(t_ms)` when no preamble was there by `close_ms`. With `continuous` it is at once and for ever, and
              only `heard` comes
    STOP      the radio may sleep

Between exchanges the radio can be borrowed: `borrow`, `returned` (lorawan/lending.py).

SEND, LISTEN and STOP each end what was ordered before. The device joins by itself, for ever. What it is doing is tabled in
lorawan/states.py; nothing waits without a deadline: a radio or a store that does not answer is taken for failed.

**Keeping.** A frame goes out only when its counter, DevNonce and airtime are covered by what `was_kept` has confirmed. A
downlink is acted on at once, but reaches the application when the counter it came with is kept, or could not be. While the
store fails, no frame goes beyond what is covered; it is tried again after 1 s to 1 min.
"""

# The first five are for the order alone, from the bottom up: imports that nest as deep as these modules lie would need more
# stack than a board has to spare.
import lorawan.channels
import lorawan.crypto
import lorawan.frame
import lorawan.join
import lorawan.stack  # noqa: F401
import ticks
from lora_airtime import airtime_ms
from lorawan.choice import BARE
from lorawan.frame import TOP_PORT
from lorawan.lending import Lending
from lorawan.receiver import Receiver
from lorawan.sender import Sender
from lorawan.stack import Stack
from lorawan.states import ACKED, AGAIN, DONE, DROP, IDLE, KEEP, LISTEN, LOST, NONE, NOT_ACKED, NOTHING, SEND, STOP

__all__ = ("ACKED", "DONE", "KEEP", "LISTEN", "LOST", "NONE", "NOTHING", "NOT_ACKED", "SEND", "STOP", "Mac")


class Mac(Lending):
    """`who` is an Otaa or Abp of lorawan/session.py, `kept` what was stored, `floor` see lorawan/kept.py; the rest are
    settings:

    `class_c`    listen all the time
    `adr`        let the network set data rate and power
    `share`      per cent of each band's hour that only urgent frames may use
    `least`      bytes that a frame must be able to carry: data rates that cannot are not used
    `error_ms`   how wrong the times may be that come from and go to the radio: windows are wider by it on both sides
    `antenna_dbi`, `low_dbm`, `high_dbm`   gain of the antenna, and the powers that the radio can be set to
    """

    def __init__(
        self,
        region,
        who,
        t_ms: int,
        seed: int,
        kept=(),
        floor: int = 0,
        class_c: bool = False,
        adr: bool = True,
        share: int = 25,
        least: int = 0,
        error_ms: int = 25,
        antenna_dbi: int = 0,
        low_dbm: int = 2,
        high_dbm: int = 22,
    ) -> None:
        stack = Stack(region, who, t_ms, kept, floor, adr, share, (antenna_dbi, low_dbm, high_dbm))
        super().__init__(stack, Sender(stack, least, seed), Receiver(stack), class_c, error_ms, t_ms)

    @property
    def joined(self) -> bool:
        """Whether there is a session."""
        return self.stack.session.live

    @property
    def lost(self) -> bool:
        """Whether nothing is done for want of numbers that were surely not used, or because they are used up."""
        return self._stuck

    def room(self, urgent: bool, t_ms: int) -> int:
        """The largest payload that may be sent right now at the data rate in force; 0: none may."""
        self.stack.duty.roll(t_ms)
        return self.sender.room(urgent) if self._free(urgent, t_ms) else 0

    def largest(self, urgent: bool) -> int:
        """The largest payload that a frame can have at the data rate in force, whatever may be sent now."""
        n = self.stack.terms.capacity(self.sender.first_dr())
        return n if urgent else n - self.sender.pending()

    def lasts_ms(self, n: int) -> int:
        """Milliseconds on the air of a payload of `n` bytes at the data rate in force."""
        region = self.stack.region
        dr = max(0, self.sender.first_dr())
        return airtime_ms(BARE + 1 + n, region.sf_of(dr), region.bw_hz(dr))

    def beyond_ms(self, ms: int, t_ms: int) -> int:
        """Milliseconds of airtime that the best band at the data rate in force has now, beyond `ms` that are to be left of its hour
        (of which at most three quarters can be)."""
        channels, duty = self.stack.channels, self.stack.duty
        duty.roll(t_ms)
        dr = self.sender.first_dr()
        best = 0
        for i in range(channels.count):
            if channels.carries(i, dr):
                best = max(best, duty.beyond_ms(channels.band(i), ms))
        return best

    def wait_ms(self, n: int, urgent: bool, t_ms: int) -> int:
        """Milliseconds until a payload of `n` bytes may be sent; -1: never at these terms, or not joined."""
        self.stack.duty.roll(t_ms)
        if not self.joined or not 0 <= n:
            return -1
        wait = self.sender.wait_ms(n, urgent, t_ms)
        return wait if wait < 0 else max(wait, self.busy_ms(t_ms))

    def send(self, port: int, buf, n: int, confirmed: bool, urgent: bool, t_ms: int) -> bool:
        """Send buf[:n] on a port of 1 to 223; False: not now. What becomes of it is told by `take_outcome`."""
        self.stack.duty.roll(t_ms)
        if not 0 < port <= TOP_PORT or not 0 <= n <= len(buf) or not self._free(urgent, t_ms):
            return False
        if self.state == AGAIN:  # what is being repeated gives way, but only when this one can go
            if self.sender.wait_ms(n, urgent, t_ms) != 0:
                return False
            self._finish(self._came_to(False), DROP)
        if self._reply.too_late(t_ms):
            self.sender.owes_ack = False
        if not self.sender.data(port, buf, n, confirmed, urgent):
            return False
        if not self._may_keep(t_ms) and not self._covered(True):
            return False
        self._built(self.stack.terms.nb_trans)
        return True

    def take_outcome(self) -> int:
        """What became of the last frame sent, once: NONE while it is under way."""
        outcome = self.outcome
        self.outcome = NONE
        return outcome

    @property
    def down_port(self) -> int:
        """Port of a downlink for the application in payload[:down_length]; -1: there is none. Then call `taken`."""
        return self.receiver.port if self.delivered else -1

    @property
    def payload(self):
        """The buffer of that downlink."""
        return self.receiver.payload

    @property
    def down_length(self) -> int:
        """Bytes of that downlink."""
        return self.receiver.n

    def taken(self) -> None:
        """The application has it; until then, another one is refused and not acknowledged."""
        if self.delivered:
            self.receiver.port = -1
            self.delivered = False

    @property
    def urgent(self) -> bool:
        """Whether the frame under way, or the last one, is urgent."""
        return self.sender.urgent

    @property
    def air_ms(self) -> int:
        """How long the frame to send is on the air."""
        return self.sender.air_ms

    @property
    def frame(self):
        """The buffer of the frame to send."""
        return self.sender.frame

    @property
    def length(self) -> int:
        """Bytes of the frame to send."""
        return self.sender.length

    @property
    def stats(self):
        """How many frames were heard, by what became of them: the order of REFUSALS in lorawan/frame.py."""
        return self.receiver.stats

    def ask_time(self) -> None:
        """Ask for the time with the next uplinks until it comes: `commands.time_answered`, gps_s + gps_256 / 256 at the
        tick gps_ms."""
        self.stack.commands.asked_time = True
        self.stack.commands.time_answered = False

    def ask_link(self, t_ms: int) -> None:
        """Ask how well the network hears, with the next uplinks until it answers: `commands.link_answered`, margin_db,
        gateways. Where none goes before, an empty one goes in 1 to 3 s: lorawan/probe.py."""
        commands = self.stack.commands
        commands.asked_link = True
        commands.link_sent = commands.link_answered = False
        self._reply.want(t_ms, self.sender.random())

    def unask_link(self) -> None:
        """Nobody wants to know any more: no further frame asks, and none goes for that alone."""
        commands = self.stack.commands
        commands.asked_link = False
        if not (self.sender.owes_ack or self.receiver.pending or commands.n):
            self._reply.done()

    def answering(self, t_ms: int) -> bool:
        """Class C, idle again: whether an answer to the last uplink may have begun in its second window, and not ended yet."""
        windows = self._windows
        if not self.class_c or not self._windowed:
            return False
        return ticks.diff(t_ms, ticks.add(windows.end_ms(), windows.longest_ms())) < 0

    @property
    def owes(self) -> bool:
        """Whether a frame of our own is still to go."""
        return self._reply.wanted

    def rejoin(self, t_ms: int) -> bool:
        """Leave the session and join again; False: not now, or a device that was given its session."""
        if self.state not in (IDLE, AGAIN) or self.stack.personal:
            return False
        if self.state == AGAIN:
            self._finish(self._came_to(False), DROP)
        self.stack.forget()
        self._leave(t_ms)
        return True
