"""How alert somebody can be by hours awake and time of day: the three-process model, in fixed point.

    S  homeostatic   awake   2.4 + (S at waking - 2.4) exp(-0.0353 h)
                     asleep  S + 0.801 h, until 12.2; from there 14.3 - 2.1 exp(-0.381 h)
    C  by day        2.5 cos(2 pi (t - 16.8) / 24)
    U  by half a day -0.5 + 0.5 cos(2 pi (t - 21.8) / 12)
    W  just awake    -5.72 exp(-1.51 h)

    KSS = 10.6 - 0.6 (S + C + U + W)     Karolinska Sleepiness Scale: 1 very alert, 3 alert, 7 sleepy, 9 fighting sleep

Ingre et al., PLoS ONE 9(10):e108679, 2014, and the R package FIPS, one version of which has 19.8 in place of 21.8: up to 0.3 KSS.
It describes the mean of many people who were asked. Of one person it says what the hours alone make likely, and nothing of
illness, coffee or light.

In fixed point: processes in q12; exp(-rate m) for m minutes is a product of those for its binary digits, each in q15, so
32768 * 32749 + 16384 < 2^30 is the largest; cosines from a quarter wave in steps of 15 minutes, by straight lines. Against double
precision KSS errs by less than 0.01. Beyond 4095 minutes (68 h) a time counts as that.
"""

from micropython import const

# exp(-rate * 2^k minutes) in q15, k = 0..11
_AWAKE = (32749, 32729, 32691, 32614, 32461, 32157, 31557, 30391, 28186, 24245, 17939, 9821)
_ASLEEP = (32560, 32354, 31945, 31143, 29599, 26737, 21817, 14525, 6439, 1265, 49, 0)
_INERTIA = (31954, 31159, 29630, 26792, 21907, 14645, 6546, 1308, 52, 0, 0, 0)
# cos(2 pi i / 96) in q12, i = 0..24
# fmt: off
_COS = (4096, 4087, 4061, 4017, 3956, 3879, 3784, 3674, 3547, 3406, 3250, 3080, 2896, 2701, 2493, 2276, 2048, 1812, 1567, 1317,
        1060, 799, 535, 268, 0)
# fmt: on

_LOW = const(9830)  # 2.4 in q12
_HIGH = const(58573)  # 14.3
_BREAK = const(49971)  # 12.2
_RISE_Q20 = const(13996)  # of sleep, a minute: 0.381 * 2.1 / 60
_WAKE = const(23429)  # 5.72
_PEAK_MIN = const(1008)  # 16.8 h
_DIP_MIN = const(1308)  # 21.8 h
_DAY_MIN = const(1440)
_LONGEST = const(4095)
_FAR_MIN = const(1 << 17)  # of minutes since the wearer began to work

RESTED_Q12 = const(56566)  # S at waking, 13.81: where nights of 8 h and days of 16 h settle


def cos_q12(minute: int) -> int:
    """cos(2 pi minute / 1440) in q12."""
    minute %= _DAY_MIN
    if minute > 720:
        minute = _DAY_MIN - minute
    if minute > 360:
        return -_quarter(720 - minute)
    return _quarter(minute)


def _quarter(minute: int) -> int:
    i = minute // 15
    return _COS[i] if i == 24 else _COS[i] + (_COS[i + 1] - _COS[i]) * (minute % 15) // 15


def _decay_q15(powers, minutes: int) -> int:
    left = max(0, min(_LONGEST, minutes))
    r = 32768
    k = 0
    while left:
        if left & 1:
            r = (r * powers[k] + 16384) >> 15
        left >>= 1
        k += 1
    return r


def awake_q12(s_q12: int, minutes: int) -> int:
    """S after so many minutes awake, of S at waking."""
    # halved: 24371 * 32768 < 2^30
    return _LOW + (((_limited(s_q12) - _LOW) >> 1) * _decay_q15(_AWAKE, minutes) + 8192 >> 14)


