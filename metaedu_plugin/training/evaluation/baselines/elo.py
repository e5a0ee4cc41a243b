"""Elo ratings of learners and items (Pelánek 2016, "Applications of the Elo rating system in adaptive education").

Learner by learner: were all learners rated side by side, an item would get hundreds of updates from one rating at once.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise, product
from math import exp

import numpy as np

from metaedu_plugin.training.data import CourseData
from metaedu_plugin.training.evaluation.baselines.base import Baseline, logit
from metaedu_plugin.training.evaluation.history import pairs
from metaedu_plugin.training.evaluation.metrics import log_loss
from metaedu_plugin.training.evaluation.rows import Floats, Rows, flatten

_CHOSEN_ON = 50_000
"""Responses that the step sizes are chosen on, at most."""


@dataclass(frozen=True)
class _Steps:
    """Size of an update after n responses: `start / (1 + slow * n)`; half of it for a learner."""

    start: float = 1.0
    slow: float = 0.05


class Elo(Baseline):
    """One skill for the course and one per skill tag for each learner, one difficulty for each item.

    Difficulties come from the training learners and stay; ratings of a learner move with every response.
    """

    def __init__(self) -> None:
        self.steps = _Steps()
        self.mean = 0.0
        self._difficulty: dict[str, Floats] = {}

    def fit(self, courses: Sequence[Rows]) -> None:
        """Choose the step sizes by the one-step-ahead log loss of the training learners."""
        courses = [c for c in courses if len(c)]
        if not courses:
            return
        self.mean = float(logit(np.array([np.concatenate([c.correct for c in courses]).mean()]))[0])
        sample = _sample(courses)
        correct = np.concatenate([c.correct for c in sample])

        def loss(steps: _Steps) -> float:
            return log_loss(correct, np.concatenate([self._run(c, steps, _fresh(c), learning=True) for c in sample]))

        self.steps = min((_Steps(a, b) for a, b in product((0.4, 0.8, 1.4), (0.02, 0.06, 0.2))), key=loss)

    def predict(self, rows: Rows, known: Rows | None) -> Floats:
        """Chance by the ratings before each submission; the items are rated by the known learners."""
        if known is None:
            return self._run(rows, self.steps, _fresh(rows), learning=False)
        if rows.course.key not in self._difficulty:
            self._difficulty[rows.course.key] = _fresh(known)
            self._run(known, self.steps, self._difficulty[rows.course.key], learning=True)
        return self._run(rows, self.steps, self._difficulty[rows.course.key], learning=False)

    def _run(self, rows: Rows, steps: _Steps, difficulty: Floats, *, learning: bool) -> Floats:
        """Chance [N] of each row before its submission; `difficulty` [items] moves in place where learning."""
        numbered = pairs(rows)
        # Lists and not arrays: each update changes what the next one reads, and numbers in lists are fast to get at.
        rating, rated = difficulty.tolist(), [0] * len(difficulty)
        skill, skilled = [0.0] * numbered.skills, [0] * numbered.skills
        tags = [[t for t in row if t < numbered.skills] for row in numbered.skill.tolist()]
        who, what, correct = rows.learner.tolist(), rows.item.tolist(), rows.correct.tolist()
        told = [0.0] * len(rows)
        ability, count = 0.0, 0

        def chance(row: int) -> float:
            of_skills = sum([skill[t] for t in tags[row]]) / max(1, len(tags[row]))
            return 1.0 / (1.0 + exp(rating[what[row]] - self.mean - ability - of_skills))

        for begin, end in pairwise(_cuts(rows)):
            if begin == 0 or who[begin] != who[begin - 1]:
                ability, count = 0.0, 0
            told[begin:end] = [chance(row) for row in range(begin, end)]
            for row in range(begin, end):
                surprise = steps.start * (correct[row] - (told[row] if row == begin else chance(row)))
                item = what[row]
                ability += surprise / 2 / (1 + steps.slow * count)
                count += 1
                for t in tags[row]:
                    skill[t] += surprise / 2 / (1 + steps.slow * skilled[t])
                    skilled[t] += 1
                if learning:
                    rating[item] -= surprise / (1 + steps.slow * rated[item])
                    rated[item] += 1
        difficulty[:] = rating
        return np.asarray(told, np.float64)


def _cuts(rows: Rows) -> list[int]:
    """Where each submission begins, and the end of the last."""
    new = (np.diff(rows.learner) != 0) | (np.diff(rows.submission) != 0)
    return [0, *(np.flatnonzero(new) + 1).tolist(), len(rows)] if len(rows) else []


def _sample(courses: Sequence[Rows]) -> list[Rows]:
    """Whole courses, the first ones, as far as there is room; of a larger one its first learners."""
    sample: list[Rows] = []
    room = _CHOSEN_ON
    for rows in courses:
        upto = np.cumsum([len(s) for s in rows.course.sequences])
        number = max(1, int(np.searchsorted(upto, room, side="right")))
        sample.append(rows if room >= len(rows) else flatten(_first(rows, number)))
        room -= len(sample[-1])
        if room <= 0:
            break
    return sample


def _first(rows: Rows, learners: int) -> CourseData:
    return replace(rows.course, sequences=rows.course.sequences[:learners])


def _fresh(rows: Rows) -> Floats:
    return np.zeros(len(rows.course.items))
