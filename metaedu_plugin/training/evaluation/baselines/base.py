"""The protocol of a baseline, and what several of them share."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import numpy as np

from metaedu_plugin.training.evaluation.rows import Floats, Rows


class Baseline(Protocol):
    """Trained on the training learners of some courses, asked about other learners."""

    def fit(self, courses: Sequence[Rows]) -> None:
        """Learn from the training learners, one `Rows` per course."""

    def predict(self, rows: Rows, known: Rows | None) -> Floats:
        """Probability [N] of each row, from what came before its submission.

        `known` are the training learners of the same course; None for a course that nothing is known of.
        """


def logit(p: Floats) -> Floats:
    """Log odds."""
    clipped = np.clip(p, 1e-6, 1 - 1e-6)
    return np.asarray(np.log(clipped) - np.log1p(-clipped))


def sigmoid(x: Floats) -> Floats:
    """Inverse of `logit`."""
    return np.asarray(1 / (1 + np.exp(-np.clip(x, -30, 30))))
