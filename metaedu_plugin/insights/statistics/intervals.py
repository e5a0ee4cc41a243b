"""Intervals for shares and correlations."""

from __future__ import annotations

import math
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np
from numpy.typing import ArrayLike

from metaedu_plugin.insights.statistics.answers import Floats

Z95 = NormalDist().inv_cdf(0.975)


@dataclass(frozen=True)
class Estimate:
    """A figure with its interval and the number of observations behind it. NaN where it cannot be told."""

    value: float
    low: float
    high: float
    n: int

    @property
    def known(self) -> bool:
        """Whether there is a figure at all."""
        return not math.isnan(self.value)


def wilson(successes: ArrayLike, totals: ArrayLike, z: float = Z95) -> tuple[Floats, Floats]:
    """Wilson's score interval of a share (Wilson 1927); (0, 1) where there are no observations."""
    s, n = np.asarray(successes, float), np.asarray(totals, float)
    safe = np.maximum(n, 1.0)
    p = s / safe
    centre = (p + z * z / (2 * safe)) / (1 + z * z / safe)
    half = z * np.sqrt(p * (1 - p) / safe + z * z / (4 * safe * safe)) / (1 + z * z / safe)
    low = np.where(n > 0, np.clip(centre - half, 0.0, 1.0), 0.0)
    high = np.where(n > 0, np.clip(centre + half, 0.0, 1.0), 1.0)
    return low, high


def share(successes: float, total: float) -> Estimate:
    """One share with its 95 % interval."""
    low, high = wilson(successes, total)
    value = float(successes / total) if total else float("nan")
    return Estimate(value=value, low=float(low), high=float(high), n=int(total))


def fisher(r: ArrayLike, n: ArrayLike, z: float = Z95) -> tuple[Floats, Floats]:
    """Interval of a correlation by Fisher's z transformation (Fisher 1921); NaN below four observations."""
    r_, n_ = np.clip(np.asarray(r, float), -1 + 1e-12, 1 - 1e-12), np.asarray(n, float)
    half = z / np.sqrt(np.where(n_ > 3, n_ - 3, np.nan))
    return np.tanh(np.arctanh(r_) - half), np.tanh(np.arctanh(r_) + half)


def normal_cdf(x: float) -> float:
    """P(Z <= x) of a standard normal Z."""
    return 0.5 * (1 + math.erf(x / math.sqrt(2)))


def family_z(comparisons: int, error: float = 0.05) -> float:
    """One-sided normal quantile that keeps the error over so many comparisons together (Bonferroni), 1.96 at least."""
    return max(Z95, NormalDist().inv_cdf(1 - error / max(comparisons, 1)))


def t_quantile(z: float, df: int) -> float:
    """Student's t quantile from the normal one (Abramowitz, Stegun 26.7.5), within 1 % from three degrees on."""
    terms = (
        (z**3 + z) / 4,
        (5 * z**5 + 16 * z**3 + 3 * z) / 96,
        (3 * z**7 + 19 * z**5 + 17 * z**3 - 15 * z) / 384,
        (79 * z**9 + 776 * z**7 + 1482 * z**5 - 1920 * z**3 - 945 * z) / 92160,
    )
    return z + sum(term / df**power for power, term in enumerate(terms, start=1))
