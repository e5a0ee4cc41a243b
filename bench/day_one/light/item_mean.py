"""How others did on the item, shrunk to the skill, and that to the course."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product

import numpy as np

from bench.day_one.light.folds import folds
from bench.day_one.light.keys import Vocabulary, item_keys, skill_pairs
from bench.day_one.log import Floats, Log
from metaedu_plugin.training.evaluation.metrics import log_loss

_STRENGTHS = (1.0, 3.0, 10.0, 30.0)
_DEFAULT = (3.0, 10.0)


@dataclass(frozen=True)
class Means:
    """Counts of the support; `strength` responses' worth of the mean above is mixed into that of skill and item."""

    items: Vocabulary
    skills: Vocabulary
    item: Floats
    """[2, items + 1] correct and all responses; the last column is for what the support had not."""
    skill: Floats
    strength: tuple[float, float]
    mean: float

    def predict(self, query: Log) -> Floats:
        """[N]"""
        pairs = skill_pairs(query)
        right, count = self.skill[:, self.skills.of(pairs.skill)]
        by_skill = (right + self.strength[1] * self.mean) / (count + self.strength[1])
        of_row = pairs.mean(by_skill, len(query))
        right, count = self.item[:, self.items.of(item_keys(query))]
        return np.asarray((right + self.strength[0] * of_row) / (count + self.strength[0]))


class ItemMean:
    """Shrunk means; how strongly is chosen by cross-validation where there are ten learners."""

    name, trained_on = "item-mean", "support"

    def fit(self, support: Log, *, seed: int) -> Means:
        """Count."""

        def loss(strength: tuple[float, float]) -> float:
            told = [_count(train, strength).predict(test) for train, test in parts]
            return log_loss(np.concatenate([test.correct for _, test in parts]), np.concatenate(told))

        parts = folds(support, seed=seed)
        return _count(support, min(product(_STRENGTHS, _STRENGTHS), key=loss) if parts else _DEFAULT)


def _count(log: Log, strength: tuple[float, float]) -> Means:
    pairs, keys = skill_pairs(log), item_keys(log)
    items, skills = Vocabulary(keys), Vocabulary(pairs.skill)

    def tally(column: np.ndarray, correct: Floats, size: int) -> Floats:
        return np.stack([np.bincount(column, weights=w, minlength=size + 1) for w in (correct, np.ones(len(correct)))])

    return Means(
        items,
        skills,
        tally(items.of(keys), log.correct, len(items)),
        tally(skills.of(pairs.skill), log.correct[pairs.row], len(skills)),
        strength,
        float((log.correct.sum() + 1) / (len(log) + 2)),
    )
