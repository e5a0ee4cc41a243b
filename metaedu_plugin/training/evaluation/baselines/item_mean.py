"""How others did on the item, shrunk to the mean of the course."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from metaedu_plugin.training.evaluation.baselines.base import Baseline
from metaedu_plugin.training.evaluation.history import pairs, tallies
from metaedu_plugin.training.evaluation.metrics import log_loss
from metaedu_plugin.training.evaluation.rows import Floats, Rows

_STRENGTHS = (1.0, 2.0, 5.0, 10.0, 20.0, 50.0)


class ItemMean(Baseline):
    """`(correct + m * mean) / (count + m)`; m is chosen by leaving each training learner out."""

    def __init__(self) -> None:
        self.strength = 5.0
        self.mean = 0.5

    def fit(self, courses: Sequence[Rows]) -> None:
        """Choose how strongly to shrink."""
        courses = [c for c in courses if len(c)]
        if not courses:
            return
        self.mean = float(np.concatenate([c.correct for c in courses]).mean())

        def loss(strength: float) -> float:
            left_out = [leave_one_out(c, strength) for c in courses]
            return log_loss(np.concatenate([c.correct for c in courses]), np.concatenate(left_out))

        self.strength = min(_STRENGTHS, key=loss)

    def predict(self, rows: Rows, known: Rows | None) -> Floats:
        """The item's shrunk mean; the mean of the other courses where nothing is known of this one."""
        return shrunk_item_mean(rows, known, self.strength, self.mean)


def shrunk_item_mean(rows: Rows, known: Rows | None, strength: float, prior: float) -> Floats:
    """[N] mean of the row's item over the learners in `known`."""
    counts = tallies(known, len(rows.course.items), len(rows.course.skills))
    mean = (counts.total[1] + strength * prior) / (counts.total[0] + strength)
    item = counts.item[rows.item]
    return np.asarray((item[:, 1] + strength * mean) / (item[:, 0] + strength))


def leave_one_out(rows: Rows, strength: float) -> Floats:
    """[N] the same for training learners, each without their own responses."""
    numbered = pairs(rows)
    own = np.bincount(numbered.item, minlength=numbered.items)[numbered.item]
    own_correct = np.bincount(numbered.item, weights=rows.correct, minlength=numbered.items)[numbered.item]
    counts = tallies(rows, len(rows.course.items), len(rows.course.skills))
    mean = counts.total[1] / counts.total[0]
    item = counts.item[rows.item]
    return np.asarray((item[:, 1] - own_correct + strength * mean) / (item[:, 0] - own + strength))
