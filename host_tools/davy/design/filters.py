"""Designs the integer coefficients of lib/dsp/biquad.py with SciPy, or says why a filter cannot be had.

    python -m davy.design.filters low 5 --rate 100 --order 4
    python -m davy.design.filters band 0.8 3.5 --rate 50 --order 2 --family bessel

prints the sections as source text. Even orders only (a band-pass of order n has n sections). What is checked, with the rounded
coefficients, for input within +-18900 mg:

    accuracy    the error against SciPy's filter in double precision: <= 1 mg rms for any sine, <= 3 mg peak for any input,
                with 4 times the rms of all rounding in it
    no wrap     every intermediate below 2^30, for any int16 input; between sections nothing leaves int16, at the end it is limited
    silence     the response to all rounding stays below half a mg, so that the output ends at exactly 0
"""

import argparse
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from davy.errors import DavyError

try:
    import numpy as np
    import scipy.signal
except ImportError as error:  # an installed davy does without: only developers design filters
    raise DavyError("filter design needs SciPy: install davy with its extra [dev]") from error

signal: Any = scipy.signal  # what its functions return depends on their arguments, more finely than types can say

LIMIT_MG = 18900
INT16 = 32768
# As in lib/dsp/biquad.py: digits of y and d below one mg, digits of a product's lower half, the largest |y|.
UNIT = 11
SPLIT = 12
RANGE_MG = 65536
RMS_MG = 1.0
PEAK_MG = 3.0
ZEROS = {"low": (2, 1), "high": (-2, 1), "band": (0, -1)}

Section = tuple[int, int, int, int, int, int, int, int]


@dataclass(frozen=True)
class Design:
    """A filter that passed, and how near it comes to SciPy's; mg for +-18900 mg of input."""

    sections: tuple[Section, ...]
    sos: Any  # SciPy's, in double precision
    rms_mg: float
    peak_mg: float


def design(kind: str, cut_hz: Sequence[float], rate_hz: float, order: int = 2, family: str = "butter") -> Design:
    """The sections of a `low`, `high` or `band` pass; raises `DavyError` with the reason when one bound cannot be held."""
    if kind not in ZEROS or family not in ("butter", "bessel"):
        raise DavyError("filter: low, high or band; butter or bessel")
    if len(cut_hz) != (2 if kind == "band" else 1) or list(cut_hz) != sorted(set(cut_hz)):
        raise DavyError(f"filter: a {kind}-pass has {'two rising cut-offs' if kind == 'band' else 'one cut-off'}")
    if not 0 < cut_hz[0] <= cut_hz[-1] < rate_hz / 2:
        raise DavyError("filter: a cut-off lies between 0 and half the rate")
    if order < 1 or (kind != "band" and order % 2):
        raise DavyError("filter: the order is even, or the number of sections of a band-pass")
    sos = _sections(kind, cut_hz, rate_hz, order, family)
    sections = tuple(_quantised(kind, row) for row in sos)
    rms_mg, peak_mg = _judge(sections, sos)
    return Design(sections, sos, rms_mg, peak_mg)


def _sections(kind: str, cut_hz: Sequence[float], rate_hz: float, order: int, family: str) -> Any:
    """SciPy's filter cut into sections of one kind of zeros each, the least resonant first."""
    make = {"butter": signal.butter, "bessel": signal.bessel}[family]
    extra = {"norm": "mag"} if family == "bessel" else {}
    name = {"low": "lowpass", "high": "highpass", "band": "bandpass"}[kind]
    cut = cut_hz if kind == "band" else cut_hz[0]
    _, poles, gain = make(order, cut, btype=name, fs=rate_hz, output="zpk", **extra)
    real = sorted(p.real for p in poles if abs(p.imag) < 1e-12)
    pairs = [(p, p.conjugate()) for p in poles if p.imag >= 1e-12] + list(zip(real[::2], real[1::2], strict=True))
    pairs.sort(key=lambda pair: abs(pair[0]))
    k1, k2 = ZEROS[kind]
    rows = []
    for first, second in pairs:
        a = np.array([1.0, -(first + second).real, (first * second).real])
        b = np.array([1.0, k1, k2])
        rows.append(np.concatenate([b / _height(b, a), a]))
    out = np.array(rows)
    # What is left of the whole filter's gain goes into all alike; then down where a section could leave int16, and up again.
    out[:, :3] *= (gain / np.prod(out[:, 0])) ** (1 / len(out))
    if kind != "low":
        for i in range(len(out) - 1):
            pulse = np.eye(1, 20000)[0]
            while abs(signal.sosfilt(out[: i + 1], pulse)).sum() * LIMIT_MG > INT16 - 1:
                out[i, :3] /= 2
                out[i + 1, :3] *= 2
    return out


