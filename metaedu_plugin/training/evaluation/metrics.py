"""Figures of merit of predicted probabilities."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

EDGE = 1e-6
"""Probabilities are kept this far from 0 and 1, so that one sure mistake does not make the log loss infinite."""
BINS = 15


def auc(correct: Floats, probability: Floats) -> float:
    """Area under the ROC curve, ties counted half; NaN where only one outcome occurs."""
    from sklearn.metrics import roc_auc_score  # noqa: PLC0415 - heavy, and not needed to import the command line

    if len(correct) == 0 or correct.min() == correct.max():
        return float("nan")
    return float(roc_auc_score(correct, probability))


def losses(correct: Floats, probability: Floats) -> Floats:
    """Log loss of each prediction, in nats."""
    p = np.clip(probability, EDGE, 1 - EDGE)
    return np.asarray(-(correct * np.log(p) + (1 - correct) * np.log1p(-p)))


def log_loss(correct: Floats, probability: Floats) -> float:
    """Mean log loss in nats; NaN for nothing."""
    return float(losses(correct, probability).mean()) if len(correct) else float("nan")


def accuracy(correct: Floats, probability: Floats) -> float:
    """Share of responses on the right side of one half."""
    return float(((probability >= 0.5) == (correct > 0.5)).mean()) if len(correct) else float("nan")


def ece(correct: Floats, probability: Floats, bins: int = BINS) -> float:
    """Expected calibration error over bins of *equal mass* (Nguyen & O'Connor 2015).

    Equal mass rather than equal width: predictions crowd in the middle, and a nearly empty bin is only noise.
    """
    if len(correct) == 0:
        return float("nan")
    edges = np.unique(np.quantile(probability, np.linspace(0, 1, bins + 1)))[1:-1]
    part = np.searchsorted(edges, probability, side="right")
    gaps = np.abs(np.bincount(part, weights=probability) - np.bincount(part, weights=correct))
    return float(gaps.sum() / len(correct))
