"""Intervals that treat a learner, not a response, as the unit: one learner's responses are alike."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

_CELLS = 4_000_000
"""Numbers held at a time: replicates are worked through in blocks of about 32 MB."""


def auc_interval(
    *, correct: Floats, probability: Floats, cluster: Ints, replicates: int = 200, level: float = 0.95, seed: int = 0
) -> tuple[float, float]:
    """Percentile interval of the AUC over learners drawn with replacement (cluster bootstrap, Field & Welsh 2007).

    `correct`, `probability` and `cluster` (any number per learner) have shape [N]. NaN twice where it cannot be told.
    """
    if len(correct) == 0 or correct.min() == correct.max():
        return float("nan"), float("nan")
    _, cluster = np.unique(cluster, return_inverse=True)
    clusters = int(cluster.max()) + 1
    if clusters < 2:
        return float("nan"), float("nan")
    order = np.argsort(probability, kind="stable")
    value, wrong = probability[order], 1.0 - correct[order]
    cluster, right = cluster[order], correct[order]
    ties = np.flatnonzero(np.r_[True, value[1:] != value[:-1]])
    rng = np.random.default_rng(seed)
    weights = rng.multinomial(clusters, np.full(clusters, 1 / clusters), size=replicates).astype(np.float64)
    block = max(1, _CELLS // len(value))
    values = np.concatenate(
        [_weighted_auc(weights[i : i + block][:, cluster], right, wrong, ties) for i in range(0, replicates, block)]
    )
    values = values[np.isfinite(values)]
    if len(values) < replicates / 2:
        return float("nan"), float("nan")
    low, high = np.quantile(values, [(1 - level) / 2, (1 + level) / 2])
    return float(low), float(high)


def _weighted_auc(weights: Floats, right: Floats, wrong: Floats, ties: Ints) -> Floats:
    """AUC of each row of `weights` [R, N]; `right` and `wrong` are sorted by prediction, `ties` starts its runs."""
    positive = np.add.reduceat(weights * right, ties, axis=1)
    negative = np.add.reduceat(weights * wrong, ties, axis=1)
    below = np.cumsum(negative, axis=1) - negative
    pairs = positive.sum(axis=1) * negative.sum(axis=1)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray((positive * (below + negative / 2)).sum(axis=1) / pairs)
