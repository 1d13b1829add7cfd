"""The minutes of a shift: when one is over, what was breathed in them, and how that outlives a reset.

One clock for all gases. A minute ends when the core is next called after it; several at once when nobody called for so long:
the readings so far are of the first, the others had none and count as missing.

A shift ends by order, or by itself `shift_h` after its first minute (0: by order only). Every `exposure_s`, and closed = 1 at
the end, each gas that was breathed is told as an EXPOSURE record. `save` and `load` carry all of it over a reset:

    2 u8 | number of gases u8 | each: gas u8, length of the rest u16, Exposure (exposure.py), with step levels TimeSteps
"""

from micropython import const
from tag.events import EXPOSURE
from tag.gas.channel import NEW
from ticks import add, diff

_MINUTE_MS = const(60000)
_FORMAT = const(2)


class Shift:
    """`channels` are those of tag/gas/watch.py, of which the ones with an `exposure` count."""

    def __init__(self, channels, settings, say, t_ms: int) -> None:
        self._channels = channels
        self._say = say
        self._length_min = settings["shift_h"] * 60
        self._period_min = (settings["exposure_s"] + 59) // 60
        self._quiet_min = 0
        self._until_ms = add(t_ms, _MINUTE_MS)

    def over(self, t_ms: int) -> int:
        """How many minutes have ended since this was last asked; mostly 0."""
        late_ms = diff(t_ms, self._until_ms)
        if -_MINUTE_MS <= late_ms < 0:
            return 0
        # Further in the future than a minute: a pause longer than ticks can tell. One is over, and who knows how many more.
        n = late_ms // _MINUTE_MS + 1 if late_ms >= 0 else 1
        self._until_ms = add(t_ms, _MINUTE_MS - (late_ms % _MINUTE_MS if late_ms >= 0 else 0))
        self._quiet_min += n
        return n

    def tell(self, t_ms: int) -> bool:
        """At the end of a minute: record the exposures when it is time; True when the shift is over."""
        if self._quiet_min >= self._period_min:
            self._quiet_min = 0
            for i in range(len(self._channels)):
                if self._channels[i].exposure and self._channels[i].exposure.peak:
                    self._record(self._channels[i], 0, t_ms)
        return self._length_min > 0 and self._minutes() >= self._length_min

    def _minutes(self) -> int:
        """Length of the shift so far: that of the gas that was there first."""
        most = 0
        for i in range(len(self._channels)):
            e = self._channels[i].exposure
            if e:
                most = max(most, e.minutes)
        return most

    def close(self, ordered, t_ms: int) -> None:
        """The shift is over: record every gas and begin anew. Unless ordered the windows and steps go on."""
        self._quiet_min = 0
        for channel in self._channels:
            e = channel.exposure
            if e:
                if e.minutes or e.peak:
                    self._record(channel, 1, t_ms)
                if ordered:
                    e.close()
                else:
                    e.begin()
            if channel.steps and ordered:
                channel.steps.close()

    def _record(self, channel, closed: int, t_ms: int) -> None:
        e = channel.exposure
        self._say(
            (
                EXPOSURE,
                t_ms,
                channel.gas,
                min(0xFFFF, e.minutes),
                min(0xFFFF, e.missing),
                min(32767, e.stel_max_q4 >> 4),
                min(32767, e.twa_max_q4 >> 4),
                min(32767, e.shift_q4 >> 4),
                e.peak,
                closed,
            )
        )

    # -- over a reset --------------------------------------------------------------------------------------------------

    def breathed(self) -> bool:
        """Whether any gas was breathed in this shift."""
        for channel in self._channels:
            if channel.exposure and channel.exposure.peak:
                return True
        return False

    def size(self) -> int:
        """Bytes that `save` needs."""
        size = 2
        for channel in self._channels:
            if channel.exposure:
                size += 3 + self._length(channel)
        return size

    def _length(self, channel) -> int:
        return channel.exposure.SIZE + (channel.steps.size if channel.steps else 0)

    def save(self, buf) -> int:
        """Write all into `buf`, at least `size` bytes; how many it took. Left out is what was neither heard nor breathed."""
        at = 2
        buf[0] = _FORMAT
        buf[1] = 0
        for channel in self._channels:
            e = channel.exposure
            if e and (channel.life >= NEW or e.peak):  # its sensor may have died in between
                length = self._length(channel)
                buf[at] = channel.gas
                buf[at + 1] = length & 255
                buf[at + 2] = length >> 8
                e.save(buf, at + 3)
                if channel.steps:
                    channel.steps.save(buf, at + 3 + e.SIZE)
                at += 3 + length
                buf[1] += 1
        return at

    def load(self, buf, gap_min: int, find, t_ms: int) -> bool:
        """Go on from what `save` wrote, after `gap_min` minutes without; `find(gas)` gives its channel or None.

        False when something could not be taken. Gas by gas: a broken one is left out.
        """
        if len(buf) < 2 or buf[0] != _FORMAT:
            return False
        self._until_ms = add(t_ms, _MINUTE_MS)
        at = 2
        whole = True
        for _ in range(buf[1]):
            if at + 3 > len(buf):
                return False
            channel = find(buf[at])
            length = buf[at + 1] | buf[at + 2] << 8
            at += 3
            e = channel.exposure if channel else None
            if e and e.load(buf, at):
                e.skip(max(0, gap_min))
                # Steps of another profile do not pass their check, nor do those that are not there.
                if channel.steps:
                    whole = channel.steps.load(buf, at + e.SIZE) and whole
            else:
                whole = False
            at += length
        return whole
