"""Whether those who know more answer an item right more often."""

from __future__ import annotations

import numpy as np

from metaedu_plugin.insights.statistics.answers import Answers, Floats, Ints

MIN_REST_ITEMS = 3
"""Other items that a learner must have answered, for their rest score to mean anything."""


def item_rest_correlation(answers: Answers) -> tuple[Floats, Ints]:
    """Corrected item-rest point-biserial correlation on first attempts: r [I] (NaN unknown) and learners used [I].

    The rest score is the learner's mean, over the *other* items they answered, of the response minus the item's
    success. With complete data that is the classical corrected item-total correlation (Henrysson 1963); where
    learners answered different items, it does not punish those who met the harder ones.
    """
    size = len(answers.items)
    first = answers.first
    item, learner = answers.item[first], answers.learner[first]
    x = answers.correct[first].astype(float)
    success = np.bincount(item, x, size) / np.maximum(np.bincount(item, minlength=size), 1)
    residual = x - success[item]
    rest_items = np.bincount(learner, minlength=len(answers.learners))[learner] - 1
    rest_sum = np.bincount(learner, residual, len(answers.learners))[learner] - residual

    used = rest_items >= MIN_REST_ITEMS
    item, x, rest = item[used], x[used], rest_sum[used] / np.maximum(rest_items[used], 1)
    n = np.bincount(item, minlength=size)
    safe = np.maximum(n, 1)
    dx = x - (np.bincount(item, x, size) / safe)[item]
    dy = rest - (np.bincount(item, rest, size) / safe)[item]
    sxx, syy, sxy = (np.bincount(item, w, size) for w in (dx * dx, dy * dy, dx * dy))
    spread = np.sqrt(sxx * syy)
    flat = (sxx < 1e-9) | (syy < 1e-9) | (n < 4)
    return np.where(flat, np.nan, sxy / np.where(flat, 1.0, spread)), n.astype(np.int64)