def asleep_q12(s_q12: int, minutes: int) -> int:
    """S after so many minutes asleep, of S at falling asleep."""
    s_q12 = _limited(s_q12)
    minutes = max(0, min(_LONGEST, minutes))
    if s_q12 < _BREAK:
        # in q20 a minute: the minutes until the break, to a sixteenth
        until = ((_BREAK - s_q12) * 4096 + _RISE_Q20 - 1) // _RISE_Q20
        if minutes * 16 <= until:
            return s_q12 + (minutes * _RISE_Q20 >> 8)
        minutes -= until >> 4
        s_q12 = _BREAK
    return _HIGH - ((_HIGH - s_q12) * _decay_q15(_ASLEEP, minutes) + 16384 >> 15)


def kss_q8(wake_q12: int, awake_min: int, minute_of_day: int) -> int:
    """Sleepiness, 1..9 in q8 (what the model gives beyond is limited), of S at waking, minutes awake and the local time."""
    alert = awake_q12(wake_q12, awake_min)
    alert += 5 * cos_q12(minute_of_day - _PEAK_MIN) // 2
    alert += (cos_q12(2 * (minute_of_day - _DIP_MIN)) - 4096) // 2
    alert -= _WAKE * _decay_q15(_INERTIA, awake_min) >> 15
    # 10.6 - 0.6 A: 0.6 = 2458 / 4096, and 4 digits less
    return max(256, min(2304, 2714 - (alert * 2458 + (1 << 15) >> 16)))


def _limited(s_q12: int) -> int:
    return max(_LOW, min(_HIGH, s_q12))


class Alertness:
    """Follows nights and days by the minute, as a roster, the wearer or a clock tells them. Allocates nothing.

    Only what somebody told makes `known` True; `napped` says that it goes on from a sleep which was estimated.

    Without a word of when the wearer woke up, two hours before the shift and a usual night are assumed: `known` stays False, and
    who uses it believes it less.
    """

    def __init__(self) -> None:
        self.known = False
        self.napped = False
        self._wake_q12 = RESTED_Q12
        self._woke_min = 0

    def assume(self, t_min: int, awake_min: int = 120) -> None:
        """A shift begins at `t_min` of any clock that counts minutes; nobody said when the wearer woke up."""
        self.known = self.napped = False
        self._wake_q12 = RESTED_Q12
        self._woke_min = t_min - awake_min

    def keep(self, keeping) -> None:
        """To or from flash: an estimated sleep. What was told is in the settings, and may be another after a restart."""
        napped = keeping.number(int(self.napped), 0, 1)
        wake_q12 = keeping.number(self._wake_q12, _LOW, _HIGH)
        woke_min = keeping.number(self._woke_min, -_FAR_MIN, _FAR_MIN)
        if napped:
            self.napped, self._wake_q12, self._woke_min = True, wake_q12, woke_min

    def nap(self, from_min: int, to_min: int) -> bool:
        """A sleep that nobody has told: of hours awake as they are known or assumed. False for one that cannot be."""
        if to_min <= from_min or from_min < self._woke_min:
            return False
        self._wake_q12 = asleep_q12(awake_q12(self._wake_q12, from_min - self._woke_min), to_min - from_min)
        self._woke_min = to_min
        self.napped = True
        return True

    def slept(self, from_min: int, to_min: int) -> bool:
        """A sleep; False for one that cannot be: it ends before it begins, or began before the last waking."""
        if to_min <= from_min or (self.known and from_min < self._woke_min):
            return False
        s_q12 = awake_q12(self._wake_q12, from_min - self._woke_min) if self.known else awake_q12(RESTED_Q12, 960)
        self._wake_q12 = asleep_q12(s_q12, to_min - from_min)
        self._woke_min = to_min
        self.known = True
        return True

    def kss_q8(self, t_min: int, minute_of_day: int) -> int:
        """Now: `t_min` of the clock of the calls before, and the local time of day."""
        return kss_q8(self._wake_q12, t_min - self._woke_min, minute_of_day)