def _height(b: Any, a: Any) -> float:
    """The largest gain at any frequency, of low and high passes the one at their end of the band."""
    w = np.concatenate([np.linspace(0, np.pi, 1001), np.geomspace(1e-4, np.pi, 4001)])
    gains = np.abs(signal.freqz(b, a, w)[1])
    if b[2] < 0:
        return float(gains.max())
    return float(abs(b.sum() / a.sum()) if b[1] > 0 else abs((b[0] - b[1] + b[2]) / (a[0] - a[1] + a[2])))


def _room(row: Any) -> tuple[float, float, float]:
    """The largest |y|, |d| and |v| in mg for any int16 input; y is limited to RANGE_MG."""
    b, a = row[:3], row[3:]
    y = _sum_abs(b, a)
    d = _sum_abs(np.convolve(b, [1, -1]), a)
    low = b[1] > 0
    v = y
    if low:
        # u[n] - y[n-1] = (1/4)(1, 2, 1) (A - e/z) / A
        v = _sum_abs(np.convolve([0.25, 0.5, 0.25], a - np.array([0, a.sum(), 0])), a)
    if y * INT16 > RANGE_MG:
        return RANGE_MG, 2 * RANGE_MG, RANGE_MG + (INT16 if low else 0)
    return y * INT16, d * INT16, v * INT16


def _quantised(kind: str, row: Any) -> Section:
    b0, _, _, _, a1, a2 = row
    _, d, v = _room(row)
    w = INT16 * (4 if kind != "band" else 2)
    g, g_shift = (0, 0) if kind == "low" else _mantissa(4 * b0, UNIT, w / 4)
    scale = 2.0 ** (UNIT - SPLIT)
    e, e_shift = _mantissa(1 + a1 + a2, SPLIT, v * scale)
    c, c_shift = _mantissa(1 - a2, SPLIT, d * scale)
    k1, k2 = ZEROS[kind]
    return k1, k2, g, g_shift, e, e_shift, c, c_shift


def _mantissa(value: float, digits: int, factor: float) -> tuple[int, int]:
    """`value` as (m, shift): m / 2^(shift + digits), m as large as a product with `factor` allows."""
    largest = min(int((2**30 - 2**18) / (factor + 4)), 2**17)
    shift = 0
    while value * 2 ** (shift + 1 + digits) <= largest and shift < 18:
        shift += 1
    m = round(value * 2 ** (shift + digits))
    if not 2**10 <= m <= largest:
        raise DavyError(f"filter: a coefficient of {value:.3g} cannot be had: the cut-off is too low or too high")
    return m, shift


def rounded(section: Section) -> Any:
    """b and a of what the integers are, as a row of SciPy's `sos`."""
    k1, k2, g, g_shift, e, e_shift, c, c_shift = section
    e_value = e / 2.0 ** (e_shift + SPLIT)
    c_value = c / 2.0 ** (c_shift + SPLIT)
    gain = (g / 2.0 ** (g_shift + UNIT) if g else e_value) / 4
    a2 = 1 - c_value
    return np.array([gain, gain * k1, gain * k2, 1.0, e_value - 1 - a2, a2])


def _impulse(b: Any, a: Any) -> Any:
    slowest = abs(np.roots(a)).max() if len(a) > 1 else 0.0
    if slowest >= 1:
        raise DavyError("filter: not stable once rounded")
    n = int(min(25 / -np.log(max(slowest, 1e-3)), 4e5)) + 10
    return signal.lfilter(b, a, np.eye(1, n)[0])


