"""Elo ratings of learners and items (Pelánek 2016, "Applications of the Elo rating system in adaptive education")."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np

from metaedu_plugin.training.evaluation.baselines.base import Baseline, logit, sigmoid
from metaedu_plugin.training.evaluation.history import Pairs, pairs, submissions
from metaedu_plugin.training.evaluation.metrics import log_loss
from metaedu_plugin.training.evaluation.rows import Floats, Rows


@dataclass(frozen=True)
class _Steps:
    """Size of an update after n responses: `start / (1 + slow * n)`."""

    start: float = 1.0
    slow: float = 0.05

    def size(self, count: Floats) -> Floats:
        return np.asarray(self.start / (1 + self.slow * count))


@dataclass
class _Ratings:
    """Difficulty and number of responses of each item of a course."""

    difficulty: Floats
    count: Floats


class Elo(Baseline):
    """One skill for the course and one per skill tag for each learner, one difficulty for each item.

    Difficulties come from the training learners and stay; ratings of a learner move with every response.
    """

    def __init__(self) -> None:
        self.steps = _Steps()
        self.mean = 0.0
        self._ratings: dict[str, _Ratings] = {}

    def fit(self, courses: Sequence[Rows]) -> None:
        """Choose the step sizes by the one-step-ahead log loss of the training learners, then rate the items."""
        courses = [c for c in courses if len(c)]
        if not courses:
            return
        correct = np.concatenate([c.correct for c in courses])
        self.mean = float(logit(np.array([correct.mean()]))[0])
        sample = [(c, pairs(c)) for c in courses]

        def loss(steps: _Steps) -> float:
            told = [self._run(c, p, steps, _fresh(c), learning=True) for c, p in sample]
            return log_loss(correct, np.concatenate(told))

        self.steps = min((_Steps(a, b) for a, b in product((0.4, 0.8, 1.4), (0.02, 0.06, 0.2))), key=loss)
        for course, numbered in sample:
            self._rate(course, numbered)

    def predict(self, rows: Rows, known: Rows | None) -> Floats:
        """Chance by the ratings before each submission."""
        if known is None:
            ratings = _fresh(rows)
        else:
            if rows.course.key not in self._ratings:
                self._rate(known, pairs(known))
            ratings = self._ratings[rows.course.key]
        return self._run(rows, pairs(rows), self.steps, ratings, learning=False)

    def _rate(self, rows: Rows, numbered: Pairs) -> None:
        ratings = _fresh(rows)
        self._run(rows, numbered, self.steps, ratings, learning=True)
        self._ratings[rows.course.key] = ratings

    def _run(self, rows: Rows, numbered: Pairs, steps: _Steps, ratings: _Ratings, *, learning: bool) -> Floats:
        told = np.zeros(len(rows))
        learners = len(rows.course.sequences)
        ability, ability_count = np.zeros(learners), np.zeros(learners)
        skill, skill_count = np.zeros(numbered.skills + 1), np.zeros(numbered.skills + 1)
        weight = numbered.mask / np.maximum(1, numbered.mask.sum(axis=1, keepdims=True))

        def chance(at: np.ndarray) -> Floats:
            of_skills = (skill[numbered.skill[at]] * weight[at]).sum(axis=1)
            return sigmoid(self.mean + ability[rows.learner[at]] + of_skills - ratings.difficulty[rows.item[at]])

        for together, turns in submissions(rows):
            told[together] = chance(together)
            for at in turns:
                who, what, tags = rows.learner[at], rows.item[at], numbered.skill[at]
                surprise = rows.correct[at] - chance(at)
                ability[who] += steps.size(ability_count[who]) / 2 * surprise
                ability_count[who] += 1
                skill[tags] += steps.size(skill_count[tags]) / 2 * surprise[:, None] * numbered.mask[at]
                skill_count[tags] += numbered.mask[at]
                if learning:
                    change = steps.size(ratings.count[what]) * surprise
                    np.subtract.at(ratings.difficulty, what, change)
                    np.add.at(ratings.count, what, 1)
        return told


def _fresh(rows: Rows) -> _Ratings:
    items = len(rows.course.items)
    return _Ratings(np.zeros(items), np.zeros(items))
