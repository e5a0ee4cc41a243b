"""Practice gain: how much better learners get while they practise a skill."""

from __future__ import annotations

import math

import numpy as np

from metaedu_plugin.insights.statistics.answers import Flags, Floats, Ints
from metaedu_plugin.insights.statistics.intervals import Estimate, t_quantile

GAIN_AT = 5
"""The gain is told from the first to this opportunity."""
MIN_ITEMS = 3


def practice_gain(learner: Ints, item: Ints, number: Ints, correct: Flags) -> Estimate:
    """By how much the share right grows from the first to the `GAIN_AT`-th opportunity, within learners.

    Who masters a skill stops practising it, so the class's curve bends up at its end although each learner gets
    better. The slope on log opportunity within learners (fixed effects) is free of that. When all take the items
    in one order, a hard item late in it looks like unlearning; so errors are clustered by learner and by item
    (Cameron, Gelbach, Miller 2011; CR2 of Bell, McCaffrey 2002), with as many degrees of freedom as there are items
    that matter (the effective number of clusters): of items in one order the first and the last few do.

    The columns are one skill's opportunities, each [M]. `n` counts learners with two opportunities or more; NaN
    below two such learners or `MIN_ITEMS` items.
    """
    several = np.bincount(learner, minlength=1)[learner] >= 2
    learner, item, number, correct = learner[several], item[several], number[several], correct[several]
    people, kinds = len(np.unique(learner)), len(np.unique(item))
    if people < 2 or kinds < MIN_ITEMS:
        return Estimate(float("nan"), float("nan"), float("nan"), people)
    count = np.maximum(np.bincount(learner), 1)
    x, y = np.log(number), correct.astype(float)
    x = x - (np.bincount(learner, x) / count)[learner]
    y = y - (np.bincount(learner, y) / count)[learner]
    sxx = float(x @ x)
    slope = float(x @ y) / sxx
    score = x * (y - slope * x)
    by_learner, by_item = (_squared_sums(score, group, x * x / sxx) for group in (learner, item))
    meat = max(by_learner + by_item - float(score @ score), by_learner, by_item)
    weight = np.bincount(item, x * x / sxx)
    half = t_quantile(1 / float(weight @ weight)) * math.sqrt(meat) / sxx
    scale = math.log(GAIN_AT)
    return Estimate(slope * scale, (slope - half) * scale, (slope + half) * scale, people)


def _squared_sums(score: Floats, group: Ints, leverage: Floats) -> float:
    sums = np.bincount(group, score) / np.sqrt(np.maximum(1 - np.bincount(group, leverage), 1e-6))
    return float(sums @ sums)
