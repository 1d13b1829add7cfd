"""Designs the integer sections of lib/dsp/weighting.py for the weightings Wk and Wd of ISO 2631-1, from their poles.

    python -m davy.design.vibration k --rate 100

prints them as source text. Of the analogue filter (parameters of ISO 8041) the poles become z = exp(s / rate); the high-pass at
0.4 Hz keeps its two zeros at 0 Hz; the other zeros are chosen so that the magnitude fits from 0.4 Hz up to 0.47 of the rate, or
88 Hz. The bilinear transform, which is usual, would fall short of it near half the rate. The low-pass at 100 Hz, beyond the tag's
rates, is in the fit. Refused: more than 5 % of error up to 0.4 of the rate or 80 Hz, with the rounded coefficients.
"""

import argparse
import sys
from collections.abc import Sequence
from typing import Any

from davy.errors import DavyError

try:
    import numpy as np
    import scipy.optimize
except ImportError as error:  # an installed davy does without: only developers design filters
    raise DavyError("filter design needs SciPy: install davy with its extra [dev]") from error

optimize: Any = scipy.optimize
Array = Any
Section = tuple[int, ...]

LOW_HZ, HIGH_HZ = 0.4, 100.0  # band limits, Q = 1 / sqrt(2)
# f3, f4, Q4 and, of the upward step, f5, Q5, f6, Q6
PARAMETERS = {"k": (12.5, 12.5, 0.63, 2.37, 0.91, 3.35, 0.91), "d": (2.0, 2.0, 0.63)}
MOST_ERROR = 0.05
_BITS = 14


def analogue(kind: str, freq_hz: Array) -> Array:
    """Magnitude of the weighting."""
    s = 2j * np.pi * np.asarray(freq_hz, dtype=float)
    low, high, root = 2 * np.pi * LOW_HZ, 2 * np.pi * HIGH_HZ, np.sqrt(2)
    found = s**2 / (s**2 + root * low * s + low**2) * high**2 / (s**2 + root * high * s + high**2)
    f3, f4, q4, *step = PARAMETERS[kind]
    w3, w4 = 2 * np.pi * f3, 2 * np.pi * f4
    found = found * (1 + s / w3) / (1 + s / (q4 * w4) + (s / w4) ** 2)
    if step:
        (f5, q5, f6, q6) = step
        w5, w6 = 2 * np.pi * f5, 2 * np.pi * f6
        found = found * (1 + s / (q5 * w5) + (s / w5) ** 2) / (1 + s / (q6 * w6) + (s / w6) ** 2) * (f5 / f6) ** 2
    return np.abs(found)


def design(kind: str, rate_hz: int) -> tuple[Section, ...]:
    """Sections for a rate of 25 .. 400 Hz; `DavyError` says why there are none."""
    if kind not in PARAMETERS or not 25 <= rate_hz <= 400:
        raise DavyError(f"weighting {kind} at {rate_hz} Hz: there are k and d, at 25 to 400 Hz")
    _, f4, q4, *step = PARAMETERS[kind]
    pairs = [(LOW_HZ, 0.5**0.5), (f4, q4)]
    if step:
        pairs.append((step[2], step[3]))
    denominators = [_poles(hertz, q, rate_hz) for hertz, q in pairs]
    numerators = _fitted(kind, rate_hz, denominators)
    sections = tuple(_section(b, a) for b, a in zip(numerators, denominators, strict=True))
    freq_hz = np.geomspace(0.5, min(80.0, 0.4 * rate_hz), 200)
    error = np.abs(magnitude(sections, freq_hz, rate_hz) / analogue(kind, freq_hz) - 1).max()
    if error > MOST_ERROR:
        raise DavyError(f"weighting {kind} at {rate_hz} Hz: errs by {100 * error:.1f} %")
    return sections


def magnitude(sections: Sequence[Section], freq_hz: Array, rate_hz: int) -> Array:
    """Of the integer sections."""
    z = np.exp(-2j * np.pi * np.asarray(freq_hz) / rate_hz)
    delta = z / (1 - z)
    found = np.ones_like(z)
    for section in sections:
        b0, b1, b2, a1, a2 = (section[i] / 2.0 ** section[i + 1] for i in range(0, 10, 2))
        found = found * (b0 + b1 * delta + b2 * delta**2) / (1 + a1 * delta + a2 * delta**2)
    return np.abs(found)


def _poles(freq_hz: float, q: float, rate_hz: int) -> Array:
    w = 2 * np.pi * freq_hz
    return np.real(np.poly(np.exp(np.roots([1, w / q, w * w]) / rate_hz)))


def _fitted(kind: str, rate_hz: int, denominators: Sequence[Array]) -> list[Array]:
    freq_hz = np.geomspace(LOW_HZ, min(88.0, 0.47 * rate_hz), 300)
    z = np.exp(-2j * np.pi * freq_hz / rate_hz)
    base = np.abs((1 - z) ** 2)
    for a in denominators:
        base = base / np.abs(a[0] + a[1] * z + a[2] * z * z)
    target = np.log(analogue(kind, freq_hz))

    def error(x: Array) -> Array:
        found = base
        for b in x.reshape(-1, 3):
            found = found * np.abs(b[0] + b[1] * z + b[2] * z * z)
        return np.log(found + 1e-12) - target

    first = [denominators[1].sum(), 0.0, 0.0] + ([1.0, -1.8, 0.85] if len(denominators) > 2 else [])
    best = None
    for seed in range(8):
        start = np.array(first) + 0.03 * seed * np.random.default_rng(seed).normal(size=len(first))
        found = optimize.least_squares(error, start)
        if best is None or found.cost < best.cost:
            best = found
    assert best is not None
    numerators = best.x.reshape(-1, 3)
    if len(numerators) == 2:  # the same gain in both, so that nothing between them is larger than it must be
        share = abs(numerators[1].sum() / denominators[2].sum())
        numerators = np.array([numerators[0] * share, numerators[1] / share])
    return [np.array([1.0, -2.0, 1.0]), *numerators]


def _section(b: Array, a: Array) -> Section:
    """(m, shift) of beta0, beta1, beta2, alpha1, alpha2, each m / 2^shift, |m| < 2^14, shift >= 13."""
    deltas = (b[0], 2 * b[0] + b[1], b.sum(), 2 + a[1], a.sum())
    found: list[int] = []
    for value in deltas:
        shift = _BITS - 1
        while shift < 28 and abs(value) * 2 ** (shift + 1) < (1 << _BITS) - 1:
            shift += 1
        m = round(value * 2**shift)
        if abs(m) >= 1 << _BITS:
            raise DavyError(f"a coefficient of {value:.3f} does not fit")
        found += [m, shift if m else _BITS - 1]
    return tuple(found)


def main() -> None:
    """Print a weighting."""
    parser = argparse.ArgumentParser(prog="python -m davy.design.vibration")
    parser.add_argument("kind", choices=sorted(PARAMETERS))
    parser.add_argument("--rate", type=int, required=True, metavar="HZ")
    chosen = parser.parse_args()
    try:
        sections = design(chosen.kind, chosen.rate)
    except DavyError as error:
        sys.exit(f"davy: {error}")
    print("(\n" + "".join(f"    {section},\n" for section in sections) + ")")


if __name__ == "__main__":
    main()
