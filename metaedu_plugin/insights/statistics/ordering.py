"""How well predictions order answers: the area under the ROC curve, with an interval that knows of learners."""

from __future__ import annotations

import math

import numpy as np

from metaedu_plugin.insights.statistics.answers import Floats
from metaedu_plugin.insights.statistics.calibration import Forecasts
from metaedu_plugin.insights.statistics.intervals import Z95, Estimate


def area(told: Forecasts) -> Estimate:
    """Of two answers, one right and one wrong, how often the right one had the higher prediction (ties: half).

    With its 95 % interval for answers that go together within learners (Obuchowski 1997), on the logit scale so that it
    stays within 0 and 1; NaN where all are right or all wrong. n counts answers.
    """
    right = told.right > 0.5
    ups, downs = int(right.sum()), int((~right).sum())
    if not ups or not downs:
        return Estimate(float("nan"), float("nan"), float("nan"), len(told))
    below = _below(told.expected[right], told.expected[~right])
    above = 1 - _below(told.expected[~right], told.expected[right])
    value = float(below.mean())
    people = int(told.learner.max()) + 1
    part = np.bincount(told.learner[right], (below - value) / ups, people)
    part += np.bincount(told.learner[~right], (above - value) / downs, people)
    seen = max(told.learners, 2)
    error = math.sqrt(seen / (seen - 1) * float(part @ part))
    if not 0 < value < 1:
        return Estimate(value, value, value, len(told))
    half = Z95 * error / (value * (1 - value))
    logit = math.log(value / (1 - value))
    low, high = (1 / (1 + math.exp(-(logit + sign * half))) for sign in (-1, 1))
    return Estimate(value, low, high, len(told))


def _below(values: Floats, others: Floats) -> Floats:
    """Share of the others that each value lies above; those that are equal count half."""
    ordered = np.sort(others)
    lower = np.searchsorted(ordered, values, side="left")
    upper = np.searchsorted(ordered, values, side="right")
    share: Floats = (lower + upper) / (2 * len(others))
    return share
