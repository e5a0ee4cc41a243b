"""Learning curves: whether errors become fewer with practice."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from metaedu_plugin.insights.statistics.answers import Flags, Ints
from metaedu_plugin.insights.statistics.intervals import Estimate, t_quantile, wilson

MIN_LEARNERS_AT_POINT = 5
"""Points of fewer learners are not drawn: they are the few who needed the most practice."""
MAX_OPPORTUNITIES = 20


@dataclass(frozen=True)
class CurvePoint:
    """Error rate at one opportunity, with its 95 % interval."""

    opportunity: int
    learners: int
    error: float
    low: float
    high: float
    fitted: float | None
    """Of the power law; none where it could not be fitted."""


@dataclass(frozen=True)
class Curve:
    """Error rate against opportunity number."""

    points: tuple[CurvePoint, ...]
    start: float
    """Fitted error rate at the first opportunity."""
    rate: Estimate
    """Exponent of the power law: error = start * opportunity ** -rate. Above 0 is learning."""


def learning_curve(number: Ints, correct: Flags) -> Curve:
    """Curve of one skill from its opportunities ([M] numbers and outcomes).

    The power law of practice (Newell, Rosenbloom 1981) by weighted least squares on the log scale; the weights
    are the inverse variances of the log error rates (delta method). Where the points scatter more than that, because
    items differ, the interval of the rate is widened accordingly.
    """
    keep = number <= MAX_OPPORTUNITIES
    n = np.bincount(number[keep], minlength=2)[1:]
    wrong = np.bincount(number[keep], ~correct[keep], len(n) + 1)[1:]
    shown = n >= MIN_LEARNERS_AT_POINT
    at = np.flatnonzero(shown) + 1
    n, wrong = n[shown], wrong[shown]
    low, high = wilson(wrong, n)
    start, rate = _fit(at, wrong, n)
    points = tuple(
        CurvePoint(
            opportunity=int(at[i]),
            learners=int(n[i]),
            error=float(wrong[i] / n[i]),
            low=float(low[i]),
            high=float(high[i]),
            fitted=min(1.0, start * float(at[i]) ** -rate.value) if rate.known else None,
        )
        for i in range(len(at))
    )
    return Curve(points=points, start=start, rate=rate)


def _fit(at: np.ndarray, wrong: np.ndarray, n: np.ndarray) -> tuple[float, Estimate]:
    nan = float("nan")
    if len(at) < 3:
        return nan, Estimate(nan, nan, nan, int(n.sum()))
    p = (wrong + 0.5) / (n + 1.0)
    weight = n * p / (1 - p)
    x, y = np.log(at), np.log(p)
    mx, my = np.average(x, weights=weight), np.average(y, weights=weight)
    sxx = float((weight * (x - mx) ** 2).sum())
    slope = float((weight * (x - mx) * (y - my)).sum()) / sxx
    residual = y - my - slope * (x - mx)
    scatter = max(1.0, float((weight * residual**2).sum()) / (len(at) - 2))
    half = t_quantile(len(at) - 2) * math.sqrt(scatter / sxx)
    start = min(1.0, math.exp(my - slope * mx))
    return start, Estimate(-slope, -slope - half, -slope + half, int(n.sum()))
