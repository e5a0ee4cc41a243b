"""Figures of merit of one method on one course, by how many of the learner's answers it had seen."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.sparse import csr_matrix

from bench.day_one.log import Floats, Ints, Log
from metaedu_plugin.training.evaluation.metrics import auc, log_loss

BANDS = {"all": (0, None), "1-5": (0, 5), "6-10": (5, 10), "11-20": (10, 20), "21-50": (20, 50), "51+": (50, None)}
"""Which responses of a learner, by number from 1; the values are how many came before: from, and below."""
WIDTHS = 15
RESAMPLES = 200
_RANKS = 1024


@dataclass(frozen=True)
class Figures:
    """None where a band has one outcome only, or nothing."""

    answers: str
    auc: float | None
    auc_low: float | None
    auc_high: float | None
    log_loss: float | None
    ece: float | None


def figures(query: Log, probability: Floats) -> list[Figures]:
    """The figures of each band of `BANDS`; `probability` is [N]."""
    return [_band(name, query, np.asarray(probability, np.float64)) for name in BANDS]


def in_band(query: Log, name: str) -> Ints:
    """Rows of a band."""
    begin, end = BANDS[name]
    return np.flatnonzero((query.seen >= begin) & (query.seen < (end or np.inf)))


def ece(correct: Floats, probability: Floats) -> float:
    """Expected calibration error (Naeini et al. 2015) over 15 bins of *equal width*."""
    part = np.minimum((probability * WIDTHS).astype(np.int64), WIDTHS - 1)
    gaps = np.bincount(part, weights=probability - correct, minlength=WIDTHS)
    return float(np.abs(gaps).sum() / len(correct))


def auc_interval(correct: Floats, probability: Floats, learner: Ints, *, seed: int = 0) -> tuple[float, float]:
    """95 % percentile interval of the AUC over learners drawn with replacement (cluster bootstrap, Field & Welsh 2007).

    Predictions are sorted once, into at most 1024 ranks of equal mass, and each resample is a row of weights: the
    plugin's exact interval takes some twenty times as long, and there are thousands of cells. NaN below two learners.
    """
    who = np.unique(learner, return_inverse=True)[1]
    learners = int(who.max()) + 1
    if learners < 2:
        return float("nan"), float("nan")
    edges = np.unique(np.quantile(probability, np.linspace(0, 1, _RANKS + 1)[1:-1]))
    rank = np.searchsorted(edges, probability, side="right")
    shape = (len(edges) + 1, learners)
    weights = np.random.default_rng(seed).multinomial(learners, np.full(learners, 1 / learners), RESAMPLES).T
    weights = np.ascontiguousarray(weights, np.float64)
    positive = csr_matrix((correct, (rank, who)), shape) @ weights
    negative = csr_matrix((1 - correct, (rank, who)), shape) @ weights
    below = np.cumsum(negative, axis=0) - negative / 2
    with np.errstate(invalid="ignore", divide="ignore"):
        values = (positive * below).sum(axis=0) / (positive.sum(axis=0) * negative.sum(axis=0))
    values = values[np.isfinite(values)]
    if len(values) < RESAMPLES / 2:
        return float("nan"), float("nan")
    low, high = np.quantile(values, (0.025, 0.975))
    return float(low), float(high)


def _band(name: str, query: Log, probability: Floats) -> Figures:
    at = in_band(query, name)
    correct, told = query.correct[at], probability[at]
    if not 0 < correct.sum() < len(correct):
        return Figures(name, None, None, None, None, None)
    low, high = auc_interval(correct, told, query.learner[at])
    values = (auc(correct, told), low, high, log_loss(correct, told), ece(correct, told))
    return Figures(name, *(round(v, 6) if np.isfinite(v) else None for v in values))
