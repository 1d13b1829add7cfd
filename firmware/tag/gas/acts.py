"""What zero, span and bump test are: their numbers, the gas they need, what a sensor may be out of true.

Concentrations are counts of `tag.events.GASES`.
"""

from micropython import const
from tag.events import CH4, CO, CO2, H2S, NH3, NO, NO2, O2, SO2

# acts and outcomes: names.ACTS, names.OUTCOMES
ZERO = const(1)
SPAN = const(2)
BUMP = const(3)
PASSED = const(1)
FAILED = const(2)
UNSTABLE = const(3)
TIMED_OUT = const(4)
CANCELLED = const(5)

ONE_Q12 = const(4096)
LEAST_GAIN_Q12 = const(1024)
END_GAIN_Q12 = const(8192)  # end of life: half of the nominal signal

# gas -> (clean air, BAND: twice the coarsest resolution of its sensors, ZERO_MOST: half of the customary low alarm), counts.
# Farther from its factory zero than that, a sensor is broken, or somebody zeroes in gas. Alarms: Industrial Scientific's
# defaults; CH4 0.5 %vol.
GASES = {
    CH4: (0, 10, 25),
    CO: (0, 20, 175),
    H2S: (0, 20, 50),
    O2: (2090, 20, 70),
    NO2: (0, 20, 150),
    SO2: (0, 20, 100),
    NH3: (0, 20, 125),
    CO2: (40, 20, 250),
    NO: (0, 20, 125),
}

_LEAST_BANDS = const(10)  # less gas than so many bands drowns in them
_MOST = const(32767)


def refusal(act: int, gas: int, applied: int) -> str:
    """Why this cannot be done with so many counts of gas; the empty text when it can."""
    if act not in (ZERO, SPAN, BUMP) or gas not in GASES:
        return "no such act or gas"
    base, band, _ = GASES[gas]
    if not 0 <= applied <= _MOST:
        return "no concentration"
    if act == ZERO:
        return "" if applied in (0, base) and (applied == 0 or gas != O2) else "a zero needs air without the gas"
    if act == SPAN and gas == O2 and abs(applied - base) <= band:
        return ""
    if applied == 0 and act == SPAN:
        return "a span needs gas"
    if abs(applied - base) < _LEAST_BANDS * band or (applied < base and gas != O2):
        return "too near to clean air"
    return ""


def within(t90_s: int) -> int:
    """Seconds in which a bump test expects its response: twice T90."""
    return max(30, min(120, 2 * t90_s)) if t90_s else 60


def corrected(value: int, zero: int, gain_q12: int) -> int:
    """A reading as the tag shows it."""
    # Bound: |value - zero| < 2^16 and a gain of at most 2^14 stay below 2^30.
    return max(-32768, min(_MOST, ((value - zero) * gain_q12 + ONE_Q12 // 2) // ONE_Q12))
