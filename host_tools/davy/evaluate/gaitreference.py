"""Steps counted by SciPy, offline, with the whole trial before it: nothing of the tag's method is in it.

|a| at 50 Hz, zero-phase Butterworth band-pass of 0.7 .. 4 Hz, `find_peaks`:

    peaks     no nearer than 0.6 of the strongest period that Welch's spectrum of the trial has in 0.8 .. 3.5 Hz, prominent and
              high by 0.3 of the standard deviation: the top of a dip between two steps is none
    nearest   no nearer than 0.25 s, prominent and high by half of it: knows nothing of the rhythm, and counts a slow walker's
              heel and toe, or a thigh's two swings, as two

Where the two differ by more than a few per cent, nobody who was not there knows how many steps there were.
"""

from dataclasses import dataclass
from typing import Any

from davy.errors import DavyError

try:
    import numpy as np
    import scipy.signal
except ImportError as error:  # an installed davy does without: only developers judge the gait
    raise DavyError("gait is judged by SciPy: install davy with its extra [dev]") from error

signal: Any = scipy.signal
RATE_HZ = 50
LEAST_S = 4.0


@dataclass(frozen=True)
class Counted:
    """Of a trial."""

    peaks: int
    nearest: int
    cadence: float  # steps a minute, of the strongest period


def count(mg: Any, period_s: float) -> Counted | None:
    """Of x0, y0, z0, x1 ... in milli-g every `period_s`; None of less than four seconds."""
    norm = np.linalg.norm(np.asarray(mg, dtype=float).reshape(-1, 3), axis=1)
    n = int(len(norm) * period_s * RATE_HZ)
    if n < LEAST_S * RATE_HZ:
        return None
    # Means over each new period, as a chip's own filter does; between samples straight lines.
    edges = np.arange(n + 1) / RATE_HZ / period_s
    whole = np.concatenate(([0.0], np.cumsum(norm)))
    norm = np.diff(np.interp(edges, np.arange(len(whole)), whole)) * RATE_HZ * period_s
    band = signal.butter(3, [0.7, 4.0], "bandpass", fs=RATE_HZ, output="sos")
    swing = signal.sosfiltfilt(band, norm - norm.mean())
    sigma = float(swing.std())
    if sigma < 1.0:  # mg: nothing but the last digit
        return Counted(0, 0, 0.0)
    freq_hz, power = signal.welch(swing, RATE_HZ, nperseg=min(1024, n), nfft=8192)
    inside = (freq_hz > 0.8) & (freq_hz < 3.5)
    strongest_hz = float(freq_hz[inside][power[inside].argmax()])
    least = 0.3 * sigma
    peaks = signal.find_peaks(swing, distance=0.6 * RATE_HZ / strongest_hz, height=least, prominence=least)[0]
    nearest = signal.find_peaks(swing, distance=RATE_HZ // 4, height=sigma / 2, prominence=sigma / 2)[0]
    return Counted(len(peaks), len(nearest), 60 * strongest_hz)
