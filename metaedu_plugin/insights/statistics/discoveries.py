"""Which of many tests have found something."""

from __future__ import annotations

from statistics import NormalDist

import numpy as np
from numpy.typing import ArrayLike

from metaedu_plugin.insights.statistics.answers import Flags, Floats

FALSE_SHARE = 0.05
"""Share of false ones among what is found, in the long run."""


def discoveries(p: ArrayLike, share: float = FALSE_SHARE) -> Flags:
    """Which of the tests are found true, so that of these no more than `share` are false (Benjamini, Hochberg 1995)."""
    values = np.nan_to_num(np.asarray(p, float), nan=1.0)
    order = np.argsort(values)
    passed = np.flatnonzero(values[order] <= share * np.arange(1, len(values) + 1) / max(len(values), 1))
    found = np.zeros(len(values), bool)
    found[order[: passed[-1] + 1 if len(passed) else 0]] = True
    return found


def upper_tail(z: ArrayLike) -> Floats:
    """P(Z > z) of a standard normal Z; 1 where z is NaN."""
    normal = NormalDist()
    return np.array([1.0 if np.isnan(one) else normal.cdf(-one) for one in np.atleast_1d(np.asarray(z, float))])
