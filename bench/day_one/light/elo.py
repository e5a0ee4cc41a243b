"""Elo ratings of learners, their skills and items (Pelanek 2016, "Applications of the Elo rating system").

Steps shrink as 1 / (1 + slow * n). Learners answer side by side, the k-th response of each together.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product

import numpy as np

from bench.day_one.light.folds import folds
from bench.day_one.light.keys import Past, Vocabulary, groups, item_keys, skill_pairs
from bench.day_one.log import Floats, Log
from metaedu_plugin.training.evaluation.baselines.base import logit, sigmoid
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
    start, slow, of_skill = steps
    item, pairs = items.of(item_keys(log)), skill_pairs(log)
    number = groups(log.turn[pairs.row], pairs.skill)
    width = np.bincount(pairs.row, minlength=len(log))
    # [N, S] number of each (learner, skill) pair; the last rating, always 0, where there is no further skill.
    skills = int(number.max(initial=-1)) + 1
    of_row = np.full((len(log), int(width.max(initial=1))), skills, np.int64)
    of_row[pairs.row, np.arange(len(pairs.row)) - (np.cumsum(width) - width)[pairs.row]] = number
    share = (of_row < skills) / np.maximum(width, 1)[:, None]
    ability, count = np.zeros(len(log.learners)), np.zeros(len(log.learners))
    skill, skill_count = np.zeros(skills + 1), np.zeros(skills + 1)
    item_count, told = np.zeros(len(easiness)), np.empty(len(log))
    past, end = Past(log.turn), 0
    for many in past.per_rank:
        at = past.order[end : end + many]
        end += many
        who, what, tags, part = log.turn[at], item[at], of_row[at], share[at]
        told[at] = chance = sigmoid(mean + ability[who] + easiness[what] + (skill[tags] * part).sum(axis=1))
        surprise = log.correct[at] - chance
        ability[who] += start / (1 + slow * count[who]) * surprise
        count[who] += 1
        skill[tags] += of_skill * start / (1 + slow * skill_count[tags]) * surprise[:, None] * (part > 0)
        skill_count[tags] += part > 0
        if learning:
            np.add.at(easiness, what, start / (1 + slow * item_count[what]) * surprise)
            np.add.at(item_count, what, 1)
    return told
