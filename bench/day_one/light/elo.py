"""Elo ratings of learners, their skills and items (Pelanek 2016, "Applications of the Elo rating system").

Steps shrink as 1 / (1 + slow * n). Items are rated learner by learner.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise, product
from math import exp

import numpy as np

from bench.day_one.light.folds import folds
from bench.day_one.light.keys import Vocabulary, groups, item_keys, skill_pairs
from bench.day_one.log import Floats, Log
from metaedu_plugin.training.evaluation.baselines.base import logit
from metaedu_plugin.training.evaluation.metrics import log_loss

_START, _SLOW, _OF_SKILL = (0.4, 0.8, 1.4), (0.02, 0.1), (0.0, 0.5, 1.0)
_DEFAULT = (0.8, 0.05, 0.5)

Steps = tuple[float, float, float]
"""First step, how fast it shrinks, and the skill's step as a share of the learner's."""


@dataclass(frozen=True)
class Ratings:
    """Easiness of the items of the support (0 at the end for the others)."""

    items: Vocabulary
    easiness: Floats
    mean: float
    steps: Steps

    def predict(self, query: Log) -> Floats:
        """[N] by the ratings before each response."""
        return _run(query, self.items, self.easiness.copy(), self.mean, self.steps, learning=False)


class Elo:
    """Steps are chosen by cross-validation where there are ten learners."""

    name, trained_on = "elo", "support"

    def fit(self, support: Log, *, seed: int) -> Ratings:
        """Rate the items."""

        def loss(steps: Steps) -> float:
            told = [_rate(train, steps).predict(test) for train, test in parts]
            return log_loss(np.concatenate([test.correct for _, test in parts]), np.concatenate(told))

        parts = folds(support, seed=seed)
        return _rate(support, min(product(_START, _SLOW, _OF_SKILL), key=loss) if parts else _DEFAULT)


def _rate(log: Log, steps: Steps) -> Ratings:
    items = Vocabulary(item_keys(log))
    easiness = np.zeros(len(items) + 1)
    mean = float(logit(np.array([(log.correct.sum() + 1) / (len(log) + 2)]))[0])
    _run(log, items, easiness, mean, steps, learning=True)
    return Ratings(items, easiness, mean, steps)


def _run(log: Log, items: Vocabulary, easiness: Floats, mean: float, steps: Steps, *, learning: bool) -> Floats:
    """[N] chances, one response after the other; `easiness` moves in place where learning."""
    start, slow, of_skill = steps
    pairs = skill_pairs(log)
    number = groups(log.turn[pairs.row], pairs.skill)
    ends = np.searchsorted(pairs.row, np.arange(len(log) + 1)).tolist()
    # Lists and not arrays: each update changes what the next one reads, and numbers in lists are fast to get at.
    rating, rated = easiness.tolist(), [0] * len(easiness)
    skill, skill_rated = [0.0] * (int(number.max(initial=-1)) + 1), [0] * (int(number.max(initial=-1)) + 1)
    told, ability = [], 0.0
    rows = zip(log.seen.tolist(), items.of(item_keys(log)).tolist(), log.correct.tolist(), pairwise(ends), strict=True)
    numbers = number.tolist()
    for seen, item, correct, (begin, end) in rows:
        if seen == 0:
            ability = 0.0
        tags = numbers[begin:end]
        odds = mean + ability + rating[item] + sum([skill[t] for t in tags]) / len(tags)
        chance = 1 / (1 + exp(-odds))
        told.append(chance)
        surprise = start * (correct - chance)
        ability += surprise / (1 + slow * seen)
        if of_skill:
            for t in tags:
                skill[t] += of_skill * surprise / (1 + slow * skill_rated[t])
                skill_rated[t] += 1
        if learning:
            rating[item] += surprise / (1 + slow * rated[item])
            rated[item] += 1
    easiness[:] = rating
    return np.asarray(told, np.float64)
