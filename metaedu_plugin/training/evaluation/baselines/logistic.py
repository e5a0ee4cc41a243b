"""Logistic regressions over counts of what the learner did before.

`DecayedLogistic` is in the style of LKT (Pavlik, Eglington & Harrell-Williams 2021): logs of decayed successes and
failures, overall, per skill and per item, beside how others did on the item. `BestLogistic` is Best-LR (Gervet et al.
2020): an intercept per item and per skill, and logs of wins and attempts.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from metaedu_plugin.training.evaluation.baselines.base import Baseline, logit
from metaedu_plugin.training.evaluation.baselines.item_mean import ItemMean, leave_one_out, shrunk_item_mean
from metaedu_plugin.training.evaluation.history import Pairs, pairs, submissions
from metaedu_plugin.training.evaluation.rows import Floats, Rows

_DECAYS = (1.0, 0.8)
_ROWS = 400_000
"""Rows to fit on at most; learners come in no particular order, so the first are as good as any."""


def counts(rows: Rows, numbered: Pairs, decay: float) -> Floats:
    """[N, 6] logs of decayed successes and failures before the submission: overall, skills (mean), item."""
    told = np.zeros((len(rows), 6))
    overall = np.zeros((len(rows.course.sequences), 2))
    skill = np.zeros((numbered.skills + 1, 2))
    item = np.zeros((numbered.items, 2))
    weight = (numbered.mask / np.maximum(1, numbered.mask.sum(axis=1, keepdims=True)))[..., None]
    outcome = np.stack([rows.correct, 1 - rows.correct], axis=1)
    for together, turns in submissions(rows):
        told[together, 0:2] = np.log1p(overall[rows.learner[together]])
        told[together, 2:4] = (np.log1p(skill[numbered.skill[together]]) * weight[together]).sum(axis=1)
        told[together, 4:6] = np.log1p(item[numbered.item[together]])
        for at in turns:
            who, tags, what = rows.learner[at], numbered.skill[at], numbered.item[at]
            overall[who] = decay * overall[who] + outcome[at]
            skill[tags] = decay * skill[tags] + outcome[at][:, None] * numbered.mask[at][..., None]
            item[what] = decay * item[what] + outcome[at]
    return told


class _PerCourse(Baseline):
    """One regression for each course trained on, and one over all of them for a course nobody knows."""

    def __init__(self) -> None:
        self.items = ItemMean()
        self._models: dict[str, Any] = {}
        self._pooled: Any = None
        self._mean = 0.5

    def predict(self, rows: Rows, known: Rows | None) -> Floats:
        """Chance by the course's own regression, or by that of all courses."""
        model = self._models.get(rows.course.key) if known is not None else None
        model = model or self._pooled
        if model is None:
            return np.full(len(rows), self._mean)
        return np.asarray(model.predict_proba(self.features(rows, known))[:, 1])

    def features(self, rows: Rows, known: Rows | None, *, fitting: bool = False) -> Any:
        """[N, F], dense or sparse. When fitting, the rows are the known ones, each learner without its own."""
        raise NotImplementedError

    @staticmethod
    def _fit(features: Any, correct: Floats, *, dense: bool) -> Any:
        from sklearn.linear_model import LogisticRegression  # noqa: PLC0415 - heavy, only where it is used
        from sklearn.pipeline import make_pipeline  # noqa: PLC0415
        from sklearn.preprocessing import StandardScaler  # noqa: PLC0415

        if len(correct) == 0 or correct.min() == correct.max():
            return None
        if dense:
            model = make_pipeline(StandardScaler(), LogisticRegression(max_iter=300))
        else:
            # On tens of thousands of sparse columns liblinear took 2 s where lbfgs took 70 s and had not converged.
            model = make_pipeline(LogisticRegression(solver="liblinear"))
        return model.fit(features[:_ROWS], correct[:_ROWS])


class DecayedLogistic(_PerCourse):
    """Decayed counts, and how others did on the item and how many they were."""

    def fit(self, courses: Sequence[Rows]) -> None:
        """Fit one regression per course, and one over all."""
        courses = [c for c in courses if len(c)]
        if not courses:
            return
        self.items.fit(courses)
        self._mean = self.items.mean
        built = [self.features(c, c, fitting=True) for c in courses]
        for course, features in zip(courses, built, strict=True):
            self._models[course.course.key] = self._fit(features, course.correct, dense=True)
        self._pooled = self._fit(np.concatenate(built), np.concatenate([c.correct for c in courses]), dense=True)

    def features(self, rows: Rows, known: Rows | None, *, fitting: bool = False) -> Floats:
        """[N, 15]."""
        numbered = pairs(rows)
        if fitting:
            others = leave_one_out(rows, self.items.strength)
        else:
            others = shrunk_item_mean(rows, known, self.items.strength, self.items.mean)
        columns = [counts(rows, numbered, decay) for decay in _DECAYS]
        wins, losses = np.expm1(columns[0][:, 0]), np.expm1(columns[0][:, 1])
        rate = (wins + 3 * self.items.mean) / (wins + losses + 3)
        last = np.expm1(columns[1][:, 0:2])
        recent = (last[:, 0] + self.items.mean) / (last.sum(axis=1) + 1)
        extra = np.stack([logit(others), logit(rate), logit(recent)], axis=1)
        return np.concatenate([*columns, extra], axis=1)


class BestLogistic(_PerCourse):
    """An intercept per item and skill, and undecayed counts. Knows nothing of a new course but the counts."""

    def fit(self, courses: Sequence[Rows]) -> None:
        """Fit one regression per course; over all courses only the counts can be shared."""
        courses = [c for c in courses if len(c)]
        if not courses:
            return
        self.items.fit(courses)
        self._mean = self.items.mean
        for course in courses:
            self._models[course.course.key] = self._fit(
                self.features(course, course, fitting=True), course.correct, dense=False
            )
        shared = np.concatenate([counts(c, pairs(c), 1.0) for c in courses])
        self._pooled = self._fit(shared, np.concatenate([c.correct for c in courses]), dense=True)

    def features(self, rows: Rows, known: Rows | None, *, fitting: bool = False) -> Any:
        """[N, items + skills + 6] sparse, or the [N, 6] counts for an unknown course."""
        from scipy import sparse  # noqa: PLC0415 - comes with scikit-learn

        numbered = pairs(rows)
        tallies = counts(rows, numbered, 1.0)
        if not fitting and (known is None or self._models.get(rows.course.key) is None):
            return tallies
        place = np.arange(len(rows))
        items = sparse.csr_matrix((np.ones(len(rows)), (place, rows.item)), (len(rows), len(rows.course.items)))
        at, column = np.nonzero(numbered.mask)
        skills = sparse.csr_matrix(
            (np.ones(len(at)), (at, numbered.skill_id[at, column])), (len(rows), max(1, len(rows.course.skills)))
        )
        return sparse.hstack([items, skills, sparse.csr_matrix(tallies)], format="csr")