def _sum_abs(b: Any, a: Any) -> float:
    """The largest output that input within +-1 can cause."""
    return float(abs(_impulse(b, a)).sum())


def _judge(sections: Sequence[Section], sos: Any) -> tuple[float, float]:
    """The worst error against SciPy in mg, rms of a sine and peak of anything; raises when a bound is broken."""
    rows = np.array([rounded(section) for section in sections])
    pulse = np.eye(1, max(len(_impulse([1], row[3:])) for row in rows) * len(rows))[0]
    squares = 0.0
    for i, (section, row) in enumerate(zip(sections, rows, strict=True)):
        most = float(abs(signal.sosfilt(rows[: i + 1], pulse)).sum()) * LIMIT_MG
        if most > (RANGE_MG if i == len(rows) - 1 else INT16 - 1):
            raise DavyError(f"filter: {LIMIT_MG} mg may reach {most:.0f} mg after section {i}")
        step = _sum_abs([1], row[3:]) / 2**UNIT
        if 1.5 * step >= 0.5:
            raise DavyError(f"filter: rounding may hum at {1.5 * step:.2f} mg: the cut-off is too low for the rate")
        # Rounding to int16 and the rounding inside pass through the sections that follow.
        rest = signal.sosfilt(rows[i + 1 :], pulse) if i + 1 < len(rows) else np.ones(1)
        inside = signal.lfilter([1], row[3:], rest if len(rest) > 1 else pulse) / 2**UNIT
        squares += (rest**2).sum() / 12 + (inside**2).sum() / 4
        _below_2_to_30(section)
    w = np.concatenate([np.linspace(0, np.pi, 4001), np.geomspace(1e-4, np.pi, 4001)])
    wrong = np.abs(signal.sosfreqz(rows, w)[1] - signal.sosfreqz(sos, w)[1]).max() * LIMIT_MG
    rms_mg = float((squares + wrong**2 / 2) ** 0.5)
    # The last rounding is at most half a mg; all others together are noise.
    peak_mg = float(
        0.5
        + 4 * (squares - 1 / 12) ** 0.5
        + abs(signal.sosfilt(rows, pulse) - signal.sosfilt(sos, pulse)).sum() * LIMIT_MG
    )
    if rms_mg > RMS_MG or peak_mg > PEAK_MG:
        raise DavyError(
            f"filter: may be {rms_mg:.2f} mg rms, {peak_mg:.2f} mg peak from SciPy's: choose other cut-offs"
        )
    return rms_mg, peak_mg


def _below_2_to_30(section: Section) -> None:
    k1, _, g, g_shift, e, e_shift, c, c_shift = section
    _, d, v = _room(rounded(section))
    units = 2.0**UNIT
    damped = d * max(abs(1 - c / 2.0 ** (c_shift + SPLIT)), 1) * units
    driven = (INT16 * (1 if k1 else 0.5) * g / 2.0**g_shift) + v * e / 2.0 ** (e_shift + SPLIT) * units
    if damped + driven + 4 >= 2**30:
        raise DavyError("filter: an intermediate may reach 2^30: the cut-off is too near half the rate")


def source(found: Design) -> str:
    """The sections as they stand in a device file."""
    return "(\n" + "".join(f"    {section},\n" for section in found.sections) + ")"


def main(arguments: Sequence[str] | None = None) -> None:
    """See the head of this file."""
    parser = argparse.ArgumentParser(prog="davy.design.filters", description="Coefficients for lib/dsp/biquad.py.")
    parser.add_argument("kind", choices=tuple(ZEROS))
    parser.add_argument("cut_hz", type=float, nargs="+")
    parser.add_argument("--rate", type=float, required=True, help="samples a second")
    parser.add_argument("--order", type=int, default=2)
    parser.add_argument("--family", choices=("butter", "bessel"), default="butter")
    given = parser.parse_args(arguments)
    try:
        found = design(given.kind, given.cut_hz, given.rate, given.order, given.family)
    except DavyError as error:
        sys.exit(error.message)
    print(f"# at most {found.rms_mg:.2f} mg rms, {found.peak_mg:.2f} mg peak from SciPy's, for +-{LIMIT_MG} mg")
    print(source(found))


if __name__ == "__main__":
    main()
